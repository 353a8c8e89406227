// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Ids of populations and projections: unassigned ones, those of another builder, and those found by name.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/network/faults.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

TEST_SUITE_BEGIN("validation");

TEST_CASE("a population that was never assigned is refused wherever it is named") {
    NetworkBuilder net = cortex(100, 5, 1.0, 1);
    const Network valid = net.build();
    const std::string never = "was never assigned; allowed: what add_population() returned";
    CHECK(contains(fault_of([&] { (void)valid.first_neuron({}); }), "population " + never));
    Simulation simulation(valid, {.threads = 1});
    std::vector<float> values(80);
    CHECK(contains(fault_of([&] { (void)simulation.spike_count(PopulationId{}); }), never));
    CHECK(contains(fault_of([&] { simulation.read(Variable::v, {}, values); }), never));
    CHECK(contains(fault_of([&] { simulation.apply(PopulationCurrent{.current = 1.0}); }), never));
    ClosedLoop loop(valid);
    loop.set_current({}, 1.0);
    loop.input_spike(PopulationId{}, 0, 30.0);
    RealtimeRunner(simulation, {.speed = 1000.0}).run(3, &loop);
    CHECK(loop.refused() == 2);  // and not everyone instead
    net.record_trace({.neurons = {0}});
    CHECK(contains(fault_of([&] { (void)net.build(); }), "trace.trace-1.population " + never));
    NetworkBuilder other = cortex(100, 5, 1.0, 1);
    other.connect(PopulationId{}, everyone, {.rule = one_to_one()});
    CHECK(contains(fault_of([&] { (void)other.build(); }), "source " + never));
}

TEST_CASE("a population of another builder is refused, one of a network is its own") {
    NetworkBuilder one, two;
    const PopulationId a = one.add_population({.name = "a", .size = 3}),
                       b = two.add_population({.name = "b", .size = 4});
    const std::string foreign =
        "is a population of another builder; allowed: what add_population() of this network's builder returned";
    one.connect(a, a, {.rule = one_to_one(), .weight = 1.0});
    const Network network = one.build();
    CHECK(network.first_neuron(a) == 0);
    CHECK(network.find_population("a") == a);
    CHECK(!(a == b));
    CHECK(a == PopulationId{0});
    CHECK(contains(fault_of([&] { (void)network.first_neuron(b); }), foreign));
    Simulation simulation(network, {.threads = 1});
    CHECK(contains(fault_of([&] { (void)simulation.spike_count(b); }), foreign));
    CHECK(contains(fault_of([&] { simulation.apply(PopulationCurrent{.population = b, .current = 1.0}); }), foreign));
    CHECK(contains(fault_of([&] { simulation.apply(ForcedSpikes{b, {0}}); }), foreign));
    one.stimulate(b, {.stimulus = DirectCurrent{.amplitude = 1.0}});
    CHECK(contains(fault_of([&] { (void)one.build(); }), "stimulus.stimulus-1.target " + foreign));
    // What was built may be described once more by another builder.
    NetworkBuilder again(network.description().spec);
    again.add_population(network.description().populations[0]);
    again.connect(network.description().projections[0].source, network.description().projections[0].target,
                  {.rule = one_to_one(), .weight = 1.0});
    CHECK(again.build().neuron_count() == 3);
    const NetworkBuilder copy = again;
    CHECK(copy.build().first_neuron(again.description().projections[0].source.population.value()) == 0);
}

/// Everything of the public interface that takes a projection, with this one.
std::vector<std::string> faults_with(ProjectionId id, const Network& network, Simulation& simulation) {
    std::vector<float> weights(1);
    return {fault_of([&] { (void)network.weight_quantum(id); }),
            fault_of([&] { (void)network.bytes_per_synapse(id); }),
            fault_of([&] { (void)simulation.weight_factor(id); }),
            fault_of([&] { (void)simulation.weight_quantum(id); }),
            fault_of([&] { (void)simulation.plastic_synapses(id); }),
            fault_of([&] { (void)simulation.plastic_synapse_count(id); }),
            fault_of([&] { simulation.read_weights(id, weights); }),
            fault_of([&] {
                simulation.apply(WeightScale{id, 2.0});
            }),
            fault_of([&] {
                check_intervention(network, WeightScale{id, 2.0});
            }),
            fault_of([&] {
                simulation.apply(SynapseWeight{{id, 0, 0}, 1.0});
            })};
}

