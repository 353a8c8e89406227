// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "izhi/live.hpp"

namespace izhi::detail {

/// What rank 0 asks the other ranks to do. Each of them does its part of the same call.
enum class Order : std::uint32_t {
    end,         ///< the simulation of rank 0 is destroyed
    run,         ///< to step `number`; flags: OrderFlags
    go,          ///< within a paced run: do the next step
    halt,        ///< within a paced run: it ends
    apply,       ///< the intervention in the message
    prepare,     ///< prepare_interventions()
    checkpoint,  ///< give your share
    snapshot,    ///< the same, in a snapshot
    restore,     ///< the checkpoint in the message
    read,        ///< `flags`: the column; of population `number`
    read_one,    ///< `flags`: the column; of slot `number`
    synapses,    ///< of neuron `number`
    plastic,     ///< all synapses of projection `number`
    sightings,   ///< what Lookout saw
};
struct OrderFlags {
    static constexpr std::uint32_t paced = 1, observed = 2, one_step = 4;
};
struct OrderHead {
    Order order = Order::end;
    std::uint32_t flags = 0;
    std::uint64_t number = 0, bytes = 0;  ///< of the message that follows
};

/// An intervention as bytes, and back. Both sides are the same program.
[[nodiscard]] std::vector<std::byte> bytes_of(const Intervention& intervention);
[[nodiscard]] Intervention intervention_from(std::span<const std::byte> bytes);

}  // namespace izhi::detail
