// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/stimulus.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/network/leak.hpp"
#include "engine/network/random.hpp"
#include "engine/state/columns.hpp"

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

/// Whether a step that begins at t lies in a window of a stimulus.
template <class Windowed>
bool is_on(const Windowed& stimulus, double t_ms) noexcept {
    return t_ms >= stimulus.start_ms && t_ms < stimulus.stop_ms;
}

}  // namespace

SamplePlace place_of(const Waveform& wave, std::uint64_t step, double dt_ms) noexcept {
    const double t_ms = (static_cast<double>(step) + kStepSlack) * dt_ms;
    const double place = (t_ms - wave.start_ms) / wave.interval_ms;
    if (place < 0.0 || t_ms >= wave.stop_ms()) return {};
    const auto row = static_cast<std::size_t>(place);
    const double later = place - static_cast<double>(row) - kStepSlack * dt_ms / wave.interval_ms;
    return {true, row, wave.interpolation == Interpolation::linear ? std::max(later, 0.0) : 0.0};
}

double sample_of(const Waveform& wave, const SamplePlace& place, std::uint32_t neuron) noexcept {
    const double* const at = wave.samples.data() + place.row * wave.columns + (wave.columns == 1 ? 0 : neuron);
    // A row that is interpolated is not the last one.
    return place.later > 0.0 ? *at + place.later * (at[wave.columns] - *at) : *at;
}

Stimuli::Stimuli(const Plan& plan, const std::vector<Block>& blocks, const simd::Kernels& kernels)
    : kernels_(kernels), buffers_(plan.buffers()), dt_ms_(plan.description.spec.dt_ms),
      seed_(plan.description.spec.seed) {
    for (std::size_t i = 0; i < plan.description.stimuli.size(); ++i) {
        Source source;
        source.stimulus = plan.description.stimuli[i].spec.stimulus;
        source.number = static_cast<std::uint32_t>(i);
        source.neurons = plan.stimuli[i].neurons;
        source.channel = plan.stimuli[i].channel;
        source.shown = plan.stimuli[i].shown;
        if (const auto* poisson = std::get_if<PoissonTrains>(&source.stimulus)) {
            source.thresholds = poisson_thresholds(poisson->rate_hz * dt_ms_ / 1000.0);
            constexpr std::uint32_t rare = 0xffffffffu - (1u << 22);  // a thousandth
            const auto first_rare = std::lower_bound(source.thresholds.begin(), source.thresholds.end(), rare);
            source.usual_thresholds = static_cast<std::size_t>(first_rare - source.thresholds.begin());
        }
        make_arrivals(source, plan);
        make_steps(source, plan);
        if (const auto* ou = std::get_if<OrnsteinUhlenbeck>(&source.stimulus)) {
            Source mean = source;
            mean.stimulus = DirectCurrent{ou->mean, ou->start_ms, ou->stop_ms};
            mean.channel = 0;
            sources_.push_back(std::move(mean));
            const double kept = portable_exp_minus(dt_ms_ / ou->tau_ms);
            source.first_scale = noise_scale(NoiseLaw::table, ou->stddev);
            source.scale = noise_scale(NoiseLaw::table, ou->stddev * std::sqrt(1.0 - kept * kept));
        }
        sources_.push_back(std::move(source));
    }
    for (std::size_t b = 0; b < buffers_.size(); ++b) {
        Buffer& buffer = buffers_[b];
        buffer.offsets.push_back(0);
        for (const Block& block : blocks) {
            for (std::size_t s = 0; s < sources_.size(); ++s) {
                const Range& neurons = sources_[s].neurons;
                if ((sources_[s].channel == b || sources_[s].shown == b) && !neurons.empty() &&
                    neurons.begin < block.first_neuron + block.neurons && neurons.end > block.first_neuron)
                    buffer.reaching.push_back(static_cast<std::uint32_t>(s));
            }
            buffer.offsets.push_back(static_cast<std::uint32_t>(buffer.reaching.size()));
        }
    }
}

