// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include <izhi/izhi.hpp>

int main() {
    izhi::NetworkBuilder net{{.name = "cortex", .seed = 42}};
    const auto exc =
        net.add_population({.name = "exc", .size = 8000, .cell = izhi::excitatory_2003(), .noise_stddev = 5.0});
    const auto inh =
        net.add_population({.name = "inh", .size = 2000, .cell = izhi::inhibitory_2003(), .noise_stddev = 2.0});
    net.connect(exc, izhi::everyone, {.rule = izhi::fixed_outdegree(100), .weight = izhi::uniform(0.0, 3.25)});
    net.connect(inh, izhi::everyone, {.rule = izhi::fixed_outdegree(100), .weight = izhi::uniform(-6.5, 0.0)});

    izhi::Simulation sim{net.build(), {.threads = 2}};
    std::size_t busiest = 0;
    for (int ms = 0; ms < 1000; ++ms) busiest = std::max(busiest, sim.step().size());

    std::cout << "exc " << static_cast<double>(sim.spike_count(exc)) / 8000.0 << " Hz, inh "
              << static_cast<double>(sim.spike_count(inh)) / 2000.0 << " Hz, at most " << busiest
              << " spikes in one ms\n";
}
