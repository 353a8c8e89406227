// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <ostream>
#include <string_view>

#include "izhi/profile.hpp"

/// The timeline: what every worker did in a window of steps, in the format of ui.perfetto.dev and chrome://tracing.
namespace izhi::apps {

/// Writes an array of complete events ("ph": "X", times in us), one per line, and the names of the workers.
void write_trace(std::ostream& into, const Profile& profile, std::string_view network);

/// The same into a file, which gets its name when it is complete. @throws RunError
void write_trace_file(const std::filesystem::path& file, const Profile& profile, std::string_view network);

}  // namespace izhi::apps
