// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// One table per ISA unit. The build tells dispatch.cpp which of them exist (IZHI_HAVE_...).
#pragma once

#include "simd/kernels.hpp"

namespace izhi::simd {
extern const Kernels kScalarKernels;
extern const Kernels kSse42Kernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
extern const Kernels kNeonKernels;
}  // namespace izhi::simd
