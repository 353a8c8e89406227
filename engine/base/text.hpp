// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
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

/// The indices of a population or selection with this many neurons: "0 to 9".
[[nodiscard]] inline std::string index_range(std::uint64_t size, std::uint64_t base = 0) {
    if (size == 0) return "none, the population is empty";
    return std::to_string(base) + " to " + std::to_string(base + size - 1);
}

}  // namespace izhi::detail
