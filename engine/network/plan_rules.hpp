// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/network/check.hpp"
#include "engine/network/plan.hpp"

namespace izhi::detail {

/// Checks the rule of a projection with its weights, delays and storage, and fills in what follows from them: laws in steps, bounds and
/// expected numbers of synapses. @param plan of the populations, and the projections before this one @param planned knows its
/// sources and targets
void plan_rule(const Check& check, const ProjectionSpec& spec, const Plan& plan, ProjectionPlan& planned);

}  // namespace izhi::detail
