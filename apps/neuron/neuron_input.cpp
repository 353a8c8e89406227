// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "neuron_input.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <system_error>
#include <vector>

#include "engine/io/line_reader.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

using io::detail::split;
using io::detail::to_number;

/// The largest current, as in networks: far beyond any neuron, far within single precision.
constexpr double kMostCurrent = 1e5;
constexpr double kLatest = 1e9;
constexpr std::size_t kMostLines = 1'000'000;
constexpr std::size_t kMostPulses = 100'000;

constexpr const char* kStepAllowed =
    "CURRENT:START or CURRENT:START:STOP, current from -100000 to 100000, ms from 0 to 1e9, such as 10:100:400";
constexpr const char* kRampAllowed =
    "FROM:TO:START:STOP, currents from -100000 to 100000, ms from 0 to 1e9, such as 0:20:100:900";
constexpr const char* kPulsesAllowed =
    "CURRENT:WIDTH:TIME,TIME..., at most 100000 times, ascending and a width apart, in ms, such as 20:2:10,30,45.5";

[[noreturn]] void refuse(std::string_view option, std::string_view text, const std::string& allowed) {
    throw Error("", std::string(option), "is '" + std::string(text) + "'", allowed);
}

std::optional<double> bounded(std::string_view text, double low, double high) {
    const std::optional<double> value = to_number(text);
    if (!value || !(*value >= low && *value <= high)) return std::nullopt;
    return value;
}
std::optional<double> to_current(std::string_view text) { return bounded(text, -kMostCurrent, kMostCurrent); }
std::optional<double> to_time(std::string_view text) { return bounded(text, 0.0, kLatest); }

/// The two numbers of a line, with any separator.
std::vector<std::string_view> fields_of(std::string_view line) {
    constexpr std::string_view separators = " \t,;";
    std::vector<std::string_view> fields;
    for (std::size_t at = line.find_first_not_of(separators); at != std::string_view::npos;) {
        const std::size_t end = std::min(line.find_first_of(separators, at), line.size());
        fields.push_back(line.substr(at, end - at));
        at = line.find_first_not_of(separators, end);
    }
    return fields;
}

}  // namespace

double parse_number(std::string_view option, std::string_view text, const std::string& allowed) {
    const std::optional<double> value = to_number(text);
    if (!value) refuse(option, text, allowed);
    return *value;
}

double parse_step_ms(std::string_view option, std::string_view text) {
    std::string_view number = text;
    if (number.ends_with("ms")) number.remove_suffix(2);
    while (number.ends_with(' ')) number.remove_suffix(1);
    const std::optional<double> value = bounded(number, 1e-3, 10.0);
    if (!value) refuse(option, text, "0.001 to 10, in ms");
    return *value;
}

Current parse_dc(std::string_view text) {
    const auto current = to_current(text);
    if (!current) refuse("--dc", text, "-100000 to 100000");
    return {{.value = *current}};
}

Current parse_step(std::string_view text) {
    const auto parts = split(text, ':');
    if (parts.size() != 2 && parts.size() != 3) refuse("--step", text, kStepAllowed);
    const auto current = to_current(parts[0]), start = to_time(parts[1]);
    const auto stop = parts.size() == 3 ? to_time(parts[2]) : std::numeric_limits<double>::infinity();
    if (!current || !start || !stop || !(*stop > *start)) refuse("--step", text, kStepAllowed);
    return {{*start, *stop, *current}};
}

Current parse_ramp(std::string_view text) {
    const auto parts = split(text, ':');
    if (parts.size() != 4) refuse("--ramp", text, kRampAllowed);
    const auto from = to_current(parts[0]), to = to_current(parts[1]);
    const auto start = to_time(parts[2]), stop = to_time(parts[3]);
    if (!from || !to || !start || !stop || !(*stop > *start)) refuse("--ramp", text, kRampAllowed);
    return {{*start, *stop, *from, *to - *from, *stop - *start}};
}

Current parse_pulses(std::string_view text) {
    const auto parts = split(text, ':');
    if (parts.size() != 3) refuse("--pulses", text, kPulsesAllowed);
    const auto current = to_current(parts[0]), width = to_time(parts[1]);
    if (!current || !width || !(*width > 0.0)) refuse("--pulses", text, kPulsesAllowed);
    Current pieces;
    for (const std::string_view part : split(parts[2], ',')) {
        const auto start = to_time(part);
        if (!start || pieces.size() == kMostPulses || (!pieces.empty() && *start < pieces.back().stop_ms))
            refuse("--pulses", text, kPulsesAllowed);
        pieces.push_back({*start, *start + *width, *current});
    }
    return pieces;
}

Current read_current_file(const std::filesystem::path& file) {
    io::detail::LineReader reader(file);
    Current pieces;
    bool titles_seen = false;
    while (reader.next()) {
        const auto fields = fields_of(reader.line());
        if (fields.empty() || fields[0].starts_with('#')) continue;
        if (pieces.empty() && !titles_seen && fields.size() == 2 && !to_number(fields[0]) && !to_number(fields[1])) {
            titles_seen = true;
            continue;
        }
        if (fields.size() != 2)
            reader.fail("has " + std::to_string(fields.size()) + " numbers; allowed: two, a time [ms] and a current");
        const auto time = to_time(fields[0]), current = to_current(fields[1]);
        if (!time) reader.fail("the time is '" + std::string(fields[0].substr(0, 40)) + "'; allowed: 0 to 1e9 [ms]");
        if (!current)
            reader.fail("the current is '" + std::string(fields[1].substr(0, 40)) + "'; allowed: -100000 to 100000");
        if (!pieces.empty()) {
            if (!(*time > pieces.back().start_ms)) reader.fail("the time is not after that of the line before");
            pieces.back().stop_ms = *time;
        }
        if (pieces.size() == kMostLines) reader.fail("is one line too many; allowed: 1,000,000");
        pieces.push_back({.start_ms = *time, .value = *current});
    }
    if (pieces.empty()) throw Error(file.string() + ": holds no line of a time [ms] and a current");
    return pieces;
}

}  // namespace izhi::apps
