// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/text/output_paths.hpp"
#include "gnuplot.hpp"

namespace izhi::apps {

using Points = std::vector<std::pair<double, double>>;

/// A page of panels under construction: every picture of the program is one. What all have in common, from the size of
/// letters to the look of axes, is said here and nowhere else; what a page shows, and where, is said by who makes it.
///
///     Sheet sheet("picture.png", 7.0, 5.2);
///     sheet.panel({.left = 0.1, .right = 0.9, .bottom = 0.1, .top = 0.9});
///     sheet.x_axis(0, 1000, tics(1000, 10));
///     sheet.y_axis(0, 50, tics(50, 4));
///     sheet.line(points, series_colour(0));
///     sheet.plot();
///     sheet.draw();
class Sheet {
public:
    /// Where a panel stands, as shares of the page.
    struct Place {
        double left, right, bottom, top;
    };
    enum class Numbers { shown, hidden };  ///< of an axis: hidden where a panel beside it has the same

    /// @throws Error unless the file's ending names a kind of picture
    Sheet(std::filesystem::path file, double width_in, double height_in);

    [[nodiscard]] PictureKind kind() const noexcept { return kind_; }

    // A panel: what follows is of it, until plot() ends it.
    void panel(const Place& place);
    /// The only one of its page: names of axes stand where their numbers leave room, as gnuplot sets them.
    void lone_panel(const std::string& x_label, const std::string& y_label, const std::string& title_text,
                    const std::string& facts);
    void plot();

    // Axes. @param tics "(...)" of tics(), or gnuplot's own "FIRST,STEP,LAST"
    void x_axis(double low, double high, const std::string& tics, Numbers numbers = Numbers::shown);
    void y_axis(double low, double high, const std::string& tics, Numbers numbers = Numbers::shown);
    /// No axis, but its range.
    void no_x_axis(double low, double high);
    void no_y_axis(double low, double high);
    /// How all numbers of the page look where this is not said: those of times, which are read most, are the darkest.
    /// @param format of those that are left to gnuplot
    void style_numbers(std::string_view x_colour, std::string_view y_colour, const std::string& format = "% h");
    /// The name of an axis, beside or below the middle of the panel. @param x, y where on the page
    void y_label(std::string_view text, double x, double size = 1.0);
    void x_label(std::string_view text, double y, double size = 1.0);
    /// What gnuplot's "set" takes. Texts of users never go here.
    void set(const std::string& command) { script_ += "set " + command + '\n'; }

    // Places for texts and arrows.
    [[nodiscard]] std::string on_page(double x, double y) const;
    [[nodiscard]] static std::string on_panel(double x, double y);  ///< as shares of the panel
    [[nodiscard]] static std::string at(double x, double y);        ///< values of the axes

    /// @param how "left", "center rotate", ...
    /// @param size of the letters, as a multiple of the usual
    void text(std::string_view what, const std::string& where, const std::string& how, double size = 1.0,
              std::string_view colour = "#000000");
    /// As text, with gnuplot's mark-up: only for texts of ours.
    void marked_text(std::string_view what, const std::string& where, const std::string& how, double size,
                     std::string_view colour);
    /// The picture's own.
    void title(std::string_view text, const std::string& where, double size = 1.4);
    void arrow(const std::string& from, const std::string& to, const std::string& how = "nohead",
               std::string_view colour = kGrey, double width = 0.8);
    /// A filled rectangle. @param how "", "behind", ...
    void box(const std::string& from, const std::string& to, std::string_view colour, const std::string& how = "");
    /// What the colours of the palette mean, to the right of a panel.
    void colour_box(const Place& panel);
    /// The legend of a page whose curves have names. @param where "top right", ...
    void key(const std::string& where);

    // What the panel draws, from back to front.
    /// @param name in the legend, if there is one
    void line(const Points& points, std::string_view colour, double width = 0.8, const std::string& style = "lines",
              std::string_view name = {});
    /// Specks, of which there are many. They are a little larger in .svg, whose viewers draw tiny objects paler than pixels.
    void dots(const Points& points, std::string_view colour, double size);
    /// Anything else that "plot" takes.
    void add(const std::string& part) { parts_ += ", \\\n  " + part; }
    /// Rows of numbers for it. @returns "'FILE' binary format=..."
    [[nodiscard]] std::string data(std::span<const double> numbers, std::size_t columns);
    [[nodiscard]] std::string data(const Points& points);

    /// The picture appears under its name when it is complete. @throws RunError
    void draw();

private:
    void begin_panel();

    std::filesystem::path file_;
    PictureKind kind_;
    TemporaryFolder folder_;
    Place place_{};
    std::string_view x_numbers_ = "#000000", y_numbers_ = kGrey;
    std::string number_format_ = "% h";
    std::string script_, parts_;
    std::size_t files_ = 0;
};

/// " lw WIDTH lc rgb 'COLOUR'": how a part of "plot" draws.
[[nodiscard]] std::string pen(std::string_view colour, double width);

}  // namespace izhi::apps
