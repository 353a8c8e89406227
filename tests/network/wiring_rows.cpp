// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Rows as they are drawn and sorted before they are stored: on every instruction set the documented draws, one by one, in
// plain C++.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "engine/network/plan.hpp"
#include "engine/network/random.hpp"
#include "engine/network/row_sort.hpp"
#include "engine/network/rows.hpp"
#include "izhi/network.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/inputs.hpp"
#include "tests/support/isas.hpp"

using namespace izhi;
using namespace izhi::test;
using detail::DrawnRow;
using detail::DrawnSynapse;

namespace {

enum Lane : std::uint32_t { partner = 0, weight = 1, delay = 2, fine = 3 };

std::uint32_t word_of(const simd::HashKey& key, std::uint32_t number, std::uint32_t lane) {
    return simd::keyed_hash(4 * number + lane, key);
}
std::uint32_t scaled(std::uint32_t word, std::uint32_t range) {
    return static_cast<std::uint32_t>(std::uint64_t{word} * range >> 32);
}

std::int64_t documented_value(const detail::IntegerLaw& law, const simd::HashKey& key, std::uint32_t number,
                              std::uint32_t lane) {
    using Kind = Distribution::Kind;
    if (law.low == law.high || law.kind == Kind::spread) return law.low;
    const std::uint32_t word = word_of(key, number, lane);
    if (law.kind == Kind::uniform) return law.low + scaled(word, static_cast<std::uint32_t>(law.high - law.low + 1));
    const std::uint32_t low = simd::keyed_hash((4 * number + lane) ^ 0x80000000u, key);
    const double value = law.mean + law.stddev * detail::normal_quantile(detail::unit_interval(word, low));
    return std::clamp(static_cast<std::int64_t>(std::floor(value + 0.5)), law.low, law.high);
}

/// Partners (counted from 0) and synapse numbers of a degree: `count` of [0, range) but `self`.
std::vector<std::pair<std::uint32_t, std::uint32_t>> documented_degree(const simd::HashKey& key, std::uint32_t range,
                                                                       std::uint32_t count, std::int64_t self,
                                                                       bool multapses) {
    const std::uint32_t choices = range - (self >= 0 ? 1 : 0);
    const auto at = [&](std::uint32_t choice) { return choice + (self >= 0 && choice >= self ? 1 : 0); };
    std::vector<std::pair<std::uint32_t, std::uint32_t>> drawn;
    std::set<std::uint32_t> seen;
    for (std::uint32_t j = 0; drawn.size() < count; ++j) {
        const std::uint32_t word = word_of(key, j, partner);
        if (!multapses && count > choices / 4) {
            if (scaled(word, choices - j) < count - drawn.size()) drawn.emplace_back(at(j), j);
        } else if (const std::uint32_t index = at(scaled(word, choices)); multapses || seen.insert(index).second) {
            drawn.emplace_back(index, j);
        }
    }
    return drawn;
}

/// The row of a source, or with FixedIndegree the column of a target.
std::vector<DrawnSynapse> documented_row(const detail::Plan& plan, std::uint32_t neuron) {
    const detail::ProjectionPlan& planned = plan.projections[0];
    const ProjectionSpec& spec = plan.description.projections[0].spec;
    const bool column = std::holds_alternative<FixedIndegree>(spec.rule);
    const detail::Range& partners = column ? planned.source : planned.target;
    const std::uint64_t seed = plan.description.spec.seed;
    const simd::HashKey key =
        detail::draw_key(seed, column ? detail::Stream::columns : detail::Stream::rows, 0, neuron);
    const std::int64_t self = !spec.autapses && partners.contains(neuron) ? std::int64_t{neuron} - partners.begin : -1;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> drawn;
    std::vector<std::uint32_t> left;  // of strata
    bool spreads = false;
    if (const auto* p = std::get_if<FixedProbability>(&spec.rule); p && p->probability < 1.0) {
        double next = 0.0;
        for (std::uint32_t j = 0; p->probability > 0.0; ++j) {
            next += std::floor(
                detail::portable_log(detail::unit_interval(word_of(key, j, partner), word_of(key, j, fine))) *
                (1.0 / detail::portable_log1m(p->probability)));
            if (next >= partners.size()) break;
            if (static_cast<std::int64_t>(next) != self) drawn.emplace_back(static_cast<std::uint32_t>(next), j);
            next += 1.0;
        }
    } else if (std::holds_alternative<OneToOne>(spec.rule)) {
        if (const std::uint32_t i = neuron - planned.source.begin; i != self) drawn.emplace_back(i, 0);
    } else if (const auto* out = std::get_if<FixedOutdegree>(&spec.rule)) {
        spreads = true;
        if (out->strata > 1) {
            const auto target_of = [&](std::uint32_t z) {
                return static_cast<std::uint32_t>(std::uint64_t{partners.size()} * (out->count * z / out->strata) /
                                                  out->count);
            };
            for (std::uint32_t z = 0; z < out->strata; ++z)
                for (std::uint32_t j = out->count * z / out->strata; j < out->count * (z + 1) / out->strata; ++j) {
                    const std::uint32_t begin = target_of(z), end = target_of(z + 1);
                    const bool within = self >= begin && self < end;
                    const std::uint64_t product =
                        std::uint64_t{simd::keyed_hash(neuron, detail::draw_key(seed, detail::Stream::strata, 0, j))} *
                        (end - begin - (within ? 1 : 0));
                    const std::uint32_t index = begin + static_cast<std::uint32_t>(product >> 32);
                    drawn.emplace_back(index + (within && index >= self ? 1 : 0), j);
                    left.push_back(static_cast<std::uint32_t>(product));
                }
        } else {
            drawn = documented_degree(key, partners.size(), out->count, self, spec.multapses);
        }
    } else if (const auto* in = std::get_if<FixedIndegree>(&spec.rule)) {
        spreads = true;
        drawn = documented_degree(key, partners.size(), in->count, self, spec.multapses);
    } else {
        for (std::uint32_t i = 0; i < partners.size(); ++i)
            if (i != self) drawn.emplace_back(i, i);
    }
    std::vector<DrawnSynapse> row;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        const auto [index, number] = drawn[i];
        DrawnSynapse s{partners.begin + index,
                       static_cast<std::uint32_t>(documented_value(planned.delay, key, number, delay)),
                       static_cast<std::int32_t>(documented_value(planned.weight, key, number, weight))};
        if (spreads && planned.delay.kind == Distribution::Kind::spread)
            s.delay = static_cast<std::uint32_t>(planned.delay.low + static_cast<std::int64_t>(i) *
                                                                         (planned.delay.high - planned.delay.low + 1) /
                                                                         static_cast<std::int64_t>(drawn.size()));
        if (!left.empty() && planned.weight.kind == Distribution::Kind::uniform)
            s.weight = static_cast<std::int32_t>(
                planned.weight.low +
                scaled(left[i], static_cast<std::uint32_t>(planned.weight.high - planned.weight.low + 1)));
        row.push_back(s);
    }
    return row;
}

