// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/network/plan.hpp"
#include "izhi/exchange.hpp"

namespace izhi::detail {

/// Which rank has which neurons. Slots and neurons of a rank are consecutive, and follow those of the rank before.
struct Ranks {
    std::shared_ptr<Exchange> exchange{};  ///< null: one rank
    std::vector<Range> blocks;             ///< by rank, of the blocks of the network
    std::vector<Range> slots, neurons;     ///< by rank

    [[nodiscard]] std::size_t count() const noexcept { return slots.size(); }
    [[nodiscard]] bool alone() const noexcept { return !exchange; }
    [[nodiscard]] std::size_t own() const noexcept { return exchange ? static_cast<std::size_t>(exchange->rank()) : 0; }
    [[nodiscard]] bool first() const noexcept { return own() == 0; }
    [[nodiscard]] const Range& own_blocks() const noexcept { return blocks[own()]; }
    [[nodiscard]] const Range& own_slots() const noexcept { return slots[own()]; }
    [[nodiscard]] const Range& own_neurons() const noexcept { return neurons[own()]; }
};

}  // namespace izhi::detail
