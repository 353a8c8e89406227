// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "run_command.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/progress.hpp"
#include "apps/cli/signals.hpp"
#include "apps/networks/networks.hpp"
#include "apps/realtime/intervention_log.hpp"
#include "apps/realtime/realtime_report.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/notes.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "checkpoints_beside.hpp"
#include "disk_forecast.hpp"
#include "hardware_counters.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "profile_report.hpp"
#include "raster_plot.hpp"
#include "recordings.hpp"
#include "run_record.hpp"
#include "summary.hpp"
#include "trace_file.hpp"

namespace izhi::apps {
namespace {

/// Passes the results of a run to recordings, progress and forecast.
class RunObserver final : public Observer {
public:
    /// @param first, steps the number of steps done at the start, and at the end
    /// @param tell whether to show the forecast of the disk
    RunObserver(Recordings* recordings, Progress& progress, std::uint64_t first, std::uint64_t steps, double dt_ms,
                bool tell)
        : recordings_(recordings), progress_(progress), dt_ms_(dt_ms), from_ms_(static_cast<double>(first) * dt_ms),
          total_ms_(static_cast<double>(steps) * dt_ms), tell_(tell) {
        if (recordings == nullptr) return;
        // With a spool, the files of the recordings are made from it at the end and take about as much again.
        forecast_.emplace(recordings->spooled() ? "--checkpoint dir" : "--out", recordings->growing_folder(), steps,
                          recordings->spooled() ? 2.0 : 1.0);
    }
    /// Begins the run: its first second starts here.
    void begin() { began_ = Clock::now(); }

    void spikes(std::span<const Spike> spikes) override {
        if (recordings_ != nullptr) recordings_->spikes(spikes);
    }
    void sample(const Sample& sample) override {
        if (recordings_ != nullptr) recordings_->sample(sample);
    }
    void weights(const WeightSample& sample) override {
        if (recordings_ != nullptr) recordings_->weights(sample);
    }
    bool proceed(std::uint64_t step) override {
        progress_.running(static_cast<double>(step) * dt_ms_, total_ms_, from_ms_);
        if (forecast_) look_at_disk(step);
        // A signal between the opening of files and the start of run() has not stopped anything.
        return !interrupted();
    }

private:
    using Clock = std::chrono::steady_clock;

    void look_at_disk(std::uint64_t step) {
        const double elapsed_s = std::chrono::duration<double>(Clock::now() - began_).count();
        if (!forecast_->due(elapsed_s)) return;
        const auto line = forecast_->look(elapsed_s, step, recordings_->bytes_so_far());
        if (!line || !tell_) return;
        progress_.clear();
        std::cerr << *line << '\n';
    }

    Recordings* recordings_;
    Progress& progress_;
    double dt_ms_, from_ms_, total_ms_;
    bool tell_;
    std::optional<DiskForecast> forecast_;
    Clock::time_point began_ = Clock::now();
};

/// @param replayed number of steps of the run that is repeated, if any
std::uint64_t steps_of(const Network& network, const RunOptions& options, std::optional<std::uint64_t> replayed) {
    const bool as_before = options.resumed && !options.duration_given;
    const bool endless = as_before && options.resumed->note.steps == 0;
    const bool as_replayed = replayed.value_or(0) > 0 && (endless || (!options.resumed && !options.duration_given));
    if (endless && !as_replayed)
        throw Error(options.resumed->file.string() + ": the run had no end; allowed: --duration" +
                    (options.replay ? "" : ", or --replay with its log"));
    const std::uint64_t steps = as_replayed ? *replayed
                                : as_before ? options.resumed->note.steps
                                            : network.steps(options.duration_ms);
    if (options.resumed && steps <= options.resumed->step) {
        // The run was killed after its last checkpoint, before its files were finished: only that remains to be done.
        const bool unfinished =
            options.resumed->same_run && options.resumed->note.spool && (options.out || options.plot);
        if (unfinished && steps == options.resumed->step) return steps;
        const std::string here = seconds_text(static_cast<double>(options.resumed->step) * network.dt_ms() / 1e3);
        if (as_before)
            throw Error(options.resumed->file.string() + ": the run is complete; allowed: --duration above " + here);
        throw Error("", "--duration", "is '" + options.duration_text + "', and the checkpoint was made at " + here,
                    "more");
    }
    if (steps > 0) return steps;
    throw Error("", "--duration", "is '" + options.duration_text + "', less than one step",
                "at least " + plain(network.dt_ms(), 6) + "ms");
}

/// Whether checkpoints are written by another thread while the run continues.
bool has_snapshots(const RunOptions& options) { return options.checkpoints && options.realtime; }

void print_forecast(const Network& network, const RunOptions& options) {
    const int threads = options.threads > 0 ? options.threads : available_processors();
    const MemoryForecast memory = network.memory(threads);
    const std::uint64_t snapshot = has_snapshots(options) ? memory.snapshot_bytes : 0;
    std::cerr << network.description().spec.name << ": " << counted(network.neuron_count(), "neuron") << ", about "
              << counted(memory.synapses, "synapse") << "; building needs up to "
              << bytes_text(memory.total() + snapshot) << " of memory, running "
              << bytes_text(memory.total() - memory.building_bytes + snapshot) << '\n';
}

/// The steps of the timeline; none without --timeline.
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

/// How many times the system took a processor away from one of our threads that wanted it.
std::uint64_t preemptions_so_far() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_nivcsw);
}

