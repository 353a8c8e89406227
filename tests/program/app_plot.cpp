// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// What a user may choose of a picture, and the page it is drawn on.
#include "apps/plot/picture_style.hpp"
#include "apps/plot/sheet.hpp"
#include "apps/text/csv_text.hpp"
#include "apps/text/output_paths.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "izhi/error.hpp"

namespace {

using namespace izhi;
using namespace izhi::apps;

TEST_CASE("a picture's title: a text, or none") {
    CHECK(parse_plot_title("Two words") == "Two words");
    CHECK(parse_plot_title("none") == "");
    CHECK(parse_plot_title("") == "");
}

TEST_CASE("a picture's size has a unit and bounds") {
    CHECK(parse_plot_size("7x5in").width_in == 7.0);
    CHECK(parse_plot_size("7x5.5in").height_in == 5.5);
    CHECK(parse_plot_size("25.4x12.7cm").width_in == doctest::Approx(10.0));
    CHECK(parse_plot_size("25.4x12.7cm").height_in == doctest::Approx(5.0));
    CHECK(parse_plot_size("2x40in").height_in == 40.0);
    for (const char* wrong : {"", "7x5", "7in", "7x5mm", "x5in", "7x in", "7 x 5in", "1.9x5in", "7x40.1in", "-7x5in",
                              "nanx5in", "infx5in", "7x5cmm", "7x5x3in", "5x5cm"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS((void)parse_plot_size(wrong), Error);
    }
}

TEST_CASE("a picture's letters have bounds") {
    CHECK(parse_plot_font("4") == 4.0);
    CHECK(parse_plot_font("10.5") == 10.5);
    for (const char* wrong : {"", "3.9", "33", "10pt", "nan"}) CHECK_THROWS_AS((void)parse_plot_font(wrong), Error);
}

TEST_CASE("a picture's window: two times, the earlier first; 0 needs no unit") {
    const PictureStyle::Window window = parse_plot_window("200ms:1.5s");
    CHECK(window.from_ms == 200.0);
    CHECK(window.to_ms == 1500.0);
    CHECK(parse_plot_window("0:1s").from_ms == 0.0);
    CHECK(parse_plot_window("0ms:1s").from_ms == 0.0);
    for (const char* wrong : {"", "1s", "1s:", ":1s", "1:2", "2s:1s", "1s:1s", "0:0", "-1s:1s", "1s:2s:3s"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS((void)parse_plot_window(wrong), Error);
    }
}

TEST_CASE("an axis of time shows what of the window there is") {
    PictureStyle style;
    const auto shown = [&](double begin, double end) {
        const PictureStyle::Window window = window_of(style, begin, end);
        return std::pair{window.from_ms, window.to_ms};
    };
    CHECK(shown(0.0, 1000.0) == std::pair{0.0, 1000.0});
    style.window = {200.0, 700.0};
    CHECK(shown(0.0, 1000.0) == std::pair{200.0, 700.0});
    CHECK(shown(500.0, 600.0) == std::pair{500.0, 600.0});
    // of a run that was stopped before it
    CHECK(shown(0.0, 100.0) == std::pair{0.0, 100.0});
    CHECK_NOTHROW(require_window(style, 0.0, 201.0));
    CHECK_THROWS_AS(require_window(style, 0.0, 200.0), Error);
    CHECK_THROWS_AS(require_window(style, 700.0, 900.0), Error);
}

TEST_CASE("data lies beside a picture under its name and those of its panels") {
    PictureStyle style;
    const std::array<std::string_view, 2> panels{"raster", "rates"};
    CHECK(data_files("out/a.png", style, panels).empty());
    style.data = "folder";
    CHECK(data_files("out/a.png", style, panels) ==
          std::vector<std::filesystem::path>{"folder/a-raster.csv", "folder/a-rates.csv"});
    CHECK(data_files("out/a.png", style, kLonePanel) == std::vector<std::filesystem::path>{"folder/a.csv"});
    style.data = "x/b.csv";
    CHECK(data_files("out/a.png", style, panels) ==
          std::vector<std::filesystem::path>{"x/b-raster.csv", "x/b-rates.csv"});
    CHECK(data_files("out/a.png", style, kLonePanel) == std::vector<std::filesystem::path>{"x/b.csv"});
}

TEST_CASE("cells of a .csv are quoted where they must be") {
    CHECK(csv_cell("exc") == "exc");
    CHECK(csv_cell("a, b") == "\"a, b\"");
    CHECK(csv_cell("12\"") == "\"12\"\"\"");
    CHECK(csv_cell(0.1) == "0.1");
    CHECK(csv_cell(std::numeric_limits<double>::quiet_NaN()).empty());
}

TEST_CASE("a page of the usual size and letters is laid out as it is written") {
    Sheet sheet("a.svg", 7.0, 5.0);
    sheet.layout({{0.1, 0.9}}, {{0.2, 0.8}});
    CHECK(sheet.on_page(0.123, 0.456) == "screen 0.123,0.456");
    CHECK(sheet.room_across(10) == 10);
    CHECK(sheet.letters_up(0.05) == 0.05);
    CHECK(sheet.fitted(std::string(500, 'x'), 0.1, 1.0) == 1.0);
}

TEST_CASE("with larger letters, or on a smaller page, what lies between panels grows and panels shrink") {
    for (const PictureStyle& style : {PictureStyle{.points = 12.0}, PictureStyle{.size = {{14.0 / 3.0, 10.0 / 3.0}}}}) {
        Sheet sheet("a.svg", 7.0, 5.0, style);
        sheet.layout({{0.1, 0.4}, {0.6, 0.9}}, {{0.2, 0.8}});
        // 1.5 times 0.4 between panels: 0.4 is left for the two of 0.3.
        CHECK(sheet.on_page(0.1, 0.0) == "screen 0.15,0");
        CHECK(sheet.on_page(0.4, 0.0) == "screen 0.35,0");
        CHECK(sheet.on_page(0.6, 1.0) == "screen 0.65,1");
        CHECK(sheet.on_page(0.9, 1.0) == "screen 0.85,1");
        CHECK(sheet.room_across(12) == 5);
        CHECK(sheet.fitted(std::string(100, 'x'), 0.1, 1.0) < 1.0);
        CHECK(sheet.fitted("short", 0.1, 1.0) == 1.0);
    }
    // However large they are, a part of each panel stays.
    Sheet crowded("a.svg", 7.0, 5.0, {.points = 32.0});
    crowded.layout({{0.1, 0.9}}, {{0.2, 0.8}});
    CHECK(crowded.on_page(0.1, 0.2) == "screen 0.36,0.395");
}

}  // namespace
