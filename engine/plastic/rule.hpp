// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/network/plan.hpp"
#include "engine/state/decay.hpp"

namespace izhi::detail {

/// A Plasticity with parameters per step. Both rules have one form: a spike of the target changes a synapse by
/// r1 (plus + plus_slow o2), an arrival by -o1 (minus + minus_slow r2), where r1 and r2 are traces of arrivals and o1 and o2
/// traces of the target's spikes; the pair rule has no slow part.
struct PlasticRule {
    PlasticRule(const Plasticity& spec, double dt_ms);

    float plus = 0.0f, minus = 0.0f, plus_slow = 0.0f, minus_slow = 0.0f;
    bool slow = false;  ///< triplet rule: slow traces exist
    Decay r1, r2, o1, o2;
    bool nearest = false, multiplicative = false;
    bool immediate = false;
    float lowest = 0.0f, highest = 1.0f, inverse_range = 1.0f;
    std::uint64_t interval = 0;  ///< steps between applications; 0: immediate
    bool rewarded = false;
    float decay_before = 1.0f, drift = 0.0f, baseline = 1.0f, decay_after = 1.0f;

    /// The value of a trace after one more spike.
    [[nodiscard]] float renewed(float trace) const noexcept { return nearest ? 1.0f : trace + 1.0f; }
};

}  // namespace izhi::detail
