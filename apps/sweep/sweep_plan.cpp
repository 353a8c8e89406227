// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sweep_plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "apps/text/units.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

constexpr std::size_t kMostPoints = 100'000;
constexpr const char* kAxisAllowed =
    "KEY=A,B,C or KEY=FROM:TO:COUNT or KEY=FROM:TO:COUNT:log, such as projection.exc.weight.scale=0.5:2.0:16";

std::optional<double> number_of(std::string_view text) {
    double value = 0.0;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

double rounded(double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.12g", value);
    return std::strtod(text.data(), nullptr);
}

/// Reads FROM:TO:COUNT[:log]; nothing if the text has another form.
std::optional<std::vector<double>> range_of(const std::vector<std::string_view>& parts) {
    const bool logarithmic = parts.size() == 4;
    if (parts.size() != 3 && !(logarithmic && parts[3] == "log")) return std::nullopt;
    const auto from = number_of(parts[0]), to = number_of(parts[1]), steps = number_of(parts[2]);
    if (!from || !to || !steps || *steps != std::floor(*steps) || *steps < 2.0 || *steps > kMostPoints)
        return std::nullopt;
    if (*from == *to || (logarithmic && !(*from > 0.0 && *to > 0.0))) return std::nullopt;
    const auto count = static_cast<std::size_t>(*steps);
    std::vector<double> values{*from};
    for (std::size_t i = 1; i + 1 < count; ++i) {
        const double share = static_cast<double>(i) / static_cast<double>(count - 1);
        values.push_back(rounded(logarithmic ? *from * std::pow(*to / *from, share) : *from + (*to - *from) * share));
    }
    values.push_back(*to);
    return values;
}

/// Whether two keys can name the same number; a * in either stands for any name.
bool overlap(const std::string& x, const std::string& y) {
    const auto p = parts_of(x, '.'), q = parts_of(y, '.');
    return std::equal(p.begin(), p.end(), q.begin(), q.end(),
                      [](std::string_view a, std::string_view b) { return a == b || a == "*" || b == "*"; });
}

}  // namespace

io::Setting parse_setting(std::string_view text) {
    const auto equals = text.find('=');
    const auto value = equals == std::string_view::npos ? std::nullopt : number_of(text.substr(equals + 1));
    if (!value || equals == 0)
        throw Error("", "--set", "is '" + std::string(text) + "'", "KEY=NUMBER, such as population.exc.size=900");
    return {std::string(text.substr(0, equals)), *value};
}

std::string text_of(const io::Setting& setting) {
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), setting.value).ptr;
    return setting.key + '=' + std::string(text.data(), end);
}

SweepAxis parse_axis(std::string_view text) {
    const auto refuse = [&](const std::string& why) {
        throw Error("", "--set", "is '" + std::string(text) + "'" + why, kAxisAllowed);
    };
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) refuse("");
    SweepAxis axis{.key = std::string(text.substr(0, equals)), .values = {}};
    const std::string_view values = text.substr(equals + 1);
    const auto bounds = parts_of(values, ':');
    if (bounds.size() > 1) {
        auto range = range_of(bounds);
        if (!range) refuse("");
        axis.values = std::move(*range);
        axis.logarithmic = bounds.size() == 4;
    } else {
        for (const std::string_view part : parts_of(values, ',')) {
            const auto value = number_of(part);
            if (!value) refuse("");
            axis.values.push_back(*value);
        }
    }
    std::vector<double> sorted = axis.values;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) refuse(", which has a value twice");
    return axis;
}

void SweepPlan::check() const {
    std::uint64_t count = repeats;
    for (std::size_t a = 0; a < axes.size(); ++a) {
        count = count > kMostPoints ? count : count * axes[a].values.size();
        for (std::size_t b = 0; b < a; ++b)
            if (overlap(axes[a].key, axes[b].key))
                throw Error(axes[a].key == axes[b].key
                                ? "--set gives " + axes[a].key + " twice; allowed: each key once"
                                : "--set gives " + axes[b].key + " and " + axes[a].key +
                                      ", which set the same number; allowed: keys that do not overlap");
    }
    if (count > kMostPoints)
        throw Error("the sweep has more than " + grouped(kMostPoints) + " points; allowed: fewer values or repeats");
}

std::size_t SweepPlan::points() const {
    std::size_t count = repeats;
    for (const SweepAxis& axis : axes) count *= axis.values.size();
    return count;
}

std::vector<std::size_t> SweepPlan::indices(std::size_t point) const {
    std::vector<std::size_t> result(axes.size());
    point /= repeats;
    for (std::size_t a = axes.size(); a-- > 0;) {
        result[a] = point % axes[a].values.size();
        point /= axes[a].values.size();
    }
    return result;
}

std::vector<io::Setting> SweepPlan::settings(std::size_t point) const {
    std::vector<io::Setting> result;
    const auto at = indices(point);
    for (std::size_t a = 0; a < axes.size(); ++a) result.push_back({axes[a].key, axes[a].values[at[a]]});
    return result;
}

}  // namespace izhi::apps
