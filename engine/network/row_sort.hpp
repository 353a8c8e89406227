// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/network/rows.hpp"

namespace izhi::detail {

/// A synapse in one word: delay, slot and weight, the order in which rows are stored. Weights of 16 bits are all there is
/// in a packed row.
struct PackedSynapse {
    [[nodiscard]] static constexpr std::uint64_t pack(std::uint32_t delay, std::uint32_t slot, std::int32_t weight) {
        return std::uint64_t{delay} << 48 | std::uint64_t{slot} << 16 |
               ((static_cast<std::uint32_t>(weight) & 0xffffu) ^ 0x8000u);
    }
    /// delay << 32 | slot
    [[nodiscard]] static constexpr std::uint64_t place(std::uint64_t synapse) { return synapse >> 16; }
    [[nodiscard]] static constexpr std::uint32_t slot(std::uint64_t synapse) {
        return static_cast<std::uint32_t>(synapse >> 16);
    }
    /// Two's complement.
    [[nodiscard]] static constexpr std::uint32_t weight(std::uint64_t synapse) {
        return static_cast<std::uint32_t>(synapse & 0xffffu) ^ 0x8000u;
    }
};

/// Packs and sorts rows; one per thread, since it keeps scratch memory.
class RowSorter {
public:
    /// Synapses whose targets are slots of a range, by delay and slot. Those of one place are in the order in which they
    /// were drawn; in rows of fewer than kFewSynapses they are sorted by weight.
    [[nodiscard]] std::span<const std::uint64_t> sort(const DrawnRow& row, const Range& slots);

    static constexpr std::size_t kFewSynapses = 32;

private:
    void pack(const DrawnRow& row);
    /// Buckets of even width, for nearly two times as many as there are synapses, or more. @return false if there is none
    bool find_buckets(const DrawnRow& row, const Range& slots);
    /// Puts synapses into their buckets, one behind the other.
    template <class Counter>
    void distribute(const DrawnRow& row, std::vector<Counter>& counters);
    /// Sorts what shares a bucket. @return false, and an order that radix() may go on from, if too many do
    bool finish(std::size_t count);
    void radix(std::size_t count);

    std::vector<std::uint64_t> sorted_, scratch_;
    std::vector<std::uint32_t> buckets_;  ///< [synapses]
    std::vector<std::uint8_t> small_;
    std::vector<std::uint16_t> large_;
    // of the last row
    std::uint64_t places_ = 0;  ///< delays * slots
    std::size_t bucket_count_ = 0;
    std::uint32_t scale_ = 0;  ///< buckets * 2^32 / places
};

}  // namespace izhi::detail
