// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <ostream>
#include <string_view>

#include "izhi/profile.hpp"

/// What every worker did in a window of steps, in the format that ui.perfetto.dev and chrome://tracing open.
namespace izhi::apps {

/// An array of complete events ("ph": "X", times in us), one a line, and the names of the workers.
void write_trace(std::ostream& into, const Profile& profile, std::string_view network);

/// The same into a file, which appears under its name when it is complete. @throws RunError
void write_trace_file(const std::filesystem::path& file, const Profile& profile, std::string_view network);

}  // namespace izhi::apps
