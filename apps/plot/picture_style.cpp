// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "picture_style.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "gnuplot.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

constexpr double kSmallestPage = 2.0, kLargestPage = 40.0, kCentimetresPerInch = 2.54;
constexpr double kSmallestLetters = 4.0, kLargestLetters = 32.0;

/// Takes a number off the front of the text.
std::optional<double> take_number(std::string_view& text) {
    double value = 0.0;
    const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || !std::isfinite(value)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return value;
}

bool is_file_name(const std::filesystem::path& data) { return data.extension() == ".csv"; }

/// Reads a time. The start of a run is 0, which parse_duration_ms() does not accept.
double window_end_ms(std::string_view text) {
    for (const std::string_view zero : {"0", "0ms", "0s", "0min"})
        if (text == zero) return 0.0;
    return parse_duration_ms("", text);
}

}  // namespace

std::optional<std::string> parse_plot_title(const std::string& text) { return text == "none" ? "" : text; }

PictureStyle::Size parse_plot_size(const std::string& text) {
    std::string_view rest = text;
    const auto width = take_number(rest);
    const bool by = rest.starts_with('x');
    if (by) rest.remove_prefix(1);
    const auto height = take_number(rest);
    const double per_inch = rest == "in" ? 1.0 : rest == "cm" ? kCentimetresPerInch : 0.0;
    const auto fits = [&](double length) {
        return length >= kSmallestPage * per_inch && length <= kLargestPage * per_inch;
    };
    if (!width || !by || !height || per_inch == 0.0 || !fits(*width) || !fits(*height))
        throw Error("", "--plot-size", "is '" + text + "'",
                    "WIDTHxHEIGHT of 2 to 40 inches or 5.08 to 101.6 cm, such as 7x5in or 18x12cm");
    return {*width / per_inch, *height / per_inch};
}

double parse_plot_font(const std::string& text) {
    return parse_number("--plot-font", text, kSmallestLetters, kLargestLetters);
}

PictureStyle::Window parse_plot_window(const std::string& text) {
    const auto colon = text.find(':');
    try {
        if (colon == std::string::npos) throw Error("no colon");
        const PictureStyle::Window window{window_end_ms(std::string_view(text).substr(0, colon)),
                                          window_end_ms(std::string_view(text).substr(colon + 1))};
        if (window.from_ms < window.to_ms) return window;
    } catch (const Error&) {}
    throw Error("", "--plot-window", "is '" + text + "'",
                "FROM:TO, two times with their units, the first one earlier, such as 200ms:700ms or 0:1s");
}

std::filesystem::path parse_plot_data(const std::string& text) {
    if (text.empty()) throw Error("", "--plot-data", "is ''", "a folder, or a name that ends in .csv");
    return text;
}

std::vector<std::filesystem::path> data_files(const std::filesystem::path& picture, const PictureStyle& style,
                                              std::span<const std::string_view> panels) {
    std::vector<std::filesystem::path> files;
    if (!style.data) return files;
    const std::filesystem::path base =
        is_file_name(*style.data) ? style.data->parent_path() / style.data->stem() : *style.data / picture.stem();
    for (const std::string_view panel : panels)
        files.emplace_back(base.string() + (panel.empty() ? "" : "-" + std::string(panel)) + ".csv");
    return files;
}

void add_data_files(std::vector<NamedPath>& paths, const std::optional<std::filesystem::path>& picture,
                    const PictureStyle& style, std::span<const std::string_view> panels) {
    if (!picture) return;
    for (std::filesystem::path& file : data_files(*picture, style, panels))
        paths.push_back({"--plot-data", std::move(file)});
}

void require_picture(std::string_view asker, const std::filesystem::path& picture, const PictureStyle& style,
                     std::span<const std::string_view> panels) {
    require_writable_file(asker, picture);
    if (style.data && !is_file_name(*style.data)) require_writable_folder("--plot-data", *style.data);
    std::error_code ignored;
    for (const std::filesystem::path& file : data_files(picture, style, panels))
        // A folder that does not exist yet has no files that could be in the way.
        if (is_file_name(*style.data) || std::filesystem::exists(*style.data, ignored))
            require_writable_file("--plot-data", file);
    require_gnuplot(picture_kind(picture, asker), asker);
}

void require_window(const PictureStyle& style, double begin_ms, double end_ms) {
    if (!style.window || (style.window->from_ms < end_ms && style.window->to_ms > begin_ms)) return;
    const auto text = [](double ms) { return ms > 0.0 ? seconds_text(ms / 1e3) : "0"; };
    throw Error("", "--plot-window",
                "is from " + text(style.window->from_ms) + " to " + text(style.window->to_ms) +
                    ", which is outside the picture",
                "times from " + text(begin_ms) + " to " + text(end_ms));
}

PictureStyle::Window window_of(const PictureStyle& style, double begin_ms, double end_ms) {
    if (!style.window) return {begin_ms, end_ms};
    // A run that was stopped may end before the window.
    const double from = std::max(style.window->from_ms, begin_ms), to = std::min(style.window->to_ms, end_ms);
    return from < to ? PictureStyle::Window{from, to} : PictureStyle::Window{begin_ms, end_ms};
}

}  // namespace izhi::apps