bool equal(const DrawnSynapse& x, const DrawnSynapse& y) {
    return x.target == y.target && x.delay == y.delay && x.weight == y.weight;
}

/// Draws some rows one behind the other, with each instruction set, and compares them with the documented draws.
void check(std::uint32_t neurons, bool onto_itself, const ProjectionSpec& spec) {
    NetworkBuilder net{{.seed = 7}};
    const auto s = net.add_population({.name = "s", .size = neurons});
    const auto t = onto_itself ? s : net.add_population({.name = "t", .size = neurons});
    net.connect(s, t, spec);
    const detail::Plan plan = detail::make_plan(net.description(), PopulationId::kAnyBuilder);
    const bool column = std::holds_alternative<FixedIndegree>(spec.rule);
    const detail::Range own = column ? plan.projections[0].target : plan.projections[0].source;
    std::vector<std::uint32_t> chosen{own.begin, own.begin + own.size() / 2, own.end - 1};
    std::vector<DrawnSynapse> expected;
    for (const std::uint32_t neuron : chosen)
        for (const DrawnSynapse& synapse : documented_row(plan, neuron)) expected.push_back(synapse);
    for (const simd::Kernels* kernels : runnable_kernels()) {
        CAPTURE(std::string(kernels->name));
        CAPTURE(neurons);
        CAPTURE(onto_itself);
        CAPTURE(spec.rule.index());
        CAPTURE(spec.autapses);
        CAPTURE(spec.multapses);
        detail::RowDrawer drawer(plan, *kernels);
        DrawnRow rows;
        for (const std::uint32_t neuron : chosen)
            column ? drawer.draw_column(0, neuron, rows) : drawer.draw_row(0, neuron, rows);
        REQUIRE(rows.size() == expected.size());
        std::size_t same = 0;
        while (same < rows.size() && equal(rows[same], expected[same])) ++same;
        CHECK(same == rows.size());
    }
}

