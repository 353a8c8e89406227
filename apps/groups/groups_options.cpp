// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/plot_options.hpp"
#include "apps/cli/values.hpp"
#include "apps/run/run_shared.hpp"
#include "apps/text/units.hpp"
#include "groups_command.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kGroupsExamples = R"(
Examples:
  izhi run polychrony --duration 18000s --checkpoint every=3600s,dir=learnt --weights weights
  izhi groups learnt                             the newest checkpoint of that run
  izhi groups learnt --plot group.png --histogram groups.png --out groups
  izhi groups learnt --shuffle 1                 the control: the same weights at other synapses
  izhi groups polychrony --weights weights       the same, from the file of weights
  izhi groups learnt --watch recorded/spikes.h5  how often each group fires in a recording

A group begins with three anchors: excitatory neurons with strong synapses onto one neuron, the mother.
They fire so that their spikes meet there, in a network at rest without noise, input and learning. What
fires after that is the group, if every anchor explains a spike besides the mother's, and if the longest
path of spikes that explain each other has at least --path links. A spike explains those of its targets
that come after its arrival, less than --window later. Synapses between excitatory neurons that are not
strong are left out. All triplets of all mothers are tried. apps/groups/README.md has the whole
definition. --out gets groups.csv, a row per group, and groups.jsonl with the spikes and links of each.)";

int groups_command(const Arguments& arguments) {
    GroupsOptions options;
    options.source.from = arguments.text("source");
    if (options.source.from.empty())
        refuse(arguments.command(), "give a checkpoint, its folder, or a network: see 'izhi list'");
    options.source.seed = seed_of(arguments);
    options.source.settings = settings_of(arguments);
    options.source.weights = arguments.text_if_given("--weights");
    constexpr std::uint64_t most = 1'000'000;
    options.least_path = whole_of(arguments, "--path", 1, most).value_or(options.least_path);
    options.least_size = whole_of(arguments, "--size", 1, most).value_or(options.least_size);
    if (arguments.given("--threshold"))
        options.threshold = parse_number("--threshold", arguments.text("--threshold"), 0.0, 1.0);
    options.duration_ms = duration_ms_of(arguments, "--duration").value_or(options.duration_ms);
    options.window_ms = duration_ms_of(arguments, "--window").value_or(options.window_ms);
    options.shuffle = whole_of(arguments, "--shuffle", 0, std::numeric_limits<std::int64_t>::max());
    options.watch = arguments.text_if_given("--watch");
    for (const char* const name : {"--match", "--jitter"})
        if (arguments.given(name) && !options.watch) refuse(arguments.command(), std::string(name) + " needs --watch");
    if (arguments.given("--match")) options.match = parse_number("--match", arguments.text("--match"), 0.01, 1.0);
    if (arguments.given("--jitter"))
        options.jitter_ms = arguments.text("--jitter") == "0" ? 0.0 : *duration_ms_of(arguments, "--jitter");
    options.threads = threads_of(arguments);
    options.out = arguments.text_if_given("--out");
    options.plot = picture_of(arguments);
    options.histogram = picture_of(arguments, "--histogram");
    options.group = whole_of(arguments, "--group", 0, std::numeric_limits<std::int64_t>::max());
    if (options.group && !options.plot) refuse(arguments.command(), "--group needs --plot");
    options.plot_style = plot_style_of(arguments, {"--plot", "--histogram"});
    options.json = arguments.flag("--json");
    options.quiet = arguments.flag("--quiet");
    return find_groups(options);
}

}  // namespace

Command groups_options(CLI::App& program) {
    Arguments arguments(program, "groups", "Find the polychronous groups of a network with delays", kGroupsExamples);
    arguments.value("source", "SOURCE", "A checkpoint of izhi run, a folder of them for the newest, or a network")
        .value("--weights", "PATH", "With a network: what izhi run --weights wrote, a .csv or its folder")
        .value("--seed", "N", "With a network: seed of all random draws [that of the network]")
        .values("--set", "KEY=NUMBER", "With a network: override a number of the network file; may be repeated")
        .value("--out", "DIR", "Write the groups as .csv and as JSON lines into this folder")
        .value("--plot", "FILE", "Draw one group over time and neurons: a .png, .svg or .pdf")
        .value("--group", "N", "The group that --plot draws [the first with the longest path]")
        .value("--histogram", "FILE", "Draw how many groups have which size, span and path: a .png, .svg or .pdf")
        .flag("--json", "Print the results as one JSON object and nothing else")
        .flag("--quiet", kNoProgressHelp)
        .value("--threads", "N", "Threads, 1 to 1024 [as many as there are processors]");
    arguments.group("What a group is")
        .value("--path", "LINKS", "Least length of the longest path, 1 to 1000000 [7]")
        .value("--size", "SPIKES", "Least number of spikes, 1 to 1000000 [1]")
        .value("--threshold", "SHARE", "Least strong weight, as a share of the bound of weights, 0 to 1 [0.95]")
        .value("--duration", "TIME", "Follow what fires for this time [150ms]")
        .value("--window", "TIME", "A spike explains what follows its arrival by less than this [10ms]")
        .value("--shuffle", "SEED", "Control: exchange the weights of synapses between excitatory neurons");
    arguments.group("In a recording")
        .value("--watch", "FILE", "Count how often each group fires in these recorded spikes of the network")
        .value("--match", "SHARE", "Least share of its spikes that must be there, 0.01 to 1 [0.5]")
        .value("--jitter", "TIME", "How much earlier or later a spike may come, such as 2ms; 0: not at all [1ms]");
    declare_plot_options(arguments);
    return {std::move(arguments), groups_command};
}

}  // namespace izhi::apps
