// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sheet.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

#include "apps/text/csv_text.hpp"

namespace izhi::apps {
namespace {

/// The smallest size of panels, as a share of their usual size.
constexpr double kLeastPanels = 0.35;
/// Width of a letter as a share of a usual page, rounded up.
constexpr double kCharacter = 0.0092;
constexpr std::string_view kInvisible = "#FFFFFFFF";

std::string range_text(double low, double high) {
    return " [" + gnuplot_number(low) + ':' + gnuplot_number(high) + ']';
}

std::string colour_text(std::string_view colour) { return " rgb '" + std::string(colour) + "'"; }

}  // namespace

std::string pen(std::string_view colour, double width) {
    return " lw " + gnuplot_number(width) + " lc" + colour_text(colour);
}

Sheet::Sheet(std::filesystem::path file, double width_in, double height_in, PictureStyle style)
    : file_(std::move(file)), kind_(picture_kind(file_)), style_(std::move(style)) {
    const PictureStyle::Size size = style_.size.value_or(PictureStyle::Size{width_in, height_in});
    const double larger = style_.points / kUsualPoints;
    across_.letters = larger * (width_in / size.width_in);
    up_.letters = larger * (height_in / size.height_in);
    script_ = terminal(kind_, size.width_in, size.height_in, style_.points) +
              "set output 'picture'\nset encoding utf8\nset multiplot\nset tics out nomirror scale 0.5\nunset key\n"
              "set clip two\n";
}

void Sheet::Direction::lay_out(const std::vector<Stretch>& where) {
    stretches = where;
    double covered = 0.0;
    for (const Stretch& stretch : where) covered += stretch.to - stretch.from;
    // If letters are too large for a page, they overlap the panels, which keep a part of it.
    between = std::min(letters, (1.0 - kLeastPanels * covered) / (1.0 - covered));
    panels = between == 1.0 ? 1.0 : (1.0 - between * (1.0 - covered)) / covered;
}

double Sheet::Direction::at(double share) const {
    if (between == 1.0) return share;
    double passed = 0.0, covered = 0.0;
    for (const Stretch& stretch : stretches) covered += std::clamp(share, stretch.from, stretch.to) - stretch.from;
    passed = share - covered;
    return between * passed + panels * covered;
}

int Sheet::Direction::room(int usual) const {
    return std::clamp(static_cast<int>(usual * panels / letters + 1e-9), std::min(usual, 3), 2 * usual);
}

double Sheet::fitted(std::string_view what, double x, double size) const {
    const double needed = kCharacter * static_cast<double>(what.size()) * size * across_.letters;
    const double room = 1.0 - across_.at(x);
    return across_.letters <= 1.0 || needed <= room ? size : size * room / needed;
}

void Sheet::layout(const std::vector<Stretch>& across, const std::vector<Stretch>& up) {
    across_.lay_out(across);
    up_.lay_out(up);
}

std::string Sheet::font(double size) const { return izhi::apps::font(kind_, style_.points * size); }

void Sheet::begin_panel() {
    script_ += "unset label\nunset arrow\nunset object\nunset logscale\n";
    set("format " + gnuplot_text(number_format_));
    set("border 3 linewidth 0.8 linecolor" + colour_text(kGrey));
    parts_.clear();
}

void Sheet::panel(const Place& place) {
    begin_panel();
    place_ = place;
    for (const auto& [margin, at] :
         {std::pair{"lmargin", across_.at(place.left)}, std::pair{"rmargin", across_.at(place.right)},
          std::pair{"bmargin", up_.at(place.bottom)}, std::pair{"tmargin", up_.at(place.top)}})
        set(std::string(margin) + " at screen " + gnuplot_number(at));
}

void Sheet::lone_panel(const std::string& x_label, const std::string& y_label, const std::string& title_text,
                       const std::string& facts) {
    begin_panel();
    style_numbers(kGrey, kGrey);
    // About the part that gnuplot's margins leave to the panel.
    layout({{0.09, 0.97}}, {{0.11, 0.87}});
    title(title_text, on_panel(0, 1.0 + letters_up(0.11)), 1.3);
    text(facts, on_panel(0, 1.0 + letters_up(0.04)), "left", fitted(facts, 0.09, 1.0), kGrey);
    set("tmargin 4");
    set("xlabel " + gnuplot_text(x_label));
    set("ylabel " + gnuplot_text(y_label));
}

void Sheet::plot() {
    // Without any data, gnuplot still draws axes for this function.
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

std::string Sheet::on_page(double x, double y) const { return "screen " + at(across_.at(x), up_.at(y)); }

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
    set("label " + gnuplot_text(what) + " at " + where + ' ' + how + font(size) + " textcolor" + colour_text(colour));
}

void Sheet::title(std::string_view what, const std::string& where, double size) {
    const std::string own(what), &shown = style_.title ? *style_.title : own;
    if (!shown.empty()) text(shown, where, "left", size);
}

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
        gnuplot_number(up_.at(panel.top) - up_.at(panel.bottom)));
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

void Sheet::table(std::string_view panel, const std::vector<std::string>& columns) {
    tables_.push_back({std::string(panel), ""});
    row(columns);
}

void Sheet::row(const std::vector<std::string>& cells) {
    if (!style_.data) return;
    std::string& csv = tables_.back().csv;
    for (std::size_t c = 0; c < cells.size(); ++c) csv += (c == 0 ? "" : ",") + csv_cell(std::string_view(cells[c]));
    csv += '\n';
}

void Sheet::rows(std::string_view name, const Points& points) {
    if (!style_.data) return;
    std::string& csv = tables_.back().csv;
    for (const auto& [x, y] : points) csv += csv_cell(name) + ',' + csv_cell(x) + ',' + csv_cell(y) + '\n';
}

std::vector<std::filesystem::path> Sheet::draw() {
    std::vector<std::filesystem::path> files{file_};
    if (style_.data)
        for (const Table& table : tables_) {
            const std::string_view panel = table.panel;
            const std::filesystem::path file = data_files(file_, style_, {&panel, 1}).front();
            if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
            write_file(file, [&](std::ostream& out) { out << table.csv; });
            files.push_back(file);
        }
    draw_picture(script_ + "unset multiplot\nset output\n", folder_.path(), file_);
    return files;
}

}  // namespace izhi::apps
