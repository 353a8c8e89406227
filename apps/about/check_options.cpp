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
  izhi check cortex-1m --storage stored          the memory that it would need

Each fault is printed as one line, FILE:LINE: what is wrong; what is allowed. The exit code is 2
if there are faults. All unknown or missing keys and all values of a wrong kind are reported at once;
if there are none, the first value that is out of range or does not fit the others is reported.
Lines "note: ..." report what is allowed but may not be intended: weights that lose much by rounding,
input that never acts. With --strict, notes give exit code 2 too.)";

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
