// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"
#include "reference_simulator.hpp"

/// The engine beside the reference simulator, step by step.
namespace izhi::test {

/// Adds a trace of v, u and the current of every neuron in every step.
inline void trace_everything(NetworkBuilder& net, double interval_ms) {
    for (std::uint32_t p = 0; p < net.description().populations.size(); ++p) {
        TraceSpec trace{.population = {p},
                        .neurons = {},
                        .variables = {Variable::v, Variable::u, Variable::current},
                        .interval_ms = interval_ms};
        for (std::uint32_t i = 0; i < net.description().populations[p].size; ++i) trace.neurons.push_back(i);
        net.record_trace(trace);
    }
}

/// All that the engine computed. [step * neurons + neuron]
struct Recording : Observer {
    explicit Recording(const Network& n, std::uint64_t steps)
        : network(n), neurons(n.neuron_count()), fired(steps), v(steps * neurons), u(v.size()), current(v.size()) {}

    void spikes(std::span<const Spike> spikes) override {
        for (const Spike& s : spikes) fired[s.step - 1].push_back(s.neuron);
    }
    void sample(const Sample& s) override {
        const PopulationId population = network.description().traces[s.trace].population;
        const std::size_t size = s.values.size() / 3, at = (s.step - 1) * neurons + network.first_neuron(population);
        std::copy_n(s.values.begin(), size, v.begin() + static_cast<std::ptrdiff_t>(at));
        std::copy_n(s.values.begin() + static_cast<std::ptrdiff_t>(size), size,
                    u.begin() + static_cast<std::ptrdiff_t>(at));
        std::copy_n(s.values.begin() + static_cast<std::ptrdiff_t>(2 * size), size,
                    current.begin() + static_cast<std::ptrdiff_t>(at));
    }

    const Network& network;
    std::size_t neurons;
    std::vector<std::vector<std::uint32_t>> fired;
    std::vector<float> v, u, current;
};

/// Largest deviations over a run. Errors of v are counted where no spike hides v, and at most 10 mV below threshold:
/// above, a microvolt grows to a millivolt within the step.
struct Deviations {
    double v = 0.0, u = 0.0, current = 0.0;
    double visible = 0.0;     ///< share of samples of v more than 0.01 mV off
    std::uint64_t steps = 0;  ///< until the spikes differ
    std::uint64_t spikes = 0;
};

enum class Mode { free, put_back };

inline Deviations compare(const Recording& engine, ReferenceSimulator& reference, std::uint64_t steps, Mode mode) {
    Deviations worst;
    for (std::uint64_t s = 0; s < steps; ++s) {
        if (reference.step() != engine.fired[s]) return worst;
        worst.steps = s + 1;
        worst.spikes += engine.fired[s].size();
        std::vector<char> spiked(engine.neurons);
        for (const std::uint32_t n : engine.fired[s]) spiked[n] = 1;
        for (std::size_t n = 0; n < engine.neurons; ++n) {
            const std::size_t at = s * engine.neurons + n;
            ReferenceNeuron& neuron = reference.neurons[n];
            worst.current = std::max(worst.current, std::abs(reference.input[n] - engine.current[at]));
            worst.u = std::max(worst.u, std::abs(neuron.u - engine.u[at]));
            if (!spiked[n] && neuron.v < 20.0) {
                const double error = std::abs(neuron.v - engine.v[at]);
                worst.v = std::max(worst.v, error);
                worst.visible += error > 0.01 ? 1.0 / static_cast<double>(steps * engine.neurons) : 0.0;
            }
            if (spiked[n]) {
                REQUIRE(engine.v[at] == 30.0f);
            } else if (mode == Mode::put_back) {
                neuron.v = engine.v[at];
            }
            if (mode == Mode::put_back) neuron.u = engine.u[at];
        }
    }
    return worst;
}

}  // namespace izhi::test
