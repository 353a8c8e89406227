// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/stimulus.hpp"

#include <algorithm>
#include <cmath>

#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

/// Times are multiples of dt up to rounding: a stimulus at 30 ms with dt 0.1 begins in step 300, whatever 0.1 is in binary.
constexpr double kStepSlack = 1e-6;

/// Cumulative Poisson law in 32-bit words: N > k exactly if the word is at least thresholds[k].
std::vector<std::uint32_t> poisson_thresholds(double mean) {
    std::vector<std::uint32_t> thresholds;
    double term = portable_exp_minus(mean), cumulative = term;
    for (int k = 0; k < 1000; ++k) {
        const double scaled = std::floor(cumulative * 0x1p32 + 0.5);
        if (scaled >= 0x1p32) break;
        thresholds.push_back(static_cast<std::uint32_t>(scaled));
        term *= mean / (k + 1);
        cumulative += term;
        if (static_cast<double>(k) > mean && term < 0x1p-40) break;
    }
    return thresholds;
}

}  // namespace

Stimuli::Stimuli(const Plan& plan, const std::vector<Block>& blocks, const simd::Kernels& kernels)
    : kernels_(kernels), dt_ms_(plan.description.spec.dt_ms), seed_(plan.description.spec.seed) {
    for (const NetworkDescription::Input& input : plan.description.stimuli) {
        Source source;
        source.stimulus = input.spec.stimulus;
        source.number = static_cast<std::uint32_t>(sources_.size());
        std::uint32_t begin =
            input.target.population ? plan.populations[input.target.population->index].first_neuron : 0;
        begin += input.spec.first;
        source.neurons = {begin, begin + *input.spec.count};
        if (const auto* poisson = std::get_if<PoissonTrains>(&source.stimulus)) {
            source.thresholds = poisson_thresholds(poisson->rate_hz * dt_ms_ / 1000.0);
            constexpr std::uint32_t rare = 0xffffffffu - (1u << 22);  // a thousandth
            const auto first_rare = std::lower_bound(source.thresholds.begin(), source.thresholds.end(), rare);
            source.usual_thresholds = static_cast<std::size_t>(first_rare - source.thresholds.begin());
        }
        if (const auto* times = std::get_if<SpikeTimes>(&source.stimulus)) {
            for (const double t : times->times_ms)
                source.steps.push_back(static_cast<std::uint64_t>(t / dt_ms_ + kStepSlack));
            std::sort(source.steps.begin(), source.steps.end());
        }
        sources_.push_back(std::move(source));
    }
    offsets_.push_back(0);
    for (const Block& block : blocks) {
        for (const Source& s : sources_)
            if (!s.neurons.empty() && s.neurons.begin < block.first_neuron + block.neurons &&
                s.neurons.end > block.first_neuron)
                reaching_.push_back(s.number);
        offsets_.push_back(static_cast<std::uint32_t>(reaching_.size()));
    }
}

float Stimuli::Source::amplitude(double t_ms, std::uint64_t step, double dt_ms) const noexcept {
    if (const auto* dc = std::get_if<DirectCurrent>(&stimulus))
        return t_ms >= dc->start_ms && t_ms < dc->stop_ms ? static_cast<float>(dc->amplitude) : 0.0f;
    if (const auto* ramp = std::get_if<Ramp>(&stimulus)) {
        if (t_ms < ramp->start_ms || t_ms >= ramp->stop_ms) return 0.0f;
        const double share = (t_ms - ramp->start_ms) / (ramp->stop_ms - ramp->start_ms);
        return static_cast<float>(ramp->from + (ramp->to - ramp->from) * share);
    }
    if (const auto* pulses = std::get_if<Pulses>(&stimulus)) {
        if (t_ms < pulses->start_ms) return 0.0f;
        const double since = t_ms - pulses->start_ms, passed = std::floor(since / pulses->period_ms);
        return passed < pulses->count && since - passed * pulses->period_ms < pulses->width_ms
                   ? static_cast<float>(pulses->amplitude)
                   : 0.0f;
    }
    if (const auto* times = std::get_if<SpikeTimes>(&stimulus)) {
        const auto [first, last] = std::equal_range(steps.begin(), steps.end(), step);
        return static_cast<float>(times->weight * static_cast<double>(last - first) / dt_ms);
    }
    return 0.0f;
}

void Stimuli::add(std::uint32_t index, const Block& block, std::uint64_t step, float* current) const noexcept {
    const double t_ms = (static_cast<double>(step) + kStepSlack) * dt_ms_;
    for (std::uint32_t r = offsets_[index]; r < offsets_[index + 1]; ++r) {
        const Source& source = sources_[reaching_[r]];
        const std::uint32_t begin = std::max(source.neurons.begin, block.first_neuron) - block.first_neuron;
        const std::uint32_t end = std::min(source.neurons.end, block.first_neuron + block.neurons) - block.first_neuron;
        if (const auto* poisson = std::get_if<PoissonTrains>(&source.stimulus)) {
            if (t_ms < poisson->start_ms || t_ms >= poisson->stop_ms) continue;
            add_poisson(source, block, begin, end, step, current);
            continue;
        }
        if (const auto* random = std::get_if<RandomNeurons>(&source.stimulus)) {
            if (t_ms < random->start_ms || t_ms >= random->stop_ms) continue;
            add_random(source, block, t_ms, current);
            continue;
        }
        const float amplitude = source.amplitude(t_ms, step, dt_ms_);
        if (amplitude == 0.0f) continue;
        for (std::uint32_t i = begin; i < end; ++i) current[i] += amplitude;
    }
}

void Stimuli::add_random(const Source& source, const Block& block, double t_ms, float* current) const noexcept {
    const auto& random = std::get<RandomNeurons>(source.stimulus);
    // The millisecond that the step lies in; of a step of several, each of them with its share.
    const auto first = static_cast<std::uint64_t>(t_ms);
    const auto last = dt_ms_ > 1.0 ? static_cast<std::uint64_t>(t_ms + dt_ms_) : first + 1;
    const auto amplitude = static_cast<float>(random.amplitude / std::max(dt_ms_, 1.0));
    for (std::uint64_t ms = first; ms < last; ++ms) {
        const simd::HashKey key = draw_key(seed_, Stream::random_neurons, source.number, ms);
        for (std::uint32_t k = 0; k < random.count; ++k) {
            const std::uint32_t neuron =
                source.neurons.begin + scale_word(simd::keyed_hash(k, key), source.neurons.size());
            if (neuron - block.first_neuron < block.neurons) current[neuron - block.first_neuron] += amplitude;
        }
    }
}

void Stimuli::add_poisson(const Source& source, const Block& block, std::uint32_t begin, std::uint32_t end,
                          std::uint64_t step, float* current) const noexcept {
    simd::PoissonArgs args{};
    args.current = current;
    args.count = block.slots;
    args.first = block.first_neuron;
    args.key = draw_key(seed_, Stream::poisson, source.number, step);
    args.thresholds = source.thresholds.data();
    args.threshold_count = source.thresholds.size();
    args.usual = source.usual_thresholds;
    args.weight = static_cast<float>(std::get<PoissonTrains>(source.stimulus).weight / dt_ms_);
    if (begin == 0 && end == block.neurons) {  // padding may be driven: its spikes are unheard
        kernels_.poisson(args);
        return;
    }
    alignas(64) float arrived[kBlockSlots];
    std::fill_n(arrived, block.slots, -0.0f);  // to which anything is added exactly
    args.current = arrived;
    kernels_.poisson(args);
    for (std::uint32_t i = begin; i < end; ++i) current[i] += arrived[i];
}

}  // namespace izhi::detail
