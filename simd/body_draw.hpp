// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Drawing rows anew and pushing them: the arithmetic of engine/network/rows.cpp, a lane per synapse.
#pragma once

#include "simd/body_hash.hpp"

namespace {

using izhi::simd::DrawArgs;
using izhi::simd::EvenArgs;
using izhi::simd::RowKeyArgs;

/// Philox4x32-10, a lane per source.
template <class V>
void row_keys(const RowKeyArgs& args) {
    using U = typename V::U;
    for (std::size_t i = 0; i < args.count; i += V::lanes) {
        alignas(64) std::uint32_t sources[V::lanes];
        for (std::size_t lane = 0; lane < V::lanes; ++lane)
            sources[lane] = i + lane < args.count ? args.sources[i + lane] : 0;
        U x0 = V::load(sources), x1(0u), x2(args.projection), x3(args.stream);
        std::uint32_t key0 = args.seed_low, key1 = args.seed_high;
        for (int round = 0; round < 10; ++round) {
            const U high0 = V::mul_high(x0, U(0xD2511F53u)), low0 = x0 * U(0xD2511F53u);
            const U high1 = V::mul_high(x2, U(0xCD9E8D57u)), low1 = x2 * U(0xCD9E8D57u);
            x0 = high1 ^ x1 ^ U(key0);
            x1 = low1;
            x2 = high0 ^ x3 ^ U(key1);
            x3 = low0;
            key0 += 0x9E3779B9u;
            key1 += 0xBB67AE85u;
        }
        V::store(args.k0 + i, x0);
        V::store(args.k1 + i, x1);
        V::store(args.k2 + i, x2);
    }
}

template <class V>
void draw_even(const EvenArgs& args) {
    using U = typename V::U;
    const U k1 = V::keep(U(args.key.k1)), k2 = V::keep(U(args.key.k2));
    const U m1 = V::keep(U(0xed5ad4bbu)), m2 = V::keep(U(0xac4c1b51u)), m3 = V::keep(U(0x31848babu));
    const U range = V::keep(U(args.range)), lowest = V::keep(U(args.lowest)), skipped = V::keep(U(args.skipped));
    constexpr std::size_t together = kNoiseVectors * V::lanes;
    static_assert(together <= izhi::simd::kPad);
    U index = V::template shift_left<2>(V::iota(args.first)) + U(args.lane + args.key.k0);
    const U next_vector(static_cast<std::uint32_t>(4 * V::lanes));
    std::uint32_t* const __restrict values = args.values;
    for (std::size_t i = 0; i < args.count; i += together) {
        U words[kNoiseVectors];
#pragma GCC unroll 16
        for (U& word : words) {
            word = index;
            index = index + next_vector;
        }
        hash_side_by_side<V>(words, k1, k2, m1, m2, m3);
#pragma GCC unroll 16
        for (std::size_t w = 0; w < kNoiseVectors; ++w) {
            const U value = V::mul_high(words[w], range);
            V::store_any(values + i + w * V::lanes, lowest + value + V::select(value >= skipped, U(1u), U(0u)));
        }
    }
}

/// Synapses of a row drawn at a time: their targets and weights stay in the first-level cache.
constexpr std::uint32_t kDrawnTogether = 1024;

template <class V>
void draw_outdegree(const DrawArgs& args) {
    using U = typename V::U;
    // room for a vector beyond the end: lanes past it are written and then overwritten or ignored
    alignas(64) std::uint32_t targets[kDrawnTogether + 16];
    alignas(64) std::uint32_t numbers[kDrawnTogether + 16];
    alignas(64) std::uint32_t weights[kDrawnTogether + 16];
    const U lanes_up = V::iota(0u);
    const izhi::simd::TargetSegment& last = args.segments[args.segment_count - 1];
    const bool filter = args.part_begin > args.segments[0].first_slot ||
                        args.part_begin + args.part_slots < last.first_slot + (last.end_index - last.first_index);
    const U part_begin(args.part_begin), part_slots(args.part_slots);
    for (std::size_t s = 0; s < args.spike_count; ++s) {
        const U k0(args.k0[s]), k1(args.k1[s]), k2(args.k2[s]);
        const std::uint32_t excluded = args.excluded ? args.excluded[s] : 0xffffffffu;
        const bool excludes = excluded < args.target_count;
        const U choices(args.target_count - (excludes ? 1u : 0u));
        for (std::uint32_t begin = 0; begin < args.row_synapses; begin += kDrawnTogether) {
            const std::uint32_t end =
                args.row_synapses - begin < kDrawnTogether ? args.row_synapses : begin + kDrawnTogether;
            std::size_t count = 0;
            for (std::uint32_t j = begin; j < end; j += static_cast<std::uint32_t>(V::lanes)) {
                const U word_index = V::template shift_left<2>(lanes_up + U(j));
                U index = V::mul_high(hash_lanes<V>(word_index, k0, k1, k2), choices);
                if (excludes) index = index + V::select(index >= U(excluded), U(1u), U(0u));
                U slot = index + U(args.segments[0].first_slot);
                for (std::size_t g = 1; g < args.segment_count; ++g) {
                    const izhi::simd::TargetSegment& from = args.segments[g - 1];
                    const izhi::simd::TargetSegment& to = args.segments[g];
                    const std::uint32_t padding =
                        (to.first_slot - to.first_index) - (from.first_slot - from.first_index);
                    slot = slot + V::select(index >= U(to.first_index), U(padding), U(0u));
                }
                const U place = slot - part_begin;
                const std::uint32_t left = end - j;
                std::uint32_t wanted = left >= V::lanes ? static_cast<std::uint32_t>((std::uint64_t{1} << V::lanes) - 1)
                                                        : (1u << left) - 1u;
                if (filter) wanted &= V::mask(V::float_mask(place < part_slots));
                count = V::append(targets, numbers, count, place, word_index + U(1u), wanted);
            }
            if (args.weight_choices == 1) {
                for (std::size_t i = 0; i < count; ++i) args.sums[targets[i]] += args.lowest_weight;
                continue;
            }
            const U weight_choices(args.weight_choices), lowest(static_cast<std::uint32_t>(args.lowest_weight));
            for (std::size_t i = 0; i < count; i += V::lanes)
                V::store(weights + i,
                         lowest + V::mul_high(hash_lanes<V>(V::load(numbers + i), k0, k1, k2), weight_choices));
            std::int32_t* const __restrict sums = args.sums;
#pragma GCC unroll 8
            for (std::size_t i = 0; i < count; ++i) sums[targets[i]] += static_cast<std::int32_t>(weights[i]);
        }
    }
}

/// Where the target of an index lies. Segments are few.
inline std::uint32_t slot_at(const DrawArgs& args, std::uint32_t index) {
    std::size_t g = 0;
    while (index >= args.segments[g].end_index) ++g;
    return index - args.segments[g].first_index + args.segments[g].first_slot;
}

/// Synapses of a window: (target << 16 | weight), the target from the beginning of the window.
struct DrawnWords {
    std::uint32_t* words;
    std::size_t filled, pushed;
};

template <std::size_t Count>
inline void push_words(std::int32_t* sums, const std::uint32_t* words) {
#pragma GCC unroll 32
    for (std::size_t j = 0; j < Count; ++j) sums[words[j] >> 16] += static_cast<std::int16_t>(words[j]);
}

/// Synapses of one number, a lane per source. Reads and writes up to a vector beyond the end. With sums, those drawn some
/// vectors ago are pushed meanwhile: multipliers and memory then work at the same time.
template <class V, bool Excludes, bool Pushes>
[[gnu::noinline]] void draw_number(DrawnWords& out, std::int32_t* sums, const std::uint32_t* sources, std::size_t count,
                                   const izhi::simd::HashKey& key, std::uint32_t size, std::uint32_t excluded_from,
                                   std::uint32_t weight_choices, std::uint32_t lowest_weight) {
    std::uint32_t* const drawn = out.words + out.filled;
    std::size_t pushed = out.pushed;
    const std::size_t filled = out.filled;
    using U = typename V::U;
    const U k0 = V::keep(U(key.k0)), k1 = V::keep(U(key.k1)), k2 = V::keep(U(key.k2));
    const U m1 = V::keep(U(0xed5ad4bbu)), m2 = V::keep(U(0xac4c1b51u)), m3 = V::keep(U(0x31848babu));
    const U sizes = V::keep(U(size)), choices(weight_choices), lowest(lowest_weight), low_half(0xffffu),
            from(excluded_from);
    const auto draw = [&](auto& words, std::size_t i) {
        constexpr std::size_t vectors = sizeof(words) / sizeof(words[0]);
        U own[vectors];
#pragma GCC unroll 16
        for (std::size_t w = 0; w < vectors; ++w) {
            const U source = V::load_any(sources + i + w * V::lanes);
            words[w] = source + k0;
            if constexpr (Excludes) own[w] = source - from;  // one before the window wraps to beyond it
        }
        hash_side_by_side<V>(words, k1, k2, m1, m2, m3);
#pragma GCC unroll 16
        for (std::size_t w = 0; w < vectors; ++w) {
            U range = sizes;
            if constexpr (Excludes) range = range - V::select(own[w] < sizes, U(1u), U(0u));
            U target = V::mul_high(words[w], range);
            const U left = words[w] * range;
            if constexpr (Excludes) target = target + V::select(target >= own[w], U(1u), U(0u));
            const U weight = lowest + V::mul_high(left, choices);
            V::store_any(drawn + i + w * V::lanes, V::template shift_left<16>(target) | (weight & low_half));
        }
    };
    std::size_t i = 0;
    for (; i + (kNoiseVectors - 1) * V::lanes < count; i += kNoiseVectors * V::lanes) {
        U words[kNoiseVectors];
        draw(words, i);
        if constexpr (Pushes) {
            constexpr std::size_t together = kNoiseVectors * V::lanes;
            if (pushed + together <= filled + i) {
                push_words<together>(sums, out.words + pushed);
                pushed += together;
            }
        }
    }
    for (; i < count; i += V::lanes) {
        U word[1];
        draw(word, i);
    }
    out.filled += count;
    out.pushed = pushed;
}

/// A window of a stratum at a time, all spikes: its sums stay in the cache while a row's targets are all over the buffer.
template <class V>
void draw_strata(const DrawArgs& args) {
    constexpr std::size_t together = 1024;
    alignas(64) std::uint32_t drawn[together + kNoiseVectors * V::lanes];
    const std::uint32_t part_end = args.part_begin + args.part_slots;
    const auto number_of = [&](std::uint32_t z) {
        return static_cast<std::uint32_t>(std::uint64_t{args.row_synapses} * z / args.strata);
    };
    const auto target_of = [&](std::uint32_t z) {
        return static_cast<std::uint32_t>(std::uint64_t{args.target_count} * number_of(z) / args.row_synapses);
    };
    const auto lowest = static_cast<std::uint32_t>(args.lowest_weight);
    for (std::uint32_t z = 0; z < args.strata; ++z) {
        const std::uint32_t stratum_begin = target_of(z), stratum_end = target_of(z + 1);
        if (slot_at(args, stratum_end - 1) < args.part_begin || slot_at(args, stratum_begin) >= part_end) continue;
        const auto window_at = [&](std::uint32_t w) {
            return stratum_begin +
                   static_cast<std::uint32_t>(std::uint64_t{stratum_end - stratum_begin} * w / args.windows);
        };
        for (std::uint32_t window = 0; window < args.windows; ++window) {
            const std::uint32_t begin = window_at(window), end = window_at(window + 1);
            const std::uint32_t first_slot = slot_at(args, begin), last_slot = slot_at(args, end - 1);
            if (last_slot < args.part_begin || first_slot >= part_end) continue;
            const bool consecutive = last_slot - first_slot == end - 1 - begin;
            const bool inside = first_slot >= args.part_begin && last_slot < part_end;
            const std::uint32_t first_place =
                first_slot - args.part_begin;  // wraps where the window begins before the part
            std::int32_t* const __restrict sums = args.sums;
            const bool direct = consecutive && inside;
            std::int32_t* const window_sums = sums + (direct ? first_place : 0);
            DrawnWords out{drawn, 0, 0};
            const auto push = [&] {
                std::size_t i = out.pushed;
                const std::size_t count = out.filled;
                out.filled = out.pushed = 0;
                if (direct) {
                    for (; i + 8 <= count; i += 8) push_words<8>(window_sums, drawn + i);
                    for (; i < count; ++i) push_words<1>(window_sums, drawn + i);
                    return;
                }
                for (; i < count; ++i) {  // half of them may be elsewhere: no jump could be foreseen
                    std::uint32_t target = drawn[i] >> 16;
                    if (!consecutive) target = slot_at(args, begin + target) - first_slot;  // across padding
                    const std::uint32_t place = first_place + target;
                    const bool here = place < args.part_slots;
                    sums[here ? place : 0] += here ? static_cast<std::int16_t>(drawn[i]) : 0;
                }
            };
            // by synapse number and group: the class of the group whose synapse of this number goes to this window
            struct Run {
                std::uint32_t first, last;
            };
            std::uint32_t number = number_of(z), group = 0;
            const std::uint16_t* turn = args.turns + std::size_t{number} * args.groups;
            const std::uint16_t* const turns_end = args.turns + std::size_t{number_of(z + 1)} * args.groups;
            const auto run_of = [&](std::uint32_t in_group, std::uint32_t by) -> Run {
                const std::uint32_t c =
                    in_group * args.windows + (window >= by ? window - by : window + args.windows - by);
                return {args.classes[c], args.classes[c + 1]};
            };
            Run next = run_of(0, *turn);
            while (turn < turns_end) {
                Run run = next;
                const izhi::simd::HashKey& key = args.keys[number];
                ++turn;
                if (++group == args.groups) {
                    group = 0;
                    ++number;
                }
                if (turn < turns_end) {  // sources are read in bits from all over their list
                    next = run_of(group, *turn);
                    constexpr std::uint32_t line = 16, most = 16 * line;
                    for (std::uint32_t i = next.first; i < next.last && i < next.first + most; i += line)
                        __builtin_prefetch(args.sources + i);
                }
                while (run.first < run.last) {
                    const std::size_t room = together - out.filled;
                    const std::size_t count = run.last - run.first < room ? run.last - run.first : room;
                    const std::uint32_t* const sources = args.sources + run.first;
                    const auto draw = args.excluded
                                          ? (direct ? draw_number<V, true, true> : draw_number<V, true, false>)
                                          : (direct ? draw_number<V, false, true> : draw_number<V, false, false>);
                    draw(out, window_sums, sources, count, key, end - begin,
                         args.excluded ? args.excluded[0] + begin : 0, args.weight_choices, lowest);
                    run.first += static_cast<std::uint32_t>(count);
                    if (out.filled == together) push();
                }
            }
            push();
        }
    }
}

template <class V>
void draw_all(const DrawArgs& args) {
    using U = typename V::U;
    const U weight_choices(args.weight_choices), lowest(static_cast<std::uint32_t>(args.lowest_weight));
    const auto weight_of = [&](std::uint32_t index, const HashKey& key) {
        const std::uint64_t product = std::uint64_t{izhi::simd::keyed_hash(4 * index + 1, key)} * args.weight_choices;
        return args.lowest_weight + static_cast<std::int32_t>(product >> 32);
    };
    for (std::size_t s = 0; s < args.spike_count; ++s) {
        const HashKey key{args.k0[s], args.k1[s], args.k2[s]};
        const U k0(key.k0), k1(key.k1), k2(key.k2);
        for (std::size_t g = 0; g < args.segment_count; ++g) {
            const izhi::simd::TargetSegment& segment = args.segments[g];
            // the part's share of the segment
            const std::uint32_t segment_end = segment.first_slot + (segment.end_index - segment.first_index);
            const std::uint32_t part_end = args.part_begin + args.part_slots;
            const std::uint32_t begin = segment.first_slot > args.part_begin ? segment.first_slot : args.part_begin;
            const std::uint32_t end = segment_end < part_end ? segment_end : part_end;
            if (begin >= end) continue;
            std::int32_t* const sums = args.sums + (begin - args.part_begin);
            const std::uint32_t first_index = begin - segment.first_slot + segment.first_index;
            std::uint32_t i = 0;
            const U words_from = V::template shift_left<2>(V::iota(first_index)) + U(1u);
            for (; i + V::lanes <= end - begin; i += static_cast<std::uint32_t>(V::lanes)) {
                const U word_index = words_from + U(4 * i);
                const U weight = lowest + V::mul_high(hash_lanes<V>(word_index, k0, k1, k2), weight_choices);
                V::store_unaligned(sums + i, V::load_unaligned(sums + i) + V::as_signed(weight));
            }
            for (; i < end - begin; ++i) sums[i] += weight_of(first_index + i, key);
            const std::uint32_t excluded = args.excluded ? args.excluded[s] : 0xffffffffu;
            if (excluded >= first_index && excluded < first_index + (end - begin))
                sums[excluded - first_index] -= weight_of(excluded, key);
        }
    }
}

}  // namespace
