// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/synapse.hpp"

#include <cmath>

namespace izhi {

std::string_view to_string(VoltageFactor factor) noexcept { return factor == VoltageFactor::nmda ? "nmda" : "none"; }
std::string_view to_string(Pairing pairing) noexcept { return pairing == Pairing::nearest ? "nearest" : "all-to-all"; }
std::string_view to_string(WeightDependence dependence) noexcept {
    return dependence == WeightDependence::additive ? "additive" : "multiplicative";
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

Plasticity polychronization_2006() {
    return {traces_of_2006(0.12), AccumulatedChange{1000.0, 0.9, 0.01}, 0.0, 10.0, 0.0};
}
Plasticity distal_reward_2007() { return {traces_of_2006(0.15), RewardedChange{10.0, 0.99, 0.002}, 0.0, 4.0, 0.0}; }

}  // namespace izhi
