// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sheet.hpp"

#include <array>
#include <utility>

namespace izhi::apps {
namespace {

constexpr std::string_view kInvisible = "#FFFFFFFF";

std::string range_text(double low, double high) {
    return " [" + gnuplot_number(low) + ':' + gnuplot_number(high) + ']';
}

std::string colour_text(std::string_view colour) { return " rgb '" + std::string(colour) + "'"; }

}  // namespace

std::string pen(std::string_view colour, double width) {
    return " lw " + gnuplot_number(width) + " lc" + colour_text(colour);
}

Sheet::Sheet(std::filesystem::path file, double width_in, double height_in)
    : file_(std::move(file)), kind_(picture_kind(file_)) {
    script_ = terminal(kind_, width_in, height_in) +
              "set output 'picture'\nset encoding utf8\nset multiplot\nset tics out nomirror scale 0.5\nunset key\n"
              "set clip two\n";
}

void Sheet::begin_panel() {
    script_ += "unset label\nunset arrow\nunset object\nunset logscale\n";
    set("format " + gnuplot_text(number_format_));
    set("border 3 linewidth 0.8 linecolor" + colour_text(kGrey));
    parts_.clear();
}

void Sheet::panel(const Place& place) {
    begin_panel();
    place_ = place;
    for (const auto& [margin, at] : {std::pair{"lmargin", place.left}, std::pair{"rmargin", place.right},
                                     std::pair{"bmargin", place.bottom}, std::pair{"tmargin", place.top}})
        set(std::string(margin) + " at screen " + gnuplot_number(at));
}

void Sheet::lone_panel(const std::string& x_label, const std::string& y_label, const std::string& title_text,
                       const std::string& facts) {
    begin_panel();
    style_numbers(kGrey, kGrey);
    title(title_text, on_panel(0, 1.11), 1.3);
    text(facts, on_panel(0, 1.04), "left", 1.0, kGrey);
    set("tmargin 4");
    set("xlabel " + gnuplot_text(x_label));
    set("ylabel " + gnuplot_text(y_label));
}

void Sheet::plot() {
    // Without any data gnuplot still draws axes for this one.
    script_ += "plot 1/0 notitle" + parts_ + '\n';
}

void Sheet::x_axis(double low, double high, const std::string& tics, Numbers numbers) {
    set("xrange" + range_text(low, high));
    set("xtics " + tics + " textcolor" + colour_text(numbers == Numbers::shown ? x_numbers_ : kInvisible));
}

void Sheet::y_axis(double low, double high, const std::string& tics, Numbers numbers) {
    set("yrange" + range_text(low, high));
    set("ytics " + tics + " textcolor" + colour_text(numbers == Numbers::shown ? y_numbers_ : kInvisible));
}

void Sheet::style_numbers(std::string_view x_colour, std::string_view y_colour, const std::string& format) {
    x_numbers_ = x_colour;
    y_numbers_ = y_colour;
    number_format_ = format;
}

void Sheet::no_x_axis(double low, double high) {
    script_ += "unset xtics\n";
    set("xrange" + range_text(low, high));
}

void Sheet::no_y_axis(double low, double high) {
    script_ += "unset ytics\n";
    set("yrange" + range_text(low, high));
}

void Sheet::y_label(std::string_view label, double x, double size) {
    text(label, on_page(x, 0.5 * (place_.bottom + place_.top)), "center rotate", size);
}

void Sheet::x_label(std::string_view label, double y, double size) {
    text(label, on_page(0.5 * (place_.left + place_.right), y), "center", size);
}

std::string Sheet::on_page(double x, double y) const { return "screen " + at(x, y); }

std::string Sheet::on_panel(double x, double y) {
    return "graph " + gnuplot_number(x) + ", graph " + gnuplot_number(y);
}

std::string Sheet::at(double x, double y) { return gnuplot_number(x) + ',' + gnuplot_number(y); }

void Sheet::text(std::string_view what, const std::string& where, const std::string& how, double size,
                 std::string_view colour) {
    marked_text(what, where, how + " noenhanced", size, colour);
}

void Sheet::marked_text(std::string_view what, const std::string& where, const std::string& how, double size,
                        std::string_view colour) {
    set("label " + gnuplot_text(what) + " at " + where + ' ' + how + font(kind_, size) + " textcolor" +
        colour_text(colour));
}

void Sheet::title(std::string_view what, const std::string& where, double size) { text(what, where, "left", size); }

void Sheet::arrow(const std::string& from, const std::string& to, const std::string& how, std::string_view colour,
                  double width) {
    set("arrow from " + from + " to " + to + ' ' + how + pen(colour, width));
}

void Sheet::box(const std::string& from, const std::string& to, std::string_view colour, const std::string& how) {
    set("object rectangle from " + from + " to " + to + ' ' + how + " fillcolor" + colour_text(colour) +
        " fillstyle solid noborder");
}

void Sheet::colour_box(const Place& panel) {
    set("colorbox user origin " + on_page(panel.right + 0.012, panel.bottom) + " size screen 0.014," +
        gnuplot_number(panel.top - panel.bottom));
}

void Sheet::key(const std::string& where) { set("key " + where + " noenhanced spacing 1.3"); }

void Sheet::line(const Points& points, std::string_view colour, double width, const std::string& style,
                 std::string_view name) {
    add(data(points) + " using 1:2 with " + style + pen(colour, width) +
        (name.empty() ? " notitle" : " title " + gnuplot_text(name)));
}

void Sheet::dots(const Points& points, std::string_view colour, double size) {
    const double drawn = kind_ == PictureKind::svg ? 1.6 * size : size;
    add(data(points) + " using 1:2 with points pt 7 ps " + gnuplot_number(drawn) + " lc" + colour_text(colour) +
        " notitle");
}

std::string Sheet::data(std::span<const double> numbers, std::size_t columns) {
    const std::string name = "data" + std::to_string(files_++);
    FloatFile file(folder_.path() / name);
    file.add(numbers);
    file.close();
    std::string format;
    for (std::size_t c = 0; c < columns; ++c) format += "%float32";
    return gnuplot_text(name) + " binary format=" + gnuplot_text(format);
}

std::string Sheet::data(const Points& points) {
    std::vector<double> numbers;
    numbers.reserve(2 * points.size());
    for (const auto& [x, y] : points) {
        numbers.push_back(x);
        numbers.push_back(y);
    }
    return data(numbers, 2);
}

void Sheet::draw() { draw_picture(script_ + "unset multiplot\nset output\n", folder_.path(), file_); }

}  // namespace izhi::apps
