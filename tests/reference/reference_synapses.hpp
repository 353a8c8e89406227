// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "izhi/izhi.hpp"
#include "reference_neuron.hpp"

namespace izhi::test {

/// The synapses of a Simulation once more, in double precision. Nothing here keeps a trace: what synapses with a memory do
/// is computed from the times of all spikes so far, by the laws of izhi/synapse.hpp written out.
class ReferenceSynapses {
public:
    /// @param wired before its first step. @throws std::logic_error if a synapse may be of two projections that are not alike
    explicit ReferenceSynapses(const Simulation& wired);

    /// What arrives in a step and what is left of earlier ones, added to the input [mV/ms] of every neuron. Comes first.
    void arrive(std::uint64_t step, std::span<const ReferenceNeuron> neurons, std::span<double> input);
    /// Who fired at the end of the step, in order. Comes last.
    void fire(std::uint64_t step, std::span<const std::uint32_t> fired);

    /// Of a projection, in the order of Simulation::plastic_synapses().
    [[nodiscard]] std::vector<double> plastic_weights(std::size_t projection) const;
    /// As the step after takes it.
    [[nodiscard]] double dopamine() const { return dopamine_; }

private:
    using Times = std::vector<std::uint64_t>;  // [steps], ascending
    struct Synapse {
        std::uint32_t target, delay;
        double weight;
        std::size_t projection, channel;
        double change = 0.0;  // summed up for a later application
        Times arrivals{};     // at the soma; of plastic ones
    };
    struct Channel {
        SynapseDynamics dynamics;
        std::vector<double> arrived, state, rise;  // [neuron]
    };
    struct Arrival {
        std::size_t synapse;
        double factor;
    };

    void add(const Simulation::Synapse& synapse, std::uint32_t source, std::size_t projection, bool plastic);
    [[nodiscard]] bool may_be_of(std::size_t projection, std::uint32_t source,
                                 const Simulation::Synapse& synapse) const;
    [[nodiscard]] std::size_t channel_of(const SynapseDynamics& dynamics);
    void add_currents(Channel& channel, std::span<const ReferenceNeuron> neurons, std::span<double> input) const;
    [[nodiscard]] const ProjectionSpec& spec_of(std::size_t projection) const;
    [[nodiscard]] double short_term_factor(const ShortTermPlasticity& law, const Times& spikes) const;
    [[nodiscard]] std::uint64_t dendritic_steps(const Synapse& synapse) const;
    void depress(Synapse& synapse, std::uint64_t step);
    void potentiate(Synapse& synapse, std::uint64_t step);
    void change(Synapse& synapse, double amount) const;
    void apply_changes(std::uint64_t step);

    Network network_;
    double dt_;
    std::vector<Synapse> synapses_;
    std::vector<std::size_t> plastic_;           // of all projections, in order
    std::vector<std::vector<std::size_t>> out_;  // [source]
    std::vector<Channel> channels_;
    std::vector<std::vector<Arrival>> arriving_;  // [step % (longest delay + 1)]
    std::vector<Times> spikes_;                   // [neuron]: the steps at whose end it fired
    double dopamine_ = 0.0;
};

}  // namespace izhi::test
