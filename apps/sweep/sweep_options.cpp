// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/plot_options.hpp"
#include "apps/cli/values.hpp"
#include "sweep_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kSweepExamples = R"(
Examples:
  izhi sweep cortex-1k --set 'projection.*.weight.scale=0.25:2:8' --plot scale.png
  izhi sweep cortex-1k --set population.inh.size=50:400:8 --set 'projection.*.weight.scale=0.25:2:8' \
      --out regimes --plot regimes.png
  izhi sweep my-network.toml --set network.dt_ms=0.1,0.5,1 --repeats 5 --json
  izhi sweep my-network.toml --set population.exc.bias_current=0.1:10:9:log

VALUES is a list, such as 1,2,5, or FROM:TO:COUNT, which includes both ends, in equal steps or with :log
in equal ratios. KEY is any number of a network file, see engine/io/NETWORK_FILE.md; * means every
population or projection. The last --set changes fastest. --out gets sweep.csv and sweep.jsonl, one
row per point in this order. Until they are complete, a journal there keeps the points that are done:
after Ctrl-C, a kill or a failure the same command continues. Each point runs on one thread and gives
the spikes of izhi run NETWORK --set KEY=VALUE ...: compare the spike hash. The measures are defined in
engine/analysis/README.md.)";

constexpr PictureTraits kSweepTraits{.time = false};

int sweep_command(const Arguments& arguments) {
    SweepOptions options;
    options.network = network_of(arguments);
    for (const std::string& text : arguments.texts("--set")) options.axes.push_back(parse_axis(text));
    if (options.axes.empty()) throw Error("give at least one --set KEY=VALUES, the numbers that the sweep changes");
    options.repeats = whole_of(arguments, "--repeats", 1, 100'000).value_or(options.repeats);
    options.seed = seed_of(arguments);
    read_duration(arguments, options);
    options.from_ms = duration_ms_of(arguments, "--from");
    options.threads = threads_of(arguments);
    options.isa = isa_of(arguments);
    options.memory_limit_bytes = memory_limit_of(arguments);
    options.out = arguments.text_if_given("--out");
    options.plot = picture_of(arguments);
    options.plot_style = plot_style_of(arguments, {"--plot"}, kSweepTraits);
    options.json = arguments.flag("--json");
    options.quiet = arguments.flag("--quiet");
    return sweep_network(options);
}

}  // namespace

Command sweep_options(CLI::App& program) {
    Arguments arguments(program, "sweep", "Run a network over a grid of its numbers and measure each run",
                        kSweepExamples);
    arguments.value("network", "NETWORK", kNetworkHelp)
        .values("--set", "KEY=VALUES", "A key and its values, once for each key of the grid")
        .value("--repeats", "COUNT", "Seeds at each point: N, N + 1, ... [1]")
        .value("--seed", "N", "The first seed [that of the network]")
        .value("--duration", "TIME", "Biological time of each run [5s]")
        .value("--from", "TIME", "Measure from this time on [a tenth of the duration]")
        .value("--out", "DIR", "Write the table as .csv and as JSON lines into this folder")
        .value("--plot", "FILE", "Heat maps of two keys, curves of one: a .png, .svg or .pdf")
        .flag("--json", "Print the rows as JSON lines and nothing else")
        .flag("--quiet", kNoProgressHelp);
    arguments.group("Speed")
        .value("--threads", "N", "Points at once, 1 to 1024 [as many as there are processors]")
        .value("--isa", "WORD", kIsaHelp)
        .value("--memory-limit", "SIZE", "Memory for all points at once, such as 4GB [what is free]");
    declare_plot_options(arguments, kSweepTraits);
    return {std::move(arguments), sweep_command};
}

}  // namespace izhi::apps
