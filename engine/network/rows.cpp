// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/rows.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "engine/base/parallel.hpp"
#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

constexpr std::uint32_t kNobody = 0xffffffffu;

/// Even draws made at a time where not all of them are kept.
constexpr std::uint32_t kDrawnTogether = 1024;

/// Delays in turn over the last synapses of a row, if they are to be spread.
void spread_delays(const IntegerLaw& law, std::size_t first, DrawnRow& row) {
    if (law.kind != Distribution::Kind::spread) return;
    const auto steps = static_cast<std::uint64_t>(law.high - law.low + 1);
    const std::size_t count = row.size() - first;
    for (std::size_t j = 0; j < count; ++j)
        row.delays()[first + j] = static_cast<std::uint32_t>(static_cast<std::uint64_t>(law.low) + j * steps / count);
}

}  // namespace

std::int64_t RowDrawer::draw_integer(const IntegerLaw& law, const simd::HashKey& key, std::uint32_t number, Lane lane) {
    const std::uint32_t high = word(key, number, lane);
    // The low bits come from another draw of the same hash: flipping the top bit of the index leaves the range of rows.
    const std::uint32_t low = simd::keyed_hash((4 * number + static_cast<std::uint32_t>(lane)) ^ 0x80000000u, key);
    const double value = law.mean + law.stddev * normal_quantile(unit_interval(high, low));
    return std::clamp(static_cast<std::int64_t>(std::floor(std::clamp(value, -4e9, 4e9) + 0.5)), law.low, law.high);
}

void RowDrawer::draw_values(const IntegerLaw& law, const simd::HashKey& key, const Numbers& numbers, Lane lane,
                            std::uint32_t* into) const {
    const std::uint32_t* const list = numbers.list;
    const auto lowest = static_cast<std::uint32_t>(law.low);
    if (law.low == law.high || law.kind == Distribution::Kind::spread) {
        std::fill_n(into, numbers.count, lowest);
        return;
    }
    if (law.kind != Distribution::Kind::uniform) {
        for (std::size_t i = 0; i < numbers.count; ++i)
            into[i] = static_cast<std::uint32_t>(
                draw_integer(law, key, list ? list[i] : numbers.first + static_cast<std::uint32_t>(i), lane));
        return;
    }
    simd::EvenArgs args{};
    args.key = key;
    args.lane = static_cast<std::uint32_t>(lane);
    args.range = static_cast<std::uint32_t>(law.high - law.low + 1);
    args.lowest = lowest;
    if (!list) {
        args.values = into;
        args.count = numbers.count;
        args.first = numbers.first;
        kernels_.draw_even(args);
        return;
    }
    alignas(simd::kAlignment) std::uint32_t drawn[kDrawnTogether + simd::kPad];
    args.values = drawn;
    for (std::size_t i = 0; i < numbers.count;) {
        args.first = list[i];
        std::size_t end = i + 1;
        while (end < numbers.count && list[end] - args.first < kDrawnTogether) ++end;
        args.count = list[end - 1] - args.first + 1;
        kernels_.draw_even(args);
        for (; i < end; ++i) into[i] = drawn[list[i] - args.first];
    }
}

void RowDrawer::draw_delays(const ProjectionPlan& plan, const simd::HashKey& key, const Numbers& numbers,
                            DrawnRow& row) const {
    const std::size_t first = row.size() - numbers.count;
    draw_values(plan.delay, key, numbers, Lane::delay, row.delays() + first);
}

void RowDrawer::draw_weights(const ProjectionPlan& plan, const simd::HashKey& key, const Numbers& numbers,
                             DrawnRow& row) const {
    const std::size_t first = row.size() - numbers.count;
    draw_values(plan.weight, key, numbers, Lane::weight, reinterpret_cast<std::uint32_t*>(row.weights() + first));
}

RowDrawer::Numbers RowDrawer::listed() const {
    const bool all = numbers_.empty() || numbers_.back() == numbers_.size() - 1;
    return {all ? nullptr : numbers_.data(), 0, numbers_.size()};
}

