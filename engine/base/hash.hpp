// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace izhi::detail {

/// Where a hash over spikes or state begins. Part of every spike_hash: never change it.
inline constexpr std::uint64_t kHashStart = 0x6a09e667f3bcc908u;

/// One multiply and a shift per value: quick enough for every spike, and every bit of every value reaches the result.
constexpr void absorb(std::uint64_t& hash, std::uint64_t value) noexcept {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
}

}  // namespace izhi::detail
