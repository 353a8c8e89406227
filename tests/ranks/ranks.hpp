// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "izhi/exchange.hpp"
#include "izhi/simulation.hpp"

namespace izhi::test {

/// A simulation on several ranks, each a thread of this program. This is that of rank 0.
class RankedSimulation {
public:
    /// @param options_of the options of a rank, but for the exchange. @throws what the simulation of rank 0 throws
    RankedSimulation(const Network& network, int ranks, const std::function<SimulationOptions(int)>& options_of) {
        const auto ends = thread_exchange(ranks);
        const auto options = [&](int rank) {
            SimulationOptions of_rank = options_of(rank);
            of_rank.exchange = ends[static_cast<std::size_t>(rank)];
            return of_rank;
        };
        for (int rank = 1; rank < ranks; ++rank)
            others_.threads.emplace_back([network, of_rank = options(rank)] {
                try {
                    Simulation simulation(network, of_rank);
                    simulation.follow();
                } catch (const std::exception&) {  // rank 0 has the same error
                }
            });
        first_ = std::make_unique<Simulation>(network, options(0));
    }
    Simulation& operator*() { return *first_; }
    Simulation* operator->() { return first_.get(); }

private:
    struct Others {
        std::vector<std::thread> threads;
        ~Others() {
            for (std::thread& thread : threads) thread.join();
        }
    } others_;
    std::unique_ptr<Simulation> first_;  ///< destroyed first, which ends the others
};

/// Runs a network on several ranks. `use` is what rank 0 does.
template <class Use>
void with_ranks(const Network& network, int ranks, const std::function<SimulationOptions(int)>& options_of,
                const Use& use) {
    RankedSimulation simulation(network, ranks, options_of);
    use(*simulation);
}

}  // namespace izhi::test
