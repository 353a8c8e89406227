// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/layout.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <unistd.h>

#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

constexpr double kUsualCacheBytes = 1048576.0;

double expected_synapses(const Plan& plan) {
    double sum = 0.0;
    for (const ProjectionPlan& p : plan.projections) sum += p.expected_synapses;
    return sum;
}

}  // namespace

std::vector<Block> make_blocks(const Plan& plan) {
    std::vector<Block> blocks;
    for (std::uint32_t p = 0; p < plan.populations.size(); p = plan.populations[p].sharing.end) {
        const PopulationPlan& first = plan.populations[p];
        const PopulationPlan& last = plan.populations[first.sharing.end - 1];
        const std::uint32_t slots = last.first_slot + last.slots - first.first_slot;
        const std::uint32_t neurons = last.first_neuron + last.size - first.first_neuron;
        for (std::uint32_t offset = 0; offset < slots; offset += kBlockSlots) {
            Block block;
            block.first_slot = first.first_slot + offset;
            block.slots = std::min(kBlockSlots, slots - offset);
            block.first_neuron = first.first_neuron + offset;
            block.neurons = std::min(block.slots, neurons - offset);
            block.populations = {plan.population_of(block.first_neuron),
                                 plan.population_of(block.first_neuron + block.neurons - 1) + 1};
            block.source = first.source;
            blocks.push_back(block);
        }
    }
    return blocks;
}

std::vector<PartBlocks> make_parts(const std::vector<Block>& blocks, int count) {
    return make_parts(blocks, {0, static_cast<std::uint32_t>(blocks.size())}, count);
}

namespace {

/// What a block costs: a spike source next to nothing.
std::uint64_t cost_of(const Block& block) {
    constexpr std::uint32_t membrane = 16, source = 1;
    return std::uint64_t{block.slots} * (block.source ? source : membrane);
}

/// The end of part number `part` of `count`, which begins at `begin`: where the cost of all blocks before it comes
/// nearest to its share. @param before the cost of the blocks before `begin`; moves on to the end
std::uint32_t part_end(const std::vector<Block>& blocks, const Range& range, std::uint64_t total, int part, int count,
                       std::uint32_t begin, std::uint64_t& before) {
    const std::uint64_t goal = total * static_cast<std::uint32_t>(part + 1) / static_cast<std::uint32_t>(count);
    std::uint32_t end = begin;
    while (end < range.end && (part + 1 == count || before + cost_of(blocks[end]) / 2 < goal))
        before += cost_of(blocks[end++]);
    return end;
}

std::uint64_t cost_of(const std::vector<Block>& blocks, const Range& range) {
    std::uint64_t total = 0;
    for (std::uint32_t b = range.begin; b < range.end; ++b) total += cost_of(blocks[b]);
    return total;
}

Range slots_of(const std::vector<Block>& blocks, const Range& range) {
    return {blocks[range.begin].first_slot, blocks[range.end - 1].first_slot + blocks[range.end - 1].slots};
}

}  // namespace

std::vector<PartBlocks> make_parts(const std::vector<Block>& blocks, const Range& range, int count) {
    const std::uint64_t total = cost_of(blocks, range);
    std::vector<PartBlocks> parts;
    std::uint64_t before = 0;
    std::uint32_t begin = range.begin;
    for (int p = 0; p < count && begin < range.end; ++p) {
        const std::uint32_t end = part_end(blocks, range, total, p, count, begin, before);
        if (end == begin) continue;
        parts.push_back({{begin, end}, slots_of(blocks, {begin, end})});
        begin = end;
    }
    return parts;
}

