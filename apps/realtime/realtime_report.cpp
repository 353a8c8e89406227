// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "realtime_report.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/plot/sheet.hpp"
#include "apps/text/csv_text.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"

namespace izhi::apps {
namespace {

using WorstStep = RealtimeReport::WorstStep;

/// The longest and the latest steps, each once, in order of steps.
std::vector<WorstStep> worst_steps(const RealtimeReport& report) {
    constexpr std::size_t most = 5;  // of each kind
    std::map<std::uint64_t, WorstStep> by_step;
    for (const auto* list : {&report.longest, &report.latest})
        for (std::size_t i = 0; i < std::min(most, list->size()); ++i) by_step.emplace((*list)[i].step, (*list)[i]);
    std::vector<WorstStep> all;
    for (const auto& [step, worst] : by_step) all.push_back(worst);
    return all;
}

std::string us_text(double us) { return seconds_text(us * 1e-6); }

/// The text with the unit as on the axis: a picture may use µ, text on a terminal is ASCII.
std::string us_in_picture(double us) {
    std::string text = us_text(us);
    if (text.ends_with(" us")) text.replace(text.size() - 2, 2, "µs");
    return text;
}

nlohmann::ordered_json json_of(const std::vector<RealtimeReport::Bin>& bins) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const auto& bin : bins) all.push_back({bin.low_us, bin.high_us, bin.steps});
    return all;
}

/// Replaces 0, which a logarithmic axis does not have.
constexpr double kNoShare = 1e-9;

/// The outline of a histogram over a logarithmic axis: the share of steps [%] in each eighth of an octave.
Points outline_of(const std::vector<RealtimeReport::Bin>& bins, std::uint64_t steps, double first_us) {
    constexpr double per_octave = 8.0;
    std::map<long, double> shares;
    for (const auto& bin : bins) {
        const double middle = std::max(first_us, 0.5 * (bin.low_us + bin.high_us));
        shares[std::lround(std::floor(std::log2(middle) * per_octave))] +=
            100.0 * static_cast<double>(bin.steps) / static_cast<double>(std::max<std::uint64_t>(steps, 1));
    }
    Points outline;
    if (!shares.empty())
        for (long at = shares.begin()->first; at <= shares.rbegin()->first; ++at) {
            const auto share = shares.find(at);
            const double y = share == shares.end() ? kNoShare : share->second;
            outline.emplace_back(std::exp2(static_cast<double>(at) / per_octave), y);
            outline.emplace_back(std::exp2(static_cast<double>(at + 1) / per_octave), y);
        }
    return outline;
}

}  // namespace

std::string text_of(const RealtimeReport::Distribution& d) {
    return "p50 " + us_text(d.p50_us) + ", p99 " + us_text(d.p99_us) + ", p99.9 " + us_text(d.p999_us) + ", at most " +
           us_text(d.max_us);
}

std::string text_of(const RealtimeSummary& summary) {
    const RealtimeReport& r = summary.report;
    std::string text = "Real time at speed " + plain(summary.speed, 6) + ": a step every " +
                       us_text(summary.period_us()) + ", " + std::string(to_string(summary.late)) + " when late, " +
                       counted(summary.slack_steps, "step") + " of slack\n";
    text += "  step time      " + text_of(r.step_time) + '\n';
    text += "  lateness       " + text_of(r.lateness) + '\n';
    text += "  missed         " + grouped(r.missed) + " of " + counted(r.steps, "deadline");
    if (r.skipped_ms > 0.0) text += "; skipped " + seconds_text(r.skipped_ms * 1e-3);
    if (r.stopped_late) text += "; then stopped";
    if (const std::string stolen = stolen_text(summary.stolen_ms); !stolen.empty()) text += "; " + stolen;
    text += "\n\nThe longest steps and those that began latest:\n";
    TextTable table({{"step"}, {"took"}, {"late"}, {"spikes"}, {"events"}});
    for (const WorstStep& step : worst_steps(r))
        table.add({grouped(step.step), us_text(step.step_us), us_text(step.late_us), grouped(step.spikes),
                   grouped(static_cast<std::uint64_t>(std::llround(step.events)))});
    return text + table.text();
}

