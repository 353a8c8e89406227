// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Weights that learn, as the network sees them: what is delivered, that sums fit, how weights are read and set, what is refused.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"
#include "tests/learning/forced_pair.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// What a trace of one current saw.
struct Currents : Observer {
    std::vector<double> values;
    void sample(const Sample& s) override { values.push_back(static_cast<double>(s.values[0])); }
};

}  // namespace

TEST_SUITE_BEGIN("plasticity");

TEST_CASE("plasticity: a spike is delivered with the weight of its arrival") {
    // One source, delay 10; while its spike travels the target fires, which raises the weight; what arrives is raised.
    const Plasticity rule{PairStdp{.a_plus = 2.0, .a_minus = 0.0}, {}, 0.0, 10.0, 0.0};
    Forced pair(rule, 1.0, 10.0);
    pair.play({0}, {11}, 20);  // the first arrival, at step 10, and a spike a step later
    const double raised = 1.0 + 2.0 * std::exp(-1.0 / 20.0);
    CHECK(pair.weight() == doctest::Approx(raised));
    // the same once more with a neuron that does not fire: what v gains in the step of arrival is the weight
    Forced plain(rule, 1.0, 10.0), pushed(rule, 1.0, 10.0);
    std::vector<float> v_plain(1), v_pushed(1);
    pushed.play({2}, {}, 13);
    plain.play({}, {}, 13);
    pushed.simulation.read(Variable::v, {1}, v_pushed);
    plain.simulation.read(Variable::v, {1}, v_plain);
    CHECK(v_pushed[0] - v_plain[0] == doctest::Approx(1.0).epsilon(0.1));
}

TEST_CASE("plasticity: a spike of the first step has arrived once and for all, saved and restored too") {
    // Its place in the ring is taken anew, by spikes of the step right after its arrival: only those are on their way then.
    const Plasticity rule{PairStdp{.a_plus = 0.3, .a_minus = 0.2}, {}, 0.0, 10.0, 0.0};
    Forced straight(rule, 1.0, 4.0), restored(rule, 1.0, 4.0);
    straight.play({0, 5}, {}, 7);
    restored.simulation.restore(straight.simulation.checkpoint());
    for (Forced* pair : {&straight, &restored}) pair->play({}, {5}, 10);
    CHECK(restored.simulation.checkpoint() == straight.simulation.checkpoint());
    CHECK(straight.weight() > 1.3);
}

TEST_CASE("plasticity: a weight of either sign and any size arrives as the nearest whole number of quanta") {
    for (const bool wide : {false, true}) {
        CAPTURE(wide);
        NetworkBuilder net;
        const auto from = net.add_population({.name = "from", .size = 1, .cell = regular_spiking()});
        const auto to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking()});
        net.connect(from, to,
                    {.rule = all_to_all(),
                     .weight = 0.0,
                     .plasticity = Plasticity{PairStdp{.a_plus = 0.0, .a_minus = 0.0}, {}, -1.0, 1.0, 0.0}});
        // something faint makes synapses wide: quanta are finer then, but no finer than rounding in singles can tell
        net.connect(to, to, {.rule = all_to_all(), .weight = wide ? 1e-5 : 1.0, .delay_ms = 1000.0});
        net.record_trace({.population = to, .neurons = {0}, .variables = {Variable::current}});
        const Network network = net.build();
        REQUIRE(network.bytes_per_synapse() == (wide ? 8 : 4));
        Simulation simulation(network);
        const double quantum = simulation.weight_quantum(ProjectionId(0));
        std::vector<double> weights;
        for (int k = -40; k <= 40; ++k) weights.push_back(0.3 * k * quantum);
        for (int k = 0; k < 100; ++k) weights.push_back((k % 2 == 0 ? 1.0 : -1.0) * std::pow(0.93, k));
        simulation.apply(ForcedSpikes{everyone, {0}});
        (void)simulation.step();
        for (const double weight : weights) {
            CAPTURE(weight);
            simulation.apply(SynapseWeight{{ProjectionId(0), 0, 0}, weight});
            simulation.apply(ForcedSpikes{everyone, {0}});
            Currents currents;
            simulation.run(1, &currents);
            REQUIRE(currents.values.size() == 1);
            const auto kept = static_cast<double>(static_cast<float>(weight));
            CHECK(std::abs(currents.values[0] - kept) <= 0.501 * quantum);
        }
    }
}