Ranks make_ranks(const std::vector<Block>& blocks, std::shared_ptr<Exchange> exchange) {
    const int count = exchange ? exchange->ranks() : 1;
    const Range all{0, static_cast<std::uint32_t>(blocks.size())};
    if (exchange && all.size() < static_cast<std::uint32_t>(count))
        throw Error("network", "",
                    "is shared by " + std::to_string(count) + " ranks, and has " + std::to_string(all.size()) +
                        (all.size() == 1 ? " block" : " blocks") + " of up to " + std::to_string(kBlockSlots) +
                        " neurons",
                    all.size() <= 1 ? "1 rank" : "up to " + std::to_string(all.size()) + " ranks");
    Ranks ranks{.exchange = std::move(exchange), .blocks = {}, .slots = {}, .neurons = {}};
    const std::uint64_t total = cost_of(blocks, all);
    std::uint32_t begin = 0;
    for (int r = 0; r < count; ++r) {
        std::uint64_t before = cost_of(blocks, {0, begin});
        std::uint32_t end = part_end(blocks, all, total, r, count, begin, before);
        // Every rank has a block.
        if (count > 1) end = std::clamp(end, begin + 1, all.end - static_cast<std::uint32_t>(count - r - 1));
        const Range own{begin, end};
        ranks.blocks.push_back(own);
        ranks.slots.push_back(own.empty() ? Range{} : slots_of(blocks, own));
        ranks.neurons.push_back(
            own.empty() ? Range{}
                        : Range{blocks[begin].first_neuron, blocks[end - 1].first_neuron + blocks[end - 1].neurons});
        begin = end;
    }
    return ranks;
}

std::uint32_t substeps(const Plan& plan) {
    // without the slack, 1 ms / 0.05 ms could come out above 20
    return std::max(1u, static_cast<std::uint32_t>(std::ceil(plan.description.spec.dt_ms / kLongestSubstepMs - 1e-9)));
}

std::uint32_t steps_per_phase(const Plan& plan) {
    if (plan.plastic()) return 1;  // weights change with every step
    constexpr std::uint32_t list_entries = 1u << 20;
    return std::clamp(std::min(plan.min_delay, list_entries / std::max(plan.slots, 1u)), 1u, kMostPhaseSteps);
}

std::uint32_t ring_slots(const Plan& plan, Delivery delivery, std::size_t buffer) {
    std::int64_t longest = 1;  // plastic synapses are pushed in the step in which they arrive
    for (const ProjectionPlan& p : plan.projections)
        if (p.buffer == buffer && !p.plastic) longest = std::max(longest, p.delay.high);
    // partition: a part pushes last phase's spikes right before it reads, so the slots in use are those of the delays.
    // reduce: a worker pushes while others still read this phase's slots.
    return std::bit_ceil(static_cast<std::uint32_t>(longest) +
                         (delivery == Delivery::reduce ? steps_per_phase(plan) : 0));
}

std::uint32_t late_window(const LateRows& rows, double cache_bytes) {
    // The time to push a synapse onto sums that are spread over this many bytes, rounded from measurements with a
    // second-level cache of a megabyte.
    const auto push_ns = [&](double slots) {
        constexpr struct {
            double bytes, ns;
        } measured[] = {{32e3, 0.6}, {256e3, 1.0}, {1e6, 1.4}, {2.5e6, 1.8}, {8e6, 3.0}, {20e6, 5.5}, {64e6, 8.0}};
        const double bytes = 4.0 * rows.stride * slots * (kUsualCacheBytes / cache_bytes);
        if (bytes <= measured[0].bytes) return measured[0].ns;
        for (std::size_t i = 1; i < std::size(measured); ++i) {
            const auto [to, ns] = measured[i];
            const auto [from, before] = measured[i - 1];
            if (bytes < to) return before + (ns - before) * std::log(bytes / from) / std::log(to / from);
        }
        return measured[std::size(measured) - 1].ns;
    };
    constexpr double visit_ns = 10.0, worth = 0.9;
    double best = worth * rows.synapses * push_ns(rows.longest);
    std::uint32_t window = rows.whole;
    for (std::uint32_t w = rows.least; w < rows.whole; w *= 2) {
        const double visits = std::min(rows.groups, std::ceil(static_cast<double>(rows.longest) / w));
        const double ns = rows.synapses * push_ns(w) + visits * visit_ns;
        if (ns >= best) continue;
        best = ns;
        window = w;
    }
    return window;
}

