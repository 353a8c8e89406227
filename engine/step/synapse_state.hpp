// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "engine/plastic/modulator.hpp"
#include "engine/plastic/plastic_projection.hpp"
#include "engine/state/archive.hpp"
#include "engine/state/channel_state.hpp"
#include "engine/step/short_term.hpp"

namespace izhi::detail {

/// All that synapses remember from step to step, but for what is in the rings. Outlives a stepper.
struct SynapseState {
    SynapseState(const Plan& plan, const std::vector<Range>& parts, Executor& executor, const simd::Kernels& kernels);

    std::vector<ChannelState> channels;                       ///< by channel
    std::vector<std::unique_ptr<ShortTerm>> short_term;       ///< by projection; null where there is none
    std::vector<std::unique_ptr<PlasticProjection>> plastic;  ///< by projection; null where it is not
    std::vector<PlasticProjection*> all_plastic;              ///< those that are, in order
    Modulator modulator;

    /// @param now steps done. Writing, spikes must have departed already
    void transfer(Archive& a, const Plan& plan, std::uint64_t now);

    [[nodiscard]] std::uint64_t plastic_synapses() const noexcept;
    [[nodiscard]] std::uint64_t plastic_bytes() const noexcept;
};

}  // namespace izhi::detail
