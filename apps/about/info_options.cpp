// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/cli/command.hpp"
#include "info_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kInfoExamples = R"(
Examples:
  izhi info
  IZHI_ISA=scalar izhi info          what a run would use with this setting)";

int info_command(const Arguments& arguments) { return show_info(arguments.flag("--json")); }

}  // namespace

Command info_options(CLI::App& program) {
    Arguments arguments(program, "info", "Show version, CPU, instruction sets, threads and the build", kInfoExamples);
    arguments.flag("--json", "Print one JSON object");
    return {std::move(arguments), info_command};
}

}  // namespace izhi::apps
