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
    std::optional<std::uint64_t> seed;  ///< the first; the network's own unless given
    double duration_ms = 5000.0;
    std::string duration_text = "5s";  ///< as given, for errors
    std::optional<double> from_ms;     ///< measures leave out what comes before; a tenth of the duration unless given
    int threads = 0;                   ///< points at once; 0: as many as there are processors
    Isa isa = Isa::automatic;
    std::uint64_t memory_limit_bytes = 0;  ///< of all points at once; 0: what the machine has available
    std::optional<std::filesystem::path> out;
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};
    bool json = false;
    bool quiet = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int sweep_network(const SweepOptions& options);

}  // namespace izhi::apps
