// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The keyed hash of simd/kernels.hpp, a lane per word.
#pragma once

#include "simd/kernels.hpp"

namespace {

using izhi::simd::HashKey;

template <class V>
inline typename V::U hash_lanes(typename V::U x, typename V::U k0, typename V::U k1, typename V::U k2) {
    using U = typename V::U;
    x = x + k0;
    x = x ^ V::template shift_right<17>(x);
    x = x * U(0xed5ad4bbu);
    x = x + k1;
    x = x ^ V::template shift_right<11>(x);
    x = x * U(0xac4c1b51u);
    x = x + k2;
    x = x ^ V::template shift_right<15>(x);
    x = x * U(0x31848babu);
    return x ^ V::template shift_right<14>(x);
}

/// Vectors that a kernel takes through its operations side by side: a step of one is a chain of some forty cycles of
/// latency, which a processor's window hides only if other vectors' operations lie in between.
constexpr std::size_t kNoiseVectors = 2, kUpdateVectors = 4;

#define IZHI_EACH _Pragma("GCC unroll 16") for (U & word : x)
/// The rest of the hash, once k1 has been added, several vectors side by side.
template <class V, std::size_t Count>
inline void finish_hash(typename V::U (&x)[Count], typename V::U k2, typename V::U m2, typename V::U m3) {
    using U = typename V::U;
    IZHI_EACH word = word ^ V::template shift_right<11>(word);
    IZHI_EACH word = word * m2;
    IZHI_EACH word = word + k2;
    IZHI_EACH word = word ^ V::template shift_right<15>(word);
    IZHI_EACH word = word * m3;
    IZHI_EACH word = word ^ V::template shift_right<14>(word);
}

/// The hash of words that had k0 added, several vectors side by side.
template <class V, std::size_t Count>
inline void hash_side_by_side(typename V::U (&x)[Count], typename V::U k1, typename V::U k2, typename V::U m1,
                              typename V::U m2, typename V::U m3) {
    using U = typename V::U;
    IZHI_EACH word = word ^ V::template shift_right<17>(word);
    IZHI_EACH word = word * m1;
    IZHI_EACH word = word + k1;
    finish_hash<V>(x, k2, m2, m3);
}
#undef IZHI_EACH

/// Consecutive words, hashed by groups whose first is a multiple of their size. Within a group the first round of the hash
/// is a sum: with X the first word (k0 added), c = X >> 17 and l < kHashGroup, ((X + l) ^ c) * m1 + k1 is
/// ((X ^ c without its low bits) * m1 + k1) + (l ^ low bits of c) * m1: a head for each group, and a tail that only
/// changes at multiples of 2^17. So a vector takes one addition where it would take a shift, an exclusive or, a
/// multiplication and two additions.
constexpr std::uint32_t kHashGroup = 16;
constexpr std::size_t kMostHashGroups = 33;

/// words[i] = hash of first + i, where `first` has k0 added and is a multiple of kHashGroup. Writes a group more if that
/// fills a vector's turn.
template <class V>
inline void hash_groups(std::uint32_t* words, std::uint32_t first, std::size_t groups, typename V::U k1,
                        typename V::U k2, typename V::U m1, typename V::U m2, typename V::U m3) {
    using U = typename V::U;
    constexpr std::size_t lanes = V::lanes, turn = kNoiseVectors * lanes;  // words
    constexpr std::size_t turns = turn < kHashGroup ? kHashGroup / turn : 1;
    constexpr std::size_t groups_of_turn = turn < kHashGroup ? 1 : turn / kHashGroup;
    constexpr std::size_t tail_vectors = lanes < kHashGroup ? kHashGroup / lanes : 1;
    static_assert(lanes <= kHashGroup && turn <= 2 * kHashGroup);
    constexpr std::uint32_t low = kHashGroup - 1;
    constexpr std::size_t most_heads = (kMostHashGroups + groups_of_turn - 1 + lanes - 1) / lanes * lanes;
    alignas(64) std::uint32_t heads[most_heads];
    const U low_bits(low);
    U x = V::template shift_left<4>(V::iota(0u)) + U(first);
    for (std::size_t g = 0; g < groups + groups_of_turn - 1; g += lanes) {
        const U c = V::template shift_right<17>(x);
        V::store(heads + g, (x ^ (c ^ (c & low_bits))) * m1 + k1);
        x = x + U(static_cast<std::uint32_t>(kHashGroup * lanes));
    }
    for (std::size_t g = 0; g < groups;) {
        const std::uint32_t begin = first + kHashGroup * static_cast<std::uint32_t>(g);
        const std::size_t left = (0x20000u - (begin & 0x1ffffu)) / kHashGroup;  // until c is another
        const std::size_t end = groups - g < left ? groups : g + left;
        U tails[tail_vectors];
#pragma GCC unroll 16
        for (std::size_t t = 0; t < tail_vectors; ++t)
            tails[t] = V::keep((V::iota(static_cast<std::uint32_t>(t * lanes)) ^ U(begin >> 17 & low)) * m1);
#pragma GCC unroll 1
        for (; g < end; g += groups_of_turn) {
#pragma GCC unroll 16
            for (std::size_t part = 0; part < turns; ++part) {
                U some[kNoiseVectors];
#pragma GCC unroll 16
                for (std::size_t w = 0; w < kNoiseVectors; ++w) {
                    const std::size_t at = part * turn + w * lanes;
                    some[w] = U(heads[g + at / kHashGroup]) + tails[at % kHashGroup / lanes];
                }
                finish_hash<V>(some, k2, m2, m3);
#pragma GCC unroll 16
                for (std::size_t w = 0; w < kNoiseVectors; ++w)
                    V::store(words + g * kHashGroup + part * turn + w * lanes, some[w]);
            }
        }
        g = end;  // a turn of two groups may have gone one too far, into words that are written again
    }
}

template <class V>
void hash_words(std::uint32_t* words, std::size_t count, std::uint32_t first, const HashKey& key) {
    using U = typename V::U;
    const U k0(key.k0), k1(key.k1), k2(key.k2);
    for (std::size_t i = 0; i < count; i += V::lanes)
        V::store(words + i, hash_lanes<V>(V::iota(first + static_cast<std::uint32_t>(i)), k0, k1, k2));
}

}  // namespace
