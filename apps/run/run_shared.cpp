// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "run_shared.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/plot_options.hpp"
#include "apps/cli/values.hpp"
#include "apps/sweep/sweep_plan.hpp"
#include "apps/text/units.hpp"
#include "izhi/error.hpp"
#include "run_command.hpp"

namespace izhi::apps {
namespace {

/// "0,2-3" as processors.
std::vector<int> parse_processors(const std::string& text) {
    constexpr std::uint64_t most = 4095;
    std::vector<int> processors;
    for (const std::string& part : split_list(text)) {
        const auto dash = part.find('-');
        try {
            const std::uint64_t first = parse_whole("", part.substr(0, dash), 0, most);
            const std::uint64_t last =
                dash == std::string::npos ? first : parse_whole("", part.substr(dash + 1), first, most);
            for (std::uint64_t p = first; p <= last; ++p) processors.push_back(static_cast<int>(p));
        } catch (const Error&) {
            throw Error("", "--pin", "is '" + text + "'", "numbers of processors, such as 2,3 or 0-3");
        }
    }
    return processors;
}

std::optional<RunOptions::Realtime> read_realtime(const Arguments& arguments) {
    if (!arguments.given("--realtime")) {
        for (const char* name : {"--late", "--slack", "--pin", "--fifo", "--lock-memory", "--latency-plot"})
            if (arguments.given(name)) throw Error(std::string(name) + " needs --realtime");
        return {};
    }
    RunOptions::Realtime realtime;
    RealtimeOptions& options = realtime.options;
    options.speed = parse_speed("--realtime", arguments.text("--realtime"));
    if (arguments.given("--late"))
        options.late =
            choice("--late", arguments.text("--late"), {LatePolicy::catch_up, LatePolicy::skip, LatePolicy::stop});
    if (const auto slack = whole_of(arguments, "--slack", 1, 1'000'000))
        options.slack_steps = static_cast<std::uint32_t>(*slack);
    if (arguments.given("--pin")) options.cpus = parse_processors(arguments.text("--pin"));
    if (const auto priority = whole_of(arguments, "--fifo", 1, 99)) options.fifo_priority = static_cast<int>(*priority);
    options.lock_memory = arguments.flag("--lock-memory");
    realtime.plot = picture_of(arguments, "--latency-plot");
    return realtime;
}

}  // namespace

void declare_outputs(Arguments& arguments, const std::string& out_default, const std::string& format_default) {
    arguments
        .value("--out", "DIR", ("Record spikes, traces and weights into files in this folder" + out_default).c_str())
        .value("--format", "WORD", ("Format of the recordings: sonata, gdf, csv [" + format_default + "]").c_str())
        .value("--plot", "FILE", kPlotHelp)
        .value("--weights", "DIR", kWeightsHelp)
        .value("--checkpoint", "every=TIME,dir=DIR", kCheckpointHelp)
        .flag("--json", kJsonHelp)
        .flag("--quiet", kQuietHelp);
}

void declare_speed(Arguments& arguments) {
    arguments.group("Speed")
        .value("--threads", "N",
               "The most threads, 1 to 1024; small networks use fewer [as many as there are processors]")
        .value("--isa", "WORD", kIsaHelp)
        .value("--delivery", "WORD", "How spikes reach synapses: auto, reduce, partition [auto]")
        .value("--storage", "WORD", kStorageHelp)
        .value("--memory-limit", "SIZE", "Reject networks that need more, such as 4GB [what is free]");
}

void declare_realtime(Arguments& arguments) {
    arguments.group("Real time")
        .value("--realtime", "SPEED", "Run each step at its time by the clock, or this many times as fast [1]")
        .value("--late", "WORD", "After a missed deadline: catch-up, skip, stop [catch-up]")
        .value("--slack", "N", "Steps after its start within which a step must be done, 1 to 1000000 [1]")
        .value("--pin", "LIST", "Processors for the threads in turn, such as 2,3 [the system chooses]")
        .value("--fifo", "N", "Priority under SCHED_FIFO, 1 to 99 [normal scheduling]")
        .flag("--lock-memory", "Keep the system from paging out memory")
        .value("--latency-plot", "FILE", "Draw step times and lateness: a .png, .svg or .pdf");
}

std::vector<io::Setting> settings_of(const Arguments& arguments) {
    std::vector<io::Setting> settings;
    for (const std::string& text : arguments.texts("--set")) {
        io::Setting setting = parse_setting(text);
        for (const io::Setting& before : settings)
            if (before.key == setting.key) throw Error("--set gives " + setting.key + " twice; allowed: each key once");
        settings.push_back(std::move(setting));
    }
    return settings;
}

void read_run_shared(const Arguments& arguments, RunOptions& options) {
    read_duration(arguments, options);
    options.duration_given = arguments.given("--duration");
    options.settings = settings_of(arguments);
    options.threads = threads_of(arguments);
    options.isa = isa_of(arguments);
    if (arguments.given("--delivery"))
        options.delivery = choice("--delivery", arguments.text("--delivery"),
                                  {Delivery::automatic, Delivery::reduce, Delivery::partition});
    options.storage = storage_of(arguments);
    options.memory_limit_bytes = memory_limit_of(arguments);
    options.out = arguments.text_if_given("--out");
    options.format_given = arguments.given("--format");
    if (options.format_given) options.recorder.format = io::format_from_string(arguments.text("--format"));
    options.plot = picture_of(arguments);
    options.weights_out = arguments.text_if_given("--weights");
    if (arguments.given("--checkpoint")) options.checkpoints = parse_checkpoint_options(arguments.text("--checkpoint"));
    options.realtime = read_realtime(arguments);
    options.plot_style = plot_style_of(arguments, {"--plot", "--latency-plot"});
    options.replay = arguments.text_if_given("--replay");
    options.json = arguments.flag("--json");
    options.quiet = arguments.flag("--quiet");
}

}  // namespace izhi::apps
