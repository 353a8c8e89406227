// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "bench_runs.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "apps/plot/sheet.hpp"
#include "apps/text/text_table.hpp"
#include "apps/text/units.hpp"
#include "bench_report.hpp"

namespace izhi::apps {
namespace {

using Json = nlohmann::ordered_json;

/// The nearest of 1, 2, 5, 10, 20, 50...: durations that are easy to remember and do not vary from day to day.
double round_number(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    double best = power;
    for (const double factor : {2.0, 5.0, 10.0})
        if (std::fabs(std::log(factor * power / value)) < std::fabs(std::log(best / value))) best = factor * power;
    return best;
}

std::string step_text(double ns) { return seconds_text(ns * 1e-9); }
std::string percent(double share) { return fixed(1e2 * share, 0) + " %"; }

/// The shares of a step for which the report gives the number of threads from which the barrier takes them.
constexpr double kTenth = 0.1, kHalf = 0.5;

std::string threads_text(const std::optional<int>& threads) {
    return threads ? std::to_string(*threads) : "> " + std::to_string(kMostModelThreads);
}
Json threads_json(const std::optional<int>& threads) { return threads ? Json(*threads) : Json(nullptr); }

std::string constants_text(const ScalingNetwork& n) {
    const StepCosts& c = n.costs;
    return n.name + ": " + fixed(c.neuron_ns, 2) + " ns per neuron and step, " + fixed(c.event_ns, 2) +
           " ns per synaptic event, " + grouped(static_cast<std::uint64_t>(std::llround(c.events))) +
           " events per step, " + step_text(c.rest_ns) + " of a step for the rest; " + counted(c.blocks, "block") +
           ", " +
           (c.steps_per_phase > 1.0 ? "a barrier every " + plain(c.steps_per_phase) + " steps" : "a barrier per step");
}

std::string barrier_text(const ScalingReport& report) {
    return "barrier of two threads: " + step_text(1e9 * report.barrier_s) +
           (report.barrier_measured ? ", measured" : ", assumed: there is one processor here");
}

std::string measured_text(const ScalingReport& report) {
    constexpr auto left = TextTable::Align::left;
    TextTable table({{"network", left},
                     {"threads"},
                     {"isa", left},
                     {"step"},
                     {"x real time"},
                     {"median"},
                     {"speed-up"},
                     {"efficiency"},
                     {"predicted"},
                     {"barrier"}});
    for (const ScalingNetwork& n : report.networks)
        for (const ScalingRow& row : n.rows) {
            const double best_ns = 1e9 * row.best_s() / static_cast<double>(n.steps);
            const double faster = n.rows.front().best_s() / row.best_s();
            table.add({n.name, std::to_string(row.threads), n.isa, step_text(best_ns),
                       times_text(n.times_real_time(best_ns)), times_text(n.biological_s() / row.median_s()),
                       fixed(faster, 2), percent(faster / row.threads),
                       times_text(n.times_real_time(step_ns(n.costs, row.threads))) + " x",
                       percent(barrier_share(n.costs, row.threads))});
        }
    return table.text() + "\n  " + counted(report.repeats, "run") +
           " each, in turns; step, x real time and speed-up are of the best. All runs of a network gave the same "
           "spikes.\n"
           "  predicted: by the model below; barrier: its share of the predicted step\n";
}

std::string predicted_text(const ScalingReport& report) {
    constexpr auto left = TextTable::Align::left;
    std::vector<TextTable::Column> columns{{"network", left}, {"neurons"}, {"isa", left}, {"1 core"}};
    for (const int cores : kPredictedCores) columns.push_back({std::to_string(cores)});
    columns.insert(columns.end(), {{"barrier > 10 %"}, {"> 50 %"}, {"counter > 10 %"}, {"> 50 %"}});
    TextTable table(columns);
    for (const ScalingNetwork& n : report.networks) {
        std::vector<std::string> cells{n.name, grouped(n.neurons), n.isa, step_text(step_ns(n.costs, 1))};
        for (const int cores : kPredictedCores) cells.push_back(step_text(step_ns(n.costs, cores)));
        for (const BarrierShape shape : {BarrierShape::tree, BarrierShape::counter})
            for (const double share : {kTenth, kHalf})
                cells.push_back(threads_text(threads_of_barrier(n.costs, share, shape)));
        table.add(std::move(cells));
    }
    return table.text() +
           "\n  time of a step: measured on one core, predicted for more; barrier > 10 %: from this many "
           "threads on it takes\n"
           "  more than a tenth of the step; counter: the same if a barrier takes T - 1 times that of "
           "two threads, an upper\n"
           "  bound for the one counter that all fetch today\n";
}

/// ("1" 1, "2" 2, "5" 5, ...) of a logarithmic axis from `low` to `high`.
std::string tics_125(double low, double high) {
    std::string text;
    for (double decade = std::pow(10.0, std::floor(std::log10(low))); decade <= high; decade *= 10.0)
        for (const double at : {decade, 2.0 * decade, 5.0 * decade})
            if (at >= low && at <= high)
                text += (text.empty() ? "" : ", ") + gnuplot_text(times_text(at)) + ' ' + gnuplot_number(at);
    return '(' + text + ')';
}

}  // namespace

double usual_duration_ms(const Network& network, const SimulationOptions& options) {
    constexpr double enough_s = 0.05, wanted_s = 1.0, longest_ms = 500'000.0;
    Simulation simulation(network, options);
    double wall_s = 0.0;
    for (std::uint64_t steps = 10; wall_s < enough_s && simulation.time_ms() < longest_ms; steps *= 2)
        wall_s = simulation.run(steps).wall_s;
    const double ms = wanted_s * simulation.time_ms() / 2.0 / wall_s;  // the last run was half of all runs
    return std::clamp(round_number(ms), network.dt_ms(), longest_ms);
}

double ScalingRow::best_s() const { return *std::min_element(run_s.begin(), run_s.end()); }
double ScalingRow::median_s() const {
    std::vector<double> sorted = run_s;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half]);
}

