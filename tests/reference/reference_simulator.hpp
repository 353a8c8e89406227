// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "izhi/izhi.hpp"
#include "reference_neuron.hpp"
#include "reference_synapses.hpp"

namespace izhi::test {

/// The network of a Simulation once more: plain loops, double precision, one thread. It takes from the engine what was
/// drawn for it (parameters, start values, synapses) and computes everything else from the documentation; random words
/// come from Random123's Philox.
class ReferenceSimulator {
public:
    /// @param wired before its first step
    explicit ReferenceSimulator(const Simulation& wired);

    /// One step; the neurons that fired, in order.
    const std::vector<std::uint32_t>& step();

    /// Weights and dopamine as the steps so far have made them.
    [[nodiscard]] const ReferenceSynapses& synapses() const { return synapses_; }

    std::vector<ReferenceNeuron> neurons;  ///< as the last step left them; may be changed between steps
    std::vector<double> input;             ///< of the last step, bias, noise, stimuli and synapses [mV/ms]

private:
    void add_stimulus(std::uint32_t number, const NetworkDescription::Input& stimulus);

    Network network_;
    ReferenceSynapses synapses_;
    std::vector<double> bias_, noise_stddev_;
    std::vector<std::uint32_t> fired_;
    std::uint64_t step_ = 0;
};

}  // namespace izhi::test
