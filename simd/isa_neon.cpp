// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <arm_neon.h>

#include "simd/body.hpp"
#include "simd/tables.hpp"
#include "simd/vocabulary_xsimd.hpp"

namespace {

struct NeonVocabulary : XsimdVocabulary<xsimd::neon64> {
    struct Table {
        int8x16_t entries, weights;
        uint8x16_t low_nibble;
    };

    // xsimd's are estimates refined by Newton's method, which are not IEEE's quotient and root.
    static F divide(F x, F y) { return F(vdivq_f32(x, y)); }
    static F square_root(F x) { return F(vsqrtq_f32(x)); }

    static std::uint32_t mask(B x) {
        const uint32x4_t bit = {1, 2, 4, 8};
        return vaddvq_u32(vandq_u32(x, bit));
    }
    /// A comparison of integers, ready to choose between floats or to be made a bitmap.
    static B float_mask(UB x) { return B(static_cast<uint32x4_t>(x)); }
    static U mul_high(U x, U y) {
        const uint64x2_t low = vmull_u32(vget_low_u32(x), vget_low_u32(y)), high = vmull_high_u32(x, y);
        return U(vuzp2q_u32(vreinterpretq_u32_u64(low), vreinterpretq_u32_u64(high)));
    }
    static U load_fours(const std::uint32_t* p, std::size_t at) { return U(p[at / 4]); }
    static void add_weights(std::int32_t* sums, const std::uint32_t* words, std::uint32_t j) {
        const int16x4_t weights = vreinterpret_s16_u32(vld1_u32(words + j / 2));
        vst1q_s32(sums, vaddw_s16(vld1q_s32(sums), weights));
    }
    static Table normal_table() {
        const auto* w = izhi::simd::kNormalWeights;
        const std::int32_t word = w[0] | w[1] << 8 | w[2] << 16 | w[3] << 24;
        return {vld1q_s8(izhi::simd::kNormalTable), vreinterpretq_s8_s32(vdupq_n_s32(word)), vdupq_n_u8(15)};
    }
    static I table_normal(U word, const Table& t) {
        const uint8x16_t bytes = vreinterpretq_u8_u32(word);
        const int8x16_t low = vqtbl1q_s8(t.entries, vandq_u8(bytes, t.low_nibble));
        const int8x16_t high = vqtbl1q_s8(t.entries, vshrq_n_u8(bytes, 4));
        const int8x16_t sum = vaddq_s8(low, high);
        const int16x8_t first = vmull_s8(vget_low_s8(sum), vget_low_s8(t.weights));
        const int16x8_t second = vmull_s8(vget_high_s8(sum), vget_high_s8(t.weights));
        return I(vpaddq_s32(vpaddlq_s16(first), vpaddlq_s16(second)));
    }
};

}  // namespace

namespace izhi::simd {
const Kernels kNeonKernels = make_kernels<NeonVocabulary>(Isa::neon, "neon");
}