TEST_CASE("a projection that was never assigned, or is of another builder, is refused wherever it is named") {
    NetworkBuilder one, two;
    const PopulationId a = one.add_population({.name = "a", .size = 3}),
                       b = two.add_population({.name = "b", .size = 3});
    const ProjectionId fixed = one.connect(a, a, {.name = "fixed", .rule = one_to_one(), .weight = 1.0}),
                       plastic =
                           one.connect(a, everyone, {.rule = one_to_one(), .weight = 1.0, .plasticity = Plasticity{}}),
                       other = two.connect(b, b, {.rule = one_to_one(), .weight = 1.0});
    CHECK(fixed == ProjectionId(0));
    CHECK(plastic == ProjectionId(1));
    CHECK(other == ProjectionId(0));
    CHECK_FALSE(other == fixed);
    const Network network = one.build();
    Simulation simulation(network, {.threads = 1});
    const std::string never = "was never assigned; allowed: what connect() returned";
    const std::string foreign =
        "is a projection of another builder; allowed: what connect() of this network's builder returned";
    for (const std::string& fault : faults_with({}, network, simulation)) CHECK(contains(fault, "projection " + never));
    for (const std::string& fault : faults_with(other, network, simulation))
        CHECK(contains(fault, "projection " + foreign));
    one.record_weights({});
    CHECK(fault_of([&] { (void)one.build(); }) == "weights.weights-1.projection " + never);
    NetworkBuilder copy = two;  // of the same ids
    copy.record_weights({.projection = plastic});
    CHECK(fault_of([&] { (void)copy.build(); }) == "weights.weights-1.projection " + foreign);
    two.reward({.when = RewardCoincidence{}});
    CHECK(fault_of([&] { (void)two.build(); }) == "reward.reward-1.projection " + never);
    // What is right is taken, and acts on the one that it names.
    simulation.apply(WeightScale{fixed, 2.0});
    CHECK(simulation.weight_factor(fixed) == 2.0);
    CHECK(simulation.weight_factor(plastic) == 1.0);
    simulation.apply(SynapseWeight{{plastic, 2, 0}, 3.0});
    CHECK(simulation.plastic_synapses(plastic)[2].weight == 3.0f);
    CHECK(contains(fault_of([&] { (void)network.weight_quantum(ProjectionId(2)); }),
                   "number 2 does not exist; allowed: 0 to 1"));
}

TEST_CASE("projections by name, and those of a description") {
    NetworkBuilder net;
    const PopulationId a = net.add_population({.name = "a", .size = 3});
    const ProjectionId named = net.connect(a, a, {.name = "loop", .rule = one_to_one(), .weight = 1.0});
    const ProjectionId by_default =
        net.connect(a, everyone, {.rule = one_to_one(), .weight = 1.0, .plasticity = Plasticity{}});
    net.record_weights({.projection = by_default});
    net.reward({.when = RewardCoincidence{.synapse = {by_default, 1, 0}}});
    const Network network = net.build();
    CHECK(network.find_projection("loop") == named);
    CHECK(network.find_projection("a-everyone") == by_default);
    CHECK(fault_of([&] { (void)network.find_projection("lop"); }) ==
          "projection.lop does not exist; did you mean loop?");
    // What was built may be described once more by another builder.
    NetworkBuilder again(network.description().spec);
    again.add_population(network.description().populations[0]);
    for (const NetworkDescription::Projection& p : network.description().projections)
        again.connect(p.source, p.target, p.spec);
    for (const WeightRecordSpec& record : network.description().weight_records) again.record_weights(record);
    for (const RewardSpec& reward : network.description().rewards) again.reward(reward);
    CHECK(again.build().description().weight_records[0].projection == by_default);
    // Found in a network, it is of that network.
    CHECK(contains(fault_of([&] { (void)network.weight_quantum(again.build().find_projection("loop")); }),
                   "of another builder"));
}

TEST_SUITE_END();
