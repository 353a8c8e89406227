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

void Stepper::deliver_strata(std::uint64_t phase, std::size_t part, Range slots, std::size_t worker,
                             std::int32_t* sums) noexcept {
    if (phase <= first_phase_ || slots.begin >= slots.end) return;
    Route& route = routes_.front();
    Channel& channel = channels_[route.channel];
    Ring& ring = ring_of(channel, part, worker);
    const auto slot = static_cast<std::uint32_t>(log_.phase(phase - 1).first_step) & channel.mask();
    if (sums) {
        route.procedural.deliver_sorted({slots, sums, 0, 0, 0}, route.scratch[worker]);
        return;
    }
    std::int32_t* const from_here = ring.sums.data() + (slots.begin - parts_[part].slots.begin);
    route.procedural.deliver_sorted({slots, from_here, ring.stride, channel.mask(), slot}, route.scratch[worker]);
}

void Stepper::sort_spikes(std::uint64_t phase, std::size_t worker) noexcept {
    if (phase <= first_phase_) return;
    std::vector<std::span<const std::uint32_t>>& lists = spike_lists_[worker];
    for (std::size_t i = 0; i < parts_.size(); ++i) lists[i] = log_.fired(phase - 1, i, 0);
    routes_.front().procedural.sort(lists, routes_.front().scratch[worker]);
}

