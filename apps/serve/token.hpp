// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// The token that opens the controls.
namespace izhi::apps::serve {

/// 128 random bits from the system, as 32 hexadecimal digits. @throws RunError if the system cannot give any
[[nodiscard]] std::string make_token();

/// @throws Error unless it is 16 to 128 letters, digits, '-' and '_'
void require_valid_token(std::string_view option, std::string_view token);

}  // namespace izhi::apps::serve
