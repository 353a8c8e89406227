// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Spikes in flight: handed to another delivery, saved and restored.
#include <algorithm>
#include <cstdlib>

#include "engine/step/spike_delivery.hpp"

namespace izhi::detail {
namespace {

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

void SpikeDelivery::deliver_pending(std::uint64_t phase) noexcept {
    // of late channels new spikes only: the steps of this phase are not yet known
    if (phase <= first_phase_) return;
    const Phase& before = log_.phase(phase - 1);
    const auto now = static_cast<std::uint32_t>(before.first_step + before.steps);
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        for (Route& route : routes_)
            if (!route.underway.empty()) deliver_late(route, phase, part, now, 0, true);
        take_in_at_once(phase, part, 0);
        if (pushes_apart_) push_apart(phase, part, 0);
        if (cuts_.empty()) continue;
        if (part == 0) sort_spikes(phase, 0);
        deliver_strata(phase, part, parts_[part].slots, 0, nullptr);
    }
}

std::vector<SpikeDelivery::Ring> SpikeDelivery::whole_rings(const Channel& channel) const {
    std::vector<Ring> rings(parts_.size());
    for (std::size_t r = 0; r < rings.size(); ++r) {
        rings[r].stride = parts_[r].slots.size();
        rings[r].sums = AlignedArray<std::int32_t>(rings[r].stride * std::size_t{channel.whole});
    }
    return rings;
}

std::vector<SpikeDelivery::Ring> SpikeDelivery::in_flight(const Channel& channel, std::size_t number,
                                                          std::uint32_t now) const {
    std::vector<Ring> whole = whole_rings(channel);
    const std::uint32_t whole_mask = channel.whole - 1;
    for (std::size_t r = 0; r < whole.size(); ++r) {
        const Ring& ring = channel.rings[r];
        const Beyond& beyond = channel.beyond[r];
        for (std::uint32_t later = 0; later < channel.whole; ++later) {
            const std::uint32_t step = now + later, slot = step & whole_mask;
            std::int32_t* const to = whole[r].sums.data() + slot * ring.stride;
            for (std::size_t i = 0; later < channel.slots && i < ring.stride; ++i)
                to[i] += ring.sums[(step & channel.mask()) * ring.stride + i];
            for (std::size_t i = 0; beyond.used[slot] && i < ring.stride; ++i)
                to[i] += beyond.sums[slot * ring.stride + i];
        }
    }
    for (const Route& route : routes_) {
        if (route.buffer != number) continue;
        for (std::size_t r = 0; r < route.underway.size(); ++r)
            route.underway[r].look_at_all([&](std::span<const simd::UnderwayRow> rows) {
                std::vector<simd::UnderwayRow> copies(rows.begin(), rows.end());
                route.push_due(underway_args(route, copies, now, channel.whole, whole[r].sums.data(), whole[r].stride));
            });
    }
    return whole;
}

void SpikeDelivery::carry(Channel& channel, const std::vector<Ring>& sums, std::uint32_t now) noexcept {
    for (std::size_t r = 0; r < sums.size(); ++r) {
        Beyond& beyond = channel.beyond[r];
        beyond.next = now;
        for (std::size_t slot = 0; slot < channel.whole; ++slot) {
            const std::int32_t* const from = sums[r].sums.data() + slot * sums[r].stride;
            const bool any = std::any_of(from, from + sums[r].stride, [](std::int32_t sum) { return sum != 0; });
            if (any || beyond.used[slot]) std::copy_n(from, sums[r].stride, beyond.sums.data() + slot * sums[r].stride);
            beyond.used[slot] = any ? 1 : 0;
        }
    }
}

template <class Use>
void SpikeDelivery::for_finer(std::size_t channel, const std::vector<int>& then, Slots slots, const Use& use) const {
    for (std::size_t p = 0; p < plan_.populations.size(); ++p) {
        const PopulationPlan& population = plan_.populations[p];
        const std::size_t begin = std::max<std::size_t>(slots.first, population.first_slot);
        const std::size_t end =
            std::min<std::size_t>(slots.first + slots.count, population.first_slot + population.slots);
        const int finer = plan_.sum_exponent(channel, p) - then[channel * plan_.populations.size() + p];
        for (std::size_t slot = begin; slot < end; ++slot) use(slot - slots.first, finer);
    }
}

void SpikeDelivery::take_over(SpikeDelivery& other, std::uint64_t phase, std::uint64_t now) noexcept {
    other.deliver_pending(phase);
    first_phase_ = phase;
    // Rounded once only, after all workers' shares are together, or the result would depend on how many there are.
    const bool together = delivery_ == Delivery::reduce;
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        if (channels_[c].late && !channels_[c].rings.empty()) {
            std::vector<Ring> sums = other.in_flight(other.channels_[c], c, static_cast<std::uint32_t>(now));
            for (std::size_t r = 0; r < sums.size(); ++r)
                for (std::size_t slot = 0; slot < channels_[c].whole; ++slot) {
                    std::int32_t* const to = sums[r].sums.data() + slot * sums[r].stride;
                    const auto in_new = [&](std::size_t i, int finer) { to[i] = in_quanta(to[i], finer); };
                    for_finer(channels_[c].number, other.plan_.sum_exponents, {first_slot_of(r), sums[r].stride},
                              in_new);
                }
            carry(channels_[c], sums, static_cast<std::uint32_t>(now));
            continue;
        }
        std::vector<Ring>& rings = channels_[c].rings;
        const std::vector<Ring>& others = other.channels_[c].rings;
        for (std::size_t r = 0; r < (together ? std::min<std::size_t>(rings.size(), 1) : rings.size()); ++r) {
            for (std::size_t slot = 0; slot < channels_[c].slots; ++slot) {
                const std::size_t first = slot * rings[r].stride;
                const auto in_new = [&](std::size_t i, int finer) {
                    std::int64_t sum = others[r].sums[first + i];
                    for (std::size_t q = 1; together && q < others.size(); ++q) sum += others[q].sums[first + i];
                    rings[r].sums[first + i] = in_quanta(sum, finer);
                };
                for_finer(channels_[c].number, other.plan_.sum_exponents, {first_slot_of(r), rings[r].stride}, in_new);
            }
        }
    }
}

