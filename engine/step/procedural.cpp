// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/procedural.hpp"

#include <algorithm>
#include <utility>

#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

constexpr std::size_t kSpikesTogether = 256;
static_assert(kSpikesTogether % simd::kPad == 0);
constexpr std::uint32_t kNobody = 0xffffffffu;

/// Those of ascending spikes that are in a range.
std::span<const std::uint32_t> within(std::span<const std::uint32_t> spikes, const Range& range) {
    const auto first = std::lower_bound(spikes.begin(), spikes.end(), range.begin);
    return {first, std::lower_bound(first, spikes.end(), range.end)};
}

}  // namespace

ProceduralRows::ProceduralRows(const Plan& plan, const RoutePlan& route, const simd::Kernels& kernels)
    : plan_(plan), kernels_(kernels), most_spikes_together_(kSpikesTogether) {
    for (const std::size_t i : route.projections) {
        const ProjectionPlan& planned = plan.projections[i];
        if (!planned.procedural || planned.empty()) continue;
        const ProjectionSpec& spec = plan.description.projections[i].spec;
        Projection projection;
        projection.number = i;
        projection.spikes_together = kSpikesTogether;
        projection.segments = target_segments(plan, planned.target);
        const std::int64_t choices = planned.weight.high - planned.weight.low + 1;
        const bool even = !planned.geometry && planned.delay.low == planned.delay.high && choices <= 0xffffffffll &&
                          (choices == 1 || planned.weight.kind == Distribution::Kind::uniform);
        const auto* outdegree = std::get_if<FixedOutdegree>(&spec.rule);
        if (even && outdegree && spec.multapses && outdegree->strata == 1) projection.draw = kernels.draw_outdegree;
        if (even && outdegree && outdegree->strata > 1 && !route.wide) {
            projection.draw = kernels.draw_strata;
            projection.keys = strata_keys(plan.description.spec.seed, i, outdegree->count);
            projection.windows = windows_of(*outdegree, planned.source.size(), planned.target.size(), projection.keys);
            projection.args.strata = outdegree->strata;
            for (std::uint32_t z = 0; z < outdegree->strata; ++z) {
                const Range targets = stratum_of(*outdegree, planned.target.size(), z).targets;
                for (std::uint32_t w = 0; w < projection.windows.count; ++w) {
                    const std::uint32_t last = window_of(targets, projection.windows.count, w).end - 1;
                    projection.window_ends.push_back(plan.slot_of(planned.target.begin + last) + 1);
                }
            }
        }
        if (even && std::holds_alternative<AllToAll>(spec.rule)) projection.draw = kernels.draw_all;
        projection.args.row_synapses = outdegree ? outdegree->count : 0;
        projection.args.target_count = planned.target.size();
        projection.args.segment_count = projection.segments.size();
        projection.args.lowest_weight = static_cast<std::int32_t>(planned.weight.low);
        projection.args.weight_choices = static_cast<std::uint32_t>(std::clamp<std::int64_t>(choices, 1, 0xffffffffll));
        projections_.push_back(std::move(projection));
    }
}

bool ProceduralRows::arrives_next_step() const {
    return std::all_of(projections_.begin(), projections_.end(), [&](const Projection& p) {
        const IntegerLaw& delay = plan_.projections[p.number].delay;
        return delay.low == 1 && delay.high == 1;
    });
}

ProceduralRows::Scratch::Scratch(const ProceduralRows& rows)
    : k0(rows.most_spikes_together_), k1(rows.most_spikes_together_), k2(rows.most_spikes_together_),
      excluded(rows.most_spikes_together_), drawer(rows.plan_, rows.kernels_) {
    std::size_t longest = 0;
    sorted.resize(rows.projections_.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        const Projection& p = rows.projections_[i];
        if (!p.keys.empty()) {
            const std::size_t most = rows.plan_.projections[p.number].source.size() + simd::kPad;
            sorted[i].sources.reset(static_cast<std::uint32_t*>(allocate_aligned(most * sizeof(std::uint32_t))));
            sorted[i].classes.resize(std::size_t{p.windows.classes()} + 1);
            sorted[i].next.resize(p.windows.classes());
        }
        if (p.draw) continue;
        const ProjectionPlan& planned = rows.plan_.projections[p.number];
        longest = std::max<std::size_t>(longest, planned.longest_row);
    }
    row.reserve(longest);  // no row is longer: nothing is allocated while running
    drawer.reserve(longest);
}

void ProceduralRows::deliver(std::span<const std::uint32_t> spikes, const Target& target,
                             Scratch& scratch) const noexcept {
    for (std::size_t p = 0; p < projections_.size(); ++p) {
        const Projection& projection = projections_[p];
        const auto own = within(spikes, plan_.projections[projection.number].source);
        if (own.empty()) continue;
        if (!projection.keys.empty()) {
            sort(p, {&spikes, 1}, scratch);
            draw_sorted(p, target, scratch);
        } else {
            projection.draw ? deliver_drawn(projection, own, target, scratch)
                            : deliver_slowly(projection, own, target, scratch);
        }
    }
}

void ProceduralRows::sort(std::span<const std::span<const std::uint32_t>> lists, Scratch& scratch) const noexcept {
    for (std::size_t p = 0; p < projections_.size(); ++p) sort(p, lists, scratch);
}