TEST_CASE("plasticity: sums of weights fit, at whatever bound they end up") {
    // What learns keeps its scale, so that is one for the bounds, not for the weights to begin with.
    for (const double sign : {1.0, -1.0}) {
        CAPTURE(sign);
        constexpr std::uint32_t sources = 200;
        Plasticity plain{PairStdp{.a_plus = 0.0, .a_minus = 0.0}, {}, -0.01, 10.0, 0.0};
        if (sign < 0.0) plain.lowest = -10.0, plain.highest = 0.01;
        NetworkBuilder net;
        const auto from = net.add_population({.name = "from", .size = sources, .cell = regular_spiking()});
        const auto to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking()});
        net.connect(from, to, {.rule = all_to_all(), .weight = 0.001 * sign, .plasticity = plain});
        net.record_trace({.population = to, .neurons = {0}, .variables = {Variable::current}});
        Simulation simulation(net.build());
        std::vector<std::uint32_t> all;
        for (std::uint32_t source = 0; source < sources; ++source) {
            all.push_back(source);
            simulation.apply(SynapseWeight{{ProjectionId(0), source, 0}, 10.0 * sign});
        }
        simulation.apply(ForcedSpikes{from, all});
        Currents currents;
        simulation.run(2, &currents);
        CHECK(currents.values.back() == doctest::Approx(10.0 * sign * sources).epsilon(1e-5));
    }
}

TEST_CASE("plasticity: weights are the same whoever computes them, and can be set") {
    const auto weights_of = [](int threads, bool set) {
        NetworkBuilder net{{.seed = 4}};
        const auto exc =
            net.add_population({.name = "exc", .size = 900, .cell = regular_spiking(), .noise_stddev = 6.0});
        net.connect(exc, exc,
                    {.rule = fixed_outdegree(50),
                     .weight = uniform(0.0, 2.0),
                     .delay_ms = spread(1.0, 10.0),
                     .plasticity = Plasticity{PairStdp{}, {}, 0.0, 2.0, 0.0}});
        Simulation simulation(net.build(), {.threads = threads, .executor = thread_executor(threads)});
        if (set) simulation.apply(SynapseWeight{{ProjectionId(0), 7, 3}, 1.25});
        simulation.run(300);
        std::vector<float> weights(simulation.plastic_synapse_count(ProjectionId(0)));
        simulation.read_weights(ProjectionId(0), weights);
        const auto synapses = simulation.plastic_synapses(ProjectionId(0));
        REQUIRE(synapses.size() == weights.size());
        for (std::size_t i = 0; i < weights.size(); ++i) REQUIRE(synapses[i].weight == weights[i]);
        for (std::size_t i = 1; i < synapses.size(); ++i) {
            const auto key = [&](std::size_t k) {
                return std::tuple(synapses[k].source, synapses[k].delay_steps, synapses[k].target);
            };
            REQUIRE(key(i - 1) <= key(i));
        }
        return weights;
    };
    const std::vector<float> one = weights_of(1, false);
    CHECK(one.size() == 45000);
    CHECK(std::count(one.begin(), one.end(), 2.0f) > 10);  // some reached the bound
    CHECK(weights_of(2, false) == one);
    CHECK(weights_of(3, false) == one);
    CHECK(weights_of(1, true) != one);
    CHECK(weights_of(3, true) == weights_of(1, true));
}

TEST_CASE("plasticity: nothing changes for weights that learn when those of another projection are scaled") {
    // The network gets other quanta while spikes are on their way to learning synapses.
    NetworkBuilder net;
    const auto from = net.add_population({.name = "from", .size = 3, .cell = regular_spiking()});
    const auto to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking()});
    const auto idle = net.add_population({.name = "idle", .size = 1, .cell = regular_spiking()});
    net.connect(from, to,
                {.rule = all_to_all(),
                 .weight = uniform(0.5, 1.0),
                 .delay_ms = 6.0,
                 .plasticity = Plasticity{PairStdp{.a_plus = 0.03, .a_minus = 0.02}, {}, 0.0, 2.0, 2.0}});
    net.connect(idle, to, {.name = "other", .rule = all_to_all(), .weight = 1.0});
    net.record_trace({.population = to, .neurons = {0}, .variables = {Variable::current}});
    const Network network = net.build();
    const std::uint32_t target = network.first_neuron(to);
    for (const int threads : {1, 2}) {
        CAPTURE(threads);
        const SimulationOptions options{.threads = threads, .executor = thread_executor(threads)};
        Simulation plain(network, options), scaled(network, options);
        Currents plain_currents, scaled_currents;
        for (std::uint32_t step = 0; step < 60; ++step) {
            if (step % 9 == 4) scaled.apply(WeightScale{ProjectionId(1), step == 13 ? 0.5 : 1.5 * step});
            for (Simulation* s : {&plain, &scaled}) {
                if (step % 4 != 2) s->apply(ForcedSpikes{everyone, {step % 3}});
                if (step % 7 == 3) s->apply(ForcedSpikes{everyone, {target}});
                s->run(1, s == &plain ? &plain_currents : &scaled_currents);
            }
            const double bound =
                3.0 * 0.5 * (plain.weight_quantum(ProjectionId(0)) + scaled.weight_quantum(ProjectionId(0))) + 1e-5;
            CHECK(std::abs(plain_currents.values[step] - scaled_currents.values[step]) < bound);
        }
        CHECK(scaled.weight_quantum(ProjectionId(0)) > 10.0 * plain.weight_quantum(ProjectionId(0)));
        std::vector<float> expected(3), found(3);
        plain.read_weights(ProjectionId(0), expected);
        scaled.read_weights(ProjectionId(0), found);
        CHECK(found == expected);
    }
}

