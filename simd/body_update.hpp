// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The neuron equations, one kernel per form and numerics.
#pragma once

#include "simd/body_hash.hpp"

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

// The forms of the equations (izhi/model.hpp). slope_v takes the part that does not depend on v as `rest`: with_u(u, I)
// if u is constant, drive(I) - u if u changes.

/// dv/dt = 0.04 v^2 + 5 v + (140 - u + I)
template <class V>
struct SimpleForm {
    using F = typename V::F;
    /// v + step (0.04 v^2 + 5 v + ...) with v in front of one sum, v (quadratic v + linear) + rest: four operations instead
    /// of six, one after the other. `rest` comes multiplied by rest_factor.
    struct Advance {
        F quadratic, linear, rest_factor;
        F operator()(F v, F rest) const { return v * (quadratic * v + linear) + rest; }
    };
    explicit SimpleForm(const UpdateArgs&) {}
    static Advance advance(float step) { return {F(0.04f * step), F(5.0f * step + 1.0f), F(step)}; }
    static F with_u(F u, F current) { return (F(140.0f) - u) + current; }
    static F drive(F current) { return F(140.0f) + current; }
    static F slope_v(F v, F rest) { return v * (F(0.04f) * v + F(5.0f)) + rest; }
    static F slope_u(F v, F u, F a, F b) { return a * (b * v - u); }
    static F threshold() { return F(izhi::simd::kThreshold); }
};

/// dv/dt = 0.04 v^2 + 4.1 v + (108 - u + I)
template <class V>
struct AltForm : SimpleForm<V> {
    using F = typename V::F;
    using SimpleForm<V>::SimpleForm;
    static typename SimpleForm<V>::Advance advance(float step) {
        return {F(0.04f * step), F(4.1f * step + 1.0f), F(step)};
    }
    static F with_u(F u, F current) { return (F(108.0f) - u) + current; }
    static F drive(F current) { return F(108.0f) + current; }
    static F slope_v(F v, F rest) { return v * (F(0.04f) * v + F(4.1f)) + rest; }
};

/// du/dt = a b (v + 65)
template <class V>
struct AccForm : SimpleForm<V> {
    using F = typename V::F;
    using SimpleForm<V>::SimpleForm;
    static F slope_u(F v, F, F a, F b) { return a * (b * (v + F(65.0f))); }
};

/// C dv/dt = k (v - vr) (v - vt) + (I - u)
template <class V>
struct NineParameterForm {
    using F = typename V::F;
    struct Advance {
        F k, vr, vt, rest_factor;
        F operator()(F v, F rest) const { return v + (k * (v - vr) * (v - vt) + rest); }
    };
    float k_over_capacitance, one_over_capacitance;
    Advance advance(float step) const { return {F(k_over_capacitance * step), vr, vt, F(one_over_capacitance * step)}; }
    F k, vr, vt, inverse_capacitance, peak;
    explicit NineParameterForm(const UpdateArgs& args)
        : k_over_capacitance(args.k * args.inverse_capacitance), one_over_capacitance(args.inverse_capacitance),
          k(args.k), vr(args.vr), vt(args.vt), inverse_capacitance(args.inverse_capacitance), peak(args.threshold) {}
    static F with_u(F u, F current) { return current - u; }
    static F drive(F current) { return current; }
    F slope_v(F v, F rest) const { return (k * (v - vr) * (v - vt) + rest) * inverse_capacitance; }
    F slope_u(F v, F u, F a, F b) const { return a * (b * (v - vr) - u); }
    F threshold() const { return peak; }
};

/// The Euler methods: v in two half steps, then u by the new v; v in one step, then u by the new v; both by the old ones.
enum class Euler { half_steps, one_step, forward };

