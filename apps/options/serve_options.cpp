// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <cstdint>
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
  izhi serve cortex-10k                          live in the browser: open the link that is printed
  izhi serve my-network.toml --speed 0.1 --log today.jsonl
  izhi serve cortex-1k --host 0.0.0.0 --token new      from other machines too
  izhi serve cortex-1k --io 7700                 for programs instead, UDP on this machine
  izhi serve my-network.toml --io unix:/tmp/izhi --io-lockstep
  izhi serve cortex-1k --io 0.0.0.0:7700 --io-token WORD

The link holds a token, which opens the controls; who comes without it can watch. On an address
that other machines reach, nothing is shown without it.
Programs receive spikes and rates and send currents and spikes: engine/wire/PROTOCOL.md, and clients in
C++ and Python beside it. Nothing is encrypted. Ctrl-C ends it with exit code 130, the end of --duration with 0.)";

/// What the page and programs have in common.
template <class Options>
void read_network_and_speed(const Arguments& arguments, Options& options) {
    options.network = network_of(arguments);
    if (arguments.given("--speed")) options.speed = parse_number("--speed", arguments.text("--speed"), 0.01, 100.0);
    options.duration_ms = duration_ms_of(arguments, "--duration");
    options.seed = seed_of(arguments);
}

template <class Options>
void read_engine(const Arguments& arguments, Options& options) {
    options.threads = threads_of(arguments);
    options.isa = isa_of(arguments);
    options.storage = storage_of(arguments);
}

int run_io(const Arguments& arguments) {
    ServeIoOptions options;
    options.endpoints = arguments.texts("--io");
    options.token = arguments.text("--io-token");
    options.lockstep = arguments.flag("--io-lockstep");
    options.json = arguments.flag("--json");
    options.log = arguments.text_if_given("--io-log");
    options.timeout_ms = duration_ms_of(arguments, "--io-timeout");
    read_network_and_speed(arguments, options);
    read_engine(arguments, options);
    return serve_io(options);
}

int run(const Arguments& arguments) {
    (void)network_of(arguments);
    if (!arguments.texts("--io").empty()) return run_io(arguments);
    for (const char* option : {"--io-token", "--io-lockstep", "--io-timeout", "--json"})
        if (arguments.given(option)) refuse(arguments.command(), std::string(option) + " needs --io, where to listen");
    ServeOptions options;
    read_network_and_speed(arguments, options);
    options.log = arguments.text_if_given("--log");
    if (arguments.given("--host")) options.host = arguments.text("--host");
    if (const auto port = whole_of(arguments, "--port", 0, 65535)) options.port = static_cast<std::uint16_t>(*port);
    options.token = arguments.text_if_given("--token");
    read_engine(arguments, options);
    return serve_network(options);
}

}  // namespace

Command serve_options(CLI::App& program) {
    Arguments arguments(program, "serve", "Run a network in real time, live in the browser or for programs", kExamples);
    arguments.value("network", "NETWORK", kNetworkHelp)
        .value("--speed", "X", "Times real time, 0.01 to 100 [1]")
        .value("--duration", "TIME", "Biological time to end after [until Ctrl-C]")
        .value("--seed", "N", kSeedHelp)
        .value("--log", "FILE", "Every intervention with its step, for izhi run --replay");
    arguments.group("Network")
        .value("--host", "ADDRESS", "Address to listen at [127.0.0.1, this machine only]")
        .value("--port", "N", "0 to 65535; 0: any that is free [8765]")
        .value("--token", "WORD", "What opens the controls: a word of yours, or new [new]");
    arguments.group("Speed")
        .value("--threads", "N", "1 to 1024 [chosen for network and machine]")
        .value("--isa", "WORD", kIsaHelp)
        .value("--storage", "WORD", kStorageHelp);
    arguments.group("Closed loop")
        .lists("--io", "WHERE",
               "Speak with programs: PORT or ADDRESS:PORT for UDP, unix:PATH; may be given for one of each")
        .value("--io-token", "WORD", "What UDP clients must know, 16 to 64 characters [nothing]")
        .flag("--io-lockstep", "Each step waits for the clients that ask for it")
        .value("--io-timeout", "TIME", "How long a step waits for a client [1s]")
        .value("--io-log", "FILE", "What clients do to the network and when, for izhi run --replay")
        .flag("--json", "With --io: print the results as one JSON object");
    return {std::move(arguments), run};
}

}  // namespace izhi::apps
