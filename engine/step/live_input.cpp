// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/live_input.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <variant>

#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "engine/network/law.hpp"
#include "engine/network/leak.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

constexpr double kNoiseLimit = 1e4;  // as for PopulationSpec::noise_stddev

Range neurons_of(const Plan& plan, const Selection& selection) { return Check{}.selection(plan, selection, ""); }

/// The largest standard deviation of a population's noise.
double largest_noise(const PopulationSpec& population) {
    if (const std::vector<double>* const given = values_of(population, "noise_stddev"); given && !given->empty())
        return *std::max_element(given->begin(), given->end());
    return Law(population.noise_stddev).highest();
}

/// Neurons listed by number within `target`.
void check_neurons(const Check& check, const std::vector<std::uint32_t>& neurons, const Range& target) {
    for (const std::uint32_t neuron : neurons)
        if (neuron >= target.size())
            check.fail("neurons", "holds " + std::to_string(neuron), index_range(target.size()));
}

void check_first(const Check& check, std::uint32_t first, const Range& target) {
    if (first >= target.size()) check.fail("first", "is " + std::to_string(first), index_range(target.size()));
}

/// Checks one kind of intervention; its errors name it as kind_of() does.
struct Checker {
    const Plan& plan;
    Check check;

    /// None of some neurons is a spike source.
    void receives(const Range& neurons, const char* field) const {
        if (const auto source = plan.source_in(neurons))
            check.fail(field,
                       "are for population." + plan.description.populations[*source].name +
                           ", too, whose neurons are spike sources",
                       "neurons with a membrane");
    }

