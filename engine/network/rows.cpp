// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/rows.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "engine/base/parallel.hpp"
#include "engine/network/counts.hpp"
#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

constexpr std::uint32_t kNobody = 0xffffffffu;

/// What is rarer counts as never, see izhi::DistanceProbability.
constexpr double kLeastProbability = 1e-12;

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

void add_target(DrawnRow& row, std::uint32_t target) {
    const std::size_t at = row.add(1);  // which may move the columns
    row.targets()[at] = target;
}

/// Puts distances into the delays and weights of the last synapses of a row. @param own index of the neuron whose row it
/// is @param first_other neuron that `square` counts the others from
template <class Square>
void stretch(const ProjectionPlan& plan, const ProjectionSpec& spec, std::uint32_t own, std::uint32_t first_other,
             std::size_t first, DrawnRow& row, Square square) {
    const bool constant = plan.delay.kind == Distribution::Kind::constant;
    for (std::size_t i = first; i < row.size(); ++i) {
        const double mm2 = square(own, row.targets()[i] - first_other);
        if (spec.velocity_mm_per_ms) {
            const double offset = constant ? plan.constant_offset : row.delays()[i];
            const double steps = std::floor(offset + std::sqrt(mm2) * plan.steps_per_mm + 0.5);
            row.delays()[i] = static_cast<std::uint32_t>(
                std::clamp(steps, static_cast<double>(plan.delay.low), static_cast<double>(plan.delay.high)));
        }
        if (spec.weight_profile)
            row.weights()[i] =
                static_cast<std::int32_t>(std::floor(row.weights()[i] * profile_at(*spec.weight_profile, mm2) + 0.5));
    }
}

}  // namespace

std::int64_t RowDrawer::draw_integer(const IntegerLaw& law, const simd::HashKey& key, std::uint32_t number, Lane lane) {
    const std::uint32_t high = word(key, number, lane);
    // The low bits come from another draw of the same hash: flipping the top bit of the index leaves the range of rows.
    const std::uint32_t low = simd::keyed_hash((4 * number + static_cast<std::uint32_t>(lane)) ^ 0x80000000u, key);
    const double unit = unit_interval(high, low);
    const double value = law.law ? law.scale * law.law->draw(0.0, unit) : law.mean + law.stddev * normal_quantile(unit);
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
    draw_values(plan.delay_offset ? *plan.delay_offset : plan.delay, key, numbers, Lane::delay, row.delays() + first);
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
    // Of unordered pairs, the neuron of the smaller number draws those with the others.
    const Stream stream = spec.symmetric ? Stream::symmetric : Stream::rows;
    const simd::HashKey key =
        draw_key(plan_.description.spec.seed, stream, static_cast<std::uint32_t>(projection), source);
    const std::uint32_t first_target = spec.symmetric ? source + (spec.autapses ? 0 : 1) : plan.target.begin;
    const Range targets{first_target, plan.target.end};
    const std::uint32_t self = !spec.autapses && targets.contains(source) ? source - targets.begin : kNobody;
    const std::size_t first = row.size();
    const Drawing drawing{projection, source, key, targets, self, row};
    const Numbers numbers = std::visit([&](const auto& rule) { return draw_targets(rule, drawing); }, spec.rule);
    draw_delays(plan, key, numbers, row);
    const auto* const outdegree = std::get_if<FixedOutdegree>(&spec.rule);
    if (outdegree && outdegree->strata > 1 && plan.weight.kind == Distribution::Kind::uniform &&
        plan.weight.low != plan.weight.high) {
        const auto choices = static_cast<std::uint32_t>(plan.weight.high - plan.weight.low + 1);
        for (std::uint32_t j = 0; j < outdegree->count; ++j)
            row.weights()[first + j] = static_cast<std::int32_t>(plan.weight.low + scale_word(left_[j], choices));
    } else {
        draw_weights(plan, key, numbers, row);
    }
    if (outdegree) spread_delays(plan.delay, first, row);
    if (plan.geometry)
        stretch(plan, spec, source - plan.source.begin, plan.target.begin, first, row,
                [&](std::uint32_t own, std::uint32_t other) { return plan.geometry->square(own, other); });
}

RowDrawer::Numbers RowDrawer::draw_targets(const AllToAll&, const Drawing& drawing) {
    const std::uint32_t count = drawing.targets.size(), self = drawing.self;
    DrawnRow& row = drawing.row;
    const auto add_run = [&](std::uint32_t begin, std::uint32_t end) {
        const std::size_t at = row.add(end - begin);
        std::iota(row.targets() + at, row.targets() + row.size(), drawing.targets.begin + begin);
    };
    add_run(0, std::min(self, count));
    if (self == kNobody) return {nullptr, 0, count};
    add_run(self + 1, count);
    numbers_.resize(count - 1);  // those of a target are its own: one that is left out changes no other
    for (std::uint32_t i = 0; i + 1 < count; ++i) numbers_[i] = i + (i >= self ? 1 : 0);
    return {numbers_.data(), 0, count - 1};
}