TEST_CASE("plasticity: the weight that is set is that of the synapse with this number, and of no other") {
    NetworkBuilder net{{.seed = 5}};
    const auto from = net.add_population({.name = "from", .size = 40, .cell = regular_spiking()});
    // long enough for three parts, so that a source's synapses lie in all of them
    const auto to = net.add_population({.name = "to", .size = 1500, .cell = regular_spiking()});
    net.connect(
        from, to,
        {.rule = fixed_outdegree(12), .weight = 1.0, .delay_ms = uniform(1.0, 4.0), .plasticity = Plasticity{}});
    const Network network = net.build();
    for (const int threads : {1, 3}) {
        CAPTURE(threads);
        Simulation simulation(network, {.threads = threads, .executor = thread_executor(threads)});
        std::vector<PlasticSynapse> expected = simulation.plastic_synapses(ProjectionId(0));
        for (std::uint32_t i = 0; i < expected.size(); ++i) {
            const std::uint32_t chosen = i * 7 % 480;
            expected[chosen].weight = 0.001f * static_cast<float>(chosen);
            simulation.apply(SynapseWeight{{ProjectionId(0), chosen / 12, chosen % 12}, 0.001 * chosen});
            if (i % 50 != 0 && i + 1 != expected.size()) continue;
            const std::vector<PlasticSynapse> found = simulation.plastic_synapses(ProjectionId(0));
            for (std::size_t k = 0; k < found.size(); ++k)
                CHECK(found[k].weight == doctest::Approx(expected[k].weight).epsilon(1e-6));
        }
    }
    Simulation simulation(network);
    const auto refusal = [&](const SynapseWeight& set) {
        try {
            simulation.apply(set);
        } catch (const Error& error) { return std::string(error.what()); }
        return std::string();
    };
    CHECK(refusal({{ProjectionId(0), 39, 11}, 10.0}) == "");
    CHECK(refusal({{ProjectionId(0), 39, 12}, 1.0}) ==
          "projection.from-to.number is 12, and source 39 has 12 synapses; allowed: 0 to 11");
    CHECK(refusal({{ProjectionId(0), 0, 0}, 10.5}) != "");
    CHECK(refusal({{ProjectionId(0), 0, 0}, -0.5}) != "");
    CHECK(refusal({{ProjectionId(0), 40, 0}, 1.0}) != "");
}

TEST_CASE("plasticity: a projection that draws no synapse, in a network without others") {
    for (const Rule& rule : {fixed_probability(0.0), explicit_list({})})
        for (const Delivery delivery : {Delivery::partition, Delivery::reduce}) {
            NetworkBuilder net;
            const auto a = net.add_population({.name = "a", .size = 30, .noise_stddev = 6.0});
            Simulation plain(net.build());
            net.connect(a, a, {.rule = rule, .weight = 1.0, .plasticity = Plasticity{}});
            Simulation simulation(net.build(), {.delivery = delivery});
            simulation.run(200);
            plain.run(200);
            CHECK(simulation.spike_count() > 0);
            CHECK(simulation.spike_hash() == plain.spike_hash());
            CHECK(simulation.plastic_synapse_count(ProjectionId(0)) == 0);
            Simulation restored(simulation.network());
            restored.restore(simulation.checkpoint());
            restored.run(10);
            simulation.run(10);
            CHECK(restored.state_hash() == simulation.state_hash());
        }
}

