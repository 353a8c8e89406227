// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include "simd/body.hpp"
#include "simd/tables.hpp"
#include "simd/vocabulary_xsimd.hpp"

namespace {

struct Sse42Vocabulary : XsimdVocabulary<xsimd::sse4_2> {
    struct Table {
        __m128i entries, weights, low_nibble, ones;
    };

    static std::uint32_t mask(B x) { return static_cast<std::uint32_t>(_mm_movemask_ps(x)); }
    /// A comparison of integers, ready to choose between floats or to be made a bitmap.
    static B float_mask(UB x) { return B(_mm_castsi128_ps(x)); }
    static U mul_high(U x, U y) {
        const __m128i even = _mm_mul_epu32(x, y), odd = _mm_mul_epu32(_mm_srli_epi64(x, 32), _mm_srli_epi64(y, 32));
        return U(_mm_blend_epi16(_mm_srli_epi64(even, 32), odd, 0xCC));
    }
    static U load_fours(const std::uint32_t* p, std::size_t at) { return U(p[at / 4]); }
    static void add_weights(std::int32_t* sums, const std::uint32_t* words, std::uint32_t j) {
        auto* const place = reinterpret_cast<__m128i*>(sums);
        const __m128i weights = _mm_cvtepi16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(words + j / 2)));
        _mm_storeu_si128(place, _mm_add_epi32(_mm_loadu_si128(place), weights));
    }
    static Table normal_table() {
        const auto* w = izhi::simd::kNormalWeights;
        return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(izhi::simd::kNormalTable)),
                _mm_set1_epi32(w[0] | w[1] << 8 | w[2] << 16 | w[3] << 24), _mm_set1_epi8(15), _mm_set1_epi16(1)};
    }
    static I table_normal(U word, const Table& t) {
        const __m128i low = _mm_shuffle_epi8(t.entries, _mm_and_si128(word, t.low_nibble));
        const __m128i high = _mm_shuffle_epi8(t.entries, _mm_and_si128(_mm_srli_epi32(word, 4), t.low_nibble));
        return I(_mm_madd_epi16(_mm_maddubs_epi16(t.weights, _mm_add_epi8(low, high)), t.ones));
    }
};

}  // namespace

namespace izhi::simd {
const Kernels kSse42Kernels = make_kernels<Sse42Vocabulary>(Isa::sse42, "sse4.2");
}