void SpikeDelivery::transfer(Archive& a, std::uint64_t phase, std::uint64_t now, const std::vector<int>& then) {
    a.section("in flight");
    a.agree("synapses", synapse_count_);
    if (!has_synapses_) return;
    a.agree("a longest delay in steps", plan_.max_delay);
    if (a.writing()) deliver_pending(phase);
    if (a.writing() || a.reading()) first_phase_ = phase;
    if (gathered_.empty()) gathered_ = AlignedArray<std::int32_t>(plan_.slots, own_.begin, own_.end);
    AlignedArray<std::int32_t>& sums = gathered_;
    for (Channel& channel : channels_) {
        if (channel.rings.empty()) continue;
        if (a.reading())
            for (Ring& ring : channel.rings) std::fill_n(ring.sums.data(), ring.sums.size(), 0);
        std::vector<Ring> whole;
        const auto number = static_cast<std::size_t>(&channel - channels_.data());
        if (channel.late)
            whole = a.writing() ? in_flight(channel, number, static_cast<std::uint32_t>(now)) : whole_rings(channel);
        std::vector<Ring>& rings = channel.late ? whole : channel.rings;
        for (std::uint32_t later = 0; later < plan_.max_delay; ++later) {
            const std::size_t slot = static_cast<std::uint32_t>(now + later) & (channel.whole - 1);
            if (a.writing())
                later < channel.whole ? gather(rings, slot, sums)
                                      : (void)std::fill_n(sums.data() + own_.begin, own_.size(), 0);
            a.by_neuron(plan_, sums);
            if (!a.reading() || later >= channel.whole) continue;
            if (!then.empty())
                for_finer(channel.number, then, {own_.begin, own_.size()}, [&](std::size_t i, int finer) {
                    sums[own_.begin + i] = in_quanta(sums[own_.begin + i], finer);
                });
            scatter(rings, slot, sums);
        }
        if (!channel.late || !a.reading()) continue;
        for (Route& route : routes_)
            if (route.buffer == number)
                for (UnderwayQueue& queue : route.underway) queue.clear();
        carry(channel, whole, static_cast<std::uint32_t>(now));
    }
}

void SpikeDelivery::gather(const std::vector<Ring>& rings, std::size_t ring_slot,
                           AlignedArray<std::int32_t>& sums) const noexcept {
    std::fill_n(sums.data() + own_.begin, own_.size(), 0);
    for (std::size_t r = 0; r < rings.size(); ++r) {
        const Ring& ring = rings[r];
        const std::size_t first = first_slot_of(r);
        const std::int32_t* const from = ring.sums.data() + ring_slot * ring.stride;
        for (std::size_t i = 0; i < ring.stride; ++i) sums[first + i] += from[i];
    }
}

void SpikeDelivery::scatter(std::vector<Ring>& rings, std::size_t ring_slot,
                            const AlignedArray<std::int32_t>& sums) noexcept {
    // reduce: the first worker's ring is as good as any
    const std::size_t count = delivery_ == Delivery::partition ? rings.size() : 1;
    for (std::size_t r = 0; r < count; ++r) {
        Ring& ring = rings[r];
        const std::size_t first = first_slot_of(r);
        std::copy_n(sums.data() + first, ring.stride, ring.sums.data() + ring_slot * ring.stride);
    }
}

}  // namespace izhi::detail
