// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/commands.hpp"
#include "command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kExamples = R"(
Examples:
  izhi list
  izhi list --json)";

int run(const Arguments& arguments) { return list_networks(arguments.flag("--json")); }

}  // namespace

Command list_options(CLI::App& program) {
    Arguments arguments(program, "list", "Show the built-in networks, the cell types and the patterns", kExamples);
    arguments.flag("--json", "Print one JSON object");
    return {std::move(arguments), run};
}

}  // namespace izhi::apps
