// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "bench_command.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/progress.hpp"
#include "apps/cli/signals.hpp"
#include "apps/networks/networks.hpp"
#include "apps/text/json_text.hpp"
#include "apps/text/output_paths.hpp"
#include "apps/text/units.hpp"
#include "bench_networks.hpp"
#include "bench_report.hpp"
#include "bench_runs.hpp"
#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

/// One network on a number of threads with one instruction set, which is run repeatedly.
struct Contestant {
    const Network* network;
    std::uint64_t steps;
    SimulationOptions options;
    BenchRow row;
};

double duration_ms_of(const std::string& name, const Network& network, const BenchOptions& options,
                      const EarlierBench* earlier, const SimulationOptions& simulation_options) {
    if (options.duration_ms) return *options.duration_ms;
    // The same work as in the earlier file, so that ratios compare equal work.
    if (earlier != nullptr)
        for (const BenchRow& row : earlier->report.rows)
            if (row.network == name) return 1e3 * row.biological_s;
    return usual_duration_ms(network, simulation_options);
}

void run_once(Contestant& contestant) {
    Simulation simulation(*contestant.network, contestant.options);
    const RunReport report = simulation.run(contestant.steps);
    BenchRow& row = contestant.row;
    if (row.run_s.empty()) {
        row.synapses = simulation.synapse_count();
        row.isa = to_string(simulation.isa());
        row.build_s = simulation.build_seconds();
        row.spikes = simulation.spike_count();
        row.spike_hash = simulation.spike_hash();
    }
    row.build_s = std::min(row.build_s, simulation.build_seconds());
    // The clock may show 0 for a few steps of a few neurons.
    row.run_s.push_back(std::max(report.wall_s, 1e-9));
    if (simulation.spike_hash() != row.spike_hash)
        throw RunError(row.network + " gave other spikes when run again (" + hash_text(row.spike_hash) + ", then " +
                       hash_text(simulation.spike_hash()) + "): this must not happen, please report it");
}

void require_same_spikes(const std::vector<Contestant>& contestants) {
    for (const Contestant& contestant : contestants)
        for (const Contestant& other : contestants)
            if (contestant.network == other.network && contestant.row.spike_hash != other.row.spike_hash)
                throw RunError(contestant.row.network + " gave other spikes on " +
                               counted(static_cast<std::uint64_t>(contestant.row.threads), "thread") + " with " +
                               contestant.row.isa + " than on " +
                               counted(static_cast<std::uint64_t>(other.row.threads), "thread") + " with " +
                               other.row.isa + ": this must not happen, please report it");
}

}  // namespace

int bench_networks(const BenchOptions& options) {
    // Everything that can fail because of the input comes first.
    std::vector<std::string> names = options.networks;
    if (names.empty()) names = {"cortex-1k", "cortex-10k", "storm-10k", "cortex-100k"};
    std::unique_ptr<EarlierBench> earlier;
    if (options.compare)
        earlier = std::make_unique<EarlierBench>(EarlierBench{*options.compare, read_bench_file(*options.compare)});
    const bool to_stdout = options.json == "-";
    if (options.json && !to_stdout) require_writable_file("--json", *options.json);
    const std::vector<Network> networks = networks_to_bench(names, options.duration_ms, options.duration_text);
    BenchReport report{.machine = this_machine(), .repeats = options.repeats, .rows = {}};
    std::vector<int> threads = options.threads;
    if (threads.empty()) threads = {1};
    if (options.threads.empty() && report.machine.hardware_threads > 1)
        threads.push_back(static_cast<int>(std::min<std::uint64_t>(report.machine.hardware_threads, 1024)));
    std::vector<Isa> isas = options.isas;
    if (isas.empty()) isas = {Isa::automatic};
    if (report.machine.build_type == "Debug") std::cerr << "izhi: this is a Debug build, whose speed means nothing\n";

    handle_interrupts();
    Progress progress(!options.quiet);
    std::vector<Contestant> contestants;
    for (std::size_t n = 0; n < names.size(); ++n) {
        progress.note("measuring how long " + names[n] + " takes");
        const SimulationOptions first{.threads = threads.front(), .isa = isas.front()};
        const double duration_ms = duration_ms_of(names[n], networks[n], options, earlier.get(), first);
        const std::uint64_t steps = std::max<std::uint64_t>(1, networks[n].steps(duration_ms));
        for (const Isa isa : isas)
            for (const int count : threads) {
                BenchRow row;
                row.network = names[n];
                row.neurons = networks[n].neuron_count();
                row.storage = storage_of(networks[n].description());
                row.threads = count;
                row.biological_s = static_cast<double>(steps) * networks[n].dt_ms() / 1e3;
                contestants.push_back({&networks[n], steps, {.threads = count, .isa = isa}, std::move(row)});
            }
    }
    // In turns, so that a disturbance of the machine affects all alike.
    for (std::uint64_t round = 1; round <= options.repeats; ++round)
        for (Contestant& contestant : contestants) {
            progress.note("round " + std::to_string(round) + " of " + std::to_string(options.repeats) + "   " +
                          contestant.row.network + " on " +
                          counted(static_cast<std::uint64_t>(contestant.row.threads), "thread"));
            run_once(contestant);
        }
    progress.clear();
    require_same_spikes(contestants);
    for (Contestant& contestant : contestants) report.rows.push_back(std::move(contestant.row));

    finish_undisturbed();
    const std::string json = json_text(json_of(report, earlier.get()));
    if (options.json && !to_stdout) write_file(*options.json, [&](std::ostream& into) { into << json; });
    if (to_stdout && earlier)
        for (const std::string& difference : machine_differences(earlier->report.machine, report.machine))
            std::cerr << "izhi: warning: " << earlier->file.string() << " comes from another machine: " << difference
                      << '\n';
    std::cout << (to_stdout ? json : text_of(report, earlier.get()));
    return kDone;
}

}  // namespace izhi::apps
