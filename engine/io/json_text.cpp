// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "json_text.hpp"

#include <algorithm>

#include "text.hpp"
#include "toml_text.hpp"

namespace izhi::io::detail {
namespace {

/// A number without a point would be an integer, whose type other programs may mind.
void append_json_real(std::string& to, double number) {
    std::string text;
    append_number(text, number);
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    to += text;
}

}  // namespace

JsonValue& JsonValue::add(std::string name, JsonValue value) {
    std::get<Object>(data_).emplace_back(std::move(name), std::move(value));
    return *this;
}

bool JsonValue::plain() const noexcept {
    return !std::holds_alternative<List>(data_) && !std::holds_alternative<Object>(data_);
}

void JsonValue::append(std::string& to, std::size_t depth) const {
    const auto append_all = [&](const auto& items, char open, char close, bool in_lines, const auto& append_one) {
        to += open;
        bool first = true;
        for (const auto& item : items) {
            if (!first) to += in_lines ? "," : ", ";
            first = false;
            if (in_lines) to.append(1, '\n').append(2 * (depth + 1), ' ');
            append_one(item);
        }
        if (in_lines && !items.empty()) to.append(1, '\n').append(2 * depth, ' ');
        to += close;
    };
    if (const auto* object = std::get_if<Object>(&data_)) {
        append_all(*object, '{', '}', true, [&](const auto& member) {
            append_toml_text(to, member.first);  // texts of TOML are texts of JSON
            to += ": ";
            member.second.append(to, depth + 1);
        });
    } else if (const auto* list = std::get_if<List>(&data_)) {
        const bool in_lines = !std::all_of(list->begin(), list->end(), [](const JsonValue& v) { return v.plain(); });
        append_all(*list, '[', ']', in_lines, [&](const JsonValue& item) { item.append(to, depth + 1); });
    } else if (const auto* flag = std::get_if<bool>(&data_)) to += *flag ? "true" : "false";
    else if (const auto* number = std::get_if<double>(&data_)) append_json_real(to, *number);
    else if (const auto* integer = std::get_if<std::int64_t>(&data_)) to += std::to_string(*integer);
    else append_toml_text(to, std::get<std::string>(data_));
}

std::string JsonValue::text() const {
    std::string text;
    append(text, 0);
    return text + '\n';
}

}  // namespace izhi::io::detail