/// Several vectors side by side, operation by operation: the steps of one vector wait for each other, see body_hash.hpp.
/// @tparam UnitStep dt is 1, and nothing is multiplied with it
template <class V, class Form, bool Columns, Euler Method, bool Sums, bool UnitStep>
void update_euler_like(const UpdateArgs& args) {
    using F = typename V::F;
    float* const __restrict v_column = args.v;
    float* const __restrict u_column = args.u;
    const float* const __restrict current = args.current;
    std::int32_t* const __restrict sums = args.sums;
    std::uint64_t* const __restrict fired = args.fired;
    const std::size_t words = args.count / 64;
    const Recovery<V, Columns> recovery(args);
    const Form form(args);
    const F dt(args.dt), threshold(form.threshold()), quantum(args.quantum);
    const auto advance = form.advance(Method == Euler::half_steps ? 0.5f * args.dt : args.dt);
    const typename V::I zero(0);
    constexpr std::size_t lanes = V::lanes;
    constexpr std::size_t many = lanes * kUpdateVectors <= 64 ? kUpdateVectors : 64 / lanes;
#define IZHI_EACH _Pragma("GCC unroll 16") for (std::size_t w = 0; w < many; ++w)
    for (std::size_t word = 0; word < words; ++word) {
        std::uint64_t bits = 0;
        for (std::size_t lane = 0; lane < 64; lane += lanes * many) {
            const std::size_t i = word * 64 + lane;
            F v[many], u[many], rest[many], slope[many];
            IZHI_EACH v[w] = V::load(v_column + i + w * lanes);
            IZHI_EACH u[w] = V::load(u_column + i + w * lanes);
            IZHI_EACH rest[w] = V::load(current + i + w * lanes);
            if constexpr (Sums) {
                IZHI_EACH rest[w] = rest[w] + quantum * V::to_float(V::load(sums + i + w * lanes));
                IZHI_EACH V::store(sums + i + w * lanes, zero);
            }
            IZHI_EACH rest[w] = advance.rest_factor * form.with_u(u[w], rest[w]);
            if constexpr (Method == Euler::forward)
                IZHI_EACH slope[w] =
                    form.slope_u(v[w], u[w], recovery.a_at(i + w * lanes), recovery.b_at(i + w * lanes));
            IZHI_EACH v[w] = advance(v[w], rest[w]);
            if constexpr (Method == Euler::half_steps) IZHI_EACH v[w] = advance(v[w], rest[w]);
            if constexpr (Method != Euler::forward)
                IZHI_EACH slope[w] =
                    form.slope_u(v[w], u[w], recovery.a_at(i + w * lanes), recovery.b_at(i + w * lanes));
            IZHI_EACH u[w] = u[w] + (UnitStep ? slope[w] : dt * slope[w]);
            IZHI_EACH V::store(v_column + i + w * lanes, v[w]);
            IZHI_EACH V::store(u_column + i + w * lanes, u[w]);
            IZHI_EACH bits |= static_cast<std::uint64_t>(V::mask(v[w] >= threshold)) << (lane + w * lanes);
        }
        fired[word] = bits;
    }
#undef IZHI_EACH
}

template <class V, class Form, Euler Method, bool UnitStep>
void update_euler_like(const UpdateArgs& args) {
    if (args.sums) {
        args.a ? update_euler_like<V, Form, true, Method, true, UnitStep>(args)
               : update_euler_like<V, Form, false, Method, true, UnitStep>(args);
    } else {
        args.a ? update_euler_like<V, Form, true, Method, false, UnitStep>(args)
               : update_euler_like<V, Form, false, Method, false, UnitStep>(args);
    }
}

template <class V, class Form, Euler Method>
void update_euler_like(const UpdateArgs& args) {
    args.dt == 1.0f ? update_euler_like<V, Form, Method, true>(args) : update_euler_like<V, Form, Method, false>(args);
}

template <class V, class Form = SimpleForm<V>>
void update_published(const UpdateArgs& args) {
    update_euler_like<V, Form, Euler::half_steps>(args);
}

template <class V, class Form = SimpleForm<V>>
void update_euler(const UpdateArgs& args) {
    update_euler_like<V, Form, Euler::one_step>(args);
}

template <class V, class Form = SimpleForm<V>>
void update_forward_euler(const UpdateArgs& args) {
    update_euler_like<V, Form, Euler::forward>(args);
}

