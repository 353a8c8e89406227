// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The executor's promise: every task once, all done on return.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

void check_each_once(Executor& executor) {
    for (const std::size_t count : {0u, 1u, 2u, 3u, 7u, 64u, 200u}) {
        std::vector<std::atomic<int>> calls(count);
        executor.parallel_for(count, [&](std::size_t i) { calls.at(i).fetch_add(1); });
        for (const auto& c : calls) CHECK(c.load() == 1);
    }
}

/// An executor that can throw or leave its tasks undone.
struct Unwilling final : Executor {
    int threads = 2;
    bool throws = false, runs = true;
    [[nodiscard]] int concurrency() const noexcept override { return threads; }
    void parallel_for(std::size_t count, const std::function<void(std::size_t)>& task) override {
        if (throws) throw std::runtime_error("the pool is closed");
        for (std::size_t i = 0; runs && i < count; ++i) task(i);
    }
};

/// The message of what a call throws as an Error or RunError; empty if it throws nothing.
template <class Call>
std::string said_by(const Call& call) {
    try {
        call();
    } catch (const Error& error) { return error.what(); } catch (const RunError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_SUITE_BEGIN("executors");

TEST_CASE("serial: in order, or reversed, on the caller's thread") {
    std::vector<std::size_t> order;
    const auto note = [&](std::size_t i) { order.push_back(i); };
    serial_executor()->parallel_for(4, note);
    CHECK(order == std::vector<std::size_t>{0, 1, 2, 3});
    order.clear();
    serial_executor(true)->parallel_for(4, note);
    CHECK(order == std::vector<std::size_t>{3, 2, 1, 0});
    CHECK(serial_executor()->concurrency() == 1);
    check_each_once(*serial_executor());
    check_each_once(*serial_executor(true));
}

TEST_CASE("threads and the default: each index once, again and again") {
    for (const int threads : {1, 2, 5, 16}) {
        for (const auto& executor : {thread_executor(threads), default_executor(threads)}) {
            CHECK(executor->concurrency() == threads);
            for (int again = 0; again < 3; ++again) check_each_once(*executor);
        }
    }
}

TEST_CASE("tasks of one executor may use another") {
    std::atomic<int> calls{0};
    const auto inner = default_executor(2);
    default_executor(3)->parallel_for(6, [&](std::size_t) { inner->parallel_for(5, [&](std::size_t) { ++calls; }); });
    CHECK(calls.load() == 30);
}

TEST_CASE("a number of threads that cannot be is refused, whoever gives it") {
    for (const int threads : {0, -3, 1025}) {
        const std::string is = "threads is " + std::to_string(threads) + "; allowed: 1 to 1024";
        CHECK(said_by([&] { (void)default_executor(threads); }) == "default_executor." + is);
        CHECK(said_by([&] { (void)thread_executor(threads); }) == "thread_executor." + is);
        const auto executor = std::make_shared<Unwilling>();
        executor->threads = threads;
        const Network network = cortex_10k(1).build();
        for (const int asked : {0, 2})
            CHECK(said_by([&] { const Simulation s(network, {.threads = asked, .executor = executor}); }) ==
                  "executor.concurrency() is " + std::to_string(threads) + "; allowed: 1 to 1024");
    }
}

TEST_CASE("an executor that runs nothing is told, and makes no network without synapses") {
    const Network network = cortex(2000, 20, 6.5, 1).build();
    const auto executor = std::make_shared<Unwilling>();
    executor->runs = false;
    const std::string told = "the executor returned from parallel_for without having called its tasks";
    CHECK(said_by([&] { const Simulation s(network, {.threads = 2, .executor = executor}); }) == told);
    executor->runs = true;
    Simulation simulation(network, {.threads = 2, .executor = executor});
    Simulation reference(network, {.threads = 1});
    reference.run(60);
    simulation.run(20);
    executor->runs = false;
    CHECK(said_by([&] { simulation.run(20); }) == told);
    CHECK(simulation.steps_done() == 20);
    executor->runs = true;
    simulation.run(40);
    CHECK(simulation.state_hash() == reference.state_hash());
    CHECK(simulation.spike_hash() == reference.spike_hash());
}

TEST_CASE("what an executor throws leaves run(), paced or not, and nothing of that run stays behind") {
    const Network network = cortex(2000, 20, 6.5, 1).build();
    Simulation reference(network, {.threads = 1});
    reference.run(60);
    const auto executor = std::make_shared<Unwilling>();
    Simulation simulation(network, {.threads = 2, .executor = executor});
    executor->throws = true;
    {
        Raster gone;
        RealtimeRunner runner(simulation, {.speed = 1000.0});
        CHECK_THROWS_AS(runner.run(20), std::runtime_error);
        CHECK_THROWS_AS(simulation.run(20, &gone), std::runtime_error);
    }
    CHECK(simulation.steps_done() == 0);
    executor->throws = false;
    for (int i = 0; i < 20; ++i) (void)simulation.step();  // the runner and the observer no longer exist
    CHECK(!simulation.run(40).stopped);
    CHECK(simulation.state_hash() == reference.state_hash());
    CHECK(simulation.spike_hash() == reference.spike_hash());
}

TEST_SUITE_END();
