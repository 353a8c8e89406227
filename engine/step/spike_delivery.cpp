// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/spike_delivery.hpp"

#include <algorithm>
#include <utility>

namespace izhi::detail {

void SpikeDelivery::take_in(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept {
    if (phase > first_phase_ && delivery_ == Delivery::partition)
        for (std::size_t i = 1; i < log_.list_count(); ++i)
            for (std::uint32_t s = 0; s < log_.phase(phase - 1).steps; ++s)
                log_.prefetch(phase - 1, list_from(part, i), s);
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

void SpikeDelivery::take_in_at_once(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept {
    if (delivery_ == Delivery::partition) {
        // Its own spikes first: those of others are on their way meanwhile. Sums do not depend on the order.
        for (std::size_t i = 0; i < log_.list_count(); ++i) deliver(phase - 1, {list_from(part, i)}, part, worker);
    }
    for (std::size_t p = 0; p < synapses_.plastic.size(); ++p) {
        if (!synapses_.plastic[p]) continue;
        const std::int32_t* const factors =
            synapses_.short_term[p] ? synapses_.short_term[p]->factors(phase - 1, 0) : nullptr;
        for (std::size_t from = 0; from < log_.list_count(); ++from)
            synapses_.plastic[p]->depart(part, log_.phase(phase - 1).first_step, log_.listed(phase - 1, from, 0),
                                         factors);
    }
}

void SpikeDelivery::push_apart(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept {
    if (phase <= first_phase_) return;
    for (std::size_t list = 0; list < log_.list_count(); ++list)
        if (!log_.is_of_part(list)) deliver(phase - 1, {list, part, parts_.size()}, 0, worker);
    deliver(phase - 1, {log_.list_of_part(part)}, 0, worker);
}

void SpikeDelivery::hear(std::uint64_t phase) noexcept {
    const Phase& when = log_.phase(phase);
    for (const auto& short_term : synapses_.short_term)
        for (std::size_t list = 0; short_term && list < log_.list_count(); ++list)
            for (std::uint32_t s = 0; !log_.is_of_part(list) && s < when.steps; ++s)
                short_term->fire(phase, s, when.first_step + s, log_.listed(phase, list, s));
}

void SpikeDelivery::arrive(std::uint64_t step, std::size_t part, std::size_t worker) noexcept {
    for (std::size_t p = 0; p < synapses_.plastic.size(); ++p) {
        PlasticProjection* const projection = synapses_.plastic[p].get();
        if (!projection) continue;
        const auto scale = static_cast<float>(1.0 / plan_.quantum_of(plan_.projections[p]));
        Channel& channel = channels_[projection->buffer()];
        std::int32_t* sums = nullptr;  // of a channel without synapses: nothing arrives
        if (!channel.rings.empty()) {
            Ring& ring = ring_of(channel, part, worker);
            sums = ring.sums.data() + (static_cast<std::uint32_t>(step) & channel.mask()) * ring.stride;
            if (delivery_ == Delivery::reduce) sums += parts_[part].slots.begin - own_.begin;
        }
        projection->arrive(part, step, sums, scale);
        projection->apply(part, step, static_cast<float>(synapses_.modulator.level()));
    }
}

void SpikeDelivery::send(std::uint64_t phase, std::size_t part, std::size_t worker, const Probes& probes) noexcept {
    fire_short_term(phase, part, probes);
    if (delivery_ == Delivery::reduce && !pushes_apart_) deliver(phase, {log_.list_of_part(part)}, 0, worker);
}

void SpikeDelivery::potentiate(std::uint64_t phase, std::size_t part) noexcept {
    for (PlasticProjection* projection : synapses_.all_plastic)
        projection->post(part, log_.phase(phase).first_step, log_.fired(phase, part, 0));
}

void SpikeDelivery::fire_short_term(std::uint64_t phase, std::size_t part, const Probes& probes) noexcept {
    const Phase& when = log_.phase(phase);
    for (std::size_t p = 0; p < synapses_.short_term.size(); ++p) {
        ShortTerm* const short_term = synapses_.short_term[p].get();
        if (!short_term) continue;
        for (std::uint32_t s = 0; s < when.steps; ++s) {
            const std::uint64_t step = when.first_step + s;
            short_term->fire(phase, s, step, log_.fired(phase, part, s));
            probes.sample_sources(p, parts_[part].slots, step, *short_term, log_.samples(phase, s));
        }
    }
}

void SpikeDelivery::deliver(std::uint64_t phase, const ListShare& from, std::size_t row_part,
                            std::size_t worker) noexcept {
    for (Route& route : routes_)
        if (route.underway.empty()) deliver_route(route, phase, from, row_part, worker);
}

void SpikeDelivery::deliver_late(Route& route, std::uint64_t phase, std::size_t part, std::uint32_t now,
                                 std::uint32_t steps, bool fresh) noexcept {
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
        for (std::size_t i = 0; i < log_.list_count(); ++i)
            for (std::uint32_t s = 0; s < before.steps; ++s) {
                const auto step = static_cast<std::uint32_t>(before.first_step + s);
                const std::int32_t* const factors =
                    route.short_term ? route.short_term->factors(phase - 1, s) : nullptr;
                for (const std::uint32_t source : log_.listed(phase - 1, list_from(part, i), s)) {
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

simd::UnderwayArgs SpikeDelivery::underway_args(const Route& route, std::span<simd::UnderwayRow> rows,
                                                std::uint32_t now, std::uint32_t window, std::int32_t* sums,
                                                std::size_t stride) {
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

void SpikeDelivery::push_late(Route& route, std::size_t part, std::uint32_t now,
                              std::span<simd::UnderwayRow> rows) noexcept {
    Channel& channel = channels_[route.buffer];
    Ring& ring = channel.rings[part];
    const std::size_t left =
        route.push_due(underway_args(route, rows, now, channel.slots, ring.sums.data(), ring.stride));
    std::size_t kept = 0;
    while (kept < left && route.underway[part].add(rows[kept])) ++kept;
    if (kept < left) push_beyond(route, part, now, rows.subspan(kept, left - kept));
}

void SpikeDelivery::push_beyond(Route& route, std::size_t part, std::uint32_t now,
                                std::span<simd::UnderwayRow> rows) noexcept {
    Channel& channel = channels_[route.buffer];
    Beyond& beyond = channel.beyond[part];
    route.push_due(underway_args(route, rows, now, channel.whole, beyond.sums.data(), channel.rings[part].stride));
    // Anything in the window has been pushed already.
    for (std::uint32_t later = channel.slots; later < channel.whole; ++later)
        beyond.used[(now + later) & (channel.whole - 1)] = 1;
}

void SpikeDelivery::deliver_route(Route& route, std::uint64_t phase, const ListShare& from, std::size_t row_part,
                                  std::size_t worker) noexcept {
    const Phase& when = log_.phase(phase);
    const std::uint32_t mask = channels_[route.buffer].mask();
    Ring& ring = ring_of(channels_[route.buffer], row_part, worker);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        const auto fired = from.of(log_.listed(phase, from.list, s));
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
            const Range slots = delivery_ == Delivery::partition ? parts_[row_part].slots : own_;
            route.procedural.deliver(fired, {slots, ring.sums.data(), ring.stride, mask, slot}, route.scratch[worker]);
        }
    }
}

void SpikeDelivery::add_beyond(Channel& channel, std::size_t part, std::uint32_t now) noexcept {
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

void SpikeDelivery::sort_spikes(std::uint64_t phase, std::size_t worker) noexcept {
    if (phase <= first_phase_) return;
    std::vector<std::span<const std::uint32_t>>& lists = spike_lists_[worker];
    for (std::size_t i = 0; i < lists.size(); ++i) lists[i] = log_.listed(phase - 1, i, 0);
    routes_.front().procedural.sort(lists, routes_.front().scratch[worker]);
}

void SpikeDelivery::deliver_strata(std::uint64_t phase, std::size_t part, Range slots, std::size_t worker,
                                   std::int32_t* sums) noexcept {
    if (phase <= first_phase_ || slots.begin >= slots.end) return;
    Route& route = routes_.front();
    Channel& channel = channels_[route.buffer];
    Ring& ring = ring_of(channel, part, worker);
    const auto slot = static_cast<std::uint32_t>(log_.phase(phase - 1).first_step) & channel.mask();
    if (sums) {
        route.procedural.deliver_sorted({slots, sums, 0, 0, 0}, route.scratch[worker]);
        return;
    }
    std::int32_t* const from_here = ring.sums.data() + (slots.begin - parts_[part].slots.begin);
    route.procedural.deliver_sorted({slots, from_here, ring.stride, channel.mask(), slot}, route.scratch[worker]);
}

SpikeDelivery::WindowPass SpikeDelivery::begin_windows(std::uint64_t phase, std::size_t part,
                                                       std::size_t worker) noexcept {
    const Range slots = parts_[part].slots;
    if (!cuts_.empty()) sort_spikes(phase, worker);
    Near* const near = near_.empty() || phase <= first_phase_ ? nullptr : &near_[part];
    if (!near_.empty()) near_[part].used = near != nullptr;
    if (near) near->first_slot = slots.begin;
    return {phase,
            part,
            worker,
            cuts_.empty() ? slots.end : slots.begin,
            std::upper_bound(cuts_.cbegin(), cuts_.cend(), slots.begin),
            near};
}

void SpikeDelivery::push_windows_until(WindowPass& pass, const Block& block) noexcept {
    const std::uint32_t part_end = parts_[pass.part].slots.end, first = block.first_slot;
    while (pass.pushed < first + block.slots) {
        const std::uint32_t end = pass.next_cut == cuts_.cend() ? part_end : std::min(*pass.next_cut++, part_end);
        std::int32_t* sums = nullptr;
        if (Near* const near = pass.near) {
            if (near->first_slot != first) {  // what the windows before added to this block moves to the front
                std::int32_t* const from = near->sums.data() + (first - near->first_slot);
                for (std::uint32_t i = 0; i < pass.pushed - first; ++i) near->sums[i] = std::exchange(from[i], 0);
                near->first_slot = first;
            }
            sums = near->sums.data() + (pass.pushed - first);
        }
        deliver_strata(pass.phase, pass.part, {pass.pushed, end}, pass.worker, sums);
        pass.pushed = end;
    }
}

bool SpikeDelivery::has_conductances(std::uint32_t index) const noexcept {
    return std::any_of(channels_.begin(), channels_.end(),
                       [&](const Channel& channel) { return channel.conductance && channel.reaches[index]; });
}

void SpikeDelivery::reduce(std::uint32_t index, std::size_t part, std::uint64_t step, const Input& input) noexcept {
    const Block& block = blocks_[index];
    for (std::size_t c = 0; c < plan_.channels.size(); ++c) {
        Channel& channel = channels_[c];
        alignas(64) std::int32_t sums[kBlockSlots];
        std::int32_t* const joined = channel.apart.empty() || !channel.reaches[index] ? nullptr : sums;
        if (joined) join_apart(channel, index, part, step, input, joined);
        const bool delivered = joined || !channel.rings.empty();
        if (!channel.kernel) {
            if (delivered) reduce_channel(channel, index, part, step, input.current, joined);
            continue;
        }
        if (!channel.reaches[index]) continue;
        alignas(64) float arrived[kBlockSlots] = {};
        if (delivered) reduce_channel(channel, index, part, step, arrived, joined);
        if (stimuli_.reaches(index, c)) stimuli_.add(index, c, block, step, arrived);
        const simd::ChannelArgs args = args_of(channel, block, arrived, input);
        (is_leaky(block) ? channel.leaky_kernel : channel.kernel)(args);
    }
}

simd::ChannelArgs SpikeDelivery::args_of(const Channel& channel, const Block& block, const float* arrived,
                                         const Input& input) const noexcept {
    simd::ChannelArgs args = channel.args;
    args.current = input.current;
    args.arrived = arrived;
    args.count = block.slots;
    args.state = channel.state + block.first_slot;
    args.rise = channel.rise ? channel.rise + block.first_slot : nullptr;
    args.v = input.v;
    if (!is_leaky(block)) return args;
    const Channel::Leaky& leaky = channel.leaky[block.populations.begin];
    args.rest = leaky.rest;
    args.of_state = leaky.of_state;
    args.of_rise = leaky.of_rise;
    args.total = input.total;
    return args;
}

void SpikeDelivery::join_apart(const Channel& channel, std::uint32_t index, std::size_t part, std::uint64_t step,
                               const Input& input, std::int32_t* joined) noexcept {
    const Block& block = blocks_[index];
    std::fill_n(joined, block.slots, 0);
    for (const std::size_t buffer : channel.apart) {
        if (!channels_[buffer].reaches[index]) continue;
        alignas(64) std::int32_t sums[kBlockSlots] = {};
        take_sums(channels_[buffer], block, part, step, sums);
        for (std::uint32_t i = 0; i < block.slots; ++i) joined[i] += sums[i];
        if (input.probes && input.probes->shows(index, buffer)) show_apart(buffer, index, step, input, sums);
    }
}

void SpikeDelivery::show_apart(std::size_t buffer, std::uint32_t index, std::uint64_t step, const Input& input,
                               std::int32_t* sums) noexcept {
    const Channel& apart = channels_[buffer];
    const Block& block = blocks_[index];
    alignas(64) float arrived[kBlockSlots] = {}, current[kBlockSlots] = {}, conductance[kBlockSlots];
    simd::ReduceArgs reduced{};
    reduced.current = arrived;
    reduced.count = block.slots;
    reduced.quantum = apart.quanta[block.populations.begin];
    reduced.buffers = &sums;
    reduced.buffer_count = 1;
    apart.mixed[index] ? reduce_mixed(apart, block, reduced) : kernels_.reduce(reduced);
    if (stimuli_.reaches(index, buffer)) stimuli_.add(index, buffer, block, step, arrived);
    if (!apart.kernel) {
        input.probes->add(index, buffer, arrived, nullptr, input.samples);
        return;
    }
    const simd::ChannelArgs args = args_of(apart, block, arrived, {input.v, current, nullptr, nullptr, nullptr});
    for (std::uint32_t i = 0; apart.conductance && i < block.slots; ++i) conductance[i] = args.state[i] + arrived[i];
    // Conductances of integrate-and-fire neurons are shown with the current that they bring at v, as those of others.
    (is_leaky(block) && !apart.conductance ? apart.leaky_kernel : apart.kernel)(args);
    input.probes->add(index, buffer, current, conductance, input.samples);
}

void SpikeDelivery::take_sums(Channel& channel, const Block& block, std::size_t part, std::uint64_t step,
                              std::int32_t* into) noexcept {
    const auto take = [&](std::int32_t* from) {
        for (std::uint32_t i = 0; i < block.slots; ++i) into[i] += std::exchange(from[i], 0);
    };
    if (channel.rings.empty()) return;
    if (delivery_ == Delivery::partition) {
        take(sums_of(channel, block, part, step));
        return;
    }
    const std::size_t slot = static_cast<std::uint32_t>(step) & channel.mask();
    for (Ring& ring : channel.rings) take(ring.sums.data() + slot * ring.stride + (block.first_slot - own_.begin));
}

void SpikeDelivery::reduce_channel(Channel& channel, std::uint32_t index, std::size_t part, std::uint64_t step,
                                   float* into, std::int32_t* joined) noexcept {
    const Block& block = blocks_[index];
    // All workers at once: the sum becomes a float once only, or its rounding would depend on how many there are.
    constexpr std::size_t kMostWorkers = 1024;
    std::int32_t* buffers[kMostWorkers];
    const std::size_t slot = static_cast<std::uint32_t>(step) & channel.mask();
    simd::ReduceArgs args{};
    args.current = into;
    args.count = block.slots;
    args.quantum = channel.quanta[block.populations.begin];
    if (joined) {
        take_sums(channel, block, part, step, joined);
        buffers[0] = joined;
        args.buffer_count = 1;
    } else if (delivery_ == Delivery::partition) {
        buffers[0] = sums_of(channel, block, part, step);
        args.buffer_count = 1;
    } else {
        for (std::size_t r = 0; r < channel.rings.size(); ++r)
            buffers[r] =
                channel.rings[r].sums.data() + slot * channel.rings[r].stride + (block.first_slot - own_.begin);
        args.buffer_count = channel.rings.size();
    }
    args.buffers = buffers;
    channel.mixed[index] ? reduce_mixed(channel, block, args) : kernels_.reduce(args);
}

void SpikeDelivery::reduce_mixed(const Channel& channel, const Block& block,
                                 const simd::ReduceArgs& args) const noexcept {
    for (std::uint32_t p = block.populations.begin; p < block.populations.end; ++p) {
        const Range lanes = neurons_in(block, plan_.populations[p]);
        for (std::uint32_t i = lanes.begin; i < lanes.end; ++i) {
            std::int32_t sum = 0;
            for (std::size_t b = 0; b < args.buffer_count; ++b) sum += std::exchange(args.buffers[b][i], 0);
            args.current[i] += channel.quanta[p] * static_cast<float>(sum);
        }
    }
}

}  // namespace izhi::detail