ProfileReport profile_report(Profile profile, const Simulation& simulation, const HardwareCounters& counters,
                             const HardwareCounts& counts, std::uint64_t preemptions) {
    return {.profile = std::move(profile),
            .limits = measure_machine_limits(simulation.threads(), simulation.isa()),
            .counts = counts,
            .counts_why_not = counters.why_not(),
            .preemptions = preemptions,
            .dt_ms = simulation.network().dt_ms(),
            .neurons = simulation.network().neuron_count(),
            .isa = std::string(to_string(simulation.isa()))};
}

void write_trace_of(const Profile& profile, const RunOptions& options, std::string_view network) {
    write_trace_file(*options.trace, profile, network);
    if (profile.events_lost > 0)
        std::cerr << "izhi: the trace is full: " << counted(profile.events_lost, "event") << " of its last steps "
                  << (profile.events_lost == 1 ? "is" : "are") << " not in it\n";
    else if (profile.events.empty()) std::cerr << "izhi: the trace is empty: the run ended before its window\n";
}

PictureTitle picture_title(const RunSummary& summary) {
    return {summary.network, counted(summary.neurons, "neuron") + ", " + counted(summary.synapses, "synapse") +
                                 ", seed " + std::to_string(summary.seed) + ", " +
                                 seconds_text(summary.biological_s()) + " at " + times_text(summary.times_real_time()) +
                                 " × real time"};
}

int threads_of(const Network& network, const RunOptions& options) {
    if (options.threads > 0 || !options.realtime) return options.threads;
    return realtime_threads(network, options.realtime->options.speed, available_processors());
}

/// How many interventions of the log a run had made when its checkpoint was saved. @throws Error if the log does not
/// have them
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

/// Checks that a run that repeats a live one gives the same spikes.
void check_replay(const InterventionLogContents& log, const RunOptions& options, const Simulation& simulation) {
    if (options.resumed && !options.resumed->same_run) return;
    if (!log.spike_hash || log.steps != simulation.steps_done() || *log.spike_hash == simulation.spike_hash()) return;
    throw RunError("the replay gave other spikes than the run that was logged: spike hash " +
                   hash_text(simulation.spike_hash()) + " instead of " + hash_text(*log.spike_hash) +
                   "; is the network still the same?");
}

/// The note of the run's checkpoints.
RunNote run_note(const RunOptions& options, NetworkSource source, Recordings::Wanted wanted, std::uint64_t steps) {
    return {.source = std::move(source),
            .seed = options.seed,
            .storage = options.storage,
            .settings = options.settings,
            .steps = steps,
            .wanted = std::move(wanted),
            .replay = options.replay,
            .spool = {}};
}

std::string list_of(const std::vector<std::filesystem::path>& files) {
    std::string text;
    for (const auto& file : files) text += (text.empty() ? "" : ", ") + file.string();
    return text;
}

bool is_plastic(const NetworkDescription::Projection& projection) { return projection.spec.plasticity.has_value(); }

void require_weights_folder(const Network& network, const std::filesystem::path& folder) {
    const auto& projections = network.description().projections;
    if (std::none_of(projections.begin(), projections.end(), is_plastic))
        throw Error("", "--weights", "is given, and no projection of the network has plasticity",
                    "a network with plasticity, such as polychrony");
    require_writable_folder("--weights", folder);
}

