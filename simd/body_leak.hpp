// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The leaky integrate-and-fire neuron and the synapses that need another kernel onto it. engine/network/leak.hpp has the
// equations and where their constants come from.
#pragma once

#include "simd/body_input.hpp"
#include "simd/body_synapse.hpp"
#include "simd/kernels.hpp"

namespace {

using izhi::simd::ChannelArgs;
using izhi::simd::UpdateArgs;

/// exp(-x) for x >= 0, relative error below 3e-7; 80 is taken for what is larger. Two to the nearest whole power, and Taylor's
/// series for the rest, which is below 0.35.
template <class V>
inline typename V::F exp_minus(typename V::F x) {
    using F = typename V::F;
    const F most(80.0f), bounded = V::select(x > most, most, x);
    const F power = V::to_float(V::truncate(bounded * F(1.44269504f) + F(0.5f)));
    const F rest = (power * F(0.693359375f) - bounded) - power * F(2.12194440e-4f);  // ln 2 in two pieces
    constexpr float series[] = {1.0f, 1.0f, 1.0f / 2, 1.0f / 6, 1.0f / 24, 1.0f / 120, 1.0f / 720, 1.0f / 5040};
    // the low bits of 2^23 + k are k: moved to where the exponent is
    const F scale = V::from_bits(V::template shift_left<23>(V::bits(F(8388608.0f + 127.0f) - power)));
    return polynomial<V>(series, rest) * scale;
}

/// One step: exact for input that is held, exponential Euler where conductances act.
template <class V, bool Conductances, bool Sums, bool Resets>
void update_leaky(const UpdateArgs& args) {
    using F = typename V::F;
    const F decay(args.leak.decay), gain(args.leak.gain), rest(args.vr), threshold(args.threshold);
    const F leak(args.leak.conductance), step_over_c(args.leak.step_over_c), quantum(args.quantum);
    const F half(0.5f), one(1.0f), zero(0.0f);
    const typename V::I nothing(0);
    for (std::size_t word = 0; word < args.count / 64; ++word) {
        std::uint64_t bits = 0;
        for (std::size_t lane = 0; lane < 64; lane += V::lanes) {
            const std::size_t i = word * 64 + lane;
            const F v = V::load(args.v + i), u = V::load(args.u + i), distance = v - rest;
            F current = V::load(args.current + i);
            if constexpr (Sums) {
                current = current + quantum * V::to_float(V::load(args.sums + i));
                V::store(args.sums + i, nothing);
            }
            F next;
            if constexpr (Conductances) {
                const F total = leak + V::load(args.leak.synaptic + i), settles_at = V::divide(current, total);
                next = rest + (settles_at + (distance - settles_at) * exp_minus<V>(step_over_c * total));
            } else {
                next = rest + (decay * distance + gain * current);
            }
            const auto refractory = u > half;
            F v_after = V::select(refractory, v, next), u_after = V::select(refractory, u - one, zero);
            const auto fired = V::and_not(v_after >= threshold, refractory);
            if constexpr (Resets) {
                v_after = V::select(fired, V::load(args.c + i), v_after);
                u_after = V::select(fired, V::load(args.d + i), u_after);
            }
            V::store(args.v + i, v_after);
            V::store(args.u + i, u_after);
            bits |= static_cast<std::uint64_t>(V::mask(fired)) << lane;
        }
        args.fired[word] = bits;
    }
}

template <class V>
void update_leaky(const UpdateArgs& args) {
    if (args.leak.synaptic) {
        args.sums ? update_leaky<V, true, true, false>(args) : update_leaky<V, true, false, false>(args);
    } else {
        args.sums ? update_leaky<V, false, true, false>(args) : update_leaky<V, false, false, false>(args);
    }
}

template <class V>
void update_leaky_resetting(const UpdateArgs& args) {
    args.leak.synaptic ? update_leaky<V, true, false, true>(args) : update_leaky<V, false, false, true>(args);
}

/// As alpha(), with the two states acting on v by gains of their own.
template <class V>
void alpha_leaky(const ChannelArgs& args) {
    using F = typename V::F;
    const F decay(args.decay), gain(args.gain), dt(args.dt), of_state(args.of_state), of_rise(args.of_rise);
    for (std::size_t i = 0; i < args.count; i += V::lanes) {
        const F rise = V::load(args.rise + i) + gain * V::load(args.arrived + i);
        const F g = V::load(args.state + i);
        V::store(args.current + i, V::load(args.current + i) + (of_state * g + of_rise * rise));
        V::store(args.state + i, settled<V>(decay * (g + dt * rise)));
        V::store(args.rise + i, settled<V>(decay * rise));
    }
}

/// g += arrived; I += g (reversal - rest), total += g; g *= decay
template <class V>
void conductance_leaky(const ChannelArgs& args) {
    using F = typename V::F;
    const F distance(args.reversal - args.rest);
    decaying<V>(args, [&](F g, std::size_t i) {
        V::store(args.total + i, V::load(args.total + i) + g);
        return g * distance;
    });
}

/// The same with the factor of nmda(), by v at the beginning of the step.
template <class V>
void nmda_leaky(const ChannelArgs& args) {
    using F = typename V::F;
    const F distance(args.reversal - args.rest);
    decaying<V>(args, [&](F g, std::size_t i) {
        const F open = g * magnesium_factor<V>(V::load(args.v + i));
        V::store(args.total + i, V::load(args.total + i) + open);
        return open * distance;
    });
}

template <class V>
constexpr izhi::simd::FormKernels leaky_kernels() {
    return {.published = update_leaky<V>,
            .euler = update_leaky<V>,
            .forward_euler = update_leaky<V>,
            .accurate = update_leaky_resetting<V>};
}

}  // namespace
