// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/text/output_paths.hpp"

namespace izhi::apps {

/// The usual size of letters [points].
inline constexpr double kUsualPoints = 8.0;

/// The panel of a picture with one panel, which needs no name.
inline constexpr std::array<std::string_view, 1> kLonePanel{""};

/// The choices of a user for a picture. The defaults give its intended look.
struct PictureStyle {
    struct Size {
        double width_in, height_in;
    };
    struct Window {
        double from_ms, to_ms;
    };
    std::optional<std::string> title{};           ///< replaces the usual title; empty: no title
    std::optional<Size> size{};                   ///< replaces the usual size
    double points = kUsualPoints;                 ///< size of letters
    std::optional<Window> window{};               ///< part of time axes to show
    std::optional<std::filesystem::path> data{};  ///< where the drawn data are written as CSV: see data_files()
};

// Read these from the command line. @throws Error that names the option
[[nodiscard]] std::optional<std::string> parse_plot_title(const std::string& text);
/// "7x5in", "18x12cm", 2 to 40 inches for width and height.
[[nodiscard]] PictureStyle::Size parse_plot_size(const std::string& text);
/// "10": 4 to 32 points.
[[nodiscard]] double parse_plot_font(const std::string& text);
/// "200ms:700ms", "0:1s".
[[nodiscard]] PictureStyle::Window parse_plot_window(const std::string& text);

/// A folder or FILE.csv; not empty.
[[nodiscard]] std::filesystem::path parse_plot_data(const std::string& text);

/// The files for the data of the panels. If `data` is FILE.csv, they are FILE-PANEL.csv; otherwise `data` is a folder,
/// and they are PICTURE-PANEL.csv in it. The panel of a picture with one panel has no name, so "-PANEL" is left out.
/// Empty without `data`.
[[nodiscard]] std::vector<std::filesystem::path> data_files(const std::filesystem::path& picture,
                                                            const PictureStyle& style,
                                                            std::span<const std::string_view> panels);
/// Adds these files to other paths, for require_distinct(). Adds none without a picture.
void add_data_files(std::vector<NamedPath>& paths, const std::optional<std::filesystem::path>& picture,
                    const PictureStyle& style, std::span<const std::string_view> panels);

/// Checks before a run that its picture can be drawn: that the files can be written and gnuplot is installed.
/// @param asker "--plot" @param panels names of the panels @throws Error, RunError
void require_picture(std::string_view asker, const std::filesystem::path& picture, const PictureStyle& style,
                     std::span<const std::string_view> panels);

/// Checks that the window contains a part of what the picture could show. @throws Error
void require_window(const PictureStyle& style, double begin_ms, double end_ms);
/// The part of the time that a time axis shows: the part in the window, or all.
[[nodiscard]] PictureStyle::Window window_of(const PictureStyle& style, double begin_ms, double end_ms);

}  // namespace izhi::apps
