// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/memory.hpp"
#include "engine/step/layout.hpp"

namespace izhi::detail {

/// A phase: the steps between two barriers. Steps are numbered from 0; step s goes from s * dt to (s + 1) * dt.
struct Phase {
    std::uint64_t first_step = 0;
    std::uint32_t steps = 0;
};

/// What the last few phases produced, by part and step: who fired, and samples of traces. Memory for the worst case, every
/// neuron in every step, is taken at the start, so nothing can be dropped and nothing is allocated while running.
///
/// Spikes lie in lists. Each part of this rank has one, and each other rank has one for all of its parts; the lists are
/// in the order of neurons. Those of other ranks are filled between two phases.
///
/// Phase p lives in place p mod kPhaseRing. A part writes its own lists of the open phase; everyone reads those of closed
/// phases; the barrier between phases orders the two.
class PhaseLog {
public:
    PhaseLog(const Plan& plan, const Ranks& ranks, const std::vector<PartBlocks>& parts);

    [[nodiscard]] Phase& phase(std::uint64_t number) noexcept { return phases_[number % kPhaseRing]; }
    [[nodiscard]] const Phase& phase(std::uint64_t number) const noexcept { return phases_[number % kPhaseRing]; }

    /// The neurons of a part that fired in step `index` of a phase, ascending.
    [[nodiscard]] std::span<const std::uint32_t> fired(std::uint64_t phase, std::size_t part,
                                                       std::uint32_t index) const noexcept {
        return listed(phase, list_of_part(part), index);
    }
    /// How many lists there are, of parts and of other ranks.
    [[nodiscard]] std::size_t list_count() const noexcept { return list_count_; }
    [[nodiscard]] std::size_t list_of_part(std::size_t part) const noexcept { return first_own_ + part; }
    [[nodiscard]] bool is_of_part(std::size_t list) const noexcept { return list - first_own_ < parts_; }
    [[nodiscard]] std::size_t list_of_rank(std::size_t rank) const noexcept {
        return rank < first_own_ ? rank : rank + parts_ - 1;
    }
    /// The neurons in any list.
    [[nodiscard]] std::span<const std::uint32_t> listed(std::uint64_t phase, std::size_t number,
                                                        std::uint32_t index) const noexcept {
        const List& list = lists_[place(phase, number, index)];
        return {list.neurons, list.count};
    }
    /// Where a part writes them.
    /// On a cache line of its own: its worker writes it after every block, while others write theirs.
    struct alignas(64) List {
        std::uint32_t* neurons = nullptr;  ///< room for all neurons of the part
        std::uint32_t count = 0;
    };
    [[nodiscard]] List& list(std::uint64_t phase, std::size_t part, std::uint32_t index) noexcept {
        return lists_[place(phase, list_of_part(part), index)];
    }
    /// Where the spikes of another rank are written, between two phases.
    [[nodiscard]] List& list_from(std::uint64_t phase, std::size_t rank, std::uint32_t index) noexcept {
        return lists_[place(phase, list_of_rank(rank), index)];
    }
    /// Forgets all spikes of a phase.
    void clear(std::uint64_t phase) noexcept {
        for (std::size_t l = 0; l < list_count_; ++l)
            for (std::uint32_t s = 0; s < steps_; ++s) lists_[place(phase, l, s)].count = 0;
    }

    /// Begins to fetch a list that another worker wrote.
    void prefetch(std::uint64_t phase, std::size_t number, std::uint32_t index) const noexcept {
        const List& list = lists_[place(phase, number, index)];
        constexpr std::uint32_t per_line = 64 / sizeof(std::uint32_t), most = 8 * per_line;
        for (std::uint32_t i = 0; i < list.count && i < most; i += per_line) __builtin_prefetch(list.neurons + i);
    }

    /// Samples of all traces in step `index` of a phase; valid for the traces whose interval ends there.
    [[nodiscard]] float* samples(std::uint64_t phase, std::uint32_t index) noexcept {
        return samples_.data() + (phase % kPhaseRing * steps_ + index) * sample_count_;
    }

private:
    [[nodiscard]] std::size_t place(std::uint64_t phase, std::size_t list, std::uint32_t index) const noexcept {
        return (phase % kPhaseRing * list_count_ + list) * steps_ + index;
    }
    Phase phases_[kPhaseRing];
    std::size_t parts_, first_own_, list_count_, steps_, sample_count_ = 0;
    AlignedArray<std::uint32_t> memory_;
    LazyArray<std::uint32_t> others_;  ///< of other ranks
    std::vector<List> lists_;
    std::vector<float> samples_;
};

}  // namespace izhi::detail
