// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "simd/kernels.hpp"
#include "simd/tables.hpp"

namespace izhi::simd {
namespace {

const Kernels* table(Isa isa) noexcept {
    switch (isa) {
        case Isa::scalar: return &kScalarKernels;
#if IZHI_HAVE_SSE42
        case Isa::sse42: return &kSse42Kernels;
#endif
#if IZHI_HAVE_AVX2
        case Isa::avx2: return &kAvx2Kernels;
#endif
#if IZHI_HAVE_AVX512
        case Isa::avx512: return &kAvx512Kernels;
#endif
#if IZHI_HAVE_NEON
        case Isa::neon: return &kNeonKernels;
#endif
        default: return nullptr;
    }
}

/// The compiler's own detection also asks the operating system whether it saves the wide registers, which xsimd's does
/// not.
bool cpu_has(Isa isa) noexcept {
    switch (isa) {
        case Isa::scalar: return true;
#if defined(__x86_64__)
        case Isa::sse42: return __builtin_cpu_supports("sse4.2");
        case Isa::avx2: return __builtin_cpu_supports("avx2");
        case Isa::avx512:
            return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") &&
                   __builtin_cpu_supports("avx512vl");
#elif defined(__aarch64__)
        case Isa::neon: return true;  // part of the architecture
#endif
        default: return false;
    }
}

}  // namespace

const char* isa_name(Isa isa) noexcept {
    switch (isa) {
        case Isa::scalar: return "scalar";
        case Isa::sse42: return "sse4.2";
        case Isa::avx2: return "avx2";
        case Isa::avx512: return "avx512";
        case Isa::neon: return "neon";
        case Isa::automatic: break;
    }
    return "auto";
}

bool built_in(Isa isa) noexcept { return table(isa) != nullptr; }

bool available(Isa isa) noexcept { return built_in(isa) && cpu_has(isa); }

Isa widest() noexcept {
    Isa best = Isa::scalar;
    for (const Isa isa : kIsas)
        if (available(isa)) best = isa;
    return best;
}

const Kernels* kernels(Isa isa) noexcept { return available(isa) ? table(isa) : nullptr; }

}  // namespace izhi::simd
