// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/step/layout.hpp"
#include "simd/kernels.hpp"

namespace izhi::detail {

/// The stimuli of a network, ready to be added to the input of a block. What a stimulus adds is a pure function of
/// (seed, stimulus, neuron, step).
class Stimuli {
public:
    Stimuli(const Plan& plan, const std::vector<Block>& blocks, const simd::Kernels& kernels);

    /// Whether any stimulus ever reaches a block.
    [[nodiscard]] bool reaches(std::uint32_t block) const noexcept { return offsets_[block] != offsets_[block + 1]; }
    /// Adds what reaches block `index` in the step from step * dt to (step + 1) * dt, in the order of the description.
    void add(std::uint32_t index, const Block& block, std::uint64_t step, float* current) const noexcept;

private:
    struct Source {
        Stimulus stimulus;
        Range neurons;                          ///< over the network
        std::vector<std::uint32_t> thresholds;  ///< poisson: more words than thresholds[k] mean more than k arrivals
        std::size_t usual_thresholds = 0;       ///< the others are reached by few
        std::vector<std::uint64_t> steps;       ///< spike times, sorted
        std::uint32_t number = 0;
        [[nodiscard]] float amplitude(double t_ms, std::uint64_t step, double dt_ms) const noexcept;
    };
    /// Arrivals of Poisson trains at neurons [begin, end) of a block.
    void add_poisson(const Source& source, const Block& block, std::uint32_t begin, std::uint32_t end,
                     std::uint64_t step, float* current) const noexcept;

    void add_random(const Source& source, const Block& block, double t_ms, float* current) const noexcept;

    const simd::Kernels& kernels_;
    std::vector<Source> sources_;
    std::vector<std::uint32_t> offsets_, reaching_;  ///< sources of each block
    double dt_ms_;
    std::uint64_t seed_;
};

}  // namespace izhi::detail
