// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/state/columns.hpp"
#include "engine/step/layout.hpp"

namespace izhi::detail {

/// What traces want to know of a step: neurons and variables, by block.
class Probes {
public:
    Probes(const Plan& plan, const std::vector<Block>& blocks);

    [[nodiscard]] bool any_in(std::uint32_t block) const noexcept { return offsets_[block] != offsets_[block + 1]; }
    /// Samples a block whose step is done, spikes reset. @param index of the block
    /// @param peak what v is shown as in a step with a spike [mV]
    /// @param samples of all traces of the step
    void sample(std::uint32_t index, const Block& block, std::uint64_t step, const Columns& columns, float peak,
                const float* current, const std::uint64_t* fired, float* samples) const noexcept;

private:
    struct Probe {
        std::uint32_t lane = 0;  ///< within the block
        Variable variable = Variable::v;
        std::uint64_t interval = 1;
        std::uint32_t place = 0;  ///< within the samples of a step
    };
    std::vector<std::uint32_t> offsets_;
    std::vector<Probe> probes_;  ///< of each block
};

}  // namespace izhi::detail
