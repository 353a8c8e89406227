// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// From words to values: even integers, unit intervals, the portable elementary functions within their stated errors, and
// the distributions of parameters.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "engine/network/law.hpp"
#include "engine/network/random.hpp"
#include "izhi/izhi.hpp"
#include "tests/support/inputs.hpp"

using namespace izhi;
using namespace izhi::detail;
using izhi::test::Inputs;

namespace {

double relative_error(double found, long double expected) {
    const long double error = std::abs(static_cast<long double>(found) - expected);
    return static_cast<double>(expected == 0.0L ? error : error / std::abs(expected));
}

/// Over all numbers, the relative error of a function stays below a bound.
void check_function(const std::vector<double>& numbers, double (*function)(double), long double (*exact)(long double),
                    double bound) {
    double worst = 0.0, where = 0.0;
    for (const double x : numbers)
        if (const double error = relative_error(function(x), exact(x)); error > worst) worst = error, where = x;
    CAPTURE(where);
    CHECK(worst < bound);
}

/// Numbers from 10^-300 to 10^300, evenly by magnitude, and those next to where an algorithm changes branches.
std::vector<double> magnitudes(Inputs& inputs, double low_exponent, double high_exponent) {
    std::vector<double> numbers;
    for (int i = 0; i < 200000; ++i) numbers.push_back(std::pow(10.0, inputs.between(low_exponent, high_exponent)));
    return numbers;
}

/// The normal distribution function without cancellation in its lower tail.
long double normal_below(long double x) { return 0.5L * std::erfc(-x / std::numbers::sqrt2_v<long double>); }

double draw_of(const Distribution& distribution, double r, double unit) { return Law(distribution).draw(r, unit); }

/// Largest distance between the distribution of a sample and a law.
template <class Share>
double largest_distance(std::vector<float> sample, const Share& law) {
    std::sort(sample.begin(), sample.end());
    const auto n = static_cast<double>(sample.size());
    double largest = 0.0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const double expected = law(static_cast<double>(sample[i]));
        largest = std::max({largest, std::abs(expected - static_cast<double>(i) / n),
                            std::abs(expected - static_cast<double>(i + 1) / n)});
    }
    return largest;
}

}  // namespace

