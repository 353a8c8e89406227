// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// What rank 0 of several gives its user: checkpoints, recordings, weights, interventions, paced runs, errors. All of it is
// compared with one rank.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "izhi/error.hpp"
#include "izhi/realtime.hpp"
#include "ranks.hpp"
#include "tests/determinism/determinism_scenes.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// On `ranks` ranks of `threads` threads; on one rank there is no exchange.
template <class Use>
void on_ranks(const Network& network, int ranks, int threads, Delivery delivery, const Use& use) {
    const auto options = [&](int) {
        return SimulationOptions{.threads = threads, .delivery = delivery, .executor = thread_executor(threads)};
    };
    if (ranks > 1) return with_ranks(network, ranks, options, use);
    Simulation simulation(network, options(0));
    use(simulation);
}

/// Everything that an observer gets.
struct Everything : Observer {
    std::vector<Spike> all;
    std::vector<float> samples;
    std::vector<PlasticSynapse> weights_seen;
    std::vector<double> dopamine;
    void spikes(std::span<const Spike> spikes) override { all.insert(all.end(), spikes.begin(), spikes.end()); }
    void sample(const Sample& sample) override {
        samples.push_back(static_cast<float>(sample.trace));
        samples.push_back(static_cast<float>(sample.step));
        samples.insert(samples.end(), sample.values.begin(), sample.values.end());
    }
    void weights(const WeightSample& sample) override {
        weights_seen.insert(weights_seen.end(), sample.synapses.begin(), sample.synapses.end());
        dopamine.push_back(sample.dopamine + static_cast<double>(sample.step));
    }
};

bool equal(const std::vector<PlasticSynapse>& x, const std::vector<PlasticSynapse>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const PlasticSynapse& p, const PlasticSynapse& q) {
        return p.source == q.source && p.target == q.target && p.delay_steps == q.delay_steps && p.weight == q.weight &&
               p.eligibility == q.eligibility;
    });
}

/// A learning network of 1,100 neurons with everything that is recorded: traces of each kind, weights, rewards.
Network learning(double weight = 6.0) {
    NetworkBuilder net{{.name = "learning", .seed = 5}};
    const auto exc = net.add_population({.name = "exc", .size = 800, .cell = excitatory_2003(), .noise_stddev = 5.0});
    const auto inh = net.add_population({.name = "inh", .size = 300, .cell = inhibitory_2003(), .noise_stddev = 3.0});
    ProjectionSpec plastic{
        .name = "plastic", .rule = fixed_outdegree(40), .weight = uniform(2.0, weight), .delay_ms = uniform(1.0, 9.0)};
    plastic.plasticity = Plasticity{.change = RewardedChange{}, .highest = 10.0};
    const auto learns = net.connect(exc, everyone, plastic);
    ProjectionSpec depressing{.name = "depressing", .rule = fixed_indegree(20), .weight = uniform(-4.0, 0.0)};
    depressing.short_term = ShortTermPlasticity{};
    const auto short_term = net.connect(inh, exc, depressing);
    net.reward({.name = "pair",
                .when = RewardCoincidence{.synapse = {learns, 3, 2}, .window_ms = 20.0, .start_weight = 1.0},
                .amount = 0.5});
    net.record_trace({.name = "v",
                      .population = exc,
                      .neurons = {799, 3, 512, 511},
                      .variables = {Variable::v, Variable::current},
                      .interval_ms = 1.0});
    net.record_trace({.name = "x",
                      .population = inh,
                      .neurons = {0, 299, 150},
                      .variables = {Variable::short_term_x, Variable::short_term_u},
                      .interval_ms = 3.0,
                      .projection = short_term});
    net.record_weights({.name = "all", .projection = learns, .interval_ms = 50.0});
    net.record_weights({.name = "some", .projection = learns, .sample = 100, .interval_ms = 20.0});
    net.record_weights({.name = "one", .projection = learns, .source = 700, .number = 5, .interval_ms = 10.0});
    return net.build();
}

