// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "groups_plot.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "apps/plot/gnuplot.hpp"
#include "apps/plot/sheet.hpp"
#include "apps/text/csv_text.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;
using analysis::Group;

constexpr std::string_view kLinkColour = "#BBBBBB", kPathColour = "#000000";
/// The most bins of a histogram.
constexpr double kMostBins = 40.0;

std::string title_of_groups(const GroupsReport& report) {
    return report.network + (report.options.shuffle ? ", weights shuffled" : "");
}

/// A line from one place to another, as x, y and their differences.
void add_line(std::vector<double>& lines, double x, double y, double to_x, double to_y) {
    lines.insert(lines.end(), {x, y, to_x - x, to_y - y});
}

/// The lines of a link: from the spike to the arrival at the target, and from there to the spike that it explains.
void add_link(std::vector<double>& lines, const Group& group, const analysis::GroupLink& link, double dt_ms) {
    const auto &from = group.spikes[link.from], &to = group.spikes[link.to];
    add_line(lines, from.step * dt_ms, from.neuron, link.arrival_step * dt_ms, to.neuron);
    add_line(lines, link.arrival_step * dt_ms, to.neuron, to.step * dt_ms, to.neuron);
}

void draw_lines(Sheet& sheet, const std::vector<double>& lines, std::string_view colour, double width) {
    if (lines.empty()) return;
    sheet.add(sheet.data(lines, 4) + " using 1:2:3:4 with vectors nohead" + pen(colour, width) + " notitle");
}

constexpr std::string_view colour_of_kind(bool inhibitory) { return series_colour(inhibitory ? 1 : 0); }

/// Names the populations to the right of the panel, in the colour of their first neuron, and separates them.
void draw_populations(Sheet& sheet, const Network& network, const analysis::GroupNetwork& searched) {
    const auto& populations = network.description().populations;
    for (std::size_t p = 0; p < populations.size(); ++p) {
        const NeuronRange range = network.neurons(PopulationId{static_cast<std::uint32_t>(p)});
        if (range.size == 0) continue;
        const std::string border = gnuplot_number(range.first - 0.5);
        if (range.first > 0)
            sheet.arrow("graph 0, first " + border, "graph 1, first " + border, "nohead dashtype 3", kGrey, 0.6);
        sheet.text(cut_in_middle(populations[p].name, 12),
                   "graph 1.012, first " + gnuplot_number(range.first + 0.5 * range.size), "left", 0.9,
                   colour_of_kind(searched.neuron(range.first).inhibitory));
    }
}

struct Histogram {
    std::string_view panel, label, column;
    std::vector<double> values;
    double least_bin = 1.0;
};

/// Tics at the powers of ten up to a count.
std::string count_tics(double most) {
    std::string text;
    for (double at = 1.0; at <= 2.0 * most; at *= 10.0)
        text += (text.empty() ? "" : ", ") + gnuplot_text(grouped(static_cast<std::uint64_t>(at))) + ' ' +
                gnuplot_number(at);
    return '(' + text + ')';
}

/// The counts of a histogram, as middle of a bin and number, and the width of a bin.
std::pair<Points, double> bins_of(const Histogram& histogram) {
    const auto [least, most] = std::minmax_element(histogram.values.begin(), histogram.values.end());
    const double width = std::max(histogram.least_bin, round_up_125((*most - *least) / kMostBins));
    // Whole bins from a multiple of the width on; values that are multiples of it lie in the middle of a bin of one value.
    const double first = std::floor(*least / width + 1e-9);
    std::vector<double> counts(static_cast<std::size_t>(std::floor(*most / width + 1e-9) - first) + 1);
    for (const double value : histogram.values)
        ++counts[static_cast<std::size_t>(std::floor(value / width + 1e-9) - first)];
    Points points;
    const double middle = width > histogram.least_bin ? 0.5 : 0.0;
    for (std::size_t i = 0; i < counts.size(); ++i)
        points.emplace_back((first + static_cast<double>(i) + middle) * width, counts[i]);
    return {std::move(points), width};
}

}  // namespace

