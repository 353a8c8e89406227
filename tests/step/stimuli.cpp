// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// When and how strongly each kind of stimulus acts, step by step, seen through traces of the input current.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/network/wiring.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// The input of every neuron in every step: input[step][neuron], steps counted from 0.
using Inputs = std::vector<std::vector<float>>;

struct Collector : Observer {
    Inputs inputs;
    void sample(const Sample& sample) override { inputs.emplace_back(sample.values.begin(), sample.values.end()); }
};

Inputs inputs_of(std::vector<StimulusSpec> stimuli, std::uint32_t neurons, std::uint64_t steps, double dt_ms = 1.0,
                 std::uint64_t seed = 1, int threads = 1) {
    NetworkBuilder net{{.seed = seed, .dt_ms = dt_ms}};
    const auto p = net.add_population({.name = "p", .size = neurons});
    TraceSpec trace{.population = p, .neurons = {}, .variables = {Variable::current}, .interval_ms = dt_ms};
    for (std::uint32_t n = 0; n < neurons; ++n) trace.neurons.push_back(n);
    for (auto& stimulus : stimuli) net.stimulate(p, std::move(stimulus));
    net.record_trace(trace);
    Simulation simulation(net.build(), {.threads = threads, .executor = thread_executor(threads)});
    Collector collector;
    simulation.run(steps, &collector);
    REQUIRE(collector.inputs.size() == steps);
    return collector.inputs;
}

std::vector<float> one(Stimulus stimulus, std::uint64_t steps, double dt_ms = 1.0) {
    std::vector<float> values;
    for (const auto& step : inputs_of({{.stimulus = std::move(stimulus)}}, 1, steps, dt_ms)) values.push_back(step[0]);
    return values;
}

}  // namespace

TEST_SUITE_BEGIN("stimuli");

TEST_CASE("direct current acts in the steps that begin in [start, stop)") {
    const auto always = one(DirectCurrent{.amplitude = 1.5}, 20);
    for (const float i : always) CHECK(i == 1.5f);
    const auto window = one(DirectCurrent{.amplitude = 1.5, .start_ms = 3.0, .stop_ms = 7.0}, 20);
    for (std::size_t s = 0; s < 20; ++s) CHECK(window[s] == (s >= 3 && s < 7 ? 1.5f : 0.0f));
    const auto empty = one(DirectCurrent{.amplitude = 1.5, .start_ms = 3.0, .stop_ms = 3.0}, 20);
    for (const float i : empty) CHECK(i == 0.0f);
    const auto between = one(DirectCurrent{.amplitude = 1.5, .start_ms = 2.5, .stop_ms = 4.5}, 20);
    for (std::size_t s = 0; s < 20; ++s) CHECK(between[s] == (s >= 3 && s < 5 ? 1.5f : 0.0f));
}

TEST_CASE("times are multiples of dt whatever dt is in binary") {
    // Neither 0.1 nor its multiples are exact: every one of a thousand starts must hit its own step.
    constexpr std::uint64_t steps = 1000;
    for (const double dt : {0.1, 0.3, 0.05, 0.7}) {
        CAPTURE(dt);
        for (std::uint64_t start = 0; start < steps; start += 37) {
            const double ms = static_cast<double>(start) * dt;
            const auto values = one(DirectCurrent{.amplitude = 1.0, .start_ms = ms, .stop_ms = ms + 5 * dt}, steps, dt);
            std::size_t wrong = 0;
            for (std::uint64_t s = 0; s < steps; ++s)
                wrong += (values[s] == 1.0f) != (s >= start && s < start + 5) ? 1 : 0;
            CHECK(wrong == 0);
        }
        std::vector<double> times;
        for (std::uint64_t s = 0; s < steps; s += 3) times.push_back(static_cast<double>(s) * dt);
        const auto spikes = one(SpikeTimes{.weight = 2.0 * dt, .times_ms = times}, steps, dt);
        std::size_t wrong = 0;
        for (std::uint64_t s = 0; s < steps; ++s) wrong += spikes[s] != (s % 3 == 0 ? 2.0f : 0.0f) ? 1 : 0;
        CHECK(wrong == 0);
        const auto pulses =
            one(Pulses{.amplitude = 1.0, .start_ms = 4 * dt, .width_ms = 3 * dt, .period_ms = 7 * dt, .count = 100},
                steps, dt);
        wrong = 0;
        for (std::uint64_t s = 0; s < steps; ++s)
            wrong += (pulses[s] == 1.0f) != (s >= 4 && (s - 4) / 7 < 100 && (s - 4) % 7 < 3) ? 1 : 0;
        CHECK(wrong == 0);
    }
}

