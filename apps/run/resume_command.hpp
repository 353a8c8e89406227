// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "run_command.hpp"

namespace izhi::apps {

struct ResumeOptions {
    std::filesystem::path file;  ///< or the folder, of whose checkpoints the newest is taken
    /// What was given here. Settings are from here on: what follows is another run then, and writes what is asked for only;
    /// without, it writes what the run was to write.
    RunOptions given;
    bool format_given = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int resume_network(const ResumeOptions& options);

}  // namespace izhi::apps
