// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apps/plot/picture_style.hpp"
#include "groups_report.hpp"
#include "izhi/network.hpp"

namespace izhi::apps {

/// The tables of --plot-data.
inline constexpr std::array<std::string_view, 2> kGroupPanels{"spikes", "links"};
inline constexpr std::array<std::string_view, 3> kGroupHistogramPanels{"sizes", "spans", "paths"};

/// Draws a group as a graph over time and neurons: its spikes, the links that explain them, and one longest path. Without groups
/// the picture says so. @return the picture and its data
std::vector<std::filesystem::path> draw_group(const GroupsReport& report, std::size_t group, const Network& network,
                                              const analysis::GroupNetwork& searched,
                                              const std::filesystem::path& file);
/// Draws how many groups have which size, span and longest path.
std::vector<std::filesystem::path> draw_group_histograms(const GroupsReport& report, const std::filesystem::path& file);

}  // namespace izhi::apps
