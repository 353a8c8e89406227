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
#include "picture_style.hpp"

namespace izhi::apps {

using Points = std::vector<std::pair<double, double>>;

/// A page of panels under construction; every picture of the program is one. This class defines what all pictures have
/// in common, from the size of letters to the look of axes; its users define what a page shows, and where.
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
    /// The place of a panel, as shares of the page.
    struct Place {
        double left, right, bottom, top;
    };
    enum class Numbers { shown, hidden };  ///< of an axis; hidden if a panel beside it has the same numbers

    /// A range, as shares of the page.
    struct Stretch {
        double from, to;
    };

    /// @param width_in, height_in the usual size of the page, to which shares refer; the style may have another size
    /// @throws Error unless the file's ending names a kind of picture
    Sheet(std::filesystem::path file, double width_in, double height_in, PictureStyle style = {});

    [[nodiscard]] PictureKind kind() const noexcept { return kind_; }

    [[nodiscard]] const PictureStyle& style() const noexcept { return style_; }

    // Layout. Shares of the page refer to the usual size and letters. With another size or other letters, the space
    // between panels gets room for its letters, and the panels take the rest.
    /// The ranges that panels occupy, from left to right and upwards. It applies to everything that is placed later.
    void layout(const std::vector<Stretch>& across, const std::vector<Stretch>& up);
    /// How many numbers fit along an axis on this page, if this many fit on a usual page.
    [[nodiscard]] int room_across(int usual) const { return across_.room(usual); }
    [[nodiscard]] int room_up(int usual) const { return up_.room(usual); }
    /// Heights of letters or lines, as shares of a panel.
    [[nodiscard]] double letters_up(double usual) const { return usual * up_.letters / up_.panels; }

    /// The size of letters for a text that begins at x: `size`, or less if the text would leave the page.
    [[nodiscard]] double fitted(std::string_view text, double x, double size) const;

    // Panels. The following calls belong to a panel, until plot() ends it.
    void panel(const Place& place);
    /// The only panel of its page; gnuplot places the names of axes beside their numbers.
    void lone_panel(const std::string& x_label, const std::string& y_label, const std::string& title_text,
                    const std::string& facts);
    void plot();

    // Axes. @param tics "(...)" from tics(), or gnuplot's "FIRST,STEP,LAST"
    void x_axis(double low, double high, const std::string& tics, Numbers numbers = Numbers::shown);
    void y_axis(double low, double high, const std::string& tics, Numbers numbers = Numbers::shown);
    /// Sets the range without an axis.
    void no_x_axis(double low, double high);
    void no_y_axis(double low, double high);
    /// The default look of the numbers of the page. Those of times, which are read most, are the darkest.
    /// @param format of numbers that gnuplot writes itself
    void style_numbers(std::string_view x_colour, std::string_view y_colour, const std::string& format = "% h");
    /// The name of an axis, beside or below the middle of the panel. @param x, y its place on the page
    void y_label(std::string_view text, double x, double size = 1.0);
    void x_label(std::string_view text, double y, double size = 1.0);
    /// Arguments of gnuplot's "set". Texts of users must not go here.
    void set(const std::string& command) { script_ += "set " + command + '\n'; }

    // Places for texts and arrows.
    [[nodiscard]] std::string on_page(double x, double y) const;
    [[nodiscard]] static std::string on_panel(double x, double y);  ///< as shares of the panel
    [[nodiscard]] static std::string at(double x, double y);        ///< values of the axes

    /// " font ..." for letters, as a multiple of the usual size.
    [[nodiscard]] std::string font(double size) const;
    /// @param how "left", "center rotate", ...
    /// @param size of the letters, as a multiple of the usual size
    void text(std::string_view what, const std::string& where, const std::string& how, double size = 1.0,
              std::string_view colour = "#000000");
    /// The same with gnuplot's mark-up, for our own texts only.
    void marked_text(std::string_view what, const std::string& where, const std::string& how, double size,
                     std::string_view colour);
    /// The title of the picture.
    void title(std::string_view text, const std::string& where, double size = 1.4);
    void arrow(const std::string& from, const std::string& to, const std::string& how = "nohead",
               std::string_view colour = kGrey, double width = 0.8);
    /// A filled rectangle. @param how "", "behind", ...
    void box(const std::string& from, const std::string& to, std::string_view colour, const std::string& how = "");
    /// The scale of the palette's colours, to the right of a panel.
    void colour_box(const Place& panel);
    /// The legend of a page whose curves have names. @param where "top right", ...
    void key(const std::string& where);

    // The content of the panel, from back to front.
    /// @param name in the legend, if there is one
    void line(const Points& points, std::string_view colour, double width = 0.8, const std::string& style = "lines",
              std::string_view name = {});
    /// Many small dots. They are a little larger in .svg, whose viewers draw tiny objects paler than pixels.
    void dots(const Points& points, std::string_view colour, double size);
    /// Anything else that "plot" takes.
    void add(const std::string& part) { parts_ += ", \\\n  " + part; }
    /// Writes rows of numbers for "plot". @return "'FILE' binary format=..."
    [[nodiscard]] std::string data(std::span<const double> numbers, std::size_t columns);
    [[nodiscard]] std::string data(const Points& points);

    // The drawn data, as a table for style().data. Numbers have the units that the panel shows.
    /// The table of this panel. @param columns their titles, with units
    void table(std::string_view panel, const std::vector<std::string>& columns);
    void row(const std::vector<std::string>& cells);
    /// name, x, y of each point
    void rows(std::string_view name, const Points& points);

    /// Draws the picture. It gets its name when it is complete, after the data. @return the picture and the files of
    /// data
    /// @throws RunError
    std::vector<std::filesystem::path> draw();

private:
    /// One direction of the page.
    struct Direction {
        std::vector<Stretch> stretches{};
        double letters = 1.0;  ///< size of letters as shares of the page, relative to the usual
        double between = 1.0;  ///< size of the space between panels, relative to the usual
        double panels = 1.0;   ///< size of panels, relative to the usual
        void lay_out(const std::vector<Stretch>& where);
        [[nodiscard]] double at(double share) const;
        [[nodiscard]] int room(int usual) const;
    };
    struct Table {
        std::string panel, csv;
    };

    void begin_panel();
    std::filesystem::path file_;
    PictureKind kind_;
    PictureStyle style_;
    TemporaryFolder folder_;
    Direction across_, up_;
    std::vector<Table> tables_;
    Place place_{};
    std::string_view x_numbers_ = "#000000", y_numbers_ = kGrey;
    std::string number_format_ = "% h";
    std::string script_, parts_;
    std::size_t files_ = 0;
};

/// " lw WIDTH lc rgb 'COLOUR'", the style of a part of "plot".
[[nodiscard]] std::string pen(std::string_view colour, double width);

}  // namespace izhi::apps
