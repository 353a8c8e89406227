// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/plot/picture_style.hpp"
#include "izhi/simulation.hpp"
#include "sweep_plan.hpp"

namespace izhi::apps {

struct SweepOptions {
    std::string network;                ///< a built-in name or a file
    std::vector<SweepAxis> axes;        ///< at least one
    std::uint64_t repeats = 1;          ///< seeds at each point
    std::optional<std::uint64_t> seed;  ///< the first seed; by default that of the network
    double duration_ms = 5000.0;
    std::string duration_text = "5s";  ///< as the user gave it, for errors
    std::optional<double> from_ms;     ///< measures begin here; by default at a tenth of the duration
    int threads = 0;                   ///< points at once; 0: as many as there are processors
    Isa isa = Isa::automatic;
    std::uint64_t memory_limit_bytes = 0;  ///< for all points at once; 0: the available memory
    std::optional<std::filesystem::path> out;
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};
    bool json = false;
    bool quiet = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int sweep_network(const SweepOptions& options);

}  // namespace izhi::apps