TEST_SUITE("random") {
    TEST_CASE("scale_word gives every value of a range the same number of words, but for one") {
        // The map is monotone, so it is known from where each value begins.
        Inputs inputs(1);
        for (const std::uint32_t range : {1u, 2u, 3u, 7u, 100u, 1000u, 65535u, 99999u}) {
            CAPTURE(range);
            std::uint64_t fewest = ~std::uint64_t{0}, most = 0;
            bool correct = true;
            for (std::uint64_t value = 0; value < range; ++value) {
                const std::uint64_t begin = ((value << 32) + range - 1) / range,
                                    end = (((value + 1) << 32) + range - 1) / range;
                correct = correct && scale_word(static_cast<std::uint32_t>(begin), range) == value &&
                          scale_word(static_cast<std::uint32_t>(end - 1), range) == value;
                fewest = std::min(fewest, end - begin);
                most = std::max(most, end - begin);
            }
            CHECK(correct);
            CHECK(most - fewest <= 1);
        }
        CHECK(scale_word(0xffffffffu, 0xffffffffu) == 0xfffffffeu);
        CHECK(scale_word(0, 0xffffffffu) == 0);
    }

    TEST_CASE("unit_interval is open at both ends, and grows with its words") {
        CHECK(unit_interval(0, 0) == 0x1p-53);
        CHECK(unit_interval(0xffffffffu, 0xffffffffu) == 1.0 - 0x1p-53);
        CHECK(unit_interval(0x80000000u, 0) > 0.5);
        CHECK(unit_interval(0x7fffffffu, 0xffffffffu) < 0.5);
        CHECK(unit_interval(0, 0x1000u) - unit_interval(0, 0) == 0x1p-52);
        CHECK(unit_interval(1, 0) - unit_interval(0, 0) == 0x1p-32);
    }

    TEST_CASE("portable_log: relative error below 1e-15") {
        Inputs inputs(2);
        std::vector<double> numbers = magnitudes(inputs, -300.0, 300.0);
        for (int i = 0; i < 100000; ++i) numbers.push_back(inputs.between(0.5, 2.0));  // where the logarithm is small
        for (int e = 1; e < 53; ++e)
            numbers.insert(numbers.end(), {1.0 + std::ldexp(1.0, -e), 1.0 - std::ldexp(1.0, -e)});
        for (const double x :
             {std::numbers::sqrt2, 0x1p-1022, std::numeric_limits<double>::max(), 0x1p-53, 1.0 - 0x1p-53})
            numbers.insert(numbers.end(), {x, std::nextafter(x, 1.0), std::nextafter(x, 1e300)});
        check_function(
            numbers, portable_log, [](long double x) { return std::log(x); }, 1e-15);
        CHECK(portable_log(1.0) == 0.0);
    }

    TEST_CASE("portable_log1m: relative error below 1e-13, for small p too") {
        Inputs inputs(3);
        std::vector<double> numbers = magnitudes(inputs, -300.0, 0.0);
        for (int i = 0; i < 100000; ++i) numbers.push_back(inputs.between(0.0, 1.0));
        for (const double p : {0.01, 0.5, 1.0 - 0x1p-53})
            numbers.insert(numbers.end(), {p, std::nextafter(p, 0.0), std::nextafter(p, 1.0)});
        std::erase_if(numbers, [](double p) { return p >= 1.0; });
        check_function(
            numbers, portable_log1m, [](long double p) { return std::log1p(-p); }, 1e-13);
        CHECK(portable_log1m(0.0) == 0.0);
    }

    TEST_CASE("portable_exp_minus: relative error below 1e-14 up to 4, 2e-12 up to 700") {
        Inputs inputs(4);
        for (const auto& [most, bound] : {std::pair{4.0, 1e-14}, std::pair{700.0, 2e-12}}) {
            std::vector<double> numbers{0.0, 0.125, 0.25, 1.0, most, 1e-300};
            for (int i = 0; i < 100000; ++i) numbers.push_back(inputs.between(0.0, most));
            check_function(
                numbers, portable_exp_minus, [](long double x) { return std::exp(-x); }, bound);
        }
        CHECK(portable_exp_minus(0.0) == 1.0);
    }

    TEST_CASE("normal_quantile: back to the probability within 1e-12 of it, in both tails") {
        Inputs inputs(5);
        std::vector<double> probabilities = magnitudes(inputs, -300.0, -0.302);
        for (int i = 0; i < 100000; ++i) probabilities.push_back(inputs.between(0.0, 0.5));
        for (const double p : {0.5, 0.075, 0x1p-53, std::exp(-25.0)})
            probabilities.insert(probabilities.end(), {p, std::nextafter(p, 0.0), std::nextafter(p, 1.0)});
        double worst_below = 0.0, worst_above = 0.0;
        for (const double p : probabilities) {
            worst_below =
                std::max(worst_below, relative_error(static_cast<double>(normal_below(normal_quantile(p))), p));
            const double q = 1.0 - p;  // rounded; its own upper tail is exact
            if (q < 1.0)
                worst_above = std::max(
                    worst_above, relative_error(static_cast<double>(normal_below(-normal_quantile(q))), 1.0L - q));
        }
        CHECK(worst_below < 1e-12);
        CHECK(worst_above < 1e-12);
        CHECK(normal_quantile(0.5) == 0.0);
    }

    TEST_CASE("draws: every kind of distribution, its bounds included") {
        CHECK(draw_of(3.25, 0.9, 0.9) == 3.25);
        CHECK(draw_of(uniform(-2.0, 6.0), 0.9, 0.25) == 0.0);
        CHECK(draw_of(uniform(-2.0, 6.0), 0.9, unit_interval(0, 0)) >= -2.0);
        CHECK(draw_of(uniform(-2.0, 6.0), 0.9, unit_interval(0xffffffffu, 0xffffffffu)) < 6.0);
        CHECK(draw_of(clipped_normal(1.0, 2.0, -10.0, 10.0), 0.9, 0.5) == 1.0);
        CHECK(draw_of(clipped_normal(1.0, 2.0, -10.0, 10.0), 0.9, 0.8413447460685429) ==
              doctest::Approx(3.0).epsilon(1e-12));
        CHECK(draw_of(clipped_normal(1.0, 2.0, 0.0, 2.0), 0.9, 0.1) == 0.0);
        CHECK(draw_of(clipped_normal(1.0, 2.0, 0.0, 2.0), 0.9, 0.9) == 2.0);
        CHECK(draw_of(shared(8.0, 1.0, -6.0), 0.5, 0.9) == 8.0 + 0.5 - 1.5);
        CHECK(draw_of(shared(8.0, 0.0, -6.0), 1.0, 0.1) == 2.0);
    }

    TEST_CASE("neurons' parameters and start values follow their laws, and every field has draws of its own") {
        constexpr std::uint32_t size = 100000;
        NetworkBuilder net{{.seed = 11}};
        const auto pop = net.add_population({.name = "p",
                                             .size = size,
                                             .cell = {uniform(0.02, 0.1), uniform(0.2, 0.3),
                                                      clipped_normal(-65.0, 5.0, -70.0, -55.0), uniform(2.0, 8.0)},
                                             .v0_mv = uniform(-80.0, -60.0),
                                             .u0_mv = clipped_normal(-13.0, 2.0, -100.0, 100.0)});
        const auto mix = net.add_population({.name = "mix", .size = size, .cell = excitatory_2003()});
        const Simulation simulation{net.build(), {.threads = 1}};
        const auto parameter = [&](char name, PopulationId id) {
            std::vector<float> column(size);
            simulation.read_parameter(name, id, column);
            return column;
        };
        const auto state = [&](Variable variable) {
            std::vector<float> column(size);
            simulation.read(variable, pop, column);
            return column;
        };
        const auto even = [](double low, double high) {
            return [=](double x) { return std::clamp((x - low) / (high - low), 0.0, 1.0); };
        };
        // Kolmogorov's distance exceeds this in one sample of 300,000.
        const double tolerance = 2.7 / std::sqrt(size);
        const std::vector<float> a = parameter('a', pop), b = parameter('b', pop), c = parameter('c', pop),
                                 d = parameter('d', pop);
        const std::vector<float> v = state(Variable::v), u = state(Variable::u);
        CHECK(largest_distance(a, even(0.02, 0.1)) < tolerance);
        CHECK(largest_distance(b, even(0.2, 0.3)) < tolerance);
        CHECK(largest_distance(d, even(2.0, 8.0)) < tolerance);
        CHECK(largest_distance(v, even(-80.0, -60.0)) < tolerance);
        CHECK(largest_distance(u, [](double x) { return static_cast<double>(normal_below((x + 13.0L) / 2.0L)); }) <
              tolerance);

        // c: 15.87 % at its lower bound, 2.28 % at its upper, normal between
        const auto share = [&](auto condition) {
            return static_cast<double>(std::count_if(c.begin(), c.end(), condition)) / size;
        };
        CHECK(share([](float x) { return x == -70.0f; }) == doctest::Approx(0.158655).epsilon(0.03));
        CHECK(share([](float x) { return x == -55.0f; }) == doctest::Approx(0.022750).epsilon(0.08));
        CHECK(share([](float x) { return x < -65.0f; }) == doctest::Approx(0.5).epsilon(0.015));
        CHECK(share([](float x) { return x < -70.0f || x > -55.0f; }) == 0.0);

        const std::vector<float>* const fields[] = {&a, &b, &c, &d, &v, &u};
        for (std::size_t i = 0; i < std::size(fields); ++i)
            for (std::size_t j = 0; j < i; ++j) {
                CAPTURE(i);
                CAPTURE(j);
                double sums[5] = {};
                for (std::size_t n = 0; n < size; ++n) {
                    const double x = (*fields[i])[n], y = (*fields[j])[n];
                    sums[0] += x, sums[1] += y, sums[2] += x * x, sums[3] += y * y, sums[4] += x * y;
                }
                const double covariance = sums[4] / size - sums[0] / size * sums[1] / size;
                const double variances = (sums[2] / size - sums[0] * sums[0] / size / size) *
                                         (sums[3] / size - sums[1] * sums[1] / size / size);
                CHECK(std::abs(covariance / std::sqrt(variances)) < 4.5 / std::sqrt(size));
            }

        // One r for all shared fields of a neuron: c = -65 + 15 r^2, d = 8 - 6 r^2.
        const std::vector<float> mixed_c = parameter('c', mix), mixed_d = parameter('d', mix);
        double largest = 0.0;
        std::vector<float> r(size);
        for (std::size_t n = 0; n < size; ++n) {
            const double square = (mixed_c[n] + 65.0) / 15.0;
            largest = std::max(largest, std::abs(square - (8.0 - mixed_d[n]) / 6.0));
            r[n] = static_cast<float>(std::sqrt(square));
        }
        CHECK(largest < 1e-6);
        CHECK(largest_distance(r, even(0.0, 1.0)) < tolerance + 1e-3);  // c in single precision blurs the smallest r
    }
}
