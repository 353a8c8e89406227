// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace izhi::apps {

/// How a program ended.
struct Finished {
    int exit_code = 0;   ///< 128 + signal if a signal ended it
    std::string output;  ///< what it wrote on stdout and stderr; at most 64 kB of it
};

/// Runs a program found on PATH, without a shell, in `folder`, with no input, and waits for its end.
/// Nothing if it cannot be started (not installed, not executable).
[[nodiscard]] std::optional<Finished> run_program(const std::vector<std::string>& command,
                                                  const std::filesystem::path& folder = ".");

}  // namespace izhi::apps
