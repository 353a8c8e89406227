// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "summary.hpp"

/// run.json, which --out writes beside the recordings: what ran, so that they can be told apart and made again. And what was
/// there before: a folder never holds files of two runs.
namespace izhi::apps {

/// What stands in it beside the summary.
struct RunRecord {
    using Time = std::chrono::system_clock::time_point;
    std::string network_text;  ///< as it was run: io::network_text()
    Time started{}, ended{};
    std::string ended_by;  ///< why it ended early; empty if it did not
};

/// Writes it, whole or not at all. @param files of the recordings, all in the folder. @returns its path. @throws RunError
std::filesystem::path write_run_record(const std::filesystem::path& folder, const RunRecord& record,
                                       const RunSummary& summary, const std::vector<std::filesystem::path>& files);

/// The files of the run that its run.json tells of, and that file, as far as they are there. Nothing but names that recordings
/// have: whatever else stands in it, no other file is named.
[[nodiscard]] std::vector<std::filesystem::path> earlier_recordings(const std::filesystem::path& folder);

/// Would the folder hold recordings of two runs? Files by the names of recordings that are neither of `names`, which the run
/// will write, nor told of by a run.json. @throws Error naming one
void require_no_other_recordings(const std::filesystem::path& folder, const std::vector<std::string>& names);

/// "2026-11-29T13:05:00Z"
[[nodiscard]] std::string utc_text(RunRecord::Time time);

}  // namespace izhi::apps
