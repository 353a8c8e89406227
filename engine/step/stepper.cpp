// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/stepper.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

using UpdateKernel = void (*)(const simd::UpdateArgs&);

UpdateKernel of_numerics(UpdateKernel published, UpdateKernel euler, UpdateKernel accurate, Numerics numerics) {
    switch (numerics) {
        case Numerics::euler: return euler;
        case Numerics::accurate: return accurate;
        default: return published;
    }
}

std::array<UpdateKernel, 4> update_kernels(const simd::Kernels& k, Numerics numerics) {
    const auto of = [&](const simd::FormKernels& form) {
        return of_numerics(form.published, form.euler, form.accurate, numerics);
    };
    return {of_numerics(k.update_published, k.update_euler, k.update_accurate, numerics), of(k.alt), of(k.acc),
            of(k.nine_parameter)};
}

/// A sum of weights in quanta 2^finer times finer, cut to the half of 32 bits that scaled networks leave for it.
std::int32_t in_quanta(std::int64_t sum, int finer) noexcept {
    constexpr std::int64_t most = std::int64_t{1} << 30;
    constexpr int most_shift = 31;  // of sums below 2^32: anything more is beyond `most`
    if (finer >= 0)
        return static_cast<std::int32_t>(
            std::clamp(sum * (std::int64_t{1} << std::min(finer, most_shift)), -most, most));
    const int coarser = std::min(-finer, 2 * most_shift);
    const std::int64_t half = std::int64_t{1} << (coarser - 1);
    const std::int64_t magnitude = (std::abs(sum) + half) >> coarser;
    return static_cast<std::int32_t>(std::clamp(sum < 0 ? -magnitude : magnitude, -most, most));
}

}  // namespace

Stepper::Stepper(const Plan& plan, const std::vector<Block>& blocks, const std::vector<PartBlocks>& parts,
                 const Connectome& connectome, Columns& columns, LiveInput& live, const simd::Kernels& kernels,
                 Delivery delivery, std::size_t workers, PhaseLog& log, Profiler* profiler)
    : plan_(plan), blocks_(blocks), parts_(parts), connectome_(connectome), columns_(columns), live_(live),
      kernels_(kernels), noise_(plan.description.spec.noise == NoiseLaw::table ? kernels.noise : kernels.noise_exact),
      update_(update_kernels(kernels, plan.description.spec.numerics)),
      deliver_(plan.wide ? kernels.deliver_wide : kernels.deliver_packed), delivery_(delivery),
      procedural_(plan, kernels), has_stored_(connectome.row_words() > 0),
      has_synapses_(connectome.synapse_count() > 0),
      resets_in_kernel_(plan.description.spec.numerics == Numerics::accurate), substeps_(substeps(plan)),
      ring_mask_(ring_slots(plan, delivery) - 1), dt_(static_cast<float>(plan.description.spec.dt_ms)),
      quantum_(static_cast<float>(plan.quantum())), stimuli_(plan, blocks), log_(log), profiler_(profiler) {
    if (has_synapses_) {
        rings_.resize(delivery == Delivery::partition ? parts.size() : workers);
        for (std::size_t r = 0; r < rings_.size(); ++r) {
            rings_[r].stride = delivery == Delivery::partition ? parts[r].slots.size() : plan.slots;
            rings_[r].sums = AlignedArray<std::int32_t>(rings_[r].stride * (std::size_t{ring_mask_} + 1));
        }
    }
    // rows are about equally long; one line more, since they begin anywhere in a line
    constexpr std::size_t words_per_line = 16, most_lines = 8;
    const std::size_t mean_words = connectome.row_words() / connectome.part_count() / plan.neurons;
    prefetch_lines_ = std::min(most_lines, mean_words / words_per_line + 2);
    if (!procedural_.empty())
        for (std::size_t w = 0; w < workers; ++w) scratch_.emplace_back(procedural_);
    make_probes();
}

