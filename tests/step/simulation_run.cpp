// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The contract of Simulation and Observer: order, stopping, exceptions, slicing, moving.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

NetworkBuilder small_network() {
    NetworkBuilder net = cortex(500, 30, 15.0, 4);
    net.record_trace({.population = {0}, .neurons = {3, 1}, .interval_ms = 2.0});
    return net;
}

struct Boom : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace

TEST_SUITE_BEGIN("simulation");

TEST_CASE("an observer sees everything in order, one call at a time") {
    struct Strict : Observer {
        std::uint64_t last_spikes = 0, last_sample = 0, last_proceed = 0, count = 0, samples = 0;
        std::atomic<int> inside{0};
        bool fine = true;
        void enter() { fine = fine && inside.fetch_add(1) == 0; }
        void leave() { inside.fetch_sub(1); }
        void spikes(std::span<const Spike> spikes) override {
            enter();
            fine = fine && !spikes.empty() && spikes[0].step > last_spikes && spikes[0].step > last_proceed;
            for (std::size_t i = 0; i + 1 < spikes.size(); ++i)
                fine = fine && spikes[i].neuron < spikes[i + 1].neuron && spikes[i].step == spikes[i + 1].step;
            last_spikes = spikes[0].step;
            count += spikes.size();
            leave();
        }
        void sample(const Sample& sample) override {
            enter();
            fine = fine && sample.step == last_sample + 2 && sample.step >= last_spikes && sample.values.size() == 2;
            last_sample = sample.step;
            ++samples;
            leave();
        }
        bool proceed(std::uint64_t step) override {
            enter();
            fine = fine && step > last_proceed && step >= last_spikes && step >= last_sample;
            last_proceed = step;
            leave();
            return true;
        }
    };
    for (const int threads : {1, 3})
        for (const auto& executor : {serial_executor(), thread_executor(threads), default_executor(threads)}) {
            Simulation simulation(small_network().build(), {.threads = threads, .executor = executor});
            Strict strict;
            const RunReport report = simulation.run(400, &strict);
            CHECK(strict.fine);
            CHECK(strict.count == report.spikes);
            CHECK(strict.samples == 200);
            CHECK(strict.last_proceed == 400);
            CHECK(report.steps == 400);
            CHECK(report.spikes > 200);
            CHECK(!report.stopped);
            CHECK(report.wall_s > 0.0);
            CHECK(simulation.steps_done() == 400);
            CHECK(simulation.time_ms() == 400.0);
            CHECK(simulation.spike_count() == report.spikes);
            CHECK(simulation.spike_count({0}) + simulation.spike_count({1}) == report.spikes);
        }
}

TEST_CASE("what an observer throws comes out of run(), and the simulation can go on") {
    Simulation reference(small_network().build(), {.threads = 1});
    reference.run(300);
    enum class Where { spikes, sample, proceed };
    for (const Where where : {Where::spikes, Where::sample, Where::proceed})
        for (const int threads : {1, 3}) {
            struct Thrower : Observer {
                Where where{};
                std::uint64_t calls_after = 0;
                bool thrown = false;
                void maybe(Where here, std::uint64_t step) {
                    if (thrown) ++calls_after;
                    if (here == where && step >= 50) {
                        thrown = true;
                        throw Boom("at " + std::to_string(step));
                    }
                }
                void spikes(std::span<const Spike> spikes) override { maybe(Where::spikes, spikes[0].step); }
                void sample(const Sample& sample) override { maybe(Where::sample, sample.step); }
                bool proceed(std::uint64_t step) override {
                    maybe(Where::proceed, step);
                    return true;
                }
            } thrower;
            thrower.where = where;
            Simulation simulation(small_network().build(), {.threads = threads, .executor = thread_executor(threads)});
            CHECK_THROWS_AS(simulation.run(300, &thrower), Boom);
            CHECK(thrower.calls_after == 0);
            CHECK(simulation.steps_done() >= 50);
            CHECK(simulation.steps_done() < 80);  // "at the next step", or the few that were under way
            const RunReport rest = simulation.run(300 - simulation.steps_done());
            CHECK(!rest.stopped);
            CHECK(simulation.spike_hash() == reference.spike_hash());
            CHECK(simulation.state_hash() == reference.state_hash());
        }
}

