// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/sources.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <stdexcept>
#include <utility>

#include "engine/network/check.hpp"
#include "engine/network/random.hpp"
#include "engine/state/columns.hpp"
#include "engine/step/stimulus.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {

Sources::Sources(const Plan& plan, const std::vector<Block>& blocks, const simd::Kernels& kernels)
    : plan_(plan), blocks_(blocks), kernels_(kernels), populations_(plan.populations.size()) {
    for (std::size_t p = 0; p < populations_.size(); ++p) {
        const std::optional<SpikeSource>& source = plan.description.populations[p].source;
        if (!source || plan.populations[p].size == 0) continue;
        populations_[p].poisson = std::get_if<PoissonSource>(&*source);
        if (populations_[p].poisson) make_rates(p);
        else if (std::holds_alternative<SpikeTrains>(*source)) make_trains(p);
        else make_feed(p);
    }
}

std::uint32_t Sources::threshold_of(double rate_hz) const noexcept {
    const double probability = rate_hz * plan_.description.spec.dt_ms / 1000.0;
    return static_cast<std::uint32_t>(std::min(std::floor(probability * 0x1p32 + 0.5), 4294967295.0));
}

std::uint32_t Sources::first_block_of(const PopulationPlan& population) const noexcept {
    const auto found = std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& b) {
        return b.first_slot == population.first_slot && b.slots > 0;
    });
    return static_cast<std::uint32_t>(found - blocks_.begin());
}

void Sources::make_rates(std::size_t p) {
    Population& own = populations_[p];
    const PopulationPlan& planned = plan_.populations[p];
    own.threshold =
        own.poisson->rate_hz.kind == Distribution::Kind::constant ? threshold_of(own.poisson->rate_hz.p0) : 0;
    own.thresholds.clear();
    const bool same = own.poisson->rate_hz.kind == Distribution::Kind::constant &&
                      !values_of(plan_.description.populations[p], "rate_hz");
    if (same && own.live_rates.empty()) return;
    const Law law = own.poisson->rate_hz;
    own.thresholds.resize(planned.size);
    for (std::uint32_t i = 0; i < planned.size; ++i) own.thresholds[i] = live_threshold(p, law, i);
}

std::uint32_t Sources::live_threshold(std::size_t p, const Law& law, std::uint32_t neuron) const {
    const std::vector<float>& live = populations_[p].live_rates;
    const bool set = !live.empty() && live[neuron] >= 0.0f;
    return threshold_of(set ? static_cast<double>(live[neuron])
                            : value_of_neuron(plan_, p, "rate_hz", law, Stream::source_rate, neuron));
}

void Sources::make_trains(std::size_t p) {
    trains_.resize(blocks_.size());
    const auto& described = std::get<SpikeTrains>(*plan_.description.populations[p].source);
    std::vector<std::uint64_t> places;
    places.reserve(described.spikes.size());
    for (const SpikeTrains::Event& spike : described.spikes)
        places.push_back(step_of_spike(spike.time_ms, plan_.description.spec.dt_ms) << 32 | spike.neuron);
    std::sort(places.begin(), places.end());
    const std::uint32_t first = first_block_of(plan_.populations[p]);
    for (const std::uint64_t place : places) {
        const auto neuron = static_cast<std::uint32_t>(place);
        Trains& trains = trains_[first + neuron / kBlockSlots];
        trains.steps.push_back(static_cast<std::uint32_t>(place >> 32));
        trains.lanes.push_back(static_cast<std::uint16_t>(neuron % kBlockSlots));
    }
}

void Sources::fire(std::uint32_t index, const Block& block, std::uint64_t step, std::uint64_t* fired) noexcept {
    std::fill_n(fired, block.slots / 64, 0);
    const Population& population = populations_[block.populations.begin];
    if (population.poisson) fire_poisson(population, block, step, fired);
    else if (population.feed != kNoFeed) fire_feed(feeds_[population.feed], block, step, fired);
    else fire_trains(trains_[index], step, fired);
}

void Sources::make_feed(std::size_t p) {
    Feed feed;
    feed.population = p;
    feed.reader = std::get<SpikeStream>(*plan_.description.populations[p].source).open();
    if (!feed.reader)
        throw Error("population." + plan_.description.populations[p].name, "spikes", "cannot be opened",
                    "a function that returns a reader");
    feed.words = plan_.populations[p].slots / 64;
    feed.fired.resize(feed.words * steps_per_phase(plan_));
    populations_[p].feed = feeds_.size();
    feeds_.push_back(std::move(feed));
}

bool Sources::prepare(std::uint64_t first_step, std::uint32_t steps) noexcept {
    for (Feed& feed : feeds_) {
        try {
            prepare(feed, first_step, steps);
        } catch (const std::exception& error) {
            feed.events.clear();
            fault_ = "population." + plan_.description.populations[feed.population].name + ": " + error.what();
            return false;
        }
    }
    fault_.clear();
    return true;
}