void Stepper::make_probes() {
    std::vector<std::vector<Probe>> by_block(blocks_.size());
    std::uint32_t place = 0;
    for (const TraceSpec& trace : plan_.description.traces) {
        const PopulationPlan& population = plan_.populations[trace.population.index];
        const std::uint64_t interval = to_steps(trace.interval_ms, plan_.description.spec.dt_ms, 1);
        for (const Variable variable : trace.variables)
            for (const std::uint32_t neuron : trace.neurons) {
                const std::uint32_t slot = population.first_slot + neuron;
                const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), slot,
                                                    [](std::uint32_t s, const Block& b) { return s < b.first_slot; });
                const auto block = static_cast<std::size_t>(after - blocks_.begin() - 1);
                by_block[block].push_back({slot - blocks_[block].first_slot, variable, interval, place++});
            }
    }
    probe_offsets_.push_back(0);
    for (const auto& probes : by_block) {
        probes_.insert(probes_.end(), probes.begin(), probes.end());
        probe_offsets_.push_back(static_cast<std::uint32_t>(probes_.size()));
    }
}

void Stepper::run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept {
    const std::uint64_t begin = profiler_ ? ticks() : 0;
    const bool sampled = profiler_ && Profiler::samples(phase);

    if (has_synapses_ && delivery_ == Delivery::partition && phase > first_phase_)
        for (std::size_t from = 0; from < parts_.size(); ++from) deliver(phase - 1, from, part, worker, rings_[part]);
    const std::uint64_t delivered = profiler_ ? ticks() : 0;

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
        update_blocks(blocks, part, phase, noise_keys, lap);
    } else {
        update_blocks(blocks, part, phase, noise_keys, [](Activity) {});
    }
    const std::uint64_t updated = profiler_ ? ticks() : 0;

    if (has_synapses_ && delivery_ == Delivery::reduce) deliver(phase, part, 0, worker, rings_[worker]);
    if (!profiler_) return;
    const std::uint64_t end = ticks();
    const bool pushes_first = delivery_ == Delivery::partition;
    if (sampled) profiler_->add(worker, Activity::deliver, pushes_first ? delivered - begin : end - updated);
    profiler_->add_phase(worker, end - begin, sampled);
    const std::uint64_t step = log_.phase(phase).first_step;
    profiler_->trace(worker, Activity::deliver, step, pushes_first ? begin : updated, pushes_first ? delivered : end);
    profiler_->trace(worker, Activity::update, step, delivered, updated);
}

void Stepper::deliver(std::uint64_t phase, std::size_t from_part, std::size_t row_part, std::size_t worker,
                      Ring& ring) noexcept {
    const Phase& when = log_.phase(phase);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        const auto fired = log_.fired(phase, from_part, s);
        if (fired.empty()) continue;
        const std::uint32_t slot = static_cast<std::uint32_t>(when.first_step + s) & ring_mask_;
        if (has_stored_) {
            simd::DeliverArgs args{};
            args.spikes = fired.data();
            args.spike_count = fired.size();
            args.rows = connectome_.rows(row_part);
            args.ring = ring.sums.data();
            args.stride = ring.stride;
            args.slot_mask = ring_mask_;
            args.slot = slot;
            args.prefetch_lines = prefetch_lines_;
            deliver_(args);
        }
        if (!procedural_.empty()) {
            const Range slots = delivery_ == Delivery::partition ? parts_[row_part].slots : Range{0, plan_.slots};
            procedural_.deliver(fired, {slots, ring.sums.data(), ring.stride, ring_mask_, slot}, scratch_[worker]);
        }
    }
}

void Stepper::deliver_pending(std::uint64_t phase) noexcept {
    if (!has_synapses_ || delivery_ != Delivery::partition || phase <= first_phase_) return;
    for (std::size_t part = 0; part < parts_.size(); ++part)
        for (std::size_t from = 0; from < parts_.size(); ++from) deliver(phase - 1, from, part, 0, rings_[part]);
}

