// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Synapses with a course in time, traces, and weights that change.
#pragma once

#include "simd/kernels.hpp"

namespace {

using izhi::simd::ApplyArgs;
using izhi::simd::ChannelArgs;
using izhi::simd::DecayArgs;
using izhi::simd::DepressArgs;

/// x, or 0 where it is too small to matter. (Not by magnitude: a sign bit cleared by a mask is another vocabulary word.)
template <class V>
inline typename V::F settled(typename V::F x) {
    using F = typename V::F;
    const F tiny(izhi::simd::kNegligible), zero(0.0f);
    return V::select(x > tiny, x, V::select(x < zero - tiny, x, zero));
}

template <class V, class Current>
inline void decaying(const ChannelArgs& args, const Current& current_of) {
    using F = typename V::F;
    const F decay(args.decay);
    for (std::size_t i = 0; i < args.count; i += V::lanes) {
        const F g = V::load(args.state + i) + V::load(args.arrived + i);
        V::store(args.current + i, V::load(args.current + i) + current_of(g, i));
        V::store(args.state + i, settled<V>(g * decay));
    }
}

/// g += arrived; I += g; g *= decay
template <class V>
void exponential(const ChannelArgs& args) {
    decaying<V>(args, [](typename V::F g, std::size_t) { return g; });
}

/// rise += arrived e / tau; I += g; g = decay (g + dt rise); rise *= decay: the exact course of (t / tau) exp(1 - t / tau)
template <class V>
void alpha(const ChannelArgs& args) {
    using F = typename V::F;
    const F decay(args.decay), gain(args.gain), dt(args.dt);
    for (std::size_t i = 0; i < args.count; i += V::lanes) {
        const F rise = V::load(args.rise + i) + gain * V::load(args.arrived + i);
        const F g = V::load(args.state + i);
        V::store(args.current + i, V::load(args.current + i) + g);
        V::store(args.state + i, settled<V>(decay * (g + dt * rise)));
        V::store(args.rise + i, settled<V>(decay * rise));
    }
}

/// g += arrived; I += g (reversal - v); g *= decay
template <class V>
void conductance(const ChannelArgs& args) {
    using F = typename V::F;
    const F reversal(args.reversal);
    decaying<V>(args, [&](F g, std::size_t i) { return g * (reversal - V::load(args.v + i)); });
}

/// x / (1 + x), x = ((v + 80) / 60)^2
template <class V>
inline typename V::F magnesium_factor(typename V::F v) {
    using F = typename V::F;
    const F one(1.0f), y = (v + F(80.0f)) * F(1.0f / 60.0f), x = y * y;
    return V::divide(x, one + x);
}

/// The same with g times magnesium_factor(v).
template <class V>
void nmda(const ChannelArgs& args) {
    using F = typename V::F;
    const F reversal(args.reversal);
    decaying<V>(args, [&](F g, std::size_t i) {
        const F v = V::load(args.v + i);
        return g * magnesium_factor<V>(v) * (reversal - v);
    });
}

template <class V>
void decay_traces(const DecayArgs& args) {
    using F = typename V::F;
    const F decay(args.decay), tiny(izhi::simd::kNegligible), zero(0.0f);
    for (std::size_t i = 0; i < args.count; i += V::lanes) {
        const F x = V::load(args.values + i) * decay;
        V::store(args.values + i, V::select(x > tiny, x, zero));
    }
}

template <class V>
void apply_changes(const ApplyArgs& args) {
    using F = typename V::F;
    const F before(args.decay_before), drift(args.drift), gain(args.gain), after(args.decay_after);
    const F lowest(args.lowest), highest(args.highest);
    for (std::size_t i = 0; i < args.count; i += V::lanes) {
        const F change = V::load(args.change + i) * before;
        const F weight = V::load(args.weight + i) + (drift + gain * change);
        const F bounded = V::select(weight < lowest, lowest, V::select(weight > highest, highest, weight));
        V::store(args.weight + i, bounded);
        V::store(args.change + i, settled<V>(change * after));
    }
}

/// What is scattered is loaded and added one by one; vectors go over what was laid side by side.
template <class V, bool Multiplicative>
void depress(const DepressArgs& args) {
    using F = typename V::F;
    using U = typename V::U;
    constexpr std::uint32_t together = 128;
    alignas(64) float weights[together], traces[together];
    alignas(64) std::int32_t quanta[together];
    const float* const __restrict target_traces = args.traces;
    std::int32_t* const __restrict sums = args.sums;
    const F scale(args.scale), minus(args.amount), loss(args.loss), lowest(args.lowest), highest(args.highest);
    const F inverse_range(args.inverse_range), zero(0.0f);
    const U sign(0x80000000u), half(0x3f000000u);
    for (std::size_t first = 0; first < args.count; first += together) {
        const std::size_t rest = args.count - first;
        const auto count = static_cast<std::uint32_t>(rest < together ? rest : together);
        const std::uint32_t* const __restrict targets = args.targets + first;
        float* const __restrict stored = args.weights + first;
        for (std::uint32_t i = 0; i < count; ++i) weights[i] = stored[i];
#pragma GCC unroll 4
        for (std::uint32_t i = 0; i < count; ++i) traces[i] = target_traces[targets[i]];
        for (std::uint32_t i = count; i % V::lanes != 0; ++i) weights[i] = traces[i] = 0.0f;
        for (std::uint32_t i = 0; i < count; i += V::lanes) {
            const F weight = V::load(weights + i), quantity = weight * scale;
            V::store(quanta + i, V::truncate(quantity + V::from_bits((V::bits(quantity) & sign) | half)));
            F change = V::load(traces + i) * minus + loss;
            if constexpr (Multiplicative) change = change * (zero - (lowest - weight) * inverse_range);
            const F changed = weight - change, above = V::select(changed < lowest, lowest, changed);
            V::store(weights + i, V::select(above > highest, highest, above));
        }
        for (std::uint32_t i = 0; i < count; ++i) stored[i] = weights[i];
#pragma GCC unroll 4
        for (std::uint32_t i = 0; i < count; ++i) sums[targets[i]] += quanta[i];
    }
}

}  // namespace
