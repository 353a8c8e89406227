// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "units.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>

#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

struct Quantity {
    double value;
    std::string_view unit;
};

/// "1.5 min" as {1.5, "min"}. It uses from_chars, not strtod, because in some locales strtod would read 0.5 as 0.
std::optional<Quantity> split_quantity(std::string_view text) {
    double value = 0.0;
    const char* const end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, value);
    if (fault != std::errc{} || !std::isfinite(value)) return std::nullopt;
    std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
    return Quantity{value, unit};
}

struct Unit {
    std::string_view name;
    double factor;
};

std::optional<double> in_base_unit(std::string_view text, std::span<const Unit> units) {
    const auto quantity = split_quantity(text);
    if (!quantity) return std::nullopt;
    for (const Unit& unit : units)
        if (unit.name == quantity->unit) return quantity->value * unit.factor;
    return std::nullopt;
}

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string allowed) {
    throw Error("", std::string(option), "is '" + std::string(text) + "'", std::move(allowed));
}

}  // namespace

double parse_duration_ms(std::string_view option, std::string_view text) {
    static constexpr std::array units{Unit{"ms", 1.0}, Unit{"s", 1e3}, Unit{"min", 6e4}};
    const auto ms = in_base_unit(text, units);
    if (!ms || !(*ms > 0.0) || !std::isfinite(*ms))
        refuse(option, text, "a number above 0 with its unit ms, s or min, such as 500ms or 10s");
    return *ms;
}

std::uint64_t parse_bytes(std::string_view option, std::string_view text) {
    static constexpr std::array units{Unit{"B", 1.0},      Unit{"kB", 1e3},    Unit{"KB", 1e3},     Unit{"MB", 1e6},
                                      Unit{"GB", 1e9},     Unit{"TB", 1e12},   Unit{"KiB", 0x1p10}, Unit{"MiB", 0x1p20},
                                      Unit{"GiB", 0x1p30}, Unit{"TiB", 0x1p40}};
    const auto bytes = in_base_unit(text, units);
    if (!bytes || !(*bytes >= 1.0) || !(*bytes < 0x1p63))
        refuse(option, text, "a number above 0 with its unit kB, MB, GB, TB, MiB or GiB, such as 4GB");
    return static_cast<std::uint64_t>(*bytes);
}

std::uint64_t parse_whole(std::string_view option, std::string_view text, std::uint64_t low, std::uint64_t high) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, value);
    if (fault != std::errc{} || rest != end || value < low || value > high)
        refuse(option, text, "a whole number, " + std::to_string(low) + " to " + std::to_string(high));
    return value;
}

double parse_number(std::string_view option, std::string_view text, double low, double high) {
    static constexpr std::array units{Unit{"", 1.0}};
    const auto value = in_base_unit(text, units);
    if (!value || !(*value >= low) || !(*value <= high))
        refuse(option, text, "a number, " + plain(low) + " to " + plain(high));
    return *value;
}

std::string grouped(std::uint64_t value) {
    std::string text = std::to_string(value);
    for (std::size_t place = text.size(); place > 3;) {
        place -= 3;
        text.insert(place, 1, ',');
    }
    return text;
}

std::string fixed(double value, int decimals) {
    std::array<char, 400> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, value);
    return buffer.data();
}

std::string plain(double value, int digits) {
    if (!std::isfinite(value)) return std::isnan(value) ? "nan" : (value > 0 ? "inf" : "-inf");
    if (value == 0.0) return "0";
    // The decimals that remain of `digits` significant digits; none for large numbers, whose digits are all shown.
    const int magnitude = static_cast<int>(std::floor(std::log10(std::fabs(value))));
    std::string text = fixed(value, std::max(0, digits - 1 - magnitude));
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
    }
    return text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return grouped(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

std::string times_text(double times) {
    return times < 1000.0 ? plain(times) : grouped(static_cast<std::uint64_t>(std::llround(times)));
}

std::string seconds_text(double seconds) {
    if (!(seconds >= 0.0) || !std::isfinite(seconds)) return "?";
    if (seconds < 0.9995e-3) return plain(seconds * 1e6) + " us";
    if (seconds < 0.9995) return plain(seconds * 1e3) + " ms";
    if (seconds < 119.5) return plain(seconds) + " s";
    const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
    // Two units, the second only if it is not 0: "20 min", "3 min 20 s".
    const auto pair = [](std::uint64_t large, const char* large_unit, std::uint64_t small, const char* small_unit) {
        std::string text = grouped(large) + large_unit;
        if (small > 0) text += ' ' + std::to_string(small) + small_unit;
        return text;
    };
    if (whole < 7200) return pair(whole / 60, " min", whole % 60, " s");
    return pair(whole / 3600, " h", whole % 3600 / 60, " min");
}

std::string hash_text(std::uint64_t hash) {
    std::array<char, 17> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%016llx", static_cast<unsigned long long>(hash));
    return buffer.data();
}

}  // namespace izhi::apps