void Stepper::take_over(Stepper& other, std::uint64_t phase) noexcept {
    other.deliver_pending(phase);
    first_phase_ = phase;
    if (!has_synapses_) return;
    // Rounded once only, after all workers' shares are together, or the result would depend on how many there are.
    const int finer = plan_.weight_exponent - other.plan_.weight_exponent;
    for (std::size_t r = 0; r < rings_.size(); ++r) {
        AlignedArray<std::int32_t>& to = rings_[r].sums;
        const bool together = delivery_ == Delivery::reduce;
        if (together && r > 0) break;
        for (std::size_t i = 0; i < to.size(); ++i) {
            std::int64_t sum = other.rings_[r].sums[i];
            for (std::size_t q = 1; together && q < rings_.size(); ++q) sum += other.rings_[q].sums[i];
            to[i] = in_quanta(sum, finer);
        }
    }
}

void Stepper::transfer(Archive& a, std::uint64_t phase, std::uint64_t now, std::optional<int> finer) {
    a.section("in flight");
    a.agree("synapses", connectome_.synapse_count());
    if (!has_synapses_) return;
    a.agree("a longest delay in steps", plan_.max_delay);
    if (a.writing()) deliver_pending(phase);
    if (a.reading())
        for (Ring& ring : rings_) std::fill_n(ring.sums.data(), ring.sums.size(), 0);
    if (a.writing() || a.reading()) first_phase_ = phase;
    AlignedArray<std::int32_t> sums(plan_.slots);
    for (std::uint32_t later = 0; later < plan_.max_delay; ++later) {
        const std::size_t slot = static_cast<std::uint32_t>(now + later) & ring_mask_;
        if (a.writing()) gather(slot, sums);
        a.by_neuron(plan_, sums);
        if (!a.reading()) continue;
        for (std::size_t i = 0; finer && i < sums.size(); ++i) sums[i] = in_quanta(sums[i], *finer);
        scatter(slot, sums);
    }
}

void Stepper::gather(std::size_t ring_slot, AlignedArray<std::int32_t>& sums) const noexcept {
    std::fill_n(sums.data(), sums.size(), 0);
    for (std::size_t r = 0; r < rings_.size(); ++r) {
        const std::size_t first = delivery_ == Delivery::partition ? parts_[r].slots.begin : 0;
        const std::int32_t* const from = rings_[r].sums.data() + ring_slot * rings_[r].stride;
        for (std::size_t i = 0; i < rings_[r].stride; ++i) sums[first + i] += from[i];
    }
}

void Stepper::scatter(std::size_t ring_slot, const AlignedArray<std::int32_t>& sums) noexcept {
    // reduce: the first worker's ring is as good as any
    const std::size_t count = delivery_ == Delivery::partition ? rings_.size() : 1;
    for (std::size_t r = 0; r < count; ++r) {
        const std::size_t first = delivery_ == Delivery::partition ? parts_[r].slots.begin : 0;
        std::copy_n(sums.data() + first, rings_[r].stride, rings_[r].sums.data() + ring_slot * rings_[r].stride);
    }
}

template <class Lap>
void Stepper::update_blocks(Range blocks, std::size_t part, std::uint64_t phase, const NoiseKeys& noise_keys,
                            const Lap& lap) noexcept {
    Resets resets;
    for (std::uint32_t block = blocks.begin; block < blocks.end; ++block)
        update_block(block, part, phase, noise_keys, resets, lap);
    reset(resets);
}

