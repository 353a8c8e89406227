// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "izhi/network.hpp"

namespace izhi::apps {

/// The networks that a benchmark is to run, built-in or files.
/// @param duration_ms of each run, if it was given, as `duration_text`
/// @throws Error if one is given twice, is unsound, or has no whole step in the duration
[[nodiscard]] std::vector<Network> networks_to_bench(const std::vector<std::string>& names,
                                                     const std::optional<double>& duration_ms,
                                                     const std::string& duration_text);

}  // namespace izhi::apps
