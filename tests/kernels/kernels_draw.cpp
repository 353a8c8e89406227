// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Rows that are drawn anew when their source fires: keys, partners and weights, on every instruction set against the
// documented draws in plain C++.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engine/network/random.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/inputs.hpp"
#include "tests/support/isas.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

constexpr std::uint32_t kNobody = 0xffffffffu;

/// Populations of 100, 1 and 333 neurons with the padding between them that the engine has, beginning at slot 128.
const std::vector<simd::TargetSegment> kThreeSegments{{0, 100, 128}, {100, 101, 256}, {101, 434, 320}};
const std::vector<simd::TargetSegment> kOneSegment{{0, 5000, 64}};

std::uint32_t slot_of(const std::vector<simd::TargetSegment>& segments, std::uint32_t index) {
    for (const simd::TargetSegment& s : segments)
        if (index < s.end_index) return s.first_slot + (index - s.first_index);
    return kNobody;
}

std::uint32_t scaled(std::uint32_t word, std::uint32_t range) {
    return static_cast<std::uint32_t>((std::uint64_t{word} * range) >> 32);
}

struct Case {
    const std::vector<simd::TargetSegment>* segments;
    std::uint32_t part_begin, part_slots;
    std::uint32_t row_synapses;
    std::int32_t lowest_weight;
    std::uint32_t weight_choices;
    std::size_t spikes;
    bool excludes;
};

/// What all drawing kernels are given.
simd::DrawArgs args_of(const Case& c, std::uint32_t targets, std::int32_t* sums) {
    simd::DrawArgs args{};
    args.spike_count = c.spikes;
    args.row_synapses = c.row_synapses;
    args.target_count = targets;
    args.segments = c.segments->data();
    args.segment_count = c.segments->size();
    args.lowest_weight = c.lowest_weight;
    args.weight_choices = c.weight_choices;
    args.part_begin = c.part_begin;
    args.part_slots = c.part_slots;
    args.sums = sums;
    return args;
}

enum class Rule { outdegree, all };

void check(const Case& c, Rule rule) {
    Inputs inputs(c.row_synapses + c.spikes);
    const std::uint32_t targets = c.segments->back().end_index;
    std::vector<std::uint32_t> k0, k1, k2, excluded;
    for (std::size_t s = 0; s < c.spikes; ++s) {
        k0.push_back(inputs.word());
        k1.push_back(inputs.word());
        k2.push_back(inputs.word());
        excluded.push_back(inputs.below(4) == 0 ? kNobody
                           : s % 5 == 0         ? targets - 1
                           : s % 5 == 1         ? 0
                                                : inputs.below(targets));
    }
    const std::size_t room = (c.spikes + simd::kPad - 1) / simd::kPad * simd::kPad;
    for (auto* column : {&k0, &k1, &k2, &excluded}) column->resize(room);
    Guarded<std::int32_t> before(c.part_slots);
    for (std::size_t i = 0; i < c.part_slots; ++i) before[i] = static_cast<std::int32_t>(inputs.below(2001)) - 1000;

    Guarded<std::int32_t> expected = before;
    for (std::size_t s = 0; s < c.spikes; ++s) {
        const simd::HashKey key{k0[s], k1[s], k2[s]};
        const std::uint32_t self = c.excludes ? excluded[s] : kNobody;
        const std::uint32_t count = rule == Rule::all ? targets : c.row_synapses;
        for (std::uint32_t j = 0; j < count; ++j) {
            std::uint32_t index = j;
            if (rule != Rule::all) {
                const bool excludes = self < targets;
                index = scaled(simd::keyed_hash(4 * j, key), targets - (excludes ? 1 : 0));
                if (excludes && index >= self) ++index;
            }
            const std::uint32_t place = slot_of(*c.segments, index) - c.part_begin;
            if (index == self || place >= c.part_slots) continue;
            expected[place] +=
                c.lowest_weight + static_cast<std::int32_t>(scaled(simd::keyed_hash(4 * j + 1, key), c.weight_choices));
        }
    }

    for (const simd::Kernels* kernels : runnable_kernels()) {
        CAPTURE(std::string(kernels->name));
        CAPTURE(targets);
        CAPTURE(c.part_begin);
        CAPTURE(c.part_slots);
        CAPTURE(c.row_synapses);
        CAPTURE(c.weight_choices);
        CAPTURE(c.spikes);
        CAPTURE(c.excludes);
        Guarded<std::int32_t> sums = before;
        simd::DrawArgs args = args_of(c, targets, sums.data());
        args.k0 = k0.data();
        args.k1 = k1.data();
        args.k2 = k2.data();
        args.excluded = c.excludes ? excluded.data() : nullptr;
        switch (rule) {
            case Rule::outdegree: kernels->draw_outdegree(args); break;
            case Rule::all: kernels->draw_all(args); break;
        }
        CHECK(first_difference(expected, sums) == c.part_slots);
        CHECK(sums.intact());
    }
}

