// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Synapses with a course in time, traces, and weights that change.
#pragma once

#include "simd/kernels.hpp"

namespace {

using izhi::simd::ApplyArgs;
using izhi::simd::ChannelArgs;
using izhi::simd::DecayArgs;

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

/// The same with g times x / (1 + x), x = ((v + 80) / 60)^2.
template <class V>
void nmda(const ChannelArgs& args) {
    using F = typename V::F;
    const F reversal(args.reversal), one(1.0f), shift(80.0f), scale(1.0f / 60.0f);
    decaying<V>(args, [&](F g, std::size_t i) {
        const F v = V::load(args.v + i), y = (v + shift) * scale, x = y * y;
        return g * V::divide(x, one + x) * (reversal - v);
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

}  // namespace
