// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <optional>
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/values.hpp"
#include "apps/run/run_shared.hpp"
#include "izhi/error.hpp"
#include "show_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kShowExamples = R"(
Examples:
  izhi show cortex-10k > mine.toml               a built-in network to start from
  izhi show my-network.toml --seed 7 --set population.exc.noise_stddev=6
  izhi show my-network.toml --synapses wiring.csv     its synapses, as a synapses_file lists them

The text includes all settings: if you run it without options, it gives the same spikes. It has no
comments, and files that it names have their absolute paths.

--synapses draws the synapses and writes them instead of the text: source,target,weight,delay_ms.
If the network has several projections, each has its own file, FILE-PROJECTION.csv. A projection
with rule = "explicit" that reads the file has the same synapses.)";

int show_command(const Arguments& arguments) {
    std::optional<std::filesystem::path> synapses;
    if (arguments.given("--synapses")) synapses = arguments.text("--synapses");
    if (arguments.given("--projection") && !synapses)
        throw Error("", "--projection", "is given without --synapses", "both");
    return show_network({.network = network_of(arguments),
                         .seed = seed_of(arguments),
                         .storage = storage_of(arguments),
                         .settings = settings_of(arguments),
                         .synapses = synapses,
                         .projection = arguments.text_if_given("--projection")});
}

}  // namespace

Command show_options(CLI::App& program) {
    Arguments arguments(program, "show", "Print a network as the text of a network file", kShowExamples);
    arguments.value("network", "NETWORK", kNetworkHelp)
        .value("--seed", "N", kSeedHelp)
        .values("--set", "KEY=NUMBER", "Override a number of the network file; may be repeated")
        .value("--storage", "WORD", kStorageHelp)
        .value("--synapses", "FILE", "Write the synapses as CSV for synapses_file, instead of the text")
        .value("--projection", "NAME", "With --synapses: only this projection");
    return {std::move(arguments), show_command};
}

}  // namespace izhi::apps