void Stepper::run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept {
    const std::uint64_t begin = profiler_ ? ticks() : 0;
    const bool sampled = profiler_ && Profiler::samples(phase);

    take_in(phase, part, worker);
    const std::uint64_t step = log_.phase(phase).first_step;
    const bool plastic = !synapses_.all_plastic.empty();
    const std::uint64_t delivered = profiler_ ? ticks() : 0;
    if (plastic) arrive(step, part, worker);
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

    fire_short_term(phase, part);
    if (delivery_ == Delivery::reduce) deliver(phase, part, 0, worker);
    const std::uint64_t pushed = profiler_ ? ticks() : 0;
    for (PlasticProjection* projection : synapses_.all_plastic)
        projection->post(part, step, log_.fired(phase, part, 0));
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

void Stepper::take_in(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept {
    if (phase > first_phase_ && delivery_ == Delivery::partition)
        for (std::size_t i = 1; i < parts_.size(); ++i)
            for (std::uint32_t s = 0; s < log_.phase(phase - 1).steps; ++s)
                log_.prefetch(phase - 1, (part + i) % parts_.size(), s);
    for (Channel& channel : channels_)
        if (channel.late) add_beyond(channel, part, static_cast<std::uint32_t>(log_.phase(phase).first_step));
    for (Route& route : routes_)
        if (!route.underway.empty()) {
            const Phase& when = log_.phase(phase);
            deliver_late(route, phase, part, static_cast<std::uint32_t>(when.first_step), when.steps,
                         phase > first_phase_);
        }
    if (phase > first_phase_) take_in_at_once(phase, part, worker);
}

void Stepper::take_in_at_once(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept {
    if (delivery_ == Delivery::partition) {
        // Its own spikes first: those of others are on their way meanwhile. Sums do not hang on the order.
        for (std::size_t i = 0; i < parts_.size(); ++i) deliver(phase - 1, (part + i) % parts_.size(), part, worker);
    }
    for (std::size_t p = 0; p < synapses_.plastic.size(); ++p) {
        if (!synapses_.plastic[p]) continue;
        const std::int32_t* const factors =
            synapses_.short_term[p] ? synapses_.short_term[p]->factors(phase - 1, 0) : nullptr;
        for (std::size_t from = 0; from < parts_.size(); ++from)
            synapses_.plastic[p]->depart(part, log_.phase(phase - 1).first_step, log_.fired(phase - 1, from, 0),
                                         factors);
    }
}

void Stepper::arrive(std::uint64_t step, std::size_t part, std::size_t worker) noexcept {
    for (std::size_t p = 0; p < synapses_.plastic.size(); ++p) {
        PlasticProjection* const projection = synapses_.plastic[p].get();
        if (!projection) continue;
        const auto scale = static_cast<float>(1.0 / plan_.quantum_of(plan_.projections[p]));
        Channel& channel = channels_[projection->channel()];
        std::int32_t* sums = nullptr;  // of a channel without synapses: nothing arrives
        if (!channel.rings.empty()) {
            Ring& ring = ring_of(channel, part, worker);
            sums = ring.sums.data() + (static_cast<std::uint32_t>(step) & channel.mask()) * ring.stride;
            if (delivery_ == Delivery::reduce) sums += parts_[part].slots.begin;
        }
        projection->arrive(part, step, sums, scale);
        projection->apply(part, step, static_cast<float>(synapses_.modulator.level()));
    }
}

void Stepper::fire_short_term(std::uint64_t phase, std::size_t part) noexcept {
    const Phase& when = log_.phase(phase);
    for (const auto& short_term : synapses_.short_term) {
        if (!short_term) continue;
        for (std::uint32_t s = 0; s < when.steps; ++s)
            short_term->fire(phase, s, when.first_step + s, log_.fired(phase, part, s));
    }
}

void Stepper::deliver(std::uint64_t phase, std::size_t from_part, std::size_t row_part, std::size_t worker) noexcept {
    for (Route& route : routes_)
        if (route.underway.empty()) deliver_route(route, phase, from_part, row_part, worker);
}

void Stepper::deliver_late(Route& route, std::uint64_t phase, std::size_t part, std::uint32_t now, std::uint32_t steps,
                           bool fresh) noexcept {
    constexpr std::size_t batch = 256;
    simd::UnderwayRow rows[batch];
    std::size_t count = 0;
    const auto push = [&] {
        push_late(route, part, now, {rows, count});
        count = 0;
    };
    // Those on their way first: they go on to later steps, and no new one is due before.
    for (std::uint32_t s = 0; s < steps; ++s)
        route.underway[part].drain(now + s, [&](std::span<const simd::UnderwayRow> due) {
            if (count + due.size() > batch) push();
            std::copy(due.begin(), due.end(), rows + count);
            count += due.size();
        });
    if (fresh) {
        const simd::RowIndex index = route.rows->rows(part);
        const Phase& before = log_.phase(phase - 1);
        for (std::size_t i = 0; i < parts_.size(); ++i)
            for (std::uint32_t s = 0; s < before.steps; ++s) {
                const auto step = static_cast<std::uint32_t>(before.first_step + s);
                const std::int32_t* const factors =
                    route.short_term ? route.short_term->factors(phase - 1, s) : nullptr;
                for (const std::uint32_t source : log_.fired(phase - 1, (part + i) % parts_.size(), s)) {
                    const std::uint32_t chunk = source >> simd::kRowChunkShift;
                    const std::uint32_t* const offsets = index.offsets + source + chunk;
                    if (count == batch) push();
                    rows[count] = {index.chunks[chunk] + offsets[0], offsets[1] - offsets[0], step, step,
                                   factors ? factors[source] : 0};
                    count += offsets[1] != offsets[0] ? 1 : 0;
                }
            }
    }
    push();
}

simd::UnderwayArgs Stepper::underway_args(const Route& route, std::span<simd::UnderwayRow> rows, std::uint32_t now,
                                          std::uint32_t window, std::int32_t* sums, std::size_t stride) {
    simd::UnderwayArgs args{};
    args.rows = rows.data();
    args.count = rows.size();
    args.now = now;
    args.window = window;
    args.ring = sums;
    args.stride = stride;
    args.slot_mask = window - 1;
    args.prefetch_lines = route.prefetch_lines;
    args.prefetch_rows = route.rows_in_memory ? 8 : 3;
    return args;
}

void Stepper::push_late(Route& route, std::size_t part, std::uint32_t now, std::span<simd::UnderwayRow> rows) noexcept {
    Channel& channel = channels_[route.channel];
    Ring& ring = channel.rings[part];
    const std::size_t left =
        route.push_due(underway_args(route, rows, now, channel.slots, ring.sums.data(), ring.stride));
    std::size_t kept = 0;
    while (kept < left && route.underway[part].add(rows[kept])) ++kept;
    if (kept < left) push_beyond(route, part, now, rows.subspan(kept, left - kept));
}

void Stepper::push_beyond(Route& route, std::size_t part, std::uint32_t now,
                          std::span<simd::UnderwayRow> rows) noexcept {
    Channel& channel = channels_[route.channel];
    Beyond& beyond = channel.beyond[part];
    route.push_due(underway_args(route, rows, now, channel.whole, beyond.sums.data(), channel.rings[part].stride));
    // Anything in the window has been pushed already.
    for (std::uint32_t later = channel.slots; later < channel.whole; ++later)
        beyond.used[(now + later) & (channel.whole - 1)] = 1;
}

void Stepper::deliver_route(Route& route, std::uint64_t phase, std::size_t from_part, std::size_t row_part,
                            std::size_t worker) noexcept {
    const Phase& when = log_.phase(phase);
    const std::uint32_t mask = channels_[route.channel].mask();
    Ring& ring = ring_of(channels_[route.channel], row_part, worker);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        const auto fired = log_.fired(phase, from_part, s);
        if (fired.empty()) continue;
        const std::uint32_t slot = static_cast<std::uint32_t>(when.first_step + s) & mask;
        if (route.rows->row_words() > 0) {
            simd::DeliverArgs args{};
            args.spikes = fired.data();
            args.spike_count = fired.size();
            args.rows = route.rows->rows(row_part);
            args.ring = ring.sums.data();
            args.stride = ring.stride;
            args.slot_mask = mask;
            args.slot = slot;
            args.factors = route.short_term ? route.short_term->factors(phase, s) : nullptr;
            args.prefetch_lines = route.prefetch_lines;
            args.prefetch_spikes = route.rows_in_memory ? 8 : 3;
            args.rows_in_memory = route.rows_in_memory;
            route.deliver(args);
        }
        if (!route.procedural.empty() && cuts_.empty()) {
            const Range slots = delivery_ == Delivery::partition ? parts_[row_part].slots : Range{0, plan_.slots};
            route.procedural.deliver(fired, {slots, ring.sums.data(), ring.stride, mask, slot}, route.scratch[worker]);
        }
    }
}

void Stepper::add_beyond(Channel& channel, std::size_t part, std::uint32_t now) noexcept {
    Ring& ring = channel.rings[part];
    Beyond& beyond = channel.beyond[part];
    for (; beyond.next - now < channel.slots; ++beyond.next) {
        const std::uint32_t slot = beyond.next & (channel.whole - 1);
        if (!beyond.used[slot]) continue;
        beyond.used[slot] = 0;
        std::int32_t* const from = beyond.sums.data() + slot * ring.stride;
        std::int32_t* const to = ring.sums.data() + (beyond.next & channel.mask()) * ring.stride;
        for (std::size_t i = 0; i < ring.stride; ++i) to[i] += std::exchange(from[i], 0);
    }
}

template <class Lap>
void Stepper::update_blocks(Range blocks, std::size_t part, std::size_t worker, std::uint64_t phase,
                            const NoiseKeys& noise_keys, const Lap& lap) noexcept {
    Resets resets;
    auto cut = std::upper_bound(cuts_.begin(), cuts_.end(), parts_[part].slots.begin);
    std::uint32_t delivered = cuts_.empty() ? parts_[part].slots.end : parts_[part].slots.begin;
    if (!cuts_.empty()) sort_spikes(phase, worker);
    Near* const near = near_.empty() || phase <= first_phase_ ? nullptr : &near_[part];
    if (!near_.empty()) near_[part].used = near != nullptr;
    if (near) near->first_slot = delivered;
    for (std::uint32_t block = blocks.begin; block < blocks.end; ++block) {
        const std::uint32_t block_end = blocks_[block].first_slot + blocks_[block].slots;
        while (delivered < block_end) {
            const std::uint32_t end =
                cut == cuts_.end() ? parts_[part].slots.end : std::min(*cut++, parts_[part].slots.end);
            std::int32_t* sums = nullptr;
            if (near) {
                const std::uint32_t first = blocks_[block].first_slot;
                if (near->first_slot != first) {  // what the windows before added to this block moves to the front
                    std::int32_t* const from = near->sums.data() + (first - near->first_slot);
                    for (std::uint32_t i = 0; i < delivered - first; ++i) near->sums[i] = std::exchange(from[i], 0);
                    near->first_slot = first;
                }
                sums = near->sums.data() + (delivered - first);
            }
            deliver_strata(phase, part, {delivered, end}, worker, sums);
            delivered = end;
            lap(Activity::deliver);
        }
        update_block(block, part, phase, noise_keys, resets, lap);
    }
    reset(resets);
    if (!resets.in_range) lookout_.found_out_of_range();
}

template <class Lap>
void Stepper::update_block(std::uint32_t index, std::size_t part, std::uint64_t phase, const NoiseKeys& noise_keys,
                           Resets& resets, const Lap& lap) noexcept {
    alignas(64) float current[kBlockSlots];
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
    const bool probed = probes_.any_in(index);
    // The kernel adds what arrived itself, where it is all there is and nobody asks for the current.
    const bool usually_in_kernel = sums_in_kernel_ && !probed && !channels_.front().mixed[index];
    update.quantum = channels_.front().quanta[block.populations.begin];

    const Phase& when = log_.phase(phase);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        const std::uint64_t step = when.first_step + s;
        const bool looked_at = Lookout::looks_at(step);
        const bool sums_in_kernel = usually_in_kernel && !looked_at;
        update.sums = nullptr;
        noise.key = noise_keys[s];
        if (own_scales) draw_noise(noise_, noise, own_scales);
        else noise_(noise);
        if (stimuli_.reaches(index)) stimuli_.add(index, block, step, current);
        if (live_.reaches(index)) live_.add_to(index, block, step, current);
        lap(Activity::noise);
        if (sums_in_kernel) update.sums = sums_of(channels_.front(), block, part, step);
        else if (has_synapses_) reduce(index, part, step, current);
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
        if (probed)
            probes_.sample(index, block, step, columns_, update.threshold, current, fired, log_.samples(phase, s));
        lap(Activity::scan);
    }
}

void Stepper::reduce(std::uint32_t index, std::size_t part, std::uint64_t step, float* current) noexcept {
    const Block& block = blocks_[index];
    for (Channel& channel : channels_) {
        if (channel.rings.empty()) continue;
        if (!channel.kernel) {
            reduce_channel(channel, index, part, step, current);
            continue;
        }
        if (!channel.reaches[index]) continue;
        alignas(64) float arrived[kBlockSlots] = {};
        reduce_channel(channel, index, part, step, arrived);
        simd::ChannelArgs args = channel.args;
        args.current = current;
        args.arrived = arrived;
        args.count = block.slots;
        args.state = channel.state + block.first_slot;
        args.rise = channel.rise ? channel.rise + block.first_slot : nullptr;
        args.v = columns_.v.data() + block.first_slot;
        channel.kernel(args);
    }
}

std::int32_t* Stepper::sums_of(Channel& channel, const Block& block, std::size_t part, std::uint64_t step) noexcept {
    if (!near_.empty() && near_[part].used && &channel == &channels_[routes_.front().channel])
        return near_[part].sums.data() + (block.first_slot - near_[part].first_slot);
    const Ring& ring = channel.rings[part];
    return channel.rings[part].sums.data() + (static_cast<std::uint32_t>(step) & channel.mask()) * ring.stride +
           (block.first_slot - parts_[part].slots.begin);
}

void Stepper::reduce_channel(Channel& channel, std::uint32_t index, std::size_t part, std::uint64_t step,
                             float* into) noexcept {
    const Block& block = blocks_[index];
    // All workers at once: the sum becomes a float once only, or its rounding would depend on how many there are.
    constexpr std::size_t kMostWorkers = 1024;
    std::int32_t* buffers[kMostWorkers];
    const std::size_t slot = static_cast<std::uint32_t>(step) & channel.mask();
    simd::ReduceArgs args{};
    args.current = into;
    args.count = block.slots;
    args.quantum = channel.quanta[block.populations.begin];
    if (delivery_ == Delivery::partition) {
        buffers[0] = sums_of(channel, block, part, step);
        args.buffer_count = 1;
    } else {
        for (std::size_t r = 0; r < channel.rings.size(); ++r)
            buffers[r] = channel.rings[r].sums.data() + slot * channel.rings[r].stride + block.first_slot;
        args.buffer_count = channel.rings.size();
    }
    args.buffers = buffers;
    channel.mixed[index] ? reduce_mixed(channel, block, args) : kernels_.reduce(args);
}

void Stepper::reduce_mixed(const Channel& channel, const Block& block, const simd::ReduceArgs& args) const noexcept {
    for (std::uint32_t p = block.populations.begin; p < block.populations.end; ++p) {
        const Range lanes = neurons_in(block, plan_.populations[p]);
        for (std::uint32_t i = lanes.begin; i < lanes.end; ++i) {
            std::int32_t sum = 0;
            for (std::size_t b = 0; b < args.buffer_count; ++b) sum += std::exchange(args.buffers[b][i], 0);
            args.current[i] += channel.quanta[p] * static_cast<float>(sum);
        }
    }
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
