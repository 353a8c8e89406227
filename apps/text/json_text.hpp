// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace izhi::apps {

/// JSON as all commands print it: indented, with keys in the given order and one newline at the end. Names that are
/// not UTF-8 (such as some paths) get replacement characters instead of ending the program.
[[nodiscard]] inline std::string json_text(const nlohmann::ordered_json& value) {
    return value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

/// A number, or null if there is none.
[[nodiscard]] inline nlohmann::ordered_json json_of(const std::optional<double>& value) {
    if (value) return *value;
    return nullptr;
}

}  // namespace izhi::apps
