// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "held_rates.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <variant>

#include "izhi/live.hpp"

namespace izhi::wire {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

}  // namespace

bool has_rates(const Network& network, std::uint32_t population) {
    const std::optional<SpikeSource>& source = network.description().populations[population].source;
    return source && std::holds_alternative<PoissonSource>(*source);
}

HeldRates::HeldRates(const Network& network) : places_(network.population_count()) {
    std::size_t neurons = 0;
    for (std::uint32_t index = 0; index < network.population_count(); ++index) {
        if (!has_rates(network, index)) continue;
        places_[index] = populations_.size();
        populations_.push_back(
            {.index = index, .size = network.neurons({index}).size, .offset = neurons, .next_end = kNever});
        neurons += populations_.back().size;
    }
    rates_.assign(neurons, kRateAsDescribed);
    holders_.resize(neurons);
    changes_.reserve(populations_.size());
}

void HeldRates::set_session(std::size_t slot, std::uint32_t serial) noexcept {
    someone_left_ = someone_left_ || serials_[slot] != 0;
    serials_[slot] = serial;
}

void HeldRates::mark(Population& population, std::uint32_t begin, std::uint32_t end) noexcept {
    const bool none = population.begin == population.end;
    population.begin = none ? begin : std::min(population.begin, begin);
    population.end = none ? end : std::max(population.end, end);
}

void HeldRates::set(std::uint32_t population, std::uint32_t first, std::uint32_t count, float rate_hz,
                    std::uint32_t serial, std::uint64_t until) noexcept {
    Population& own = populations_[places_[population]];
    own.any = true;
    own.next_end = std::min(own.next_end, until);
    for (std::uint32_t neuron = first; neuron < first + count; ++neuron) {
        holders_[own.offset + neuron] = {until, serial};
        float& rate = rates_[own.offset + neuron];
        // The same rate again only changes how long it lasts.
        if (rate != rate_hz) mark(own, neuron, neuron + 1);
        rate = rate_hz;
    }
}

void HeldRates::drop_ended(Population& population, std::uint64_t step) noexcept {
    population.any = false;
    population.next_end = kNever;
    for (std::uint32_t neuron = 0; neuron < population.size; ++neuron) {
        Holder& holder = holders_[population.offset + neuron];
        if (holder.serial == 0) continue;
        const bool there = std::find(serials_.begin(), serials_.end(), holder.serial) != serials_.end();
        if (there && holder.until > step) {
            population.any = true;
            population.next_end = std::min(population.next_end, holder.until);
            continue;
        }
        holder = {};
        rates_[population.offset + neuron] = kRateAsDescribed;
        mark(population, neuron, neuron + 1);
    }
}

std::span<const HeldRates::Change> HeldRates::changes(std::uint64_t step) noexcept {
    changes_.clear();
    for (Population& population : populations_) {
        if (population.any && (someone_left_ || population.next_end <= step)) drop_ended(population, step);
        if (population.begin == population.end) continue;
        changes_.push_back(
            {population.index, population.begin,
             std::span(rates_).subspan(population.offset + population.begin, population.end - population.begin)});
        population.begin = population.end = 0;
    }
    someone_left_ = false;
    return changes_;
}

void HeldRates::clear() noexcept {
    std::fill(rates_.begin(), rates_.end(), kRateAsDescribed);
    std::fill(holders_.begin(), holders_.end(), Holder{});
    for (Population& population : populations_) {
        population.begin = population.end = 0;
        population.next_end = kNever;
        population.any = false;
    }
    someone_left_ = false;
}

}  // namespace izhi::wire
