// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace izhi::wire {

using SipKey = std::array<std::uint64_t, 2>;

/// SipHash-2-4 (Aumasson and Bernstein 2012): a keyed hash that cannot be predicted without the key. It makes the
/// cookies of the handshake.
[[nodiscard]] std::uint64_t siphash(const SipKey& key, std::span<const std::byte> bytes) noexcept;

}  // namespace izhi::wire
