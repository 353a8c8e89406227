// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/command.hpp"
#include "apps/cli/plot_options.hpp"
#include "apps/cli/values.hpp"
#include "apps/text/units.hpp"
#include "izhi/io/sonata.hpp"
#include "run_command.hpp"
#include "run_settings.hpp"
#include "run_shared.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kRunExamples = R"(
Examples:
  izhi run cortex-10k                            one second of the paper's network
  izhi run cortex-10k --duration 10s --plot raster.png
  izhi run my-network.toml --seed 7 --out results
  izhi run simulation_config.json                a network in SONATA, with the length and files of the config
  izhi run cortex-1k --duration 1min --json | python3 -m json.tool
  izhi run cortex-100k --profile --timeline trace.json
  izhi run cortex-10k --realtime --duration 1min --latency-plot latency.png
  izhi run cortex-10k --realtime --duration 1min --checkpoint every=5s,dir=saved
  izhi run cortex-10k --replay live.jsonl        repeats the spikes of a live run
  izhi run polychrony --duration 1min --plot learning.png
  izhi run cortex-1m --duration 10min --out results --checkpoint every=30s,dir=saved

The spikes depend on the network, its seed and the duration only. Threads, instruction set, delivery
and storage change the speed but not the spikes: compare the spike hash. Ctrl-C stops the run after a
step, keeps the recording and prints the summary so far.)";

/// "400:200": 200 steps from step 400 on.
RunOptions::TraceWindow parse_trace_window(const std::string& text) {
    // A million steps are more than any viewer can open.
    constexpr std::uint64_t most_steps = 1'000'000, last = std::uint64_t{1} << 62U;
    const auto colon = text.find(':');
    try {
        if (colon == std::string::npos) throw Error("no colon");
        return {parse_whole("", text.substr(0, colon), 0, last),
                parse_whole("", text.substr(colon + 1), 1, most_steps)};
    } catch (const Error&) {
        throw Error("", "--timeline-window", "is '" + text + "'",
                    "FIRST:STEPS, the first step (0 or more) and 1 to 1000000 steps, such as 400:200");
    }
}

void read_trace(const Arguments& arguments, RunOptions& options) {
    options.profile = arguments.flag("--profile");
    options.trace = arguments.text_if_given("--timeline");
    if (!arguments.given("--timeline-window")) return;
    const std::string& window = arguments.text("--timeline-window");
    if (!options.trace) throw Error("--timeline-window " + window + " needs --timeline, the file to write");
    options.trace_window = parse_trace_window(window);
    options.trace_window_text = window;
}

int run_command(const Arguments& arguments) {
    RunOptions options;
    const std::string& network = network_of(arguments);
    read_run_shared(arguments, options);
    options.seed = seed_of(arguments);
    read_trace(arguments, options);
    options.source = find_network(network);
    if (io::is_sonata(options.source.text))
        take_settings(options, io::read_sonata_run(options.source.text, options.source.origin));
    require_folder_of_format(options);
    return run_network(options);
}

}  // namespace

Command run_options(CLI::App& program) {
    Arguments arguments(program, "run", "Run a network and show its rates, speed and picture", kRunExamples);
    arguments.value("network", "NETWORK", kNetworkHelp)
        .value("--duration", "TIME", "Biological time, with its unit ms, s or min [1s, or that of a SONATA config]")
        .value("--seed", "N", kSeedHelp)
        .values("--set", "KEY=NUMBER", "Override a number of the network file, such as population.exc.size=900");
    declare_outputs(arguments, " [that of a SONATA config]", "sonata");
    declare_speed(arguments);
    arguments.group("Profile")
        .flag("--profile", "Show where the time goes, and how close that is to this machine's limits")
        .value("--timeline", "FILE", "Write what each thread did in some steps, as JSON for ui.perfetto.dev")
        .value("--timeline-window", "FIRST:STEPS", "The steps of --timeline [200 in the middle]");
    declare_realtime(arguments);
    declare_plot_options(arguments);
    arguments.group("Options").value("--replay", "FILE", "Repeat the interventions of a live run from its log");
    return {std::move(arguments), run_command};
}

}  // namespace izhi::apps
