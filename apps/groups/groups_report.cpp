// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "groups_report.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <ostream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "apps/text/csv_text.hpp"
#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

using analysis::Group;
using Json = nlohmann::ordered_json;

/// Rows of the table on a terminal.
constexpr std::size_t kShownGroups = 10;

/// Firings in an hour, over all groups or of one.
double per_hour(std::uint64_t firings, double seconds) {
    return seconds > 0.0 ? static_cast<double>(firings) * 3600.0 / seconds : 0.0;
}

struct WatchTotals {
    std::uint64_t firings = 0, shuffled = 0, fired = 0, shuffled_fired = 0;
};

WatchTotals totals_of(const std::vector<WatchedGroup>& watched) {
    WatchTotals totals;
    for (const WatchedGroup& group : watched) {
        totals.firings += group.firings;
        totals.shuffled += group.shuffled;
        totals.fired += group.firings > 0 ? 1 : 0;
        totals.shuffled_fired += group.shuffled > 0 ? 1 : 0;
    }
    return totals;
}

std::map<std::uint32_t, std::vector<std::size_t>> by_path(const GroupsReport& report) {
    std::map<std::uint32_t, std::vector<std::size_t>> groups;
    for (std::size_t g = 0; g < report.groups.size(); ++g) groups[report.groups[g].longest_path].push_back(g);
    return groups;
}

std::string range_text(const GroupRange& range, std::string_view unit) {
    return plain(range.least, 6) + " to " + plain(range.most, 6) + std::string(unit) + ", mean " + fixed(range.mean, 1);
}

std::string anchors_text(const Group& group, double dt_ms) {
    std::string text;
    for (std::size_t k = 0; k < group.anchors.size(); ++k)
        text +=
            (k == 0 ? "" : "  ") + std::to_string(group.anchors[k]) + " at " + plain(group.anchor_steps[k] * dt_ms, 6);
    return text;
}

void add_longest(std::string& text, const GroupsReport& report) {
    std::vector<std::size_t> order(report.groups.size());
    for (std::size_t g = 0; g < order.size(); ++g) order[g] = g;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
        return report.groups[x].longest_path > report.groups[y].longest_path;
    });
    order.resize(std::min(order.size(), kShownGroups));
    using enum TextTable::Align;
    std::vector<TextTable::Column> columns{{"group"}, {"path"}, {"size"}, {"span"}, {"mother"}};
    if (report.watched) columns.insert(columns.end(), {{"firings"}, {"shuffled"}});
    columns.push_back({"anchors, times in ms", left});
    TextTable table(columns);
    for (const std::size_t g : order) {
        const Group& group = report.groups[g];
        std::vector<std::string> row{std::to_string(g), std::to_string(group.longest_path),
                                     grouped(group.spikes.size()), plain(group.span_steps() * report.dt_ms, 6) + " ms",
                                     std::to_string(group.mother)};
        if (report.watched) {
            row.push_back(grouped((*report.watched)[g].firings));
            row.push_back(grouped((*report.watched)[g].shuffled));
        }
        row.push_back(anchors_text(group, report.dt_ms));
        table.add(std::move(row));
    }
    text += '\n' + table.text();
}

/// The row of the table as JSON.
Json row_of(const GroupsReport& report, std::size_t g) {
    const Group& group = report.groups[g];
    Json anchors = Json::array(), times = Json::array();
    for (std::size_t k = 0; k < group.anchors.size(); ++k) {
        anchors.push_back(group.anchors[k]);
        times.push_back(group.anchor_steps[k] * report.dt_ms);
    }
    Json row{{"group", g},
             {"mother", group.mother},
             {"anchors", std::move(anchors)},
             {"anchor_times_ms", std::move(times)},
             {"size", group.spikes.size()},
             {"span_ms", group.span_steps() * report.dt_ms},
             {"longest_path", group.longest_path}};
    if (report.watched) {
        const WatchedGroup& watched = (*report.watched)[g];
        row["firings"] = watched.firings;
        row["firings_shuffled"] = watched.shuffled;
        row["first_firing_ms"] =
            watched.first_step ? Json(static_cast<double>(*watched.first_step) * report.dt_ms) : Json();
    }
    return row;
}