std::string text_of(const ScalingReport& report) {
    std::string text = heading_of(report.machine) + '\n' +
                       (report.predict ? predicted_text(report) : measured_text(report)) +
                       "\n  the model: a step on T threads takes the work of its longest worker, a share of the rest "
                       "and a barrier;\n  " +
                       barrier_text(report) + '\n';
    for (const ScalingNetwork& n : report.networks) text += "  " + constants_text(n) + '\n';
    text += "  The model assumes that\n";
    for (const std::string_view assumption : model_assumptions()) text += "  - " + std::string(assumption) + '\n';
    return text;
}

Json json_of(const ScalingReport& report) {
    Json networks = Json::array();
    for (const ScalingNetwork& n : report.networks) {
        Json rows = Json::array(), predictions = Json::array();
        for (const ScalingRow& row : n.rows) {
            const double faster = n.rows.front().best_s() / row.best_s();
            rows.push_back({{"threads", row.threads},
                            {"run_s", row.run_s},
                            {"best_s", row.best_s()},
                            {"median_s", row.median_s()},
                            {"times_real_time", n.biological_s() / row.best_s()},
                            {"speed_up", faster},
                            {"efficiency", faster / row.threads},
                            {"predicted_times_real_time", n.times_real_time(step_ns(n.costs, row.threads))},
                            {"predicted_efficiency", efficiency(n.costs, row.threads)}});
        }
        for (const int cores : kPredictedCores)
            predictions.push_back({{"cores", cores},
                                   {"step_s", 1e-9 * step_ns(n.costs, cores)},
                                   {"times_real_time", n.times_real_time(step_ns(n.costs, cores))},
                                   {"efficiency", efficiency(n.costs, cores)},
                                   {"barrier_share", barrier_share(n.costs, cores)},
                                   {"counter_step_s", 1e-9 * step_ns(n.costs, cores, BarrierShape::counter)}});
        const auto beyond = [&](double share, BarrierShape shape) {
            return threads_json(threads_of_barrier(n.costs, share, shape));
        };
        networks.push_back({{"network", n.name},
                            {"neurons", n.neurons},
                            {"synapses", n.synapses},
                            {"isa", n.isa},
                            {"biological_s", n.biological_s()},
                            {"spike_hash", hash_text(n.spike_hash)},
                            {"constants",
                             {{"neuron_ns", n.costs.neuron_ns},
                              {"event_ns", n.costs.event_ns},
                              {"events_per_step", n.costs.events},
                              {"rest_ns", n.costs.rest_ns},
                              {"blocks", n.costs.blocks},
                              {"steps_per_phase", n.costs.steps_per_phase},
                              {"barrier_ns", n.costs.barrier_ns}}},
                            {"rows", rows},
                            {"predictions", predictions},
                            {"threads_where_barrier_exceeds",
                             {{"tenth", beyond(kTenth, BarrierShape::tree)},
                              {"half", beyond(kHalf, BarrierShape::tree)},
                              {"tenth_as_counter", beyond(kTenth, BarrierShape::counter)},
                              {"half_as_counter", beyond(kHalf, BarrierShape::counter)}}}});
    }
    return {{"izhi_scaling", 1},
            {"machine", json_of(report.machine)},
            {"repeats", report.repeats},
            {"barrier_s", report.barrier_s},
            {"barrier_measured", report.barrier_measured},
            {"networks", networks},
            {"assumptions", model_assumptions()}};
}

