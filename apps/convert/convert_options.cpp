// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <optional>
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/values.hpp"
#include "apps/run/run_shared.hpp"
#include "convert_command.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kConvertExamples = R"(
Examples:
  izhi convert cortex-10k --sonata cortex       for NEST, bmtk and other programs that read SONATA
  izhi run cortex/simulation_config.json        the same network, and the same spikes
  izhi convert simulation_config.json --out mine    a network file, mine/network.toml, with its tables

--sonata draws the synapses and writes them as edges, with the neurons as nodes, each with its own
parameters. Weights, delays and models are those of NEST: nest:izhikevich, nest:iaf_psc_delta,
nest:iaf_psc_exp, nest:iaf_psc_alpha, tsodyks2_synapse and stdp_synapse. What SONATA cannot say, such as
noise or conductances, is listed, and izhi reads it from izhi_network.toml in the same folder.

The folder must be new or empty. If the network cannot be written, nothing remains of it.)";

/// A folder that an option names.
std::optional<std::filesystem::path> folder_of(const Arguments& arguments, const char* option) {
    const auto text = arguments.text_if_given(option);
    if (text && text->empty()) throw Error("", option, "is empty", "a new or empty folder");
    return text;
}

int convert_command(const Arguments& arguments) {
    ConvertOptions options{.network = network_of(arguments),
                           .seed = seed_of(arguments),
                           .storage = storage_of(arguments),
                           .settings = settings_of(arguments),
                           .sonata = folder_of(arguments, "--sonata"),
                           .out = folder_of(arguments, "--out")};
    if (options.sonata.has_value() == options.out.has_value())
        refuse(arguments.command(), options.sonata ? "--sonata and --out are both given; give one of them"
                                                   : "give --sonata DIR, or --out DIR for a network file");
    if (const auto duration = duration_ms_of(arguments, "--duration")) {
        if (!options.sonata) throw Error("", "--duration", "is given without --sonata", "both");
        options.duration_ms = *duration;
    }
    return convert_network(options);
}

}  // namespace

Command convert_options(CLI::App& program) {
    Arguments arguments(program, "convert", "Write a network for other programs (SONATA), or as one folder",
                        kConvertExamples);
    arguments.value("network", "NETWORK", kNetworkHelp)
        .value("--sonata", "DIR", "Write it as SONATA into this new or empty folder")
        .value("--out", "DIR", "Write network.toml and the tables that it needs into this new or empty folder")
        .value("--duration", "TIME", "With --sonata: the time that the config asks for, such as 10s [1s]")
        .value("--seed", "N", kSeedHelp)
        .values("--set", "KEY=NUMBER", "Override a number of the network file; may be repeated")
        .value("--storage", "WORD", kStorageHelp);
    return {std::move(arguments), convert_command};
}

}  // namespace izhi::apps