RowDrawer::Numbers RowDrawer::draw_partners(const simd::HashKey& key, std::uint32_t range, std::uint32_t count,
                                            std::uint32_t excluded, bool repeated, std::uint32_t first, DrawnRow& row) {
    const bool excludes = excluded < range;
    const std::uint32_t choices = range - (excludes ? 1 : 0);
    const std::size_t begin = row.add(count);
    std::uint32_t* const targets = row.targets() + begin;
    simd::EvenArgs args{};
    args.key = key;
    args.lane = static_cast<std::uint32_t>(Lane::partner);
    args.range = choices;
    args.skipped = excludes ? excluded : kNobody;
    if (repeated) {
        args.values = targets;
        args.count = count;
        args.lowest = first;
        kernels_.draw_even(args);
        return {nullptr, 0, count};
    }
    numbers_.clear();
    if (count > choices / 4) {  // go through all choices, taking each with the chance that is still needed
        std::uint32_t taken = 0;
        for (std::uint32_t j = 0; taken < count; ++j) {
            if (scale_word(word(key, j, Lane::partner), choices - j) < count - taken) {
                targets[taken++] = first + j + (excludes && j >= excluded ? 1 : 0);
                numbers_.push_back(j);
            }
        }
        return listed();
    }
    // few of many: draw again what was drawn before
    seen_.resize((std::size_t{range} + 63) / 64);
    alignas(simd::kAlignment) std::uint32_t drawn[kDrawnTogether + simd::kPad];
    args.values = drawn;
    std::uint32_t taken = 0;
    while (taken < count) {
        args.count = std::min(kDrawnTogether, count - taken);
        kernels_.draw_even(args);
        for (std::uint32_t i = 0; i < args.count; ++i) {
            std::uint64_t& bits = seen_[drawn[i] / 64];
            const std::uint64_t bit = std::uint64_t{1} << (drawn[i] % 64);
            if (bits & bit) continue;
            bits |= bit;
            targets[taken++] = first + drawn[i];
            numbers_.push_back(args.first + i);
        }
        args.first += static_cast<std::uint32_t>(args.count);
    }
    for (std::uint32_t i = 0; i < count; ++i) seen_[(targets[i] - first) / 64] = 0;
    return listed();
}

