// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "groups_command.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/progress.hpp"
#include "apps/cli/signals.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "group_search.hpp"
#include "groups_plot.hpp"
#include "groups_report.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"

namespace izhi::apps {
namespace {

namespace fs = std::filesystem;

/// A time in steps, at least `least` and at most a million.
std::uint32_t steps_of(const Network& network, const char* option, double ms, std::uint32_t least) {
    constexpr std::uint64_t most = 1'000'000;
    const std::uint64_t steps = network.steps(ms);
    if (steps < least || steps > most)
        throw Error(
            "", option, "is " + plain(ms, 9) + " ms, or " + counted(steps, "step"),
            std::to_string(least) + " to " + std::to_string(most) + " steps of " + plain(network.dt_ms(), 6) + " ms");
    return static_cast<std::uint32_t>(steps);
}

std::vector<NamedPath> paths_of(const GroupsOptions& options) {
    std::vector<NamedPath> paths{{"SOURCE", fs::path(options.source.from)},
                                 {"--weights", options.source.weights},
                                 {"--watch", options.watch},
                                 {"--plot", options.plot},
                                 {"--histogram", options.histogram}};
    if (options.out)
        for (const char* const name : {"groups.csv", "groups.jsonl"}) paths.push_back({"--out", *options.out / name});
    add_data_files(paths, options.plot, options.plot_style, kGroupPanels);
    add_data_files(paths, options.histogram, options.plot_style, kGroupHistogramPanels);
    return paths;
}

void require_outputs(const GroupsOptions& options) {
    if (options.out) require_writable_folder("--out", *options.out);
    if (options.plot) {
        require_picture("--plot", *options.plot, options.plot_style, kGroupPanels);
        require_window(options.plot_style, 0.0, options.duration_ms);
    }
    if (options.histogram)
        require_picture("--histogram", *options.histogram, options.plot_style, kGroupHistogramPanels);
}

}  // namespace

int find_groups(const GroupsOptions& options) {
    require_distinct(paths_of(options));
    GroupSource source = read_group_source(options.source);
    const Network& network = source.simulation->network();
    const analysis::GroupRules rules{.least_path = static_cast<std::uint32_t>(options.least_path),
                                     .least_size = static_cast<std::uint32_t>(options.least_size),
                                     .duration_steps = steps_of(network, "--duration", options.duration_ms, 1),
                                     .window_steps = steps_of(network, "--window", options.window_ms, 1)};
    const analysis::WatchRules watching{.share = options.match,
                                        .jitter_steps = steps_of(network, "--jitter", options.jitter_ms, 0)};
    const std::vector<bool> inhibitory = inhibitory_neurons(source.projections, network.neuron_count());
    if (options.shuffle) shuffle_weights(source.projections, inhibitory, *options.shuffle);
    const SearchedNetwork searched =
        searched_network(*source.simulation, source.projections, inhibitory, options.threshold);
    source.projections.clear();
    std::optional<analysis::SpikeTrains> recording;
    if (options.watch) recording = read_spike_trains(*options.watch, network);
    require_outputs(options);
    handle_interrupts();

    GroupsReport report{.options = options,
                        .network = network.description().spec.name,
                        .source = source.text,
                        .seed = network.description().spec.seed,
                        .steps = source.steps,
                        .neurons = network.neuron_count(),
                        .synapses = searched.network.synapse_count(),
                        .strong = searched.strong,
                        .mothers = searched.mothers,
                        .triplets = searched.triplets,
                        .dt_ms = network.dt_ms(),
                        .threads = options.threads > 0 ? options.threads : available_processors()};
    Progress progress(!options.quiet);
    const auto began = std::chrono::steady_clock::now();
    report.groups =
        search_groups(searched.network, rules, searched.triplets, report.threads, available_memory() / 2, progress);
    report.search_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (options.group && *options.group >= report.groups.size())
        throw Error("", "--group", "is " + std::to_string(*options.group),
                    report.groups.empty() ? "none, because no group was found"
                                          : "0 to " + std::to_string(report.groups.size() - 1));
    if (recording) {
        report.watched = watch_groups(searched.network, report.groups, *recording, watching, report.threads, progress);
        report.watched_s =
            static_cast<double>(recording->last_step() - recording->first_step() + 1) * report.dt_ms / 1e3;
    }
    progress.clear();
    finish_undisturbed();
    if (options.out) {
        fs::create_directories(*options.out);
        report.files = {*options.out / "groups.csv", *options.out / "groups.jsonl"};
        write_file(report.files[0], [&](std::ostream& stream) { write_group_table(stream, report); });
        write_file(report.files[1], [&](std::ostream& stream) { write_group_lines(stream, report); });
    }
    const auto add = [&](std::vector<fs::path> files) {
        report.files.insert(report.files.end(), files.begin(), files.end());
    };
    if (options.plot)
        add(draw_group(report, options.group.value_or(report.longest().value_or(0)), network, searched.network,
                       *options.plot));
    if (options.histogram) add(draw_group_histograms(report, *options.histogram));
    std::cout << (options.json ? json_text(json_of(report)) : text_of(report));
    return kDone;
}

}  // namespace izhi::apps