RowDrawer::Numbers RowDrawer::draw_targets(const OneToOne&, const Drawing& drawing) {
    const std::uint32_t i = drawing.source - plan_.projections[drawing.projection].source.begin;
    if (i == drawing.self) return {nullptr, 0, 0};
    add_target(drawing.row, drawing.targets.begin + i);
    return {nullptr, 0, 1};
}

RowDrawer::Numbers RowDrawer::draw_repeated(const Drawing& drawing, std::uint32_t count) {
    return draw_partners(drawing.key, drawing.targets.size(), count, drawing.self, true, drawing.targets.begin,
                         drawing.row);
}

RowDrawer::Numbers RowDrawer::draw_targets(const FixedOutdegree& rule, const Drawing& drawing) {
    const std::size_t projection = drawing.projection;
    if (rule.strata == 1) {
        if (plan_.description.projections[projection].spec.multapses) return draw_repeated(drawing, rule.count);
        return draw_partners(drawing.key, drawing.targets.size(), rule.count, drawing.self, false,
                             drawing.targets.begin, drawing.row);
    }
    if (keys_projection_ != projection) {
        keys_ = strata_keys(plan_.description.spec.seed, projection, rule.count);
        windows_ = windows_of(rule, plan_.projections[projection].source.size(), drawing.targets.size(), keys_);
    }
    keys_projection_ = projection;
    draw_strata(drawing.source, rule, drawing.targets, drawing.self, drawing.row);
    return {nullptr, 0, rule.count};
}

RowDrawer::Numbers RowDrawer::draw_targets(const FixedProbability& rule, const Drawing& drawing) {
    if (rule.probability >= 1.0) return draw_targets(AllToAll{}, drawing);
    if (rule.probability <= 0.0) return {nullptr, 0, 0};
    // The gaps between successes of independent trials are geometric.
    const double inverse = 1.0 / portable_log1m(rule.probability), end = drawing.targets.size();
    double next = 0.0;
    numbers_.clear();
    for (std::uint32_t j = 0;; ++j) {
        const std::uint32_t high = word(drawing.key, j, Lane::partner), low = word(drawing.key, j, Lane::fine);
        next += std::floor(portable_log(unit_interval(high, low)) * inverse);
        if (next >= end) return listed();
        if (const auto i = static_cast<std::uint32_t>(next); i != drawing.self) {
            add_target(drawing.row, drawing.targets.begin + i);
            numbers_.push_back(j);
        }
        next += 1.0;
    }
}

RowDrawer::Numbers RowDrawer::draw_targets(const FixedTotal&, const Drawing& drawing) {
    const ProjectionPlan& plan = plan_.projections[drawing.projection];
    return draw_repeated(drawing, plan.row_lengths->get()[drawing.source - plan.source.begin]);
}

RowDrawer::Numbers RowDrawer::draw_targets(const PairwisePoisson& rule, const Drawing& drawing) {
    // Poisson numbers of pairs are a Poisson number of synapses, each of any pair.
    const double pairs = drawing.targets.size() - (drawing.self == kNobody ? 0.0 : 1.0);
    const Units units(plan_.description.spec.seed, Stream::row_length, drawing.projection, drawing.source);
    return draw_repeated(drawing, static_cast<std::uint32_t>(draw_poisson(rule.mean * pairs, units)));
}

RowDrawer::Numbers RowDrawer::draw_targets(const DistanceProbability& rule, const Drawing& drawing) {
    const ProjectionPlan& plan = plan_.projections[drawing.projection];
    const Geometry& geometry = *plan.geometry;
    const Boxes& boxes = *geometry.boxes;
    const std::uint32_t own = drawing.source - plan.source.begin;
    // of unordered pairs: targets that are drawn by the other neuron
    const std::uint32_t skipped = drawing.targets.begin - plan.target.begin;
    const Boxes::From nearest(boxes, geometry.sources[own]);
    numbers_.clear();
    std::uint32_t j = 0;
    for (std::uint32_t box = 0; box < boxes.count(); ++box) {
        // Nobody in the box is more likely than one at its nearest point. Candidates of that probability, a geometric gap
        // apart, are then kept with the chance that is left.
        const double most = rule.probability * profile_at(rule.profile, nearest.square(box));
        if (boxes.size(box) == 0 || most < kLeastProbability) continue;
        const double inverse = most < 1.0 ? 1.0 / portable_log1m(most) : 0.0;
        double next = 0.0;
        for (;; ++j) {
            const std::uint32_t high = word(drawing.key, j, Lane::partner), low = word(drawing.key, j, Lane::fine);
            if (most < 1.0) next += std::floor(portable_log(unit_interval(high, low)) * inverse);
            if (next >= boxes.size(box)) break;
            const std::uint32_t target = boxes.begin(box)[static_cast<std::uint32_t>(next)];
            next += 1.0;
            if (target < skipped || target - skipped == drawing.self) continue;
            const double probability = rule.probability * profile_at(rule.profile, geometry.square(own, target));
            if (probability < kLeastProbability || other_unit(drawing.key, j) * most >= probability) continue;
            add_target(drawing.row, plan.target.begin + target);
            numbers_.push_back(j);
        }
        ++j;  // the word that led out of the box
    }
    return listed();
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
    if (plan.geometry)
        stretch(plan, spec, target - plan.target.begin, plan.source.begin, first, column,
                [&](std::uint32_t own, std::uint32_t other) { return plan.geometry->square(other, own); });
}

