// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "perf/hodgkin_huxley/hodgkin_huxley.hpp"

namespace izhi::perf {

const HodgkinHuxleyKernel& hodgkin_huxley_kernel(bool scalar) {
    if (scalar) return kScalarHodgkinHuxley;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vl"))
        return kAvx512HodgkinHuxley;
    if (__builtin_cpu_supports("avx2")) return kAvx2HodgkinHuxley;
#elif defined(__aarch64__)
    return kNeonHodgkinHuxley;
#endif
    return kScalarHodgkinHuxley;
}

}  // namespace izhi::perf
