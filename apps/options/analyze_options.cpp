// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/commands.hpp"
#include "command.hpp"
#include "values.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kExamples = R"(
Examples:
  izhi analyze recordings/spikes.h5
  izhi analyze recordings/spikes.h5 --from 500ms --plot analysis.png
  izhi analyze spikes.gdf --network cortex-1k    names and sizes are those of this network
  izhi analyze nest.dat --population exc=1-800 --population inh=801-1000 --until 10s
  izhi analyze spikes.csv --json

FILE is SONATA (.h5), .csv or .gdf as izhi writes them, or the .gdf or .dat of NEST; its content
decides. Measures: mean rates, variation of inter-spike intervals, synchrony, spectrum, regime.
What each one is, and where it comes from: apps/analysis/README.md.)";

int run(const Arguments& arguments) {
    AnalyzeOptions options;
    if (arguments.text("file").empty()) refuse(arguments.command(), "give a file of spikes");
    options.file = arguments.text("file");
    options.populations = arguments.texts("--population");
    options.network = arguments.text_if_given("--network");
    if (options.network && !options.populations.empty())
        throw Error("--network and --population both say what the sizes are; give one of them");
    options.from_ms = duration_ms_of(arguments, "--from").value_or(options.from_ms);
    options.until_ms = duration_ms_of(arguments, "--until");
    options.dt_ms = duration_ms_of(arguments, "--dt").value_or(options.dt_ms);
    options.plot = picture_of(arguments);
    options.json = arguments.flag("--json");
    return analyze_file(options);
}

}  // namespace

Command analyze_options(CLI::App& program) {
    Arguments arguments(program, "analyze", "Measure and draw the spikes of a file", kExamples);
    arguments.value("file", "FILE", "Recorded spikes: .h5 (SONATA), .csv, .gdf, .dat")
        .value("--plot", "FILE", "Draw a sheet of five plots: a .png, .svg or .pdf")
        .flag("--json", "Print the measures as one JSON object and nothing else")
        .value("--from", "TIME", "Leave out what comes before, such as 500ms [nothing]")
        .value("--until", "TIME", "The end of the recording [as the file says, or the last spike]");
    arguments.group("What the file does not say")
        .value("--network", "NETWORK", "The network that was run, for populations and sizes")
        .values("--population", "NAME=SIZE", "exc=800, or as numbered in the file exc=1-800; once for each")
        .value("--dt", "TIME", "The step of the simulation, so that bins are whole steps [1ms]");
    return {std::move(arguments), run};
}

}  // namespace izhi::apps
