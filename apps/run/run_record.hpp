// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "izhi/io/recording.hpp"
#include "summary.hpp"

/// run.json, which --out writes beside the recordings. It describes the run, so that recordings can be distinguished
/// and made again. It also lists the files of the run, because a folder must never have files of two runs.
namespace izhi::apps {

/// The content of run.json besides the summary.
struct RunRecord {
    using Time = std::chrono::system_clock::time_point;
    std::string network_text;  ///< the network as it was run: io::network_text()
    io::RecorderOptions recorder;
    Time started{}, ended{};
    std::string ended_by;  ///< why it ended early; empty if it did not
};

inline constexpr const char* kRunRecordName = "run.json";

/// Removes what killed runs have left in a folder that is locked: files with the temporary names of recordings.
/// @param names of recordings, besides the usual ones
void remove_parts_of_killed_runs(const std::filesystem::path& folder, const std::vector<std::string>& names);

/// The text of the network whose recordings a folder has, as its run.json says; nothing if it does not.
[[nodiscard]] std::optional<std::string> recorded_network(const std::filesystem::path& folder);

/// Writes run.json, complete or not at all. @param files of the recordings, all in the folder. @return its path.
/// @throws RunError
std::filesystem::path write_run_record(const std::filesystem::path& folder, const RunRecord& record,
                                       const RunSummary& summary, const std::vector<std::filesystem::path>& files);

/// The files that the run.json of a folder lists, and run.json itself, if they exist. Only names that recordings
/// have are accepted, and files that show in their bytes that a recorder wrote them (reports, and spikes whose names a
/// config chose): whatever run.json says, no other file is returned.
[[nodiscard]] std::vector<std::filesystem::path> earlier_recordings(const std::filesystem::path& folder);

/// Checks that the folder will not have recordings of two runs: all files with names of recordings must be in `names`,
/// which the run will write, or in a run.json. @throws Error that names another file
void require_no_other_recordings(const std::filesystem::path& folder, const std::vector<std::string>& names);

/// "2026-11-29T13:05:00Z"
[[nodiscard]] std::string utc_text(RunRecord::Time time);

}  // namespace izhi::apps
