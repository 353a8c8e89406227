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

/// The hash of words that had k0 added, several vectors side by side.
template <class V, std::size_t Count>
inline void hash_side_by_side(typename V::U (&x)[Count], typename V::U k1, typename V::U k2, typename V::U m1,
                              typename V::U m2, typename V::U m3) {
    using U = typename V::U;
#define IZHI_EACH _Pragma("GCC unroll 16") for (U & word : x)
    IZHI_EACH word = word ^ V::template shift_right<17>(word);
    IZHI_EACH word = word * m1;
    IZHI_EACH word = word + k1;
    IZHI_EACH word = word ^ V::template shift_right<11>(word);
    IZHI_EACH word = word * m2;
    IZHI_EACH word = word + k2;
    IZHI_EACH word = word ^ V::template shift_right<15>(word);
    IZHI_EACH word = word * m3;
    IZHI_EACH word = word ^ V::template shift_right<14>(word);
#undef IZHI_EACH
}

template <class V>
void hash_words(std::uint32_t* words, std::size_t count, std::uint32_t first, const HashKey& key) {
    using U = typename V::U;
    const U k0(key.k0), k1(key.k1), k2(key.k2);
    for (std::size_t i = 0; i < count; i += V::lanes)
        V::store(words + i, hash_lanes<V>(V::iota(first + static_cast<std::uint32_t>(i)), k0, k1, k2));
}

}  // namespace
