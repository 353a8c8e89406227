// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace izhi::detail {

/// Whether a text is the token; never if the token is empty. It takes as long for a wrong text as for the right one, so
/// that the time does not show how much of the text is right.
[[nodiscard]] inline bool same_token(std::string_view given, std::string_view expected) noexcept {
    unsigned difference = given.size() == expected.size() ? 0 : 1;
    for (std::size_t index = 0; index < expected.size(); ++index) {
        const char there = index < given.size() ? given[index] : '\0';
        difference |= static_cast<unsigned char>(there ^ expected[index]);
    }
    return difference == 0 && !expected.empty();
}

}  // namespace izhi::detail
