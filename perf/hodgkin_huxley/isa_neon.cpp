// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "perf/hodgkin_huxley/body.hpp"
#include "simd/vocabulary_xsimd.hpp"

namespace izhi::perf {
const HodgkinHuxleyKernel kNeonHodgkinHuxley{"neon", hodgkin_huxley_run<XsimdVocabulary<xsimd::neon64>>,
                                             exponential_of<XsimdVocabulary<xsimd::neon64>>};
}
