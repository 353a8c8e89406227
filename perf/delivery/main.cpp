// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// izhi_delivery NETWORK.toml [THREADS]
//
// Runs a network twice, by turns: synapses pushed as soon as their source has fired, and late, when they are due. Prints the
// time of both for each pair of runs of 200 ms, and their ratio. The spikes must be the same.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "izhi/io/network_file.hpp"
#include "izhi/simulation.hpp"

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        std::fputs("usage: izhi_delivery NETWORK.toml [THREADS]\n", stderr);
        return 2;
    }
    try {
        constexpr int kPairs = 8;
        constexpr double kRunMs = 200.0;
        constexpr std::uint32_t kLongerThanAnyDelay = 1U << 16U;
        const izhi::Network network = izhi::io::load_network(argv[1]);
        const int threads = argc > 2 ? std::atoi(argv[2]) : 1;
        izhi::Simulation at_once(network, {.threads = threads, .delivery_window = kLongerThanAnyDelay});
        izhi::Simulation late(network, {.threads = threads});
        const std::uint64_t steps = network.steps(kRunMs);
        const auto seconds_of = [&](izhi::Simulation& simulation) {
            const auto begin = std::chrono::steady_clock::now();
            simulation.run(steps);
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / (kRunMs / 1e3);
        };
        (void)seconds_of(at_once);
        (void)seconds_of(late);
        for (int pair = 0; pair < kPairs; ++pair) {
            const bool late_first = pair % 2 == 1;
            const double first = seconds_of(late_first ? late : at_once);
            const double second = seconds_of(late_first ? at_once : late);
            const double once_s = late_first ? second : first, late_s = late_first ? first : second;
            std::printf("at once %.3f, late %.3f s per simulated s: ratio %.2f\n", once_s, late_s, once_s / late_s);
        }
        const bool same = at_once.spike_hash() == late.spike_hash();
        std::puts(same ? "the spikes are the same" : "THE SPIKES DIFFER");
        return same ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "izhi_delivery: %s\n", error.what());
        return 2;
    }
}