/// Writes a file of synapses for each plastic projection.
std::vector<std::filesystem::path> write_weights(const Simulation& simulation, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const auto& projections = simulation.network().description().projections;
    std::vector<std::filesystem::path> files;
    for (std::size_t p = 0; p < projections.size(); ++p) {
        if (!is_plastic(projections[p])) continue;
        files.push_back(folder / ("synapses-" + projections[p].spec.name + ".csv"));
        io::write_synapses(simulation, ProjectionId(p), files.back());
    }
    return files;
}

}  // namespace

int run_network(const RunOptions& options) {
    const NetworkSource source = options.resumed ? options.resumed->note.source : find_network(options.network);
    const Network network = io::parse_network(
        source.text, source.origin, {.seed = options.seed, .storage = options.storage, .settings = options.settings});
    InterventionLogContents log;
    if (options.replay) log = read_intervention_log(*options.replay, network);
    const std::uint64_t steps = steps_of(network, options, log.steps), made = interventions_made(log, options);
    const std::optional<std::filesystem::path> latency_plot = options.realtime ? options.realtime->plot : std::nullopt;
    std::vector<NamedPath> paths{{"NETWORK", source.file()},
                                 {"--replay", options.replay},
                                 {"--plot", options.plot},
                                 {"--timeline", options.trace},
                                 {"--latency-plot", latency_plot}};
    add_data_files(paths, options.plot, options.plot_style, kRasterPanels);
    add_data_files(paths, latency_plot, options.plot_style, kLonePanel);
    require_distinct(paths);
    if (options.out) {
        require_writable_folder("--out", *options.out);
        require_no_other_recordings(*options.out, io::recording_names(network, options.format));
    }
    if (options.weights_out) require_weights_folder(network, *options.weights_out);
    if (options.plot) {
        require_picture("--plot", *options.plot, options.plot_style, kRasterPanels);
        require_window(options.plot_style, 0.0, static_cast<double>(steps) * network.dt_ms());
    }
    if (options.trace) require_writable_file("--timeline", *options.trace);
    if (latency_plot) require_picture("--latency-plot", *latency_plot, options.plot_style, kLonePanel);
    std::uint64_t every_steps = 0;
    if (options.checkpoints) {
        every_steps = interval_steps(network, *options.checkpoints);
        require_checkpoint_folder(options.checkpoints->folder, options.resumed);
    }
    std::vector<SynapseWeight> weights;
    for (const WeightSetting& setting : options.weights) weights.push_back(intervention_of(setting, network));
    if (options.resumed) require_resumable(network, *options.resumed);
    const RunOptions::TraceWindow window = trace_window(options, steps);
    handle_interrupts();
    if (!options.quiet && !options.json) print_forecast(network, options);
    print_notes(network.notes());
    print_notes(network.notes_beyond(steps));

    Progress progress(!options.quiet);
    // Made before the simulation, because only threads that are started later are counted.
    std::optional<HardwareCounters> counters;
    if (options.profile) counters.emplace();
    HardwareCounts counts;
    std::uint64_t preemptions = 0;
    Simulation simulation(network, {.threads = threads_of(network, options),
                                    .isa = options.isa,
                                    .delivery = options.delivery,
                                    .memory_limit_bytes = options.memory_limit_bytes,
                                    .snapshots = has_snapshots(options),
                                    .build_progress = [&progress](double share) { progress.building(share); },
                                    .profile = options.profile || options.trace,
                                    .trace_first_step = window.first,
                                    .trace_steps = window.steps});

    // The notes on the start of the run, also if it is resumed.
    std::vector<WeightHistogram> histograms;
    if (options.plot) histograms = weight_histograms(simulation);

    if (options.resumed) simulation.restore(options.resumed->file);
    for (const SynapseWeight& weight : weights) simulation.apply(weight);
    const std::uint64_t first = simulation.steps_done();

    // Made before there are files, because the system may refuse what it asks for.
    std::optional<RealtimeRunner> runner;
    if (options.realtime) runner.emplace(simulation, options.realtime->options);
    Replay replay(log.interventions, made);
    RealtimeSummary realtime;

    // From here on there are files, under temporary names.
    std::unique_ptr<FolderLock> folder_lock;
    std::unique_ptr<Recordings> recordings;
    std::optional<Checkpoints> checkpoints;
    std::optional<CheckpointsBeside> beside;
    RunReport report;
    RunRecord record;
    record.started = std::chrono::system_clock::now();
    if (options.out)
        record.network_text =
            io::network_text(source.text, source.origin,
                             {.seed = options.seed, .storage = options.storage, .settings = options.settings});
    /// Gives recordings their names and lists them in run.json.
    const auto finish_recordings = [&](RunSummary& summary) {
        summary.files = recordings->finish(simulation);
        record.ended = std::chrono::system_clock::now();
        if (options.out) summary.files.push_back(write_run_record(*options.out, record, summary, summary.files));
    };
    {
        const InterruptGuard guard(simulation);
        const Recordings::Wanted wanted{options.out, options.format, options.plot, options.plot_style};
        if (options.checkpoints) folder_lock = make_checkpoint_folder(options.checkpoints->folder, options.resumed);
        recordings = open_recordings(network, wanted, options.checkpoints, options.resumed);
        if (options.checkpoints)
            checkpoints.emplace(*options.checkpoints, every_steps, run_note(options, source, wanted, steps),
                                recordings.get());
        if (runner && checkpoints) beside.emplace(*checkpoints, simulation, &replay, [&] { return replay.made(); });
        RunObserver observer(recordings.get(), progress, first, steps, network.dt_ms(),
                             !options.quiet && !options.json);
        progress.begin();
        observer.begin();
        if (counters) (void)counters->take();
        preemptions = preemptions_so_far();
        try {
            if (runner) {
                const StolenTime stolen;
                StepClient* const client = beside ? static_cast<StepClient*>(&*beside) : &replay;
                realtime = {runner->run(steps - first, client, &observer), options.realtime->options.speed,
                            network.dt_ms(), options.realtime->options.late, options.realtime->options.slack_steps};
                realtime.stolen_ms = stolen.ms();
                if (beside) beside->finish();
                report.wall_s = realtime.report.wall_s;
            } else if (checkpoints) {
                report = checkpoints->run(simulation, steps, replay, &observer);
            } else {
                report = replay.run(simulation, steps, &observer);
            }
            if (counters) counts = counters->take();
            preemptions = preemptions_so_far() - preemptions;
        } catch (const RunError& error) {
            // A neuron left the range of single precision: the recording is kept, because it shows how.
            progress.clear();
            if (!options.out || !recordings->complete()) throw;
            RunSummary failed = summarise(simulation, steps, report.wall_s);
            failed.steps_before = first;
            record.ended_by = error.what();
            finish_recordings(failed);
            throw RunError(record.ended_by + "; the recording so far is in " + list_of(failed.files));
        }
    }
    progress.clear();

    RunSummary summary = summarise(simulation, steps, report.wall_s);
    summary.stopped_late = realtime.report.stopped_late;
    summary.steps_before = first;
    if (checkpoints) summary.checkpoint = beside ? beside->text() : checkpoints->text();
    if (summary.stopped)
        record.ended_by = summary.stopped_late ? "a step missed its deadline, and --late is stop" : "interrupted";
    if (recordings) finish_recordings(summary);
    finish_undisturbed();
    if (options.weights_out)
        for (std::filesystem::path& file : write_weights(simulation, *options.weights_out))
            summary.files.push_back(std::move(file));
    if (options.plot) {
        finish(histograms, simulation);
        for (std::filesystem::path& file :
             draw_raster(*recordings->raster(), simulation.steps_done(), picture_title(summary), histograms,
                         *options.plot, options.plot_style))
            summary.files.push_back(std::move(file));
    }
    if (latency_plot)
        for (std::filesystem::path& file :
             draw_latency(realtime, summary.network + " at " + times_text(realtime.speed) + " × real time",
                          *latency_plot, options.plot_style))
            summary.files.push_back(std::move(file));
    Profile profile;  // copied once, because a timeline can have millions of events
    if (options.profile || options.trace) profile = simulation.profile();
    if (options.trace) {
        write_trace_of(profile, options, summary.network);
        summary.files.push_back(*options.trace);
    }
    nlohmann::ordered_json json = json_of(summary);
    std::string text = text_of(summary);
    if (counters) {
        const ProfileReport report = profile_report(std::move(profile), simulation, *counters, counts, preemptions);
        json["profile"] = json_of(report);
        text += '\n' + text_of(report);
    }
    if (checkpoints) json["checkpoints"] = beside ? beside->json() : checkpoints->json();
    if (runner) {
        json["realtime"] = json_of(realtime);
        text += '\n' + text_of(realtime);
    }
    print_notes(simulation.notes());
    std::cout << (options.json ? json_text(json) : text);
    check_replay(log, options, simulation);
    if (realtime.report.stopped_late)
        throw RunError("a step missed its deadline, and --late is stop: the run ended after " + grouped(summary.steps) +
                       " of " + counted(steps, "step"));
    return summary.stopped ? kInterrupted : kDone;
}

}  // namespace izhi::apps