template <class Lap>
void Stepper::update_block(std::uint32_t index, std::size_t part, std::uint64_t phase, const NoiseKeys& noise_keys,
                           Resets& resets, const Lap& lap) noexcept {
    alignas(64) float current[kBlockSlots];
    std::uint64_t fired[kBlockSlots / 64];
    // All workers at once: the sum becomes a float once only, or its rounding would depend on how many there are.
    constexpr std::size_t kMostWorkers = 1024;
    std::int32_t* buffers[kMostWorkers];

    const Block& block = blocks_[index];
    const Columns::PopulationParameters& p = columns_.populations[block.population];
    const auto column = [&](const Columns::Parameter& parameter) {
        return parameter.column ? parameter.column + block.first_slot : nullptr;
    };

    simd::NoiseArgs noise{};
    noise.current = current;
    noise.count = block.slots;
    noise.first = block.first_neuron;
    noise.scale = p.noise_scale;
    noise.bias = column(p.bias);
    noise.uniform_bias = p.bias.value;

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
    const UpdateKernel update_kernel = update_[static_cast<std::size_t>(p.model.form)];

    const Phase& when = log_.phase(phase);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        const std::uint64_t step = when.first_step + s;
        noise.key = noise_keys[s];
        noise_(noise);
        if (stimuli_.reaches(index)) stimuli_.add(index, block, step, current);
        if (live_.reaches(index)) live_.add_to(index, block, step, current);
        lap(Activity::noise);
        if (has_synapses_) {
            const std::size_t slot = static_cast<std::uint32_t>(step) & ring_mask_;
            simd::ReduceArgs reduce{};
            reduce.current = current;
            reduce.count = block.slots;
            reduce.quantum = quantum_;
            if (delivery_ == Delivery::partition) {
                buffers[0] = rings_[part].sums.data() + slot * rings_[part].stride +
                             (block.first_slot - parts_[part].slots.begin);
                reduce.buffer_count = 1;
            } else {
                for (std::size_t r = 0; r < rings_.size(); ++r)
                    buffers[r] = rings_[r].sums.data() + slot * rings_[r].stride + block.first_slot;
                reduce.buffer_count = rings_.size();
            }
            reduce.buffers = buffers;
            kernels_.reduce(reduce);
        }
        lap(Activity::reduce);
        update_kernel(update);
        if (live_.forces(index)) live_.force(index, block, fired, columns_, resets_in_kernel_);
        lap(Activity::update);
        reset(resets);  // of the block before
        scan(block, fired, log_.list(phase, part, s), resets);
        const bool probed = probe_offsets_[index] != probe_offsets_[index + 1];
        if (probed || when.steps > 1) reset(resets);
        if (probed) sample(index, block, step, current, fired, log_.samples(phase, s));
        lap(Activity::scan);
    }
}

void Stepper::scan(const Block& block, const std::uint64_t* fired, PhaseLog::List& list, Resets& resets) noexcept {
    const Columns::PopulationParameters& p = columns_.populations[block.population];
    std::uint32_t count = list.count;
    for (std::uint32_t word = 0; word < block.slots / 64; ++word) {
        for (std::uint64_t bits = fired[word]; bits != 0; bits &= bits - 1) {
            const std::uint32_t lane = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
            if (!resets_in_kernel_) {
                const std::uint32_t slot = block.first_slot + lane;
                if (p.c.column) __builtin_prefetch(p.c.column + slot);
                if (p.d.column) __builtin_prefetch(p.d.column + slot);
                resets.slots[resets.count++] = slot;
            }
            list.neurons[count] = block.first_neuron + lane;
            count += lane < block.neurons ? 1 : 0;  // padding fires unheard
        }
    }
    list.count = count;
    resets.parameters = &p;
}

void Stepper::reset(Resets& resets) noexcept {
    for (std::uint32_t i = 0; i < resets.count; ++i) {
        const std::uint32_t slot = resets.slots[i];
        columns_.v[slot] = resets.parameters->c.at(slot);
        columns_.u[slot] += resets.parameters->d.at(slot);
    }
    resets.count = 0;
}

void Stepper::sample(std::uint32_t index, const Block& block, std::uint64_t step, const float* current,
                     const std::uint64_t* fired, float* samples) noexcept {
    const auto peak = static_cast<float>(columns_.populations[block.population].model.threshold());
    for (std::uint32_t i = probe_offsets_[index]; i < probe_offsets_[index + 1]; ++i) {
        const Probe& probe = probes_[i];
        if ((step + 1) % probe.interval != 0) continue;
        const bool spiked = (fired[probe.lane / 64] >> (probe.lane % 64) & 1) != 0;
        switch (probe.variable) {
            case Variable::v: samples[probe.place] = spiked ? peak : columns_.v[block.first_slot + probe.lane]; break;
            case Variable::u: samples[probe.place] = columns_.u[block.first_slot + probe.lane]; break;
            case Variable::current: samples[probe.place] = current[probe.lane]; break;
        }
    }
}

}  // namespace izhi::detail
