// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "izhi/exchange.hpp"
#include "izhi/simulation.hpp"

namespace izhi::test {

/// Runs a network on several ranks, each a thread of this program. `use` is what rank 0 does.
/// @param options_of the options of a rank, but for the exchange
template <class Use, class OptionsOf>
void with_ranks(const Network& network, int ranks, const OptionsOf& options_of, const Use& use,
                double latency_us = 0.0) {
    const auto ends = thread_exchange(ranks, latency_us);
    const auto make = [&](int rank) {
        SimulationOptions options = options_of(rank);
        options.exchange = ends[static_cast<std::size_t>(rank)];
        return Simulation(network, options);
    };
    std::vector<std::thread> others;
    for (int rank = 1; rank < ranks; ++rank)
        others.emplace_back([&, rank] {
            try {
                Simulation simulation = make(rank);
                simulation.follow();
            } catch (const std::exception&) {  // rank 0 has the same error
            }
        });
    struct Join {
        std::vector<std::thread>& threads;
        ~Join() {
            for (std::thread& thread : threads) thread.join();
        }
    } const join{others};
    Simulation simulation = make(0);
    use(simulation);
}

}  // namespace izhi::test
