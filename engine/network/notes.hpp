// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network/plan.hpp"

namespace izhi::detail {

/// Notes on a planned network: input that acts in no step, and numerics used beyond what they were made for.
void note_use(Plan& plan);

/// Notes on what the network describes for times after the end of a run of this many steps.
[[nodiscard]] std::vector<Note> notes_beyond(const Plan& plan, std::uint64_t steps);

}  // namespace izhi::detail