TEST_CASE("a ramp goes from its start value towards its stop value") {
    const auto values = one(Ramp{.from = 2.0, .to = -6.0, .start_ms = 4.0, .stop_ms = 12.0}, 20);
    for (std::size_t s = 0; s < 20; ++s) {
        const double expected = s >= 4 && s < 12 ? 2.0 - (static_cast<double>(s) - 4.0) : 0.0;
        CHECK(std::abs(static_cast<double>(values[s]) - expected) < 1e-5);
    }
    for (const float i : one(Ramp{.from = 2.0, .to = 3.0, .start_ms = 4.0, .stop_ms = 4.0}, 20)) CHECK(i == 0.0f);
}

TEST_CASE("pulses: start, width, period and count") {
    const auto values =
        one(Pulses{.amplitude = -2.0, .start_ms = 2.0, .width_ms = 3.0, .period_ms = 5.0, .count = 3}, 30);
    for (std::size_t s = 0; s < 30; ++s) CHECK(values[s] == (s >= 2 && s < 17 && (s - 2) % 5 < 3 ? -2.0f : 0.0f));
    const auto back_to_back =
        one(Pulses{.amplitude = 1.0, .start_ms = 1.0, .width_ms = 2.0, .period_ms = 2.0, .count = 4}, 12);
    for (std::size_t s = 0; s < 12; ++s) CHECK(back_to_back[s] == (s >= 1 && s < 9 ? 1.0f : 0.0f));
}

TEST_CASE("given spikes act in the step that contains them, each as often as given") {
    const auto values = one(SpikeTimes{.weight = 1.5, .times_ms = {9.0, 2.0, 2.0, 2.9, 0.0, 5.5, 1e6}}, 12);
    const std::vector<float> expected{1.5f, 0, 4.5f, 0, 0, 1.5f, 0, 0, 0, 1.5f, 0, 0};
    CHECK(values == expected);
    for (const float i : one(SpikeTimes{.weight = 1.5, .times_ms = {}}, 5)) CHECK(i == 0.0f);
}

TEST_CASE("stimuli add up, on the neurons they name") {
    NetworkBuilder net;
    const auto a = net.add_population({.name = "a", .size = 70, .bias_current = 0.25});
    const auto b = net.add_population({.name = "b", .size = 600});
    net.stimulate(everyone, {.stimulus = DirectCurrent{.amplitude = 1.0}, .first = 60, .count = 20});
    net.stimulate(b, {.stimulus = DirectCurrent{.amplitude = 2.0}, .first = 5});
    net.stimulate(a, {.stimulus = DirectCurrent{.amplitude = 4.0}, .first = 69});
    for (const auto& [id, size] : {std::pair{a, 70u}, {b, 600u}}) {
        TraceSpec trace{.population = id, .neurons = {}, .variables = {Variable::current}};
        for (std::uint32_t n = 0; n < size; ++n) trace.neurons.push_back(n);
        net.record_trace(trace);
    }
    Simulation simulation(net.build(), {.threads = 1});
    Collector collector;
    simulation.run(1, &collector);
    for (std::uint32_t n = 0; n < 670; ++n) {
        const bool in_a = n < 70;
        const float expected = (in_a ? 0.25f : 0.0f) + (n >= 60 && n < 80 ? 1.0f : 0.0f) + (n >= 75 ? 2.0f : 0.0f) +
                               (n == 69 ? 4.0f : 0.0f);
        CHECK(collector.inputs[in_a ? 0 : 1][in_a ? n : n - 70] == expected);
    }
}

