// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include "simd/body.hpp"
#include "simd/tables.hpp"
#include "simd/vocabulary_xsimd.hpp"

namespace {

struct Avx512Vocabulary : XsimdVocabulary<xsimd::avx512bw> {
    struct Table {
        __m512i entries, weights, low_nibble, ones;
    };

    static std::uint32_t mask(B x) { return static_cast<__mmask16>(x.data); }
    /// A comparison of integers, ready to choose between floats or to be made a bitmap.
    static B float_mask(UB x) { return B(x.data); }
    static U mul_high(U x, U y) {
        const __m512i even = _mm512_mul_epu32(x, y),
                      odd = _mm512_mul_epu32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(y, 32));
        return U(_mm512_mask_mov_epi32(_mm512_srli_epi64(even, 32), 0xAAAA, odd));
    }
    /// Compressed in a register and stored whole: the compressing store is microcoded on some CPUs.
    static std::size_t append(std::uint32_t* first, std::uint32_t* second, std::size_t count, U x, U y,
                              std::uint32_t wanted) {
        const auto lanes_wanted = static_cast<__mmask16>(wanted);
        _mm512_storeu_si512(first + count, _mm512_maskz_compress_epi32(lanes_wanted, x));
        _mm512_storeu_si512(second + count, _mm512_maskz_compress_epi32(lanes_wanted, y));
        return count + static_cast<std::size_t>(__builtin_popcount(wanted));
    }
    static U load_fours(const std::uint32_t* p, std::size_t at) {
        const __m512i which = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
        const __m128i four = _mm_load_si128(reinterpret_cast<const __m128i*>(p + at / 4));
        return U(_mm512_permutexvar_epi32(which, _mm512_castsi128_si512(four)));
    }
    static void add_weights(std::int32_t* sums, const std::uint32_t* words, std::uint32_t j) {
        const __m512i weights =
            _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(words + j / 2)));
        _mm512_storeu_si512(sums, _mm512_add_epi32(_mm512_loadu_si512(sums), weights));
    }
    static Table normal_table() {
        const auto* w = izhi::simd::kNormalWeights;
        return {_mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(izhi::simd::kNormalTable))),
                _mm512_set1_epi32(w[0] | w[1] << 8 | w[2] << 16 | w[3] << 24), _mm512_set1_epi8(15),
                _mm512_set1_epi16(1)};
    }
    static I table_normal(U word, const Table& t) {
        const __m512i low = _mm512_shuffle_epi8(t.entries, _mm512_and_si512(word, t.low_nibble));
        const __m512i high = _mm512_shuffle_epi8(t.entries, _mm512_and_si512(_mm512_srli_epi32(word, 4), t.low_nibble));
        return I(_mm512_madd_epi16(_mm512_maddubs_epi16(t.weights, _mm512_add_epi8(low, high)), t.ones));
    }
};

}  // namespace

namespace izhi::simd {
const Kernels kAvx512Kernels = make_kernels<Avx512Vocabulary>(Isa::avx512, "avx512");
}
