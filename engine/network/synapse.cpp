// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/synapse.hpp"

#include <cmath>

namespace izhi {

std::string_view to_string(VoltageFactor factor) noexcept { return factor == VoltageFactor::nmda ? "nmda" : "none"; }
std::string_view to_string(Pairing pairing) noexcept { return pairing == Pairing::nearest ? "nearest" : "all-to-all"; }
std::string_view to_string(WeightDependence dependence) noexcept {
    switch (dependence) {
        case WeightDependence::additive: return "additive";
        case WeightDependence::multiplicative: return "multiplicative";
        case WeightDependence::power: break;
    }
    return "power";
}
std::string_view to_string(TripletSet set) noexcept {
    switch (set) {
        case TripletSet::visual_cortex: return "visual-cortex";
        case TripletSet::visual_cortex_minimal: return "visual-cortex-minimal";
        case TripletSet::hippocampus: return "hippocampus";
        case TripletSet::hippocampus_minimal: break;
    }
    return "hippocampus-minimal";
}

std::string_view kind_of(const SynapseDynamics& dynamics) noexcept {
    static constexpr std::string_view names[std::variant_size_v<SynapseDynamics>] = {"delta", "exponential", "alpha",
                                                                                     "conductance"};
    return names[dynamics.index()];
}

std::string_view kind_of(const WeightChange& change) noexcept {
    static constexpr std::string_view names[std::variant_size_v<WeightChange>] = {"immediate", "accumulated",
                                                                                  "rewarded"};
    return names[change.index()];
}

namespace {

/// The traces of both papers are 0.1 and `at_minus_one` right after a spike and lose 5 % each ms; an arrival that finds the
/// latter undecayed is one ms after the spike, dt = -1.
PairStdp traces_of_2006(double at_minus_one) {
    const double tau = -1.0 / std::log(0.95);
    return {0.1, at_minus_one / 0.95, tau, tau, Pairing::nearest, WeightDependence::additive};
}

}  // namespace

TripletStdp pfister_gerstner_2006(TripletSet set, Pairing pairing, double scale) noexcept {
    // By pairing, then set: A2+, A2-, A3+, A3-, tau_x, tau_y. Where A3- is 0, tau_x has no effect.
    static constexpr double values[2][4][6] = {{{5e-10, 7e-3, 6.2e-3, 2.3e-4, 101.0, 125.0},
                                                {0.0, 7.1e-3, 6.5e-3, 0.0, 101.0, 114.0},
                                                {6.1e-3, 1.6e-3, 6.7e-3, 1.4e-3, 946.0, 27.0},
                                                {5.3e-3, 3.5e-3, 8e-3, 0.0, 101.0, 40.0}},
                                               {{8.8e-11, 6.6e-3, 5.3e-2, 3.1e-3, 714.0, 40.0},
                                                {0.0, 8e-3, 5e-2, 0.0, 101.0, 40.0},
                                                {4.6e-3, 3e-3, 9.1e-3, 7.5e-9, 575.0, 47.0},
                                                {4.6e-3, 3e-3, 9.1e-3, 0.0, 101.0, 48.0}}};
    const double(&v)[6] = values[pairing == Pairing::nearest ? 1 : 0][static_cast<int>(set)];
    TripletStdp rule{v[0] * scale, v[1] * scale, v[2] * scale, v[3] * scale};
    rule.tau_x_ms = v[4];
    rule.tau_y_ms = v[5];
    rule.pairing = pairing;
    return rule;
}

Plasticity polychronization_2006() {
    return {traces_of_2006(0.12), AccumulatedChange{1000.0, 0.9, 0.01}, 0.0, 10.0, 0.0};
}
Plasticity distal_reward_2007() { return {traces_of_2006(0.15), RewardedChange{10.0, 0.99, 0.002}, 0.0, 4.0, 0.0}; }

}  // namespace izhi
