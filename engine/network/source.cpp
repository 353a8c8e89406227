// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Checks of populations of spike sources.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/base/text.hpp"
#include "engine/network/check.hpp"

namespace izhi::detail {
namespace {

void check_rates(const Check& check, const PoissonSource& poisson, std::uint32_t size, double dt_ms) {
    const double most = 1000.0 / dt_ms;
    check.distribution("rate_hz", poisson.rate_hz, 0.0, most, true);
    if (!poisson.course) return;
    const Waveform& course = *poisson.course;
    if (course.columns != 1 && course.columns != size)
        check.fail("rates", "has " + std::to_string(course.columns) + " columns",
                   "1, or one for each of the " + std::to_string(size) + " neurons");
    if (course.samples.empty() || course.samples.size() % course.columns != 0)
        check.fail("rates", "has " + std::to_string(course.samples.size()) + " values", "whole rows, at least one");
    for (const double rate : course.samples) check.number("rates", rate, 0.0, most);
    check.number("interval_ms", course.interval_ms, 1e-3, 1e9);
    check.number("start_ms", course.start_ms, 0.0, 1e15);
}

void check_trains(const Check& check, const SpikeTrains& trains, std::uint32_t size, double dt_ms) {
    constexpr double most_steps = 4294967294.0;
    std::vector<std::uint64_t> places;  // step, then neuron
    places.reserve(trains.spikes.size());
    for (const SpikeTrains::Event& spike : trains.spikes) {
        if (!(spike.time_ms >= 0.0 && spike.time_ms / dt_ms <= most_steps))
            check.fail("spikes", "has one at " + number_text(spike.time_ms) + " ms",
                       "0 to " + number_text(most_steps * dt_ms));
        if (spike.neuron >= size)
            check.fail("spikes", "has one of neuron " + std::to_string(spike.neuron), index_range(size));
        places.push_back(step_of_spike(spike.time_ms, dt_ms) << 32 | spike.neuron);
    }
    std::sort(places.begin(), places.end());
    const auto twice = std::adjacent_find(places.begin(), places.end());
    if (twice == places.end()) return;
    check.fail("spikes",
               "has two of neuron " + std::to_string(*twice & 0xffffffffu) + " in the step at " +
                   number_text(static_cast<double>((*twice >> 32) + 1) * dt_ms) + " ms",
               "one spike of a neuron in a step; a smaller dt_ms keeps them apart");
}

}  // namespace

std::uint64_t step_of_spike(double time_ms, double dt_ms) noexcept {
    return static_cast<std::uint64_t>(std::max(std::floor(time_ms / dt_ms + 0.5), 1.0)) - 1;
}

void check_source(const Check& check, const PopulationSpec& population, double dt_ms) {
    check.values(population, "rate_hz", 0.0, 1000.0 / dt_ms);
    for (const NeuronValues& given : population.values)
        if (given.parameter != "rate_hz" || !std::holds_alternative<PoissonSource>(*population.source))
            check.fail(given.parameter, "has a value for each neuron, and is not a parameter of these sources",
                       "rate_hz of Poisson sources");
    if (const auto* poisson = std::get_if<PoissonSource>(&*population.source))
        check_rates(check, *poisson, population.size, dt_ms);
    else check_trains(check, std::get<SpikeTrains>(*population.source), population.size, dt_ms);
}

void Check::receives(const Plan& plan, const Selection& target, const char* field) const {
    if (!target.population) return;
    const std::uint32_t index = target.population->index;
    if (plan.populations[index].source)
        fail(field, "is population." + plan.description.populations[index].name + ", whose neurons are spike sources",
             "a population with a membrane");
}

}  // namespace izhi::detail
