// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "toml_text.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "text.hpp"

namespace izhi::io::detail {

void append_toml_text(std::string& to, std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    to += '"';
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            to += '\\';
            to += c;
        } else if (code < 0x20U || code == 0x7FU) {
            to += "\\u00";
            to += hex[code >> 4U];
            to += hex[code & 15U];
        } else {
            to += c;
        }
    }
    to += '"';
}

namespace {

void append_key(std::string& to, std::string_view key) {
    constexpr std::string_view bare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    if (!key.empty() && key.find_first_not_of(bare) == std::string_view::npos) to += key;
    else append_toml_text(to, key);
}

void append_real(std::string& to, double number) {
    if (std::isnan(number)) {
        to += "nan";
        return;
    }
    std::string text;
    append_number(text, number);
    // A number with neither point nor exponent would be an integer.
    if (std::isfinite(number) && text.find_first_of(".e") == std::string::npos) text += ".0";
    to += text;
}

void append_value(std::string& to, const TomlValue& value);

void append_entry(std::string& to, const TomlEntry& entry) {
    append_key(to, entry.key);
    to += " = ";
    append_value(to, entry.value);
}

void append_value(std::string& to, const TomlValue& value) {
    const auto append_all = [&](const auto& items, std::string_view open, std::string_view close, const auto& append) {
        std::string_view before = open;
        for (const auto& item : items) {
            to += before;
            append(item);
            before = ", ";
        }
        to += items.empty() ? std::string(open) + std::string(close) : std::string(close);
    };
    if (const TomlValue::Table* table = value.table())
        append_all(*table, "{ ", " }", [&](const TomlEntry& entry) { append_entry(to, entry); });
    else if (const TomlValue::Array* array = value.array())
        append_all(*array, "[", "]", [&](const TomlValue& item) { append_value(to, item); });
    else if (const std::string* text = value.text()) append_toml_text(to, *text);
    else if (const bool* flag = value.flag()) to += *flag ? "true" : "false";
    else if (const std::int64_t* integer = value.integer()) to += std::to_string(*integer);
    else if (const double* real = value.real()) append_real(to, *real);
    // A network has no dates or times, because no key accepts them.
}

void append_section(std::string& to, std::string_view name, const TomlValue::Table& entries) {
    if (!to.empty()) to += '\n';
    to += '[';
    to += name;
    to += "]\n";
    for (const TomlEntry& entry : entries) {
        append_entry(to, entry);
        to += '\n';
    }
}

}  // namespace

std::string toml_text(const TomlValue& document) {
    std::string text;
    for (const TomlEntry& section : *document.table()) {
        const TomlValue::Table& entries = *section.value.table();
        if (section.key == "network" || section.key == "record") {
            append_section(text, section.key, entries);
            continue;
        }
        for (const TomlEntry& named : entries) {
            std::string name = section.key + '.';
            append_key(name, named.key);
            append_section(text, name, *named.value.table());
        }
    }
    return text;
}

}  // namespace izhi::io::detail
