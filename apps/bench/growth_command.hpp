// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "apps/plot/picture_style.hpp"
#include "izhi/simulation.hpp"

namespace izhi::apps {

/// izhi bench --growth
struct GrowthOptions {
    Isa isa = Isa::automatic;
    std::uint64_t repeats = 3;
    std::optional<double> duration_ms;     ///< of each size; some hundred steps or more unless given
    std::string duration_text;             ///< as given, for errors
    std::uint64_t memory_limit_bytes = 0;  ///< larger sizes are left out; 0: what the machine has available
    std::optional<std::string> json;       ///< a file, or "-" for stdout
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};
    bool quiet = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int bench_growth(const GrowthOptions& options);

}  // namespace izhi::apps