void check_strata(const Case& c, std::uint32_t strata, std::uint32_t windows, std::uint32_t groups) {
    Inputs inputs(c.row_synapses + c.spikes + windows + groups);
    const std::uint32_t targets = c.segments->back().end_index, first_target = 1000;
    std::vector<std::uint32_t> sources;
    for (std::size_t s = 0; s < c.spikes + simd::kPad; ++s)
        sources.push_back(s % 3 == 0 ? first_target + inputs.below(targets) : inputs.below(1u << 20));
    std::vector<std::uint32_t> classes{0};
    for (std::uint32_t k = 1; k < windows * groups; ++k)
        classes.push_back(inputs.below(static_cast<std::uint32_t>(c.spikes) + 1));
    std::sort(classes.begin(), classes.end());
    classes.push_back(static_cast<std::uint32_t>(c.spikes));
    std::vector<simd::HashKey> keys;
    std::vector<std::uint16_t> turns;
    for (std::uint32_t j = 0; j < c.row_synapses; ++j) {
        keys.push_back({inputs.word(), inputs.word(), inputs.word()});
        for (std::uint32_t g = 0; g < groups; ++g) turns.push_back(static_cast<std::uint16_t>(inputs.below(windows)));
    }
    Guarded<std::int32_t> before(c.part_slots);
    for (std::size_t i = 0; i < c.part_slots; ++i) before[i] = static_cast<std::int32_t>(inputs.below(2001)) - 1000;
    Guarded<std::int32_t> expected = before;
    const auto number_of = [&](std::uint32_t z) { return c.row_synapses * z / strata; };
    for (std::uint32_t k = 0; k < windows * groups; ++k)
        for (std::uint32_t s = classes[k]; s < classes[k + 1]; ++s)
            for (std::uint32_t z = 0; z < strata; ++z) {
                const std::uint32_t from = targets * number_of(z) / c.row_synapses;
                const std::uint32_t size = targets * number_of(z + 1) / c.row_synapses - from;
                for (std::uint32_t j = number_of(z); j < number_of(z + 1); ++j) {
                    const std::uint32_t w = (k % windows + turns[j * groups + k / windows]) % windows;
                    const std::uint32_t begin = from + size * w / windows, end = from + size * (w + 1) / windows;
                    const std::uint32_t self = c.excludes ? sources[s] - first_target : kNobody;
                    const bool excluded = self >= begin && self < end;
                    const std::uint64_t product =
                        std::uint64_t{simd::keyed_hash(sources[s], keys[j])} * (end - begin - (excluded ? 1 : 0));
                    std::uint32_t index = begin + static_cast<std::uint32_t>(product >> 32);
                    if (excluded && index >= self) ++index;
                    const std::uint32_t place = slot_of(*c.segments, index) - c.part_begin;
                    if (place >= c.part_slots) continue;
                    expected[place] += c.lowest_weight + static_cast<std::int32_t>(scaled(
                                                             static_cast<std::uint32_t>(product), c.weight_choices));
                }
            }
    for (const simd::Kernels* kernels : runnable_kernels()) {
        CAPTURE(std::string(kernels->name));
        CAPTURE(c.part_begin);
        CAPTURE(c.part_slots);
        CAPTURE(strata);
        CAPTURE(windows);
        CAPTURE(groups);
        CAPTURE(c.spikes);
        CAPTURE(c.excludes);
        Guarded<std::int32_t> sums = before;
        simd::DrawArgs args = args_of(c, targets, sums.data());
        args.excluded = c.excludes ? &first_target : nullptr;
        args.sources = sources.data();
        args.keys = keys.data();
        args.strata = strata;
        args.windows = windows;
        args.groups = groups;
        args.turns = turns.data();
        args.classes = classes.data();
        kernels->draw_strata(args);
        CHECK(first_difference(expected, sums) == c.part_slots);
        CHECK(sums.intact());
    }
}

