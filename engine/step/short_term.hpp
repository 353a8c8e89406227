// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/state/decay.hpp"

namespace izhi::detail {

/// The short-term plasticity of one projection: utilisation and resources of its sources, brought up to date when they fire,
/// and the factors on the spikes of the last two phases.
///
/// A source is written by the part that it lies in, during the phase in which it fires; everybody reads the factors of a
/// closed phase.
class ShortTerm {
public:
    /// @param phase_steps most steps of a phase
    ShortTerm(const Plan& plan, std::size_t projection, std::uint32_t phase_steps);

    /// Neurons of one part fired at the end of step `step`, number `index` of phase `phase`.
    void fire(std::uint64_t phase, std::uint32_t index, std::uint64_t step,
              std::span<const std::uint32_t> neurons) noexcept;

    /// [neurons of the network] factors in units of 1 / simd::kFactorOne, valid for sources that fired in that step.
    [[nodiscard]] const std::int32_t* factors(std::uint64_t phase, std::uint32_t index) const noexcept {
        return factors_.data() + place(phase, index) * neurons_;
    }

    /// Of a source at the end of step `step`, which fire() has seen.
    struct Level {
        float u, x;
    };
    /// @param neuron of the network, one of its sources
    [[nodiscard]] Level level(std::uint32_t neuron, std::uint64_t step) const noexcept;

    struct Source {
        float u = 0.0f, x = 1.0f;     ///< right after the last spike
        std::uint64_t last_step = 0;  ///< in which it was fired
    };
    std::vector<Source> sources;  ///< of the projection

private:
    [[nodiscard]] std::size_t place(std::uint64_t phase, std::uint32_t index) const noexcept {
        return phase % 2 * phase_steps_ + index;
    }
    Range range_;
    std::size_t neurons_, phase_steps_;
    float utilisation_;
    Decay u_decay_, x_decay_;
    std::vector<std::int32_t> factors_;
};

}  // namespace izhi::detail
