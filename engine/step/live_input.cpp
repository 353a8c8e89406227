// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/live_input.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "engine/network/check.hpp"
#include "engine/network/text.hpp"

namespace izhi::detail {
namespace {

/// Neurons listed by number within `target`.
void check_neurons(const Check& check, const std::vector<std::uint32_t>& neurons, const Range& target) {
    for (const std::uint32_t neuron : neurons)
        if (neuron >= target.size())
            check.fail("neurons", "holds " + std::to_string(neuron), "0 to " + std::to_string(target.size() - 1));
}

void check_first(const Check& check, std::uint32_t first, const Range& target) {
    if (first >= target.size())
        check.fail("first", "is " + std::to_string(first), "0 to " + std::to_string(target.size() - 1));
}

}  // namespace

LiveInput::LiveInput(const Plan& plan, const std::vector<Block>& blocks) : plan_(plan), blocks_(blocks) {}

void LiveInput::prepare() {
    if (!blocks_live_.empty()) return;
    population_currents_.resize(plan_.populations.size());
    own_.resize(plan_.slots);
    once_.resize(plan_.slots);
    forced_.resize(plan_.slots / 64);
    pulses_.reserve(kMostPulses);
    blocks_live_.resize(blocks_.size());  // last: what follows counts on all of it
}

std::uint32_t LiveInput::block_of(std::uint32_t neuron) const noexcept {
    const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), neuron,
                                        [](std::uint32_t n, const Block& b) { return n < b.first_neuron; });
    return static_cast<std::uint32_t>(after - blocks_.begin() - 1);
}

template <class Use>
void LiveInput::for_blocks_of(const Range& neurons, const Use& use) {
    for (std::uint32_t index = block_of(neurons.begin);
         index < blocks_.size() && blocks_[index].first_neuron < neurons.end; ++index)
        use(blocks_live_[index]);
}

void LiveInput::set(const PopulationCurrent& intervention) {
    const Check check{"population-current"};
    const Range range = check.selection(plan_, intervention.population, "population");
    check.number("current", intervention.current, -kCurrentLimit, kCurrentLimit);
    population_currents_[intervention.population.index] = static_cast<float>(intervention.current);
    for_blocks_of(range, [](BlockLive& block) { block.currents = true; });
}

void LiveInput::set(const NeuronCurrents& intervention) {
    const Check check{"neuron-currents"};
    const Range target = check.selection(plan_, intervention.target, "target");
    check_first(check, intervention.first, target);
    const std::uint32_t room = target.size() - intervention.first;
    if (intervention.currents.empty() || intervention.currents.size() > room)
        check.fail("currents", "are " + std::to_string(intervention.currents.size()), "1 to " + std::to_string(room));
    for (const float current : intervention.currents)
        check.number("currents", static_cast<double>(current), -kCurrentLimit, kCurrentLimit);
    std::uint32_t neuron = target.begin + intervention.first;
    for (const float current : intervention.currents) own_[plan_.slot_of(neuron++)] = current;
    for_blocks_of({target.begin + intervention.first, neuron},
                  [](BlockLive& block) { block.currents = block.own = true; });
}

void LiveInput::add(const CurrentPulse& intervention, std::uint64_t step) {
    constexpr std::uint64_t longest = 1'000'000'000;
    const Check check{"current-pulse"};
    const Range target = check.selection(plan_, intervention.target, "target");
    check.number("amplitude", intervention.amplitude, -kCurrentLimit, kCurrentLimit);
    if (intervention.steps == 0 || intervention.steps > longest)
        check.fail("steps", "are " + std::to_string(intervention.steps), "1 to " + std::to_string(longest));
    check_first(check, intervention.first, target);
    const std::uint32_t room = target.size() - intervention.first, count = intervention.count.value_or(room);
    if (count == 0 || count > room) check.fail("count", "is " + std::to_string(count), "1 to " + std::to_string(room));
    if (pulses_.size() == kMostPulses) std::erase_if(pulses_, [&](const Pulse& p) { return p.end_step <= step; });
    if (pulses_.size() == kMostPulses)
        check.fail("", "is one more than can be under way", std::to_string(kMostPulses) + " at a time");
    const std::uint32_t begin = target.begin + intervention.first;
    pulses_.push_back({{begin, begin + count}, static_cast<float>(intervention.amplitude), step + intervention.steps});
    for_blocks_of(pulses_.back().neurons, [](BlockLive& block) { block.currents = true; });
}

void LiveInput::add(const InputSpikes& intervention) {
    const Check check{"input-spikes"};
    const Range target = check.selection(plan_, intervention.target, "target");
    check.number("weight", intervention.weight, -kCurrentLimit, kCurrentLimit);
    check_neurons(check, intervention.neurons, target);
    for (const std::uint32_t n : intervention.neurons) {
        const std::uint32_t neuron = target.begin + n;
        once_[plan_.slot_of(neuron)] += static_cast<float>(intervention.weight);
        BlockLive& block = blocks_live_[block_of(neuron)];
        block.currents = block.once = true;
    }
}

void LiveInput::add(const ForcedSpikes& intervention) {
    const Check check{"forced-spikes"};
    const Range target = check.selection(plan_, intervention.target, "target");
    check_neurons(check, intervention.neurons, target);
    for (const std::uint32_t n : intervention.neurons) {
        const std::uint32_t neuron = target.begin + n, slot = plan_.slot_of(neuron);
        forced_[slot / 64] |= std::uint64_t{1} << (slot % 64);
        blocks_live_[block_of(neuron)].forced = true;
    }
}

void LiveInput::add_to(std::uint32_t index, const Block& block, std::uint64_t step, float* current) noexcept {
    BlockLive& live = blocks_live_[index];
    const float shared = population_currents_[block.population];
    const float* const own = own_.data() + block.first_slot;
    if (live.own) {
        for (std::uint32_t i = 0; i < block.neurons; ++i) current[i] += shared + own[i];
    } else if (shared != 0.0f) {
        for (std::uint32_t i = 0; i < block.neurons; ++i) current[i] += shared;
    }
    bool pulsed = false;
    for (const Pulse& pulse : pulses_) {
        if (step >= pulse.end_step) continue;
        const std::uint32_t begin = std::max(pulse.neurons.begin, block.first_neuron);
        const std::uint32_t end = std::min(pulse.neurons.end, block.first_neuron + block.neurons);
        for (std::uint32_t n = begin; n < end; ++n) current[n - block.first_neuron] += pulse.amplitude;
        pulsed = pulsed || begin < end;
    }
    if (live.once) {
        float* const once = once_.data() + block.first_slot;
        for (std::uint32_t i = 0; i < block.neurons; ++i) current[i] += once[i];
        std::fill_n(once, block.slots, 0.0f);
        live.once = false;
    }
    live.currents = live.own || shared != 0.0f || pulsed;
}

void LiveInput::force(std::uint32_t index, const Block& block, std::uint64_t* fired, Columns& columns,
                      bool reset) noexcept {
    const Columns::PopulationParameters& p = columns.populations[block.population];
    for (std::uint32_t word = 0; word < block.slots / 64; ++word) {
        std::uint64_t& forced = forced_[block.first_slot / 64 + word];
        for (std::uint64_t bits = reset ? forced & ~fired[word] : 0; bits != 0; bits &= bits - 1) {
            const std::uint32_t slot =
                block.first_slot + word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
            columns.v[slot] = p.c.at(slot);
            columns.u[slot] += p.d.at(slot);
        }
        fired[word] |= forced;
        forced = 0;
    }
    blocks_live_[index].forced = false;
}

}  // namespace izhi::detail