void draw_scaling(const ScalingReport& report, const std::filesystem::path& file, const PictureStyle& style) {
    int most = 1;
    for (const ScalingNetwork& n : report.networks)
        for (const ScalingRow& row : n.rows) most = std::max(most, row.threads);
    Sheet sheet(file, 7.0, 4.0, style);
    sheet.lone_panel("threads", "speed [times real time]", "izhi on 1 to " + std::to_string(most) + " threads",
                     report.machine.cpu + "; dots: measured; lines: the model; dotted: in proportion");
    sheet.table(kLonePanel[0], {"curve", "threads", "speed [times real time]"});
    double lowest = 1e300, highest = 0.0;
    for (std::size_t i = 0; i < report.networks.size(); ++i) {
        const ScalingNetwork& n = report.networks[i];
        Points measured, model, ideal;
        for (const ScalingRow& row : n.rows) {
            const double speed = n.biological_s() / row.best_s();
            const double ideal_speed = row.threads * n.biological_s() / n.rows.front().best_s();
            measured.emplace_back(row.threads, speed);
            ideal.emplace_back(row.threads, ideal_speed);
            lowest = std::min(lowest, speed);
            highest = std::max({highest, speed, ideal_speed});
        }
        for (int threads = 1; threads <= n.rows.back().threads; ++threads)
            model.emplace_back(threads, n.times_real_time(step_ns(n.costs, threads)));
        sheet.rows(n.name + ", measured", measured);
        sheet.rows(n.name + ", model", model);
        sheet.rows(n.name + ", in proportion", ideal);
        sheet.line(ideal, series_colour(i), 0.7, "lines dashtype 3");
        sheet.line(model, series_colour(i), 1.2);
        sheet.line(measured, series_colour(i), 1.0, "points pt 7 ps 0.7", n.name);
    }
    std::string tics;
    for (int threads = 1; threads <= most; threads *= 2)
        tics += (tics.empty() ? "" : ", ") + gnuplot_text(std::to_string(threads)) + ' ' + std::to_string(threads);
    sheet.set("logscale x 2");
    sheet.set("logscale y");
    sheet.x_axis(0.9, 1.1 * most, '(' + tics + ')');
    // The legend lies below all curves.
    const double legend = std::min(0.5, 0.055 * static_cast<double>(report.networks.size()));
    const double top = 2.0 * highest, bottom = top / std::pow(2.0 * top / lowest, 1.0 / (1.0 - legend));
    sheet.y_axis(bottom, top, tics_125(bottom, top));
    sheet.key("bottom right");
    sheet.plot();
    sheet.draw();
}

