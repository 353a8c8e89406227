// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/network/plan.hpp"

namespace izhi::detail {

/// Chooses the fixed-point scale of weights and the width of synapses, and turns weights into quanta.
/// @param plan with its projections' largest weights and in-degrees known
void scale_weights(Plan& plan);

}  // namespace izhi::detail
