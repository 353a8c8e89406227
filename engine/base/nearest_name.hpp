// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace izhi::detail {

/// The mend for a name that is not known: "did you mean size?" when one of `known` is near enough to be a slip of the
/// fingers, else "known: size, cell, ...".
[[nodiscard]] std::string suggest_name(std::string_view unknown, const std::vector<std::string>& known);

}  // namespace izhi::detail