Json json_of(const GroupRange& range) { return {{"least", range.least}, {"mean", range.mean}, {"most", range.most}}; }

}  // namespace

std::optional<std::size_t> GroupsReport::longest() const {
    if (groups.empty()) return std::nullopt;
    const auto found = std::max_element(groups.begin(), groups.end(),
                                        [](const Group& x, const Group& y) { return x.longest_path < y.longest_path; });
    return static_cast<std::size_t>(found - groups.begin());
}

std::optional<GroupRanges> ranges_of(const GroupsReport& report) {
    if (report.groups.empty()) return std::nullopt;
    const auto range = [&](const auto& value_of) {
        GroupRange found{value_of(report.groups.front()), 0.0, 0.0};
        for (const Group& group : report.groups) {
            const double value = value_of(group);
            found.least = std::min(found.least, value);
            found.most = std::max(found.most, value);
            found.mean += value / static_cast<double>(report.groups.size());
        }
        return found;
    };
    return GroupRanges{range([](const Group& group) { return static_cast<double>(group.spikes.size()); }),
                       range([&](const Group& group) { return group.span_steps() * report.dt_ms; }),
                       range([](const Group& group) { return static_cast<double>(group.longest_path); })};
}

std::string text_of(const GroupsReport& report) {
    std::string text = report.network + '\n';
    const auto add = [&](std::string_view name, const std::string& value) {
        text += "  " + padded(std::string(name), 10) + value + '\n';
    };
    const GroupsOptions& options = report.options;
    add("from", report.source + ", seed " + std::to_string(report.seed) +
                    (options.shuffle ? "; weights shuffled with seed " + std::to_string(*options.shuffle) : ""));
    add("synapses", grouped(report.synapses) + " followed, " + grouped(report.strong) + " of them strong: at least " +
                        plain(options.threshold, 6) + " of their bound");
    add("triplets", report.triplets > 0
                        ? grouped(report.triplets) + " of " + counted(report.mothers, "mother")
                        : "none: no neuron has strong synapses from three others; let the network learn for longer, or "
                          "lower --threshold");
    add("groups", grouped(report.groups.size()) + " with a path of at least " + grouped(options.least_path) +
                      (options.least_size > 1 ? " and at least " + counted(options.least_size, "spike") : ""));
    if (const auto ranges = ranges_of(report)) {
        add("size", range_text(ranges->size, " spikes"));
        add("span", range_text(ranges->span_ms, " ms"));
        add("path", range_text(ranges->path, " links"));
    }
    if (report.watched) {
        const WatchTotals totals = totals_of(*report.watched);
        add("firings", grouped(totals.firings) + " in " + seconds_text(report.watched_s) + ", of " +
                           counted(totals.fired, "group") + "; with shuffled times " + grouped(totals.shuffled) +
                           ", of " + counted(totals.shuffled_fired, "group"));
    }
    add("run time",
        seconds_text(report.search_s) + " on " + counted(static_cast<std::uint64_t>(report.threads), "thread"));
    std::string_view title = "files";
    for (const auto& file : report.files) {
        add(title, file.string());
        title = "";
    }
    if (report.groups.empty()) return text;
    TextTable table({{"path"}, {"groups"}, {"mean size"}, {"mean span"}});
    for (const auto& [path, groups] : by_path(report)) {
        double size = 0.0, span = 0.0;
        for (const std::size_t g : groups) {
            size += static_cast<double>(report.groups[g].spikes.size());
            span += report.groups[g].span_steps() * report.dt_ms;
        }
        const auto count = static_cast<double>(groups.size());
        table.add(
            {std::to_string(path), grouped(groups.size()), fixed(size / count, 1), fixed(span / count, 1) + " ms"});
    }
    text += '\n' + table.text();
    add_longest(text, report);
    return text;
}

