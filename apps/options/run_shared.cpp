// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "run_shared.hpp"

#include <utility>

#include "izhi/error.hpp"
#include "values.hpp"

namespace izhi::apps {

void declare_outputs(Arguments& arguments, const std::string& out_default, const std::string& format_default) {
    arguments
        .value("--out", "DIR", ("Record spikes, traces and weights into files in this folder" + out_default).c_str())
        .value("--format", "WORD", ("Of the recordings: sonata, gdf, csv [" + format_default + "]").c_str())
        .value("--plot", "FILE", kPlotHelp)
        .value("--weights", "DIR", kWeightsHelp)
        .value("--checkpoint", "every=TIME,dir=DIR", kCheckpointHelp)
        .flag("--json", kJsonHelp)
        .flag("--quiet", kQuietHelp);
}

void declare_speed(Arguments& arguments) {
    arguments.group("Speed")
        .value("--threads", "N", "At most so many, 1 to 1024; small networks use fewer [all of the machine]")
        .value("--isa", "WORD", kIsaHelp)
        .value("--delivery", "WORD", "How spikes reach synapses: auto, reduce, partition [auto]")
        .value("--storage", "WORD", kStorageHelp)
        .value("--memory-limit", "SIZE", "Refuse networks that need more, such as 4GB [what is free]");
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
    if (arguments.given("--format")) options.format = io::format_from_string(arguments.text("--format"));
    options.plot = picture_of(arguments);
    options.weights_out = arguments.text_if_given("--weights");
    if (arguments.given("--checkpoint")) options.checkpoints = parse_checkpoint_options(arguments.text("--checkpoint"));
    options.json = arguments.flag("--json");
    options.quiet = arguments.flag("--quiet");
}

}  // namespace izhi::apps
