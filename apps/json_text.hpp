// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace izhi::apps {

/// JSON as all commands print it: indented, keys in the order they were given, one newline at the end. Names that are
/// no UTF-8 (paths may be) get replacement characters instead of ending the program.
[[nodiscard]] inline std::string json_text(const nlohmann::ordered_json& value) {
    return value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace izhi::apps
