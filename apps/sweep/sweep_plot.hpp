// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apps/plot/picture_style.hpp"
#include "sweep_plan.hpp"

/// The picture of `izhi sweep --plot`: eight measures, as heat maps over two keys or as curves over one. Seeds of a point
/// are averaged; for regimes, the most frequent one is shown.
namespace izhi::apps {

/// The names of the panels, for files of their data.
inline constexpr std::array<std::string_view, 8> kSweepPanels{"regime",  "rate_hz",    "isi_cv", "synchrony",
                                                              "peak_hz", "peak_ratio", "alpha",  "gamma"};

/// Draws the picture, which gets its name when it is complete. @param rows of all points, from row_of()
/// @return the picture and the files of its data @throws RunError
std::vector<std::filesystem::path> draw_sweep(const SweepPlan& plan, const std::vector<std::string>& rows,
                                              const std::string& network, double measured_ms,
                                              const std::filesystem::path& file, const PictureStyle& style = {});

}  // namespace izhi::apps
