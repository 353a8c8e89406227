// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apps/plot/picture_style.hpp"
#include "izhi/analysis/measures.hpp"
#include "recorded_spikes.hpp"

/// The sheet of `izhi analyze --plot`: raster, rate histogram, spectrogram, inter-spike intervals, spectrum.
namespace izhi::apps {

/// The names of the panels, for files of their data.
inline constexpr std::array<std::string_view, 5> kAnalysisPanels{"raster", "rates", "spectrogram", "intervals",
                                                                 "spectrum"};

/// Draws the sheet. A window shortens the panels over time; intervals and spectra always show everything that was
/// measured. The picture gets its name when it is complete. @return the picture and the files of its data @throws
/// RunError
std::vector<std::filesystem::path> draw_analysis(const RecordedSpikes& spikes, const analysis::Meter& meter,
                                                 const analysis::NetworkMeasures& measures, const std::string& title,
                                                 const std::filesystem::path& file, const PictureStyle& style = {});

}  // namespace izhi::apps