std::vector<fs::path> draw_group(const GroupsReport& report, std::size_t number, const Network& network,
                                 const analysis::GroupNetwork& searched, const fs::path& file) {
    Sheet sheet(file, 7.0, 4.4, report.options.plot_style);
    const double dt_ms = report.dt_ms;
    const bool any = number < report.groups.size();
    const Group group = any ? report.groups[number] : Group{};
    std::string facts = "no groups with a path of at least " + grouped(report.options.least_path);
    if (any)
        facts = counted(group.spikes.size(), "spike") + " in " + plain(group.span_steps() * dt_ms, 6) + " ms; mother " +
                std::to_string(group.mother) + "; black: one longest path, " + counted(group.longest_path, "link") +
                "; rings: anchors";
    sheet.lone_panel("time [ms]", "neuron", title_of_groups(report) + (any ? ": group " + std::to_string(number) : ""),
                     facts);
    sheet.set("rmargin 10");
    const double end_ms = any ? std::max(group.span_steps(), 1u) * dt_ms : report.options.duration_ms;
    const PictureStyle::Window window = window_of(sheet.style(), -0.02 * end_ms, 1.02 * end_ms);
    sheet.x_axis(window.from_ms, window.to_ms,
                 time_tics(std::max(0.0, window.from_ms), window.to_ms, sheet.room_across(8)));
    const double neurons = std::max(1.0, static_cast<double>(report.neurons));
    sheet.y_axis(-0.02 * neurons, 1.02 * neurons, tics(neurons, sheet.room_up(8), 1.0));
    draw_populations(sheet, network, searched);

    std::vector<double> links, path_links;
    const std::vector<std::uint32_t> path = group.path();
    sheet.table("links", {"from neuron", "from time [ms]", "arrival [ms]", "to neuron", "to time [ms]", "on path"});
    for (const analysis::GroupLink& link : group.links) {
        const auto at = std::find(path.begin(), path.end(), link.from);
        const bool on_path = at != path.end() && at + 1 != path.end() && *(at + 1) == link.to;
        add_link(on_path ? path_links : links, group, link, dt_ms);
        const auto &from = group.spikes[link.from], &to = group.spikes[link.to];
        sheet.row({std::to_string(from.neuron), csv_cell(from.step * dt_ms), csv_cell(link.arrival_step * dt_ms),
                   std::to_string(to.neuron), csv_cell(to.step * dt_ms), on_path ? "1" : "0"});
    }
    Points excitatory, inhibitory, anchors;
    sheet.table("spikes", {"time [ms]", "neuron", "kind", "path"});
    for (const analysis::GroupSpike& spike : group.spikes) {
        const bool inhibits = searched.neuron(spike.neuron).inhibitory;
        (inhibits ? inhibitory : excitatory).emplace_back(spike.step * dt_ms, spike.neuron);
        sheet.row({csv_cell(spike.step * dt_ms), std::to_string(spike.neuron), inhibits ? "inhibitory" : "excitatory",
                   std::to_string(spike.path)});
    }
    for (std::size_t k = 0; any && k < group.anchors.size(); ++k)
        anchors.emplace_back(group.anchor_steps[k] * dt_ms, group.anchors[k]);
    draw_lines(sheet, links, kLinkColour, 0.7);
    draw_lines(sheet, path_links, kPathColour, 1.6);
    for (const bool inhibits : {false, true})
        if (const Points& points = inhibits ? inhibitory : excitatory; !points.empty())
            sheet.line(points, colour_of_kind(inhibits), 1.0, "points pt 7 ps 0.6");
    if (!anchors.empty()) sheet.line(anchors, kPathColour, 1.2, "points pt 6 ps 1.3");
    sheet.plot();
    return sheet.draw();
}

std::vector<fs::path> draw_group_histograms(const GroupsReport& report, const fs::path& file) {
    std::array<Histogram, 3> histograms{{{kGroupHistogramPanels[0], "size [spikes]", "size [spikes]", {}, 1.0},
                                         {kGroupHistogramPanels[1], "span [ms]", "span [ms]", {}, report.dt_ms},
                                         {kGroupHistogramPanels[2], "longest path [links]", "longest path", {}, 1.0}}};
    for (const Group& group : report.groups) {
        histograms[0].values.push_back(static_cast<double>(group.spikes.size()));
        histograms[1].values.push_back(group.span_steps() * report.dt_ms);
        histograms[2].values.push_back(group.longest_path);
    }
    constexpr double bottom = 0.17, top = 0.78;
    const std::vector<Sheet::Stretch> across{{0.085, 0.335}, {0.405, 0.655}, {0.725, 0.975}};
    Sheet sheet(file, 7.0, 3.0, report.options.plot_style);
    sheet.layout(across, {{bottom, top}});
    sheet.style_numbers(kGrey, kGrey);
    for (std::size_t i = 0; i < histograms.size(); ++i) {
        const Histogram& histogram = histograms[i];
        sheet.panel({across[i].from, across[i].to, bottom, top});
        if (i == 0) {
            sheet.title(title_of_groups(report), sheet.on_page(0.085, 0.92));
            const std::string facts = counted(report.groups.size(), "group") + " with a path of at least " +
                                      grouped(report.options.least_path) + "; " + report.source;
            sheet.text(facts, sheet.on_page(0.085, 0.84), "left", sheet.fitted(facts, 0.085, 1.0), kGrey);
            sheet.y_label("groups", 0.018);
        }
        sheet.x_label(histogram.label, 0.035);
        sheet.table(histogram.panel, {std::string(histogram.column), "groups", "width of the bin"});
        if (histogram.values.empty()) {
            sheet.x_axis(0.0, 1.0, "autofreq");
            sheet.y_axis(0.0, 1.0, "autofreq");
            sheet.text("no groups", Sheet::on_panel(0.5, 0.5), "center", 1.0, kGrey);
        } else {
            const auto [points, width] = bins_of(histogram);
            double most = 0.0;
            for (const auto& [x, count] : points) {
                most = std::max(most, count);
                sheet.row({csv_cell(x), csv_cell(count), csv_cell(width)});
            }
            const double low = points.front().first - width, high = points.back().first + width;
            sheet.x_axis(low, high, tics_between(low, high, sheet.room_across(4)));
            sheet.set("logscale y");
            sheet.y_axis(0.5, 2.0 * most, count_tics(most));
            sheet.add(sheet.data(points) + " using 1:2:(" + gnuplot_number(0.9 * width) +
                      ") with boxes fs solid 0.8 noborder lc rgb '" + std::string(series_colour(0)) + "' notitle");
        }
        sheet.plot();
    }
    return sheet.draw();
}

}  // namespace izhi::apps