std::vector<LoggedIntervention> script() {
    return {{0, NoiseScale{{1}, 1.5}},
            {5, PopulationCurrent{{0}, 2.0}},
            {7, NeuronCurrents{{PopulationId{0}}, 510, {4.0f, -2.5f, 0.1f}}},
            {11, ForcedSpikes{everyone, {5, 0, 1041, 777, 1041}}},
            {11, InputSpikes{{PopulationId{1}}, 7.3, {3, 9, 3, 299}}},
            {20, CurrentPulse{.target = everyone, .amplitude = 3.7, .steps = 9, .first = 20}},
            {30, WeightScale{ProjectionId(1), 2.7}},
            {40, Dopamine{0.4}},
            {45, SynapseWeight{{ProjectionId(0), 700, 7}, 9.5}},
            {60, ForcedSpikes{everyone, {1, 600, 1099}}}};
}

void play(Simulation& simulation, std::uint64_t steps, Observer* observer = nullptr) {
    for (const LoggedIntervention& one : script()) {
        simulation.run(one.step - simulation.steps_done(), observer);
        simulation.apply(one.what);
    }
    simulation.run(steps - simulation.steps_done(), observer);
}

}  // namespace

TEST_SUITE_BEGIN("ranks");

TEST_CASE("observers get the same spikes, samples and weights, in the same order") {
    const Network network = learning();
    Everything expected;
    on_ranks(network, 1, 1, Delivery::partition, [&](Simulation& s) { play(s, 150, &expected); });
    REQUIRE(expected.all.size() > 1000);
    REQUIRE(expected.samples.size() > 500);
    REQUIRE(expected.weights_seen.size() > 1000);
    for (const int ranks : {2, 3})
        for (const Delivery delivery : kDeliveries) {
            Everything found;
            on_ranks(network, ranks, 2, delivery, [&](Simulation& s) {
                CHECK(s.ranks() == ranks);
                play(s, 150, &found);
            });
            CHECK(found.all == expected.all);
            CHECK(found.samples == expected.samples);
            CHECK(equal(found.weights_seen, expected.weights_seen));
            CHECK(found.dopamine == expected.dopamine);
        }
}

TEST_CASE("a checkpoint has the same bytes whoever wrote it, and any number of ranks continues from it") {
    std::vector<Network> networks{learning()};
    for (const Scene& scene : scenes())
        if (!scene.large && scene.build().block_count() >= 3) networks.push_back(scene.build());
    for (const Network& network : networks) {
        CAPTURE(network.description().spec.name);
        const std::uint32_t last = network.description().populations[0].size - 1;
        std::vector<std::byte> saved, later;
        std::uint64_t state = 0;
        on_ranks(network, 1, 1, Delivery::partition, [&](Simulation& s) {
            s.run(13);
            s.apply(ForcedSpikes{everyone, {1, network.neuron_count() - 1}});
            s.apply(NeuronCurrents{PopulationId{0}, last, {1.5f}});
            saved = s.checkpoint("note");
            s.run(37);
            later = s.checkpoint();
            state = s.state_hash();
        });
        for (const int ranks : {2, 3})
            for (const Delivery delivery : kDeliveries) {
                on_ranks(network, ranks, 2, delivery, [&](Simulation& s) {
                    s.run(13);
                    s.apply(ForcedSpikes{everyone, {1, network.neuron_count() - 1}});
                    s.apply(NeuronCurrents{PopulationId{0}, last, {1.5f}});
                    CHECK(s.checkpoint("note") == saved);
                    s.run(37);
                    CHECK(s.checkpoint() == later);
                });
                on_ranks(network, ranks, 1, delivery, [&](Simulation& s) {
                    s.run(4);
                    s.restore(saved);
                    CHECK(s.checkpoint("note") == saved);
                    s.run(37);
                    CHECK(s.checkpoint() == later);
                    CHECK(s.state_hash() == state);
                });
            }
    }
}

