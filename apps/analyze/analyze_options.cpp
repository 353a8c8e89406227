// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "analyze_command.hpp"
#include "apps/cli/command.hpp"
#include "apps/cli/plot_options.hpp"
#include "apps/cli/values.hpp"
#include "apps/text/units.hpp"
#include "engine/io/table_reader.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kAnalyzeExamples = R"(
Examples:
  izhi analyze recordings/spikes.h5
  izhi analyze recordings/spikes.h5 --from 500ms --plot analysis.png
  izhi analyze spikes.gdf --network cortex-1k    names and sizes are those of this network
  izhi analyze spikes-*.dat --population exc=1-800 --population inh=801-1000 --until 10s
  izhi analyze brian.csv --unit s --json
  izhi analyze spikes.txt --columns time,neuron

FILE is SONATA (.h5) or text with one spike per line, from izhi or another simulator; the content
decides which. Several FILEs belong to one run, such as one per thread or rank. The columns of a
text are recognised by their names, in any order. Without names, the column with fractions has the
times; if both are whole numbers, neurons come first. Times are in ms unless the file or --unit
gives another unit. Measures: mean rates, variation of inter-spike intervals, synchrony, spectrum,
regime. engine/analysis/README.md has their definitions and sources.)";

/// "s", "ms", or, for times in steps, the length of a step: "0.1ms".
double unit_of(const std::string& text) {
    if (const auto unit = io::detail::time_unit_ms(text)) return *unit;
    try {
        return parse_duration_ms("--unit", text);
    } catch (const Error&) {
        throw Error(
            "", "--unit", "is '" + text + "'",
            std::string(io::detail::kTimeUnits) + ", or, for times in steps, the length of a step, such as 0.1ms");
    }
}

std::vector<std::string> columns_of(const std::string& text) {
    std::vector<std::string> columns = split_list(text);
    std::size_t times = 0, neurons = 0, populations = 0;
    for (const std::string& column : columns) {
        times += column == "time" ? 1 : 0;
        neurons += column == "neuron" ? 1 : 0;
        populations += column == "population" ? 1 : 0;
    }
    const auto named =
        times + neurons + populations + static_cast<std::size_t>(std::count(columns.begin(), columns.end(), "-"));
    if (times != 1 || neurons != 1 || populations > 1 || named != columns.size())
        throw Error("", "--columns", "is '" + text + "'",
                    "the columns of the file from left to right: time, neuron, population, - (not used), such as "
                    "neuron,time");
    return columns;
}

int analyze_command(const Arguments& arguments) {
    AnalyzeOptions options;
    for (const std::string& file : arguments.texts("file")) options.files.emplace_back(file);
    if (options.files.empty() || options.files.front().empty()) refuse(arguments.command(), "give a file of spikes");
    if (arguments.given("--columns")) options.reading.columns = columns_of(arguments.text("--columns"));
    if (arguments.given("--unit")) options.reading.time_unit_ms = unit_of(arguments.text("--unit"));
    options.populations = arguments.texts("--population");
    options.network = arguments.text_if_given("--network");
    if (options.network && !options.populations.empty())
        throw Error("--network and --population both give the sizes; give one of them");
    options.from_ms = duration_ms_of(arguments, "--from").value_or(options.from_ms);
    options.until_ms = duration_ms_of(arguments, "--until");
    options.dt_ms = duration_ms_of(arguments, "--dt").value_or(options.dt_ms);
    options.plot = picture_of(arguments);
    options.plot_style = plot_style_of(arguments, {"--plot"});
    options.json = arguments.flag("--json");
    return analyze_files(options);
}

}  // namespace

Command analyze_options(CLI::App& program) {
    Arguments arguments(program, "analyze", "Measure and draw the spikes of files", kAnalyzeExamples);
    arguments.lists("file", "FILE...", "Recorded spikes: SONATA (.h5) or text")
        .value("--plot", "FILE", "Draw a sheet of five plots: a .png, .svg or .pdf")
        .flag("--json", "Print the measures as one JSON object and nothing else")
        .value("--from", "TIME", "Measure from this time on, such as 500ms [0]")
        .value("--until", "TIME", "The end of the recording [the end in the file, or the last spike]");
    arguments.group("What the file does not say")
        .value("--network", "NETWORK", "The network that was run, for populations and sizes")
        .values("--population", "NAME=SIZE", "exc=800, or as numbered in the file exc=1-800; once for each")
        .value("--columns", "LIST",
               "The columns of a text: time, neuron, population, - (not used), such as neuron,time")
        .value("--unit", "UNIT", "The unit of times: ms, s, us; for steps the length of a step, such as 0.1ms [ms]")
        .value("--dt", "TIME", "The step of the simulation, so that bins are whole steps [1ms]");
    declare_plot_options(arguments);
    return {std::move(arguments), analyze_command};
}

}  // namespace izhi::apps
