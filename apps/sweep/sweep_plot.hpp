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
/// are averaged; of regimes, the commonest is shown.
namespace izhi::apps {

/// Of the picture's data: what each panel shows.
inline constexpr std::array<std::string_view, 8> kSweepPanels{"regime",  "rate_hz",    "isi_cv", "synchrony",
                                                              "peak_hz", "peak_ratio", "alpha",  "gamma"};

/// @param rows of all points, as row_of() made them. The picture appears under its name when it is complete.
/// @returns it and the files of its data @throws RunError
std::vector<std::filesystem::path> draw_sweep(const SweepPlan& plan, const std::vector<std::string>& rows,
                                              const std::string& network, double measured_ms,
                                              const std::filesystem::path& file, const PictureStyle& style = {});

}  // namespace izhi::apps
