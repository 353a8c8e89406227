// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/probes.hpp"

#include <algorithm>

namespace izhi::detail {

Probes::Probes(const Plan& plan, const std::vector<Block>& blocks) {
    std::vector<std::vector<Probe>> by_block(blocks.size());
    std::uint32_t place = 0;
    for (const TraceSpec& trace : plan.description.traces) {
        const PopulationPlan& population = plan.populations[trace.population.index];
        const std::uint64_t interval = to_steps(trace.interval_ms, plan.description.spec.dt_ms, 1);
        for (const Variable variable : trace.variables)
            for (const std::uint32_t neuron : trace.neurons) {
                const std::uint32_t slot = population.first_slot + neuron;
                const auto after = std::upper_bound(blocks.begin(), blocks.end(), slot,
                                                    [](std::uint32_t s, const Block& b) { return s < b.first_slot; });
                const auto block = static_cast<std::size_t>(after - blocks.begin() - 1);
                by_block[block].push_back({slot - blocks[block].first_slot, variable, interval, place++});
            }
    }
    offsets_.push_back(0);
    for (const auto& probes : by_block) {
        probes_.insert(probes_.end(), probes.begin(), probes.end());
        offsets_.push_back(static_cast<std::uint32_t>(probes_.size()));
    }
}

void Probes::sample(std::uint32_t index, const Block& block, std::uint64_t step, const Columns& columns, float peak,
                    const float* current, const std::uint64_t* fired, float* samples) const noexcept {
    for (std::uint32_t i = offsets_[index]; i < offsets_[index + 1]; ++i) {
        const Probe& probe = probes_[i];
        if ((step + 1) % probe.interval != 0) continue;
        const bool spiked = (fired[probe.lane / 64] >> (probe.lane % 64) & 1) != 0;
        switch (probe.variable) {
            case Variable::v: samples[probe.place] = spiked ? peak : columns.v[block.first_slot + probe.lane]; break;
            case Variable::u: samples[probe.place] = columns.u[block.first_slot + probe.lane]; break;
            case Variable::current: samples[probe.place] = current[probe.lane]; break;
        }
    }
}

}  // namespace izhi::detail
