// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "izhi/note.hpp"

namespace izhi::apps {

/// Prints one line for each note on stderr: "note: projection.exc-inh.weight: ..."
void print_notes(const std::vector<Note>& notes);
/// An array of {kind, subject, field, text}.
[[nodiscard]] nlohmann::ordered_json json_of(const std::vector<Note>& notes);

}  // namespace izhi::apps
