// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace izhi::detail {

/// A suggestion for an unknown name: "did you mean size?" if one of `known` is close enough to be a misspelling,
/// otherwise "known: size, cell, ...".
[[nodiscard]] std::string suggest_name(std::string_view unknown, const std::vector<std::string>& known);

}  // namespace izhi::detail
