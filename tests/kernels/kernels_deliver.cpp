// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Delivery: rows encoded here by hand, delivered by every instruction set's kernels, against adding up plain lists.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/inputs.hpp"
#include "tests/support/isas.hpp"
#include "tests/support/stored_rows.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

struct Ring {
    std::uint32_t slots;
    std::size_t stride;
};

using Deliver = void (*)(const simd::DeliverArgs&);

Deliver deliver_kernel(const simd::Kernels& k, RowFormat format, bool scaled) {
    if (format == RowFormat::wide) return scaled ? k.deliver_wide_scaled : k.deliver_wide;
    if (is_near(format)) return scaled ? k.deliver_near_scaled : k.deliver_near;
    return scaled ? k.deliver_packed_scaled : k.deliver_packed;
}

/// Delivers on every instruction set and compares with adding up the lists.
/// @param factors of each source, or none
void check(const Rows& rows, const std::vector<std::uint32_t>& spikes, Ring ring, std::uint32_t slot, RowFormat format,
           const std::vector<std::int32_t>& factors = {}) {
    const StoredRows stored(rows, format);
    Inputs inputs(spikes.size());
    std::vector<std::int32_t> before(ring.slots * ring.stride);
    for (std::int32_t& sum : before) sum = static_cast<std::int32_t>(inputs.below(2001)) - 1000;
    std::vector<std::int32_t> expected = before;
    for (const std::uint32_t source : spikes)
        for (const RowSynapse& s : rows[source])
            expected[(slot + s.delay) % ring.slots * ring.stride + s.target] +=
                factors.empty() ? s.weight : scaled_weight(s.weight, factors[source]);
    for (const simd::Kernels* kernels : runnable_kernels()) {
        std::vector<std::int32_t> sums = before;
        simd::DeliverArgs args{};
        args.spikes = spikes.data();
        args.spike_count = spikes.size();
        args.rows = stored.index();
        args.ring = sums.data();
        args.stride = ring.stride;
        args.slot_mask = ring.slots - 1;
        args.slot = slot;
        args.prefetch_lines = 4;
        args.prefetch_spikes = 8;
        args.rows_in_memory = spikes.size() % 2 == 0;
        args.factors = factors.data();
        deliver_kernel(*kernels, format, !factors.empty())(args);
        const auto where = std::mismatch(sums.begin(), sums.end(), expected.begin()).first - sums.begin();
        CAPTURE(std::string(kernels->name));
        CAPTURE(where);
        CHECK(static_cast<std::size_t>(where) == sums.size());
    }
}

}  // namespace

