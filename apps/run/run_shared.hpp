// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "apps/cli/arguments.hpp"
#include "run_command.hpp"

/// The options that `izhi run` and `izhi resume` share.
namespace izhi::apps {

/// --out, --format, --plot, --weights, --checkpoint, --json, --quiet.
/// @param out_default, format_default the defaults as the help shows them
void declare_outputs(Arguments& arguments, const std::string& out_default, const std::string& format_default);
/// --set. @throws Error
[[nodiscard]] std::vector<io::Setting> settings_of(const Arguments& arguments);
/// The group "Speed".
void declare_speed(Arguments& arguments);
/// The group "Real time".
void declare_realtime(Arguments& arguments);
/// Reads --duration, --set, --replay, and the options of declare_outputs(), declare_speed() and declare_realtime().
/// @throws Error
void read_run_shared(const Arguments& arguments, RunOptions& options);

}  // namespace izhi::apps