void ProceduralRows::deliver_sorted(const Target& target, Scratch& scratch) const noexcept {
    for (std::size_t p = 0; p < projections_.size(); ++p) draw_sorted(p, target, scratch);
}

void ProceduralRows::sort(std::size_t projection, std::span<const std::span<const std::uint32_t>> lists,
                          Scratch& scratch) const noexcept {
    const Range source = plan_.projections[projections_[projection].number].source;
    const Windows& windows = projections_[projection].windows;
    Scratch::Sorted& sorted = scratch.sorted[projection];
    std::uint32_t* const __restrict sources = sorted.sources.get();
    const std::uint32_t classes = windows.classes();
    if (classes == 1) {
        std::uint32_t* end = sources;
        for (const auto& list : lists)
            if (const auto own = within(list, source); !own.empty()) end = std::copy(own.begin(), own.end(), end);
        sorted.classes[0] = 0;
        sorted.classes[1] = static_cast<std::uint32_t>(end - sources);
        return;
    }
    std::uint32_t* const __restrict next = sorted.next.data();
    std::fill_n(next, classes, 0u);
    for (const auto& list : lists)
        for (const std::uint32_t spike : within(list, source)) ++next[windows.class_of(spike)];
    std::uint32_t begin = 0;
    for (std::uint32_t c = 0; c < classes; ++c) {
        sorted.classes[c] = begin;
        begin += std::exchange(next[c], begin);
    }
    sorted.classes[classes] = begin;
    for (const auto& list : lists)
        for (const std::uint32_t spike : within(list, source)) sources[next[windows.class_of(spike)]++] = spike;
}

simd::DrawArgs ProceduralRows::args_of(const Projection& projection, const Target& target,
                                       Scratch& scratch) const noexcept {
    const ProjectionPlan& planned = plan_.projections[projection.number];
    simd::DrawArgs args = projection.args;
    args.segments = projection.segments.data();
    args.keys = projection.keys.data();
    args.k0 = scratch.k0.data();
    args.k1 = scratch.k1.data();
    args.k2 = scratch.k2.data();
    args.part_begin = target.slots.begin;
    args.part_slots = target.slots.size();
    args.sums = target.ring +
                target.stride * ((target.slot + static_cast<std::uint32_t>(planned.delay.low)) & target.slot_mask);
    return args;
}

void ProceduralRows::draw_sorted(std::size_t number, const Target& target, Scratch& scratch) const noexcept {
    const Projection& projection = projections_[number];
    const Scratch::Sorted& sorted = scratch.sorted[number];
    if (sorted.classes.back() == 0) return;
    simd::DrawArgs args = args_of(projection, target, scratch);
    args.sources = sorted.sources.get();
    args.spike_count = sorted.classes.back();
    args.classes = sorted.classes.data();
    args.windows = projection.windows.count;
    args.groups = projection.windows.groups;
    args.turns = projection.windows.turns.data();
    if (!plan_.description.projections[projection.number].spec.autapses) {
        scratch.excluded[0] = plan_.projections[projection.number].target.begin;
        args.excluded = scratch.excluded.data();
    }
    projection.draw(args);
}

void ProceduralRows::deliver_drawn(const Projection& projection, std::span<const std::uint32_t> spikes,
                                   const Target& target, Scratch& scratch) const noexcept {
    const ProjectionPlan& planned = plan_.projections[projection.number];
    const std::uint64_t seed = plan_.description.spec.seed;
    simd::DrawArgs args = args_of(projection, target, scratch);
    const bool autapses = plan_.description.projections[projection.number].spec.autapses;
    if (!autapses) args.excluded = scratch.excluded.data();
    for (; !spikes.empty(); spikes = spikes.subspan(args.spike_count)) {
        args.spike_count = std::min(spikes.size(), projection.spikes_together);
        kernels_.row_keys({spikes.data(), args.spike_count, static_cast<std::uint32_t>(projection.number),
                           static_cast<std::uint32_t>(Stream::rows), static_cast<std::uint32_t>(seed),
                           static_cast<std::uint32_t>(seed >> 32), scratch.k0.data(), scratch.k1.data(),
                           scratch.k2.data()});
        if (!autapses)
            for (std::size_t i = 0; i < args.spike_count; ++i)
                scratch.excluded[i] = planned.target.contains(spikes[i]) ? spikes[i] - planned.target.begin : kNobody;
        projection.draw(args);
    }
}

void ProceduralRows::deliver_slowly(const Projection& projection, std::span<const std::uint32_t> spikes,
                                    const Target& target, Scratch& scratch) const noexcept {
    for (const std::uint32_t source : spikes) {
        scratch.row.clear();
        scratch.drawer.draw_row(projection.number, source, scratch.row);
        for (std::size_t i = 0; i < scratch.row.size(); ++i) {
            const DrawnSynapse s = scratch.row[i];
            const std::uint32_t slot = plan_.slot_of(s.target);
            if (!target.slots.contains(slot)) continue;
            target.ring[target.stride * ((target.slot + s.delay) & target.slot_mask) + (slot - target.slots.begin)] +=
                s.weight;
        }
    }
}

}  // namespace izhi::detail
