// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/plot_options.hpp"
#include "figures_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kFiguresExamples = R"(
Examples:
  izhi figures
  izhi figures --out print

Draws figures 1 to 3 of the 2003 paper, the twenty patterns of 2004 and the cost of a neuron, as .png
(300 dots per inch) and .svg, and writes the data of each as .csv. The cost was measured on the machine
that the figure names; build/bin/izhi_cost measures it again.)";

constexpr PictureTraits kFigureTraits{.title = false, .time = false, .data = false};

int figures_command(const Arguments& arguments) {
    FiguresOptions options;
    options.json = arguments.flag("--json");
    if (arguments.given("--out")) options.out = arguments.text("--out");
    options.style = plot_style_of(arguments, {}, kFigureTraits);
    return draw_figures(options);
}

}  // namespace

Command figures_options(CLI::App& program) {
    Arguments arguments(program, "figures", "Draw the figures of the papers of 2003 and 2004", kFiguresExamples);
    arguments.value("--out", "DIR", "Where to [figures]").flag("--json", "Print the files as one JSON object");
    declare_plot_options(arguments, kFigureTraits);
    return {std::move(arguments), figures_command};
}

}  // namespace izhi::apps
