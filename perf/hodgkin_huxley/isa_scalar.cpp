// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "perf/hodgkin_huxley/body.hpp"
#include "simd/vocabulary_scalar.hpp"

namespace izhi::perf {
const HodgkinHuxleyKernel kScalarHodgkinHuxley{"scalar", hodgkin_huxley_run<ScalarVocabulary>,
                                               exponential_of<ScalarVocabulary>};
}
