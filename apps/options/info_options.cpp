// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/commands.hpp"
#include "command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kExamples = R"(
Examples:
  izhi info
  IZHI_ISA=scalar izhi info          what a run would use if forced)";

int run(const Arguments& arguments) { return show_info(arguments.flag("--json")); }

}  // namespace

Command info_options(CLI::App& program) {
    Arguments arguments(program, "info", "Show version, CPU, instruction sets, threads and the build", kExamples);
    arguments.flag("--json", "Print one JSON object");
    return {std::move(arguments), run};
}

}  // namespace izhi::apps
