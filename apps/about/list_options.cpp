// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/cli/command.hpp"
#include "list_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kListExamples = R"(
Examples:
  izhi list
  izhi list --json)";

int list_command(const Arguments& arguments) { return list_networks(arguments.flag("--json")); }

}  // namespace

Command list_options(CLI::App& program) {
    Arguments arguments(program, "list", "Show the built-in networks, the cell types and the patterns", kListExamples);
    arguments.flag("--json", "Print one JSON object");
    return {std::move(arguments), list_command};
}

}  // namespace izhi::apps
