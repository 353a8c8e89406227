// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// The word that opens the controls.
namespace izhi::apps::serve {

/// 128 random bits of the system, in 32 hexadecimal digits. @throws RunError if the system has none
[[nodiscard]] std::string make_token();

/// @throws Error unless it is 16 to 128 letters, digits, '-' and '_'
void require_sound_token(std::string_view option, std::string_view token);

}  // namespace izhi::apps::serve
