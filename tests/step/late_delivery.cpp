// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Late delivery: when it is chosen, what it takes, and that nothing is lost where its queues are full. That any window gives
// the same bits is in determinism.cpp and determinism_resumed.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/simulation/forecast.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/underway.hpp"
#include "izhi/izhi.hpp"

using namespace izhi;
using detail::late_window;
using detail::LateRows;
using detail::UnderwayQueue;

namespace {

constexpr double kMegabyte = 1048576.0;

/// A population of which every neuron fires in every step, and listeners; delays of 1 to `longest` ms.
Network restless(std::uint32_t size, double longest) {
    NetworkBuilder net{{.name = "restless", .seed = 5}};
    const auto restless =
        net.add_population({.name = "restless", .size = size, .cell = excitatory_2003(), .bias_current = 5000.0});
    const auto listeners =
        net.add_population({.name = "listeners", .size = size, .cell = excitatory_2003(), .noise_stddev = 5.0});
    net.connect(restless, listeners,
                {.rule = fixed_outdegree(40), .weight = uniform(-0.5, 0.6), .delay_ms = uniform(1.0, longest)});
    net.connect(listeners, everyone,
                {.rule = fixed_outdegree(20), .weight = uniform(0.0, 1.0), .delay_ms = uniform(1.0, longest)});
    return net.build();
}

/// 10,000 neurons with rows of 1,000 and delays up to 200: late delivery gains on any usual cache.
LateRows long_rows() {
    return {.whole = 256, .least = 1, .longest = 200, .stride = 10000, .synapses = 1000, .groups = 200};
}

std::vector<std::byte> end_of(const Network& network, std::uint64_t steps, SimulationOptions options) {
    Simulation simulation(network, options);
    simulation.run(steps);
    return simulation.checkpoint();
}

}  // namespace

TEST_SUITE_BEGIN("late delivery");

TEST_CASE("every neuron fires in every step: what the queues cannot hold is not lost") {
    const Network network = restless(300, 120.0);
    constexpr std::uint64_t steps = 300;
    // The scene is what it is for: more rows on their way than a queue can ever hold.
    {
        Simulation simulation(network, {.threads = 1, .delivery_window = 1});
        simulation.run(steps);
        CHECK(simulation.spike_count() >= 300 * steps);
        constexpr std::uint64_t least_on_their_way = 300u * 90u;
        CHECK(UnderwayQueue::bytes(128, detail::underway_rows(network.plan(), 128)) <
              least_on_their_way * sizeof(simd::UnderwayRow));
    }
    const std::vector<std::byte> at_once =
        end_of(network, steps, {.threads = 1, .delivery = Delivery::partition, .delivery_window = 1u << 16});
    CHECK(at_once == end_of(network, steps, {.threads = 2, .delivery = Delivery::reduce}));
    for (const std::uint32_t window : {1u, 2u, 8u, 64u})
        for (const int threads : {1, 3}) {
            CAPTURE(window);
            CAPTURE(threads);
            const SimulationOptions options{.threads = threads,
                                            .delivery = Delivery::partition,
                                            .delivery_window = window,
                                            .executor = thread_executor(threads)};
            CHECK(end_of(network, steps, options) == at_once);
            // saved with full queues by one window, and gone on with by another
            Simulation first(network, options), second(network, {.threads = 1, .delivery_window = 4});
            first.run(steps / 2 + 1);
            second.restore(first.checkpoint());
            second.run(steps - second.steps_done());
            CHECK(second.checkpoint() == at_once);
        }
}

TEST_CASE("a full queue says so, and has room again for what was drained") {
    UnderwayQueue queue(4, 100);
    const auto row = [](std::uint32_t number) { return simd::UnderwayRow{nullptr, 1, number, number % 4, 0}; };
    std::uint32_t held = 0;
    while (held < 100000 && queue.add(row(held))) ++held;
    CHECK(held >= 100);
    CHECK(held * sizeof(simd::UnderwayRow) <= UnderwayQueue::bytes(4, 100));
    std::uint32_t drained = 0;
    const auto count = [&](auto rows) { drained += static_cast<std::uint32_t>(rows.size()); };
    queue.drain(1, count);
    CHECK(drained > 0);
    std::uint32_t again = 0;
    while (again < 100000 && queue.add(row(4 * again + 1))) ++again;
    CHECK(again >= drained);
    for (std::uint32_t step = 0; step < 4; ++step) queue.drain(step, count);
    CHECK(drained == held + again);
}

TEST_CASE("the window is one that there is, and grows with the cache") {
    std::uint32_t before = 0;
    for (const double cache : {0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 1024.0}) {
        CAPTURE(cache);
        const std::uint32_t window = late_window(long_rows(), cache * kMegabyte);
        CHECK((window & (window - 1)) == 0);
        CHECK(window >= std::max(before, 1u));
        CHECK(window <= 256);
        before = window;
    }
    CHECK(before == 256);  // all of it fits such a cache
    CHECK(late_window(long_rows(), kMegabyte) < 256);
}

TEST_CASE("what counts is the ring beside the cache, not either of them") {
    for (const double times : {2.0, 8.0, 32.0}) {
        LateRows larger = long_rows();
        larger.stride *= times;
        CHECK(late_window(larger, times * kMegabyte) == late_window(long_rows(), kMegabyte));
    }
}

TEST_CASE("the window is never shorter than the shortest delay") {
    for (const std::uint32_t least : {1u, 4u, 16u}) {
        LateRows rows = long_rows();
        rows.least = least;
        rows.stride = 1e6;
        CHECK(late_window(rows, kMegabyte) >= least);
    }
}

TEST_CASE("rows of one delay, and short groups in small rings, are pushed at once") {
    CHECK(late_window({.whole = 1, .least = 1, .longest = 1, .stride = 1e7, .synapses = 1000, .groups = 1},
                      kMegabyte) == 1);
    CHECK(late_window({.whole = 32, .least = 1, .longest = 20, .stride = 1000, .synapses = 54, .groups = 20},
                      kMegabyte) == 32);
    CHECK(late_window({.whole = 256, .least = 1, .longest = 200, .stride = 1000, .synapses = 100, .groups = 90},
                      kMegabyte) == 256);
    CHECK(detail::second_level_cache_bytes() >= 16384.0);
}

TEST_CASE("queues and the ring behind them are in the forecast") {
    const Network network = restless(20000, 1000.0);
    const auto bytes = [&](std::uint32_t window, int threads) {
        return detail::forecast(network.plan(), threads, Delivery::partition, window).buffer_bytes;
    };
    constexpr std::uint64_t slots = 40064, whole = 1024;
    for (const int threads : {1, 2}) {
        const std::uint64_t at_once = bytes(1u << 16, threads);
        CHECK(at_once >= 4 * 40000 * whole);
        const std::uint64_t queues = static_cast<std::uint64_t>(threads) *
                                     UnderwayQueue::bytes(whole, detail::underway_rows(network.plan(), whole));
        CHECK(bytes(8, threads) >= at_once + queues + 4 * 40000 * 8);
        CHECK(bytes(8, threads) <= at_once + queues + 4 * slots * 8 + 4096);
    }
}

TEST_SUITE_END();
