// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace izhi::detail {

/// The start value of a hash over spikes or state. It is part of every spike_hash, so it must not change.
inline constexpr std::uint64_t kHashStart = 0x6a09e667f3bcc908u;

/// One multiplication and one shift per value: fast enough for every spike, and every bit of every value affects the
/// result.
constexpr void absorb(std::uint64_t& hash, std::uint64_t value) noexcept {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
}

}  // namespace izhi::detail
