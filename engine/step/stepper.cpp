// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/stepper.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

/// Bias and noise where each neuron of a block has a scale of its own: what the kernel does, in two passes.
void draw_noise(void (*kernel)(const simd::NoiseArgs&), const simd::NoiseArgs& args, const float* scales) noexcept {
    simd::NoiseArgs drawn = args;
    drawn.scale = 1.0f;
    drawn.bias = nullptr;
    drawn.uniform_bias = 0.0f;
    kernel(drawn);
    float* const __restrict current = args.current;
    const float* const __restrict bias = args.bias;
    const float* const __restrict scale = scales;
    if (bias)
        for (std::size_t i = 0; i < args.count; ++i) current[i] = bias[i] + scale[i] * current[i];
    else
        for (std::size_t i = 0; i < args.count; ++i) current[i] = args.uniform_bias + scale[i] * current[i];
}

}  // namespace

void Stepper::run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept {
    const std::uint64_t begin = profiler_ ? ticks() : 0;
    const bool sampled = profiler_ && Profiler::samples(phase);

    spikes_.take_in(phase, part, worker);
    const std::uint64_t step = log_.phase(phase).first_step;
    const bool plastic = spikes_.has_plasticity();
    const std::uint64_t delivered = profiler_ ? ticks() : 0;
    if (plastic) spikes_.arrive(step, part, worker);
    const std::uint64_t arrived = profiler_ && plastic ? ticks() : delivered;

    const std::uint32_t steps = log_.phase(phase).steps;
    NoiseKeys noise_keys;
    for (std::uint32_t s = 0; s < steps; ++s)
        noise_keys[s] = draw_key(plan_.description.spec.seed, Stream::noise, 0, log_.phase(phase).first_step + s);
    for (std::uint32_t s = 0; s < steps; ++s) log_.list(phase, part, s).count = 0;
    // Block by block rather than step by step: a block's state stays in the first-level cache for all steps of the phase.
    const Range blocks = parts_[part].blocks;
    if (sampled) {
        std::uint64_t last = ticks();
        const auto lap = [&](Activity activity) {
            const std::uint64_t now = ticks();
            profiler_->add(worker, activity, now - last);
            last = now;
        };
        update_blocks(blocks, part, worker, phase, noise_keys, lap);
    } else {
        update_blocks(blocks, part, worker, phase, noise_keys, [](Activity) {});
    }
    const std::uint64_t updated = profiler_ ? ticks() : 0;

    spikes_.send(phase, part, worker, probes_);
    const std::uint64_t pushed = profiler_ ? ticks() : 0;
    spikes_.potentiate(phase, part);
    if (!profiler_) return;
    const std::uint64_t end = plastic ? ticks() : pushed;
    if (sampled) {
        profiler_->add(worker, Activity::deliver, (delivered - begin) + (pushed - updated));
        profiler_->add(worker, Activity::arrive, arrived - delivered);
        profiler_->add(worker, Activity::potentiate, end - pushed);
    }
    profiler_->add_phase(worker, end - begin, sampled);
    profiler_->trace(worker, Activity::deliver, step, begin, delivered);
    if (plastic) profiler_->trace(worker, Activity::arrive, step, delivered, arrived);
    profiler_->trace(worker, Activity::update, step, arrived, updated);
    profiler_->trace(worker, Activity::deliver, step, updated, pushed);
    if (plastic) profiler_->trace(worker, Activity::potentiate, step, pushed, end);
}

void Stepper::push_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept {
    const std::uint64_t begin = profiler_ ? ticks() : 0;
    spikes_.push_apart(phase, part, worker);
    if (!profiler_) return;
    const std::uint64_t end = ticks();
    const bool sampled = Profiler::samples(phase);
    if (sampled) profiler_->add(worker, Activity::deliver, end - begin);
    profiler_->add_phase(worker, end - begin, sampled);
    profiler_->trace(worker, Activity::deliver, log_.phase(phase).first_step, begin, end);
}

