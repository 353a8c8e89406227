// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/plot_options.hpp"
#include "apps/cli/values.hpp"
#include "resume_command.hpp"
#include "run_shared.hpp"

namespace izhi::apps {
namespace {

constexpr const char* kResumeExamples = R"(
Examples:
  izhi run cortex-10k --duration 10min --out results --checkpoint every=10s,dir=saved
  izhi resume saved                                         after a kill, from the newest checkpoint to the end
  izhi resume saved/checkpoint-600000.izhi --duration 20min
  izhi resume saved/checkpoint-130000.izhi --set population.inh.noise_stddev=1 --plot what-if.png
  izhi resume saved/checkpoint-60000.izhi --replay today.jsonl      of izhi serve, with the later interventions

The file describes the whole run: the network, its seed, its settings, its length and its recordings.
A resumed run gives the spikes and recordings of a run that was not interrupted, for any threads and
instruction set; it continues to record and save in the same files. The file does not include the pace:
with --realtime the run continues in real time.
With --set or --set-weight it is a different run from there on, which writes only what you ask for here.)";

int resume_command(const Arguments& arguments) {
    ResumeOptions options;
    options.file = arguments.text("file");
    if (options.file.empty())
        refuse(arguments.command(), "give a file that izhi run --checkpoint wrote, or its folder");
    read_run_shared(arguments, options.given);
    for (const std::string& text : arguments.texts("--set-weight"))
        options.given.weights.push_back(parse_weight_setting(text));
    return resume_network(options);
}

}  // namespace

Command resume_options(CLI::App& program) {
    Arguments arguments(program, "resume", "Continue a run from a checkpoint, or rewind to it", kResumeExamples);
    arguments.value("file", "FILE", "A checkpoint of izhi run or serve --checkpoint, or their folder for the newest")
        .value("--duration", "TIME", "Biological time of the whole run [as in the original run]")
        .values("--set", "KEY=NUMBER", "Override a number of the network from here on; may be repeated")
        .values("--set-weight", "WHICH=VALUE", "Set a plastic weight: PROJECTION:SOURCE:NUMBER=VALUE; may be repeated");
    declare_outputs(arguments, " [that of the run, without --set]", "that of the run");
    declare_speed(arguments);
    declare_realtime(arguments);
    declare_plot_options(arguments);
    arguments.group("Options").value(
        "--replay", "FILE", "Continue with the interventions of a live run from its log [the log of the run, if any]");
    return {std::move(arguments), resume_command};
}

}  // namespace izhi::apps