TEST_SUITE("kernels") {
    TEST_CASE("delivery of random rows, empty ones among them, over several chunks of sources") {
        for (const RowFormat format : kRowFormats)
            for (const std::uint32_t slots : {1u, 2u, 64u}) {
                CAPTURE(static_cast<int>(format));
                CAPTURE(slots);
                Inputs inputs(slots);
                const Ring ring{slots, 300};
                Rows rows(2500);
                for (auto& row : rows) {
                    const std::uint32_t size = inputs.below(3) == 0 ? 0 : inputs.below(60);
                    for (std::uint32_t j = 0; j < size; ++j)
                        row.push_back({1 + inputs.below(slots), inputs.below(300), random_weight(inputs, format) / 64});
                }
                sort_rows(rows);
                // Spike lists shorter than, as long as and longer than the reach of the prefetch, down to none.
                for (const std::size_t count : {0u, 1u, 2u, 7u, 8u, 9u, 16u, 100u, 2500u}) {
                    CAPTURE(count);
                    std::vector<std::uint32_t> spikes;
                    for (std::uint32_t source = 0; spikes.size() < count && source < 2500; ++source)
                        if (count == 2500 || inputs.below(3) == 0) spikes.push_back(source);
                    check(rows, spikes, ring, inputs.below(slots), format);
                }
                check(rows, {1023, 1024, 2047, 2048, 2499}, ring, slots - 1, format);
            }
    }

    TEST_CASE("delivery with a factor on each spike") {
        for (const RowFormat format : kRowFormats) {
            CAPTURE(static_cast<int>(format));
            Inputs inputs(9);
            Rows rows(200);
            std::vector<std::int32_t> factors;
            std::vector<std::uint32_t> spikes;
            for (std::uint32_t source = 0; source < rows.size(); ++source) {
                for (std::uint32_t j = 0; j < 100; ++j) rows[source].push_back({1, j, random_weight(inputs, format)});
                for (std::uint32_t j = inputs.below(40); j > 0; --j)
                    rows[source].push_back({2, inputs.below(300), random_weight(inputs, format)});
                const std::uint32_t one = simd::kFactorOne;
                factors.push_back(static_cast<std::int32_t>(source < 3 ? source * one / 2 : inputs.below(one + 1)));
                if (source % 3 != 1) spikes.push_back(source);
            }
            if (format == RowFormat::wide)  // the sum of all must stay within 32 bits
                for (auto& row : rows)
                    for (RowSynapse& s : row) s.weight /= 256;
            sort_rows(rows);
            check(rows, spikes, {4, 300}, 3, format, factors);
        }
    }

    TEST_CASE(
        "delivery of near rows, whose groups are padded from a length on, of every length and up to the last slot") {
        Inputs inputs(11);
        for (std::uint32_t length = 1; length <= 140; ++length) {
            CAPTURE(length);
            Rows rows(2);
            for (std::uint32_t j = 0; j < length; ++j) {
                rows[0].push_back(
                    {1, simd::kNearSlots - 1 - inputs.below(2 * length), random_weight(inputs, RowFormat::near)});
                rows[0].push_back({2, inputs.below(simd::kNearSlots), random_weight(inputs, RowFormat::near)});
                rows[1].push_back({2, simd::kNearSlots - 1, -32768});  // all onto one
            }
            rows[0].push_back({3, simd::kNearSlots - 1, 32767});
            sort_rows(rows);
            check(rows, {0, 1}, {4, simd::kNearSlots}, 2, RowFormat::near);
        }
    }

    TEST_CASE("delivery of dense groups of every length, from every place, among others") {
        Inputs inputs(7);
        for (std::uint32_t length = 1; length <= 150; ++length)
            for (std::uint32_t first = 0; first < 20; ++first) {
                CAPTURE(length);
                CAPTURE(first);
                Rows rows(2);
                for (std::uint32_t j = 0; j < length; ++j)
                    rows[0].push_back({1, first + j, random_weight(inputs, RowFormat::dense)});
                rows[0].push_back({2, 5, 3});
                rows[0].push_back({2, 9, 4});
                for (std::uint32_t j = 0; j < length; ++j)
                    rows[0].push_back({3, 170 - length + j, random_weight(inputs, RowFormat::dense)});
                rows[1] = {{1, first, -32768}, {2, first, 32767}};
                check(rows, {0, 1, 0}, {4, 170}, 2, RowFormat::dense);
                check(rows, {0, 1, 0}, {4, 170}, 2, RowFormat::near_dense);
            }
    }

    TEST_CASE("delivery wraps around the ring") {
        for (const RowFormat format : kRowFormats)
            for (const std::uint32_t slots : {4u, 16u})
                for (std::uint32_t slot = 0; slot < slots; ++slot) {
                    CAPTURE(static_cast<int>(format));
                    CAPTURE(slots);
                    CAPTURE(slot);
                    Rows rows(1);
                    for (std::uint32_t delay = 1; delay <= slots; ++delay)
                        for (const std::uint32_t target : {0u, 5u, 5u, 63u})
                            rows[0].push_back({delay, target, static_cast<std::int32_t>(delay * 100 + target)});
                    check(rows, {0}, {slots, 64}, slot, format);
                }
    }

    TEST_CASE("delivery over distances that need fillers") {
        Inputs inputs(5);
        for (const RowFormat format : kRowFormats) {
            if (is_near(format)) continue;  // it has none: no part is that large
            CAPTURE(static_cast<int>(format));
            Rows rows(3);
            for (const std::uint32_t target : {65534u, 65535u, 65536u, 131069u, 131070u, 131071u, 399999u})
                for (std::uint32_t delay = 1; delay <= 3; ++delay) {
                    rows[0].push_back({delay, target, random_weight(inputs, format)});
                    rows[1].push_back({delay, target - 65534, random_weight(inputs, format)});
                }
            rows[2] = {{1, 0, -1}, {1, 65535, 7}, {2, 399999, -32768}, {3, 200000, 32767}};
            sort_rows(rows);
            check(rows, {0, 1, 2}, {4, 400000}, 3, format);
        }
    }

    TEST_CASE("delivery of groups as long as their header can say, and of the longest delay") {
        for (const RowFormat format : kRowFormats) {
            CAPTURE(static_cast<int>(format));
            Rows rows(2);
            for (std::uint32_t j = 0; j < 70000; ++j)
                rows[0].push_back({1, j / 50, static_cast<std::int32_t>(j % 11) - 5});
            for (std::uint32_t j = 0; j < 40000; ++j)
                rows[0].push_back({2, j, static_cast<std::int32_t>(j % 65536) - 32768});
            rows[1] = {{1, 3, 5}, {2, 3, 5}, {65000, 3, 11}, {65000, 4, -11}};
            check(rows, {0}, {2, 40000}, 0, format);
            check(rows, {1}, {65536, 8}, 65000, format);
        }
    }

    TEST_CASE("sums may reach the bounds of 32 bits") {
        Rows rows(2);
        constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
        rows[0] = {{1, 0, most - 1000}, {1, 1, -most + 1000}};
        rows[1] = {{1, 0, -most}, {1, 1, most}};
        check(rows, {0, 1}, {1, 2}, 0, RowFormat::wide);
    }
}
