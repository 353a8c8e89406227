// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

/// Pictures, drawn by gnuplot: our script and data files are in a private folder, and gnuplot runs without a shell.
/// Text and numbers of a user go into a script as `gnuplot_text` or `gnuplot_number`, or into a data file; they never
/// become a command.
namespace izhi::apps {

enum class PictureKind { png, svg, pdf };

/// The kind of a picture, from the ending of the file. @param asker the option that names the file: "--plot". @throws
/// Error that lists the kinds
[[nodiscard]] PictureKind picture_kind(const std::filesystem::path& file, std::string_view asker = "--plot");

/// Checks that gnuplot is installed and can draw this kind. @param asker the option that asks: "--plot". @throws
/// RunError that names the Debian package
void require_gnuplot(PictureKind kind, std::string_view asker = "--plot");

/// Eight colours that people with any kind of colour vision can distinguish (Okabe and Ito 2008); the strongest on
/// white comes first.
inline constexpr std::array<std::string_view, 8> kColours{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                          "#E69F00", "#56B4E9", "#000000", "#8C8C00"};
/// The colour of a curve or population; after the last colour the first one is used again.
[[nodiscard]] constexpr std::string_view series_colour(std::size_t number) {
    return kColours[number % kColours.size()];
}
/// Viridis, given by nine of its colours: its lightness is uniform, and any kind of colour vision can distinguish it.
inline constexpr std::string_view kViridis =
    "defined (0 '#440154', 1 '#472c7a', 2 '#3b518b', 3 '#2c718e', 4 '#21908d', 5 '#27ad81', 6 '#5cc863', 7 '#aadc32', "
    "8 '#fde725')";
/// The colour of axes and of less important text.
inline constexpr std::string_view kGrey = "#404040";

/// A gnuplot string in single quotes, in which neither backslashes nor backquotes have a meaning.
[[nodiscard]] std::string gnuplot_text(std::string_view text);
[[nodiscard]] std::string gnuplot_number(double value);

/// A name of at most this many characters. A longer one is cut in the middle, because names of one kind often differ at
/// the end.
[[nodiscard]] std::string cut_in_middle(const std::string& name, std::size_t most);

/// 1, 2 or 5 times a power of ten, not below `value`.
[[nodiscard]] double round_up_125(double value);

/// Tics such as ("0" 0, "2,000" 2000, ...), about `wanted` of them. gnuplot's own thousands separators depend on the
/// user's locale.
[[nodiscard]] std::string tics(double end, int wanted, double smallest_step = 0.0);

/// The same for a time axis, which need not begin at 0.
[[nodiscard]] std::string time_tics(double begin, double end, int wanted);

/// The same for an axis from `low` to `high`, whose numbers are not grouped.
[[nodiscard]] std::string tics_between(double low, double high, int wanted);

/// The unit for a time axis of this length.
struct TimeAxis {
    std::string_view unit;
    double units_per_ms;
};
[[nodiscard]] TimeAxis time_axis(double duration_ms);

/// "set terminal ..." for a page of this size with letters of this many points. A PNG has 300 dots per inch.
[[nodiscard]] std::string terminal(PictureKind kind, double width_in, double height_in, double points);
/// " font ',SIZE'" for a label that is larger or smaller than the rest.
[[nodiscard]] std::string font(PictureKind kind, double points);

/// Writes rows of floats in binary, because gnuplot reads text ten times as slowly.
class FloatFile {
public:
    explicit FloatFile(const std::filesystem::path& file) : file_(file), stream_(file, std::ios::binary) {}
    void add(std::span<const double> row);
    void add(double x, double y) { add(std::array{x, y}); }
    void close();  ///< @throws RunError

private:
    std::filesystem::path file_;
    std::ofstream stream_;
};

/// Runs a script in the folder of its data files; the script sets its terminal and draws into 'picture'. The picture
/// gets its name when it is complete. @throws RunError
void draw_picture(const std::string& script, const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace izhi::apps
