// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// What plasticity costs: networks that learn, and the same networks with constant weights.
#include <benchmark/benchmark.h>

#include "izhi/simulation.hpp"

namespace {

using namespace izhi;

/// The 2006 network (engine/networks/polychrony.toml).
Network polychrony(bool learns) {
    NetworkBuilder net{{.name = "polychrony", .seed = 42}};
    const Distribution start = uniform(-65.0, -55.0);
    const auto exc = net.add_population({.name = "exc", .size = 800, .cell = regular_spiking(), .v0_mv = start});
    const auto inh = net.add_population({.name = "inh", .size = 200, .cell = fast_spiking(), .v0_mv = start});
    ProjectionSpec excitation{.rule = fixed_outdegree(100),
                              .weight = 6.0,
                              .delay_ms = spread(1.0, 20.0),
                              .autapses = false,
                              .multapses = false};
    if (learns) excitation.plasticity = polychronization_2006();
    net.connect(exc, everyone, excitation);
    net.connect(inh, exc, {.rule = fixed_outdegree(100), .weight = -5.0, .autapses = false, .multapses = false});
    net.stimulate(everyone, {.stimulus = RandomNeurons{.amplitude = 20.0}});
    return net.build();
}

/// 10,000 neurons, 1,000,000 synapses that learn (engine/networks/brunel-stdp.toml).
Network brunel(bool learns) {
    NetworkBuilder net{{.name = "brunel-stdp", .seed = 42}};
    const Distribution start = uniform(-70.0, -55.0);
    const auto exc = net.add_population({.name = "exc", .size = 8000, .cell = regular_spiking(), .v0_mv = start});
    const auto inh = net.add_population({.name = "inh", .size = 2000, .cell = fast_spiking(), .v0_mv = start});
    ProjectionSpec excitation{.rule = fixed_outdegree(125), .weight = 1.0, .delay_ms = 2.0, .autapses = false};
    if (learns)
        excitation.plasticity = Plasticity{
            .rule = PairStdp{.a_plus = 0.05, .a_minus = 0.0525, .dependence = WeightDependence::multiplicative},
            .highest = 2.0};
    net.connect(exc, everyone, excitation);
    net.connect(inh, everyone, {.rule = fixed_outdegree(125), .weight = -5.0, .delay_ms = 2.0, .autapses = false});
    net.stimulate(everyone, {.stimulus = PoissonTrains{.rate_hz = 300.0, .weight = 6.0}});
    return net.build();
}

void run_learning(benchmark::State& state, Network (*make)(bool), bool learns, double ms) {
    Simulation sim(make(learns), {.threads = static_cast<int>(state.range(0))});
    sim.run_ms(2000.0);  // skips the start
    const double before_ms = sim.time_ms();
    const std::uint64_t spikes = sim.spike_count();
    for (auto _ : state) sim.run_ms(ms);
    const double biological_s = (sim.time_ms() - before_ms) / 1000.0;
    state.counters["times_real_time"] = benchmark::Counter(biological_s, benchmark::Counter::kIsRate);
    state.counters["rate_hz"] =
        static_cast<double>(sim.spike_count() - spikes) / sim.network().neuron_count() / biological_s;
    state.counters["bytes_per_synapse"] =
        static_cast<double>(sim.connectome_bytes()) / static_cast<double>(sim.synapse_count());
}

BENCHMARK_CAPTURE(run_learning, polychrony_plastic, polychrony, true, 1000.0)
    ->Arg(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_learning, polychrony_fixed, polychrony, false, 1000.0)
    ->Arg(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_learning, brunel_plastic, brunel, true, 200.0)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(run_learning, brunel_fixed, brunel, false, 200.0)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
