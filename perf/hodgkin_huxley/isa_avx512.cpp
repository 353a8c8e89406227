// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "perf/hodgkin_huxley/body.hpp"
#include "simd/vocabulary_xsimd.hpp"

namespace izhi::perf {
const HodgkinHuxleyKernel kAvx512HodgkinHuxley{"avx512", hodgkin_huxley_run<XsimdVocabulary<xsimd::avx512bw>>,
                                               exponential_of<XsimdVocabulary<xsimd::avx512bw>>};
}
