// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/rows.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <span>

#include "engine/network/parallel.hpp"
#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

constexpr std::uint32_t kNobody = 0xffffffffu;

enum Lane : std::uint32_t { partner = 0, weight = 1, delay = 2, fine = 3 };

std::uint32_t word(const simd::HashKey& key, std::uint32_t number, Lane lane) {
    return simd::keyed_hash(4 * number + lane, key);
}

std::int64_t draw_integer(const IntegerLaw& law, const simd::HashKey& key, std::uint32_t number, Lane lane) {
    if (law.low == law.high || law.kind == Distribution::Kind::spread) return law.low;
    const std::uint32_t high = word(key, number, lane);
    if (law.kind == Distribution::Kind::uniform)
        return law.low + scale_word(high, static_cast<std::uint32_t>(law.high - law.low + 1));
    // The low bits come from another draw of the same hash: flipping the top bit of the index leaves the range of rows.
    const std::uint32_t low = simd::keyed_hash((4 * number + lane) ^ 0x80000000u, key);
    const double value = law.mean + law.stddev * normal_quantile(unit_interval(high, low));
    return std::clamp(static_cast<std::int64_t>(std::floor(std::clamp(value, -4e9, 4e9) + 0.5)), law.low, law.high);
}

DrawnSynapse synapse(const ProjectionPlan& plan, const simd::HashKey& key, std::uint32_t target, std::uint32_t number) {
    return {target, static_cast<std::uint32_t>(draw_integer(plan.delay, key, number, Lane::delay)),
            static_cast<std::int32_t>(draw_integer(plan.weight, key, number, Lane::weight))};
}

/// Delays in turn over synapses that were drawn just now, if they are to be spread.
void spread_delays(const IntegerLaw& law, std::span<DrawnSynapse> drawn) {
    if (law.kind != Distribution::Kind::spread) return;
    const auto steps = static_cast<std::uint64_t>(law.high - law.low + 1);
    for (std::size_t j = 0; j < drawn.size(); ++j)
        drawn[j].delay = static_cast<std::uint32_t>(static_cast<std::uint64_t>(law.low) + j * steps / drawn.size());
}

}  // namespace

void RowDrawer::draw_partners(const simd::HashKey& key, std::uint32_t range, std::uint32_t count,
                              std::uint32_t excluded, bool repeated) {
    partners_.clear();
    const bool excludes = excluded < range;
    const std::uint32_t choices = range - (excludes ? 1 : 0);
    const auto partner_at = [&](std::uint32_t choice) { return choice + (excludes && choice >= excluded ? 1 : 0); };
    if (repeated) {
        for (std::uint32_t j = 0; j < count; ++j)
            partners_.push_back({partner_at(scale_word(word(key, j, partner), choices)), j});
        return;
    }
    if (count > choices / 4) {  // go through all choices, taking each with the chance that is still needed
        std::uint32_t taken = 0;
        for (std::uint32_t j = 0; taken < count; ++j) {
            if (scale_word(word(key, j, partner), choices - j) < count - taken) {
                partners_.push_back({partner_at(j), j});
                ++taken;
            }
        }
        return;
    }
    // few of many: draw again what was drawn before
    seen_.resize((std::size_t{range} + 63) / 64);
    for (std::uint32_t j = 0; partners_.size() < count; ++j) {
        const std::uint32_t index = partner_at(scale_word(word(key, j, partner), choices));
        std::uint64_t& bits = seen_[index / 64];
        const std::uint64_t bit = std::uint64_t{1} << (index % 64);
        if (bits & bit) continue;
        bits |= bit;
        partners_.push_back({index, j});
    }
    for (const Partner& p : partners_) seen_[p.index / 64] = 0;
}

void RowDrawer::draw_strata(std::uint32_t source, const FixedOutdegree& rule, std::uint32_t targets,
                            std::uint32_t excluded) {
    partners_.clear();
    const std::uint32_t source_class = windows_.class_of(source);
    for (std::uint32_t z = 0; z < rule.strata; ++z) {
        const Stratum stratum = stratum_of(rule, targets, z);
        for (std::uint32_t j = stratum.numbers.begin; j < stratum.numbers.end; ++j) {
            const Range window = window_of(stratum.targets, windows_.count, windows_.window_of(source_class, j));
            const bool excludes = window.contains(excluded);
            const std::uint32_t choices = window.size() - (excludes ? 1 : 0);
            // One word for both: the high half of word * choices is the target, the low half an even draw for the weight.
            const std::uint64_t product = std::uint64_t{simd::keyed_hash(source, keys_[j])} * choices;
            const std::uint32_t index = window.begin + static_cast<std::uint32_t>(product >> 32);
            partners_.push_back(
                {index + (excludes && index >= excluded ? 1 : 0), j, static_cast<std::uint32_t>(product)});
        }
    }
}

