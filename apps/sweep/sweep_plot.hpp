// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sweep_plan.hpp"

/// The picture of `izhi sweep --plot`: eight measures, as heat maps over two keys or as curves over one. Seeds of a point
/// are averaged; of regimes, the commonest is shown.
namespace izhi::apps {

/// @param rows of all points, as row_of() made them. The picture appears under its name when it is complete. @throws RunError
void draw_sweep(const SweepPlan& plan, const std::vector<std::string>& rows, const std::string& network,
                double measured_ms, const std::filesystem::path& file);

}  // namespace izhi::apps
