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

/// Letters of a picture have as many points unless it is said otherwise.
inline constexpr double kUsualPoints = 8.0;

/// Of pictures with one panel, which needs no name.
inline constexpr std::array<std::string_view, 1> kLonePanel{""};

/// What a user may choose of a picture. As it stands here, a picture looks as it is meant to.
struct PictureStyle {
    struct Size {
        double width_in, height_in;
    };
    struct Window {
        double from_ms, to_ms;
    };
    std::optional<std::string> title{};           ///< instead of the picture's own; empty: none
    std::optional<Size> size{};                   ///< instead of the picture's own
    double points = kUsualPoints;                 ///< of the letters
    std::optional<Window> window{};               ///< of axes of time
    std::optional<std::filesystem::path> data{};  ///< where what is drawn is written as CSV: see data_files()
};

// Texts of the command line to it. @throws Error naming the option
[[nodiscard]] std::optional<std::string> parse_plot_title(const std::string& text);
/// "7x5in", "18x12cm", 2 to 40 inches either way.
[[nodiscard]] PictureStyle::Size parse_plot_size(const std::string& text);
/// "10": 4 to 32 points.
[[nodiscard]] double parse_plot_font(const std::string& text);
/// "200ms:700ms", "0:1s".
[[nodiscard]] PictureStyle::Window parse_plot_window(const std::string& text);

/// A folder or FILE.csv; not empty.
[[nodiscard]] std::filesystem::path parse_plot_data(const std::string& text);

/// Where the data of a picture's panels goes: of `data` FILE.csv into FILE-PANEL.csv, else into the folder of this name,
/// PICTURE-PANEL.csv; without "-PANEL" where the panel has no name, the only one of its picture. Empty without `data`.
[[nodiscard]] std::vector<std::filesystem::path> data_files(const std::filesystem::path& picture,
                                                            const PictureStyle& style,
                                                            std::span<const std::string_view> panels);
/// The same beside other paths that must not be theirs: see require_distinct(). None without a picture.
void add_data_files(std::vector<NamedPath>& paths, const std::optional<std::filesystem::path>& picture,
                    const PictureStyle& style, std::span<const std::string_view> panels);

/// Whatever could keep a picture from being drawn, before the run whose picture it is: files that cannot be written, gnuplot
/// that is not there. @param asker "--plot" @param panels their names @throws Error, RunError
void require_picture(std::string_view asker, const std::filesystem::path& picture, const PictureStyle& style,
                     std::span<const std::string_view> panels);

/// Something of what the picture could show must be in the window. @throws Error
void require_window(const PictureStyle& style, double begin_ms, double end_ms);
/// What an axis of time shows of what there is: the part in the window, or all.
[[nodiscard]] PictureStyle::Window window_of(const PictureStyle& style, double begin_ms, double end_ms);

}  // namespace izhi::apps
