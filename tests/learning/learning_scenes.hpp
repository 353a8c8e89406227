// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "izhi/izhi.hpp"
#include "tests/reference/reference_learning.hpp"

/// The networks that learn, as the engine has them, and on their way from there to the reference.
namespace izhi::test {

inline CellType published_cell(double a, double d) { return {a, 0.2, -65.0, d}; }

/// Izhikevich (2006), but for its input.
inline NetworkBuilder polychrony(std::uint64_t seed) {
    NetworkBuilder net{{.name = "polychrony", .seed = seed}};
    const Distribution v0 = uniform(-65.0, -55.0);
    const auto exc = net.add_population({.name = "exc", .size = 800, .cell = published_cell(0.02, 8.0), .v0_mv = v0});
    const auto inh = net.add_population({.name = "inh", .size = 200, .cell = published_cell(0.1, 2.0), .v0_mv = v0});
    net.connect(exc, everyone,
                {.rule = fixed_outdegree(100),
                 .weight = 6.0,
                 .delay_ms = spread(1.0, 20.0),
                 .autapses = false,
                 .multapses = false,
                 .plasticity = polychronization_2006()});
    net.connect(inh, exc, {.rule = fixed_outdegree(100), .weight = -5.0, .autapses = false, .multapses = false});
    return net;
}

/// Izhikevich (2007), with its input and reward.
inline NetworkBuilder distal_reward(std::uint64_t seed) {
    NetworkBuilder net{
        {.name = "distal-reward", .seed = seed, .noise = NoiseLaw::uniform, .dopamine_tau_ms = 199.4996}};
    const double noise = 3.7527767;  // 13 / sqrt(12), of 13 (U(0,1) - 0.5)
    const Distribution v0 = uniform(-65.0, -55.0);
    const auto exc = net.add_population(
        {.name = "exc", .size = 800, .cell = published_cell(0.02, 8.0), .v0_mv = v0, .noise_stddev = noise});
    const auto inh = net.add_population(
        {.name = "inh", .size = 200, .cell = published_cell(0.1, 2.0), .v0_mv = v0, .noise_stddev = noise});
    const auto learning =
        net.connect(exc, everyone, {.rule = fixed_outdegree(100), .weight = 1.0, .plasticity = distal_reward_2007()});
    net.connect(inh, exc, {.rule = fixed_outdegree(100), .weight = -1.0});
    net.reward({.when = RewardCoincidence{.synapse = {learning, 0, 0}, .start_weight = 0.0}});
    return net;
}

/// A network of the engine before its first step, as the reference takes it: of two populations, the synapses of the first
/// one plastic.
inline LearningNetwork wired_as(const Simulation& simulation, LearningRule rule) {
    LearningNetwork network;
    network.rule = rule;
    for (std::uint32_t p = 0; p < 2; ++p) {
        const std::uint32_t size = simulation.network().description().populations[p].size;
        std::vector<float> columns[6];
        for (auto& column : columns) column.resize(size);
        for (std::size_t k = 0; k < 4; ++k)
            simulation.read_parameter(
                "abcd" [k], { p }, columns[k]);
        simulation.read(Variable::v, {p}, columns[4]);
        simulation.read(Variable::u, {p}, columns[5]);
        for (std::uint32_t i = 0; i < size; ++i)
            network.neurons.push_back(
                {columns[4][i], columns[5][i], columns[0][i], columns[1][i], columns[2][i], columns[3][i]});
    }
    for (const PlasticSynapse& s : simulation.plastic_synapses(ProjectionId(0)))
        network.synapses.push_back({s.source, s.target, s.delay_steps, s.weight, true});
    for (std::uint32_t n = simulation.network().first_neuron({1}); n < network.neurons.size(); ++n)
        for (const Simulation::Synapse& s : simulation.synapses_of(n))
            network.synapses.push_back({n, s.target, s.delay_steps, s.weight, false});
    return network;
}

inline std::vector<std::uint32_t> neurons_of(std::span<const Spike> spikes) {
    std::vector<std::uint32_t> neurons;
    for (const Spike& s : spikes) neurons.push_back(s.neuron);
    return neurons;
}

}  // namespace izhi::test
