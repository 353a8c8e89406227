// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "apps/commands.hpp"
#include "apps/units.hpp"
#include "command.hpp"
#include "values.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kExamples = R"(
Examples:
  izhi bench                                     the usual networks, one thread and all
  izhi bench cortex-10k my-network.toml --threads 1,2,4 --repeats 5
  izhi bench --json today.json                   the table, and a file to keep
  izhi bench --compare today.json                faster or slower than then?

Networks run in turns, each as often as --repeats says; the best and the median time are shown.
Other work on the machine makes them longer and never shorter: trust the best.)";

/// The parts of a list, each read by `parse`. @throws Error if two are the same
template <class Value, class Parse>
void read_list(const Arguments& arguments, const char* name, std::vector<Value>& list, const Parse& parse) {
    if (!arguments.given(name)) return;
    for (const std::string& part : split_list(arguments.text(name))) {
        const Value value = parse(part);
        if (std::find(list.begin(), list.end(), value) != list.end())
            throw Error("", name, "names something twice", "each once");
        list.push_back(value);
    }
}

int run(const Arguments& arguments) {
    BenchOptions options;
    options.networks = arguments.texts("networks");
    read_list(arguments, "--threads", options.threads,
              [](const std::string& part) { return static_cast<int>(parse_whole("--threads", part, 1, 1024)); });
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
    Arguments arguments(program, "bench", "Measure how fast networks run on this machine", kExamples);
    arguments
        .lists("networks", "[NETWORK...]",
               "Built-in networks and .toml files [cortex-1k, cortex-10k, storm-10k, cortex-100k]")
        .value("--threads", "LIST", "Numbers of threads, such as 1,2,4 [1 and all of the machine]")
        .value("--isa", "LIST", "Instruction sets, such as avx2,avx512 [the widest]")
        .value("--repeats", "N", "Runs of each, 1 to 1000 [3]")
        .value("--duration", "TIME", "Biological time of each run [what takes about a second]")
        .value("--json", "FILE", "Write the results into a file, or with - on stdout instead of the table")
        .value("--compare", "FILE", "Show how much faster than in an earlier --json file")
        .flag("--quiet", kNoProgressHelp);
    return {std::move(arguments), run};
}

}  // namespace izhi::apps
