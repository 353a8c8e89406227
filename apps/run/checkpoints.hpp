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

/// Checkpoints of `izhi run` and `izhi serve`, and how `izhi resume` reads them. A folder has the checkpoints of one
/// run:
///
///     checkpoint-40000.izhi    the state after 40,000 steps, and as its note the text of the network, the settings and
///                              options, and the length of the spool
///     recording.spool          the recording since the start, with --out or --plot
namespace izhi::apps {

/// --checkpoint every=10s,dir=DIR,keep=3
struct CheckpointOptions {
    double every_ms = 0.0;
    std::string every_text;  ///< as the user gave it, for errors
    std::filesystem::path folder;
    std::uint64_t keep = 3;
};
/// @throws Error
[[nodiscard]] CheckpointOptions parse_checkpoint_options(const std::string& text);
/// The interval of checkpoints in steps. @throws Error if it is less than one
[[nodiscard]] std::uint64_t interval_steps(const Network& network, const CheckpointOptions& options);

/// The note of a checkpoint: everything that a resumed run needs besides the state.
struct RunNote {
    NetworkSource source;
    std::optional<std::uint64_t> seed;
    std::optional<Storage> storage;
    std::vector<io::Setting> settings;
    std::uint64_t steps = 0;  ///< length of the whole run; 0: until it was stopped
    double every_ms = 0.0;
    std::uint64_t keep = 3;
    Recordings::Wanted wanted;
    std::optional<std::filesystem::path> replay;  ///< the log of interventions that the run repeats
    std::uint64_t interventions = 0;              ///< interventions so far: the state includes their effect
    std::filesystem::path folder{};               ///< of the checkpoints, where the run wrote them
    std::optional<io::SpoolMark> spool;           ///< if something is recorded
};
[[nodiscard]] std::string text_of(const RunNote& note);
/// @param file the checkpoint, for errors. @throws Error
[[nodiscard]] RunNote parse_run_note(const std::string& text, const std::filesystem::path& file);

/// A run that continues from a checkpoint.
struct Resumption {
    std::filesystem::path file;
    std::uint64_t step = 0;  ///< steps done
    RunNote note;
    bool same_run = true;  ///< there are no new settings
    /// Whether it is the same run, and continues in its own folder.
    [[nodiscard]] bool continues_in(const std::filesystem::path& folder) const;
    [[nodiscard]] std::filesystem::path spool_file() const;
    /// Whether the checkpoint lies where its run wrote it. One that was copied or moved, or is from somebody else, need not.
    [[nodiscard]] bool at_home() const;
    /// Whether a path is in the folder of the checkpoint.
    [[nodiscard]] bool has_within(const std::filesystem::path& path) const;
};

/// The checkpoint of the latest step in a folder. @throws Error if there is none
[[nodiscard]] std::filesystem::path newest_checkpoint(const std::filesystem::path& folder);

/// Checks that the checkpoint fits this network, that the recording until then still exists, and that all new settings
/// can have an effect. @throws Error
void require_resumable(const Network& network, const Resumption& resumed);

/// Checks that checkpoints can be written there, that there are none of another run, and that no other run is using the
/// folder. @throws Error
void require_checkpoint_folder(const std::filesystem::path& folder, const std::optional<Resumption>& resumed);

/// Locks a folder for one run while the object exists: two runs would replace files of each other. The lock ends with the
/// process, however it ends.
class FolderLock {
public:
    /// @param option that names the folder. @throws Error if another run is using the folder
    FolderLock(std::string_view option, const std::filesystem::path& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    /// False on file systems that have no locks.
    [[nodiscard]] bool held() const noexcept { return held_; }

private:
    int descriptor_;
    bool held_ = false;
};

/// Checks that no other run is using a folder, if it is there. @throws Error that names the option
void require_unused_folder(std::string_view option, const std::filesystem::path& folder);

/// Makes and locks the folder for the whole run. The state that require_checkpoint_folder() found may have changed.
/// @throws Error
[[nodiscard]] std::unique_ptr<FolderLock> make_checkpoint_folder(const std::filesystem::path& folder,
                                                                 const std::optional<Resumption>& resumed);

/// Opens the wanted recordings; null if there are none. They begin with what was recorded before the checkpoint.
[[nodiscard]] std::unique_ptr<Recordings> open_recordings(const Network& network, const Recordings::Wanted& wanted,
                                                          const std::optional<CheckpointOptions>& checkpoints,
                                                          const std::optional<Resumption>& resumed);

/// The checkpoints of a run.
class Checkpoints {
public:
    /// @param note that of all checkpoints; its paths become absolute. @param recordings may be null
    Checkpoints(const CheckpointOptions& options, std::uint64_t every_steps, RunNote note, Recordings* recordings);

    /// Runs to step `last`, or until stopped, and writes a checkpoint at every multiple of the interval and at the end.
    RunReport run(Simulation& simulation, std::uint64_t last, Replay& replay, Observer* observer);

    [[nodiscard]] bool due(std::uint64_t step) const noexcept { return step % every_ == 0; }
    /// The note of a checkpoint, apart from the state; set by the thread that runs.
    struct Moment {
        std::uint64_t step = 0, interventions = 0;
        std::optional<std::uint64_t> place;  ///< place in the spool
    };
    [[nodiscard]] Moment moment(std::uint64_t step, std::uint64_t interventions);
    /// Writes a checkpoint; on any thread, one at a time. @param save writes a file with a note. @throws RunError
    void write(const Moment& moment, const std::function<void(const std::filesystem::path&, std::string)>& save);

    /// The last checkpoint, and the bytes and time of all.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] nlohmann::ordered_json json() const;

private:
    /// Removes all checkpoints up to this one, except for the last few.
    void prune(std::uint64_t step) const;

    std::filesystem::path folder_, latest_;
    std::uint64_t every_, keep_, written_ = 0, bytes_ = 0;
    double seconds_ = 0.0;
    RunNote note_;
    Recordings* recordings_;
};

}  // namespace izhi::apps
