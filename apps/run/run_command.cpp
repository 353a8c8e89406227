// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "run_command.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/progress.hpp"
#include "apps/cli/signals.hpp"
#include "apps/ranks/ranks.hpp"
#include "apps/realtime/intervention_log.hpp"
#include "apps/realtime/realtime_report.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/notes.hpp"
#include "apps/text/units.hpp"
#include "checkpoints_beside.hpp"
#include "hardware_counters.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "profile_report.hpp"
#include "raster_plot.hpp"
#include "recordings.hpp"
#include "run_observer.hpp"
#include "run_plan.hpp"
#include "run_record.hpp"
#include "summary.hpp"
#include "trace_file.hpp"

namespace izhi::apps {
namespace {

/// Whether checkpoints are written beside the run.
bool has_snapshots(const RunOptions& options) { return options.checkpoints && options.realtime; }

void print_forecast(const Network& network, const RunOptions& options) {
    const int threads = options.threads > 0 ? options.threads : own_processors();
    const MemoryForecast memory = network.memory(threads, rank_count());
    const std::uint64_t snapshot = has_snapshots(options) ? memory.snapshot_bytes : 0;
    std::cerr << network.description().spec.name << ": " << counted(network.neuron_count(), "neuron") << ", about "
              << counted(memory.synapses, "synapse") << "; building needs up to "
              << bytes_text(memory.total() + snapshot) << " of memory" << (rank_count() > 1 ? " on each rank" : "")
              << ", running " << bytes_text(memory.total() - memory.building_bytes + snapshot) << '\n';
}

/// Times that the system took a processor away from a thread of ours that wanted it.
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
    return realtime_threads(network, options.realtime->options.speed, own_processors());
}

/// A run that repeats a live one must give its spikes.
void check_replay(const InterventionLogContents& log, const RunOptions& options, const Simulation& simulation) {
    if (options.resumed && !options.resumed->same_run) return;
    if (!log.spike_hash || log.steps != simulation.steps_done() || *log.spike_hash == simulation.spike_hash()) return;
    throw RunError("the replay gave other spikes than the run that was logged: spike hash " +
                   hash_text(simulation.spike_hash()) + " instead of " + hash_text(*log.spike_hash) +
                   "; is the network still the same?");
}

/// What the run's checkpoints hold beside the state.
RunNote run_note(const RunOptions& options, Recordings::Wanted wanted, std::uint64_t steps) {
    return {.source = options.source,
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

void add(std::vector<std::filesystem::path>& files, std::vector<std::filesystem::path> more) {
    files.insert(files.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// A file of synapses for each plastic projection.
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

SimulationOptions simulation_options(const RunPlan& plan, const RunOptions& options, Progress& progress) {
    return {.threads = threads_of(plan.network, options),
            .isa = options.isa,
            .delivery = options.delivery,
            .memory_limit_bytes = options.memory_limit_bytes,
            .snapshots = has_snapshots(options),
            .build_progress = [&progress](double share) { progress.building(share); },
            .profile = options.profile || options.trace,
            .trace_first_step = plan.window.first,
            .trace_steps = plan.window.steps};
}

/// A run from its first step to its files and its report.
class NetworkRun {
public:
    /// Restores and sets what the options say. Nothing is written yet.
    /// @param counters null: no profile. Everything outlives this.
    NetworkRun(const RunPlan& plan, const RunOptions& options, Simulation& simulation, HardwareCounters* counters,
               Progress& progress);

    /// Runs all steps, recording. @throws RunError if a neuron leaves the range: what was recorded is kept
    void run();
    /// Writes what belongs to the end of the run, then the report on stdout. @return the exit code
    [[nodiscard]] int finish();

private:
    void open_files();
    /// Locks the folder of the recordings, and removes what killed runs have left in it.
    void lock_out();
    void run_steps(Observer& observer);
    void run_paced(Observer& observer);
    /// Gives the recordings their names and notes them in run.json.
    void finish_recordings(RunSummary& summary);
    /// The same where the disk did not take all of them.
    void keep_written(RunSummary& summary);
    /// Keeps and prints what there is of a run that failed. @throws RunError that says why, and what is kept
    [[noreturn]] void end_early(const RunError& error);
    [[nodiscard]] RunSummary summary_so_far() const;
    [[nodiscard]] RunSummary end_of_run();
    void write_outputs(RunSummary& summary);
    void draw(RunSummary& summary);
    /// @param profile of a run with --profile
    void print(const RunSummary& summary, Profile profile) const;

    const RunPlan& plan_;
    const RunOptions& options_;
    Simulation& simulation_;
    HardwareCounters* counters_;
    Progress& progress_;
    HardwareCounts counts_;
    std::uint64_t preemptions_ = 0;
    std::vector<WeightHistogram> histograms_;  ///< of the run's start, also where it is resumed
    std::uint64_t first_;                      ///< steps done before
    std::optional<RealtimeRunner> runner_;
    Replay replay_;
    RealtimeSummary realtime_;
    // files, under temporary names until finish()
    std::unique_ptr<FolderLock> folder_lock_, out_lock_;
    std::unique_ptr<Recordings> recordings_;
    std::optional<Checkpoints> checkpoints_;
    std::optional<CheckpointsBeside> beside_;
    RunReport report_;
    RunRecord record_;
};

NetworkRun::NetworkRun(const RunPlan& plan, const RunOptions& options, Simulation& simulation,
                       HardwareCounters* counters, Progress& progress)
    : plan_(plan), options_(options), simulation_(simulation), counters_(counters), progress_(progress),
      replay_(plan.log.interventions, plan.made) {
    if (options.plot) histograms_ = weight_histograms(simulation);
    if (options.resumed) simulation.restore(options.resumed->file);
    for (const SynapseWeight& weight : plan.weights) simulation.apply(weight);
    first_ = simulation.steps_done();
    // Before there are files: it may be refused what it asks of the system.
    if (options.realtime) runner_.emplace(simulation, options.realtime->options);
    record_.started = std::chrono::system_clock::now();
    record_.recorder = options.recorder;
    if (options.out) record_.network_text = network_text_of(options);
}

void NetworkRun::open_files() {
    const Recordings::Wanted wanted{options_.out, options_.out_of_config, options_.recorder, options_.plot,
                                    options_.plot_style};
    if (options_.checkpoints) folder_lock_ = make_checkpoint_folder(options_.checkpoints->folder, options_.resumed);
    if (options_.out) lock_out();
    recordings_ = open_recordings(plan_.network, wanted, options_.checkpoints, options_.resumed);
    if (options_.checkpoints)
        checkpoints_.emplace(*options_.checkpoints, plan_.checkpoint_steps, run_note(options_, wanted, plan_.steps),
                             recordings_.get());
    if (runner_ && checkpoints_)
        beside_.emplace(*checkpoints_, simulation_, &replay_, [this] { return replay_.made(); });
}

void NetworkRun::lock_out() {
    const std::filesystem::path& out = *options_.out;
    std::filesystem::create_directories(out);
    std::error_code ignored;
    const bool locked = options_.checkpoints && std::filesystem::equivalent(out, options_.checkpoints->folder, ignored);
    if (!locked) out_lock_ = std::make_unique<FolderLock>("--out", out);
    if ((locked ? folder_lock_ : out_lock_)->held())
        remove_parts_of_killed_runs(out, io::recording_names(plan_.network, options_.recorder));
}

void NetworkRun::run() {
    const InterruptGuard guard(simulation_);
    open_files();
    RunObserver observer(recordings_.get(), progress_, first_, plan_.steps, plan_.network.dt_ms(),
                         !options_.quiet && !options_.json);
    progress_.begin();
    observer.begin();
    if (counters_) (void)counters_->take();
    preemptions_ = preemptions_so_far();
    try {
        run_steps(observer);
        if (counters_) counts_ = counters_->take();
        preemptions_ = preemptions_so_far() - preemptions_;
    } catch (const RunError& error) {
        progress_.clear();
        end_early(error);
    }
}

void NetworkRun::run_steps(Observer& observer) {
    if (runner_) run_paced(observer);
    else if (checkpoints_) report_ = checkpoints_->run(simulation_, plan_.steps, replay_, &observer);
    else report_ = replay_.run(simulation_, plan_.steps, &observer);
}

void NetworkRun::run_paced(Observer& observer) {
    const RealtimeOptions& paced = options_.realtime->options;
    const StolenTime stolen;
    StepClient* const client = beside_ ? static_cast<StepClient*>(&*beside_) : &replay_;
    realtime_ = {runner_->run(plan_.steps - first_, client, &observer), paced.speed, plan_.network.dt_ms(), paced.late,
                 paced.slack_steps};
    realtime_.stolen_ms = stolen.ms();
    if (beside_) beside_->finish();
    report_.wall_s = realtime_.report.wall_s;
}

void NetworkRun::keep_written(RunSummary& summary) {
    const Recordings::Kept kept = recordings_->keep_written();
    if (kept.files.empty()) return;
    summary.files = kept.files;
    record_.ended_by += "; recorded up to step " + grouped(kept.step);
    record_.ended = std::chrono::system_clock::now();
    try {
        summary.files.push_back(write_run_record(*options_.out, record_, summary, summary.files));
    } catch (const RunError&) {}  // the disk has no room for it either
}

void NetworkRun::finish_recordings(RunSummary& summary) {
    try {
        summary.files = recordings_->finish(simulation_);
    } catch (const RunError& error) {
        record_.ended_by = error.what();
        keep_written(summary);
        throw RunError(record_.ended_by +
                       (summary.files.empty() ? "" : "; what was recorded is kept in " + list_of(summary.files)));
    }
    record_.ended = std::chrono::system_clock::now();
    if (options_.out) summary.files.push_back(write_run_record(*options_.out, record_, summary, summary.files));
}

void NetworkRun::end_early(const RunError& error) {
    RunSummary failed = summary_so_far();
    record_.ended_by = error.what();
    // A neuron that left the range of single precision: the recording shows how. A full disk: there is what it took.
    if (options_.out && recordings_->complete()) finish_recordings(failed);
    else if (options_.out) keep_written(failed);
    nlohmann::ordered_json json = json_of(failed);
    json["ended_by"] = record_.ended_by;
    std::cout << (options_.json ? json_text(json) : text_of(failed));
    throw RunError(record_.ended_by +
                   (failed.files.empty() ? "" : "; what was recorded is kept in " + list_of(failed.files)));
}

RunSummary NetworkRun::summary_so_far() const {
    RunSummary summary = summarise(simulation_, plan_.steps, report_.wall_s);
    summary.steps_before = first_;
    return summary;
}

RunSummary NetworkRun::end_of_run() {
    RunSummary summary = summary_so_far();
    summary.stopped_late = realtime_.report.stopped_late;
    if (checkpoints_) summary.checkpoint = beside_ ? beside_->text() : checkpoints_->text();
    if (summary.stopped)
        record_.ended_by = summary.stopped_late ? "a step missed its deadline, and --late is stop" : "interrupted";
    return summary;
}

void NetworkRun::write_outputs(RunSummary& summary) {
    if (recordings_) finish_recordings(summary);
    finish_undisturbed();
    if (options_.weights_out) add(summary.files, write_weights(simulation_, *options_.weights_out));
    draw(summary);
}

void NetworkRun::draw(RunSummary& summary) {
    if (options_.plot) {
        izhi::apps::finish(histograms_, simulation_);
        add(summary.files, draw_raster(*recordings_->raster(), simulation_.steps_done(), picture_title(summary),
                                       histograms_, *options_.plot, options_.plot_style));
    }
    if (plan_.latency_plot)
        add(summary.files,
            draw_latency(realtime_, summary.network + " at " + times_text(realtime_.speed) + " × real time",
                         *plan_.latency_plot, options_.plot_style));
}

void NetworkRun::print(const RunSummary& summary, Profile profile) const {
    nlohmann::ordered_json json = json_of(summary);
    std::string text = text_of(summary);
    if (counters_) {
        const ProfileReport measured =
            profile_report(std::move(profile), simulation_, *counters_, counts_, preemptions_);
        json["profile"] = json_of(measured);
        text += '\n' + text_of(measured);
    }
    if (checkpoints_) json["checkpoints"] = beside_ ? beside_->json() : checkpoints_->json();
    if (runner_) {
        json["realtime"] = json_of(realtime_);
        text += '\n' + text_of(realtime_);
    }
    print_notes(simulation_.notes());
    std::cout << (options_.json ? json_text(json) : text);
}

int NetworkRun::finish() {
    RunSummary summary = end_of_run();
    write_outputs(summary);
    Profile profile;  // taken once: a trace can be millions of events
    if (options_.profile || options_.trace) profile = simulation_.profile();
    if (options_.trace) {
        write_trace_of(profile, options_, summary.network);
        summary.files.push_back(*options_.trace);
    }
    print(summary, std::move(profile));
    check_replay(plan_.log, options_, simulation_);
    if (realtime_.report.stopped_late)
        throw RunError("a step missed its deadline, and --late is stop: the run ended after " + grouped(summary.steps) +
                       " of " + counted(plan_.steps, "step"));
    return summary.stopped ? kInterrupted : kDone;
}

}  // namespace

int run_network(const RunOptions& options) {
    const RunPlan plan = plan_run(options);
    handle_interrupts();
    if (!options.quiet && !options.json) print_forecast(plan.network, options);
    print_notes(plan.network.notes());
    print_notes(plan.network.notes_beyond(plan.steps));

    Progress progress(!options.quiet);
    // Before the simulation: only threads that are started later are counted.
    std::optional<HardwareCounters> counters;
    if (options.profile) counters.emplace();
    SimulationOptions engine_options = simulation_options(plan, options, progress);
    share_network(options.source, {.seed = options.seed, .storage = options.storage, .settings = options.settings},
                  engine_options);
    Simulation simulation(plan.network, engine_options);
    NetworkRun run(plan, options, simulation, counters ? &*counters : nullptr, progress);
    run.run();
    progress.clear();
    return run.finish();
}

}  // namespace izhi::apps