double second_level_cache_bytes() {
    static const double bytes = [] {
#ifdef _SC_LEVEL2_CACHE_SIZE
        if (const long size = sysconf(_SC_LEVEL2_CACHE_SIZE); size > 0) return static_cast<double>(size);
#endif
        std::ifstream file("/sys/devices/system/cpu/cpu0/cache/index2/size");
        double size = 0.0;
        char unit = 0;
        if (!(file >> size) || size <= 0.0) return kUsualCacheBytes;
        file >> unit;
        return size * (unit == 'K' ? 1024.0 : unit == 'M' ? 1048576.0 : 1.0);
    }();
    return bytes;
}

std::uint32_t window_slots(const Plan& plan, Delivery delivery, std::size_t parts, std::size_t buffer,
                           std::uint32_t wanted) {
    LateRows rows{.whole = ring_slots(plan, delivery, buffer), .least = std::bit_ceil(steps_per_phase(plan))};
    if (delivery != Delivery::partition) return rows.whole;
    const auto part_count = static_cast<double>(parts), pieces = plan.neurons * part_count;
    for (const ProjectionPlan& p : plan.projections) {
        if (p.buffer != buffer || p.plastic || p.empty()) continue;
        if (p.procedural) return rows.whole;  // drawn once, for all delays
        rows.longest = std::max(rows.longest, static_cast<std::uint32_t>(p.delay.high));
        const double delays = static_cast<double>(p.delay.high - p.delay.low + 1), sources = p.source.size();
        // `met`: how many different delays occur if `drawn` synapses are drawn
        const double drawn = p.expected_synapses / sources / part_count;
        const double met =
            delays == 1.0 ? std::min(drawn, 1.0) : delays * -std::expm1(drawn * std::log1p(-1.0 / delays));
        rows.synapses += p.expected_synapses / pieces;
        rows.groups += sources * part_count * met / pieces;
    }
    if (wanted > 0)
        return std::clamp(std::bit_ceil(std::min(wanted, rows.whole)), std::min(rows.least, rows.whole), rows.whole);
    rows.stride = plan.slots / part_count;
    return late_window(rows, second_level_cache_bytes());
}

std::uint64_t underway_rows(const Plan& plan, std::uint32_t longest) {
    constexpr double spikes_per_ms = 0.05;
    return static_cast<std::uint64_t>(plan.neurons * (1.0 + spikes_per_ms * plan.description.spec.dt_ms * longest));
}

double expected_step_ns(const Plan& plan) {
    // Rounded from perf/: a neuron-step, and a synapse at 8 spikes per second; onto consecutive targets it costs a twelfth.
    double step_ns = 0.9 * plan.slots;
    for (const PopulationPlan& p : plan.populations)
        if (p.source) step_ns -= 0.8 * p.slots;
    for (std::size_t p = 0; p < plan.projections.size(); ++p) {
        const bool dense = std::holds_alternative<AllToAll>(plan.description.projections[p].spec.rule);
        step_ns += (dense ? 0.0005 : 0.006) * plan.projections[p].expected_synapses;
    }
    return step_ns;
}

int useful_threads(const Plan& plan, int available, std::size_t ranks) {
    const double step_ns = expected_step_ns(plan) / static_cast<double>(ranks);
    constexpr double worth_ns = 2500.0;
    return std::clamp(static_cast<int>(std::min(step_ns / worth_ns, 1024.0)), 1, std::max(available, 1));
}

Delivery choose_delivery(const Plan& plan, std::size_t parts) {
    if (parts == 1) return Delivery::partition;
    const double row = expected_synapses(plan) / plan.neurons;
    constexpr double cache_line = 16.0;
    return row / static_cast<double>(parts) >= cache_line ? Delivery::partition : Delivery::reduce;
}

}  // namespace izhi::detail
