// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "apps/plot/picture_style.hpp"
#include "izhi/simulation.hpp"

namespace izhi::apps {

/// The options of izhi bench --growth.
struct GrowthOptions {
    Isa isa = Isa::automatic;
    std::uint64_t repeats = 3;
    std::optional<double> duration_ms;     ///< length of each run; by default some hundred steps or more
    std::string duration_text;             ///< as the user gave it, for errors
    std::uint64_t memory_limit_bytes = 0;  ///< larger sizes are left out; 0: the available memory
    std::optional<std::string> json;       ///< a file, or "-" for stdout
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};
    bool quiet = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int bench_growth(const GrowthOptions& options);

}  // namespace izhi::apps
