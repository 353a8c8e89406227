// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/phase_log.hpp"

namespace izhi::detail {

PhaseLog::PhaseLog(const Plan& plan, const Ranks& ranks, const std::vector<PartBlocks>& parts)
    : parts_(parts.size()), first_own_(ranks.own()), list_count_(ranks.count() - 1 + parts.size()),
      steps_(steps_per_phase(plan)), memory_(std::size_t{ranks.own_slots().size()} * steps_ * kPhaseRing + simd::kPad),
      others_(ranks.alone() ? 0 : std::size_t{plan.neurons - ranks.own_neurons().size()} * steps_ * kPhaseRing),
      lists_(kPhaseRing * list_count_ * steps_) {
    std::uint32_t *next = memory_.data(), *next_other = others_.data();
    for (std::uint64_t phase = 0; phase < kPhaseRing; ++phase)
        for (std::uint32_t step = 0; step < steps_; ++step) {
            for (std::size_t part = 0; part < parts_; ++part) {
                list(phase, part, step).neurons = next;
                next += parts[part].slots.size();
            }
            for (std::size_t rank = 0; rank < ranks.count(); ++rank) {
                if (rank == ranks.own()) continue;
                list_from(phase, rank, step).neurons = next_other;
                next_other += ranks.neurons[rank].size();
            }
        }
    for (const TraceSpec& trace : plan.description.traces)
        sample_count_ += trace.neurons.size() * trace.variables.size();
    samples_.resize(kPhaseRing * steps_ * sample_count_);
}

}  // namespace izhi::detail
