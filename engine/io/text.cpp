// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "text.hpp"

#include <charconv>

namespace izhi::io::detail {
namespace {

template <class Number>
void append(std::string& text, Number value) {
    char buffer[32];  // the longest double takes 24
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    text.append(buffer, end);
}

}  // namespace

void append_number(std::string& text, double value) { append(text, value); }
void append_number(std::string& text, float value) { append(text, value); }
void append_number(std::string& text, std::uint64_t value) { append(text, value); }

void append_field(std::string& text, std::string_view field) {
    if (field.find_first_of(" \t,;\"'#%") == std::string_view::npos) {
        text += field;
        return;
    }
    text += '"';
    for (const char c : field) text.append(c == '"' ? 2 : 1, c);
    text += '"';
}

std::string hash_text(std::uint64_t hash) {
    std::string text(16, '0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15U];
    return text;
}

std::string shortened(std::string_view text, std::size_t longest) {
    if (text.size() <= longest) return std::string(text);
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end)) + "...";
}

std::string exact_text(double value) {
    std::string text;
    append_number(text, value);
    return text;
}

std::string in_quotes(std::string_view text) { return '"' + shortened(text, 40) + '"'; }

std::string printable(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = '?';
    }
    return text;
}

}  // namespace izhi::io::detail