Json json_of(const GroupsReport& report) {
    const GroupsOptions& options = report.options;
    Json paths = Json::object();
    for (const auto& [path, groups] : by_path(report)) paths[std::to_string(path)] = groups.size();
    Json files = Json::array();
    for (const auto& file : report.files) files.push_back(file.string());
    const auto ranges = ranges_of(report);
    Json json{{"network", report.network},
              {"source", report.source},
              {"seed", report.seed},
              {"steps", report.steps},
              {"dt_ms", report.dt_ms},
              {"neurons", report.neurons},
              {"shuffle", options.shuffle ? Json(*options.shuffle) : Json()},
              {"threshold", options.threshold},
              {"least_path", options.least_path},
              {"least_size", options.least_size},
              {"duration_ms", options.duration_ms},
              {"window_ms", options.window_ms},
              {"synapses_followed", report.synapses},
              {"synapses_strong", report.strong},
              {"mothers", report.mothers},
              {"triplets", report.triplets},
              {"groups", report.groups.size()},
              {"groups_by_path", std::move(paths)},
              {"size", ranges ? json_of(ranges->size) : Json()},
              {"span_ms", ranges ? json_of(ranges->span_ms) : Json()},
              {"longest_path", ranges ? json_of(ranges->path) : Json()},
              {"threads", report.threads},
              {"search_s", report.search_s}};
    if (report.watched) {
        const WatchTotals totals = totals_of(*report.watched);
        json["watch"] = {{"recorded_s", report.watched_s},
                         {"match", options.match},
                         {"jitter_ms", options.jitter_ms},
                         {"firings", totals.firings},
                         {"firings_shuffled", totals.shuffled},
                         {"firings_per_hour", per_hour(totals.firings, report.watched_s)},
                         {"firings_shuffled_per_hour", per_hour(totals.shuffled, report.watched_s)},
                         {"groups_that_fired", totals.fired},
                         {"groups_that_fired_shuffled", totals.shuffled_fired}};
    }
    json["files"] = std::move(files);
    return json;
}

void write_group_table(std::ostream& stream, const GroupsReport& report) {
    stream << "group,mother,anchor1,anchor2,anchor3,time1_ms,time2_ms,time3_ms,size,span_ms,longest_path";
    if (report.watched) stream << ",firings,firings_shuffled,first_firing_ms";
    stream << '\n';
    for (std::size_t g = 0; g < report.groups.size(); ++g) {
        const Group& group = report.groups[g];
        stream << g << ',' << group.mother;
        for (const std::uint32_t anchor : group.anchors) stream << ',' << anchor;
        for (const std::uint32_t step : group.anchor_steps) stream << ',' << csv_cell(step * report.dt_ms);
        stream << ',' << group.spikes.size() << ',' << csv_cell(group.span_steps() * report.dt_ms) << ','
               << group.longest_path;
        if (report.watched) {
            const WatchedGroup& watched = (*report.watched)[g];
            stream << ',' << watched.firings << ',' << watched.shuffled << ',';
            if (watched.first_step) stream << csv_cell(static_cast<double>(*watched.first_step) * report.dt_ms);
        }
        stream << '\n';
    }
}

void write_group_lines(std::ostream& stream, const GroupsReport& report) {
    for (std::size_t g = 0; g < report.groups.size(); ++g) {
        const Group& group = report.groups[g];
        Json line = row_of(report, g), spikes = Json::array(), links = Json::array();
        for (const analysis::GroupSpike& spike : group.spikes)
            spikes.push_back({spike.step * report.dt_ms, spike.neuron, spike.path});
        for (const analysis::GroupLink& link : group.links)
            links.push_back({link.from, link.to, link.arrival_step * report.dt_ms});
        line["spikes"] = std::move(spikes);
        line["links"] = std::move(links);
        line["path"] = group.path();
        stream << line.dump() << '\n';
    }
}

}  // namespace izhi::apps