TEST_CASE("what is read on rank 0 is that of the whole network") {
    const Network network = learning();
    struct Read {
        std::vector<float> v, d, one, weights;
        std::vector<PlasticSynapse> plastic;
        std::vector<double> synapses;
        std::uint64_t synapse_count = 0;
        std::vector<std::string> notes;
        std::uint64_t state = 0;
        double quantum = 0.0;
    };
    const auto read = [&](Simulation& s) {
        play(s, 70);
        Read r;
        r.v.resize(800);
        r.d.resize(300);
        s.read(Variable::v, PopulationId{0}, r.v);
        s.read_parameter('d', PopulationId{1}, r.d);
        for (const std::uint32_t neuron : {0u, 511u, 512u, 1099u}) r.one.push_back(s.read(Variable::u, neuron));
        r.weights.resize(s.plastic_synapse_count(ProjectionId(0)));
        s.read_weights(ProjectionId(0), r.weights);
        r.plastic = s.plastic_synapses(ProjectionId(0));
        for (const std::uint32_t neuron : {0u, 700u, 900u})
            for (const Simulation::Synapse& synapse : s.synapses_of(neuron))
                for (const double x : {double(synapse.target), synapse.weight, double(synapse.delay_steps)})
                    r.synapses.push_back(x);
        r.synapse_count = s.synapse_count();
        for (const Note& note : s.notes()) r.notes.push_back(sentence(note));
        r.state = s.state_hash();
        r.quantum = s.weight_quantum(ProjectionId(1));
        return r;
    };
    Read expected;
    on_ranks(network, 1, 1, Delivery::partition, [&](Simulation& s) { expected = read(s); });
    REQUIRE(expected.synapses.size() > 100);
    for (const int ranks : {2, 3})
        on_ranks(network, ranks, 1, Delivery::automatic, [&](Simulation& s) {
            const Read found = read(s);
            CHECK(found.v == expected.v);
            CHECK(found.d == expected.d);
            CHECK(found.one == expected.one);
            CHECK(found.weights == expected.weights);
            CHECK(equal(found.plastic, expected.plastic));
            CHECK(found.synapses == expected.synapses);
            CHECK(found.synapse_count == expected.synapse_count);
            CHECK(found.notes == expected.notes);
            CHECK(found.state == expected.state);
            CHECK(found.quantum == expected.quantum);
        });
}

namespace {

/// Intervenes in a paced run, and takes a snapshot in it.
struct Client : StepClient {
    explicit Client(std::uint64_t when) : snapshot_at(when) {}
    void before_step(std::uint64_t step, Simulation& simulation) override {
        for (const LoggedIntervention& one : script())
            if (one.step == step) simulation.apply(one.what);
        if (step == snapshot_at) simulation.snapshot(snapshot);
    }
    std::uint64_t snapshot_at;
    Snapshot snapshot;
};

}  // namespace

TEST_CASE("paced runs, their clients and their snapshots") {
    const Network network = learning();
    const auto run = [&](Simulation& s, std::vector<std::byte>& snapshot, std::vector<std::byte>& end,
                         Everything& seen) {
        Client client(52);
        RealtimeRunner runner(s, {.speed = 1000.0});
        (void)runner.run(80, &client, &seen);
        snapshot = client.snapshot.checkpoint("taken");
        s.run(20, &seen);
        end = s.checkpoint();
    };
    std::vector<std::byte> snapshot, end;
    Everything expected;
    on_ranks(network, 1, 1, Delivery::partition, [&](Simulation& s) { run(s, snapshot, end, expected); });
    for (const int ranks : {2, 3}) {
        std::vector<std::byte> found_snapshot, found_end;
        Everything found;
        on_ranks(network, ranks, 1, Delivery::reduce, [&](Simulation& s) { run(s, found_snapshot, found_end, found); });
        CHECK(found_snapshot == snapshot);
        CHECK(found_end == end);
        CHECK(found.all == expected.all);
        CHECK(found.samples == expected.samples);
        CHECK(equal(found.weights_seen, expected.weights_seen));
    }
}

