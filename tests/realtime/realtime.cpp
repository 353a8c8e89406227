// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Paced runs: their order of calls, what other threads may ask of them, and that they change no spike. How well times are
// kept is measured in perf/ and shown by `izhi run --realtime`; nothing here depends on it.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "izhi/error.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

constexpr double kFast = 1000.0;  // a microsecond to a step: nothing here should take long

Network small(double shortest_delay_ms = 1.0) {
    NetworkBuilder net{{.name = "small", .seed = 8}};
    const auto a = net.add_population({.name = "a", .size = 1600, .cell = excitatory_2003(), .noise_stddev = 6.0});
    const auto b = net.add_population({.name = "b", .size = 600, .cell = inhibitory_2003(), .noise_stddev = 4.0});
    net.connect(
        a, everyone,
        {.rule = fixed_outdegree(10), .weight = uniform(0.0, 4.0), .delay_ms = uniform(shortest_delay_ms, 9.0)});
    net.connect(b, a, {.rule = fixed_indegree(5), .weight = uniform(-4.0, 0.0), .delay_ms = shortest_delay_ms});
    return net.build();
}

/// Notes every call, and may intervene.
struct Script : StepClient {
    std::vector<std::uint64_t> before, after;
    std::vector<Spike> spikes;
    void before_step(std::uint64_t step, Simulation& simulation) override {
        before.push_back(step);
        if (step == 40) simulation.apply(PopulationCurrent{{0}, 5.0});
        if (step == 60) simulation.apply(ForcedSpikes{everyone, {0, 700, 1601}});
        if (step == 80) simulation.apply(WeightScale{ProjectionId(0), 3.0});
    }
    void after_step(std::uint64_t step, std::span<const Spike> all) override {
        after.push_back(step);
        spikes.insert(spikes.end(), all.begin(), all.end());
    }
};

}  // namespace

TEST_SUITE_BEGIN("threads");

TEST_CASE("realtime: a paced run with interventions is the same run by hand, with any number of threads") {
    for (const double delay : {1.0, 4.0}) {
        const Network network = small(delay);
        Simulation by_hand(network, {.threads = 1, .executor = serial_executor()});
        Raster raster;
        by_hand.run(40, &raster);
        by_hand.apply(PopulationCurrent{{0}, 5.0});
        by_hand.run(20, &raster);
        by_hand.apply(ForcedSpikes{everyone, {0, 700, 1601}});
        by_hand.run(20, &raster);
        by_hand.apply(WeightScale{ProjectionId(0), 3.0});
        by_hand.run(40, &raster);
        CHECK(raster.all.size() > 500);
        for (const int threads : {1, 2, 4})
            for (const Delivery delivery : {Delivery::partition, Delivery::reduce}) {
                Simulation simulation(network,
                                      {.threads = threads, .delivery = delivery, .executor = thread_executor(threads)});
                RealtimeRunner runner(simulation, {.speed = kFast});
                Script script;
                Raster observed;
                const RealtimeReport report = runner.run(120, &script, &observed);
                CHECK(report.steps == 120);
                CHECK(report.spikes == raster.all.size());
                CHECK_FALSE(report.stopped);
                CHECK(simulation.spike_hash() == by_hand.spike_hash());
                CHECK(simulation.state_hash() == by_hand.state_hash());
                CHECK(observed.all == raster.all);
                CHECK(script.spikes == raster.all);
                REQUIRE(script.before.size() == 120);
                REQUIRE(script.after.size() == 120);
                for (std::uint64_t k = 0; k < 120; ++k) {
                    CHECK(script.before[k] == k);
                    CHECK(script.after[k] == k + 1);
                }
            }
    }
}

