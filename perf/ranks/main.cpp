// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// izhi_ranks NETWORK.toml [RANKS]
//
// What ranks cost, and a model of more of them than this machine has. Ranks are threads of this program, and a latency is
// added to each exchange, as a slower network would. Prints the time of a step for each latency beside what the model says
// from the first of them, then the model for large networks on many machines.
//
//     step = skew * (neurons * neuron_ns + events * event_ns) / (ranks * cores)      what is divided among ranks
//          + spikes * spike_ns                                                       what every rank does for all spikes
//          + (stages * latency + spikes * bytes_per_spike / bandwidth) / steps_per_phase
//
// Here the latency is that of the whole exchange; between machines it is that of a stage, and there are log2(ranks) stages.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <thread>
#include <vector>

#include "izhi/exchange.hpp"
#include "izhi/executor.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/simulation.hpp"

namespace {

using izhi::Network;
using izhi::Simulation;

/// Time of a step in microseconds, the median of several runs.
double step_us(Simulation& simulation, std::uint64_t steps) {
    constexpr int kRuns = 7;
    simulation.run(steps);
    std::vector<double> times;
    for (int run = 0; run < kRuns; ++run) {
        const auto begin = std::chrono::steady_clock::now();
        simulation.run(steps);
        times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() /
                        static_cast<double>(steps));
    }
    std::nth_element(times.begin(), times.begin() + kRuns / 2, times.end());
    return times[kRuns / 2];
}

double step_us_of_ranks(const Network& network, int ranks, double latency_us, std::uint64_t steps) {
    const auto ends = izhi::thread_exchange(ranks, latency_us);
    const auto options = [&](int rank) {
        return izhi::SimulationOptions{
            .threads = 1, .executor = izhi::serial_executor(), .exchange = ends[static_cast<std::size_t>(rank)]};
    };
    std::vector<std::thread> others;
    for (int rank = 1; rank < ranks; ++rank)
        others.emplace_back([&, rank] { Simulation(network, options(rank)).follow(); });
    double us = 0.0;
    {
        Simulation first(network, options(0));
        us = step_us(first, steps);
    }
    for (std::thread& other : others) other.join();
    return us;
}

struct Costs {
    double neuron_ns, event_ns, spike_ns;
};

/// Of one rank and thread.
Costs costs_of(const Network& network, std::uint64_t steps) {
    using izhi::Activity;
    Simulation simulation(network, {.threads = 1, .executor = izhi::serial_executor(), .profile = true});
    simulation.run(steps);
    simulation.run(steps);
    const izhi::Profile p = simulation.profile();
    const auto seconds = [&](Activity a) { return p.seconds_of(a); };
    const double neurons =
        seconds(Activity::noise) + seconds(Activity::reduce) + seconds(Activity::update) + seconds(Activity::scan);
    const double events = seconds(Activity::deliver) + seconds(Activity::arrive) + seconds(Activity::potentiate);
    const auto count = [](std::uint64_t n) { return std::max(1.0, static_cast<double>(n)); };
    return {1e9 * neurons / count(p.neuron_steps), 1e9 * events / count(p.synaptic_events + p.plastic_arrivals),
            1e9 * seconds(Activity::record) / count(p.spikes)};
}

void print_model(const Costs& costs) {
    // Assumptions, none of which was measured: a stage of an exchange takes 2 us, a machine receives 20 GB/s, the slowest
    // has 15 % more to do than the mean. A foreign spike costs a look-up of its row, 5 ns, on each machine.
    constexpr double kStageUs = 2.0, kBytesPerUs = 20e3, kSkew = 1.15, kBytesPerSpike = 2.0, kRowNs = 5.0;
    constexpr double kRateHz = 5.0, kSynapses = 1000.0, kCores = 64.0;
    std::printf("\nmodel: %g Hz, %g synapses per neuron, exchange each ms, %g cores per machine\n", kRateHz, kSynapses,
                kCores);
    std::puts("   neurons  machines  compute  exchange  every spike  = s per biological s   rows, index per machine");
    struct Row {
        double neurons, machines;
    };
    for (const Row& row : {Row{1e6, 4}, Row{1e7, 16}, Row{1e7, 100}, Row{1e8, 100}, Row{1e8, 1000}}) {
        const double spikes = row.neurons * kRateHz;
        const double compute = kSkew * (row.neurons * 1000.0 * costs.neuron_ns + spikes * kSynapses * costs.event_ns) *
                               1e-9 / (row.machines * kCores);
        const double exchange =
            (1000.0 * std::ceil(std::log2(row.machines)) * kStageUs + spikes * kBytesPerSpike / kBytesPerUs) * 1e-6;
        const double every = spikes * (costs.spike_ns + kRowNs / kCores) * 1e-9;
        std::printf("%10.0e %9.0f  %7.3f  %8.3f  %11.3f  %21.2f   %.1f GB, %.2f GB\n", row.neurons, row.machines,
                    compute, exchange, every, compute + exchange + every, row.neurons * kSynapses * 4e-9 / row.machines,
                    row.neurons * 4e-9);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        std::fputs("usage: izhi_ranks NETWORK.toml [RANKS]\n", stderr);
        return 2;
    }
    try {
        const Network network = izhi::io::load_network(argv[1]);
        const int ranks = argc > 2 ? std::atoi(argv[2]) : 2;
        const std::uint64_t steps = network.steps(500.0);
        const double per_phase = network.steps_per_phase();
        const Costs costs = costs_of(network, steps);
        std::printf("one rank: %.3f ns per neuron and step, %.3f ns per event, %.2f ns per spike recorded\n",
                    costs.neuron_ns, costs.event_ns, costs.spike_ns);
        {
            Simulation one(network, {.threads = 1, .executor = izhi::serial_executor()});
            std::printf("one rank of one thread      %8.2f us per step\n", step_us(one, steps));
        }
        {
            Simulation threads(network, {.threads = ranks, .executor = izhi::thread_executor(ranks)});
            std::printf("one rank of %d threads       %8.2f us per step\n", ranks, step_us(threads, steps));
        }
        double without = 0.0;
        for (const double latency : {0.0, 20.0, 50.0, 100.0, 200.0}) {
            const double us = step_us_of_ranks(network, ranks, latency, steps);
            if (latency == 0.0) without = us;
            std::printf("%d ranks, latency %5.0f us    %8.2f us per step; model %8.2f\n", ranks, latency, us,
                        without + latency / per_phase);
        }
        print_model(costs);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "izhi_ranks: %s\n", error.what());
        return 2;
    }
}
