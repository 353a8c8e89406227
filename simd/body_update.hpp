// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The neuron equations, one kernel per numerics.
#pragma once

#include "simd/kernels.hpp"

namespace {

using izhi::simd::UpdateArgs;

/// a and b of the lanes at i: from columns, or the same for all.
template <class V, bool Columns>
struct Recovery {
    using F = typename V::F;
    const float* a;
    const float* b;
    F uniform_a, uniform_b;
    explicit Recovery(const UpdateArgs& args)
        : a(args.a), b(args.b), uniform_a(args.uniform_a), uniform_b(args.uniform_b) {}
    F a_at(std::size_t i) const {
        if constexpr (Columns) return V::load(a + i);
        else return uniform_a;
    }
    F b_at(std::size_t i) const {
        if constexpr (Columns) return V::load(b + i);
        else return uniform_b;
    }
};

/// dv/dt = 0.04 v^2 + 5 v + (140 - u + I), the bracket passed as k.
template <class V>
inline typename V::F slope_v(typename V::F v, typename V::F k) {
    using F = typename V::F;
    return v * (F(0.04f) * v + F(5.0f)) + k;
}

template <class V, bool Columns, bool HalfSteps>
void update_euler_like(const UpdateArgs& args) {
    using F = typename V::F;
    float* const __restrict v_column = args.v;
    float* const __restrict u_column = args.u;
    const float* const __restrict current = args.current;
    const Recovery<V, Columns> recovery(args);
    const F dt(args.dt), v_step(HalfSteps ? 0.5f * args.dt : args.dt), threshold(izhi::simd::kThreshold);
    for (std::size_t word = 0; word < args.count / 64; ++word) {
        std::uint64_t bits = 0;
        for (std::size_t lane = 0; lane < 64; lane += V::lanes) {
            const std::size_t i = word * 64 + lane;
            F v = V::load(v_column + i);
            F u = V::load(u_column + i);
            const F k = (F(140.0f) - u) + V::load(current + i);
            v = v + v_step * slope_v<V>(v, k);
            if constexpr (HalfSteps) v = v + v_step * slope_v<V>(v, k);
            u = u + dt * (recovery.a_at(i) * (recovery.b_at(i) * v - u));
            V::store(v_column + i, v);
            V::store(u_column + i, u);
            bits |= static_cast<std::uint64_t>(V::mask(v >= threshold)) << lane;
        }
        args.fired[word] = bits;
    }
}

template <class V>
void update_published(const UpdateArgs& args) {
    args.a ? update_euler_like<V, true, true>(args) : update_euler_like<V, false, true>(args);
}

template <class V>
void update_euler(const UpdateArgs& args) {
    args.a ? update_euler_like<V, true, false>(args) : update_euler_like<V, false, false>(args);
}

/// One classical Runge-Kutta step of length h, in time.
template <class V>
inline void runge_kutta(typename V::F& v, typename V::F& u, typename V::F drive, typename V::F a, typename V::F b,
                        typename V::F h) {
    using F = typename V::F;
    const F half = F(0.5f) * h;
    const F v1 = slope_v<V>(v, drive - u), u1 = a * (b * v - u);
    const F va = v + half * v1, ua = u + half * u1;
    const F v2 = slope_v<V>(va, drive - ua), u2 = a * (b * va - ua);
    const F vb = v + half * v2, ub = u + half * u2;
    const F v3 = slope_v<V>(vb, drive - ub), u3 = a * (b * vb - ub);
    const F vc = v + h * v3, uc = u + h * u3;
    const F v4 = slope_v<V>(vc, drive - uc), u4 = a * (b * vc - uc);
    const F sixth = h * F(1.0f / 6.0f);
    v = v + sixth * (v1 + F(2.0f) * (v2 + v3) + v4);
    u = u + sixth * (u1 + F(2.0f) * (u2 + u3) + u4);
}

/// From (v, u) to the moment when v reaches the threshold: one Runge-Kutta step with v as the independent variable
/// (Henon's trick), which lands on the threshold exactly. Returns the time that took; u becomes its value there.
template <class V>
inline typename V::F reach_threshold(typename V::F v, typename V::F& u, typename V::F drive, typename V::F a,
                                     typename V::F b) {
    using F = typename V::F;
    const F one(1.0f), span = F(izhi::simd::kThreshold) - v, half = F(0.5f) * span;
    const F vm = v + half, ve = v + span;
    const F t1 = V::divide(one, slope_v<V>(v, drive - u)), u1 = a * (b * v - u) * t1;
    const F ua = u + half * u1;
    const F t2 = V::divide(one, slope_v<V>(vm, drive - ua)), u2 = a * (b * vm - ua) * t2;
    const F ub = u + half * u2;
    const F t3 = V::divide(one, slope_v<V>(vm, drive - ub)), u3 = a * (b * vm - ub) * t3;
    const F uc = u + span * u3;
    const F t4 = V::divide(one, slope_v<V>(ve, drive - uc)), u4 = a * (b * ve - uc) * t4;
    const F sixth = span * F(1.0f / 6.0f);
    u = u + sixth * (u1 + F(2.0f) * (u2 + u3) + u4);
    return sixth * (t1 + F(2.0f) * (t2 + t3) + t4);
}

template <class V, bool Columns>
void update_accurate_like(const UpdateArgs& args) {
    using F = typename V::F;
    const Recovery<V, Columns> recovery(args);
    const F threshold(izhi::simd::kThreshold), zero(0.0f);
    const F h(args.dt / static_cast<float>(args.substeps));
    for (std::size_t word = 0; word < args.count / 64; ++word) {
        std::uint64_t bits = 0;
        for (std::size_t lane = 0; lane < 64; lane += V::lanes) {
            const std::size_t i = word * 64 + lane;
            F v = V::load(args.v + i);
            F u = V::load(args.u + i);
            const F a = recovery.a_at(i), b = recovery.b_at(i);
            const F drive = F(140.0f) + V::load(args.current + i);
            auto fired = zero > zero;
            for (std::uint32_t s = 0; s < args.substeps; ++s) {
                const F v_before = v, u_before = u;
                runge_kutta<V>(v, u, drive, a, b, h);
                const auto above = v >= threshold;
                if (V::mask(above) == 0) continue;
                // A lane crosses once per step; one that already did is held at the threshold and crosses in the next.
                const auto crossing = V::and_not(above, fired);
                F v_after = v_before, u_after = u_before;
                F used = reach_threshold<V>(v_before, u_after, drive, a, b);
                used = V::select(used < zero, zero, V::select(used > h, h, used));
                v_after = V::load(args.c + i);
                u_after = u_after + V::load(args.d + i);
                runge_kutta<V>(v_after, u_after, drive, a, b, h - used);
                v = V::select(crossing, v_after, v);
                u = V::select(crossing, u_after, u);
                fired = V::bit_or(fired, crossing);
                v = V::select(v > threshold, threshold, v);
            }
            V::store(args.v + i, v);
            V::store(args.u + i, u);
            bits |= static_cast<std::uint64_t>(V::mask(fired)) << lane;
        }
        args.fired[word] = bits;
    }
}

template <class V>
void update_accurate(const UpdateArgs& args) {
    args.a ? update_accurate_like<V, true>(args) : update_accurate_like<V, false>(args);
}

}  // namespace
