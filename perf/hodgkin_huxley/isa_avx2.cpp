// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "perf/hodgkin_huxley/body.hpp"
#include "simd/vocabulary_xsimd.hpp"

namespace izhi::perf {
const HodgkinHuxleyKernel kAvx2HodgkinHuxley{"avx2", hodgkin_huxley_run<XsimdVocabulary<xsimd::avx2>>,
                                             exponential_of<XsimdVocabulary<xsimd::avx2>>};
}