TEST_CASE("proceed() ends a run, which can be taken up again") {
    struct Stopper : Raster {
        std::uint64_t at = 0;
        bool proceed(std::uint64_t step) override { return step < at; }
    };
    Simulation reference(small_network().build(), {.threads = 1});
    reference.run(200);
    for (const int threads : {1, 4}) {
        Simulation simulation(small_network().build(), {.threads = threads, .executor = thread_executor(threads)});
        Stopper stopper;
        stopper.at = 60;
        const RunReport report = simulation.run(200, &stopper);
        CHECK(report.stopped);
        CHECK(report.steps == simulation.steps_done());
        CHECK(report.steps >= 60);
        CHECK(report.steps < 80);
        CHECK(report.spikes == stopper.all.size());
        CHECK((stopper.all.empty() || stopper.all.back().step <= report.steps));
        CHECK(!simulation.run(200 - report.steps).stopped);
        CHECK(simulation.state_hash() == reference.state_hash());
    }
    // on one thread only the next step is under way
    Simulation alone(small_network().build(), {.threads = 1});
    Stopper stopper;
    stopper.at = 17;
    const std::uint64_t steps = alone.run(200, &stopper).steps;
    CHECK(steps >= 17);
    CHECK(steps <= 18);
}

TEST_CASE("request_stop() ends an endless run and is used up by it") {
    Simulation simulation(small_network().build(), {.threads = 2, .executor = thread_executor(2)});
    const RunReport report = StoppedRun<>().run(simulation);
    CHECK(report.stopped);
    CHECK(report.steps < std::uint64_t{1} << 40);
    CHECK(simulation.steps_done() == report.steps);
    const RunReport next = simulation.run(10);
    CHECK(next.steps == 10);
    CHECK(!next.stopped);
}

TEST_CASE("step() gives the spikes that run() records") {
    Raster raster;
    Simulation by_run(small_network().build(), {.threads = 3, .executor = thread_executor(3)});
    by_run.run(150, &raster);
    Simulation by_step(small_network().build(), {.threads = 2});
    std::vector<Spike> stepped;
    for (int i = 0; i < 150; ++i) {
        const auto spikes = by_step.step();
        CHECK(std::is_sorted(spikes.begin(), spikes.end(), [](auto x, auto y) { return x.neuron < y.neuron; }));
        stepped.insert(stepped.end(), spikes.begin(), spikes.end());
        CHECK(by_step.steps_done() == static_cast<std::uint64_t>(i + 1));
    }
    CHECK(stepped == raster.all);
    CHECK(by_step.spike_hash() == by_run.spike_hash());
    CHECK(by_step.state_hash() == by_run.state_hash());
    // a silent step gives none, not those of the step before
    NetworkBuilder quiet;
    const auto p = quiet.add_population({.name = "p", .size = 2});
    quiet.stimulate(p, {.stimulus = SpikeTimes{.weight = 100.0, .times_ms = {1.0}}, .first = 1});
    Simulation simulation(quiet.build(), {.threads = 1});
    CHECK(simulation.step().empty());
    const auto spikes = simulation.step();
    REQUIRE(spikes.size() == 1);
    CHECK(spikes[0] == Spike{2, 1});
    CHECK(simulation.step().empty());
}

TEST_CASE("hashes tell spikes and states apart") {
    Simulation a(small_network().build(), {.threads = 1}), b(small_network().build(), {.threads = 1});
    CHECK(a.spike_hash() == b.spike_hash());
    a.run(100);
    b.run(101);
    CHECK(a.state_hash() != b.state_hash());
    a.run(1);
    CHECK(a.state_hash() == b.state_hash());
    CHECK(a.spike_hash() == b.spike_hash());
    CHECK(a.spike_count() > 0);
    Simulation c(cortex(500, 30, 15.0, 5).build(), {.threads = 1});
    c.run(101);
    CHECK(c.spike_hash() != a.spike_hash());
    CHECK(c.state_hash() != a.state_hash());
}

