// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace izhi::apps {

/// The file figures/cost.csv, compiled in: what `izhi_cost` of perf/ printed on the machine that it names. A measurement
/// takes a quiet machine, which a figure cannot ask for; so it is stored and says whose it is.
[[nodiscard]] std::string_view cost_table() noexcept;

}  // namespace izhi::apps
