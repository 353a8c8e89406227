// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/values.hpp"
#include "check_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kCheckExamples = R"(
Examples:
  izhi check my-network.toml
  izhi check my-network.toml && izhi run my-network.toml
  izhi check cortex-1m --storage stored          what it would need in memory

Each fault is a line FILE:LINE: what is wrong; what is allowed. Exit code 2 if there is any.
Keys that are unknown or missing and values of a wrong kind are told all at once; once these are
mended, of values that are out of range or do not fit together the first is told.
What is no fault but should be known is a line "note: ...": weights that are rounded away, input
that never acts. With --strict that is exit code 2 too.)";

int check_command(const Arguments& arguments) {
    if (arguments.text("network").empty()) refuse(arguments.command(), "give a network file");
    return check_network_file({.network = arguments.text("network"),
                               .storage = storage_of(arguments),
                               .strict = arguments.flag("--strict"),
                               .json = arguments.flag("--json")});
}

}  // namespace

Command check_options(CLI::App& program) {
    Arguments arguments(program, "check", "Find the faults of a network file without running it", kCheckExamples);
    arguments.value("network", "FILE", "A .toml file or a built-in network")
        .value("--storage", "WORD", kStorageHelp)
        .flag("--strict", "Exit with 2 if there is a note")
        .flag("--json", "Print the network's size, or its faults, as one JSON object");
    return {std::move(arguments), check_command};
}

}  // namespace izhi::apps
