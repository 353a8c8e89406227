// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "engine/network/plan.hpp"
#include "izhi/simulation.hpp"

namespace izhi::detail {

/// Bytes that a plan takes once it is wired for a number of parts, computed from the sizes that the allocations use.
/// @param ranks that share the network: the forecast is that of one of them
[[nodiscard]] MemoryForecast forecast(const Plan& plan, int threads, Delivery delivery,
                                      std::uint32_t delivery_window = 0, int ranks = 1);

}  // namespace izhi::detail
