// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "izhi/analysis/measures.hpp"
#include "recorded_spikes.hpp"

/// The sheet of `izhi analyze --plot`: raster, rate histogram, spectrogram, inter-spike intervals, spectrum.
namespace izhi::apps {

/// The picture appears under its name when it is complete. @throws RunError
void draw_analysis(const RecordedSpikes& spikes, const analysis::Meter& meter,
                   const analysis::NetworkMeasures& measures, const std::string& title,
                   const std::filesystem::path& file);

}  // namespace izhi::apps
