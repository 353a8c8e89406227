// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The input of a step: bias, noise and the sums of what synapses delivered.
#pragma once

#include "simd/body_hash.hpp"

namespace {

using izhi::simd::NoiseArgs;
using izhi::simd::PoissonArgs;
using izhi::simd::ReduceArgs;

/// current = bias + scale * normal(word of the neuron in this step)
template <class V, class Normal>
[[gnu::always_inline]] inline void add_noise(const NoiseArgs& args, const Normal normal) {
    using F = typename V::F;
    using U = typename V::U;
    float* const __restrict current = args.current;
    const float* const __restrict bias = args.bias;
    const std::size_t count = args.count;
    const F uniform_bias(args.uniform_bias);
    if (args.scale == 0.0f) {
        for (std::size_t i = 0; i < count; i += V::lanes)
            V::store(current + i, bias ? V::load(bias + i) : uniform_bias);
        return;
    }
    const U k1 = V::keep(U(args.key.k1)), k2 = V::keep(U(args.key.k2));
    const U m1 = V::keep(U(0xed5ad4bbu)), m2 = V::keep(U(0xac4c1b51u)), m3 = V::keep(U(0x31848babu));
    const F scale(args.scale);
    constexpr std::size_t vectors =
        V::lanes * kNoiseVectors <= izhi::simd::kPad ? kNoiseVectors : izhi::simd::kPad / V::lanes;
    constexpr std::size_t together = 512;
    static_assert((together + 2 * (kHashGroup - 1)) / kHashGroup <= kMostHashGroups);
    alignas(64) std::uint32_t drawn[together + 3 * kHashGroup];
    const auto draw = [&](const auto& add_base) {
        for (std::size_t i = 0; i < count; i += together) {
            const std::size_t some = count - i < together ? count - i : together;
            const std::uint32_t first = args.first + args.key.k0 + static_cast<std::uint32_t>(i);
            const std::uint32_t before = first % kHashGroup;  // words of the first group that belong to no neuron
            hash_groups<V>(drawn, first - before, (before + some + kHashGroup - 1) / kHashGroup, k1, k2, m1, m2, m3);
            const std::uint32_t* const words = drawn + before;
#pragma GCC unroll 1
            for (std::size_t j = 0; j < some; j += V::lanes * vectors) {
#pragma GCC unroll 16
                for (std::size_t w = 0; w < vectors; ++w) {
                    const std::size_t at = j + w * V::lanes;
                    V::store(current + i + at, add_base(i + at, scale * normal(V::load_any(words + at))));
                }
            }
        }
    };
    // A product that is no negative zero is what it is plus zero; denormal ones might be.
    if (bias) draw([&](std::size_t i, F noise) { return V::load(bias + i) + noise; });
    else if (args.uniform_bias == 0.0f && args.scale > 1e-20f) draw([](std::size_t, F noise) { return noise; });
    else draw([&](std::size_t, F noise) { return uniform_bias + noise; });
}

template <class V>
void noise(const NoiseArgs& args) {
    const auto table = V::normal_table();
    add_noise<V>(args, [table](typename V::U word) { return V::to_float(V::table_normal(word, table)); });
}

template <class V, std::size_t N>
inline typename V::F polynomial(const float (&coefficients)[N], typename V::F x) {
    typename V::F sum(coefficients[N - 1]);
    for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + typename V::F(coefficients[i]);
    return sum;
}

/// Natural logarithm of a normal float in (0, 1), relative error below 2e-7: exponent, and 2 atanh((m - 1) / (m + 1)) of
/// the rest, |(m - 1) / (m + 1)| < 0.172.
template <class V>
inline typename V::F log_of(typename V::F x) {
    using F = typename V::F;
    using U = typename V::U;
    using I = typename V::I;
    // shifted so that the mantissa lands in [sqrt(1/2), sqrt(2))
    const U shifted = V::bits(x) - U(0x3f3504f3u);
    const I exponent = V::as_signed(shifted) >> 23;
    const F m = V::from_bits((shifted & U(0x007fffffu)) + U(0x3f3504f3u));
    const F s = V::divide(m - F(1.0f), m + F(1.0f)), z = s * s;
    constexpr float series[] = {2.0f, 2.0f / 3.0f, 2.0f / 5.0f, 2.0f / 7.0f, 2.0f / 9.0f};
    return V::to_float(exponent) * F(0.693147180559945f) + s * polynomial<V>(series, z);
}

/// The standard normal quantile of (word + 1/2) / 2^32, by Wichura's algorithm AS 241 in its form for single precision
/// (PPND7): error about 1e-6 of the value, out to 6.3 standard deviations. The top bit is the side; the other 31 bits the
/// distance from the end, so that both tails are equally fine.
template <class V>
inline typename V::F quantile_of(typename V::U word) {
    using F = typename V::F;
    using U = typename V::U;
    const U low = word & U(0x7fffffffu);
    const auto upper = word >= U(0x80000000u);
    // distance from the end of its side, in (0, 1/2): for the upper half the word counts down
    const U from_end = V::select(upper, U(0x7fffffffu) - low, low);
    const F tail = (V::to_float(V::as_signed(from_end)) + F(0.5f)) * F(0x1p-32f);
    const F q = (V::to_float(V::as_signed(U(0x7fffffffu) - from_end)) + F(0.5f)) * F(0x1p-32f);  // 1/2 - tail, finely
    constexpr float a[] = {3.3871327179f, 50.434271938f, 159.29113202f, 59.109374720f};
    constexpr float b[] = {1.0f, 17.895169469f, 78.757757664f, 67.187563600f};
    const F r_center = F(0.180625f) - q * q;
    const F center = V::divide(q * polynomial<V>(a, r_center), polynomial<V>(b, r_center));
    constexpr float c[] = {1.4234372777f, 2.7568153900f, 1.3067284816f, 0.17023821103f};
    constexpr float d[] = {1.0f, 0.73700164250f, 0.12021132975f};
    const F r_tail = V::square_root(F(0.0f) - log_of<V>(tail)) - F(1.6f);
    const F outer = V::divide(polynomial<V>(c, r_tail), polynomial<V>(d, r_tail));
    const F size = V::select(q > F(0.425f), outer, center);
    return V::select(V::float_mask(upper), size, F(0.0f) - size);
}

template <class V>
void noise_exact(const NoiseArgs& args) {
    add_noise<V>(args, [](typename V::U word) { return quantile_of<V>(word); });
}

/// Even in [-1/2, 1/2).
template <class V>
void noise_uniform(const NoiseArgs& args) {
    using F = typename V::F;
    add_noise<V>(args, [](typename V::U word) { return V::to_float(V::as_signed(word)) * F(0x1p-32f); });
}

/// Compares all neurons with one threshold after another, so that almost no branch depends on a draw.
template <class V>
void poisson(const PoissonArgs& args) {
    using F = typename V::F;
    using U = typename V::U;
    constexpr std::size_t vectors = V::lanes * 4 <= izhi::simd::kPad ? 4 : izhi::simd::kPad / V::lanes;
    float* const __restrict current = args.current;
    const std::uint32_t* const __restrict thresholds = args.thresholds;
    const std::size_t usual = args.usual, all = args.threshold_count;
    const U k1 = V::keep(U(args.key.k1)), k2 = V::keep(U(args.key.k2));
    const U m1 = V::keep(U(0xed5ad4bbu)), m2 = V::keep(U(0xac4c1b51u)), m3 = V::keep(U(0x31848babu));
    const U stride = V::keep(U(static_cast<std::uint32_t>(V::lanes))), one(1u), none(0u);
    const F weight(args.weight);
    U index = V::iota(args.first + args.key.k0);
    for (std::size_t i = 0; i < args.count; i += V::lanes * vectors) {
        U words[vectors], arrivals[vectors];
#pragma GCC unroll 16
        for (std::size_t w = 0; w < vectors; ++w) {
            words[w] = index;
            index = index + stride;
            arrivals[w] = none;
        }
        hash_side_by_side<V>(words, k1, k2, m1, m2, m3);
        const auto count_from = [&](std::size_t k) {
            const U threshold(thresholds[k]);
#pragma GCC unroll 16
            for (std::size_t w = 0; w < vectors; ++w)
                arrivals[w] = arrivals[w] + V::select(words[w] >= threshold, one, none);
        };
        for (std::size_t k = 0; k < usual; ++k) count_from(k);
        for (std::size_t k = usual; k < all; ++k) {
            const U threshold(thresholds[k]);
            std::uint32_t any = 0;
#pragma GCC unroll 16
            for (std::size_t w = 0; w < vectors; ++w) any |= V::mask(V::float_mask(words[w] >= threshold));
            if (any == 0) break;
            count_from(k);
        }
#pragma GCC unroll 16
        for (std::size_t w = 0; w < vectors; ++w) {
            float* const at = current + i + w * V::lanes;
            V::store(at, V::load(at) + weight * V::to_float(V::as_signed(arrivals[w])));
        }
    }
}

/// current += quantum * sum of the buffers; buffers = 0
template <class V>
void reduce(const ReduceArgs& args) {
    using F = typename V::F;
    using I = typename V::I;
    float* const __restrict current = args.current;
    const std::size_t count = args.count;
    const F quantum(args.quantum);
    const I zero(0);
    if (args.buffer_count == 1) {
        std::int32_t* const __restrict buffer = args.buffers[0];
        for (std::size_t i = 0; i < count; i += V::lanes) {
            V::store(current + i, V::load(current + i) + quantum * V::to_float(V::load(buffer + i)));
            V::store(buffer + i, zero);
        }
        return;
    }
    for (std::size_t i = 0; i < count; i += V::lanes) {
        I sum = zero;
        for (std::size_t b = 0; b < args.buffer_count; ++b) {
            std::int32_t* const buffer = args.buffers[b] + i;
            sum = sum + V::load(buffer);
            V::store(buffer, zero);
        }
        V::store(current + i, V::load(current + i) + quantum * V::to_float(sum));
    }
}

}  // namespace
