// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "plot_options.hpp"

#include <string>

namespace izhi::apps {

void declare_plot_options(Arguments& arguments, const PictureTraits& traits) {
    // CLI11 shows no group without a name.
    const auto declare = [&](bool has, const char* name, const char* type, const char* help) {
        arguments.group(has ? "Pictures" : "").value(name, type, help);
    };
    declare(traits.title, "--plot-title", "TEXT", "The title; none: no title [what the picture shows]");
    declare(true, "--plot-size", "WxH",
            "Width and height, 2 to 40 inches, such as 7x5in or 18x12cm [depends on the picture]");
    declare(true, "--plot-font", "POINTS", "Size of the letters, 4 to 32 [8]");
    declare(traits.time, "--plot-window", "FROM:TO", "The part that time axes show, such as 200ms:700ms [all]");
    declare(traits.data, "--plot-data", "PATH",
            "Write the drawn data, one .csv per panel: a folder, or a name that ends in .csv");
}

PictureStyle plot_style_of(const Arguments& arguments, std::initializer_list<const char*> askers,
                           const PictureTraits& traits) {
    bool asked = askers.size() == 0;
    std::string needed;
    for (const char* const asker : askers) {
        asked = asked || arguments.given(asker);
        needed += (needed.empty() ? "" : " or ") + std::string(asker);
    }
    /// Empty if the option is not given.
    const auto given = [&](const char* name, bool has, const char* lacking) {
        if (!arguments.given(name)) return false;
        if (!has) refuse(arguments.command(), std::string(name) + " does not go with this command, " + lacking);
        if (!asked) refuse(arguments.command(), std::string(name) + " needs " + needed);
        return true;
    };
    PictureStyle style;
    if (given("--plot-title", traits.title, "whose pictures have no title"))
        style.title = parse_plot_title(arguments.text("--plot-title"));
    if (given("--plot-size", true, "")) style.size = parse_plot_size(arguments.text("--plot-size"));
    if (given("--plot-font", true, "")) style.points = parse_plot_font(arguments.text("--plot-font"));
    if (given("--plot-window", traits.time, "whose pictures have no time axis")) {
        if (!arguments.given("--plot"))
            refuse(arguments.command(), "--plot-window needs --plot: other pictures have no time axis");
        style.window = parse_plot_window(arguments.text("--plot-window"));
    }
    if (given("--plot-data", traits.data, "which writes the data of its pictures in any case"))
        style.data = parse_plot_data(arguments.text("--plot-data"));
    return style;
}

}  // namespace izhi::apps
