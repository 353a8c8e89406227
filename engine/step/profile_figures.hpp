// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network/connectome.hpp"
#include "engine/plastic/work.hpp"
#include "engine/state/columns.hpp"
#include "izhi/profile.hpp"
#include "izhi/simulation.hpp"

namespace izhi::detail {

/// Adds to a profile what is counted rather than timed: neuron-steps, spikes, synaptic events, bytes and operations.
/// @param spikes of each population since the profile began
/// @param synapses that its neurons have, plastic ones included
/// @param plastic what plastic projections did
/// @param share of the neurons that this rank has, in (0, 1]
/// @param buffers current buffers that a block's input is summed from; 0: the update adds the only one itself
void count_work(Profile& profile, const Plan& plan, const Wiring& wiring, const Columns& columns,
                const std::vector<std::uint64_t>& spikes, const std::vector<std::uint64_t>& synapses,
                const PlasticWork& plastic, double share, std::size_t buffers);

}  // namespace izhi::detail