struct Part {
    std::uint32_t begin, slots;
};

}  // namespace

TEST_SUITE("kernels") {
    TEST_CASE("row keys are the engine's keys of rows") {
        Inputs inputs(1);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const std::size_t count : {0u, 1u, 3u, 4u, 5u, 15u, 16u, 17u, 63u, 64u, 65u, 200u}) {
                CAPTURE(std::string(kernels->name));
                CAPTURE(count);
                std::vector<std::uint32_t> sources;
                for (std::size_t i = 0; i < count; ++i) sources.push_back(i == 0 ? kNobody : inputs.word());
                const std::size_t room = (count + simd::kPad - 1) / simd::kPad * simd::kPad;
                Guarded<std::uint32_t> k0(room), k1(room), k2(room);
                const std::uint64_t seed = inputs.bits();
                const std::uint32_t projection = inputs.word();
                simd::RowKeyArgs args{};
                args.sources = sources.data();
                args.count = count;
                args.projection = projection;
                args.stream = static_cast<std::uint32_t>(detail::Stream::rows);
                args.seed_low = static_cast<std::uint32_t>(seed);
                args.seed_high = static_cast<std::uint32_t>(seed >> 32);
                args.k0 = k0.data();
                args.k1 = k1.data();
                args.k2 = k2.data();
                kernels->row_keys(args);
                std::size_t right = 0;
                for (; right < count; ++right) {
                    const simd::HashKey key = detail::draw_key(seed, detail::Stream::rows, projection, sources[right]);
                    if (k0[right] != key.k0 || k1[right] != key.k1 || k2[right] != key.k2) break;
                }
                CHECK(right == count);
                CHECK((k0.intact() && k1.intact() && k2.intact()));
            }
    }

    TEST_CASE("rows drawn anew are the documented draws, whatever part of the targets is asked for") {
        for (const bool excludes : {false, true})
            for (const std::uint32_t weight_choices : {1u, 2u, 1000u, 70000u})
                for (const std::size_t spikes : {0u, 1u, 20u}) {
                    // all targets; more than them; their first, middle and last; a single slot; none at all
                    for (const Part part :
                         {Part{128, 525}, {0, 704}, {0, 192}, {192, 192}, {384, 320}, {300, 1}, {256, 1}, {640, 64}})
                        for (const std::uint32_t row : {1u, 3u, 16u, 17u, 100u}) {
                            const Case c{&kThreeSegments, part.begin, part.slots, row, -500,
                                         weight_choices,  spikes,     excludes};
                            check(c, Rule::outdegree);
                            if (row == 1) check(c, Rule::all);
                        }
                    // longer than the rows that are drawn together
                    for (const Part part : {Part{64, 5056}, {1024, 1024}})
                        for (const std::uint32_t row : {1023u, 1024u, 1025u, 3000u}) {
                            const Case c{&kOneSegment,   part.begin, part.slots, row, 7,
                                         weight_choices, spikes,     excludes};
                            check(c, Rule::outdegree);
                            if (row == 1023) check(c, Rule::all);
                        }
                }
    }

    TEST_CASE("strata are drawn window by window, from the sources whose class the window has") {
        for (const bool excludes : {false, true})
            for (const std::uint32_t weight_choices : {1u, 2u, 1000u})
                for (const std::size_t spikes : {0u, 1u, 20u, 700u})
                    for (const std::uint32_t windows : {1u, 2u, 3u, 5u})
                        for (const std::uint32_t groups : {1u, 4u}) {
                            // strata within a segment, across segments and across the ends of the part
                            for (const Part part : {Part{128, 525}, {0, 192}, {192, 192}, {300, 1}, {640, 64}})
                                for (const std::uint32_t strata : {1u, 2u, 5u, 25u})
                                    check_strata({&kThreeSegments, part.begin, part.slots, 4 * strata, -500,
                                                  weight_choices, spikes, excludes},
                                                 strata, windows, groups);
                            for (const Part part : {Part{64, 5056}, {1024, 1024}})
                                check_strata(
                                    {&kOneSegment, part.begin, part.slots, 25, 7, weight_choices, spikes, excludes}, 6,
                                    windows, groups);
                        }
    }
}