template <class Lap>
void Stepper::update_blocks(Range blocks, std::size_t part, std::size_t worker, std::uint64_t phase,
                            const NoiseKeys& noise_keys, const Lap& lap) noexcept {
    Resets resets;
    SpikeDelivery::WindowPass windows = spikes_.begin_windows(phase, part, worker);
    for (std::uint32_t block = blocks.begin; block < blocks.end; ++block) {
        if (spikes_.push_windows(windows, blocks_[block])) lap(Activity::deliver);
        if (blocks_[block].source) {
            fire_sources(block, part, phase);
            lap(Activity::noise);
            continue;
        }
        update_block(block, part, phase, noise_keys, resets, lap);
    }
    reset(resets);
    if (!resets.in_range) lookout_.found_out_of_range();
}

template <class Lap>
void Stepper::update_block(std::uint32_t index, std::size_t part, std::uint64_t phase, const NoiseKeys& noise_keys,
                           Resets& resets, const Lap& lap) noexcept {
    alignas(64) float current[kBlockSlots], conductance[kBlockSlots];
    std::uint64_t fired[kBlockSlots / 64];

    const Block& block = blocks_[index];
    const Columns::PopulationParameters& p = parameters_of(block);
    const auto column = [&](const Columns::Parameter& parameter) {
        return parameter.column ? parameter.column + block.first_slot : nullptr;
    };

    simd::NoiseArgs noise{};
    noise.current = current;
    noise.count = block.slots;
    noise.first = block.first_neuron;
    noise.scale = p.noise.value;
    noise.bias = column(p.bias);
    noise.uniform_bias = p.bias.value;
    const float* const own_scales = column(p.noise);

    simd::UpdateArgs update{};
    update.v = columns_.v.data() + block.first_slot;
    update.u = columns_.u.data() + block.first_slot;
    update.current = current;
    update.count = block.slots;
    update.a = column(p.a);
    update.b = column(p.b);
    update.uniform_a = p.a.value;
    update.uniform_b = p.b.value;
    update.c = column(p.c);
    update.d = column(p.d);
    update.dt = dt_;
    update.substeps = substeps_;
    update.fired = fired;
    update.k = static_cast<float>(p.model.k);
    update.vr = static_cast<float>(p.model.vr);
    update.vt = static_cast<float>(p.model.vt);
    update.inverse_capacitance = static_cast<float>(1.0 / p.model.capacitance);
    update.threshold = static_cast<float>(p.model.threshold());
    auto* const update_kernel = update_[static_cast<std::size_t>(p.model.form)];
    update.leak = p.leak;
    const bool conducts = p.model.form == ModelForm::lif && spikes_.has_conductances(index);
    if (conducts) update.leak.synaptic = conductance;
    const bool probed = probes_.any_in(index);
    // The update kernel adds arrived input itself if there is no other input and no probe reads the current.
    const bool usually_in_kernel = sums_in_kernel_ && !probed && spikes_.shares_quantum(index);
    update.quantum = spikes_.quantum(block);

    const Phase& when = log_.phase(phase);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        const std::uint64_t step = when.first_step + s;
        float* const samples = log_.samples(phase, s);
        if (probed) probes_.begin(index, samples);
        const bool looked_at = Lookout::looks_at(step);
        const bool sums_in_kernel = usually_in_kernel && !looked_at;
        update.sums = nullptr;
        noise.key = noise_keys[s];
        if (own_scales) draw_noise(noise_, noise, own_scales);
        else noise_(noise);
        if (stimuli_.reaches(index, 0)) stimuli_.add(index, 0, block, step, current);
        if (live_.reaches(index)) live_.add_to(index, block, step, current);
        lap(Activity::noise);
        if (sums_in_kernel) update.sums = spikes_.one_sum(block, part, step);
        else if (spikes_.acts()) {
            if (conducts) std::fill_n(conductance, block.slots, 0.0f);
            spikes_.reduce(index, part, step,
                           {update.v, current, conducts ? conductance : nullptr, probed ? &probes_ : nullptr, samples});
        }
        lap(Activity::reduce);
        update_kernel(update);
        if (floors_) raise_to_floor(block);
        if (live_.forces(index)) live_.force(index, block, fired, columns_, resets_in_kernel_);
        lap(Activity::update);
        reset(resets);  // of the block before
        if (looked_at) lookout_.look(block, part, current, fired);
        lookout_.remember(block, step, fired);
        scan(block, fired, log_.list(phase, part, s), resets);
        if (probed || when.steps > 1) reset(resets);
        if (probed) probes_.sample(index, block, step, columns_, update.threshold, current, fired, samples);
        lap(Activity::scan);
    }
}

