// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The Hodgkin-Huxley step in a vocabulary of vector operations (simd/). It is included once per instruction set.
#pragma once

#include "perf/hodgkin_huxley/hodgkin_huxley.hpp"

namespace {

/// e^x for x in [-87, 88] with a relative error of at most 3e-7. It is 2^k e^r with |r| <= ln 2 / 2. Adding 1.5 * 2^23
/// rounds to k and leaves k in the last bits. e^r is the polynomial through its values at Chebyshev's nodes, with an
/// error of at most 1.1e-7; the rest is rounding.
template <class V>
inline typename V::F exponential(typename V::F x) {
    using F = typename V::F;
    using U = typename V::U;
    const F magic(12582912.0f);
    const F shifted = x * F(1.44269504f) + magic;
    const F k = shifted - magic;
    // ln 2 in two parts: the first has few enough bits that its product with k is exact.
    const F r = (x - k * F(0.693359375f)) - k * F(-2.12194440e-4f);
    F p = F(0.008369155668f) * r + F(0.04191755754f);
    p = p * r + F(0.166665052f);
    p = p * r + F(0.4999886893f);
    p = p * r + F(1.000000011f);
    p = p * r + F(1.000000076f);
    return p * V::from_bits(V::template shift_left<23>(V::bits(shifted) + U(127u)));
}

/// x / (1 - e^-x). Near 0, where this is 0 / 0, its series is taken, with an error below 1e-7.
template <class V>
inline typename V::F ratio(typename V::F x) {
    using F = typename V::F;
    const F near = F(1.0f) + x * (F(0.5f) + x * F(1.0f / 12.0f));
    const F far = V::divide(x, F(1.0f) - exponential<V>(F(0.0f) - x));
    return V::select(x * x < F(0.01f), near, far);
}

template <class V>
struct HodgkinHuxleyState {
    typename V::F v, m, h, n;
};

template <class V>
inline HodgkinHuxleyState<V> hodgkin_huxley_step(const HodgkinHuxleyState<V>& s, typename V::F current,
                                                 typename V::F dt) {
    using F = typename V::F;
    const F one(1.0f), v = s.v;
    const F alpha_m = ratio<V>(F(0.1f) * (v + F(40.0f)));
    const F beta_m = F(4.0f) * exponential<V>((v + F(65.0f)) * F(-1.0f / 18.0f));
    const F alpha_h = F(0.07f) * exponential<V>((v + F(65.0f)) * F(-0.05f));
    const F beta_h = V::divide(one, one + exponential<V>((v + F(35.0f)) * F(-0.1f)));
    const F alpha_n = F(0.1f) * ratio<V>(F(0.1f) * (v + F(55.0f)));
    const F beta_n = F(0.125f) * exponential<V>((v + F(65.0f)) * F(-0.0125f));
    const F n2 = s.n * s.n;
    const F sodium = F(120.0f) * (s.m * s.m * s.m * s.h) * (v - F(50.0f));
    const F potassium = F(36.0f) * (n2 * n2) * (v + F(77.0f));
    const F leak = F(0.3f) * (v + F(54.4f));
    return {v + dt * (current - sodium - potassium - leak), s.m + dt * (alpha_m * (one - s.m) - beta_m * s.m),
            s.h + dt * (alpha_h * (one - s.h) - beta_h * s.h), s.n + dt * (alpha_n * (one - s.n) - beta_n * s.n)};
}

template <class V>
void hodgkin_huxley_run(const izhi::perf::HodgkinHuxleyArgs& args) {
    using F = typename V::F;
    // Two vectors at a time: the exponentials of one are computed while those of the other wait.
    constexpr std::size_t abreast = 2;
    const F dt(args.dt), zero(0.0f), one(1.0f);
    for (std::size_t i = 0; i < args.count; i += abreast * V::lanes) {
        HodgkinHuxleyState<V> s[abreast];
        F current[abreast], spikes[abreast];
        for (std::size_t k = 0; k < abreast; ++k) {
            const std::size_t at = i + k * V::lanes;
            s[k] = {V::load(args.v + at), V::load(args.m + at), V::load(args.h + at), V::load(args.n + at)};
            current[k] = V::load(args.current + at);
            spikes[k] = V::load(args.spikes + at);
        }
        for (std::size_t step = 0; step < args.steps; ++step)
            for (std::size_t k = 0; k < abreast; ++k) {
                const auto next = hodgkin_huxley_step<V>(s[k], current[k], dt);
                spikes[k] = spikes[k] + V::select(V::and_not(next.v >= zero, s[k].v >= zero), one, zero);
                s[k] = next;
            }
        for (std::size_t k = 0; k < abreast; ++k) {
            const std::size_t at = i + k * V::lanes;
            V::store(args.v + at, s[k].v);
            V::store(args.m + at, s[k].m);
            V::store(args.h + at, s[k].h);
            V::store(args.n + at, s[k].n);
            V::store(args.spikes + at, spikes[k]);
        }
    }
}

template <class V>
void exponential_of(const float* x, float* result, std::size_t count) {
    for (std::size_t i = 0; i < count; i += V::lanes) V::store(result + i, exponential<V>(V::load(x + i)));
}

}  // namespace
