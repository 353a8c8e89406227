// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace izhi::apps {

/// The result of a program.
struct Finished {
    int exit_code = 0;   ///< 128 + signal if a signal ended it
    std::string output;  ///< its output on stdout and stderr, at most 64 kB
};

/// Runs a program from PATH without a shell, in `folder`, without input, and waits for its end.
/// Nothing if it cannot be started (not installed, not executable).
[[nodiscard]] std::optional<Finished> run_program(const std::vector<std::string>& command,
                                                  const std::filesystem::path& folder = ".");

}  // namespace izhi::apps
