// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"

namespace izhi::test {

/// Neurons that fire when told to and never by themselves: `sources` of them onto one target.
struct Forced {
    Forced(const Plasticity& plasticity, double weight, double delay_ms, std::uint32_t sources = 1, double dt_ms = 1.0,
           int threads = 1)
        : dt(dt_ms), simulation(network(plasticity, weight, delay_ms, sources, dt_ms), {.threads = threads}) {}

    static Network network(const Plasticity& plasticity, double weight, double delay_ms, std::uint32_t sources,
                           double dt_ms) {
        NetworkBuilder net{{.dt_ms = dt_ms}};
        const auto from = net.add_population({.name = "from", .size = sources, .cell = regular_spiking()});
        const auto to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking()});
        net.connect(from, to, {.rule = all_to_all(), .weight = weight, .delay_ms = delay_ms, .plasticity = plasticity});
        return net.build();
    }

    /// Runs to the end with spikes at given steps: a neuron of step s fires at its end.
    void play(const std::vector<std::uint64_t>& source_steps, const std::vector<std::uint64_t>& target_steps,
              std::uint64_t end) {
        const std::uint32_t target = simulation.network().first_neuron({1});
        for (std::uint64_t step = 0; step < end; ++step) {
            std::vector<std::uint32_t> firing;
            if (std::find(source_steps.begin(), source_steps.end(), step) != source_steps.end()) firing.push_back(0);
            if (std::find(target_steps.begin(), target_steps.end(), step) != target_steps.end())
                firing.push_back(target);
            if (!firing.empty()) simulation.apply(ForcedSpikes{everyone, firing});
            const auto fired = simulation.step();
            REQUIRE(fired.size() == firing.size());  // nobody else
        }
    }
    [[nodiscard]] double weight() const {
        return static_cast<double>(simulation.plastic_synapses(ProjectionId(0)).front().weight);
    }
    double dt;
    Simulation simulation;
};

using Times = std::vector<std::uint64_t>;

inline const Times kSources{5, 9, 30, 33, 60, 95, 96, 150, 151, 190};
inline const Times kTargets{12, 36, 40, 41, 62, 97, 120, 160, 164, 191, 196};

}  // namespace izhi::test
