// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "engine/network/plan.hpp"
#include "engine/plastic/power.hpp"
#include "engine/state/decay.hpp"

namespace izhi::detail {

/// A Plasticity with parameters per step. All rules have one form: a spike of the target changes a synapse by
/// r1 (plus + plus_slow o2), an arrival by -(o1 (minus + minus_slow r2) + loss), where r1 and r2 are traces of arrivals and
/// o1 and o2 traces of the target's spikes. Only triplets have a slow part, and only the symmetric rule has a loss.
struct PlasticRule {
    PlasticRule(const Plasticity& spec, double dt_ms);

    float plus = 0.0f, minus = 0.0f, plus_slow = 0.0f, minus_slow = 0.0f, loss = 0.0f;
    bool slow = false;  ///< triplet rule: slow traces exist
    Decay r1, r2, o1, o2;
    bool nearest = false, immediate = false;
    WeightDependence dependence = WeightDependence::additive;
    /// With WeightDependence::power: the powers of the share of the range that is left above and below a weight.
    std::unique_ptr<const PowerTable> up, down;
    float lowest = 0.0f, highest = 1.0f, inverse_range = 1.0f;
    std::uint64_t interval = 0;  ///< steps between applications; 0: immediate
    bool rewarded = false;
    float decay_before = 1.0f, drift = 0.0f, baseline = 1.0f, decay_after = 1.0f;

    /// The value of a trace after one more spike.
    [[nodiscard]] float renewed(float trace) const noexcept { return nearest ? 1.0f : trace + 1.0f; }

private:
    void take(const PairStdp& pair, double dt_ms);
    void take(const TripletStdp& triplet, double dt_ms);
    void take(const SymmetricStdp& symmetric, double dt_ms);
    template <class Rule>
    void take_dependence(const Rule& rule);
};

}  // namespace izhi::detail