TEST_CASE("a simulation can be moved, and outlives its builder and network") {
    Simulation first = [] {
        NetworkBuilder net = small_network();
        const Network network = net.build();
        return Simulation(network, {.threads = 2, .executor = thread_executor(2)});
    }();
    first.run(50);
    Simulation second = std::move(first);
    second.run(25);
    Simulation third(small_network().build(), {.threads = 1});
    third = std::move(second);
    third.run(25);
    Simulation reference(small_network().build(), {.threads = 1});
    reference.run(100);
    CHECK(third.steps_done() == 100);
    CHECK(third.state_hash() == reference.state_hash());
    CHECK(third.spike_hash() == reference.spike_hash());
}

TEST_CASE("runs of no steps, of milliseconds, and two simulations at once") {
    Simulation simulation(small_network().build(), {.threads = 2});
    const RunReport none = simulation.run(0);
    CHECK(none.steps == 0);
    CHECK(!none.stopped);
    NetworkBuilder net{{.dt_ms = 0.1}};
    net.add_population({.name = "p", .size = 3});
    Simulation fine(net.build(), {.threads = 1});
    CHECK(fine.run_ms(0.3).steps == 3);
    CHECK(fine.run_ms(100.0).steps == 1000);
    CHECK(fine.run_ms(0.04).steps == 0);
    CHECK(fine.run_ms(0.06).steps == 1);
    CHECK(std::abs(fine.time_ms() - 100.4) < 1e-9);
    CHECK_THROWS_AS(fine.run_ms(-1.0), Error);
    CHECK_THROWS_AS(fine.run_ms(std::numeric_limits<double>::quiet_NaN()), Error);
    CHECK_THROWS_AS(fine.run_ms(std::numeric_limits<double>::infinity()), Error);

    // interleaved, on one shared executor
    const auto executor = default_executor(2);
    Simulation a(small_network().build(), {.threads = 2, .executor = executor});
    Simulation b(small_network().build(), {.threads = 3, .executor = executor});
    for (int i = 0; i < 10; ++i) {
        a.run(7);
        b.run(7);
    }
    CHECK(a.state_hash() == b.state_hash());
    simulation.run(70);
    CHECK(simulation.state_hash() == a.state_hash());
}

TEST_CASE("read() gives the state and parameters of one population") {
    NetworkBuilder net{{.seed = 3}};
    const auto a = net.add_population({.name = "a", .size = 65, .v0_mv = -70.0});
    const auto b = net.add_population({.name = "b",
                                       .size = 1000,
                                       .cell = {0.1, uniform(0.2, 0.3), shared(-65.0, 15.0), shared(8.0, -6.0)},
                                       .v0_mv = uniform(-80.0, -60.0),
                                       .u0_mv = clipped_normal(-13.0, 1.0, -15.0, -12.0)});
    const Simulation simulation(net.build(), {.threads = 1});
    for (const float v : read(simulation, Variable::v, 0)) CHECK(v == -70.0f);
    for (const float u : read(simulation, Variable::u, 0)) CHECK(u == 0.2f * -70.0f);
    const auto v = read(simulation, Variable::v, 1);
    const auto u = read(simulation, Variable::u, 1);
    CHECK(*std::min_element(v.begin(), v.end()) >= -80.0f);
    CHECK(*std::max_element(v.begin(), v.end()) <= -60.0f);
    CHECK(*std::max_element(v.begin(), v.end()) - *std::min_element(v.begin(), v.end()) > 19.0f);
    CHECK(std::count(u.begin(), u.end(), -15.0f) + std::count(u.begin(), u.end(), -12.0f) > 50);
    std::vector<float> pa(1000), pb(1000), pc(1000), pd(1000);
    simulation.read_parameter('a', b, pa);
    simulation.read_parameter('b', b, pb);
    simulation.read_parameter('c', b, pc);
    simulation.read_parameter('d', b, pd);
    for (std::size_t i = 0; i < 1000; ++i) {
        CHECK(pa[i] == 0.1f);
        CHECK(pb[i] >= 0.2f);
        CHECK(pb[i] <= 0.3f);
        // one r for both: c = -65 + 15 r, d = 8 - 6 r
        CHECK(std::abs((pc[i] + 65.0f) / 15.0f - (8.0f - pd[i]) / 6.0f) < 1e-5f);
    }
    std::vector<float> wrong(64);
    CHECK_THROWS_AS(simulation.read(Variable::v, a, wrong), Error);
    CHECK_THROWS_AS(simulation.read(Variable::v, {2}, wrong), Error);
    std::vector<float> right(65);
    CHECK_THROWS_AS(simulation.read(Variable::current, a, right), Error);
    // One neuron at a time is the same.
    for (const PopulationId id : {a, b}) {
        const NeuronRange range = simulation.network().neurons(id);
        std::vector<float> all_v(range.size), all_u(range.size);
        simulation.read(Variable::v, id, all_v);
        simulation.read(Variable::u, id, all_u);
        for (std::uint32_t n = 0; n < range.size; ++n) {
            REQUIRE(simulation.read(Variable::v, range.first + n) == all_v[n]);
            REQUIRE(simulation.read(Variable::u, range.first + n) == all_u[n]);
        }
    }
    const auto fault = [&](Variable variable, std::uint32_t neuron) {
        try {
            (void)simulation.read(variable, neuron);
        } catch (const Error& error) { return std::string(error.what()); }
        return std::string();
    };
    const std::uint32_t neurons = simulation.network().neuron_count();
    CHECK(fault(Variable::v, neurons) ==
          "read.neuron is " + std::to_string(neurons) + "; allowed: 0 to " + std::to_string(neurons - 1));
    CHECK(fault(Variable::current, 0) == "read.variable is current, which is not kept; allowed: v, u");
    CHECK_THROWS_AS(simulation.read_parameter('x', a, right), Error);
    CHECK_THROWS_AS(simulation.read_parameter('a', a, wrong), Error);
    CHECK_THROWS_AS((void)simulation.spike_count({9}), Error);
    CHECK_THROWS_AS((void)simulation.synapses_of(1065), Error);
}

