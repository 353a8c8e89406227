// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/plot_options.hpp"
#include "apps/cli/values.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "bench_command.hpp"
#include "growth_command.hpp"
#include "scaling_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kBenchExamples = R"(
Examples:
  izhi bench                                     the usual networks, on one thread and on all
  izhi bench cortex-10k my-network.toml --threads 1,2,4 --repeats 5
  izhi bench --json today.json                   the table, and a file to keep
  izhi bench --compare today.json                faster or slower than then?
  izhi bench --scaling --plot scaling.png        cortex-10k on 1, 2... threads, compared with a model of the step
  izhi bench --scaling --predict                 every built-in network on 4 to 64 cores, predicted by the model
  izhi bench --growth --plot growth.png          the cost of a neuron and an event from 10,000 to 10 million neurons

Networks run in turns, --repeats times each; the table shows the best and the median time. Other work
on the machine can only make times longer, so trust the best.)";

/// Reads a list whose parts `parse` reads. @throws Error if two parts are the same
template <class Value, class Parse>
void read_list(const Arguments& arguments, const char* name, std::vector<Value>& list, const Parse& parse) {
    if (!arguments.given(name)) return;
    for (const std::string& part : split_list(arguments.text(name))) {
        const Value value = parse(part);
        if (std::find(list.begin(), list.end(), value) != list.end())
            throw Error("", name, "has an entry twice", "each once");
        list.push_back(value);
    }
}

/// Rejects options that belong to another form of bench. @throws Error that names the first one given
void refuse_given(const Arguments& arguments, std::initializer_list<const char*> names, const char* why) {
    for (const char* const name : names)
        if (arguments.given(name)) refuse(arguments.command(), std::string(name) + ' ' + why);
}

void read_threads(const Arguments& arguments, std::vector<int>& threads) {
    read_list(arguments, "--threads", threads,
              [](const std::string& part) { return static_cast<int>(parse_whole("--threads", part, 1, 1024)); });
}

constexpr PictureTraits kBenchTraits{.time = false};

/// Reads what --scaling and --growth have in common.
template <class Options>
void read_common(const Arguments& arguments, Options& options) {
    options.isa = isa_of(arguments);
    options.repeats = whole_of(arguments, "--repeats", 1, 1000).value_or(options.repeats);
    read_duration(arguments, options);
    options.json = arguments.text_if_given("--json");
    options.plot = picture_of(arguments);
    options.plot_style = plot_style_of(arguments, {"--plot"}, kBenchTraits);
    std::vector<NamedPath> paths{{"--json", arguments.text_if_given("--json")}};
    add_data_files(paths, options.plot, options.plot_style, kLonePanel);
    require_distinct(paths);
    options.quiet = arguments.flag("--quiet");
}

int run_scaling(const Arguments& arguments) {
    refuse_given(arguments, {"--compare", "--memory-limit"}, "does not go with --scaling");
    ScalingOptions options;
    options.predict = arguments.flag("--predict");
    if (options.predict) {
        refuse_given(arguments, {"--plot"}, "draws measurements on several threads, and --predict measures one");
        refuse_given(arguments, {"--threads"}, "does not go with --predict, which measures one and predicts 4 to 64");
    }
    options.networks = arguments.texts("networks");
    read_threads(arguments, options.threads);
    std::sort(options.threads.begin(), options.threads.end());
    // A single number is the largest number of threads; the model always needs a run on one thread.
    if (options.threads.size() == 1) options.threads = threads_up_to(options.threads.front());
    else if (!options.threads.empty() && options.threads.front() != 1)
        options.threads.insert(options.threads.begin(), 1);
    read_common(arguments, options);
    return bench_scaling(options);
}

int run_growth(const Arguments& arguments) {
    refuse_given(arguments, {"--scaling", "--predict", "--compare", "--threads"}, "does not go with --growth");
    if (!arguments.texts("networks").empty())
        refuse(arguments.command(), "--growth has its own network, cortex-1m at ten sizes, and does not take '" +
                                        arguments.texts("networks").front() + "'");
    GrowthOptions options;
    read_common(arguments, options);
    options.memory_limit_bytes = memory_limit_of(arguments);
    return bench_growth(options);
}

int bench_command(const Arguments& arguments) {
    if (arguments.flag("--growth")) return run_growth(arguments);
    if (arguments.flag("--scaling")) return run_scaling(arguments);
    refuse_given(arguments, {"--predict"}, "needs --scaling");
    refuse_given(arguments, {"--plot"}, "needs --scaling or --growth");
    (void)plot_style_of(arguments, {"--plot"}, kBenchTraits);
    refuse_given(arguments, {"--memory-limit"}, "needs --growth");
    BenchOptions options;
    options.networks = arguments.texts("networks");
    read_threads(arguments, options.threads);
    read_list(arguments, "--isa", options.isas, [](const std::string& part) { return isa_from_string(part); });
    options.repeats = whole_of(arguments, "--repeats", 1, 1000).value_or(options.repeats);
    read_duration(arguments, options);
    options.json = arguments.text_if_given("--json");
    options.compare = arguments.text_if_given("--compare");
    options.quiet = arguments.flag("--quiet");
    return bench_networks(options);
}

}  // namespace

Command bench_options(CLI::App& program) {
    Arguments arguments(program, "bench", "Measure how fast networks run on this machine", kBenchExamples);
    arguments
        .lists("networks", "[NETWORK...]",
               "Built-in networks and .toml files [cortex-1k, cortex-10k, storm-10k, cortex-100k]")
        .flag("--scaling", "Measure 1, 2... threads and compare with a model of the step [cortex-10k]")
        .flag("--predict", "With --scaling: predict 4 to 64 cores with the model [all built-in networks]")
        .flag("--growth",
              "Measure ns per neuron and step and per synaptic event of cortex-1m at 10,000 to 10 million neurons")
        .value("--threads", "LIST",
               "Numbers of threads, such as 1,2,4 [1 and the number of processors]; with --scaling one number is the "
               "maximum")
        .value("--isa", "LIST", "Instruction sets, such as avx2,avx512 [the fastest]")
        .value("--repeats", "N", "Runs of each, 1 to 1000 [3]")
        .value("--duration", "TIME", "Biological time of each run [so that it takes about a second]")
        .value("--json", "FILE", "Write the results into a file, or with - on stdout instead of the table")
        .value("--plot", "FILE", "Draw the results of --scaling or --growth: a .png, .svg or .pdf")
        .value("--memory-limit", "SIZE", "With --growth: leave out sizes that need more, such as 4GB [what is free]")
        .value("--compare", "FILE", "Show how much faster than in an earlier --json file")
        .flag("--quiet", kNoProgressHelp);
    declare_plot_options(arguments, kBenchTraits);
    return {std::move(arguments), bench_command};
}

}  // namespace izhi::apps
