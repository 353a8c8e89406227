// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "run_plan.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "apps/realtime/realtime_report.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "raster_plot.hpp"
#include "run_record.hpp"

namespace izhi::apps {
namespace {

/// @param replayed the steps of the run that is repeated, if any
std::uint64_t steps_of(const Network& network, const RunOptions& options, std::optional<std::uint64_t> replayed) {
    const bool as_before = options.resumed && !options.duration_given;
    const bool endless = as_before && options.resumed->note.steps == 0;
    const bool as_replayed = replayed.value_or(0) > 0 && (endless || (!options.resumed && !options.duration_given));
    if (endless && !as_replayed)
        throw Error(options.resumed->file.string() + ": the run was to last until it was stopped; allowed: --duration" +
                    (options.replay ? "" : ", or --replay with its log"));
    const std::uint64_t steps = as_replayed ? *replayed
                                : as_before ? options.resumed->note.steps
                                            : network.steps(options.duration_ms);
    if (options.resumed && steps <= options.resumed->step) {
        // Killed after its last checkpoint, before its files were finished: nothing is left but that.
        const bool unfinished =
            options.resumed->same_run && options.resumed->note.spool && (options.out || options.plot);
        if (unfinished && steps == options.resumed->step) return steps;
        const std::string here = seconds_text(static_cast<double>(options.resumed->step) * network.dt_ms() / 1e3);
        if (as_before)
            throw Error(options.resumed->file.string() + ": the run is complete; allowed: --duration above " + here);
        throw Error("", "--duration", "is '" + options.duration_text + "', and the checkpoint is of " + here, "more");
    }
    if (steps > 0) return steps;
    throw Error("", "--duration", "is '" + options.duration_text + "', less than one step",
                "at least " + plain(network.dt_ms(), 6) + "ms");
}

/// How many interventions of the log a run had made when its checkpoint was saved. @throws Error if they are not in it
std::uint64_t interventions_made(const InterventionLogContents& log, const RunOptions& options) {
    if (!options.resumed) return 0;
    const std::uint64_t made = options.resumed->note.interventions, step = options.resumed->step;
    if (!options.replay) return made;
    const auto& all = log.interventions;
    if (made <= all.size() && (made == 0 || all[made - 1].step <= step) &&
        (made == all.size() || all[made].step >= step))
        return made;
    throw Error("", "--replay",
                "is '" + options.replay->string() + "', and the run of the checkpoint had " +
                    counted(made, "intervention") + " by step " + grouped(step),
                "the log of that run");
}

/// Which steps to trace; none without --timeline.
RunOptions::TraceWindow trace_window(const RunOptions& options, std::uint64_t steps) {
    constexpr std::uint64_t usual = 200;
    if (!options.trace) return {};
    if (!options.trace_window) return {steps > usual ? (steps - usual) / 2 : 0, std::min(steps, usual)};
    const RunOptions::TraceWindow window = *options.trace_window;
    if (window.first < steps && window.steps <= steps - window.first) return window;
    throw Error("", "--timeline-window",
                "is '" + options.trace_window_text + "', which reaches beyond the run's last step",
                "FIRST + STEPS at most " + std::to_string(steps));
}

void require_weights_folder(const Network& network, const std::filesystem::path& folder) {
    const auto& projections = network.description().projections;
    if (std::none_of(projections.begin(), projections.end(), is_plastic))
        throw Error("", "--weights", "is given, and no projection of the network has plasticity",
                    "a network with plasticity, such as polychrony");
    require_writable_folder("--weights", folder);
}

/// No two of the files that are read and written may be one.
void require_distinct_files(const RunPlan& plan, const RunOptions& options) {
    std::vector<NamedPath> paths{{"NETWORK", options.source.file()},
                                 {"--replay", options.replay},
                                 {"--plot", options.plot},
                                 {"--timeline", options.trace},
                                 {"--latency-plot", plan.latency_plot}};
    add_data_files(paths, options.plot, options.plot_style, kRasterPanels);
    add_data_files(paths, plan.latency_plot, options.plot_style, kLonePanel);
    require_distinct(paths);
}

/// A checkpoint may come from somebody else, and names files by absolute paths. Outside its own folder a resumed run writes
/// there by itself only if the checkpoint lies where its run wrote it, and replaces nothing but recordings of this run.
void require_own_outputs(const RunPlan& plan, const RunOptions& options) {
    const auto require = [&](std::string_view option, const std::filesystem::path& path,
                             const std::vector<std::filesystem::path>& replaced) {
        if (options.resumed->has_within(path)) return;
        std::error_code ignored;
        const auto in_the_way = std::find_if(replaced.begin(), replaced.end(), [&](const std::filesystem::path& file) {
            return std::filesystem::exists(std::filesystem::symlink_status(file, ignored));
        });
        if (options.resumed->at_home() && in_the_way == replaced.end()) return;
        throw Error(options.resumed->file.string() +
                    (options.resumed->at_home()
                         ? ": its run wrote outside this folder, and " + in_the_way->string() + " would be replaced"
                         : ": names results outside its folder, and lies in another place than its run left it in") +
                    "; allowed: " + std::string(option) + ' ' + path.string() + ", or another place");
    };
    if (options.out_inherited && options.out) {
        const std::filesystem::path& out = *options.out;
        std::vector<std::filesystem::path> files;
        if (recorded_network(out) != network_text_of(options)) {
            files = earlier_recordings(out);
            for (const std::string& name : io::recording_names(plan.network, options.recorder))
                files.push_back(out / name);
            files.push_back(out / kRunRecordName);
        }
        require("--out", out, files);
    }
    if (options.plot_inherited && options.plot) {
        std::vector<std::filesystem::path> files = data_files(*options.plot, options.plot_style, kRasterPanels);
        for (const std::filesystem::path& file : files) require("--plot-data", file, {file});
        require("--plot", *options.plot, {*options.plot});
    }
}

void require_writable_outputs(const RunPlan& plan, const RunOptions& options) {
    if (options.out) {
        const char* const asker = options.out_of_config ? "output.output_dir" : "--out";
        require_writable_folder(asker, *options.out);
        require_unused_folder(asker, *options.out);
        const std::vector<std::string> names = io::recording_names(plan.network, options.recorder);
        require_replaceable_files(asker, *options.out, names);
        require_replaceable_files(asker, *options.out, {kRunRecordName});
        // The folder of a config is there for its results, and may have those of another simulator, too.
        if (!options.out_of_config) require_no_other_recordings(*options.out, names);
    }
    if (options.weights_out) require_weights_folder(plan.network, *options.weights_out);
    if (options.plot) {
        require_picture("--plot", *options.plot, options.plot_style, kRasterPanels);
        require_window(options.plot_style, 0.0, static_cast<double>(plan.steps) * plan.network.dt_ms());
    }
    if (options.trace) require_writable_file("--timeline", *options.trace);
    if (plan.latency_plot) require_picture("--latency-plot", *plan.latency_plot, options.plot_style, kLonePanel);
}

}  // namespace

std::string network_text_of(const RunOptions& options) {
    return io::network_text(options.source.text, options.source.origin,
                            {.seed = options.seed, .storage = options.storage, .settings = options.settings});
}

bool is_plastic(const NetworkDescription::Projection& projection) { return projection.spec.plasticity.has_value(); }

RunPlan plan_run(const RunOptions& options) {
    Network network =
        io::parse_network(options.source.text, options.source.origin,
                          {.seed = options.seed, .storage = options.storage, .settings = options.settings});
    InterventionLogContents log;
    if (options.replay) log = read_intervention_log(*options.replay, network);
    const std::uint64_t steps = steps_of(network, options, log.steps), made = interventions_made(log, options);
    RunPlan plan{.network = std::move(network),
                 .log = std::move(log),
                 .steps = steps,
                 .made = made,
                 .window = {},
                 .latency_plot = options.realtime ? options.realtime->plot : std::nullopt,
                 .checkpoint_steps = 0,
                 .weights = {}};
    require_distinct_files(plan, options);
    require_own_outputs(plan, options);
    require_writable_outputs(plan, options);
    if (options.checkpoints) {
        plan.checkpoint_steps = interval_steps(plan.network, *options.checkpoints);
        require_checkpoint_folder(options.checkpoints->folder, options.resumed);
    }
    for (const WeightSetting& setting : options.weights) plan.weights.push_back(intervention_of(setting, plan.network));
    if (options.resumed) require_resumable(plan.network, *options.resumed);
    plan.window = trace_window(options, steps);
    return plan;
}

}  // namespace izhi::apps
