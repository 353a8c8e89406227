// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/base/duration_histogram.hpp"

#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

using izhi::detail::DurationHistogram;

TEST_SUITE("base") {
    TEST_CASE("a duration lies in its bin, and a bin is at most a 32nd of it wide") {
        for (std::uint64_t ticks = 0; ticks < std::uint64_t{1} << 43; ticks += 1 + ticks / 7) {
            CAPTURE(ticks);
            DurationHistogram histogram;
            histogram.add(ticks, 3);
            REQUIRE(histogram.bins().size() == 1);
            const DurationHistogram::Bin bin = histogram.bins().front();
            const auto value = static_cast<double>(ticks);
            CHECK(bin.low <= value);
            CHECK(value < bin.high);
            CHECK(bin.high - bin.low <= (ticks < 32 ? 1.0 : value / 32.0));
            CHECK(bin.count == 3);
            CHECK(histogram.longest() == ticks);
            CHECK(histogram.mean() == value);
        }
    }

    TEST_CASE("bins follow one another without a gap") {
        DurationHistogram histogram;
        for (std::uint64_t ticks = 0; ticks < 5000; ++ticks) histogram.add(ticks);
        const std::vector<DurationHistogram::Bin> bins = histogram.bins();
        CHECK(bins.front().low == 0.0);
        for (std::size_t i = 1; i < bins.size(); ++i) CHECK(bins[i].low == bins[i - 1].high);
        CHECK(bins.back().high >= 5000.0);
        CHECK(histogram.mean() == doctest::Approx(2499.5));
    }

    TEST_CASE("quantiles: at least the share lies in the bin and those before it, and less before it") {
        DurationHistogram histogram;
        CHECK(histogram.quantile(500).high == 0.0);
        CHECK(histogram.mean() == 0.0);
        histogram.add(10, 500);
        histogram.add(20, 490);
        histogram.add(30, 9);
        histogram.add(1000);
        CHECK(histogram.total() == 1000);
        CHECK(histogram.quantile(500).low == 10.0);
        CHECK(histogram.quantile(501).low == 20.0);
        CHECK(histogram.quantile(990).low == 20.0);
        CHECK(histogram.quantile(991).low == 30.0);
        CHECK(histogram.quantile(999).low == 30.0);
        CHECK(histogram.quantile(1000).low == 992.0);
        CHECK(histogram.quantile(1000).high == 1008.0);
    }

    TEST_CASE("what is too long is counted in the last bin") {
        DurationHistogram histogram;
        histogram.add(std::numeric_limits<std::uint64_t>::max());
        CHECK(histogram.bins().size() == 1);
        CHECK(histogram.longest() == std::numeric_limits<std::uint64_t>::max());
    }
}
