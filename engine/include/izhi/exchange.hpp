// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "izhi/export.hpp"

/// Simulations that are spread over several processes: ranks. Each rank holds a share of the neurons, and all ranks
/// exchange their spikes. The bits are those of one process, for any number of ranks.
///
/// Every rank makes the same Simulation, with its own end of the exchange in SimulationOptions::exchange. Rank 0 then
/// uses its simulation as usual. The other ranks call Simulation::follow(), which does what rank 0 asks for until its
/// simulation is destroyed.
namespace izhi {

/// One rank's end of the connection between all ranks. The engine calls it from one thread at a time, but not always from
/// the same thread. All ranks make the same calls in the same order.
class IZHI_API Exchange {
public:
    virtual ~Exchange() = default;
    [[nodiscard]] virtual int rank() const noexcept = 0;   ///< from 0
    [[nodiscard]] virtual int ranks() const noexcept = 0;  ///< how many there are
    /// How many ranks share the memory of this machine, this one included.
    [[nodiscard]] virtual int neighbours() const noexcept = 0;
    /// How many processors this rank should use.
    [[nodiscard]] virtual int processors() const noexcept = 0;

    /// Every rank gives `mine`, which has the same size everywhere, and gets those of all ranks, in the order of ranks.
    virtual void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) noexcept = 0;
    /// Rank 0 gives a message of a size that all know, and the others get it. They may wait for it for a long time.
    virtual void broadcast(std::span<std::byte> message) noexcept = 0;
    /// For ranks other than 0: sends to rank 0, which calls receive().
    virtual void send(std::span<const std::byte> message) noexcept = 0;
    /// For rank 0: waits for a message of this size from another rank.
    virtual void receive(int from, std::span<std::byte> message) noexcept = 0;
    /// Ends all ranks at once. For a rank that cannot continue and that the others would wait for.
    [[noreturn]] virtual void abort(std::string_view why) noexcept = 0;
};

/// An exchange between threads of one process, for tests and experiments: one end for each rank. Each rank must run on a
/// thread of its own.
/// @param ranks 1 to 1024
/// @param latency_us added to each all_gather(), to try the effect of a slower network [us], 0 to 1e6
/// @throws Error if one is out of range
[[nodiscard]] IZHI_API std::vector<std::shared_ptr<Exchange>> thread_exchange(int ranks, double latency_us = 0.0);

}  // namespace izhi