void Sources::prepare(Feed& feed, std::uint64_t first_step, std::uint32_t steps) {
    const double dt_ms = plan_.description.spec.dt_ms;
    for (const std::size_t word : feed.used) feed.fired[word] = 0;
    feed.used.clear();
    if (first_step < feed.first_step || first_step > feed.end_step || !fault_.empty()) {  // the run is elsewhere
        // A spike belongs to the nearest step: half a step earlier, and a little for rounding.
        feed.reader->seek(std::max(0.0, (static_cast<double>(first_step) - 1.0) * dt_ms));
        feed.events.clear();
        feed.next = 0;
    }
    feed.first_step = first_step;
    feed.end_step = first_step + steps;
    const std::uint32_t size = plan_.populations[feed.population].size;
    std::size_t at = feed.next;
    for (;;) {
        if (at == feed.events.size()) {
            // Spikes of the steps to come stay until these steps are over, because they may be prepared once more.
            feed.events.erase(feed.events.begin(), feed.events.begin() + static_cast<std::ptrdiff_t>(feed.next));
            at -= feed.next;
            feed.next = 0;
            feed.reader->read(feed.piece);
            if (feed.piece.empty()) return;
            feed.events.insert(feed.events.end(), feed.piece.begin(), feed.piece.end());
        }
        const SpikeTrains::Event& spike = feed.events[at];
        const std::uint64_t step = step_of_spike(spike.time_ms, dt_ms);
        if (step >= feed.end_step) return;
        ++at;
        if (step < first_step) {
            feed.next = at;
            continue;
        }
        if (spike.neuron >= size) throw std::runtime_error("a spike of neuron " + std::to_string(spike.neuron));
        const std::size_t word = (step - first_step) * feed.words + spike.neuron / 64;
        if (feed.fired[word] == 0) feed.used.push_back(word);
        feed.fired[word] |= std::uint64_t{1} << (spike.neuron % 64);
    }
}

void Sources::check() const {
    if (!fault_.empty()) throw RunError(fault_);
}

void Sources::fire_feed(const Feed& feed, const Block& block, std::uint64_t step, std::uint64_t* fired) const noexcept {
    const std::uint32_t first = block.first_slot - plan_.populations[feed.population].first_slot;
    std::copy_n(feed.fired.data() + (step - feed.first_step) * feed.words + first / 64, block.slots / 64, fired);
}

void Sources::fire_trains(Trains& trains, std::uint64_t step, std::uint64_t* fired) noexcept {
    const std::vector<std::uint32_t>& steps = trains.steps;
    // After a restart the place is another one.
    const bool behind = trains.next < steps.size() && steps[trains.next] < step;
    const bool beyond = trains.next > 0 && steps[trains.next - 1] >= step;
    if (behind || beyond)
        trains.next = static_cast<std::size_t>(std::lower_bound(steps.begin(), steps.end(), step) - steps.begin());
    for (; trains.next < steps.size() && steps[trains.next] == step; ++trains.next) {
        const std::uint32_t lane = trains.lanes[trains.next];
        fired[lane / 64] |= std::uint64_t{1} << (lane % 64);
    }
}

void Sources::fire_poisson(const Population& population, const Block& block, std::uint64_t step,
                           std::uint64_t* fired) const noexcept {
    const std::uint32_t first = block.first_neuron - plan_.populations[block.populations.begin].first_neuron;
    const Waveform* const course = population.poisson->course ? &*population.poisson->course : nullptr;
    alignas(64) std::uint32_t thresholds[kBlockSlots];
    const std::uint32_t* limits = thresholds;
    if (course) {
        const SamplePlace place = place_of(*course, step, plan_.description.spec.dt_ms);
        if (!place.inside && population.live_rates.empty()) return;
        for (std::uint32_t i = 0; i < block.neurons; ++i) {
            const bool live = !population.live_rates.empty() && population.live_rates[first + i] >= 0.0f;
            thresholds[i] = live           ? population.thresholds[first + i]
                            : place.inside ? threshold_of(sample_of(*course, place, first + i))
                                           : 0;
            if (course->columns == 1 && population.live_rates.empty()) {
                std::fill_n(thresholds + 1, block.neurons - 1, thresholds[0]);
                break;
            }
        }
    } else if (population.thresholds.empty()) {
        if (population.threshold == 0) return;
        std::fill_n(thresholds, block.neurons, population.threshold);
    } else {
        limits = population.thresholds.data() + first;
        if (std::all_of(limits, limits + block.neurons, [](std::uint32_t t) { return t == 0; })) return;
    }
    alignas(64) std::uint32_t words[kBlockSlots];
    kernels_.hash(words, block.slots, block.first_neuron,
                  draw_key(plan_.description.spec.seed, Stream::source_spikes, 0, step));
    for (std::uint32_t word = 0; word * 64 < block.neurons; ++word) {
        std::uint64_t bits = 0;
        const std::uint32_t lanes = std::min(block.neurons - word * 64, 64u);
        for (std::uint32_t lane = 0; lane < lanes; ++lane)
            bits |= std::uint64_t{words[word * 64 + lane] < limits[word * 64 + lane]} << lane;
        fired[word] = bits;
    }
}

void Sources::set(const SourceRates& intervention) {
    const std::size_t p = intervention.population.index;
    Population& own = populations_[p];
    if (own.live_rates.empty()) own.live_rates.assign(plan_.populations[p].size, -1.0f);
    if (own.thresholds.empty()) make_rates(p);
    const Law law = own.poisson->rate_hz;
    for (std::size_t i = 0; i < intervention.rates_hz.size(); ++i) {
        const auto neuron = static_cast<std::uint32_t>(intervention.first + i);
        own.live_rates[neuron] = intervention.rates_hz[i];
        own.thresholds[neuron] = live_threshold(p, law, neuron);
    }
}

void Sources::transfer(Archive& a) {
    for (std::size_t p = 0; p < populations_.size(); ++p) {
        Population& own = populations_[p];
        if (!own.poisson) continue;
        a.section("spike sources");
        std::vector<float> rates = own.live_rates;
        if (!a.has(!rates.empty())) rates.clear();
        else {
            rates.resize(plan_.populations[p].size);
            a.array(std::span(rates));
        }
        if (!a.reading()) continue;
        const double most = 1000.0 / plan_.description.spec.dt_ms;
        for (float& rate : rates)  // whatever the file holds
            if (!(static_cast<double>(rate) <= most)) rate = -1.0f;
        own.live_rates = std::move(rates);
        make_rates(p);
    }
}

}  // namespace izhi::detail