Windows windows_of(const FixedOutdegree& rule, std::uint32_t sources, std::uint32_t targets,
                   const std::vector<simd::HashKey>& keys) {
    // Part of every result. A window's sums take a fifth of a second-level cache of 1 MB; a class has a hundred spikes in a
    // step of 1 ms at 7 Hz, several vectors full.
    constexpr std::uint32_t most_targets = 49152, sources_of_class = 16384;
    static_assert(most_targets < simd::kLargestWindow);
    std::uint32_t largest = 0;
    for (std::uint32_t z = 0; z < rule.strata; ++z)
        largest = std::max(largest, stratum_of(rule, targets, z).targets.size());
    Windows windows;
    windows.count = std::max(1u, (largest + most_targets - 1) / most_targets);
    if (windows.count > 1) windows.groups = std::max(1u, sources / sources_of_class / windows.count);
    for (const simd::HashKey& key : keys)
        for (std::uint32_t g = 0; g < windows.groups; ++g)  // a word that no source has
            windows.turns.push_back(
                static_cast<std::uint16_t>(scale_word(simd::keyed_hash(0x80000000u | g, key), windows.count)));
    return windows;
}

std::vector<simd::HashKey> strata_keys(std::uint64_t seed, std::size_t projection, std::uint32_t count) {
    std::vector<simd::HashKey> keys;
    for (std::uint32_t j = 0; j < count; ++j)
        keys.push_back(draw_key(seed, Stream::strata, static_cast<std::uint32_t>(projection), j));
    return keys;
}

void RowDrawer::draw_row(std::size_t projection, std::uint32_t source, std::vector<DrawnSynapse>& row) {
    const ProjectionPlan& plan = plan_.projections[projection];
    const ProjectionSpec& spec = plan_.description.projections[projection].spec;
    const simd::HashKey key =
        draw_key(plan_.description.spec.seed, Stream::rows, static_cast<std::uint32_t>(projection), source);
    const std::uint32_t self = !spec.autapses && plan.target.contains(source) ? source - plan.target.begin : kNobody;
    const auto add = [&](std::uint32_t index, std::uint32_t number) {
        row.push_back(synapse(plan, key, plan.target.begin + index, number));
    };
    const auto* const fixed = std::get_if<FixedProbability>(&spec.rule);
    if (std::holds_alternative<AllToAll>(spec.rule) || (fixed && fixed->probability >= 1.0)) {
        for (std::uint32_t i = 0; i < plan.target.size(); ++i)
            if (i != self) add(i, i);
    } else if (std::holds_alternative<OneToOne>(spec.rule)) {
        if (const std::uint32_t i = source - plan.source.begin; i != self) add(i, 0);
    } else if (const auto* outdegree = std::get_if<FixedOutdegree>(&spec.rule)) {
        const std::size_t first = row.size();
        if (outdegree->strata > 1) {
            if (keys_projection_ != projection) {
                keys_ = strata_keys(plan_.description.spec.seed, projection, outdegree->count);
                windows_ = windows_of(*outdegree, plan.source.size(), plan.target.size(), keys_);
            }
            keys_projection_ = projection;
            draw_strata(source, *outdegree, plan.target.size(), self);
            const bool even = plan.weight.kind == Distribution::Kind::uniform && plan.weight.low != plan.weight.high;
            for (const Partner& p : partners_) {
                add(p.index, p.number);
                if (even)
                    row.back().weight = static_cast<std::int32_t>(
                        plan.weight.low +
                        scale_word(p.left, static_cast<std::uint32_t>(plan.weight.high - plan.weight.low + 1)));
            }
        } else {
            draw_partners(key, plan.target.size(), outdegree->count, self, spec.multapses);
            for (const Partner& p : partners_) add(p.index, p.number);
        }
        spread_delays(plan.delay, std::span(row).subspan(first));
    } else if (fixed && fixed->probability > 0.0) {
        // The gaps between successes of independent trials are geometric.
        const double inverse = 1.0 / portable_log1m(fixed->probability), end = plan.target.size();
        double next = 0.0;
        for (std::uint32_t j = 0;; ++j) {
            next += std::floor(portable_log(unit_interval(word(key, j, partner), word(key, j, fine))) * inverse);
            if (next >= end) break;
            if (const auto i = static_cast<std::uint32_t>(next); i != self) add(i, j);
            next += 1.0;
        }
    }
}