void RowDrawer::draw_strata(std::uint32_t source, const FixedOutdegree& rule, const Range& targets,
                            std::uint32_t excluded, DrawnRow& row) {
    left_.resize(rule.count);
    const std::size_t first = row.add(rule.count);
    std::uint32_t* const drawn = row.targets() + first;
    const std::uint32_t source_class = windows_.class_of(source);
    for (std::uint32_t z = 0; z < rule.strata; ++z) {
        const Stratum stratum = stratum_of(rule, targets.size(), z);
        for (std::uint32_t j = stratum.numbers.begin; j < stratum.numbers.end; ++j) {
            const Range window = window_of(stratum.targets, windows_.count, windows_.window_of(source_class, j));
            const bool excludes = window.contains(excluded);
            const std::uint32_t choices = window.size() - (excludes ? 1 : 0);
            // One word for both: the high half of word * choices is the target, the low half an even draw for the weight.
            const std::uint64_t product = std::uint64_t{simd::keyed_hash(source, keys_[j])} * choices;
            const std::uint32_t index = window.begin + static_cast<std::uint32_t>(product >> 32);
            drawn[j] = targets.begin + index + (excludes && index >= excluded ? 1 : 0);
            left_[j] = static_cast<std::uint32_t>(product);
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

void RowDrawer::draw_row(std::size_t projection, std::uint32_t source, DrawnRow& row) {
    const ProjectionPlan& plan = plan_.projections[projection];
    if (plan.empty()) return;
    const ProjectionSpec& spec = plan_.description.projections[projection].spec;
    const simd::HashKey key =
        draw_key(plan_.description.spec.seed, Stream::rows, static_cast<std::uint32_t>(projection), source);
    const std::uint32_t self = !spec.autapses && plan.target.contains(source) ? source - plan.target.begin : kNobody;
    const std::size_t first = row.size();
    const auto draw_rest = [&](const Numbers& numbers) {
        draw_delays(plan, key, numbers, row);
        draw_weights(plan, key, numbers, row);
    };
    const auto* const fixed = std::get_if<FixedProbability>(&spec.rule);
    if (std::holds_alternative<AllToAll>(spec.rule) || (fixed && fixed->probability >= 1.0)) {
        const auto draw_run = [&](std::uint32_t begin, std::uint32_t end) {
            const std::size_t at = row.add(end - begin);
            std::iota(row.targets() + at, row.targets() + row.size(), plan.target.begin + begin);
            draw_rest({nullptr, begin, end - begin});
        };
        draw_run(0, std::min(self, plan.target.size()));
        if (self != kNobody) draw_run(self + 1, plan.target.size());
    } else if (std::holds_alternative<OneToOne>(spec.rule)) {
        if (const std::uint32_t i = source - plan.source.begin; i != self) {
            const std::size_t at = row.add(1);
            row.targets()[at] = plan.target.begin + i;
            draw_rest({nullptr, 0, 1});
        }
    } else if (const auto* outdegree = std::get_if<FixedOutdegree>(&spec.rule)) {
        if (outdegree->strata > 1) {
            if (keys_projection_ != projection) {
                keys_ = strata_keys(plan_.description.spec.seed, projection, outdegree->count);
                windows_ = windows_of(*outdegree, plan.source.size(), plan.target.size(), keys_);
            }
            keys_projection_ = projection;
            draw_strata(source, *outdegree, plan.target, self, row);
            const Numbers numbers{nullptr, 0, outdegree->count};
            draw_delays(plan, key, numbers, row);
            if (plan.weight.kind == Distribution::Kind::uniform && plan.weight.low != plan.weight.high) {
                const auto choices = static_cast<std::uint32_t>(plan.weight.high - plan.weight.low + 1);
                for (std::uint32_t j = 0; j < outdegree->count; ++j)
                    row.weights()[first + j] =
                        static_cast<std::int32_t>(plan.weight.low + scale_word(left_[j], choices));
            } else {
                draw_weights(plan, key, numbers, row);
            }
        } else {
            draw_rest(
                draw_partners(key, plan.target.size(), outdegree->count, self, spec.multapses, plan.target.begin, row));
        }
        spread_delays(plan.delay, first, row);
    } else if (fixed && fixed->probability > 0.0) {
        // The gaps between successes of independent trials are geometric.
        const double inverse = 1.0 / portable_log1m(fixed->probability), end = plan.target.size();
        double next = 0.0;
        numbers_.clear();
        for (std::uint32_t j = 0;; ++j) {
            next += std::floor(portable_log(unit_interval(word(key, j, Lane::partner), word(key, j, Lane::fine))) *
                               inverse);
            if (next >= end) break;
            if (const auto i = static_cast<std::uint32_t>(next); i != self) {
                const std::size_t at = row.add(1);
                row.targets()[at] = plan.target.begin + i;
                numbers_.push_back(j);
            }
            next += 1.0;
        }
        draw_rest(listed());
    }
}

void RowDrawer::draw_column(std::size_t projection, std::uint32_t target, DrawnRow& column) {
    const ProjectionPlan& plan = plan_.projections[projection];
    const ProjectionSpec& spec = plan_.description.projections[projection].spec;
    const simd::HashKey key =
        draw_key(plan_.description.spec.seed, Stream::columns, static_cast<std::uint32_t>(projection), target);
    const std::uint32_t self = !spec.autapses && plan.source.contains(target) ? target - plan.source.begin : kNobody;
    const std::size_t first = column.size();
    const Numbers numbers = draw_partners(key, plan.source.size(), std::get<FixedIndegree>(spec.rule).count, self,
                                          spec.multapses, plan.source.begin, column);
    draw_delays(plan, key, numbers, column);
    draw_weights(plan, key, numbers, column);
    spread_delays(plan.delay, first, column);
}

bool needs_gathering(const Plan& plan, std::size_t projection) {
    const Rule& rule = plan.description.projections[projection].spec.rule;
    return std::holds_alternative<FixedIndegree>(rule) || std::holds_alternative<ExplicitList>(rule);
}

GatheredProjection gather(const Plan& plan, std::size_t projection, Executor& executor, const simd::Kernels& kernels) {
    const ProjectionPlan& planned = plan.projections[projection];
    const ProjectionSpec& spec = plan.description.projections[projection].spec;
    GatheredProjection gathered;
    gathered.offsets.assign(std::size_t{planned.source.size()} + 1, 0);
    if (planned.empty()) return gathered;

    if (const auto* list = std::get_if<ExplicitList>(&spec.rule)) {
        for (const ExplicitSynapse& s : list->synapses) ++gathered.offsets[s.source + 1];
        for (std::size_t i = 1; i < gathered.offsets.size(); ++i) gathered.offsets[i] += gathered.offsets[i - 1];
        std::vector<std::uint64_t> next(gathered.offsets.begin(), gathered.offsets.end() - 1);
        gathered.synapses.resize(list->synapses.size());
        for (const ExplicitSynapse& s : list->synapses)
            gathered.synapses[next[s.source]++] = {
                planned.target.begin + s.target,
                static_cast<std::uint32_t>(to_steps(s.delay_ms, plan.description.spec.dt_ms, 1)),
                static_cast<std::int32_t>(planned.whole_quanta(s.weight))};
        return gathered;
    }

    // Two passes over all columns: count per source, then place. The order within a source is arbitrary here, because
    // rows are sorted by all fields of synapses later.
    constexpr std::uint32_t kColumnsPerTask = 1024;
    const std::size_t tasks = (planned.target.size() + kColumnsPerTask - 1) / kColumnsPerTask;
    const auto for_each_column = [&](auto&& use) {
        parallel_tasks(executor, tasks, [&](auto next_task) {
            RowDrawer drawer(plan, kernels);
            DrawnRow column;
            for (std::size_t task; next_task(task);) {
                const std::uint32_t begin = planned.target.begin + static_cast<std::uint32_t>(task) * kColumnsPerTask;
                const std::uint32_t end = std::min(planned.target.end, begin + kColumnsPerTask);
                for (std::uint32_t target = begin; target < end; ++target) {
                    column.clear();
                    drawer.draw_column(projection, target, column);
                    for (std::size_t i = 0; i < column.size(); ++i)
                        use(column.targets()[i] - planned.source.begin, target, column[i]);
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
