// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/values.hpp"
#include "apps/run/run_shared.hpp"
#include "show_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kShowExamples = R"(
Examples:
  izhi show cortex-10k > mine.toml               a built-in network to start from
  izhi show my-network.toml --seed 7 --set population.exc.noise_stddev=6

The text includes all settings: if you run it without options, it gives the same spikes. It has no
comments, and a synapses_file has its absolute path.)";

int show_command(const Arguments& arguments) {
    return show_network({.network = network_of(arguments),
                         .seed = seed_of(arguments),
                         .storage = storage_of(arguments),
                         .settings = settings_of(arguments)});
}

}  // namespace

Command show_options(CLI::App& program) {
    Arguments arguments(program, "show", "Print a network as the text of a network file", kShowExamples);
    arguments.value("network", "NETWORK", kNetworkHelp)
        .value("--seed", "N", kSeedHelp)
        .values("--set", "KEY=NUMBER", "Override a number of the network file; may be repeated")
        .value("--storage", "WORD", kStorageHelp);
    return {std::move(arguments), show_command};
}

}  // namespace izhi::apps