void Stimuli::make_arrivals(Source& source, const Plan& plan) const {
    const auto weight = [&]() -> std::optional<double> {
        if (const auto* poisson = std::get_if<PoissonTrains>(&source.stimulus)) return poisson->weight;
        if (const auto* spikes = std::get_if<SpikeTimes>(&source.stimulus)) return spikes->weight;
        if (const auto* packet = std::get_if<PulsePacket>(&source.stimulus)) return packet->weight;
        return std::nullopt;
    }();
    if (!weight) return;
    for (const PopulationSpec& population : plan.description.populations)
        source.arrivals.push_back(arrival(plan.channels[source.channel], population.cell.model, dt_ms_, *weight));
}

void Stimuli::make_steps(Source& source, const Plan& plan) const {
    const auto add = [&](double t) {
        if (t >= 0.0) source.steps.push_back(static_cast<std::uint64_t>(t / dt_ms_ + kStepSlack));
    };
    if (const auto* times = std::get_if<SpikeTimes>(&source.stimulus))
        std::for_each(times->times_ms.begin(), times->times_ms.end(), add);
    if (const auto* packet = std::get_if<PulsePacket>(&source.stimulus)) {
        std::uint64_t number = 0;
        for (const double center : packet->times_ms)
            for (std::uint32_t k = 0; k < packet->count; ++k) {
                const auto words =
                    draw_words(plan.description.spec.seed, Stream::pulse_packet, source.number, number++);
                add(center + packet->spread_ms * normal_quantile(unit_interval(words[0], words[1])));
            }
    }
    std::sort(source.steps.begin(), source.steps.end());
}

