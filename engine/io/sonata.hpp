// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace izhi::io::detail {

// Root attributes of every SONATA file.
inline constexpr std::uint32_t kSonataMagic = 0x0A7A;
inline constexpr std::uint32_t kSonataVersion[2] = {0, 1};

}  // namespace izhi::io::detail