bool needs_gathering(const Plan& plan, std::size_t projection) {
    const ProjectionSpec& spec = plan.description.projections[projection].spec;
    return std::holds_alternative<FixedIndegree>(spec.rule) || std::holds_alternative<ExplicitList>(spec.rule) ||
           spec.symmetric;
}

GatheredProjection gather(const Plan& plan, std::size_t projection, const Range& wanted, Executor& executor,
                          const simd::Kernels& kernels) {
    const ProjectionPlan& planned = plan.projections[projection];
    const ProjectionSpec& spec = plan.description.projections[projection].spec;
    GatheredProjection gathered;
    gathered.offsets.assign(std::size_t{planned.source.size()} + 1, 0);
    if (planned.empty()) return gathered;

    if (const auto* list = std::get_if<ExplicitList>(&spec.rule)) {
        const auto is_wanted = [&](const ExplicitSynapse& s) {
            return wanted.contains(planned.target.begin + s.target);
        };
        for (const ExplicitSynapse s : list->synapses)
            if (is_wanted(s)) ++gathered.offsets[s.source + 1];
        for (std::size_t i = 1; i < gathered.offsets.size(); ++i) gathered.offsets[i] += gathered.offsets[i - 1];
        std::vector<std::uint64_t> next(gathered.offsets.begin(), gathered.offsets.end() - 1);
        gathered.synapses.resize(gathered.offsets.back());
        for (const ExplicitSynapse s : list->synapses) {
            if (!is_wanted(s)) continue;
            gathered.synapses[next[s.source]++] = {
                planned.target.begin + s.target,
                static_cast<std::uint32_t>(to_steps(s.delay_ms, plan.description.spec.dt_ms, 1)),
                static_cast<std::int32_t>(planned.whole_quanta(s.weight))};
        }
        return gathered;
    }

    // Two passes over all columns (of unordered pairs: over their rows): count per source, then place. The order within a
    // source is arbitrary here, because rows are sorted by all fields of synapses later.
    const auto among_targets = [&](std::uint32_t neuron) {
        return std::clamp(neuron, planned.target.begin, planned.target.end);
    };
    const Range drawn = spec.symmetric ? planned.source : Range{among_targets(wanted.begin), among_targets(wanted.end)};
    constexpr std::uint32_t kDrawnPerTask = 1024;
    const std::size_t tasks = (drawn.size() + kDrawnPerTask - 1) / kDrawnPerTask;
    const auto for_each_synapse = [&](auto&& use) {
        parallel_tasks(executor, tasks, [&](auto next_task) {
            RowDrawer drawer(plan, kernels);
            DrawnRow row;
            for (std::size_t task; next_task(task);) {
                const std::uint32_t begin = drawn.begin + static_cast<std::uint32_t>(task) * kDrawnPerTask;
                const std::uint32_t end = std::min(drawn.end, begin + kDrawnPerTask);
                for (std::uint32_t own = begin; own < end; ++own) {
                    row.clear();
                    spec.symmetric ? drawer.draw_row(projection, own, row) : drawer.draw_column(projection, own, row);
                    for (std::size_t i = 0; i < row.size(); ++i) {
                        const std::uint32_t other = row.targets()[i];
                        if (wanted.contains(own)) use(other - planned.source.begin, own, row[i]);
                        if (spec.symmetric && other != own && wanted.contains(other))
                            use(own - planned.source.begin, other, row[i]);
                    }
                }
            }
        });
    };
    std::vector<std::atomic<std::uint64_t>> cursor(planned.source.size());
    for_each_synapse([&](std::uint32_t source, std::uint32_t, const DrawnSynapse&) {
        cursor[source].fetch_add(1, std::memory_order_relaxed);
    });
    for (std::size_t i = 0; i < cursor.size(); ++i) {
        gathered.offsets[i + 1] = gathered.offsets[i] + cursor[i].load(std::memory_order_relaxed);
        cursor[i].store(gathered.offsets[i], std::memory_order_relaxed);
    }
    gathered.synapses.resize(gathered.offsets.back());
    for_each_synapse([&](std::uint32_t source, std::uint32_t target, const DrawnSynapse& s) {
        gathered.synapses[cursor[source].fetch_add(1, std::memory_order_relaxed)] = {target, s.delay, s.weight};
    });
    return gathered;
}

}  // namespace izhi::detail