TEST_CASE("an observer on rank 0 ends the run of all ranks, and what it throws is thrown there") {
    struct Stops : Observer {
        bool throws = false;
        bool proceed(std::uint64_t step) override {
            if (step >= 20 && throws) throw std::string("enough");
            return step < 20;
        }
    } stops;
    on_ranks(cortex(2000, 50, 5.0, 1).build(), 2, 1, Delivery::automatic, [&](Simulation& s) {
        const RunReport report = s.run(1000, &stops);
        CHECK(report.stopped);
        CHECK(s.steps_done() >= 20);
        CHECK(s.steps_done() < 100);
        stops.throws = true;
        CHECK_THROWS_AS(s.run(1000, &stops), std::string);
        CHECK_FALSE(s.run(10).stopped);
        s.request_stop();
        CHECK(s.run(10).steps == 0);
    });
}

TEST_CASE("a neuron that leaves single precision on another rank is reported on rank 0") {
    NetworkBuilder net{{.name = "strong", .seed = 1}};
    net.add_population({.name = "first", .size = 600, .cell = excitatory_2003(), .noise_stddev = 1.0});
    net.add_population({.name = "second", .size = 600, .cell = excitatory_2003(), .noise_stddev = 1.0});
    const Network network = net.build();
    std::string expected;
    for (const int ranks : {1, 2})
        on_ranks(network, ranks, 1, Delivery::automatic, [&](Simulation& s) {
            s.run(10);
            s.apply(NeuronCurrents{{PopulationId{1}}, 599, {-1e5f}});
            std::string fault;
            try {
                s.run(500);
            } catch (const RunError& error) { fault = error.what(); }
            CHECK(fault.find("neuron 599 of population.second") != std::string::npos);
            if (ranks == 1) expected = fault;
            CHECK(fault == expected);
        });
}

TEST_CASE("ranks that cannot be made") {
    const Network small = cortex(600, 0, 1.0, 1).build();
    const auto fault_of = [&](const Network& network, int ranks, const auto& options) {
        std::string fault;
        try {
            with_ranks(network, ranks, options, [](Simulation&) {});
        } catch (const Error& error) { fault = error.what(); }
        return fault;
    };
    const auto plain = [](int) { return SimulationOptions{.threads = 1}; };
    CHECK(fault_of(small, 3, plain) ==
          "network is shared by 3 ranks, and has 2 blocks of up to 512 neurons; allowed: up to 2 ranks");
    const auto one_is_short = [](int rank) {
        return SimulationOptions{.threads = 1, .memory_limit_bytes = rank == 1 ? 1000u : 0u};
    };
    const std::string fault = fault_of(small, 2, one_is_short);
    CHECK(fault.find("rank 1: network needs ") == 0);
    CHECK(fault.find("on each rank") != std::string::npos);
    CHECK_THROWS_AS((void)thread_exchange(0), Error);
    CHECK_THROWS_AS((void)thread_exchange(2, -1.0), Error);
    Simulation alone(small, {.threads = 1, .exchange = thread_exchange(1).front()});
    CHECK(alone.ranks() == 1);
    CHECK_THROWS_AS(alone.follow(), Error);
}

TEST_CASE("messages of any length arrive") {
    // In a burst a rank has more spikes than fit in the first pieces of a message.
    const Network network = cortex(20000, 10, 1.0, 3).build();
    std::vector<std::uint32_t> everybody(20000);
    for (std::uint32_t i = 0; i < everybody.size(); ++i) everybody[i] = i;
    std::uint64_t expected = 0;
    for (const int ranks : {1, 2, 3})
        on_ranks(network, ranks, 1, Delivery::automatic, [&](Simulation& s) {
            s.run(3);
            s.apply(ForcedSpikes{everyone, everybody});
            s.run(5);
            s.apply(ForcedSpikes{everyone, everybody});
            s.run(5);
            if (ranks == 1) expected = s.spike_hash();
            CHECK(s.spike_count() > 40000);
            CHECK(s.spike_hash() == expected);
        });
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("threads_ranks");

TEST_CASE("ranks of several threads, with interventions, recording and saving") {
    const Network network = learning();
    std::vector<std::byte> expected;
    for (const int ranks : {1, 2, 3})
        for (const Delivery delivery : kDeliveries)
            on_ranks(network, ranks, 2, delivery, [&](Simulation& s) {
                Everything seen;
                play(s, 70, &seen);
                if (expected.empty()) expected = s.checkpoint();
                CHECK(s.checkpoint() == expected);
            });
}

TEST_SUITE_END();
