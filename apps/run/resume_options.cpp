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
  izhi resume saved/checkpoint-60000.izhi --replay today.jsonl      of izhi serve: with what was done from there on

The file holds all that the run was: the network, its seed, what was set, how long, what to record.
A run that is resumed gives the spikes and recordings of one that was not interrupted, whatever the
threads and instruction set; it goes on recording and saving where it was. At what pace it ran is not in
it: with --realtime it goes on in real time.
With --set or --set-weight it is another run from there on: it writes what is asked for here, and nothing else.)";

int resume_command(const Arguments& arguments) {
    ResumeOptions options;
    options.file = arguments.text("file");
    if (options.file.empty())
        refuse(arguments.command(), "give a file that izhi run --checkpoint wrote, or its folder");
    read_run_shared(arguments, options.given);
    for (const std::string& text : arguments.texts("--set-weight"))
        options.given.weights.push_back(parse_weight_setting(text));
    options.format_given = arguments.given("--format");
    return resume_network(options);
}

}  // namespace

Command resume_options(CLI::App& program) {
    Arguments arguments(program, "resume", "Go on with a run from a checkpoint, or rewind to it", kResumeExamples);
    arguments.value("file", "FILE", "A checkpoint of izhi run or serve --checkpoint, or their folder for the newest")
        .value("--duration", "TIME", "Of the whole run [as it was asked for]")
        .values("--set", "KEY=NUMBER", "From here on, a number over that of the network; may be repeated")
        .values("--set-weight", "WHICH=VALUE", "A weight that learns: PROJECTION:SOURCE:NUMBER=VALUE; may be repeated");
    declare_outputs(arguments, " [that of the run, without --set]", "that of the run");
    declare_speed(arguments);
    declare_realtime(arguments);
    declare_plot_options(arguments);
    arguments.group("Options").value(
        "--replay", "FILE", "Go on with the interventions of a live run from its log [that of the run, if any]");
    return {std::move(arguments), resume_command};
}

}  // namespace izhi::apps
