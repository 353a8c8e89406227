// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "toml_document.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tuple>
#include <utility>

#include <toml++/toml.h>

#include "izhi/error.hpp"
#include "text.hpp"

namespace izhi::io::detail {
namespace {

// The deepest nesting of a valid network file is synapses = [[...]] in [projection.NAME]: 4. Files with mistakes may be
// a little deeper, and get a better message than this one.
constexpr int kDeepestNesting = 12;
constexpr int kMostKeyParts = 16;

[[noreturn]] void fail(std::string_view origin, std::size_t line, std::size_t column, std::string_view what) {
    throw Error(std::string(origin) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " +
                std::string(what));
}

/// Rejects keys with very many parts (a.a.a.a...). The library builds a table per part without limit and destroys them
/// by recursion: a line of 200,000 parts overflows the stack. Up to the first error of syntax this reads the text like
/// the library, and the library stops there.
void refuse_deep_keys(std::string_view text, std::string_view origin) {
    std::size_t line = 1, line_begin = 0;
    int parts = 1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '#') {
            while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
        } else if (c == '"' || c == '\'') {
            const bool multiline = text.substr(i, 3) == std::string(3, c);
            i += multiline ? 3 : 1;
            for (; i < text.size(); ++i) {
                if (c == '"' && text[i] == '\\') {
                    ++i;
                } else if (text[i] == c && (!multiline || text.substr(i, 3) == std::string(3, c))) {
                    // Up to two quotes of the text may come directly before the closing three.
                    if (multiline) i += 2;
                    while (multiline && i + 1 < text.size() && text[i + 1] == c) ++i;
                    break;
                }
                if (i < text.size() && text[i] == '\n') {
                    ++line;
                    line_begin = i + 1;
                    if (!multiline) break;
                }
            }
        } else if (c == '\n') {
            ++line;
            line_begin = i + 1;
            parts = 1;
        } else if (std::string_view(",=[]{}").find(c) != std::string_view::npos) {
            parts = 1;
        } else if (c == '.' && ++parts > kMostKeyParts) {
            fail(origin, line, i - line_begin + 1, "a key of more than 16 parts; allowed: section.name.field");
        }
    }
}

TomlValue convert(const toml::node& node, int depth, std::string_view origin) {
    const auto& at = node.source().begin;
    if (depth > kDeepestNesting) fail(origin, at.line, at.column, "nested more than 12 deep; no section needs that");
    TomlValue value;
    value.line = std::max(1, static_cast<int>(at.line));
    if (const auto* table = node.as_table()) {
        std::vector<std::tuple<toml::source_position, const toml::key*, const toml::node*>> members;
        for (auto&& [key, member] : *table) members.emplace_back(key.source().begin, &key, &member);
        std::stable_sort(members.begin(), members.end(), [](const auto& left, const auto& right) {
            const toml::source_position &l = std::get<0>(left), &r = std::get<0>(right);
            return std::tie(l.line, l.column) < std::tie(r.line, r.column);
        });
        TomlValue::Table entries;
        for (const auto& [position, key, member] : members) {
            entries.push_back({std::string(key->str()), std::max(1, static_cast<int>(position.line)),
                               convert(*member, depth + 1, origin)});
        }
        value.data = std::move(entries);
    } else if (const auto* array = node.as_array()) {
        TomlValue::Array items;
        items.reserve(array->size());
        for (const toml::node& item : *array) items.push_back(convert(item, depth + 1, origin));
        value.data = std::move(items);
    } else if (const auto* text = node.as_string()) {
        value.data = text->get();
    } else if (const auto* flag = node.as_boolean()) {
        value.data = flag->get();
    } else if (const auto* integer = node.as_integer()) {
        value.data = std::int64_t{integer->get()};
    } else if (const auto* real = node.as_floating_point()) {
        value.data = real->get();
    } else {
        value.data = TomlValue::DateOrTime{};
    }
    return value;
}

}  // namespace

std::string describe(const TomlValue& value) {
    if (value.table() != nullptr) return "a table";
    if (value.array() != nullptr) return "a list";
    if (const std::string* text = value.text()) { return '"' + shortened(*text, 40) + '"'; }
    if (const bool* flag = value.flag()) return *flag ? "true" : "false";
    if (const std::int64_t* integer = value.integer()) return std::to_string(*integer);
    if (const double* real = value.real()) {
        std::string number;
        append_number(number, *real);
        // Kept apart from integers, as in the text: a size of 1.0 is an error because of its point.
        if (std::isfinite(*real) && number.find_first_of(".e") == std::string::npos) number += ".0";
        return number;
    }
    return "a date or time";
}

TomlValue parse_toml(std::string_view text, std::string_view origin) {
    refuse_deep_keys(text, origin);
    try {
        const toml::table document = toml::parse(text);
        return convert(document, 0, origin);
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        fail(origin, std::max<std::size_t>(1, at.line), std::max<std::size_t>(1, at.column), error.description());
    }
}

}  // namespace izhi::io::detail
