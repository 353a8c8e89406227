// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/plastic/rule.hpp"

namespace izhi::detail {

PlasticRule::PlasticRule(const Plasticity& spec, double dt_ms) {
    std::visit([&](const auto& rule) { take(rule, dt_ms); }, spec.rule);
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

void PlasticRule::take(const PairStdp& pair, double dt_ms) {
    plus = static_cast<float>(pair.a_plus);
    minus = static_cast<float>(pair.a_minus);
    r1 = Decay(dt_ms, pair.tau_plus_ms);
    o1 = Decay(dt_ms, pair.tau_minus_ms);
    take_dependence(pair);
}

void PlasticRule::take(const TripletStdp& triplet, double dt_ms) {
    plus = static_cast<float>(triplet.a2_plus);
    minus = static_cast<float>(triplet.a2_minus);
    plus_slow = static_cast<float>(triplet.a3_plus);
    minus_slow = static_cast<float>(triplet.a3_minus);
    slow = true;
    r1 = Decay(dt_ms, triplet.tau_plus_ms);
    r2 = Decay(dt_ms, triplet.tau_x_ms);
    o1 = Decay(dt_ms, triplet.tau_minus_ms);
    o2 = Decay(dt_ms, triplet.tau_y_ms);
    take_dependence(triplet);
}

void PlasticRule::take(const SymmetricStdp& symmetric, double dt_ms) {
    const double alpha = 2.0 * symmetric.target_rate_hz / 1000.0 * symmetric.tau_ms;
    plus = static_cast<float>(symmetric.eta);
    minus = -plus;
    loss = static_cast<float>(symmetric.eta * alpha);
    r1 = o1 = Decay(dt_ms, symmetric.tau_ms);
}

template <class Rule>
void PlasticRule::take_dependence(const Rule& rule) {
    nearest = rule.pairing == Pairing::nearest;
    dependence = rule.dependence;
    if (dependence != WeightDependence::power) return;
    up = std::make_unique<PowerTable>(rule.mu_plus);
    down = std::make_unique<PowerTable>(rule.mu_minus);
}

}  // namespace izhi::detail
