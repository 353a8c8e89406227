// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The law of the noise, exactly, from its construction, and the figures that simd/kernels.hpp states for it.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include "simd/kernels.hpp"

using namespace izhi;

namespace {

/// Probabilities of -centre ... centre.
struct Law {
    int centre = 0;
    std::vector<double> probability{1.0};

    /// The law of this plus `weight` times a draw from the table.
    [[nodiscard]] Law plus(int weight) const {
        const int reach = weight * *std::max_element(std::begin(simd::kNormalTable), std::end(simd::kNormalTable));
        Law sum;
        sum.centre = centre + reach;
        sum.probability.assign(probability.size() + 2 * static_cast<std::size_t>(reach), 0.0);
        for (std::size_t i = 0; i < probability.size(); ++i)
            for (const int entry : simd::kNormalTable)
                sum.probability[i + static_cast<std::size_t>(reach + weight * entry)] += probability[i] / 16.0;
        return sum;
    }
    [[nodiscard]] double moment(int power) const {
        double sum = 0.0;
        for (std::size_t i = 0; i < probability.size(); ++i)
            sum += probability[i] * std::pow(static_cast<double>(i) - centre, power);
        return sum;
    }
    /// Probability of more than x standard deviations from 0, on either side.
    [[nodiscard]] double beyond(double x) const {
        const double bound = x * std::sqrt(simd::table_normal_variance());
        double sum = 0.0;
        for (std::size_t i = 0; i < probability.size(); ++i)
            if (std::abs(static_cast<double>(i) - centre) > bound) sum += probability[i];
        return sum;
    }
};

Law noise_law() {
    Law law;
    for (const int weight : simd::kNormalWeights) law = law.plus(weight).plus(weight);
    return law;
}

double normal_beyond(double x) { return std::erfc(x / std::numbers::sqrt2); }

}  // namespace

TEST_SUITE("noise") {
    TEST_CASE("the law of the noise is as close to the normal law as its documentation says") {
        const Law law = noise_law();
        const double sigma = std::sqrt(simd::table_normal_variance());
        CHECK(law.moment(0) == doctest::Approx(1.0).epsilon(1e-12));
        CHECK(std::abs(law.moment(1)) < 1e-9 * sigma);
        CHECK(law.moment(2) == doctest::Approx(simd::table_normal_variance()).epsilon(1e-12));
        CHECK(std::abs(law.moment(3)) < 1e-9 * sigma * sigma * sigma);
        const double excess = law.moment(4) / (law.moment(2) * law.moment(2)) - 3.0;
        CHECK(std::abs(excess - -0.0039) < 0.00005);

        double below = 0.0, distance = 0.0;
        for (std::size_t i = 0; i < law.probability.size(); ++i) {
            const double normal = 0.5 * std::erfc(-(static_cast<double>(i) - law.centre) / sigma / std::numbers::sqrt2);
            const double after = below + law.probability[i];
            distance = std::max({distance, std::abs(normal - below), std::abs(normal - after)});
            below = after;
        }
        CHECK(distance < 6.7e-5);

        CHECK(std::abs(law.beyond(4.0) / normal_beyond(4.0) - 0.88) < 0.005);
        CHECK(std::abs(law.beyond(5.0) / normal_beyond(5.0) - 0.57) < 0.005);
        CHECK(law.beyond(6.1) == 0.0);
        for (const double x : {0.5, 1.0, 2.0, 3.0})
            CHECK(law.beyond(x) == doctest::Approx(normal_beyond(x)).epsilon(0.02));
    }

    TEST_CASE("table_normal draws from that law: every nibble of a word counts once, with its weight") {
        for (int nibble = 0; nibble < 8; ++nibble)
            for (std::uint32_t value = 0; value < 16; ++value) {
                const std::uint32_t word = value << (4 * nibble);
                const std::int32_t others =
                    simd::table_normal(0) - simd::kNormalWeights[nibble / 2] * simd::kNormalTable[0];
                CHECK(simd::table_normal(word) ==
                      others + simd::kNormalWeights[nibble / 2] * simd::kNormalTable[value]);
            }
    }
}