const std::vector<Distribution> kWeights{0.5, uniform(-1.0, 2.0), clipped_normal(0.5, 1.0, -1.0, 1.5)};

/// Pairs a rule with weights, delays, autapses and multapses of every kind.
void check_all(std::uint32_t neurons, Rule rule) {
    const bool degree = std::holds_alternative<FixedOutdegree>(rule) || std::holds_alternative<FixedIndegree>(rule);
    const auto* out = std::get_if<FixedOutdegree>(&rule);
    std::vector<Distribution> delays{1.0, uniform(2.0, 9.0), clipped_normal(5.0, 3.0, 1.0, 12.0)};
    if (degree) delays.push_back(spread(1.0, 20.0));
    for (std::size_t i = 0; i < std::max(kWeights.size(), delays.size()); ++i)
        for (const bool onto_itself : {false, true})
            for (const bool autapses : {false, true})
                for (const bool multapses : {false, true}) {
                    const std::uint32_t count = out ? out->count : degree ? std::get<FixedIndegree>(rule).count : 0;
                    if (!multapses && (!degree || count >= neurons || (out && out->strata > 1))) continue;
                    const Distribution& delays_of = delays[i % delays.size()];
                    const bool in_order = (!multapses && count > (neurons - 1) / 4) || (out && out->strata > 1);
                    if (delays_of.kind == Distribution::Kind::spread && in_order) continue;  // refused
                    if (count > 0 && neurons == 1 && onto_itself && !autapses) continue;
                    check(neurons, onto_itself,
                          {.rule = rule,
                           .weight = kWeights[i % kWeights.size()],
                           .delay_ms = delays_of,
                           .autapses = autapses,
                           .multapses = multapses});
                }
}

}  // namespace