    void operator()(const NoiseScale& noise) const {
        (void)check.selection(plan, noise.population, "population");
        check.receives(plan, noise.population, "population");
        check.number("factor", noise.factor, 0.0, kMostFactor);
        const double stddev = largest_noise(plan.description.populations[noise.population.index]) * noise.factor;
        if (stddev > kNoiseLimit) check.number("noise_stddev times factor", stddev, 0.0, kNoiseLimit);
    }
    void operator()(const PopulationCurrent& current) const {
        (void)check.selection(plan, current.population, "population");
        check.receives(plan, current.population, "population");
        check.number("current", current.current, -kCurrentLimit, kCurrentLimit);
    }
    void operator()(const NeuronCurrents& own) const {
        const Range target = check.selection(plan, own.target, "target");
        check_first(check, own.first, target);
        const std::uint32_t room = target.size() - own.first;
        if (own.currents.empty() || own.currents.size() > room)
            check.fail("currents", "are " + std::to_string(own.currents.size()), index_range(room, 1));
        receives({target.begin + own.first, target.begin + own.first + static_cast<std::uint32_t>(own.currents.size())},
                 "currents");
        for (const float current : own.currents)
            check.number("currents", static_cast<double>(current), -kCurrentLimit, kCurrentLimit);
    }
    void operator()(const CurrentPulse& pulse) const {
        constexpr std::uint64_t longest = 1'000'000'000;
        const Range target = check.selection(plan, pulse.target, "target");
        check.receives(plan, pulse.target, "target");
        check.number("amplitude", pulse.amplitude, -kCurrentLimit, kCurrentLimit);
        if (pulse.steps == 0 || pulse.steps > longest)
            check.fail("steps", "are " + std::to_string(pulse.steps), "1 to " + std::to_string(longest));
        if (target.empty() && pulse.first == 0 && pulse.count.value_or(0) == 0) return;  // all of it: nobody
        check_first(check, pulse.first, target);
        const std::uint32_t room = target.size() - pulse.first, count = pulse.count.value_or(room);
        if (count == 0 || count > room) check.fail("count", "is " + std::to_string(count), index_range(room, 1));
    }
    void operator()(const InputSpikes& input) const {
        check.number("weight", input.weight, -kCurrentLimit, kCurrentLimit);
        const Range target = check.selection(plan, input.target, "target");
        check_neurons(check, input.neurons, target);
        if (!plan.source_in(target)) return;
        for (const std::uint32_t n : input.neurons) receives({target.begin + n, target.begin + n + 1}, "neurons");
    }
    void operator()(const ForcedSpikes& forced) const {
        check_neurons(check, forced.neurons, check.selection(plan, forced.target, "target"));
    }
    void operator()(const WeightScale& scale) const {
        const std::size_t projections = plan.projections.size(), projection = scale.projection.index;
        if (projections == 0) check.fail("projection", "is given, but the network has none");
        check.assigned(plan, scale.projection, "projection");
        if (projection >= projections)
            check.fail("projection", "is number " + std::to_string(projection),
                       "0 to " + std::to_string(projections - 1));
        if (plan.projections[projection].plastic)
            check.fail("projection", "is number " + std::to_string(projection) + ", which is plastic",
                       "one without plasticity");
        check.number("factor", scale.factor, 0.0, kMostFactor);
        if (const double largest = plan.projections[projection].largest_weight * scale.factor; largest > kCurrentLimit)
            check.number("largest weight times factor", largest, 0.0, kCurrentLimit);
    }
    void operator()(const Dopamine& dopamine) const {
        if (!plan.plastic()) check.fail("", "is given, but the network has no plastic projection");
        check.number("amount", dopamine.amount, -kMostDopamine, kMostDopamine);
    }
    void operator()(const SourceRates& rates) const {
        const Range target = check.selection(plan, rates.population, "population");
        const std::optional<SpikeSource>& source = plan.description.populations[rates.population.index].source;
        if (!source || !std::holds_alternative<PoissonSource>(*source))
            check.fail("population", "is \"" + plan.description.populations[rates.population.index].name + "\"",
                       "a population with model = \"poisson\"");
        check_first(check, rates.first, target);
        const std::uint32_t room = target.size() - rates.first;
        if (rates.rates_hz.empty() || rates.rates_hz.size() > room)
            check.fail("rates_hz", "are " + std::to_string(rates.rates_hz.size()), index_range(room, 1));
        for (const float rate : rates.rates_hz)
            if (rate != kRateAsDescribed)
                check.number("rates_hz", static_cast<double>(rate), 0.0, 1000.0 / plan.description.spec.dt_ms);
    }
    void operator()(const SynapseWeight& set) const {
        check_synapse(check, plan, set.synapse);
        const Plasticity& bounds = *plan.description.projections[set.synapse.projection.index].spec.plasticity;
        check.number("weight", set.weight, bounds.lowest, bounds.highest);
    }
};

}  // namespace

void check_intervention(const Plan& plan, const Intervention& intervention) {
    // The name is made only where something is wrong: runs check thousands of interventions in a second.
    try {
        std::visit(Checker{plan, {}}, intervention);
    } catch (const Error&) {
        std::visit(Checker{plan, {std::string(kind_of(intervention))}}, intervention);
        throw;
    }
}

LiveInput::LiveInput(const Plan& plan, const std::vector<Block>& blocks, const Range& own)
    : plan_(plan), blocks_(blocks), our_slots_(own) {}

void LiveInput::prepare() {
    if (!blocks_live_.empty()) return;
    population_currents_.resize(plan_.populations.size());
    own_ = AlignedArray<float>(plan_.slots, our_slots_.begin, our_slots_.end);
    once_ = AlignedArray<float>(plan_.slots, our_slots_.begin, our_slots_.end);
    forced_ = AlignedArray<std::uint64_t>(plan_.slots / 64, our_slots_.begin / 64, our_slots_.end / 64);
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
        if (our_slots_.contains(blocks_[index].first_slot)) use(blocks_live_[index]);
}

void LiveInput::set(const PopulationCurrent& intervention) {
    const Range range = neurons_of(plan_, intervention.population);
    if (range.empty()) return;  // nothing to add it to, and nothing to save
    population_currents_[intervention.population.index] = static_cast<float>(intervention.current);
    for_blocks_of(range, [](BlockLive& block) { block.currents = true; });
}

