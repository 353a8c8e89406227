// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "engine/base/memory.hpp"
#include "engine/network/plan.hpp"

namespace izhi::detail {

/// The state in targets of synapses that act over time: one column per channel, indexed by slot, and a second
/// one for alpha currents. Delta currents have no state. Buffers that are apart have states too, which only traces read.
/// Only slots of our own have values.
struct ChannelState {
    AlignedArray<float> state, rise;
};
[[nodiscard]] inline std::vector<ChannelState> make_channel_states(const Plan& plan, const Range& own) {
    std::vector<ChannelState> states(plan.buffers());
    for (std::size_t b = 1; b < states.size(); ++b) {
        const SynapseDynamics& dynamics = plan.channels[plan.channel_of_buffer(b)];
        if (std::holds_alternative<DeltaCurrent>(dynamics)) continue;
        states[b].state = AlignedArray<float>(plan.slots, own.begin, own.end);
        if (std::holds_alternative<AlphaCurrent>(dynamics))
            states[b].rise = AlignedArray<float>(plan.slots, own.begin, own.end);
    }
    return states;
}

}  // namespace izhi::detail