std::string text_of(const GrowthReport& report) {
    TextTable table({{"neurons"},
                     {"synapses"},
                     {"memory"},
                     {"rate"},
                     {"step"},
                     {"x real time"},
                     {"ns per neuron and step"},
                     {"ns per synaptic event"}});
    std::string left_out;
    for (const GrowthRow& row : report.rows) {
        if (row.left_out) {
            left_out += "  " + counted(row.neurons, "neuron") + ": left out, because they need " +
                        bytes_text(row.memory_bytes) + " of memory and there are " +
                        bytes_text(report.memory_limit_bytes) + '\n';
            continue;
        }
        table.add({grouped(row.neurons), grouped(row.synapses), bytes_text(row.memory_bytes),
                   fixed(row.rate_hz, 1) + " Hz", step_text(row.step_ns), times_text(report.dt_ms * 1e6 / row.step_ns),
                   fixed(row.neuron_ns, 2), fixed(row.event_ns, 2)});
    }
    return heading_of(report.machine) + '\n' + table.text() + '\n' + left_out +
           "  cortex-1m at each size, on one thread (" + report.isa + "), " + counted(report.repeats, "run") +
           " each, in turns; the minimum of all. Synapses are\n"
           "  drawn while running, in strata of about 40,000 targets. The times of noise, sums, update and scan are "
           "divided by\n"
           "  neurons, that of delivery by events.\n";
}

Json json_of(const GrowthReport& report) {
    Json rows = Json::array(), left_out = Json::array();
    for (const GrowthRow& row : report.rows) {
        if (row.left_out) {
            left_out.push_back({{"neurons", row.neurons}, {"memory_bytes", row.memory_bytes}});
            continue;
        }
        rows.push_back({{"neurons", row.neurons},
                        {"synapses", row.synapses},
                        {"memory_bytes", row.memory_bytes},
                        {"steps", row.steps},
                        {"rate_hz", row.rate_hz},
                        {"step_s", 1e-9 * row.step_ns},
                        {"times_real_time", report.dt_ms * 1e6 / row.step_ns},
                        {"neuron_ns", row.neuron_ns},
                        {"event_ns", row.event_ns}});
    }
    return {{"izhi_growth", 1},
            {"machine", json_of(report.machine)},
            {"isa", report.isa},
            {"repeats", report.repeats},
            {"memory_limit_bytes", report.memory_limit_bytes},
            {"rows", rows},
            {"left_out", left_out}};
}

void draw_growth(const GrowthReport& report, const std::filesystem::path& file, const PictureStyle& style) {
    Points neurons, events;
    double highest = 0.0;
    for (const GrowthRow& row : report.rows) {
        if (row.left_out) continue;
        neurons.emplace_back(static_cast<double>(row.neurons), row.neuron_ns);
        events.emplace_back(static_cast<double>(row.neurons), row.event_ns);
        highest = std::max({highest, row.neuron_ns, row.event_ns});
    }
    const double first = static_cast<double>(report.rows.front().neurons),
                 last = neurons.empty() ? first : neurons.back().first;
    std::string tics;
    for (double at = 1e4; at <= 1.01e7; at *= 10.0)
        tics += (tics.empty() ? "" : ", ") + gnuplot_text(grouped(static_cast<std::uint64_t>(at))) + ' ' +
                gnuplot_number(at);
    Sheet sheet(file, 7.0, 4.0, style);
    sheet.lone_panel("neurons", "time [ns]",
                     "cortex-1m from " + grouped(report.rows.front().neurons) + " to " +
                         grouped(static_cast<std::uint64_t>(last)) + " neurons",
                     report.machine.cpu + ", one thread, " + report.isa);
    sheet.set("logscale x");
    sheet.x_axis(0.8 * first, 1.25 * last, '(' + tics + ')');
    sheet.y_axis(0, 1.25 * highest, "autofreq");
    sheet.set("grid ytics lc rgb '#E0E0E0'");
    sheet.key("bottom right");
    sheet.table(kLonePanel[0], {"curve", "neurons", "time [ns]"});
    sheet.rows("per neuron and step", neurons);
    sheet.rows("per synaptic event", events);
    sheet.line(neurons, series_colour(0), 1.4, "linespoints pt 7 ps 0.7", "per neuron and step");
    sheet.line(events, series_colour(1), 1.4, "linespoints pt 5 ps 0.7", "per synaptic event");
    sheet.plot();
    sheet.draw();
}

}  // namespace izhi::apps