TEST_CASE("plasticity: what cannot be is refused") {
    const auto fault_of = [](ProjectionSpec spec) {
        NetworkBuilder net;
        const auto a = net.add_population({.name = "a", .size = 10, .cell = regular_spiking()});
        net.connect(a, a, std::move(spec));
        try {
            (void)net.build();
        } catch (const Error& error) { return std::string(error.what()); }
        return std::string();
    };
    const Plasticity plain;
    CHECK(fault_of({.weight = 11.0, .plasticity = plain}) ==
          "projection.a-a.weight can be 11; allowed: 0 to 10, the bounds of the projection's plasticity");
    CHECK(fault_of({.weight = 1.0, .storage = Storage::procedural, .plasticity = plain}) ==
          "projection.a-a.storage is procedural, and the projection has plasticity; allowed: stored");
    CHECK(fault_of({.weight = 1.0, .plasticity = Plasticity{.lowest = 2.0, .highest = 2.0}}) ==
          "projection.a-a.plasticity.lowest is 2; allowed: below highest, 2");
    CHECK(fault_of({.weight = 1.0, .delay_ms = 2.0, .plasticity = Plasticity{.dendritic_delay_ms = 3.0}}) ==
          "projection.a-a.plasticity.dendritic_delay_ms is 3; allowed: 0 to 2");
    // the shortest of delays is what counts, either bound, and every synapse of a list
    CHECK(
        fault_of({.weight = 1.0, .delay_ms = uniform(2.0, 9.0), .plasticity = Plasticity{.dendritic_delay_ms = 3.0}}) ==
        "projection.a-a.plasticity.dendritic_delay_ms is 3; allowed: 0 to 2");
    const std::string bounds = "; allowed: 0.5 to 10, the bounds of the projection's plasticity";
    const Plasticity above{.lowest = 0.5};
    CHECK(fault_of({.weight = uniform(0.25, 2.0), .plasticity = above}) ==
          "projection.a-a.weight can be 0.25" + bounds);
    CHECK(fault_of({.weight = uniform(0.5, 11.0), .plasticity = above}) == "projection.a-a.weight can be 11" + bounds);
    CHECK(fault_of({.rule = explicit_list({{0, 1, 0.5, 1.0}, {0, 1, 10.0, 1.0}}), .plasticity = above}) == "");
    CHECK(fault_of({.rule = explicit_list({{0, 1, 0.5, 1.0}, {0, 1, 0.25, 1.0}}), .plasticity = above}) ==
          "projection.a-a.synapses synapse 1 has weight 0.25" + bounds);
    CHECK(fault_of({.rule = explicit_list({{0, 1, 11.0, 1.0}, {0, 1, 1.0, 1.0}}), .plasticity = above}) ==
          "projection.a-a.synapses synapse 0 has weight 11" + bounds);
    CHECK(fault_of({.weight = 1.0, .dynamics = ampa(), .plasticity = Plasticity{.lowest = -1.0}}) ==
          "projection.a-a.plasticity.lowest is -1, and the synapses are conductances; allowed: 0 or more; the reversal "
          "potential decides whether a synapse excites");
    CHECK(fault_of({.weight = -0.5, .dynamics = ampa()}) ==
          "projection.a-a.weight can be -0.5, and the synapses are conductances; allowed: 0 or more; the reversal "
          "potential decides whether a synapse excites");
    CHECK(fault_of({.weight = 1.0, .dynamics = ExponentialCurrent{0.1}}) ==
          "projection.a-a.dynamics.tau_ms is 0.1; allowed: 0.5 to 1e+05");
    CHECK(fault_of({.weight = 1.0, .short_term = ShortTermPlasticity{.utilisation = 0.0}}) ==
          "projection.a-a.short_term.utilisation is 0; allowed: 0.001 to 1");
    CHECK(fault_of({.rule = fixed_outdegree(3), .weight = spread(1.0, 2.0)}) ==
          "projection.a-a.weight is spread, which is for delays; allowed: a number, uniform or clipped normal");
    CHECK(
        fault_of({.rule = all_to_all(), .weight = 1.0, .delay_ms = spread(1.0, 2.0)}) ==
        "projection.a-a.delay_ms is spread, and the rule draws no fixed number of synapses; allowed: one of the rules "
        "fixed-indegree, fixed-outdegree; or another delay");
}

TEST_SUITE_END();