void LiveInput::set(const NeuronCurrents& intervention) {
    const Range target = neurons_of(plan_, intervention.target);
    std::uint32_t neuron = target.begin + intervention.first;
    for (const float current : intervention.currents)
        if (const std::uint32_t slot = plan_.slot_of(neuron++); our_slots_.contains(slot)) own_[slot] = current;
    for_blocks_of({target.begin + intervention.first, neuron},
                  [](BlockLive& block) { block.currents = block.own = true; });
}

void LiveInput::add(const CurrentPulse& intervention, std::uint64_t step) {
    const Range target = neurons_of(plan_, intervention.target);
    if (target.empty()) return;
    if (pulses_.size() == kMostPulses) std::erase_if(pulses_, [&](const Pulse& p) { return p.end_step <= step; });
    if (pulses_.size() == kMostPulses)
        Check{"current-pulse"}.fail("", "is one more than can be under way",
                                    std::to_string(kMostPulses) + " at a time");
    const std::uint32_t count = intervention.count.value_or(target.size() - intervention.first);
    const std::uint32_t begin = target.begin + intervention.first;
    pulses_.push_back({{begin, begin + count}, static_cast<float>(intervention.amplitude), step + intervention.steps});
    for_blocks_of(pulses_.back().neurons, [](BlockLive& block) { block.currents = true; });
}

void LiveInput::add(const InputSpikes& intervention) {
    const Range target = neurons_of(plan_, intervention.target);
    for (const std::uint32_t n : intervention.neurons) {
        const std::uint32_t neuron = target.begin + n, slot = plan_.slot_of(neuron);
        if (!our_slots_.contains(slot)) continue;
        const Model& model = plan_.description.populations[plan_.population_of(neuron)].cell.model;
        once_[slot] +=
            static_cast<float>(arrival(DeltaCurrent{}, model, plan_.description.spec.dt_ms, intervention.weight));
        BlockLive& block = blocks_live_[block_of(neuron)];
        block.currents = block.once = true;
    }
}

void LiveInput::add(const ForcedSpikes& intervention) {
    const Range target = neurons_of(plan_, intervention.target);
    for (const std::uint32_t n : intervention.neurons) {
        const std::uint32_t neuron = target.begin + n, slot = plan_.slot_of(neuron);
        if (!our_slots_.contains(slot)) continue;
        forced_[slot / 64] |= std::uint64_t{1} << (slot % 64);
        blocks_live_[block_of(neuron)].forced = true;
    }
}

void LiveInput::add_to(std::uint32_t index, const Block& block, std::uint64_t step, float* current) noexcept {
    BlockLive& live = blocks_live_[index];
    const float* const own = own_.data() + block.first_slot;
    bool any_shared = false, pulsed = false;
    for (std::uint32_t p = block.populations.begin; p < block.populations.end; ++p) {
        const float shared = population_currents_[p];
        const Range here = neurons_in(block, plan_.populations[p]);
        if (live.own) {
            for (std::uint32_t i = here.begin; i < here.end; ++i) current[i] += shared + own[i];
        } else if (shared != 0.0f) {
            for (std::uint32_t i = here.begin; i < here.end; ++i) current[i] += shared;
        }
        any_shared = any_shared || shared != 0.0f;
    }
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
    live.currents = live.own || any_shared || pulsed;
}

