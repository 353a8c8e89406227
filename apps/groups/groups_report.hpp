// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "group_search.hpp"
#include "groups_command.hpp"

/// The results of `izhi groups`, for people, as JSON and as a table.
namespace izhi::apps {

struct GroupsReport {
    GroupsOptions options;
    std::string network;  ///< its name
    std::string source;   ///< where the weights are from
    std::uint64_t seed = 0, steps = 0, neurons = 0, synapses = 0, strong = 0, mothers = 0, triplets = 0;
    double dt_ms = 1.0;
    std::vector<analysis::Group> groups{};
    /// With --watch: [group], and the time from the first to the last spike of the recording.
    std::optional<std::vector<WatchedGroup>> watched{};
    double watched_s = 0.0;
    int threads = 1;
    double search_s = 0.0;
    std::vector<std::filesystem::path> files{};

    /// The first group with the longest path; nothing without groups.
    [[nodiscard]] std::optional<std::size_t> longest() const;
};

/// The least, mean and largest of a number of the groups.
struct GroupRange {
    double least = 0.0, mean = 0.0, most = 0.0;
};
/// Of sizes [spikes], spans [ms] and longest paths [links]; nothing without groups.
struct GroupRanges {
    GroupRange size, span_ms, path;
};
[[nodiscard]] std::optional<GroupRanges> ranges_of(const GroupsReport& report);

[[nodiscard]] std::string text_of(const GroupsReport& report);
[[nodiscard]] nlohmann::ordered_json json_of(const GroupsReport& report);
/// One row for each group: its number, mother, anchors and their times, size, span, longest path, and with --watch how often it
/// fired.
void write_group_table(std::ostream& stream, const GroupsReport& report);
/// One JSON object in a line for each group: the row of the table, its spikes, links and one longest path.
void write_group_lines(std::ostream& stream, const GroupsReport& report);

}  // namespace izhi::apps
