// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arguments.hpp"

namespace izhi::apps {

/// A command of the program: its arguments, and the function that reads them and runs it. `run` returns the exit code.
struct Command {
    Arguments arguments;
    int (*run)(const Arguments& arguments);
};

// The commands, in the order of the help. Each is in a file of its name.
[[nodiscard]] Command run_options(CLI::App& program);
[[nodiscard]] Command resume_options(CLI::App& program);
[[nodiscard]] Command neuron_options(CLI::App& program);
[[nodiscard]] Command serve_options(CLI::App& program);
[[nodiscard]] Command check_options(CLI::App& program);
[[nodiscard]] Command show_options(CLI::App& program);
[[nodiscard]] Command convert_options(CLI::App& program);
[[nodiscard]] Command realtime_check_options(CLI::App& program);
[[nodiscard]] Command bench_options(CLI::App& program);
[[nodiscard]] Command sweep_options(CLI::App& program);
[[nodiscard]] Command analyze_options(CLI::App& program);
[[nodiscard]] Command groups_options(CLI::App& program);
[[nodiscard]] Command figures_options(CLI::App& program);
[[nodiscard]] Command list_options(CLI::App& program);
[[nodiscard]] Command info_options(CLI::App& program);
[[nodiscard]] Command completion_options(CLI::App& program);

}  // namespace izhi::apps