void Stepper::fire_sources(std::uint32_t index, std::size_t part, std::uint64_t phase) noexcept {
    const Block& block = blocks_[index];
    const Phase& when = log_.phase(phase);
    std::uint64_t fired[kBlockSlots / 64];
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        sources_.fire(index, block, when.first_step + s, fired);
        if (live_.forces(index)) live_.force(index, block, fired, columns_, false);
        PhaseLog::List& list = log_.list(phase, part, s);
        for (std::uint32_t word = 0; word < block.slots / 64; ++word)
            for (std::uint64_t bits = fired[word]; bits != 0; bits &= bits - 1)
                list.neurons[list.count++] =
                    block.first_neuron + word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
    }
}

void Stepper::take_over(Stepper& other, std::uint64_t phase, std::uint64_t now) noexcept {
    spikes_.take_over(other.spikes_, phase, now);
    lookout_.take_over(other.lookout_);
}

void Stepper::transfer(Archive& a, std::uint64_t phase, std::uint64_t now, const std::vector<int>& then) {
    spikes_.transfer(a, phase, now, then);
    if (a.reading()) lookout_.begin_anew();
}

void Stepper::raise_to_floor(const Block& block) noexcept {
    float* const v = columns_.v.data() + block.first_slot;
    for (std::uint32_t p = block.populations.begin; p < block.populations.end; ++p) {
        const float lowest = columns_.populations[p].v_min;
        const Range lanes = neurons_in(block, plan_.populations[p]);
        for (std::uint32_t i = lanes.begin; i < lanes.end; ++i) v[i] = std::max(v[i], lowest);
    }
}

void Stepper::scan(const Block& block, const std::uint64_t* fired, PhaseLog::List& list, Resets& resets) noexcept {
    // Which words have bits is found without a jump: one that depends on spikes is foreseen badly.
    std::uint32_t words[kBlockSlots / 64];
    std::uint32_t word_count = 0;
    for (std::uint32_t word = 0; word < block.slots / 64; ++word) {
        words[word_count] = word;
        word_count += fired[word] != 0 ? 1 : 0;
    }
    const Columns::PopulationParameters& p = parameters_of(block);
    resets.parameters = &p;
    if (word_count == 0) return;
    std::uint32_t* const __restrict neurons = list.neurons;
    std::uint32_t* const __restrict slots = resets.slots.data();
    std::uint32_t count = list.count, reset_count = resets.count;
    const std::uint32_t resets_each = resets_in_kernel_ ? 0 : 1;
    for (std::uint32_t w = 0; w < word_count; ++w) {
        std::uint64_t bits = fired[words[w]];
        do {
            const std::uint32_t lane = words[w] * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
            const std::uint32_t slot = block.first_slot + lane;
            if (p.c.column) __builtin_prefetch(p.c.column + slot);
            if (p.d.column) __builtin_prefetch(p.d.column + slot);
            slots[reset_count] = slot;
            reset_count += resets_each;
            neurons[count] = block.first_neuron + lane;
            count += lane < block.neurons ? 1 : 0;  // padding fires unheard
            bits &= bits - 1;
        } while (bits != 0);
    }
    list.count = count;
    resets.count = reset_count;
}

void Stepper::reset(Resets& resets) noexcept {
    const std::uint32_t count = resets.count;
    if (count == 0) return;
    resets.count = 0;
    float* const __restrict v = columns_.v.data();
    float* const __restrict u = columns_.u.data();
    const Columns::Parameter c = resets.parameters->c, d = resets.parameters->d;
    bool in_range = true;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t slot = resets.slots[i];
        v[slot] = c.at(slot);
        u[slot] += d.at(slot);
        in_range &= std::abs(u[slot]) <= std::numeric_limits<float>::max();
    }
    resets.in_range = resets.in_range && in_range;
}

}  // namespace izhi::detail
