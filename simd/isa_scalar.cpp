// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "simd/body.hpp"
#include "simd/tables.hpp"
#include "simd/vocabulary_scalar.hpp"

namespace izhi::simd {
const Kernels kScalarKernels = make_kernels<ScalarVocabulary>(Isa::scalar, "scalar");
}
