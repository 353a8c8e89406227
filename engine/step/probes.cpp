// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/probes.hpp"

#include <algorithm>

namespace izhi::detail {
namespace {

/// Lays the items of all blocks one after the other.
template <class Item>
void lay_out(const std::vector<std::vector<Item>>& by_block, std::vector<Item>& items,
             std::vector<std::uint32_t>& offsets) {
    std::size_t count = 0;
    for (const auto& own : by_block) count += own.size();
    items.reserve(count);
    offsets.push_back(0);
    for (const auto& own : by_block) {
        items.insert(items.end(), own.begin(), own.end());
        offsets.push_back(static_cast<std::uint32_t>(items.size()));
    }
}

/// Whether a variable is read from the state and the input of its block.
bool is_of_block(Variable variable) {
    return variable == Variable::v || variable == Variable::u || variable == Variable::current;
}

}  // namespace

Probes::Probes(const Plan& plan, const std::vector<Block>& blocks) {
    std::vector<std::vector<Probe>> by_block(blocks.size());
    std::vector<std::vector<Tap>> taps_by_block(blocks.size());
    std::uint32_t place = 0;
    for (const TraceSpec& trace : plan.description.traces) {
        const PopulationPlan& population = plan.populations[trace.population.index];
        const std::uint64_t interval = to_steps(trace.interval_ms, plan.description.spec.dt_ms, 1);
        for (const Variable variable : trace.variables) {
            std::vector<std::size_t> shown;
            for (std::size_t b = plan.channels.size(); b < plan.buffers(); ++b)
                if (plan.shows(b, trace, variable)) shown.push_back(b);
            for (const std::uint32_t neuron : trace.neurons) {
                const std::uint32_t slot = population.first_slot + neuron;
                const auto after = std::upper_bound(blocks.begin(), blocks.end(), slot,
                                                    [](std::uint32_t s, const Block& b) { return s < b.first_slot; });
                const auto block = static_cast<std::size_t>(after - blocks.begin() - 1);
                const std::uint32_t lane = slot - blocks[block].first_slot;
                if (is_of_block(variable)) by_block[block].push_back({lane, variable, interval, place});
                for (const std::size_t buffer : shown)
                    taps_by_block[block].push_back({lane, buffer, variable == Variable::conductance, place});
                if (variable == Variable::short_term_u || variable == Variable::short_term_x)
                    source_probes_.push_back({trace.projection->index, slot, population.first_neuron + neuron,
                                              variable == Variable::short_term_x, place});
                ++place;
            }
        }
    }
    lay_out(by_block, probes_, offsets_);
    lay_out(taps_by_block, taps_, tap_offsets_);
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
            default: samples[probe.place] = current[probe.lane]; break;
        }
    }
}

void Probes::begin(std::uint32_t index, float* samples) const noexcept {
    for (std::uint32_t i = tap_offsets_[index]; i < tap_offsets_[index + 1]; ++i) samples[taps_[i].place] = 0.0f;
}

bool Probes::shows(std::uint32_t index, std::size_t buffer) const noexcept {
    return std::any_of(taps_.begin() + tap_offsets_[index], taps_.begin() + tap_offsets_[index + 1],
                       [&](const Tap& tap) { return tap.buffer == buffer; });
}

void Probes::add(std::uint32_t index, std::size_t buffer, const float* current, const float* conductance,
                 float* samples) const noexcept {
    for (std::uint32_t i = tap_offsets_[index]; i < tap_offsets_[index + 1]; ++i) {
        const Tap& tap = taps_[i];
        if (tap.buffer == buffer) samples[tap.place] += (tap.conductance ? conductance : current)[tap.lane];
    }
}

void Probes::sample_sources(std::size_t projection, const Range& slots, std::uint64_t step, const ShortTerm& short_term,
                            float* samples) const noexcept {
    for (const SourceProbe& probe : source_probes_) {
        if (probe.projection != projection || !slots.contains(probe.slot)) continue;
        const ShortTerm::Level level = short_term.level(probe.neuron, step);
        samples[probe.place] = probe.resources ? level.x : level.u;
    }
}

}  // namespace izhi::detail
