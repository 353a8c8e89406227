// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// izhi_cost: how many neurons one core simulates in real time, and how many operations one ms of a neuron takes, for
// the models of Hodgkin and Huxley and of Izhikevich. Prints CSV like apps/figures/cost.csv, which izhi figures draws:
//
//     build/bin/izhi_cost > apps/figures/cost.csv
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "engine/base/memory.hpp"
#include "izhi/izhi.hpp"
#include "perf/cost/operations.hpp"
#include "perf/hodgkin_huxley/hodgkin_huxley.hpp"
#include "perf/networks.hpp"

namespace {

using namespace izhi;
using izhi::detail::AlignedArray;

constexpr int kRepeats = 7;

double seconds_of(const auto& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Neurons that fire at about 70 Hz with a constant current. Their state stays in the first-level cache.
double hodgkin_huxley_in_real_time(const perf::HodgkinHuxleyKernel& kernel) {
    constexpr std::size_t neurons = 512;
    constexpr double ms = 50.0;
    AlignedArray<float> v(neurons), m(neurons), h(neurons), n(neurons), current(neurons), spikes(neurons);
    for (std::size_t i = 0; i < neurons; ++i) {
        v[i] = -65.0f;
        m[i] = 0.0529f;
        h[i] = 0.5961f;
        n[i] = 0.3177f;
        current[i] = 10.0f + 0.01f * static_cast<float>(i);
        spikes[i] = 0.0f;
    }
    const perf::HodgkinHuxleyArgs args{v.data(),
                                       m.data(),
                                       h.data(),
                                       n.data(),
                                       current.data(),
                                       spikes.data(),
                                       neurons,
                                       static_cast<std::size_t>(ms / perf::kHodgkinHuxleyStepMs + 0.5),
                                       static_cast<float>(perf::kHodgkinHuxleyStepMs)};
    double best = 1e300;
    for (int r = 0; r < kRepeats; ++r) best = std::min(best, seconds_of([&] { kernel.run(args); }));
    return neurons * ms / 1e3 / best;
}

double network_in_real_time(const Network& network, Isa isa, double ms) {
    double best = 1e300;
    for (int r = 0; r < kRepeats; ++r) {
        Simulation simulation(network, {.threads = 1, .isa = isa});
        simulation.run_ms(50.0);
        best = std::min(best, seconds_of([&] { simulation.run_ms(ms); }));
    }
    return static_cast<double>(network.neuron_count()) * ms / 1e3 / best;
}

/// The neurons of the 2003 network with their noise.
Network without_synapses() {
    NetworkBuilder net{{.name = "neurons", .seed = 1}};
    net.add_population({.name = "exc", .size = 8000, .cell = excitatory_2003(), .noise_stddev = 5.0});
    net.add_population({.name = "inh", .size = 2000, .cell = inhibitory_2003(), .noise_stddev = 2.0});
    return net.build();
}

std::string cpu_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("model name")) {
            std::string name = line.substr(line.find(':') + 2);
            std::replace(name.begin(), name.end(), ',', ' ');
            return name;
        }
    return "unknown processor";
}

}  // namespace

int main() {
    const perf::OperationCounts counts = perf::count_operations();
    const perf::HodgkinHuxleyKernel& wide = perf::hodgkin_huxley_kernel();
    const perf::HodgkinHuxleyKernel& scalar = perf::hodgkin_huxley_kernel(true);
    const Network lone = without_synapses(), wired = perf::cortex_10k();
    std::array<char, 16> date{};
    const std::time_t now = std::time(nullptr);
    std::strftime(date.data(), date.size(), "%Y-%m-%d", std::gmtime(&now));

    std::printf("# izhi_cost on %s, %s, one thread, best of %d\n", cpu_name().c_str(), date.data(), kRepeats);
    std::printf("# neurons that one core simulates in real time, and operations for one neuron and ms\n");
    std::printf("model,isa,synapses_per_neuron,neurons_in_real_time,operations_per_ms,papers_operations_per_ms\n");
    const auto row = [](const char* model, const char* isa, int synapses, double neurons, double operations,
                        double papers) {
        std::printf("%s,%s,%d,%.0f,%.0f,%.0f\n", model, isa, synapses, neurons, operations, papers);
        std::fflush(stdout);
    };
    row("Hodgkin-Huxley", scalar.isa, 0, hodgkin_huxley_in_real_time(scalar), counts.hodgkin_huxley,
        perf::kPapersHodgkinHuxley);
    row("Hodgkin-Huxley", wide.isa, 0, hodgkin_huxley_in_real_time(wide), counts.hodgkin_huxley,
        perf::kPapersHodgkinHuxley);
    row("Izhikevich", "scalar", 0, network_in_real_time(lone, Isa::scalar, 500.0), counts.izhikevich,
        perf::kPapersIzhikevich);
    row("Izhikevich", wide.isa, 0, network_in_real_time(lone, Isa::automatic, 2000.0), counts.izhikevich,
        perf::kPapersIzhikevich);
    row("Izhikevich", "scalar", 100, network_in_real_time(wired, Isa::scalar, 500.0), counts.izhikevich,
        perf::kPapersIzhikevich);
    row("Izhikevich", wide.isa, 100, network_in_real_time(wired, Isa::automatic, 2000.0), counts.izhikevich,
        perf::kPapersIzhikevich);
}
