// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "reference_simulator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "tests/support/random123.hpp"

namespace izhi::test {
namespace {

// Streams of random draws, and the table and weights of the noise, as documented.
constexpr std::uint32_t kNoiseStream = 1, kBiasStream = 9, kPoissonStream = 12, kRandomNeuronsStream = 13;
constexpr int kTable[] = {4, 8, 11, 19, 20, 26, 28, 57, -4, -8, -11, -19, -20, -26, -28, -57};
constexpr int kWeights[] = {127, 121, 114, 116};

std::array<std::uint32_t, 4> draw(std::uint64_t seed, std::uint32_t stream, std::uint32_t what, std::uint64_t index) {
    return random123_philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), what, stream},
                            {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

std::uint32_t hash(std::uint32_t x, const std::array<std::uint32_t, 4>& key) {
    x += key[0];
    x = (x ^ x >> 17) * 0xed5ad4bbu + key[1];
    x = (x ^ x >> 11) * 0xac4c1b51u + key[2];
    x = (x ^ x >> 15) * 0x31848babu;
    return x ^ x >> 14;
}

/// Of variance 1.
double normal(std::uint32_t word) {
    double sum = 0.0, table = 0.0, weights = 0.0;
    for (int nibble = 0; nibble < 8; ++nibble) sum += kWeights[nibble / 2] * kTable[word >> (4 * nibble) & 15];
    for (const int t : kTable) table += t * t;
    for (const int w : kWeights) weights += w * w;
    return sum / std::sqrt(2.0 * weights * table / 16.0);
}

/// The quantile of (word + 1/2) / 2^32, by bisection.
double exact_normal(std::uint32_t word) {
    const double p = (word + 0.5) * 0x1p-32;
    double low = -7.0, high = 7.0;
    for (int i = 0; i < 50; ++i) {
        const double middle = (low + high) / 2;
        (0.5 * std::erfc(-middle / std::numbers::sqrt2) < p ? low : high) = middle;
    }
    return low;
}

/// Of variance 1: the word, signed, over 2^32 is even in [-1/2, 1/2).
double even(std::uint32_t word) { return std::sqrt(12.0) * static_cast<std::int32_t>(word) * 0x1p-32; }

double noise_of(NoiseLaw law, std::uint32_t word) {
    switch (law) {
        case NoiseLaw::table: return normal(word);
        case NoiseLaw::exact: return exact_normal(word);
        case NoiseLaw::uniform: return even(word);
    }
    return 0.0;
}

/// The number of arrivals whose cumulative probability first exceeds word / 2^32.
int poisson(std::uint32_t word, double mean) {
    double term = std::exp(-mean), cumulative = term;
    int arrivals = 0;
    while (word >= cumulative * 0x1p32 && arrivals < 1000) {
        term *= mean / ++arrivals;
        cumulative += term;
    }
    return arrivals;
}

/// Steps at or after a time: a window [start, stop) holds the steps from first_step(start) to before first_step(stop).
double first_step(double ms, double dt) { return std::ceil(ms / dt - 1e-6); }

}  // namespace

ReferenceSimulator::ReferenceSimulator(const Simulation& wired) : network_(wired.network()), synapses_(wired) {
    const NetworkDescription& description = network_.description();
    for (std::uint32_t p = 0; p < description.populations.size(); ++p) {
        const PopulationSpec& spec = description.populations[p];
        std::array<std::vector<float>, 6> columns;
        for (auto& column : columns) column.resize(spec.size);
        for (std::size_t k = 0; k < 4; ++k)
            wired.read_parameter(
                "abcd" [k], { p }, columns[k]);
        wired.read(Variable::v, {p}, columns[4]);
        wired.read(Variable::u, {p}, columns[5]);
        for (std::uint32_t i = 0; i < spec.size; ++i) {
            const auto number = static_cast<std::uint32_t>(neurons.size());
            neurons.push_back(
                {columns[4][i], columns[5][i], columns[0][i], columns[1][i], columns[2][i], columns[3][i]});
            noise_stddev_.push_back(spec.noise_stddev.p0 / std::sqrt(description.spec.dt_ms));
            const Distribution& bias = spec.bias_current;
            bias_.push_back(bias.p0);
            if (bias.kind == Distribution::Kind::uniform) {
                const auto words = draw(description.spec.seed, kBiasStream, 0, number);
                bias_.back() += (bias.p1 - bias.p0) * (words[0] + (words[1] + 0.5) * 0x1p-32) * 0x1p-32;
            } else if (bias.kind != Distribution::Kind::constant) {
                throw std::logic_error("the reference simulator knows constant and uniform biases");
            }
        }
    }
}

const std::vector<std::uint32_t>& ReferenceSimulator::step() {
    const NetworkDescription& description = network_.description();
    const NetworkSpec& spec = description.spec;
    const auto key = draw(spec.seed, kNoiseStream, 0, step_);
    input.resize(neurons.size());
    for (std::uint32_t n = 0; n < neurons.size(); ++n) {
        input[n] = bias_[n] + noise_stddev_[n] * noise_of(spec.noise, hash(n, key));
    }
    for (std::uint32_t number = 0; number < description.stimuli.size(); ++number)
        add_stimulus(number, description.stimuli[number]);
    synapses_.arrive(step_, neurons, input);
    fired_.clear();
    for (std::uint32_t n = 0; n < neurons.size(); ++n) {
        if (neurons[n].step(spec.numerics, input[n], spec.dt_ms)) fired_.push_back(n);
    }
    synapses_.fire(step_, fired_);
    ++step_;
    return fired_;
}

void ReferenceSimulator::add_stimulus(std::uint32_t number, const NetworkDescription::Input& stimulus) {
    const NetworkSpec& spec = network_.description().spec;
    const double dt = spec.dt_ms, now = static_cast<double>(step_), t_ms = now * dt;
    const auto within = [&](double start_ms, double stop_ms) {
        return now >= first_step(start_ms, dt) && now < first_step(stop_ms, dt);
    };
    const std::uint32_t begin =
        (stimulus.target.population ? network_.first_neuron(*stimulus.target.population) : 0) + stimulus.spec.first;
    const std::uint32_t end = begin + stimulus.spec.count.value();
    double current = 0.0;
    if (const auto* dc = std::get_if<DirectCurrent>(&stimulus.spec.stimulus)) {
        if (within(dc->start_ms, dc->stop_ms)) current = dc->amplitude;
    } else if (const auto* ramp = std::get_if<Ramp>(&stimulus.spec.stimulus)) {
        if (within(ramp->start_ms, ramp->stop_ms))
            current = ramp->from + (ramp->to - ramp->from) * (t_ms - ramp->start_ms) / (ramp->stop_ms - ramp->start_ms);
    } else if (const auto* pulses = std::get_if<Pulses>(&stimulus.spec.stimulus)) {
        for (std::uint32_t k = 0; k < pulses->count; ++k) {
            const double start = pulses->start_ms + k * pulses->period_ms;
            if (within(start, start + pulses->width_ms)) current = pulses->amplitude;
        }
    } else if (const auto* times = std::get_if<SpikeTimes>(&stimulus.spec.stimulus)) {
        for (const double t : times->times_ms)
            if (std::floor(t / dt + 1e-6) == now) current += times->weight / dt;
    } else if (const auto* trains = std::get_if<PoissonTrains>(&stimulus.spec.stimulus)) {
        if (!within(trains->start_ms, trains->stop_ms)) return;
        const auto key = draw(spec.seed, kPoissonStream, number, step_);
        for (std::uint32_t n = begin; n < end; ++n)
            input[n] += trains->weight / dt * poisson(hash(n, key), trains->rate_hz * dt / 1000.0);
    } else if (const auto* random = std::get_if<RandomNeurons>(&stimulus.spec.stimulus)) {
        if (!within(random->start_ms, random->stop_ms)) return;
        // anew in every millisecond that begins in the step, or, where steps are shorter, that the step lies in
        const double first = std::floor((now + 1e-6) * dt), last = std::floor((now + 1.0 + 1e-6) * dt);
        for (double ms = first; ms < std::max(first + 1.0, dt > 1.0 ? last : 0.0); ++ms) {
            const auto key = draw(spec.seed, kRandomNeuronsStream, number, static_cast<std::uint64_t>(ms));
            for (std::uint32_t k = 0; k < random->count; ++k)
                input[begin + (std::uint64_t{hash(k, key)} * (end - begin) >> 32)] +=
                    random->amplitude / std::max(1.0, dt);
        }
        return;
    }
    for (std::uint32_t n = begin; n < end; ++n) input[n] += current;
}

}  // namespace izhi::test
