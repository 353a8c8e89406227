// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "scaling_command.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/progress.hpp"
#include "apps/cli/signals.hpp"
#include "apps/plot/gnuplot.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "bench_command.hpp"
#include "bench_networks.hpp"
#include "bench_runs.hpp"
#include "engine/networks/builtin_networks.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"
#include "izhi/profile.hpp"

namespace izhi::apps {
namespace {

/// The barrier on a machine with one processor, where it cannot be measured: the value of two threads of a Zen 4.
constexpr double kUsualBarrierS = 0.3e-6;

/// Exactly this many threads, also for a small network, because that is what is measured.
SimulationOptions on_threads(int threads, Isa isa) {
    return {.threads = threads, .isa = isa, .executor = default_executor(threads)};
}

/// Makes a new simulation of a network and runs it. @return its wall time [s]
double run_once(const Network& network, ScalingNetwork& measured, const SimulationOptions& options, Profile* profile) {
    Simulation simulation(network, options);
    const double wall_s = std::max(simulation.run(measured.steps).wall_s, 1e-9);
    if (measured.isa.empty()) {
        measured.isa = to_string(simulation.isa());
        measured.synapses = simulation.synapse_count();
        measured.spike_hash = simulation.spike_hash();
    }
    if (measured.spike_hash != simulation.spike_hash())
        throw RunError(measured.name + " gave other spikes on " +
                       counted(static_cast<std::uint64_t>(options.threads), "thread") + " (" +
                       hash_text(measured.spike_hash) + ", then " + hash_text(simulation.spike_hash()) +
                       "): this must not happen, please report it");
    if (profile) *profile = simulation.profile();
    return wall_s;
}

}  // namespace

std::vector<int> threads_up_to(int most) {
    std::vector<int> threads;
    constexpr int every = 8;
    for (int t = 1; t <= most; t += t < every ? 1 : t / 4) threads.push_back(t);
    if (threads.back() != most) threads.push_back(most);
    return threads;
}

int bench_scaling(const ScalingOptions& options) {
    // Everything that can fail because of the input comes first.
    std::vector<std::string> names = options.networks;
    if (names.empty() && !options.predict) names = {"cortex-10k"};
    if (names.empty())
        for (const networks::BuiltinNetwork& network : networks::builtin_networks()) names.emplace_back(network.name);
    const bool to_stdout = options.json == "-";
    if (options.json && !to_stdout) require_writable_file("--json", *options.json);
    if (options.plot) require_picture("--plot", *options.plot, options.plot_style, kLonePanel);
    const std::vector<Network> networks = networks_to_bench(names, options.duration_ms, options.duration_text);
    ScalingReport report{.machine = this_machine(), .repeats = options.repeats, .predict = options.predict};
    if (report.machine.build_type == "Debug") std::cerr << "izhi: this is a Debug build, whose speed means nothing\n";
    const std::vector<int> threads = options.predict            ? std::vector{1}
                                     : !options.threads.empty() ? options.threads
                                                                : threads_up_to(available_processors());

    handle_interrupts();
    Progress progress(!options.quiet);
    for (std::size_t n = 0; n < names.size(); ++n) {
        progress.note("measuring how long " + names[n] + " takes");
        const double duration_ms =
            options.duration_ms ? *options.duration_ms : usual_duration_ms(networks[n], on_threads(1, options.isa));
        ScalingNetwork measured;
        measured.name = names[n];
        measured.neurons = networks[n].neuron_count();
        measured.dt_ms = networks[n].dt_ms();
        measured.steps = std::max<std::uint64_t>(1, networks[n].steps(duration_ms));
        for (const int count : threads) measured.rows.push_back({count, {}});
        report.networks.push_back(std::move(measured));
    }
    // In turns, so that a disturbance of the machine affects all alike.
    report.barrier_measured = available_processors() > 1;
    report.barrier_s = report.barrier_measured ? measure_barrier_s(2) : kUsualBarrierS;
    std::vector<Profile> profiles(names.size());
    std::vector<double> profiled_s(names.size(), 1e300);
    for (std::uint64_t round = 1; round <= options.repeats; ++round) {
        for (std::size_t n = 0; n < names.size(); ++n) {
            ScalingNetwork& measured = report.networks[n];
            for (ScalingRow& row : measured.rows) {
                progress.note("round " + std::to_string(round) + " of " + std::to_string(options.repeats) + "   " +
                              measured.name + " on " + counted(static_cast<std::uint64_t>(row.threads), "thread"));
                row.run_s.push_back(run_once(networks[n], measured, on_threads(row.threads, options.isa), nullptr));
            }
            SimulationOptions profiling = on_threads(1, options.isa);
            profiling.profile = true;
            Profile profile;
            const double wall_s = run_once(networks[n], measured, profiling, &profile);
            if (wall_s < profiled_s[n]) profiles[n] = profile;
            profiled_s[n] = std::min(wall_s, profiled_s[n]);
        }
        if (report.barrier_measured) report.barrier_s = std::min(report.barrier_s, measure_barrier_s(2));
    }
    progress.clear();
    for (std::size_t n = 0; n < names.size(); ++n) {
        ScalingNetwork& measured = report.networks[n];
        measured.costs =
            costs_of(profiles[n], 1e9 * measured.rows.front().best_s() / static_cast<double>(measured.steps),
                     networks[n].block_count(), networks[n].steps_per_phase(), 1e9 * report.barrier_s);
    }

    finish_undisturbed();
    if (options.plot) draw_scaling(report, *options.plot, options.plot_style);
    const std::string json = json_text(json_of(report));
    if (options.json && !to_stdout) write_file(*options.json, [&](std::ostream& into) { into << json; });
    std::cout << (to_stdout ? json : text_of(report));
    return kDone;
}

}  // namespace izhi::apps
