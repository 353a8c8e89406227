// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/plot/picture_style.hpp"
#include "izhi/io/recording.hpp"

namespace izhi::apps {

struct AnalyzeOptions {
    std::vector<std::filesystem::path> files;  ///< of one run, one per thread or rank; at least one
    std::optional<std::string> network;        ///< has the sizes that the files leave open
    std::vector<std::string> populations;      ///< NAME=SIZE or NAME=FIRST-LAST
    io::SpikeFileOptions reading;              ///< of text
    double from_ms = 0.0;
    std::optional<double> until_ms;  ///< the end of the recording unless given
    double dt_ms = 1.0;              ///< the step of whoever simulated it
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};
    bool json = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int analyze_files(const AnalyzeOptions& options);

}  // namespace izhi::apps
