// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/plot/picture_style.hpp"
#include "izhi/simulation.hpp"

namespace izhi::apps {

/// izhi bench --scaling
struct ScalingOptions {
    std::vector<std::string>
        networks;              ///< built-in names and files; cortex-10k if empty, or all built-in ones to predict
    std::vector<int> threads;  ///< ascending, 1 first; unless given those up to what this process may have
    Isa isa = Isa::automatic;
    std::uint64_t repeats = 3;
    std::optional<double> duration_ms;  ///< what takes about a second unless given
    std::string duration_text;          ///< as given, for errors
    bool predict = false;               ///< for more cores than there are; runs are on one thread only
    std::optional<std::string> json;    ///< a file, or "-" for stdout
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};
    bool quiet = false;
};

/// 1 to `most`; of many, those that show how speed grows.
[[nodiscard]] std::vector<int> threads_up_to(int most);
[[nodiscard]] int bench_scaling(const ScalingOptions& options);

}  // namespace izhi::apps
