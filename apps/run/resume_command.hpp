// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "run_command.hpp"

namespace izhi::apps {

struct ResumeOptions {
    std::filesystem::path file;  ///< a checkpoint, or a folder of which the newest is used
    /// The options of this command. With settings, which apply from here on, it is a different run that writes only
    /// what is asked for here; without settings, it writes what the original run was to write.
    RunOptions given;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int resume_network(const ResumeOptions& options);

}  // namespace izhi::apps
