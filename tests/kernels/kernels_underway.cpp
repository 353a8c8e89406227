// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Late delivery: rows on their way, visited on every instruction set, against plain lists of what is due in which step.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/inputs.hpp"
#include "tests/support/isas.hpp"
#include "tests/support/stored_rows.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

using Push = std::size_t (*)(const simd::UnderwayArgs&);

Push push_kernel(const simd::Kernels& k, RowFormat format, bool scaled) {
    const std::size_t number = scaled ? 1 : 0;
    if (format == RowFormat::wide) return k.underway_wide[number];
    return is_near(format) ? k.underway_near[number] : k.underway_packed[number];
}

bool same(const simd::UnderwayRow& x, const simd::UnderwayRow& y) {
    return x.next == y.next && x.words == y.words && x.fired == y.fired && x.due == y.due && x.factor == y.factor;
}

constexpr std::size_t kStride = 320;

/// Rows of a few groups, the delays of each ascending, some with many synapses to a group and some empty.
Rows make_rows(std::uint32_t count, std::uint32_t longest, RowFormat format, Inputs& inputs) {
    Rows rows(count);
    for (auto& row : rows) {
        const std::uint32_t groups = inputs.below(6);
        for (std::uint32_t g = 0; g < groups; ++g) {
            const std::uint32_t delay = 1 + inputs.below(longest);
            if (inputs.below(4) == 0) {  // onto consecutive targets
                const std::uint32_t first = inputs.below(100), size = 1 + inputs.below(200);
                for (std::uint32_t j = 0; j < size; ++j) row.push_back({delay, first + j, 0});
            } else {
                const std::uint32_t size = 1 + inputs.below(inputs.below(2) == 0 ? 5 : 80);
                for (std::uint32_t j = 0; j < size; ++j) row.push_back({delay, inputs.below(kStride), 0});
            }
        }
        for (RowSynapse& s : row) s.weight = random_weight(inputs, format) / 256;
    }
    sort_rows(rows);
    return rows;
}

/// A run of late delivery: every source fires at some time, and every step visits the rows that are due in it.
struct Run {
    Run(RowFormat used, bool with_factors, std::uint32_t longest_delay, std::uint32_t window_steps, std::uint32_t begin)
        : format(used), scaled(with_factors), longest(longest_delay), window(window_steps), first_step(begin),
          inputs(longest_delay * 31 + window_steps), rows(make_rows(150, longest_delay, used, inputs)),
          stored(rows, used) {
        for (std::size_t source = 0; source < rows.size(); ++source) {
            fired.push_back(inputs.below(40));
            factors.push_back(static_cast<std::int32_t>(source < 3 ? source * simd::kFactorOne / 2
                                                                   : inputs.below(simd::kFactorOne + 1)));
        }
        expected.assign(40 + longest + 1, std::vector<std::int32_t>(kStride));
        for (std::size_t source = 0; source < rows.size(); ++source)
            for (const RowSynapse& s : rows[source])
                expected[fired[source] + s.delay][s.target] +=
                    scaled ? scaled_weight(s.weight, factors[source]) : s.weight;
    }

    /// What a visit must leave of a row: it goes on from its first group that is due at `end` or later.
    [[nodiscard]] simd::UnderwayRow left_of(std::uint32_t source, std::uint32_t end) const {
        std::uint32_t delay = 0;
        for (const RowSynapse& s : rows[source])
            if (fired[source] + s.delay >= end && delay == 0) delay = s.delay;
        const std::uint32_t before = stored.words_before(source, delay);
        return {stored.row(source) + before, stored.words(source) - before, first_step + fired[source],
                first_step + fired[source] + delay, scaled ? factors[source] : 0};
    }

    void check(const simd::Kernels& kernels) const {
        const Push push = push_kernel(kernels, format, scaled);
        std::vector<std::int32_t> ring(window * kStride);
        struct Going {
            std::uint32_t source;
            simd::UnderwayRow row;
        };
        std::vector<Going> going;
        for (std::uint32_t now = 0; now < expected.size(); ++now) {
            std::vector<simd::UnderwayRow> visited;
            std::vector<std::uint32_t> sources;
            for (const Going& g : going)
                if (g.row.due == first_step + now) {
                    visited.push_back(g.row);
                    sources.push_back(g.source);
                }
            std::erase_if(going, [&](const Going& g) { return g.row.due == first_step + now; });
            for (std::uint32_t source = 0; source < rows.size(); ++source)
                if (fired[source] + 1 == now && !rows[source].empty()) {
                    const std::uint32_t step = first_step + fired[source];
                    visited.push_back(
                        {stored.row(source), stored.words(source), step, step, scaled ? factors[source] : 0});
                    sources.push_back(source);
                }
            const std::vector<simd::UnderwayRow> before = visited;
            simd::UnderwayArgs args{};
            args.rows = visited.data();
            args.count = visited.size();
            args.now = first_step + now;
            args.window = window;
            args.ring = ring.data();
            args.stride = kStride;
            args.slot_mask = window - 1;
            args.prefetch_lines = 3;
            args.prefetch_rows = 3;
            const std::size_t left = push(args);
            REQUIRE(left <= visited.size());
            std::size_t kept = 0;
            for (std::size_t i = 0; i < before.size(); ++i) {
                const std::uint32_t source = sources[i], last = rows[source].back().delay;
                if (fired[source] + last < now + window) continue;  // all of it has been pushed
                REQUIRE(kept < left);
                CHECK(same(visited[kept], left_of(source, now + window)));
                going.push_back({source, visited[kept++]});
            }
            CHECK(kept == left);
            std::int32_t* const sums = ring.data() + ((first_step + now) & (window - 1)) * kStride;
            CAPTURE(now);
            REQUIRE(std::equal(sums, sums + kStride, expected[now].begin()));
            std::fill_n(sums, kStride, 0);
        }
        CHECK(going.empty());
        CHECK(std::all_of(ring.begin(), ring.end(), [](std::int32_t sum) { return sum == 0; }));
    }

    RowFormat format;
    bool scaled;
    std::uint32_t longest, window, first_step;
    Inputs inputs;
    Rows rows;
    StoredRows stored;
    std::vector<std::uint32_t> fired;  ///< from first_step on
    std::vector<std::int32_t> factors;
    std::vector<std::vector<std::int32_t>> expected;  ///< by step from first_step on, then target
};

}  // namespace

TEST_SUITE("kernels") {
    TEST_CASE("underway: every group is pushed once, for its step, and the rest of a row is reported") {
        // Step numbers that wrap around too.
        for (const RowFormat format : kRowFormats)
            for (const bool scaled : {false, true})
                for (const std::uint32_t longest : {1u, 7u, 60u, 1000u})
                    for (const std::uint32_t window : {1u, 2u, 8u, 64u})
                        for (const std::uint32_t first_step : {0u, 0xffffffe8u}) {
                            CAPTURE(static_cast<int>(format));
                            CAPTURE(scaled);
                            CAPTURE(longest);
                            CAPTURE(window);
                            CAPTURE(first_step);
                            const Run run(format, scaled, longest, window, first_step);
                            for (const simd::Kernels* kernels : runnable_kernels()) {
                                CAPTURE(std::string(kernels->name));
                                run.check(*kernels);
                            }
                        }
    }

    TEST_CASE("underway: no rows at all") {
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const RowFormat format : kRowFormats) {
                simd::UnderwayArgs args{};
                args.window = 4;
                args.prefetch_lines = args.prefetch_rows = 3;
                CHECK(push_kernel(*kernels, format, false)(args) == 0);
            }
    }
}
