// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/plastic/rule.hpp"

namespace izhi::detail {

PlasticRule::PlasticRule(const Plasticity& spec, double dt_ms) {
    if (const auto* pair = std::get_if<PairStdp>(&spec.rule)) {
        plus = static_cast<float>(pair->a_plus);
        minus = static_cast<float>(pair->a_minus);
        r1 = Decay(dt_ms, pair->tau_plus_ms);
        o1 = Decay(dt_ms, pair->tau_minus_ms);
        nearest = pair->pairing == Pairing::nearest;
        multiplicative = pair->dependence == WeightDependence::multiplicative;
    } else {
        const auto& triplet = std::get<TripletStdp>(spec.rule);
        plus = static_cast<float>(triplet.a2_plus);
        minus = static_cast<float>(triplet.a2_minus);
        plus_slow = static_cast<float>(triplet.a3_plus);
        minus_slow = static_cast<float>(triplet.a3_minus);
        slow = true;
        r1 = Decay(dt_ms, triplet.tau_plus_ms);
        r2 = Decay(dt_ms, triplet.tau_x_ms);
        o1 = Decay(dt_ms, triplet.tau_minus_ms);
        o2 = Decay(dt_ms, triplet.tau_y_ms);
        nearest = triplet.pairing == Pairing::nearest;
        multiplicative = triplet.dependence == WeightDependence::multiplicative;
    }
    lowest = static_cast<float>(spec.lowest);
    highest = static_cast<float>(spec.highest);
    inverse_range = static_cast<float>(1.0 / (spec.highest - spec.lowest));
    if (const auto* accumulated = std::get_if<AccumulatedChange>(&spec.change)) {
        interval = to_steps(accumulated->interval_ms, dt_ms, 1);
        decay_before = static_cast<float>(accumulated->decay);
        drift = static_cast<float>(accumulated->drift);
    } else if (const auto* reward = std::get_if<RewardedChange>(&spec.change)) {
        interval = to_steps(reward->interval_ms, dt_ms, 1);
        rewarded = true;
        baseline = static_cast<float>(reward->baseline);
        decay_after = static_cast<float>(reward->decay);
    }
    immediate = interval == 0;
}

}  // namespace izhi::detail