TEST_CASE("a neuron that leaves single precision is told, by run() only") {
    NetworkBuilder net;
    net.add_population({.name = "calm", .size = 70});
    const auto p = net.add_population({.name = "wild", .size = 5});
    net.stimulate(p, {.stimulus = DirectCurrent{.amplitude = -1e5}, .first = 3, .count = 1});
    Simulation simulation(net.build(), {.threads = 1});
    std::string what;
    try {
        simulation.run(2000);
    } catch (const RunError& error) { what = error.what(); }
    CHECK(what.find("neuron 3 of population.wild") != std::string::npos);
    CHECK(what.find("single precision") != std::string::npos);
    CHECK(what.find("step " + std::to_string(simulation.steps_done()) + " ") != std::string::npos);
    CHECK(simulation.steps_done() <= 64);
}

TEST_CASE("wiring tells its progress up to one") {
    std::vector<double> shares;
    const Simulation simulation(cortex(5000, 20, 6.5, 1).build(),
                                {.threads = 3, .executor = thread_executor(3), .build_progress = [&](double share) {
                                     shares.push_back(share);
                                 }});
    REQUIRE(shares.size() >= 2);
    CHECK(std::is_sorted(shares.begin(), shares.end()));
    CHECK(shares.front() > 0.0);
    CHECK(shares.back() == 1.0);
    CHECK(simulation.build_seconds() > 0.0);
    CHECK(simulation.threads() == 3);
}

TEST_CASE("threads: no more than are of use, unless an executor is given") {
    const auto threads_of = [](std::uint32_t neurons, const Rule& rule, SimulationOptions options) {
        NetworkBuilder net;
        const auto p = net.add_population({.name = "p", .size = neurons});
        net.connect(p, p, {.rule = rule, .weight = 1.0});
        return Simulation(net.build(), std::move(options)).threads();
    };
    CHECK(threads_of(1000, all_to_all(), {.threads = 2}) == 1);  // two microseconds to a step
    CHECK(threads_of(1000, fixed_outdegree(100), {.threads = 8}) == 1);
    CHECK(threads_of(10'000, fixed_outdegree(100), {.threads = 1}) == 1);
    CHECK(threads_of(10'000, fixed_outdegree(100), {.threads = 2}) == 2);
    CHECK(threads_of(10'000, fixed_outdegree(100), {.threads = 1024}) < 16);
    CHECK(threads_of(10'000, fixed_outdegree(100), {}) <= available_processors());
    CHECK(threads_of(1000, all_to_all(), {.threads = 7, .executor = serial_executor()}) == 7);
    CHECK(threads_of(1000, all_to_all(), {.executor = thread_executor(7)}) == 1);
}

TEST_SUITE_END();
