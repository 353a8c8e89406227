// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/phase_log.hpp"

namespace izhi::detail {

PhaseLog::PhaseLog(const Plan& plan, const std::vector<PartBlocks>& parts)
    : parts_(parts.size()), steps_(steps_per_phase(plan)),
      memory_(std::size_t{plan.slots} * steps_ * kPhaseRing + simd::kPad), lists_(kPhaseRing * parts_ * steps_) {
    std::uint32_t* next = memory_.data();
    for (std::uint64_t phase = 0; phase < kPhaseRing; ++phase)
        for (std::size_t part = 0; part < parts_; ++part)
            for (std::uint32_t step = 0; step < steps_; ++step) {
                list(phase, part, step).neurons = next;
                next += parts[part].slots.size();
            }
    for (const TraceSpec& trace : plan.description.traces)
        sample_count_ += trace.neurons.size() * trace.variables.size();
    samples_.resize(kPhaseRing * steps_ * sample_count_);
}

}  // namespace izhi::detail
