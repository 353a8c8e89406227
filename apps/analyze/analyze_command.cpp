// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "analyze_command.hpp"

#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "analysis_plot.hpp"
#include "apps/cli/exit_codes.hpp"
#include "apps/plot/gnuplot.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "izhi/analysis/measures.hpp"
#include "izhi/error.hpp"
#include "izhi/network.hpp"
#include "measures_report.hpp"
#include "recorded_spikes.hpp"

namespace izhi::apps {
namespace {

/// The measured time. It ends where the options say, or else the file, or else at the last spike.
struct Span {
    analysis::Window window;
    std::string end_from;
};

Span span_of(const RecordedSpikes& spikes, const AnalyzeOptions& options) {
    double end_ms = 0.0;
    std::string from;
    if (options.until_ms) {
        end_ms = *options.until_ms;
        from = "--until";
    } else if (spikes.duration_ms) {
        end_ms = *spikes.duration_ms;
        from = "the file";
    } else {
        const double bin_ms = analysis::window_of(0.0, 1.0, options.dt_ms).rate_bin_ms;
        end_ms = bin_ms * std::ceil(spikes.last_ms / bin_ms - 1e-6);
        from = "the last spike";
        if (!(end_ms > 0.0))
            throw Error(options.files.front().string() +
                        ": holds no spikes and does not say how long it lasted; give --until");
    }
    if (options.from_ms >= end_ms)
        throw Error("", "--from", "is " + plain(options.from_ms, 9) + " ms",
                    "less than the end, " + plain(end_ms, 9) + " ms, which is of " + from);
    return {analysis::window_of(options.from_ms, end_ms, options.dt_ms), from};
}

void require_memory(const RecordedSpikes& spikes, const analysis::Window& window) {
    std::uint64_t neurons = 0;
    for (const auto& population : spikes.populations) neurons += population.neurons;
    const std::uint64_t needed = analysis::Meter::bytes(neurons, spikes.populations.size(), window);
    const std::uint64_t available = available_memory();
    if (needed > available)
        throw Error("measuring " + counted(neurons, "neuron") + " over " + seconds_text(window.seconds()) + " needs " +
                    bytes_text(needed) + " of memory, and there are " + bytes_text(available));
}

analysis::Meter measured(const RecordedSpikes& spikes, const analysis::Window& window) {
    std::vector<analysis::Meter::Population> populations;
    for (const auto& population : spikes.populations) populations.push_back({population.name, population.neurons});
    analysis::Meter meter(std::move(populations), window);
    for (std::size_t p = 0; p < spikes.populations.size(); ++p)
        for (const auto& spike : spikes.populations[p].spikes) meter.add(p, spike.neuron, spike.time_ms);
    return meter;
}

std::uint64_t all_spikes(const RecordedSpikes& spikes) {
    std::uint64_t count = 0;
    for (const auto& population : spikes.populations) count += population.spikes.size();
    return count;
}

/// "spikes.dat", "spikes-0.dat and 3 more".
std::string title_of(const AnalyzeOptions& options, const std::string& first) {
    return options.files.size() == 1 ? first : first + " and " + std::to_string(options.files.size() - 1) + " more";
}

std::string text_of_file(const RecordedSpikes& spikes, const Span& span, std::uint64_t left_out) {
    const double begin_s = span.window.begin_ms / 1e3;
    std::string text = "  " + (begin_s > 0.0 ? seconds_text(begin_s) : "0") + " to " +
                       seconds_text(span.window.end_ms / 1e3) + ", the end of " + span.end_from + "; sizes " +
                       (spikes.sizes_guessed ? "guessed from " : "of ") + spikes.sizes_from + '\n';
    if (left_out > 0) text += "  " + counted(left_out, "spike") + " outside of that left out\n";
    return text + '\n';
}

nlohmann::ordered_json json_of_file(const AnalyzeOptions& options, const RecordedSpikes& spikes, const Span& span,
                                    std::uint64_t left_out, const analysis::NetworkMeasures& measures) {
    nlohmann::ordered_json populations = nlohmann::ordered_json::object();
    for (const auto& population : measures.populations) populations[population.name] = json_of(population);
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const auto& file : options.files) files.push_back(file.string());
    return {{"file", options.files.front().string()},
            {"files", files},
            {"from_ms", span.window.begin_ms},
            {"until_ms", span.window.end_ms},
            {"until_from", span.end_from},
            {"sizes_from", spikes.sizes_from},
            {"sizes_guessed", spikes.sizes_guessed},
            {"notes", spikes.notes},
            {"rate_bin_ms", span.window.rate_bin_ms},
            {"synchrony_bin_ms", span.window.synchrony_bin_ms},
            {"spikes_left_out", left_out},
            {"regime",
             spikes.sizes_guessed ? nlohmann::ordered_json() : nlohmann::ordered_json(to_string(measures.regime))},
            {"network", json_of(measures.network)},
            {"populations", populations}};
}

}  // namespace

int analyze_files(const AnalyzeOptions& options) {
    std::vector<NamedPath> paths{{"--plot", options.plot}};
    for (const auto& file : options.files) paths.push_back({"FILE", file});
    add_data_files(paths, options.plot, options.plot_style, kAnalysisPanels);
    require_distinct(paths);
    const RecordedSpikes spikes = read_recorded_spikes(
        options.files, {.network = options.network, .populations = options.populations, .reading = options.reading});
    const Span span = span_of(spikes, options);
    require_memory(spikes, span.window);
    if (options.plot) {
        require_picture("--plot", *options.plot, options.plot_style, kAnalysisPanels);
        require_window(options.plot_style, span.window.begin_ms, span.window.end_ms);
    }
    for (const std::string& note : spikes.notes) std::cerr << "note: " << note << '\n';
    const analysis::Meter meter = measured(spikes, span.window);
    const analysis::NetworkMeasures measures = meter.measures();
    const std::uint64_t left_out = all_spikes(spikes) - measures.network.spikes;
    if (options.plot)
        draw_analysis(spikes, meter, measures, title_of(options, options.files.front().filename().string()),
                      *options.plot, options.plot_style);
    if (options.json) std::cout << json_text(json_of_file(options, spikes, span, left_out, measures));
    else
        std::cout << title_of(options, options.files.front().string()) << '\n'
                  << text_of_file(spikes, span, left_out) << text_of(measures, spikes.sizes_guessed);
    return kDone;
}

}  // namespace izhi::apps
