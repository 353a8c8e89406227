// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "apps/plot/picture_style.hpp"
#include "group_source.hpp"

namespace izhi::apps {

struct GroupsOptions {
    GroupSourceOptions source;
    std::uint64_t least_path = 7, least_size = 1;
    double threshold = 0.95;  ///< least weight of a strong synapse, as a share of the bound of its projection
    double duration_ms = 150.0, window_ms = 10.0;
    std::optional<std::uint64_t> shuffle;  ///< the seed with which weights are exchanged
    std::optional<std::filesystem::path> watch;
    double match = 0.5, jitter_ms = 1.0;
    int threads = 0;  ///< 0: as many as there are processors
    std::optional<std::filesystem::path> out, plot, histogram;
    std::optional<std::uint64_t> group;  ///< the group that `plot` shows; by default the first with the longest path
    PictureStyle plot_style{};
    bool json = false, quiet = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int find_groups(const GroupsOptions& options);

}  // namespace izhi::apps
