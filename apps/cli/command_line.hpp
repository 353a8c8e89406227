// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace izhi::apps {

/// Reads the arguments, runs the command, and turns every error into one line on stderr and an exit code.
[[nodiscard]] int run_command_line(int argument_count, const char* const* arguments);

}  // namespace izhi::apps