nlohmann::ordered_json json_of(const RealtimeReport::Distribution& d) {
    return {{"p50", d.p50_us}, {"p99", d.p99_us}, {"p99_9", d.p999_us}, {"max", d.max_us}, {"mean", d.mean_us}};
}

nlohmann::ordered_json json_of(const RealtimeSummary& summary) {
    const RealtimeReport& r = summary.report;
    nlohmann::ordered_json worst = nlohmann::ordered_json::array();
    for (const WorstStep& step : worst_steps(r))
        worst.push_back({{"step", step.step},
                         {"step_time_us", step.step_us},
                         {"lateness_us", step.late_us},
                         {"spikes", step.spikes},
                         {"events", step.events}});
    return {
        {"speed", summary.speed},
        {"late", to_string(summary.late)},
        {"slack_steps", summary.slack_steps},
        {"steps", r.steps},
        {"missed", r.missed},
        {"skipped_ms", r.skipped_ms},
        {"stopped_late", r.stopped_late},
        {"stolen_ms", json_of(summary.stolen_ms)},
        {"step_time_us", json_of(r.step_time)},
        {"lateness_us", json_of(r.lateness)},
        {"worst_steps", worst},
        {"step_time_histogram", json_of(r.step_time_histogram)},
        {"lateness_histogram", json_of(r.lateness_histogram)},
    };
}

std::vector<std::filesystem::path> draw_latency(const RealtimeSummary& summary, const std::string& title,
                                                const std::filesystem::path& file, const PictureStyle& style) {
    const RealtimeReport& r = summary.report;
    constexpr double first_us = 0.1;  // shorter times are drawn here
    const double deadline_us = summary.period_us() * summary.slack_steps;
    const double longest = std::max({r.step_time.max_us, r.lateness.max_us, deadline_us});
    const double least = 100.0 / static_cast<double>(std::max<std::uint64_t>(r.steps, 1));
    Sheet sheet(file, 7.0, 4.0, style);
    sheet.lone_panel("time [µs]", "share of steps in an eighth of an octave [%]", title,
                     grouped(r.steps) + " steps; dashes: the deadline, " + us_in_picture(deadline_us) +
                         " after a step was due; " + grouped(r.missed) + " missed");
    sheet.set("logscale xy");
    sheet.set("format y '10^{%L}'");
    sheet.x_axis(first_us, 2.0 * longest, "autofreq");
    sheet.y_axis(0.5 * least, 150.0, "autofreq");
    sheet.key("top right opaque");
    const std::string deadline = gnuplot_number(deadline_us);
    sheet.arrow(deadline + ", graph 0", deadline + ", graph 1", "nohead dashtype 2", kGrey, 1.0);
    sheet.table(kLonePanel[0], {"histogram", "time [µs]", "share of steps [%]"});
    const auto histogram = [&](const std::vector<RealtimeReport::Bin>& bins, std::size_t number,
                               const std::string& name) {
        const Points outline = outline_of(bins, r.steps, first_us);
        const std::string_view colour = series_colour(number);
        for (const auto& [us, share] : outline)
            sheet.row({number == 0 ? "step time" : "lateness", csv_cell(us), csv_cell(share > kNoShare ? share : 0.0)});
        sheet.add(sheet.data(outline) + " using 1:2 with filledcurves x1 fs transparent solid 0.2 noborder lc rgb '" +
                  std::string(colour) + "' notitle");
        sheet.line(outline, colour, 1.2, "lines", name);
    };
    histogram(r.step_time_histogram, 0, "step time: p99.9 " + us_in_picture(r.step_time.p999_us));
    histogram(r.lateness_histogram, 1, "lateness: p99.9 " + us_in_picture(r.lateness.p999_us));
    sheet.plot();
    return sheet.draw();
}

}  // namespace izhi::apps