void LiveInput::force(std::uint32_t index, const Block& block, std::uint64_t* fired, Columns& columns,
                      bool reset) noexcept {
    const Columns::PopulationParameters& p = columns.populations[block.populations.begin];
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

namespace {

/// Sets part of an array to zero; one that does not exist yet is left alone.
template <class T>
void clear(AlignedArray<T>& values, const Range& part) noexcept {
    if (!values.empty()) std::fill(values.data() + part.begin, values.data() + part.end, T{});
}

}  // namespace

bool LiveInput::acts() const noexcept {
    // Where no block has anything to look at there is nothing. Blocks may still look for what has ended.
    if (std::none_of(blocks_live_.begin(), blocks_live_.end(), [](const auto& b) { return b.currents || b.forced; }))
        return false;
    const auto any = [](const auto& values, std::size_t begin, std::size_t end) {
        return std::any_of(values.data() + begin, values.data() + end, [](auto x) { return x != 0; });
    };
    const auto& [begin, end] = our_slots_;
    return !pulses_.empty() || any(population_currents_, 0, population_currents_.size()) || any(own_, begin, end) ||
           any(once_, begin, end) || any(forced_, begin / 64, end / 64);
}

void LiveInput::transfer(Archive& a, std::uint64_t now) {
    a.section("live input");
    if (a.writing()) std::erase_if(pulses_, [&](const Pulse& pulse) { return pulse.end_step <= now; });
    if (!a.has(a.anywhere(acts()))) {
        // As prepare() leaves it: this one may have had some before.
        if (a.reading()) {
            std::fill(population_currents_.begin(), population_currents_.end(), 0.0f);
            clear(own_, our_slots_);
            clear(once_, our_slots_);
            clear(forced_, {our_slots_.begin / 64, our_slots_.end / 64});
            std::fill(blocks_live_.begin(), blocks_live_.end(), BlockLive{});
            pulses_.clear();
        }
        return;
    }
    prepare();
    a.array(std::span(population_currents_));
    a.by_neuron(plan_, own_);
    a.by_neuron(plan_, once_);
    transfer_forced(a);
    a.sequence(pulses_, kMostPulses, [this](Archive& at, Pulse& pulse) {
        at.value(pulse.neurons.begin, "the first neuron of a pulse", 0u, plan_.neurons);
        at.value(pulse.neurons.end, "the end of a pulse's neurons", 0u, plan_.neurons);
        at.value(pulse.amplitude);
        at.value(pulse.end_step);
    });
    for (std::size_t b = 0; a.reading() && b < blocks_.size(); ++b) {
        if (!our_slots_.contains(blocks_[b].first_slot)) continue;
        const auto any = [&, begin = blocks_[b].first_slot, count = blocks_[b].slots](const auto& column) {
            return std::any_of(column.data() + begin, column.data() + begin + count, [](auto x) { return x != 0; });
        };
        const std::uint64_t* const forced = forced_.data() + blocks_[b].first_slot / 64;
        blocks_live_[b] = {true, any(own_), any(once_),
                           std::any_of(forced, forced + blocks_[b].slots / 64, [](auto bits) { return bits != 0; })};
    }
}

void LiveInput::transfer_forced(Archive& a) {
    std::vector<std::uint32_t> neurons;
    // Mostly there are none, which is seen at once.
    const std::uint64_t* const bitmap = forced_.data();
    const bool any = std::any_of(bitmap + our_slots_.begin / 64, bitmap + our_slots_.end / 64,
                                 [](std::uint64_t bits) { return bits != 0; });
    for (std::uint32_t n = 0; any && n < plan_.neurons; ++n)
        if (const std::uint32_t slot = plan_.slot_of(n);
            our_slots_.contains(slot) && (forced_[slot / 64] >> (slot % 64) & 1) != 0)
            neurons.push_back(n);
    a.collect(neurons);
    a.sequence(neurons, plan_.neurons, [this](Archive& at, std::uint32_t& neuron) {
        at.value(neuron, "a neuron made to fire", 0u, plan_.neurons - 1);
    });
    if (!a.reading()) return;
    clear(forced_, {our_slots_.begin / 64, our_slots_.end / 64});
    for (const std::uint32_t neuron : neurons) {
        const std::uint32_t slot = plan_.slot_of(neuron);
        if (our_slots_.contains(slot)) forced_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    }
}

}  // namespace izhi::detail