TEST_SUITE("wiring") {
    TEST_CASE("even draws are the documented ones") {
        Inputs inputs(3);
        for (const std::size_t count : {0u, 1u, 3u, 4u, 15u, 16u, 17u, 31u, 32u, 33u, 64u, 100u, 1000u})
            for (const std::uint32_t range : {1u, 2u, 1000u, 0x80000001u, 0xffffffffu})
                for (const std::uint32_t lane : {0u, 1u, 2u, 3u})
                    for (const std::size_t offset : {0u, 1u, 7u}) {
                        simd::EvenArgs args{};
                        args.count = count;
                        args.first = lane == 3 ? 0xfffffff0u : inputs.word();  // numbers wrap
                        args.lane = lane;
                        args.key = {inputs.word(), inputs.word(), inputs.word()};
                        args.range = range;
                        args.lowest = inputs.word();
                        args.skipped = offset == 0 ? 0xffffffffu : inputs.below(range);
                        for (const simd::Kernels* kernels : runnable_kernels()) {
                            CAPTURE(std::string(kernels->name));
                            CAPTURE(count);
                            CAPTURE(range);
                            Guarded<std::uint32_t> values(offset + count);  // guarded kPad before and behind
                            args.values = values.data() + offset;
                            kernels->draw_even(args);
                            std::size_t right = 0;
                            for (; right < count; ++right) {
                                std::uint32_t value = scaled(
                                    word_of(args.key, args.first + static_cast<std::uint32_t>(right), lane), range);
                                if (value >= args.skipped) ++value;
                                if (args.values[right] != args.lowest + value) break;
                            }
                            CHECK(right == count);
                            for (std::size_t i = 0; i < offset; ++i) CHECK(values[i] == 0xa5a5a5a5u);
                        }
                    }
    }

    TEST_CASE("rows of every rule and size are the documented draws") {
        for (const std::uint32_t neurons : {1u, 2u, 3u, 15u, 16u, 17u, 63u, 64u, 65u, 1000u, 3001u}) {
            CAPTURE(neurons);
            check_all(neurons, all_to_all());
            check_all(neurons, one_to_one());
            for (const double p : {0.0, 0.1, 0.7, 1.0}) check_all(neurons, fixed_probability(p));
            // by themselves; few of many; more than a quarter; all but one
            for (const std::uint32_t degree :
                 {1u, 2u, 31u, 32u, 33u, 100u, neurons / 5, neurons / 4 + 1, neurons / 2, neurons - 1}) {
                if (degree == 0 || (degree >= neurons && neurons > 100)) continue;
                check_all(neurons, fixed_outdegree(degree));
                check_all(neurons, fixed_indegree(degree));
            }
            if (neurons > 10) check_all(neurons, fixed_outdegree(20, 5));
        }
        // longer than what is drawn at a time
        check_all(5003, fixed_outdegree(1024));
        check_all(5003, fixed_outdegree(1025));
        check_all(20011, fixed_outdegree(4500));
        check_all(20011, fixed_indegree(4500));
    }

    TEST_CASE("packed rows are sorted by delay and slot, and what shares a place stays as it was drawn") {
        Inputs inputs(11);
        detail::RowSorter sorter;
        // how slots and delays lie: evenly, crowded with one far out, few of each, the widest there are
        struct Scene {
            std::uint32_t slots, delays;
            bool outlier;
        };
        constexpr std::uint32_t kOutlier = 33'000;
        for (const Scene scene : {Scene{100'000, 1, false},
                                  {10, 1, false},
                                  {1000, 20, false},
                                  {300, 3, true},
                                  {1u << 31, 65'000, false},
                                  {1u << 31, 1, false},
                                  {1, 1, false},
                                  {60'000, 65'000, true}})
            for (const std::size_t count : {0u, 1u, 2u, 31u, 32u, 33u, 100u, 1000u, 4095u, 4096u, 4097u, 6000u})
                for (const std::uint32_t first : {0u, 1u << 20}) {
                    CAPTURE(scene.slots);
                    CAPTURE(scene.delays);
                    CAPTURE(count);
                    if (scene.slots > (1u << 30) && first > 0) continue;
                    DrawnRow row;
                    using Expected = std::tuple<std::uint32_t, std::uint32_t, std::int32_t>;
                    std::vector<Expected> expected;
                    for (std::size_t i = 0; i < count; ++i) {
                        std::uint32_t slot = first + inputs.below(scene.slots);
                        if (scene.outlier && i == count / 2) slot = first + kOutlier;
                        const DrawnSynapse s{slot, 1 + inputs.below(scene.delays),
                                             static_cast<std::int32_t>(inputs.below(65'536)) - 32'768};
                        row.add(s);
                        expected.emplace_back(s.delay, s.target, s.weight);
                    }
                    if (count < detail::RowSorter::kFewSynapses) std::sort(expected.begin(), expected.end());
                    else
                        std::stable_sort(expected.begin(), expected.end(), [](const Expected& x, const Expected& y) {
                            return std::tie(std::get<0>(x), std::get<1>(x)) < std::tie(std::get<0>(y), std::get<1>(y));
                        });
                    const auto sorted =
                        sorter.sort(row, {first, first + std::max(scene.slots, scene.outlier ? kOutlier + 1 : 0)});
                    REQUIRE(sorted.size() == count);
                    std::size_t same = 0;
                    for (; same < count; ++same)
                        if (sorted[same] != detail::PackedSynapse::pack(std::get<0>(expected[same]),
                                                                        std::get<1>(expected[same]),
                                                                        std::get<2>(expected[same])))
                            break;
                    CHECK(same == count);
                }
        CHECK(detail::PackedSynapse::weight(detail::PackedSynapse::pack(3, 5, -2)) == 0xfffeu);
        CHECK(detail::PackedSynapse::slot(detail::PackedSynapse::pack(65'000, 0x7fffffffu, 32'767)) == 0x7fffffffu);
        CHECK(detail::PackedSynapse::place(detail::PackedSynapse::pack(3, 5, -32'768)) == (std::uint64_t{3} << 32 | 5));
    }
}