TEST_CASE("poisson trains: mean, variance, zeroes, and the window") {
    constexpr std::uint32_t neurons = 1000;
    constexpr std::uint64_t steps = 400;
    for (const auto& [rate, dt] : {std::pair{5.0, 1.0}, {100.0, 0.1}, {800.0, 1.0}, {20000.0, 1.0}, {50000.0, 1.0}}) {
        const double mean = rate * dt / 1000.0;
        CAPTURE(mean);
        const Inputs inputs =
            inputs_of({{.stimulus = PoissonTrains{.rate_hz = rate, .weight = 0.5 * dt}}}, neurons, steps, dt, 41);
        std::vector<double> counts, per_neuron(neurons), per_step;
        for (const auto& step : inputs) {
            per_step.push_back(0.0);
            for (std::uint32_t n = 0; n < neurons; ++n) {
                const double arrivals = static_cast<double>(step[n]) / 0.5;
                REQUIRE(arrivals == std::floor(arrivals));
                counts.push_back(arrivals);
                per_neuron[n] += arrivals;
                per_step.back() += arrivals;
            }
        }
        CHECK(std::abs(mean_error(counts, mean, std::sqrt(mean))) < kSigmas);
        CHECK(std::abs(variance_error(counts, mean, mean, 3.0 + 1.0 / mean)) < kSigmas);
        double none = 0.0, single = 0.0;
        for (const double c : counts) {
            none += c == 0.0 ? 1.0 : 0.0;
            single += c == 1.0 ? 1.0 : 0.0;
        }
        const double n = static_cast<double>(counts.size()), p0 = std::exp(-mean), p1 = mean * p0;
        CHECK(std::abs(none - n * p0) < kSigmas * std::sqrt(n * p0 * (1.0 - p0) + 1.0));
        CHECK(std::abs(single - n * p1) < kSigmas * std::sqrt(n * p1 * (1.0 - p1) + 1.0));
        // sums over time and over neurons are Poisson again: no neuron and no step is favoured
        CHECK(std::abs(variance_error(per_neuron, mean * steps, mean * steps, 3.0)) < kSigmas + 0.2);
        CHECK(std::abs(variance_error(per_step, mean * neurons, mean * neurons, 3.0)) < kSigmas + 0.2);
    }
    const Inputs windowed = inputs_of(
        {{.stimulus = PoissonTrains{.rate_hz = 5000.0, .weight = 1.0, .start_ms = 10.0, .stop_ms = 20.0}}}, 100, 40);
    for (std::size_t s = 0; s < 40; ++s) {
        double sum = 0.0;
        for (const float i : windowed[s]) sum += static_cast<double>(i);
        CHECK((sum > 0.0) == (s >= 10 && s < 20));
    }
    for (const auto& step : inputs_of({{.stimulus = PoissonTrains{.rate_hz = 0.0, .weight = 1.0}}}, 100, 20))
        for (const float i : step) CHECK(i == 0.0f);
}

TEST_CASE("poisson trains are independent between neurons, steps and stimuli") {
    constexpr std::uint32_t neurons = 1000;
    constexpr std::uint64_t steps = 300;
    const auto train = [](double weight) {
        return StimulusSpec{.stimulus = PoissonTrains{.rate_hz = 300.0, .weight = weight}};
    };
    // one adds 1 per arrival, the other 1/64: both can be read off the sum
    const Inputs inputs = inputs_of({train(1.0), train(1.0 / 64)}, neurons, steps, 1.0, 42);
    const auto first = [&](std::size_t s, std::size_t n) { return std::floor(static_cast<double>(inputs[s][n])); };
    const auto second = [&](std::size_t s, std::size_t n) { return static_cast<double>(inputs[s][n]) - first(s, n); };
    std::vector<std::pair<double, double>> neighbours, successive, stimuli;
    for (std::size_t s = 0; s + 1 < steps; ++s)
        for (std::size_t n = 0; n + 1 < neurons; ++n) {
            neighbours.emplace_back(first(s, n), first(s, n + 1));
            successive.emplace_back(first(s, n), first(s + 1, n));
            stimuli.emplace_back(first(s, n), second(s, n));
        }
    for (const auto* pairs : {&neighbours, &successive, &stimuli}) CHECK(std::abs(correlation_error(*pairs)) < kSigmas);
}

TEST_CASE("poisson trains depend on seed, neuron and step alone") {
    const auto stimulus = [] {
        return std::vector<StimulusSpec>{{.stimulus = PoissonTrains{.rate_hz = 500.0, .weight = 1.0}}};
    };
    const Inputs once = inputs_of(stimulus(), 2000, 50, 1.0, 43, 1);
    CHECK(once == inputs_of(stimulus(), 2000, 50, 1.0, 43, 4));
    CHECK(once != inputs_of(stimulus(), 2000, 50, 1.0, 44, 1));
    // the first neurons of a smaller population get the same trains
    const Inputs smaller = inputs_of(stimulus(), 100, 50, 1.0, 43, 1);
    for (std::size_t s = 0; s < 50; ++s)
        CHECK(std::vector<float>(once[s].begin(), once[s].begin() + 100) == smaller[s]);
}

TEST_SUITE_END();
