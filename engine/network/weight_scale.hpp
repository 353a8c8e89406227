// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/network/plan.hpp"

namespace izhi::detail {

/// Chooses the fixed-point scales of weights and the widths of synapses, and turns weights into quanta.
/// @param plan with its projections' largest weights and in-degrees, and its routes, known
void scale_weights(Plan& plan);

/// Notes what the scales lose of weights. @throws Error if they would lose all of a projection
void check_weight_loss(Plan& plan);

}  // namespace izhi::detail
