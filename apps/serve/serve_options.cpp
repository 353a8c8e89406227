// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/values.hpp"
#include "apps/text/units.hpp"
#include "engine/base/text_file.hpp"
#include "izhi/error.hpp"
#include "serve_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kServeExamples = R"(
Examples:
  izhi serve cortex-10k                          live in the browser: open the link that it prints
  izhi serve my-network.toml --speed 0.1 --log today.jsonl
  izhi serve cortex-1k --host 0.0.0.0 --token new      open to other machines too
  izhi serve cortex-1k --io 7700                 for programs instead, UDP on this machine
  izhi serve my-network.toml --io unix:/tmp/izhi --io-lockstep
  izhi serve cortex-1k --io 0.0.0.0:7700 --io-token WORD
  izhi serve cortex-1k --io 7700 --page --log today.jsonl
  izhi serve cortex-1k --log today.jsonl --checkpoint every=10s,dir=saved
                                                 then: izhi resume saved/checkpoint-60000.izhi --replay today.jsonl

The link contains a token for the controls; viewers without it can only watch. On an address
that other machines can reach, nothing is shown without the token. Other users of this machine
can read its arguments; they cannot read IZHI_TOKEN, nor the file of --token-file if it is yours alone.
Programs receive spikes and rates and send currents, rates and spikes: see engine/wire/PROTOCOL.md;
clients in C++ and Python are beside it. Nothing is encrypted. The exit code is 130 after Ctrl-C and 0
after --duration.)";

void refuse_any(const Arguments& arguments, std::initializer_list<const char*> names, const std::string& why) {
    for (const char* name : names)
        if (arguments.given(name)) refuse(arguments.command(), std::string(name) + why);
}

/// A token from a file or the environment, because arguments can be seen by every user of the machine. @param variable of
/// the environment. @throws Error
std::optional<std::string> given_token(const Arguments& arguments, const std::string& option, const char* variable) {
    const std::string file_option = option + "-file";
    if (arguments.given(option.c_str()) && arguments.given(file_option.c_str()))
        refuse(arguments.command(), option + " and " + file_option + " are both given; give one of them");
    if (arguments.given(option.c_str())) return arguments.text(option.c_str());
    if (arguments.given(file_option.c_str())) {
        constexpr std::size_t most_bytes = 4096;
        const std::string file = arguments.text(file_option.c_str());
        const std::optional<std::string> text = izhi::detail::read_text_file(file, most_bytes);
        if (!text)
            throw Error("", file_option, "is '" + file + "', which cannot be read",
                        "a file with the token in its first line");
        return text->substr(0, text->find_first_of("\r\n"));
    }
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
}

ServeOptions::Page read_page(const Arguments& arguments) {
    refuse_any(arguments, {"--json"}, " is for programs without the page; leave out --page");
    ServeOptions::Page page;
    if (arguments.given("--host")) page.host = arguments.text("--host");
    if (const auto port = whole_of(arguments, "--port", 0, 65535)) page.port = static_cast<std::uint16_t>(*port);
    page.token = given_token(arguments, "--token", "IZHI_TOKEN");
    return page;
}

ServeOptions::Io read_io(const Arguments& arguments) {
    return {.endpoints = arguments.texts("--io"),
            .token = given_token(arguments, "--io-token", "IZHI_IO_TOKEN").value_or(""),
            .lockstep = arguments.flag("--io-lockstep"),
            .timeout_ms = duration_ms_of(arguments, "--io-timeout")};
}

int serve_command(const Arguments& arguments) {
    ServeOptions options;
    options.network = network_of(arguments);
    const bool with_io = arguments.given("--io"), with_page = !with_io || arguments.flag("--page");
    if (!with_io)
        refuse_any(arguments, {"--io-token", "--io-token-file", "--io-lockstep", "--io-timeout", "--page", "--json"},
                   " needs --io, which says where to listen");
    if (!arguments.flag("--io-lockstep"))
        refuse_any(arguments, {"--io-timeout"}, " needs --io-lockstep; without it no step waits for a client");
    if (arguments.flag("--io-lockstep"))
        refuse_any(arguments, {"--speed"}, " has no meaning with --io-lockstep; the clients set the pace");
    if (!with_page)
        refuse_any(arguments, {"--host", "--port", "--token", "--token-file"}, " is for the page; add --page");
    if (arguments.given("--speed")) options.speed = parse_number("--speed", arguments.text("--speed"), 0.01, 100.0);
    options.duration_ms = duration_ms_of(arguments, "--duration");
    options.seed = seed_of(arguments);
    options.log = arguments.text_if_given("--log");
    if (arguments.given("--checkpoint")) options.checkpoints = parse_checkpoint_options(arguments.text("--checkpoint"));
    if (with_page) options.page = read_page(arguments);
    if (with_io) options.io = read_io(arguments);
    options.threads = threads_of(arguments);
    options.isa = isa_of(arguments);
    options.storage = storage_of(arguments);
    options.json = arguments.flag("--json");
    return with_page ? serve_page(options) : serve_io(options);
}

}  // namespace

Command serve_options(CLI::App& program) {
    Arguments arguments(program, "serve", "Run a network in real time, live in the browser or for programs",
                        kServeExamples);
    arguments.value("network", "NETWORK", kNetworkHelp)
        .value("--speed", "X", "Times real time, 0.01 to 100 [1]")
        .value("--duration", "TIME", "Biological time of the run [until Ctrl-C]")
        .value("--seed", "N", kSeedHelp)
        .value("--log", "FILE", "Write every intervention with its step, for izhi run --replay")
        .value("--checkpoint", "every=TIME,dir=DIR", kCheckpointHelp);
    arguments.group("Network")
        .value("--host", "ADDRESS", "Address to listen on [127.0.0.1, this machine only]")
        .value("--port", "N", "0 to 65535; 0: any free port [8765]")
        .value("--token", "WORD", "Token for the controls: a word of your own, or new for a random one [new]")
        .value("--token-file", "FILE", "The token is the first line of this file; or give it in IZHI_TOKEN");
    arguments.group("Speed")
        .value("--threads", "N", "1 to 1024 [chosen for network and machine]")
        .value("--isa", "WORD", kIsaHelp)
        .value("--storage", "WORD", kStorageHelp);
    arguments.group("Closed loop")
        .values("--io", "WHERE",
                "Serve programs: PORT or ADDRESS:PORT for UDP, unix:PATH; give it twice for one of each")
        .value("--io-token", "WORD", "Token that UDP clients must send, 16 to 64 characters [none]")
        .value("--io-token-file", "FILE", "This token is the first line of the file; or give it in IZHI_IO_TOKEN")
        .flag("--io-lockstep", "Make each step wait for the clients that ask for it")
        .value("--io-timeout", "TIME", "How long a step waits for a client [1s]")
        .flag("--page", "Show the page too: viewers see what the programs do, and both go into one --log")
        .flag("--json", "With --io and no page: print the results as one JSON object");
    return {std::move(arguments), serve_command};
}

}  // namespace izhi::apps
