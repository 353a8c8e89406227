// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include <Random123/philox.h>
#undef philox4x32  // its C interface, under the name of our function

namespace izhi::test {

/// Philox4x32 as its authors wrote it.
template <unsigned Rounds = 10>
std::array<std::uint32_t, 4> random123_philox(const std::array<std::uint32_t, 4>& counter,
                                              const std::array<std::uint32_t, 2>& key) {
    const auto words =
        r123::Philox4x32_R<Rounds>()({{counter[0], counter[1], counter[2], counter[3]}}, {{key[0], key[1]}});
    return {words[0], words[1], words[2], words[3]};
}

}  // namespace izhi::test
