// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// The word that opens the controls.
namespace izhi::apps::serve {

/// 128 random bits of the system, in 32 hexadecimal digits. @throws RunError if the system has none
[[nodiscard]] std::string make_token();

/// Are they the same? Takes as long for any guess of a length, so that the time tells nothing of how much of it is right.
[[nodiscard]] bool same_token(std::string_view guess, std::string_view token) noexcept;

/// @throws Error unless it is 16 to 128 letters, digits, '-' and '_'
void require_sound_token(std::string_view option, std::string_view token);

}  // namespace izhi::apps::serve
