// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "apps/cli/progress.hpp"
#include "izhi/analysis/group_watch.hpp"
#include "izhi/analysis/groups.hpp"

/// The search of polychronous groups on several threads.
namespace izhi::apps {

/// All groups of a network, in order of the mother, then of the triplet, for any number of threads.
/// @param triplets those of the network, for the progress line @param memory_bytes what the groups may take
/// @throws Error if they take more
[[nodiscard]] std::vector<analysis::Group> search_groups(const analysis::GroupNetwork& network,
                                                         const analysis::GroupRules& rules, std::uint64_t triplets,
                                                         int threads, std::uint64_t memory_bytes, Progress& progress);

/// How often each group fires in a recording, and how often with its times shuffled.
struct WatchedGroup {
    std::uint64_t firings = 0, shuffled = 0;
    std::optional<std::uint64_t> first_step;  ///< the start of its first firing
};
/// [group]. The shuffled control of group g exchanges the times of its spikes among its excitatory neurons and among its
/// inhibitory ones; it is a pure function of the group and of g.
[[nodiscard]] std::vector<WatchedGroup> watch_groups(const analysis::GroupNetwork& network,
                                                     const std::vector<analysis::Group>& groups,
                                                     const analysis::SpikeTrains& recording,
                                                     const analysis::WatchRules& rules, int threads,
                                                     Progress& progress);

}  // namespace izhi::apps
