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

/// The options of izhi bench --scaling.
struct ScalingOptions {
    std::vector<std::string> networks;  ///< built-in names and files; if empty cortex-10k, to predict all built-in ones
    std::vector<int> threads;           ///< ascending, 1 first; by default up to the processors of this process
    Isa isa = Isa::automatic;
    std::uint64_t repeats = 3;
    std::optional<double> duration_ms;  ///< by default what takes about a second
    std::string duration_text;          ///< as the user gave it, for errors
    bool predict = false;               ///< predict for more cores; runs are on one thread only
    std::optional<std::string> json;    ///< a file, or "-" for stdout
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};
    bool quiet = false;
};

/// The numbers of threads from 1 to `most`; if these are many, a selection that shows how speed grows.
[[nodiscard]] std::vector<int> threads_up_to(int most);
[[nodiscard]] int bench_scaling(const ScalingOptions& options);

}  // namespace izhi::apps
