// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include "simd/body.hpp"
#include "simd/tables.hpp"
#include "simd/vocabulary_xsimd.hpp"

namespace {

struct Avx2Vocabulary : XsimdVocabulary<xsimd::avx2> {
    struct Table {
        __m256i entries, weights, low_nibble, ones;
    };

    static std::uint32_t mask(B x) { return static_cast<std::uint32_t>(_mm256_movemask_ps(x)); }
    /// A comparison of integers, ready to choose between floats or to be made a bitmap.
    static B float_mask(UB x) { return B(_mm256_castsi256_ps(x)); }
    static U mul_high(U x, U y) {
        const __m256i even = _mm256_mul_epu32(x, y),
                      odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(y, 32));
        return U(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA));
    }
    static U load_fours(const std::uint32_t* p, std::size_t at) {
        const __m128i two = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p + at / 4));
        const __m256i which = _mm256_set_epi32(1, 1, 1, 1, 0, 0, 0, 0);
        return U(_mm256_permutevar8x32_epi32(_mm256_castsi128_si256(two), which));
    }
    static void add_weights(std::int32_t* sums, const std::uint32_t* words, std::uint32_t j) {
        auto* const place = reinterpret_cast<__m256i*>(sums);
        const __m256i weights = _mm256_cvtepi16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(words + j / 2)));
        _mm256_storeu_si256(place, _mm256_add_epi32(_mm256_loadu_si256(place), weights));
    }
    static Table normal_table() {
        const auto* w = izhi::simd::kNormalWeights;
        return {
            _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(izhi::simd::kNormalTable))),
            _mm256_set1_epi32(w[0] | w[1] << 8 | w[2] << 16 | w[3] << 24), _mm256_set1_epi8(15), _mm256_set1_epi16(1)};
    }
    static I table_normal(U word, const Table& t) {
        const __m256i low = _mm256_shuffle_epi8(t.entries, _mm256_and_si256(word, t.low_nibble));
        const __m256i high = _mm256_shuffle_epi8(t.entries, _mm256_and_si256(_mm256_srli_epi32(word, 4), t.low_nibble));
        return I(_mm256_madd_epi16(_mm256_maddubs_epi16(t.weights, _mm256_add_epi8(low, high)), t.ones));
    }
};

}  // namespace

namespace izhi::simd {
const Kernels kAvx2Kernels = make_kernels<Avx2Vocabulary>(Isa::avx2, "avx2");
}