TEST_CASE("realtime: paused, stepped, resumed and stopped from another thread") {
    Simulation simulation(small(), {.threads = 2, .executor = thread_executor(2)});
    RealtimeRunner runner(simulation, {.speed = kFast});
    struct Pausing : StepClient {
        std::atomic<int> idle{0};
        void while_paused(Simulation& simulation) override {
            if (++idle == 1) simulation.apply(PopulationCurrent{{1}, 1.0});
        }
    } client;
    const auto wait_for = [](const auto& condition) {
        while (!condition()) std::this_thread::yield();
    };
    runner.pause();
    RealtimeReport report;
    std::thread run([&] { report = runner.run(std::uint64_t{1} << 40, &client); });
    wait_for([&] { return runner.status().paused; });
    CHECK(runner.status().running);
    CHECK(runner.status().steps_done == 0);
    wait_for([&] { return client.idle.load() > 2; });
    runner.step(3);
    wait_for([&] { return runner.status().steps_done == 3 && runner.status().paused; });
    const int idle = client.idle.load();
    wait_for([&] { return client.idle.load() > idle + 2; });
    CHECK(runner.status().steps_done == 3);
    runner.set_speed(500.0);
    runner.resume();
    wait_for([&] { return runner.status().steps_done > 10; });
    CHECK(runner.status().speed == 500.0);
    CHECK_FALSE(runner.status().paused);
    runner.stop();
    run.join();
    CHECK(report.stopped);
    CHECK(report.steps == simulation.steps_done());
    CHECK_FALSE(runner.status().running);
    Simulation by_hand(small(), {.threads = 1});
    by_hand.apply(PopulationCurrent{{1}, 1.0});
    by_hand.run(simulation.steps_done());
    CHECK(simulation.state_hash() == by_hand.state_hash());
    // and again, from where it stopped
    CHECK(runner.run(5).steps == 5);
}

TEST_CASE("realtime: a controller in another thread") {
    const Network network = small();
    Simulation simulation(network, {.threads = 2, .executor = thread_executor(2)});
    RealtimeRunner runner(simulation, {.speed = 20.0});
    ClosedLoop loop(network);
    RealtimeReport report;
    std::atomic<bool> done{false};
    std::thread run([&] {
        report = runner.run(400, &loop);
        done = true;
    });
    std::uint64_t received = 0, steps = 0, counted = 0, last_step = 0;
    bool in_order = true;
    std::array<Spike, 256> spikes;
    std::array<std::uint32_t, 2> counts;
    const auto receive = [&] {
        received += loop.receive_spikes(spikes);
        std::uint64_t step = 0;
        while (loop.receive_counts(step, counts)) {
            in_order = in_order && step == last_step + 1;
            last_step = step;
            ++steps;
            counted += counts[0] + counts[1];
            loop.set_current({0}, counts[0] > 20 ? -2.0 : 2.0);
            loop.input_spike({PopulationId{1}}, static_cast<std::uint32_t>(step % 600), 20.0);
            loop.force_spike(everyone, static_cast<std::uint32_t>(step % 2200));
            loop.pulse({PopulationId{0}}, 1.0, 2);
            loop.set_neuron_current({PopulationId{0}}, 3, 1.0);
        }
    };
    while (!done) receive();
    run.join();
    for (int i = 0; i < 1000; ++i) receive();
    CHECK(in_order);
    CHECK(steps == 400);
    CHECK(received == report.spikes);
    CHECK(counted == report.spikes);
    CHECK(loop.lost() == 0);
    CHECK(loop.refused() == 0);
    Simulation untouched(network, {.threads = 1});
    untouched.run(400);
    CHECK(simulation.spike_count() > untouched.spike_count());
}

