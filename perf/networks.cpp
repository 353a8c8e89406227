// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Whole networks: the speed of runs, and the time to build them.
#include <benchmark/benchmark.h>

#include "izhi/simulation.hpp"
#include "perf/networks.hpp"

namespace {

using izhi::Network;
using izhi::Simulation;

/// Continues the run of a network. Each iteration has `ms` of biological time. Times are wall-clock times.
void run_network(benchmark::State& state, Network (*make)(), double ms) {
    Simulation sim(make(), {.threads = static_cast<int>(state.range(0))});
    sim.run_ms(200.0);  // skips the synchronous start
    const std::uint64_t spikes_before = sim.spike_count();
    const double time_before = sim.time_ms();
    for (auto _ : state) sim.run_ms(ms);
    const double biological_s = (sim.time_ms() - time_before) / 1000.0;
    const double synapses = static_cast<double>(sim.synapse_count()) / sim.network().neuron_count();
    state.counters["times_real_time"] = benchmark::Counter(biological_s, benchmark::Counter::kIsRate);
    state.counters["per_neuron_step"] = benchmark::Counter(biological_s * 1000.0 * sim.network().neuron_count(),
                                                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["events/s"] = benchmark::Counter(static_cast<double>(sim.spike_count() - spikes_before) * synapses,
                                                    benchmark::Counter::kIsRate);
    state.counters["rate_hz"] =
        static_cast<double>(sim.spike_count() - spikes_before) / sim.network().neuron_count() / biological_s;
}

void build_network(benchmark::State& state, Network (*make)()) {
    std::uint64_t synapses = 0;
    for (auto _ : state) {
        Simulation sim(make(), {.threads = static_cast<int>(state.range(0))});
        synapses = sim.synapse_count();
    }
    state.counters["synapses/s"] =
        benchmark::Counter(static_cast<double>(synapses), benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK_CAPTURE(run_network, cortex_1k, izhi::perf::cortex_1k, 200.0)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_network, cortex_10k, izhi::perf::cortex_10k, 100.0)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_network, storm_10k, izhi::perf::storm_10k, 100.0)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_network, cortex_100k, izhi::perf::cortex_100k, 20.0)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_network, cortex_1m, izhi::perf::cortex_1m, 10.0)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

BENCHMARK_CAPTURE(build_network, cortex_1k, izhi::perf::cortex_1k)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build_network, cortex_10k, izhi::perf::cortex_10k)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build_network, cortex_100k, izhi::perf::cortex_100k)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(build_network, cortex_1m, izhi::perf::cortex_1m)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace

BENCHMARK_MAIN();
