// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "simd/kernels.hpp"
#include "simd/tables.hpp"

namespace izhi::simd {
namespace {

const Kernels* table(IsaId id) noexcept {
    switch (id) {
        case IsaId::scalar: return &kScalarKernels;
#if IZHI_HAVE_SSE42
        case IsaId::sse42: return &kSse42Kernels;
#endif
#if IZHI_HAVE_AVX2
        case IsaId::avx2: return &kAvx2Kernels;
#endif
#if IZHI_HAVE_AVX512
        case IsaId::avx512: return &kAvx512Kernels;
#endif
#if IZHI_HAVE_NEON
        case IsaId::neon: return &kNeonKernels;
#endif
        default: return nullptr;
    }
}

/// The compiler's own detection also asks the operating system whether it saves the wide registers, which xsimd's does
/// not.
bool cpu_has(IsaId id) noexcept {
    switch (id) {
        case IsaId::scalar: return true;
#if defined(__x86_64__)
        case IsaId::sse42: return __builtin_cpu_supports("sse4.2");
        case IsaId::avx2: return __builtin_cpu_supports("avx2");
        case IsaId::avx512:
            return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") &&
                   __builtin_cpu_supports("avx512vl");
#elif defined(__aarch64__)
        case IsaId::neon: return true;  // part of the architecture
#endif
        default: return false;
    }
}

}  // namespace

const char* isa_name(IsaId id) noexcept {
    switch (id) {
        case IsaId::scalar: return "scalar";
        case IsaId::sse42: return "sse4.2";
        case IsaId::avx2: return "avx2";
        case IsaId::avx512: return "avx512";
        case IsaId::neon: return "neon";
    }
    return "?";
}

bool built_in(IsaId id) noexcept { return table(id) != nullptr; }

bool available(IsaId id) noexcept { return built_in(id) && cpu_has(id); }

IsaId widest() noexcept {
    IsaId best = IsaId::scalar;
    for (int i = 0; i < kIsaCount; ++i)
        if (available(static_cast<IsaId>(i))) best = static_cast<IsaId>(i);
    return best;
}

const Kernels* kernels(IsaId id) noexcept { return available(id) ? table(id) : nullptr; }

}  // namespace izhi::simd