void RowDrawer::draw_column(std::size_t projection, std::uint32_t target, std::vector<DrawnSynapse>& column) {
    const ProjectionPlan& plan = plan_.projections[projection];
    const ProjectionSpec& spec = plan_.description.projections[projection].spec;
    const simd::HashKey key =
        draw_key(plan_.description.spec.seed, Stream::columns, static_cast<std::uint32_t>(projection), target);
    const std::uint32_t self = !spec.autapses && plan.source.contains(target) ? target - plan.source.begin : kNobody;
    draw_partners(key, plan.source.size(), std::get<FixedIndegree>(spec.rule).count, self, spec.multapses);
    const std::size_t first = column.size();
    for (const Partner& p : partners_) column.push_back(synapse(plan, key, plan.source.begin + p.index, p.number));
    spread_delays(plan.delay, std::span(column).subspan(first));
}

bool needs_gathering(const Plan& plan, std::size_t projection) {
    const Rule& rule = plan.description.projections[projection].spec.rule;
    return std::holds_alternative<FixedIndegree>(rule) || std::holds_alternative<ExplicitList>(rule);
}

GatheredProjection gather(const Plan& plan, std::size_t projection, Executor& executor) {
    const ProjectionPlan& planned = plan.projections[projection];
    const ProjectionSpec& spec = plan.description.projections[projection].spec;
    GatheredProjection gathered;
    gathered.offsets.assign(std::size_t{planned.source.size()} + 1, 0);

    if (const auto* list = std::get_if<ExplicitList>(&spec.rule)) {
        for (const ExplicitSynapse& s : list->synapses) ++gathered.offsets[s.source + 1];
        for (std::size_t i = 1; i < gathered.offsets.size(); ++i) gathered.offsets[i] += gathered.offsets[i - 1];
        std::vector<std::uint64_t> next(gathered.offsets.begin(), gathered.offsets.end() - 1);
        gathered.synapses.resize(list->synapses.size());
        for (const ExplicitSynapse& s : list->synapses)
            gathered.synapses[next[s.source]++] = {
                planned.target.begin + s.target,
                static_cast<std::uint32_t>(to_steps(s.delay_ms, plan.description.spec.dt_ms, 1)),
                static_cast<std::int32_t>(
                    std::llround(std::ldexp(s.weight * planned.weight_factor, plan.weight_exponent)))};
        return gathered;
    }

    // Two passes over all columns: count per source, then place. The order within a source is left to chance here; rows
    // are sorted by everything that tells synapses apart before anyone sees them.
    constexpr std::uint32_t kColumnsPerTask = 1024;
    const std::size_t tasks = (planned.target.size() + kColumnsPerTask - 1) / kColumnsPerTask;
    const auto for_each_column = [&](auto&& use) {
        parallel_tasks(executor, tasks, [&](auto next_task) {
            RowDrawer drawer(plan);
            std::vector<DrawnSynapse> column;
            for (std::size_t task; next_task(task);) {
                const std::uint32_t begin = planned.target.begin + static_cast<std::uint32_t>(task) * kColumnsPerTask;
                const std::uint32_t end = std::min(planned.target.end, begin + kColumnsPerTask);
                for (std::uint32_t target = begin; target < end; ++target) {
                    column.clear();
                    drawer.draw_column(projection, target, column);
                    for (const DrawnSynapse& s : column) use(s.target - planned.source.begin, target, s);
                }
            }
        });
    };
    std::vector<std::atomic<std::uint64_t>> cursor(planned.source.size());
    for_each_column([&](std::uint32_t source, std::uint32_t, const DrawnSynapse&) {
        cursor[source].fetch_add(1, std::memory_order_relaxed);
    });
    for (std::size_t i = 0; i < cursor.size(); ++i) {
        gathered.offsets[i + 1] = gathered.offsets[i] + cursor[i].load(std::memory_order_relaxed);
        cursor[i].store(gathered.offsets[i], std::memory_order_relaxed);
    }
    gathered.synapses.resize(gathered.offsets.back());
    for_each_column([&](std::uint32_t source, std::uint32_t target, const DrawnSynapse& s) {
        gathered.synapses[cursor[source].fetch_add(1, std::memory_order_relaxed)] = {target, s.delay, s.weight};
    });
    return gathered;
}

}  // namespace izhi::detail
