// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/simulation/forecast.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

#include "engine/network/rows.hpp"
#include "engine/state/columns.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/underway.hpp"

namespace izhi::detail {
namespace {

std::uint64_t rounded(double bytes) { return static_cast<std::uint64_t>(std::min(bytes, 1e18)); }

/// What traces and weight records take for good, and while a simulation is made.
std::pair<std::uint64_t, std::uint64_t> recorded_bytes(const Plan& plan) {
    constexpr double probe = 24.0, handle = 8.0;  // of a value of a trace, of a synapse of a record
    double kept = 0.0, values = 0.0;
    for (const TraceSpec& trace : plan.description.traces)
        values += static_cast<double>(trace.neurons.size()) * static_cast<double>(trace.variables.size());
    kept += values * (probe + 4.0 * steps_per_phase(plan) * kPhaseRing);
    for (const WeightRecordSpec& record : plan.description.weight_records)
        kept += plan.projections[record.projection.index].synapse_bound * (sizeof(PlasticSynapse) + handle);
    return {rounded(kept), rounded(2.0 * probe * values)};  // probes are collected by block first, in growing lists
}

}  // namespace

MemoryForecast forecast(const Plan& plan, int threads, Delivery delivery, std::uint32_t delivery_window, int ranks) {
    MemoryForecast f;
    // A rank has its share of the neurons and of what ends there. An index of its rows, and lists of spikes, have all
    // sources.
    const double share = 1.0 / ranks;
    const double slots = plan.slots * share, neurons = plan.neurons, parts = std::max(threads, 1);
    const double all_parts = parts * ranks;
    const auto columns = static_cast<double>(column_count(plan));
    const double lists = static_cast<double>(steps_per_phase(plan)) * kPhaseRing;
    f.neuron_bytes = rounded(slots * 4.0 * (columns + lists) + neurons * sizeof(Spike));

    const auto [of_traces, while_made] = recorded_bytes(plan);
    f.neuron_bytes += of_traces;
    f.building_bytes += while_made;

    // A snapshot, and the file that is made from it: v and u, and the parts below.
    double saved = 8.0 * neurons;  // of all ranks: rank 0 has the file
    double words = 0.0, plastic = 0.0, synapses = 0.0, gathered = 0.0, drawn = 0.0, chunk = 0.0;
    const double chunk_rows = 1u << simd::kRowChunkShift;
    for (std::size_t i = 0; i < plan.projections.size(); ++i) {
        const ProjectionPlan& p = plan.projections[i];
        const double bound = p.synapse_bound * share;
        const double sources = p.source.size(), row = sources > 0.0 ? bound / sources : 0.0;
        const double delays = std::max<double>(1.0, static_cast<double>(p.delay.high - p.delay.low + 1));
        synapses += p.expected_synapses;
        if (p.procedural) continue;
        const double groups = std::min(row, delays) * std::min(parts, std::max(row, 1.0));
        if (plan.description.projections[i].spec.short_term) {
            f.neuron_bytes += rounded(16.0 * sources + 8.0 * steps_per_phase(plan) * neurons);
            saved += 16.0 * sources;
        }
        if (p.plastic) {
            const Plasticity& rule = *plan.description.projections[i].spec.plasticity;
            const bool immediate = std::holds_alternative<ImmediateChange>(rule.change);
            const bool slow = std::holds_alternative<TripletStdp>(rule.rule);
            plastic += bound * (immediate ? 16.0 : 20.0) + sources * groups * (slow ? 20.0 : 16.0) +
                       4.0 * parts * sources + slots * (slow ? 12.0 : 8.0);
            f.buffer_bytes += rounded(12.0 * sources * parts * static_cast<double>(p.delay.high + 1));
            // Weights, their changes and traces; ordering them by source takes the place of each synapse, and a column.
            saved += p.synapse_bound * ((immediate ? 4.0 : 8.0) + 6.0) + sources * groups * (slow ? 12.0 : 8.0) +
                     slots * (slow ? 8.0 : 4.0);
            gathered += bound * (needs_gathering(plan, i) ? sizeof(DrawnSynapse) + 4.0 : 4.0);
            continue;
        }
        const bool wide = plan.route_of(i).wide;
        const bool dense = !wide && std::holds_alternative<AllToAll>(plan.description.projections[i].spec.rule) &&
                           p.delay.low == p.delay.high;
        words += bound * (wide ? 2.0 : dense ? 0.5 : 1.0) + sources * groups;
        // Long packed groups are padded with zeros, on average by half of the multiple.
        if (!wide && !dense && row / groups >= simd::kPaddedGroup) words += sources * groups * simd::kGroupPad / 2.0;
        // A packed row needs a filler where targets are 65,535 slots or more apart.
        if (!wide)
            words += sources * std::min(row, delays) *
                     std::min(row, static_cast<double>(p.target.size()) * share / simd::kFillerDistance);
        if (needs_gathering(plan, i)) gathered += bound * sizeof(DrawnSynapse) + 16.0 * sources;
        drawn += bound;
        chunk += std::min(sources, chunk_rows) * row;
    }
    f.synapses = rounded(synapses);
    const auto routes = static_cast<double>(plan.routes.size());
    if (delivery == Delivery::automatic) delivery = choose_delivery(plan, static_cast<std::size_t>(all_parts));
    f.synapse_bytes = rounded(words * 4.0 + neurons * 4.0 * parts * routes + plastic);
    const double copies = delivery == Delivery::reduce ? parts : 1.0;
    const auto buffers = static_cast<double>(plan.buffers());
    for (std::size_t b = 0; b < plan.buffers(); ++b) {
        if (!plan.is_filled(b)) continue;
        const std::uint32_t whole = ring_slots(plan, delivery, b);
        f.buffer_bytes += rounded(slots * 4.0 * whole * copies);
        const std::uint32_t window =
            window_slots(plan, delivery, static_cast<std::size_t>(all_parts), b, delivery_window);
        if (window == whole) continue;
        const auto queues =
            parts * static_cast<double>(std::count_if(plan.routes.begin(), plan.routes.end(),
                                                      [&](const RoutePlan& route) { return route.buffer == b; }));
        f.buffer_bytes += rounded(slots * 4.0 * window + queues * static_cast<double>(UnderwayQueue::bytes(
                                                                      whole, underway_rows(plan, whole))));
    }
    f.neuron_bytes += rounded(slots * 4.0 * (buffers - 1.0));
    saved += neurons * 4.0 * buffers * (plan.max_delay + 2.0);
    f.snapshot_bytes = rounded(2.0 * saved);
    // A chunk of rows per worker that is moved into place, and the data that are first collected by source.
    f.building_bytes += rounded(gathered + std::min(parts * chunk, drawn) * 8.0);
    return f;
}

}  // namespace izhi::detail

