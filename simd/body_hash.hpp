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

template <class V>
void hash_words(std::uint32_t* words, std::size_t count, std::uint32_t first, const HashKey& key) {
    using U = typename V::U;
    const U k0(key.k0), k1(key.k1), k2(key.k2);
    for (std::size_t i = 0; i < count; i += V::lanes)
        V::store(words + i, hash_lanes<V>(V::iota(first + static_cast<std::uint32_t>(i)), k0, k1, k2));
}

}  // namespace
