// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// What threads share, on std::thread only: meant for ThreadSanitizer, which knows nothing of oneTBB's locks.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// Every rule, several delays, stimuli and traces, small enough for a sanitizer.
Network mixed(double shortest_delay_ms) {
    NetworkBuilder net{{.seed = 8}};
    const auto a = net.add_population({.name = "a", .size = 2000, .cell = excitatory_2003(), .noise_stddev = 6.0});
    const auto b = net.add_population({.name = "b", .size = 600, .cell = inhibitory_2003(), .noise_stddev = 4.0});
    net.connect(
        a, everyone,
        {.rule = fixed_outdegree(10), .weight = uniform(0.0, 4.0), .delay_ms = uniform(shortest_delay_ms, 9.0)});
    net.connect(b, a, {.rule = fixed_indegree(5), .weight = uniform(-4.0, 0.0), .delay_ms = shortest_delay_ms});
    net.connect(b, b, {.rule = fixed_probability(0.01), .weight = -1.0, .delay_ms = shortest_delay_ms});
    net.stimulate(a, {.stimulus = PoissonTrains{.rate_hz = 20.0, .weight = 10.0}});
    net.record_trace({.population = a, .neurons = {0, 1999, 700}, .variables = {Variable::v, Variable::current}});
    net.record_trace({.population = b, .neurons = {5}, .interval_ms = 3.0});
    return net.build();
}

/// Synapses that remember: short-term plasticity, weights that change, rewards, and weights that are recorded.
Network remembering() {
    NetworkBuilder net{{.seed = 9}};
    const auto a = net.add_population({.name = "a", .size = 1500, .cell = regular_spiking(), .noise_stddev = 7.0});
    const auto b = net.add_population({.name = "b", .size = 400, .cell = fast_spiking(), .noise_stddev = 4.0});
    net.connect(a, everyone,
                {.rule = fixed_outdegree(20),
                 .weight = 1.0,
                 .delay_ms = spread(1.0, 10.0),
                 .plasticity = distal_reward_2007()});
    net.connect(
        a, a,
        {.name = "timed",
         .rule = fixed_outdegree(10),
         .weight = uniform(0.0, 1.0),
         .delay_ms = 3.0,
         .short_term = excitatory_short_term(),
         .plasticity = Plasticity{TripletStdp{.a2_plus = 0.1, .a2_minus = 0.1, .a3_plus = 0.1}, {}, 0.0, 1.0, 1.0}});
    net.connect(b, a,
                {.rule = fixed_outdegree(10),
                 .weight = uniform(0.0, 0.1),
                 .dynamics = gaba_a(),
                 .short_term = inhibitory_short_term()});
    net.reward({.when = RewardCoincidence{
                    .synapse = {ProjectionId(0), 0, 0}, .shortest_delay_ms = 3.0, .longest_delay_ms = 9.0}});
    net.record_weights({.projection = ProjectionId(0), .sample = 100, .interval_ms = 7.0});
    return net.build();
}

struct Reader : Observer {
    std::uint64_t spikes_seen = 0, steps_seen = 0;
    double sum = 0.0;
    void spikes(std::span<const Spike> spikes) override {
        for (const Spike& s : spikes) spikes_seen += s.step > 0 ? 1 : 0;
    }
    void sample(const Sample& sample) override {
        for (const float value : sample.values) sum += static_cast<double>(value);
    }
    void weights(const WeightSample& sample) override {
        for (const PlasticSynapse& s : sample.synapses) sum += static_cast<double>(s.weight);
    }
    bool proceed(std::uint64_t step) override {
        steps_seen = step;
        return true;
    }
};

}  // namespace

TEST_SUITE_BEGIN("threads");

TEST_CASE("threads: synapses that remember, and their weights read while others work") {
    const Network network = remembering();
    Simulation reference(network, {.threads = 1, .executor = serial_executor()});
    Reader expected;
    reference.run(80, &expected);
    CHECK(expected.spikes_seen > 100);
    const std::vector<std::byte> state = reference.checkpoint();
    for (const int threads : {2, 3, 8})
        for (const Delivery delivery : {Delivery::partition, Delivery::reduce}) {
            CAPTURE(threads);
            Simulation simulation(network,
                                  {.threads = threads, .delivery = delivery, .executor = thread_executor(threads)});
            Reader reader;
            simulation.run(80, &reader);
            CHECK(reader.spikes_seen == expected.spikes_seen);
            CHECK(reader.sum == expected.sum);
            CHECK(simulation.checkpoint() == state);
        }
}

TEST_CASE("threads: build and run with one to eight, either delivery, an observer that reads") {
    for (const double delay : {1.0, 5.0}) {
        const Network network = mixed(delay);
        Simulation reference(network, {.threads = 1, .executor = serial_executor()});
        Reader expected;
        reference.run(60, &expected);
        CHECK(expected.spikes_seen > 100);
        for (const int threads : {1, 2, 3, 8})
            for (const Delivery delivery : {Delivery::reduce, Delivery::partition}) {
                Simulation simulation(network,
                                      {.threads = threads, .delivery = delivery, .executor = thread_executor(threads)});
                Reader reader;
                simulation.run(37, &reader);
                simulation.run(1, &reader);
                simulation.run(22, &reader);
                CHECK(simulation.state_hash() == reference.state_hash());
                CHECK(simulation.spike_hash() == reference.spike_hash());
                CHECK(reader.spikes_seen == expected.spikes_seen);
                CHECK(reader.sum == expected.sum);
                CHECK(reader.steps_seen == 60);
            }
    }
}

TEST_CASE("threads: a slow observer holds the workers back, and loses nothing") {
    struct Slow : Reader {
        void spikes(std::span<const Spike> spikes) override {
            for (int i = 0; i < 50; ++i) std::this_thread::yield();
            Reader::spikes(spikes);
        }
    } slow;
    Simulation simulation(mixed(1.0), {.threads = 4, .executor = thread_executor(4)});
    const RunReport report = simulation.run(100, &slow);
    CHECK(slow.spikes_seen == report.spikes);
    CHECK(slow.steps_seen == 100);
}

TEST_CASE("threads: stopped from another thread, again and again") {
    Simulation simulation(mixed(2.0), {.threads = 3, .executor = thread_executor(3)});
    for (int round = 0; round < 5; ++round) {
        StoppedRun<Reader> waiter;
        const RunReport report = waiter.run(simulation);
        CHECK(report.stopped);
        CHECK(waiter.steps_seen == simulation.steps_done());
    }
    Simulation reference(mixed(2.0), {.threads = 1, .executor = serial_executor()});
    reference.run(simulation.steps_done());
    CHECK(simulation.state_hash() == reference.state_hash());
}

TEST_CASE("threads: two simulations of one network side by side") {
    const Network network = mixed(3.0);
    std::uint64_t hashes[2] = {};
    {
        std::vector<std::thread> users;
        for (std::uint64_t& hash : hashes)
            users.emplace_back([&network, &hash] {
                Simulation simulation(network, {.threads = 2, .executor = thread_executor(2)});
                simulation.run(50);
                hash = simulation.state_hash();
            });
        for (std::thread& user : users) user.join();
    }
    CHECK(hashes[0] == hashes[1]);
    CHECK(hashes[0] != 0);
}

TEST_SUITE_END();
