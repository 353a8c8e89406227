// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "izhi/network.hpp"

namespace izhi::apps {

/// Finds the networks of a benchmark, built-in or files.
/// @param duration_ms length of each run, if it was given (as `duration_text`)
/// @throws Error if a network is given twice, is not valid, or has no whole step in the duration
[[nodiscard]] std::vector<Network> networks_to_bench(const std::vector<std::string>& names,
                                                     const std::optional<double>& duration_ms,
                                                     const std::string& duration_text);

}  // namespace izhi::apps
