// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Pushing stored rows of synapses into current buffers.
#pragma once

#include "simd/kernels.hpp"

namespace {

using izhi::simd::DeliverArgs;

struct Row {
    const std::uint32_t* begin;
    const std::uint32_t* end;
};

inline Row row_of(const izhi::simd::RowIndex& rows, std::uint32_t source) {
    const std::uint32_t chunk = source >> izhi::simd::kRowChunkShift;
    const std::uint32_t* const offsets = rows.offsets + source + chunk;
    const std::uint32_t* const base = rows.chunks[chunk];
    return {base + offsets[0], base + offsets[1]};
}

/// @param from_memory into the second-level cache: more lines can be on their way to it than to the first
[[gnu::always_inline]] inline void prefetch(const Row& row, std::size_t lines, bool from_memory) {
    constexpr std::size_t words_per_line = 16;
    if (from_memory)
        for (std::size_t line = 0; line < lines; ++line) __builtin_prefetch(row.begin + line * words_per_line, 0, 2);
    else
        for (std::size_t line = 0; line < lines; ++line) __builtin_prefetch(row.begin + line * words_per_line);
}

/// Where a row lies comes from memory too, and a load that waits for it would hold up everything behind it.
[[gnu::always_inline]] inline void prefetch_place(const izhi::simd::RowIndex& rows, std::uint32_t source) {
    __builtin_prefetch(rows.offsets + source + (source >> izhi::simd::kRowChunkShift));
}

/// @param push_group adds a group's synapses to the sums of their step and returns where the next group begins
template <class PushGroup>
inline void deliver(const DeliverArgs& args, PushGroup push_group) {
    // Copies: what is pushed could otherwise be the arguments, for all the compiler knows.
    const izhi::simd::RowIndex rows = args.rows;
    const std::uint32_t* const spikes = args.spikes;
    std::int32_t* const ring = args.ring;
    const std::size_t count = args.spike_count, far = args.prefetch_spikes, lines = args.prefetch_lines;
    const std::size_t stride = args.stride;
    const std::uint32_t slot = args.slot, slot_mask = args.slot_mask;
    const std::size_t ahead = count < far ? count : far;
    const bool from_memory = args.rows_in_memory;
    for (std::size_t s = 0; s < ahead; ++s) prefetch(row_of(rows, spikes[s]), lines, from_memory);
    for (std::size_t s = 0; s < count; ++s) {
        if (from_memory && s + 2 * far < count) prefetch_place(rows, spikes[s + 2 * far]);
        if (s + far < count) prefetch(row_of(rows, spikes[s + far]), lines, from_memory);
        const Row row = row_of(rows, spikes[s]);
        const std::uint32_t* word = row.begin;
        while (word < row.end) {
            const std::uint32_t header = *word++, delay = header & 0xffffu;
            word = push_group(header, word, ring + stride * ((slot + delay) & slot_mask), spikes[s]);
        }
    }
}

inline std::uint32_t group_size(std::uint32_t header) { return header >> 16 & izhi::simd::kLargestGroup; }

/// Weights as they stand in rows.
struct AsStored {
    static constexpr bool kAsStored = true;
    std::int32_t operator()(std::int32_t weight) const { return weight; }
};
/// Weights of 16 bits times a factor of the spike.
struct ScaledNarrow {
    static constexpr bool kAsStored = false;
    std::int32_t factor;
    std::int32_t operator()(std::int32_t weight) const {
        return (weight * factor + izhi::simd::kFactorOne / 2) >> izhi::simd::kFactorBits;
    }
};
/// Weights of 32 bits.
struct ScaledWide {
    static constexpr bool kAsStored = false;
    std::int64_t factor;
    std::int32_t operator()(std::int32_t weight) const {
        return static_cast<std::int32_t>((weight * factor + izhi::simd::kFactorOne / 2) >> izhi::simd::kFactorBits);
    }
};

/// Scalar on every ISA: targets are scattered, and no instruction set adds to scattered words faster than one by one.
/// @tparam Near words hold targets rather than distances
template <bool Near, class Scale>
inline const std::uint32_t* push_packed(std::uint32_t header, const std::uint32_t* __restrict word,
                                        std::int32_t* __restrict sums, const Scale& scale) {
    const std::uint32_t count = group_size(header);
    std::size_t target = 0;
    const auto push = [&](std::uint32_t synapse) {
        target = Near ? synapse & 0xffffu : target + (synapse & 0xffffu);
        sums[target] += scale(static_cast<std::int32_t>(synapse) >> 16);
    };
    if (count < izhi::simd::kPaddedGroup) {
        for (std::uint32_t j = 0; j < count; ++j) push(word[j]);
        return word + count;
    }
    // Whole eights: the odd synapses at the end would cost a mispredicted jump, more than adding zeros does.
    const std::uint32_t* const end = word + izhi::simd::packed_words(count);
    do {
#pragma GCC unroll 8
        for (std::uint32_t j = 0; j < izhi::simd::kGroupPad; ++j) push(word[j]);
        word += izhi::simd::kGroupPad;
    } while (word < end);
    return end;
}

/// Out of the way of the loops of packed groups: its vectors and addresses would take their registers.
template <class V, class Scale>
[[gnu::noinline]] const std::uint32_t* push_dense(std::uint32_t header, const std::uint32_t* __restrict word,
                                                  std::int32_t* __restrict sums, const Scale& scale) {
    const std::uint32_t count = group_size(header);
    sums += *word++;
    std::uint32_t j = 0;
    if constexpr (Scale::kAsStored)
        for (; j + V::lanes <= count; j += static_cast<std::uint32_t>(V::lanes)) V::add_weights(sums + j, word, j);
    for (; j < count; ++j) sums[j] += scale(static_cast<std::int32_t>(word[j / 2] << (j % 2 ? 0 : 16)) >> 16);
    return word + (count + 1) / 2;
}

template <class V, bool Near, class Scale>
inline const std::uint32_t* push_narrow(std::uint32_t header, const std::uint32_t* word, std::int32_t* sums,
                                        const Scale& scale) {
    return header & izhi::simd::kDenseGroup ? push_dense<V>(header, word, sums, scale)
                                            : push_packed<Near>(header, word, sums, scale);
}

template <class Scale>
inline const std::uint32_t* push_wide(std::uint32_t header, const std::uint32_t* __restrict word,
                                      std::int32_t* __restrict sums, const Scale& scale) {
    const std::uint32_t count = group_size(header);
#pragma GCC unroll 8
    for (std::uint32_t j = 0; j < count; ++j) sums[word[2 * j]] += scale(static_cast<std::int32_t>(word[2 * j + 1]));
    return word + 2 * static_cast<std::size_t>(count);
}

template <class V>
void deliver_packed(const DeliverArgs& args) {
    deliver(args, [](std::uint32_t header, const std::uint32_t* word, std::int32_t* sums, std::uint32_t) {
        return push_narrow<V, false>(header, word, sums, AsStored{});
    });
}

template <class V>
void deliver_near(const DeliverArgs& args) {
    deliver(args, [](std::uint32_t header, const std::uint32_t* word, std::int32_t* sums, std::uint32_t) {
        return push_narrow<V, true>(header, word, sums, AsStored{});
    });
}

template <class V>
void deliver_wide(const DeliverArgs& args) {
    deliver(args, [](std::uint32_t header, const std::uint32_t* word, std::int32_t* sums, std::uint32_t) {
        return push_wide(header, word, sums, AsStored{});
    });
}

template <class V>
void deliver_packed_scaled(const DeliverArgs& args) {
    deliver(args, [&](std::uint32_t header, const std::uint32_t* word, std::int32_t* sums, std::uint32_t source) {
        return push_narrow<V, false>(header, word, sums, ScaledNarrow{args.factors[source]});
    });
}

template <class V>
void deliver_near_scaled(const DeliverArgs& args) {
    deliver(args, [&](std::uint32_t header, const std::uint32_t* word, std::int32_t* sums, std::uint32_t source) {
        return push_narrow<V, true>(header, word, sums, ScaledNarrow{args.factors[source]});
    });
}

template <class V>
void deliver_wide_scaled(const DeliverArgs& args) {
    deliver(args, [&](std::uint32_t header, const std::uint32_t* word, std::int32_t* sums, std::uint32_t source) {
        return push_wide(header, word, sums, ScaledWide{args.factors[source]});
    });
}

using izhi::simd::UnderwayArgs;
using izhi::simd::UnderwayRow;

/// @param push_group as in deliver(), with the factor of the row
template <class PushGroup>
inline std::size_t deliver_underway(const UnderwayArgs& args, PushGroup push_group) {
    UnderwayRow* const rows = args.rows;
    std::int32_t* const ring = args.ring;
    const std::size_t count = args.count, far = args.prefetch_rows, lines = args.prefetch_lines;
    const std::size_t stride = args.stride;
    const std::uint32_t slot_mask = args.slot_mask, now = args.now, window = args.window;
    const auto fetch = [&](std::size_t i) { prefetch({rows[i].next, nullptr}, lines, false); };
    for (std::size_t i = 0; i < count && i < far; ++i) fetch(i);
    std::size_t left = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (i + far < count) fetch(i + far);
        const UnderwayRow row = rows[i];
        const std::uint32_t* word = row.next;
        const std::uint32_t* const end = word + row.words;
        std::uint32_t due = 0;
        do {
            const std::uint32_t header = *word;
            due = row.fired + (header & 0xffffu);
            if (due - now >= window) break;
            word = push_group(header, word + 1, ring + stride * (due & slot_mask), row.factor);
        } while (word < end);
        rows[left] = {word, static_cast<std::uint32_t>(end - word), row.fired, due, row.factor};
        left += word < end ? 1 : 0;
    }
    return left;
}

template <class V, bool Near, bool Scaled>
std::size_t underway_narrow(const UnderwayArgs& args) {
    return deliver_underway(
        args, [](std::uint32_t header, const std::uint32_t* word, std::int32_t* sums, std::int32_t factor) {
            if constexpr (Scaled) return push_narrow<V, Near>(header, word, sums, ScaledNarrow{factor});
            else return push_narrow<V, Near>(header, word, sums, AsStored{});
        });
}

template <class V, bool Scaled>
std::size_t underway_wide(const UnderwayArgs& args) {
    return deliver_underway(
        args, [](std::uint32_t header, const std::uint32_t* word, std::int32_t* sums, std::int32_t factor) {
            if constexpr (Scaled) return push_wide(header, word, sums, ScaledWide{factor});
            else return push_wide(header, word, sums, AsStored{});
        });
}

}  // namespace
