// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Checks of populations of spike sources.
#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
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

/// The place of a spike in the order of steps, then neurons.
std::uint64_t checked_place(const Check& check, const SpikeTrains::Event& spike, std::uint32_t size, double dt_ms) {
    constexpr double most_steps = 4294967294.0;
    if (!(spike.time_ms >= 0.0 && spike.time_ms / dt_ms <= most_steps))
        check.fail("spikes", "has one at " + number_text(spike.time_ms) + " ms",
                   "0 to " + number_text(most_steps * dt_ms));
    if (spike.neuron >= size)
        check.fail("spikes", "has one of neuron " + std::to_string(spike.neuron), index_range(size));
    return step_of_spike(spike.time_ms, dt_ms) << 32 | spike.neuron;
}

/// Sorts the places, and refuses two equal ones.
void check_apart(const Check& check, std::vector<std::uint64_t>& places, double dt_ms) {
    std::sort(places.begin(), places.end());
    const auto twice = std::adjacent_find(places.begin(), places.end());
    if (twice == places.end()) return;
    check.fail("spikes",
               "has two of neuron " + std::to_string(*twice & 0xffffffffu) + " in the step at " +
                   number_text(static_cast<double>((*twice >> 32) + 1) * dt_ms) + " ms",
               "one spike of a neuron in a step; a smaller dt_ms keeps them apart");
}

void check_trains(const Check& check, const SpikeTrains& trains, std::uint32_t size, double dt_ms) {
    std::vector<std::uint64_t> places;
    places.reserve(trains.spikes.size());
    for (const SpikeTrains::Event& spike : trains.spikes) places.push_back(checked_place(check, spike, size, dt_ms));
    check_apart(check, places, dt_ms);
}

/// Reads all spikes, and keeps those of one step.
void check_stream(const Check& check, const SpikeStream& stream, std::uint32_t size, double dt_ms) {
    const std::unique_ptr<SpikeReader> reader = stream.open ? stream.open() : nullptr;
    if (!reader) check.fail("spikes", "cannot be opened", "a function that returns a reader");
    const auto read = [&](std::vector<SpikeTrains::Event>& piece) {
        try {
            reader->read(piece);
        } catch (const std::exception& error) {
            check.fail("spikes", "cannot be read: " + std::string(error.what()), "spikes that can be read");
        }
        return !piece.empty();
    };
    std::vector<SpikeTrains::Event> piece;
    std::vector<std::uint64_t> places;  // of the last step
    double last_ms = 0.0;
    while (read(piece)) {
        for (const SpikeTrains::Event& spike : piece) {
            const std::uint64_t place = checked_place(check, spike, size, dt_ms);
            if (spike.time_ms < last_ms)
                check.fail(
                    "spikes",
                    "has one at " + number_text(spike.time_ms) + " ms after one at " + number_text(last_ms) + " ms",
                    "spikes in order of time, because they are read while the network runs");
            last_ms = spike.time_ms;
            if (!places.empty() && places.front() >> 32 != place >> 32) {
                check_apart(check, places, dt_ms);
                places.clear();
            }
            places.push_back(place);
        }
    }
    check_apart(check, places, dt_ms);
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
    else if (const auto* trains = std::get_if<SpikeTrains>(&*population.source))
        check_trains(check, *trains, population.size, dt_ms);
    else check_stream(check, std::get<SpikeStream>(*population.source), population.size, dt_ms);
}

void Check::receives(const Plan& plan, const Selection& target, const char* field) const {
    if (!target.population) return;
    const std::uint32_t index = target.population->index;
    if (plan.populations[index].source)
        fail(field, "is population." + plan.description.populations[index].name + ", whose neurons are spike sources",
             "a population with a membrane");
}

}  // namespace izhi::detail
