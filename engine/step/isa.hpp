// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "izhi/simulation.hpp"
#include "simd/kernels.hpp"

namespace izhi::detail {

/// The kernels of an ISA; for automatic those that IZHI_ISA in the environment names, else the widest of this CPU.
/// @throws Error if it is not built in or this CPU lacks it
[[nodiscard]] const simd::Kernels& select_kernels(Isa isa);

}  // namespace izhi::detail
