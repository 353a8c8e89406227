// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "apps/networks/networks.hpp"
#include "apps/realtime/intervention_log.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/spool.hpp"
#include "izhi/simulation.hpp"
#include "recordings.hpp"

/// Checkpoints of `izhi run` and `izhi serve`, and what `izhi resume` needs of them. A folder holds those of one run:
///
///     checkpoint-40000.izhi    the state after 40,000 steps, and beside it (its note) the network's text, what was set and
///                              asked for, and how far the spool was
///     recording.spool          what was recorded since the start, with --out or --plot
namespace izhi::apps {

/// --checkpoint every=10s,dir=DIR,keep=3
struct CheckpointOptions {
    double every_ms = 0.0;
    std::string every_text;  ///< as given, for errors
    std::filesystem::path folder;
    std::uint64_t keep = 3;
};
/// @throws Error
[[nodiscard]] CheckpointOptions parse_checkpoint_options(const std::string& text);
/// Their interval in steps. @throws Error if it is less than one
[[nodiscard]] std::uint64_t interval_steps(const Network& network, const CheckpointOptions& options);

/// What is kept beside the state: all that goes on with the run.
struct RunNote {
    NetworkSource source;
    std::optional<std::uint64_t> seed;
    std::optional<Storage> storage;
    std::vector<io::Setting> settings;
    std::uint64_t steps = 0;  ///< of the whole run; 0: until it was stopped
    double every_ms = 0.0;
    std::uint64_t keep = 3;
    Recordings::Wanted wanted;
    std::optional<std::filesystem::path> replay;  ///< the log of interventions that the run repeats
    std::uint64_t interventions = 0;              ///< made so far: the state has what they did
    std::optional<io::SpoolMark> spool;           ///< where something is recorded
};
[[nodiscard]] std::string text_of(const RunNote& note);
/// @param file that holds it, for errors. @throws Error
[[nodiscard]] RunNote parse_run_note(const std::string& text, const std::filesystem::path& file);

/// A run that goes on from a checkpoint.
struct Resumption {
    std::filesystem::path file;
    std::uint64_t step = 0;  ///< steps done
    RunNote note;
    bool same_run = true;  ///< nothing was set over it
    /// Whether it is the same run, and goes on in its own folder.
    [[nodiscard]] bool continues_in(const std::filesystem::path& folder) const;
    [[nodiscard]] std::filesystem::path spool_file() const;
};

/// The one of the latest step: a folder has those of one run. @throws Error if there is none
[[nodiscard]] std::filesystem::path newest_checkpoint(const std::filesystem::path& folder);

/// Does the checkpoint fit this network, is what was recorded until then still there, and does all that was set over the run
/// have a meaning from here on? @throws Error
void require_resumable(const Network& network, const Resumption& resumed);

/// Could checkpoints be written there, are there none of another run, and is none at work on it? @throws Error
void require_checkpoint_folder(const std::filesystem::path& folder, const std::optional<Resumption>& resumed);

/// Keeps a folder of checkpoints for one run as long as it is there: two that write into one would each leave the other's
/// spool unfit for its checkpoints. Ends with the process, whatever ends that.
class FolderLock {
public:
    /// @throws Error if another run has it, or it has checkpoints of another run
    FolderLock(const std::filesystem::path& folder, const std::optional<Resumption>& resumed);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int descriptor_;
};

/// For the run's whole time; what require_checkpoint_folder() found may have changed since. @throws Error
[[nodiscard]] std::unique_ptr<FolderLock> make_checkpoint_folder(const std::filesystem::path& folder,
                                                                 const std::optional<Resumption>& resumed);

/// Opens what is wanted; null if that is nothing. What was recorded until the checkpoint comes first.
[[nodiscard]] std::unique_ptr<Recordings> open_recordings(const Network& network, const Recordings::Wanted& wanted,
                                                          const std::optional<CheckpointOptions>& checkpoints,
                                                          const std::optional<Resumption>& resumed);

/// The checkpoints of a run.
class Checkpoints {
public:
    /// @param note what all of them hold; its paths become absolute. @param recordings may be null
    Checkpoints(const CheckpointOptions& options, std::uint64_t every_steps, RunNote note, Recordings* recordings);

    /// Runs to step `last`, or until stopped, and writes a checkpoint at every multiple of the interval and where it ends.
    RunReport run(Simulation& simulation, std::uint64_t last, Replay& replay, Observer* observer);

    [[nodiscard]] bool due(std::uint64_t step) const noexcept { return step % every_ == 0; }
    /// What a checkpoint is to hold beside the state, told by the thread that runs.
    struct Moment {
        std::uint64_t step = 0, interventions = 0;
        std::optional<std::uint64_t> place;  ///< of the spool
    };
    [[nodiscard]] Moment moment(std::uint64_t step, std::uint64_t interventions);
    /// Writes one; on any thread, one at a time. @param save to a file, with a note. @throws RunError
    void write(const Moment& moment, const std::function<void(const std::filesystem::path&, std::string)>& save);

    /// The last one, and what they took.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] nlohmann::ordered_json json() const;

private:
    /// Removes all but the last few up to this one.
    void prune(std::uint64_t step) const;

    std::filesystem::path folder_, latest_;
    std::uint64_t every_, keep_, written_ = 0, bytes_ = 0;
    double seconds_ = 0.0;
    RunNote note_;
    Recordings* recordings_;
};

}  // namespace izhi::apps
