// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace izhi::apps {

/// The file figures/cost.csv, compiled in: the output of `izhi_cost` of perf/ on the machine that it names. A
/// measurement needs a quiet machine, which a figure cannot ask for, so it is stored with the name of its machine.
[[nodiscard]] std::string_view cost_table() noexcept;

}  // namespace izhi::apps
