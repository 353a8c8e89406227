// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/commands.hpp"
#include "arguments.hpp"

/// What `izhi run` and `izhi resume` both take.
namespace izhi::apps {

/// The group "Speed".
void declare_speed(Arguments& arguments);
/// --duration, --set, --out, --format, --plot, --checkpoint, --json, --quiet and the group "Speed". @throws Error
void read_run_shared(const Arguments& arguments, RunOptions& options);

}  // namespace izhi::apps
