// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "engine/base/memory.hpp"
#include "engine/network/plan.hpp"

namespace izhi::detail {

/// The state in targets of synapses that act over time: one column per channel, indexed by slot, and a second
/// one for alpha currents. Delta currents have no state.
struct ChannelState {
    AlignedArray<float> state, rise;
};
[[nodiscard]] inline std::vector<ChannelState> make_channel_states(const Plan& plan) {
    std::vector<ChannelState> states(plan.channels.size());
    for (std::size_t c = 1; c < states.size(); ++c) {
        states[c].state = AlignedArray<float>(plan.slots);
        if (std::holds_alternative<AlphaCurrent>(plan.channels[c])) states[c].rise = AlignedArray<float>(plan.slots);
    }
    return states;
}

}  // namespace izhi::detail
