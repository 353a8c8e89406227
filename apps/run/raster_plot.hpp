// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/plot/gnuplot.hpp"
#include "apps/plot/picture_style.hpp"
#include "raster_data.hpp"
#include "weight_histogram.hpp"

/// The picture of `izhi run --plot`: spikes above, population rates below, and under these the weights of plastic
/// projections. Drawn by gnuplot.
namespace izhi::apps {

/// The most dots of a picture of this kind: in .svg and .pdf each dot is an object that viewers must draw.
[[nodiscard]] std::size_t most_dots(PictureKind kind) noexcept;

/// The names of the panels, for files of their data; one for each panel with weights.
inline constexpr std::array<std::string_view, 5> kRasterPanels{"raster", "rates", "weights-1", "weights-2",
                                                               "weights-3"};

/// The text of the title.
struct PictureTitle {
    std::string network;
    std::string facts;  ///< the line under the name
};

/// Draws the first `steps` steps. The file gets its name when it is complete. @param weights of plastic projections;
/// the picture shows the first of these
/// @return the file and the files of its data @throws RunError
std::vector<std::filesystem::path> draw_raster(const RasterData& data, std::uint64_t steps, const PictureTitle& title,
                                               std::span<const WeightHistogram> weights,
                                               const std::filesystem::path& file, const PictureStyle& style = {});

}  // namespace izhi::apps
