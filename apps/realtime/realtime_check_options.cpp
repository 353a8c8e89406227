// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/values.hpp"
#include "realtime_check_command.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kRealtimeCheckExamples = R"(
Examples:
  izhi realtime-check cortex-10k
  izhi realtime-check my-network.toml --speed 2

This takes about ten seconds. The network runs in real time, with an empty loop beside it that shows
the lateness of the machine itself; then larger networks of its kind run, until one is too slow. Do not
use the machine meanwhile. The exit code is 0 if the network missed no deadline, 1 if it did.)";

int realtime_check_command(const Arguments& arguments) {
    RealtimeCheckOptions options{
        .network = network_of(arguments), .json = arguments.flag("--json"), .quiet = arguments.flag("--quiet")};
    if (arguments.given("--speed")) options.speed = parse_speed("--speed", arguments.text("--speed"));
    options.threads = threads_of(arguments);
    return check_realtime(options);
}

}  // namespace

Command realtime_check_options(CLI::App& program) {
    Arguments arguments(program, "realtime-check", "Check whether this machine can run a network in real time",
                        kRealtimeCheckExamples);
    arguments.value("network", "NETWORK", "A built-in network, a network file or a SONATA config")
        .value("--speed", "SPEED", "Biological time over wall time, 0.001 to 1000 [1]")
        .value("--threads", "N", "1 to 1024 [chosen for network and machine]")
        .flag("--json", kJsonHelp)
        .flag("--quiet", kNoProgressHelp);
    return {std::move(arguments), realtime_check_command};
}

}  // namespace izhi::apps