TEST_CASE("ring: everything arrives once and in order, in pieces of any size") {
    Ring<std::uint32_t> ring(64);
    CHECK(ring.capacity() == 64);
    constexpr std::uint32_t last = 200'000;
    std::thread writer([&] {
        std::array<std::uint32_t, 7> piece;
        for (std::uint32_t next = 0; next < last;) {
            const std::size_t size = 1 + next % 7;
            for (std::size_t i = 0; i < size; ++i) piece[i] = next + static_cast<std::uint32_t>(i);
            if (ring.push(std::span<const std::uint32_t>(piece.data(), size))) next += static_cast<std::uint32_t>(size);
            else std::this_thread::yield();
        }
    });
    std::uint32_t expected = 0;
    std::array<std::uint32_t, 5> piece;
    bool in_order = true;
    while (expected < last) {
        const std::size_t count = ring.pop(piece);
        for (std::size_t i = 0; i < count; ++i) in_order = in_order && piece[i] == expected++;
        if (count == 0) std::this_thread::yield();
    }
    writer.join();
    CHECK(in_order);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("realtime");

TEST_CASE("ring: a full ring is reported, and no part of the items is pushed") {
    Ring<int> ring(4);
    const std::array<int, 3> three{1, 2, 3};
    CHECK(ring.push(three));
    CHECK_FALSE(ring.push(three));
    CHECK(ring.push(4));
    CHECK_FALSE(ring.push(5));
    std::array<int, 8> all{};
    CHECK(ring.pop(all) == 4);
    CHECK(all == std::array<int, 8>{1, 2, 3, 4});
    CHECK(ring.pop(all) == 0);
}

TEST_CASE("realtime: late steps by policy") {
    // Each step is longer than its time, for the client sleeps.
    struct Sleeper : StepClient {
        std::chrono::microseconds time{300};
        void before_step(std::uint64_t, Simulation&) override { std::this_thread::sleep_for(time); }
    } sleeper;
    const auto run = [&](LatePolicy policy, std::uint32_t slack) {
        Simulation simulation(small(), {.threads = 1});
        RealtimeRunner runner(simulation, {.speed = 10.0, .late = policy, .slack_steps = slack});
        return runner.run(30, &sleeper);
    };
    const RealtimeReport caught_up = run(LatePolicy::catch_up, 1);
    CHECK(caught_up.steps == 30);
    CHECK(caught_up.missed == 30);
    CHECK(caught_up.skipped_ms == 0.0);
    CHECK_FALSE(caught_up.stopped);
    CHECK(caught_up.lateness.max_us > 29 * 200.0);  // 200 us more with every step
    CHECK(caught_up.step_time.p50_us >= 300.0);
    const RealtimeReport skipped = run(LatePolicy::skip, 1);
    CHECK(skipped.steps == 30);
    CHECK(skipped.missed == 30);
    CHECK(skipped.skipped_ms > 30 * 0.2);
    CHECK(skipped.skipped_ms <= skipped.wall_s * 1e3);  // each loss moves the schedule once
    const RealtimeReport stopped = run(LatePolicy::stop, 4);
    CHECK(stopped.stopped_late);
    CHECK(stopped.stopped);
    CHECK(stopped.missed == 1);
    CHECK(stopped.steps < 4);
    const RealtimeReport patient = run(LatePolicy::stop, 1'000'000);
    CHECK(patient.steps == 30);
    CHECK(patient.missed == 0);
    // Two steps of slack are 200 us, not 300: each step takes more, and begins when it is due.
    sleeper.time = std::chrono::microseconds(220);
    CHECK(run(LatePolicy::skip, 2).missed == 30);
    // One is not none: a second for a step that takes no millisecond.
    Simulation simulation(small(), {.threads = 1});
    CHECK(RealtimeRunner(simulation, {.speed = 0.001, .slack_steps = 1}).run(1).missed == 0);
}

TEST_CASE("realtime: a pause stops the clock") {
    // A lower bound only: steps that would have been due during the pause are not made up for after it.
    Simulation simulation(small(), {.threads = 1});
    RealtimeRunner runner(simulation, {.speed = 1.0});
    struct Resuming : StepClient {
        RealtimeRunner& runner;
        int idle = 0;
        explicit Resuming(RealtimeRunner& paused) : runner(paused) {}
        void while_paused(Simulation&) override {
            if (++idle == 40) runner.resume();
        }
    } client(runner);
    runner.pause();
    const RealtimeReport report = runner.run(40, &client);
    CHECK(client.idle == 40);
    CHECK(report.wall_s >= 39e-3 + 39e-3);
}

TEST_CASE("realtime: steps keep their distance") {
    // A lower bound only: nothing may begin before it is due.
    Simulation simulation(small(), {.threads = 1});
    RealtimeRunner runner(simulation, {.speed = 5.0});
    const RealtimeReport report = runner.run(100);
    CHECK(report.wall_s >= 99 * 0.2e-3);
    std::uint64_t in_histogram = 0;
    for (const auto& bin : report.step_time_histogram) in_histogram += bin.steps;
    CHECK(in_histogram == 100);
    in_histogram = 0;
    for (const auto& bin : report.lateness_histogram) in_histogram += bin.steps;
    CHECK(in_histogram == 100);
    CHECK(report.longest.size() == 10);
    CHECK(report.latest.size() == 10);
    CHECK(report.longest[0].step_us == doctest::Approx(report.step_time.max_us));
    for (std::size_t i = 1; i < 10; ++i) CHECK(report.longest[i - 1].step_us >= report.longest[i].step_us);
    CHECK(report.step_time.p50_us <= report.step_time.p99_us);
    CHECK(report.step_time.p99_us <= report.step_time.p999_us);
    CHECK(report.step_time.p999_us <= report.step_time.max_us);
}

TEST_CASE("realtime: what a client throws ends the run and comes out of it") {
    struct Failing : StepClient {
        void before_step(std::uint64_t step, Simulation&) override {
            if (step == 12) throw std::runtime_error("enough");
        }
    } failing;
    for (const int threads : {1, 3}) {
        Simulation simulation(small(), {.threads = threads, .executor = thread_executor(threads)});
        RealtimeRunner runner(simulation, {.speed = kFast});
        CHECK_THROWS_WITH(runner.run(100, &failing), "enough");
        CHECK(simulation.steps_done() == 12);
        CHECK(runner.run(8).steps == 8);  // nothing is left of it
    }
}

TEST_CASE("realtime: a client hears that a neuron left the range, once and before run() throws") {
    NetworkBuilder net;
    const PopulationId wild = net.add_population({.name = "wild", .size = 3});
    struct Recording : StepClient {
        PopulationId wild;
        std::string why;
        int times = 0;
        void before_step(std::uint64_t step, Simulation& simulation) override {
            if (step == 20) simulation.apply(PopulationCurrent{wild, -1e5});
        }
        void run_failed(const RunError& error) noexcept override {
            ++times;
            why = error.what();
        }
    };
    for (const int threads : {1, 3}) {
        Recording client;
        client.wild = wild;
        Simulation simulation(net.build(), {.threads = threads, .executor = thread_executor(threads)});
        RealtimeRunner runner(simulation, {.speed = kFast});
        std::string thrown;
        try {
            (void)runner.run(1000, &client);
        } catch (const RunError& error) { thrown = error.what(); }
        CHECK(thrown.starts_with("neuron 0 of population.wild left the range of single precision"));
        CHECK(client.why == thrown);
        CHECK(client.times == 1);
        CHECK_FALSE(runner.status().running);
    }
}

TEST_CASE("realtime: a client of two functions is called as one of a class") {
    Simulation simulation(small(), {.threads = 1}), by_class(small(), {.threads = 1});
    std::vector<std::uint64_t> before, after;
    std::uint64_t spikes = 0;
    auto client = step_client(
        [&](std::uint64_t step, Simulation& s) {
            before.push_back(step);
            CHECK(s.steps_done() == step);
            if (step == 20) s.apply(CurrentPulse{.amplitude = 30.0, .steps = 5});
        },
        [&](std::uint64_t step, std::span<const Spike> fired) {
            after.push_back(step);
            spikes += fired.size();
        });
    RealtimeRunner(simulation, {.speed = 1000.0}).run(50, &client);
    CHECK(before.size() == 50);
    CHECK(before.front() == 0);
    CHECK(before.back() == 49);
    CHECK(after.size() == 50);
    CHECK(after.front() == 1);
    CHECK(after.back() == 50);
    CHECK(spikes == simulation.spike_count());
    CHECK(spikes > 0);
    struct Pulsing : StepClient {
        void before_step(std::uint64_t step, Simulation& s) override {
            if (step == 20) s.apply(CurrentPulse{.amplitude = 30.0, .steps = 5});
        }
    } pulsing;
    RealtimeRunner(by_class, {.speed = 1000.0}).run(50, &pulsing);
    CHECK(by_class.spike_hash() == simulation.spike_hash());
    // One that is not needed.
    auto only_before = step_client([&](std::uint64_t step, auto&) { before.push_back(step); }, [](auto&&...) {});
    RealtimeRunner(simulation, {.speed = 1000.0}).run(1, &only_before);
    CHECK(before.size() == 51);
}

TEST_CASE("realtime: options out of range are refused") {
    Simulation simulation(small(), {.threads = 1});
    const auto refused = [&](const RealtimeOptions& options, const std::string& message) {
        try {
            const RealtimeRunner runner(simulation, options);
        } catch (const Error& error) {
            const std::string what = error.what();
            CHECK_MESSAGE(what.starts_with(message), what);
            return;
        }
        FAIL("accepted; expected: " << message);
    };
    refused({.speed = 0.0}, "option.speed is 0; allowed: 0.001 to 1000");
    refused({.speed = NAN}, "option.speed is nan; allowed: 0.001 to 1000");
    refused({.slack_steps = 0}, "option.slack_steps is 0; allowed: 1 to 1e+06");
    refused({.cpus = {0, 100000}}, "option.pin names processor 100000, which this process may not use; allowed: 0");
    refused({.cpus = {-1}}, "option.pin names processor -1, which this process may not use; allowed: 0");
    refused({.fifo_priority = 100}, "option.fifo is 100; allowed: 1 to 99");
    refused({.fifo_priority = -1}, "option.fifo is -1; allowed: 1 to 99");
    refused({.spin_us = -1.0}, "option.spin_us is -1; allowed: 0 to 10000");
    RealtimeRunner runner(simulation);
    CHECK_THROWS_AS(runner.set_speed(-1.0), Error);
}

TEST_SUITE_END();
