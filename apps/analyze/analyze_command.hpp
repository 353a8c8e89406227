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
    std::vector<std::filesystem::path> files;  ///< files of one run, such as one per thread or rank; at least one
    std::optional<std::string> network;        ///< gives the sizes that the files do not have
    std::vector<std::string> populations;      ///< NAME=SIZE or NAME=FIRST-LAST
    io::SpikeFileOptions reading;              ///< for text files
    double from_ms = 0.0;
    std::optional<double> until_ms;  ///< by default the end of the recording
    double dt_ms = 1.0;              ///< the step of the simulation
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};
    bool json = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int analyze_files(const AnalyzeOptions& options);

}  // namespace izhi::apps