float Stimuli::Source::amplitude(double t_ms, double dt_ms) const noexcept {
    if (const auto* dc = std::get_if<DirectCurrent>(&stimulus))
        return is_on(*dc, t_ms) ? static_cast<float>(dc->amplitude) : 0.0f;
    if (const auto* ramp = std::get_if<Ramp>(&stimulus)) {
        if (!is_on(*ramp, t_ms)) return 0.0f;
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
    if (const auto* sine = std::get_if<Sine>(&stimulus)) {
        if (!is_on(*sine, t_ms)) return 0.0f;
        const double since = t_ms - kStepSlack * dt_ms - sine->start_ms;  // of the step's beginning itself
        const double cycles = since * 1e-3 * sine->frequency_hz + sine->phase_degrees / 360.0;
        return static_cast<float>(sine->offset + sine->amplitude * portable_sine(cycles));
    }
    return 0.0f;
}

float Stimuli::Source::arrived(std::uint64_t step, std::uint32_t population) const noexcept {
    const auto [first, last] = std::equal_range(steps.begin(), steps.end(), step);
    return static_cast<float>(arrivals[population] * static_cast<double>(last - first));
}

void Stimuli::add(std::uint32_t index, std::size_t buffer, const Block& block, std::uint64_t step,
                  float* into) const noexcept {
    const double t_ms = (static_cast<double>(step) + kStepSlack) * dt_ms_;
    const Buffer& of = buffers_[buffer];
    for (std::uint32_t r = of.offsets[index]; r < of.offsets[index + 1]; ++r) {
        const Source& source = sources_[of.reaching[r]];
        const Range lanes{std::max(source.neurons.begin, block.first_neuron) - block.first_neuron,
                          std::min(source.neurons.end, block.first_neuron + block.neurons) - block.first_neuron};
        const Target target{block, lanes, step, t_ms, into};
        if (const auto* poisson = std::get_if<PoissonTrains>(&source.stimulus)) {
            add_poisson(source, *poisson, target);
        } else if (const auto* random = std::get_if<RandomNeurons>(&source.stimulus)) {
            add_random(source, *random, target);
        } else if (const auto* ou = std::get_if<OrnsteinUhlenbeck>(&source.stimulus)) {
            add_fluctuations(source, *ou, target);
        } else if (const auto* wave = std::get_if<Waveform>(&source.stimulus)) {
            add_samples(source, *wave, target);
        } else {
            const float amplitude =
                source.steps.empty() ? source.amplitude(t_ms, dt_ms_) : source.arrived(step, block.populations.begin);
            if (amplitude == 0.0f) continue;
            for (std::uint32_t i = lanes.begin; i < lanes.end; ++i) into[i] += amplitude;
        }
    }
}

void Stimuli::add_random(const Source& source, const RandomNeurons& random, const Target& target) const noexcept {
    if (!is_on(random, target.t_ms)) return;
    const Block& block = target.block;
    // The millisecond that the step lies in; of a step of several, each of them with its share.
    const auto first = static_cast<std::uint64_t>(target.t_ms);
    const auto last = dt_ms_ > 1.0 ? static_cast<std::uint64_t>(target.t_ms + dt_ms_) : first + 1;
    const auto amplitude = static_cast<float>(random.amplitude / std::max(dt_ms_, 1.0));
    for (std::uint64_t ms = first; ms < last; ++ms) {
        const simd::HashKey key = draw_key(seed_, Stream::random_neurons, source.number, ms);
        for (std::uint32_t k = 0; k < random.count; ++k) {
            const std::uint32_t neuron =
                source.neurons.begin + scale_word(simd::keyed_hash(k, key), source.neurons.size());
            if (neuron - block.first_neuron < block.neurons) target.into[neuron - block.first_neuron] += amplitude;
        }
    }
}

/// Calls a kernel that adds to whole blocks for some lanes of one. Padding may be driven: its spikes are unheard.
template <class AddTo>
void Stimuli::add_to_lanes(const Target& target, const AddTo& add_to) noexcept {
    if (target.lanes.begin == 0 && target.lanes.end == target.block.neurons) {
        add_to(target.into);
        return;
    }
    alignas(64) float arrived[kBlockSlots];
    std::fill_n(arrived, target.block.slots, -0.0f);  // to which anything is added exactly
    add_to(arrived);
    for (std::uint32_t i = target.lanes.begin; i < target.lanes.end; ++i) target.into[i] += arrived[i];
}

void Stimuli::add_poisson(const Source& source, const PoissonTrains& poisson, const Target& target) const noexcept {
    if (!is_on(poisson, target.t_ms)) return;
    simd::PoissonArgs args{};
    args.count = target.block.slots;
    args.first = target.block.first_neuron;
    args.key = draw_key(seed_, Stream::poisson, source.number, target.step);
    args.thresholds = source.thresholds.data();
    args.threshold_count = source.thresholds.size();
    args.usual = source.usual_thresholds;
    args.weight = static_cast<float>(source.arrivals[target.block.populations.begin]);
    add_to_lanes(target, [&](float* into) {
        args.current = into;
        kernels_.poisson(args);
    });
}

void Stimuli::add_fluctuations(const Source& source, const OrnsteinUhlenbeck& ou, const Target& target) const noexcept {
    if (!is_on(ou, target.t_ms) || ou.stddev == 0.0) return;
    const bool first = target.t_ms - dt_ms_ < ou.start_ms;
    simd::NoiseArgs args{};
    args.count = target.block.slots;
    args.first = target.block.first_neuron;
    args.key = draw_key(seed_, Stream::ornstein_uhlenbeck, source.number, target.step);
    args.scale = first ? source.first_scale : source.scale;
    alignas(64) float drawn[kBlockSlots];
    args.current = drawn;
    kernels_.noise(args);
    for (std::uint32_t i = target.lanes.begin; i < target.lanes.end; ++i) target.into[i] += drawn[i];
}

void Stimuli::add_samples(const Source& source, const Waveform& wave, const Target& target) const noexcept {
    const SamplePlace place = place_of(wave, target.step, dt_ms_);
    if (!place.inside) return;
    // The range of the stimulus may begin before the block or in it.
    const std::uint32_t first = target.block.first_neuron + target.lanes.begin - source.neurons.begin;
    for (std::uint32_t i = target.lanes.begin; i < target.lanes.end; ++i)
        target.into[i] += static_cast<float>(sample_of(wave, place, first + (i - target.lanes.begin)));
}

}  // namespace izhi::detail
