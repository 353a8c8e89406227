// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace izhi::apps {

/// JSON as all commands print it: indented, with keys in the given order and one newline at the end. Names that are
/// not UTF-8 (such as some paths) get replacement characters instead of ending the program.
[[nodiscard]] inline std::string json_text(const nlohmann::ordered_json& value) {
    return value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

/// The value of a JSON text of unknown origin; discarded if it is no JSON, or is nested more than 100 deep, because values
/// are compared and printed by functions that call themselves.
template <class Json = nlohmann::ordered_json>
[[nodiscard]] Json parse_json(std::string_view text) {
    constexpr int deepest = 100;
    bool too_deep = false;
    Json value = Json::parse(
        text,
        [&](int depth, typename Json::parse_event_t, Json&) {
            too_deep = too_deep || depth > deepest;
            return !too_deep;  // nothing of it is kept from there on
        },
        false);
    return too_deep ? Json(Json::value_t::discarded) : value;
}

/// A number, or null if there is none.
[[nodiscard]] inline nlohmann::ordered_json json_of(const std::optional<double>& value) {
    if (value) return *value;
    return nullptr;
}

}  // namespace izhi::apps