/// One classical Runge-Kutta step of length h, in time.
template <class V, class Form>
inline void runge_kutta(const Form& form, typename V::F& v, typename V::F& u, typename V::F drive, typename V::F a,
                        typename V::F b, typename V::F h) {
    using F = typename V::F;
    const F half = F(0.5f) * h;
    const F v1 = form.slope_v(v, drive - u), u1 = form.slope_u(v, u, a, b);
    const F va = v + half * v1, ua = u + half * u1;
    const F v2 = form.slope_v(va, drive - ua), u2 = form.slope_u(va, ua, a, b);
    const F vb = v + half * v2, ub = u + half * u2;
    const F v3 = form.slope_v(vb, drive - ub), u3 = form.slope_u(vb, ub, a, b);
    const F vc = v + h * v3, uc = u + h * u3;
    const F v4 = form.slope_v(vc, drive - uc), u4 = form.slope_u(vc, uc, a, b);
    const F sixth = h * F(1.0f / 6.0f);
    v = v + sixth * (v1 + F(2.0f) * (v2 + v3) + v4);
    u = u + sixth * (u1 + F(2.0f) * (u2 + u3) + u4);
}

/// From (v, u) to the moment when v reaches the threshold: one Runge-Kutta step with v as the independent variable
/// (Henon's trick), which lands on the threshold exactly. Returns the time that took; u becomes its value there.
template <class V, class Form>
inline typename V::F reach_threshold(const Form& form, typename V::F v, typename V::F& u, typename V::F drive,
                                     typename V::F a, typename V::F b) {
    using F = typename V::F;
    const F one(1.0f), span = form.threshold() - v, half = F(0.5f) * span;
    const F vm = v + half, ve = v + span;
    const F t1 = V::divide(one, form.slope_v(v, drive - u)), u1 = form.slope_u(v, u, a, b) * t1;
    const F ua = u + half * u1;
    const F t2 = V::divide(one, form.slope_v(vm, drive - ua)), u2 = form.slope_u(vm, ua, a, b) * t2;
    const F ub = u + half * u2;
    const F t3 = V::divide(one, form.slope_v(vm, drive - ub)), u3 = form.slope_u(vm, ub, a, b) * t3;
    const F uc = u + span * u3;
    const F t4 = V::divide(one, form.slope_v(ve, drive - uc)), u4 = form.slope_u(ve, uc, a, b) * t4;
    const F sixth = span * F(1.0f / 6.0f);
    u = u + sixth * (u1 + F(2.0f) * (u2 + u3) + u4);
    return sixth * (t1 + F(2.0f) * (t2 + t3) + t4);
}

template <class V, class Form, bool Columns>
void update_accurate_like(const UpdateArgs& args) {
    using F = typename V::F;
    const Recovery<V, Columns> recovery(args);
    const Form form(args);
    const F threshold(form.threshold()), zero(0.0f);
    const F h(args.dt / static_cast<float>(args.substeps));
    for (std::size_t word = 0; word < args.count / 64; ++word) {
        std::uint64_t bits = 0;
        for (std::size_t lane = 0; lane < 64; lane += V::lanes) {
            const std::size_t i = word * 64 + lane;
            F v = V::load(args.v + i);
            F u = V::load(args.u + i);
            const F a = recovery.a_at(i), b = recovery.b_at(i);
            const F drive = form.drive(V::load(args.current + i));
            auto fired = zero > zero;
            for (std::uint32_t s = 0; s < args.substeps; ++s) {
                const F v_before = v, u_before = u;
                runge_kutta<V>(form, v, u, drive, a, b, h);
                const auto above = v >= threshold;
                if (V::mask(above) == 0) continue;
                // A lane crosses once per step; one that already did is held at the threshold and crosses in the next.
                const auto crossing = V::and_not(above, fired);
                F v_after = v_before, u_after = u_before;
                F used = reach_threshold<V>(form, v_before, u_after, drive, a, b);
                used = V::select(used < zero, zero, V::select(used > h, h, used));
                v_after = V::load(args.c + i);
                u_after = u_after + V::load(args.d + i);
                runge_kutta<V>(form, v_after, u_after, drive, a, b, h - used);
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

template <class V, class Form = SimpleForm<V>>
void update_accurate(const UpdateArgs& args) {
    args.a ? update_accurate_like<V, Form, true>(args) : update_accurate_like<V, Form, false>(args);
}

template <class V, class Form>
constexpr izhi::simd::FormKernels form_kernels() {
    return {.published = update_published<V, Form>,
            .euler = update_euler<V, Form>,
            .forward_euler = update_forward_euler<V, Form>,
            .accurate = update_accurate<V, Form>};
}

}  // namespace
