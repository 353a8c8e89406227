// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

/// Small pieces of text for messages.
namespace izhi::detail {

/// The shortest decimal that reads back as the same number.
[[nodiscard]] inline std::string number_text(double value) {
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return {buffer, end};
}

/// "1.5 GB": powers of ten, three digits at most.
[[nodiscard]] inline std::string bytes_text(std::uint64_t bytes) {
    static constexpr std::string_view units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    // 999.5 and not 1000, so that rounding to three digits never prints "1e+03 MB".
    while (value >= 999.5 && unit + 1 < std::size(units)) {
        value /= 1000.0;
        ++unit;
    }
    char buffer[32];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 3);
    return std::string(buffer, end) + ' ' + std::string(units[unit]);
}

/// The text in quotes.
[[nodiscard]] inline std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

/// What is wrong with a text as a name in a folder or an HDF5 group: "is empty"; nothing if it can be one.
[[nodiscard]] inline std::string fault_of_name(std::string_view name) {
    constexpr std::size_t longest = 200;
    if (name.empty()) return "is empty";
    if (name.size() > longest) return "has " + std::to_string(name.size()) + " bytes";
    for (const char c : name) {
        if (c == '/') return "is " + quoted(name) + ", with a '/'";
        if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) return "has a control character";
    }
    return {};
}
inline constexpr std::string_view kNamesAllowed = "1 to 200 bytes without '/' and control characters";

/// The same of the name of a file, which must not be hidden.
[[nodiscard]] inline std::string fault_of_file_name(std::string_view name) {
    return name.starts_with('.') ? "is " + quoted(name) + ", which begins with '.'" : fault_of_name(name);
}
inline constexpr std::string_view kFileNamesAllowed =
    "1 to 200 bytes without '/' and control characters, not beginning with '.'";

/// The indices of a population or selection with this many neurons: "0 to 9".
[[nodiscard]] inline std::string index_range(std::uint64_t size, std::uint64_t base = 0) {
    if (size == 0) return "none, the population is empty";
    return std::to_string(base) + " to " + std::to_string(base + size - 1);
}

}  // namespace izhi::detail
