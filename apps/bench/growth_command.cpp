// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "growth_command.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/progress.hpp"
#include "apps/cli/signals.hpp"
#include "apps/networks/networks.hpp"
#include "apps/plot/gnuplot.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "bench_runs.hpp"
#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/network.hpp"

namespace izhi::apps {
namespace {

constexpr std::uint64_t kSizes[] = {10'000,  20'000,    50'000,    100'000,   200'000,
                                    500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000};

/// cortex-1m with another size; its strata keep about as many targets as in cortex-1m.
Network network_of(std::uint64_t neurons) {
    const NetworkSource source = find_network("cortex-1m");
    const auto inhibitory = static_cast<double>(neurons / 5), all = static_cast<double>(neurons);
    constexpr double stratum = 40'000.0;
    double strata = 1.0;
    for (const double divisor : {2.0, 4.0, 5.0, 10.0, 20.0, 25.0})  // of the out-degree
        if (divisor * stratum <= all) strata = divisor;
    return io::parse_network(source.text, source.origin,
                             {.settings = {{"population.exc.size", all - inhibitory},
                                           {"population.inh.size", inhibitory},
                                           {"projection.*.strata", strata}}});
}

/// Long enough for a profile of many steps, about a quarter of a second.
std::uint64_t usual_steps(std::uint64_t neurons) {
    constexpr std::uint64_t least = 400, neuron_steps = 200'000'000;
    return std::max(least, neuron_steps / neurons);
}

void run_once(const Network& network, const GrowthOptions& options, GrowthReport& report, GrowthRow& row) {
    Simulation simulation(network, {.threads = 1, .isa = options.isa, .profile = true});
    const double wall_s = simulation.run(row.steps).wall_s;
    const Profile p = simulation.profile();
    const double neuron_s = p.seconds_of(Activity::noise) + p.seconds_of(Activity::reduce) +
                            p.seconds_of(Activity::update) + p.seconds_of(Activity::scan);
    const auto least = [first = row.synapses == 0](double& value, double now) {
        value = first ? now : std::min(value, now);
    };
    least(row.step_ns, 1e9 * wall_s / static_cast<double>(row.steps));
    least(row.neuron_ns, 1e9 * neuron_s / static_cast<double>(p.neuron_steps));
    least(row.event_ns, p.synaptic_events == 0
                            ? 0.0
                            : 1e9 * p.seconds_of(Activity::deliver) / static_cast<double>(p.synaptic_events));
    row.synapses = simulation.synapse_count();
    row.rate_hz = static_cast<double>(simulation.spike_count()) / static_cast<double>(row.neurons) /
                  (1e-3 * simulation.time_ms());
    report.isa = to_string(simulation.isa());
}

}  // namespace

int bench_growth(const GrowthOptions& options) {
    const bool to_stdout = options.json == "-";
    if (options.json && !to_stdout) require_writable_file("--json", *options.json);
    if (options.plot) require_picture("--plot", *options.plot, options.plot_style, kLonePanel);
    GrowthReport report{.machine = this_machine(), .repeats = options.repeats};
    report.memory_limit_bytes = options.memory_limit_bytes != 0 ? options.memory_limit_bytes : available_memory();
    std::vector<Network> networks;
    for (const std::uint64_t neurons : kSizes) {
        networks.push_back(network_of(neurons));
        const Network& network = networks.back();
        report.dt_ms = network.dt_ms();
        GrowthRow row{.neurons = neurons, .memory_bytes = network.memory(1).total()};
        row.left_out = row.memory_bytes > report.memory_limit_bytes;
        row.steps = options.duration_ms ? network.steps(*options.duration_ms) : usual_steps(neurons);
        if (row.steps == 0)
            throw Error("", "--duration", "is '" + options.duration_text + "', less than one step",
                        "at least " + plain(network.dt_ms(), 6) + "ms");
        report.rows.push_back(row);
    }
    if (report.rows.front().left_out)
        throw Error("", "--memory-limit",
                    "leaves no size: the smallest needs " + bytes_text(report.rows.front().memory_bytes), "more");
    if (report.machine.build_type == "Debug") std::cerr << "izhi: this is a Debug build, whose speed means nothing\n";

    handle_interrupts();
    Progress progress(!options.quiet);
    // In turns, so that a disturbance of the machine affects all alike.
    for (std::uint64_t round = 1; round <= options.repeats; ++round)
        for (std::size_t i = 0; i < networks.size(); ++i) {
            if (report.rows[i].left_out) continue;
            progress.note("round " + std::to_string(round) + " of " + std::to_string(options.repeats) + "   " +
                          counted(report.rows[i].neurons, "neuron"));
            run_once(networks[i], options, report, report.rows[i]);
        }
    progress.clear();

    finish_undisturbed();
    if (options.plot) draw_growth(report, *options.plot, options.plot_style);
    const std::string json = json_text(json_of(report));
    if (options.json && !to_stdout) write_file(*options.json, [&](std::ostream& into) { into << json; });
    std::cout << (to_stdout ? json : text_of(report));
    return kDone;
}

}  // namespace izhi::apps
