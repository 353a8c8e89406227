// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/state/columns.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/short_term.hpp"

namespace izhi::detail {

/// What traces want to know of a step: neurons and variables, by block.
class Probes {
public:
    Probes(const Plan& plan, const std::vector<Block>& blocks);

    [[nodiscard]] bool any_in(std::uint32_t block) const noexcept {
        return offsets_[block] != offsets_[block + 1] || tap_offsets_[block] != tap_offsets_[block + 1];
    }
    /// Samples a block whose step is done, spikes reset. @param index of the block
    /// @param peak what v is shown as in a step with a spike [mV]
    /// @param samples of all traces of the step
    void sample(std::uint32_t index, const Block& block, std::uint64_t step, const Columns& columns, float peak,
                const float* current, const std::uint64_t* fired, float* samples) const noexcept;

    /// Begins the sums of what buffers show, see Plan::apart, in a step of a block.
    void begin(std::uint32_t index, float* samples) const noexcept;
    /// Whether anything of a block is shown of a buffer.
    [[nodiscard]] bool shows(std::uint32_t index, std::size_t buffer) const noexcept;
    /// Adds what its synapses did in this step. @param current, conductance that acted; the latter null if there is none
    void add(std::uint32_t index, std::size_t buffer, const float* current, const float* conductance,
             float* samples) const noexcept;

    /// Samples the short-term plasticity of sources in some slots, after the spikes of the step.
    void sample_sources(std::size_t projection, const Range& slots, std::uint64_t step, const ShortTerm& short_term,
                        float* samples) const noexcept;

private:
    struct Probe {
        std::uint32_t lane = 0;  ///< within the block
        Variable variable = Variable::v;
        std::uint64_t interval = 1;
        std::uint32_t place = 0;  ///< within the samples of a step
    };
    /// What a buffer adds to a sample.
    struct Tap {
        std::uint32_t lane = 0;
        std::size_t buffer = 0;
        bool conductance = false;  ///< or the current
        std::uint32_t place = 0;
    };
    /// Of a source of a projection.
    struct SourceProbe {
        std::size_t projection = 0;
        std::uint32_t slot = 0, neuron = 0;  ///< of the network
        bool resources = false;              ///< or the utilisation
        std::uint32_t place = 0;
    };
    std::vector<std::uint32_t> offsets_, tap_offsets_;
    std::vector<Probe> probes_;  ///< of each block
    std::vector<Tap> taps_;      ///< of each block
    std::vector<SourceProbe> source_probes_;
};

}  // namespace izhi::detail