namespace izhi {

std::uint64_t available_memory() {
    std::uint64_t available = std::numeric_limits<std::uint64_t>::max();
    std::ifstream meminfo("/proc/meminfo");
    for (std::string key, unit; meminfo >> key;) {
        std::uint64_t value = 0;
        if (!(meminfo >> value)) break;
        if (key == "MemAvailable:") available = value * 1024;
        std::getline(meminfo, unit);
    }
    std::ifstream limit_file("/sys/fs/cgroup/memory.max"), used_file("/sys/fs/cgroup/memory.current");
    std::uint64_t limit = 0, used = 0;
    if (limit_file >> limit && used_file >> used) available = std::min(available, limit > used ? limit - used : 0);
    // ulimit -v
    rlimit addresses{};
    std::ifstream statm("/proc/self/statm");
    if (std::uint64_t pages = 0;
        ::getrlimit(RLIMIT_AS, &addresses) == 0 && addresses.rlim_cur != RLIM_INFINITY && statm >> pages) {
        used = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        available = std::min<std::uint64_t>(available, addresses.rlim_cur > used ? addresses.rlim_cur - used : 0);
    }
    return available;
}

MemoryForecast Network::memory(int threads, int ranks) const {
    return detail::forecast(*plan_, threads, Delivery::automatic, 0, std::max(ranks, 1));
}

std::size_t Network::block_count() const { return detail::make_blocks(*plan_).size(); }
std::uint32_t Network::steps_per_phase() const { return detail::steps_per_phase(*plan_); }

}  // namespace izhi
