// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Laws with tails: redrawn normal, lognormal, exponential, gamma. Shares and quantiles against libm and closed forms, draws
// against the law that they should have, the same bits on every machine; in neurons, weights and delays; what is refused.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engine/network/law.hpp"
#include "izhi/izhi.hpp"
#include "tests/network/wiring.hpp"
#include "tests/support/inputs.hpp"

using namespace izhi;
using namespace izhi::test;
using detail::Law;
using detail::StandardLaw;

namespace {

double normal_below(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

/// Evenly spaced units, each in the middle of its share.
std::vector<double> draws_of(const Distribution& d, int count = 100000) {
    const Law law(d);
    std::vector<double> values;
    for (int i = 0; i < count; ++i) values.push_back(law.draw(0.0, (i + 0.5) / count));
    return values;
}

double mean_of(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double x : values) sum += x;
    return sum / static_cast<double>(values.size());
}
double stddev_of(const std::vector<double>& values) {
    const double mean = mean_of(values);
    double sum = 0.0;
    for (const double x : values) sum += (x - mean) * (x - mean);
    return std::sqrt(sum / static_cast<double>(values.size()));
}

std::string refusal_of_weight(const Distribution& weight) {
    NetworkBuilder net;
    const auto p = net.add_population({.name = "p", .size = 10});
    net.connect(p, p, {.name = "w", .weight = weight});
    try {
        (void)net.build();
    } catch (const Error& error) { return error.what(); }
    return {};
}
std::string refusal_of_delay(const Distribution& delay) {
    NetworkBuilder net;
    const auto p = net.add_population({.name = "p", .size = 10});
    net.connect(p, p, {.name = "d", .weight = 1.0, .delay_ms = delay});
    try {
        (void)net.build();
    } catch (const Error& error) { return error.what(); }
    return {};
}

}  // namespace

TEST_SUITE_BEGIN("kernels");

TEST_CASE("shares of the standard laws agree with libm and with closed forms, far out in both tails") {
    const StandardLaw normal(StandardLaw::Kind::normal, 1.0), exponential(StandardLaw::Kind::exponential, 1.0);
    double worst = 0.0;
    for (double z = -36.0; z < 36.0; z += 0.037) {
        const double below = normal_below(z), above = normal_below(-z);
        worst = std::max(
            {worst, std::abs(normal.share(z, false) / below - 1.0), std::abs(normal.share(z, true) / above - 1.0)});
    }
    CHECK(worst < 1e-11);
    for (const double x : {1e-9, 1e-4, 0.5, 3.0, 40.0}) {
        CHECK(exponential.share(x, true) == doctest::Approx(std::exp(-x)).epsilon(1e-11));
        CHECK(exponential.share(x, false) == doctest::Approx(-std::expm1(-x)).epsilon(1e-11));
    }
    for (const int shape : {1, 2, 7, 60})
        for (double x = 0.01; x < 200.0; x *= 1.7) {  // Erlang: a Poisson sum
            double term = std::exp(-x), above = 0.0;
            for (int i = 0; i < shape; ++i) {
                above += term;
                term *= x / (i + 1);
            }
            const StandardLaw gamma(StandardLaw::Kind::gamma, shape);
            CHECK(gamma.share(x, true) == doctest::Approx(above).epsilon(1e-9));
        }
    const StandardLaw half(StandardLaw::Kind::gamma, 0.5);
    for (double x = 1e-6; x < 30.0; x *= 2.0)
        CHECK(half.share(x, false) == doctest::Approx(std::erf(std::sqrt(x))).epsilon(1e-11));
}

TEST_CASE("quantiles of the gamma law lead back to their shares") {
    for (const double shape : {0.01, 0.1, 0.7, 1.0, 3.5, 40.0, 1e4}) {
        const StandardLaw gamma(StandardLaw::Kind::gamma, shape);
        for (double p = 1e-14; p < 1.0; p = p < 0.1 ? p * 3.0 : p + 0.083)
            for (const bool upper : {false, true}) {
                CAPTURE(shape);
                CAPTURE(p);
                CAPTURE(upper);
                const double x = gamma.quantile(p, upper);
                if (x < 1e-290) continue;  // below it all is 0
                CHECK(gamma.share(x, upper) == doctest::Approx(p).epsilon(1e-9));
            }
    }
}

TEST_CASE("redrawn tails are the law given that it lies within its bounds") {
    struct Case {
        double mean, stddev, low, high;
    };
    for (const auto& [mean, stddev, low, high] : {Case{0.0, 1.0, -1.0, 2.0},
                                                  {1.5, 0.75, 0.05, 100.0},
                                                  {5.0, 2.0, -3.0, 0.5},
                                                  {0.0, 1.0, 4.0, 5.0},
                                                  {0.0, 1.0, -5.5, -5.0}}) {
        const Law law(redrawn_normal(mean, stddev, low, high));
        const bool far = low > mean;  // where shares from below are all 1
        const auto share = [&](double x) {
            const auto z = [&](double y) { return (y - mean) / stddev; };
            if (far)
                return (normal_below(-z(low)) - normal_below(-z(x))) / (normal_below(-z(low)) - normal_below(-z(high)));
            return (normal_below(z(x)) - normal_below(z(low))) / (normal_below(z(high)) - normal_below(z(low)));
        };
        for (double unit = 0.001; unit < 1.0; unit += 0.001) {
            const double x = law.draw(0.0, unit);
            // The law may be drawn from above or from below.
            const double at = far ? 1.0 - share(x) : share(x);
            REQUIRE(at == doctest::Approx(unit).epsilon(1e-7));
            REQUIRE(x >= low);
            REQUIRE(x <= high);
            REQUIRE(law.below(x) == doctest::Approx(share(x)).epsilon(1e-6));
        }
        CHECK(law.lowest() == doctest::Approx(low).epsilon(0.02));
    }
    CHECK(Law(redrawn_normal(2.0, 0.0, 1.0, 3.0)).draw(0.0, 0.3) == 2.0);
    // Potjans and Diesmann 2014: delays of 1.5 +- 0.75 ms redrawn below 0.05 ms have a mean of 1.547 ms
    CHECK(mean_of(draws_of(redrawn_normal(1.5, 0.75, 0.05, 100.0))) == doctest::Approx(1.547).epsilon(5e-4));
    CHECK(Law(redrawn_normal(1.5, 0.75, 0.05, 100.0)).kept() == doctest::Approx(1.0 - 0.0266).epsilon(1e-3));
}

TEST_CASE("lognormal, exponential and gamma have their moments, clipped and redrawn ones stay within bounds") {
    constexpr double mu = -0.702, sigma = 0.9355;  // EPSPs of cortical pairs, Song et al. 2005
    const auto values = draws_of(lognormal(mu, sigma), 1000000);
    CHECK(mean_of(values) == doctest::Approx(std::exp(mu + sigma * sigma / 2)).epsilon(1e-3));
    CHECK(values[500000] == doctest::Approx(std::exp(mu)).epsilon(1e-4));
    const auto by_mean = draws_of(lognormal_of_mean(2.0, 1.5), 1000000);
    CHECK(mean_of(by_mean) == doctest::Approx(2.0).epsilon(1e-3));
    CHECK(stddev_of(by_mean) == doctest::Approx(1.5).epsilon(1e-2));
    CHECK(mean_of(draws_of(exponential(3.0), 1000000)) == doctest::Approx(3.0).epsilon(1e-4));
    CHECK(stddev_of(draws_of(exponential(3.0), 1000000)) == doctest::Approx(3.0).epsilon(1e-3));
    for (const double shape : {0.3, 2.5, 50.0}) {
        CHECK(mean_of(draws_of(gamma(shape, 0.4))) == doctest::Approx(0.4 * shape).epsilon(1e-3));
        CHECK(stddev_of(draws_of(gamma(shape, 0.4))) == doctest::Approx(0.4 * std::sqrt(shape)).epsilon(5e-3));
    }
    const auto clipped = draws_of(bounded(exponential(1.0), 0.5, 2.0, Distribution::Tails::clip));
    CHECK(std::count(clipped.begin(), clipped.end(), 0.5) ==
          doctest::Approx(1e5 * (1.0 - std::exp(-0.5))).epsilon(1e-3));
    CHECK(std::count(clipped.begin(), clipped.end(), 2.0) == doctest::Approx(1e5 * std::exp(-2.0)).epsilon(1e-3));
    const auto redrawn = draws_of(bounded(exponential(1.0), 0.5, 2.0));
    CHECK(std::count(redrawn.begin(), redrawn.end(), 0.5) == 0);
    const double kept = std::exp(-0.5) - std::exp(-2.0);
    CHECK(redrawn[50000] == doctest::Approx(-std::log(std::exp(-0.5) - kept / 2)).epsilon(1e-4));
}

TEST_CASE("unbounded laws end at the quantile 1 - 2^-32, and negative ones mirror positive ones") {
    const double most = 32.0 * std::log(2.0);
    CHECK(Law(exponential(1.0)).highest() == doctest::Approx(most).epsilon(1e-6));
    CHECK(Law(exponential(1.0)).lowest() < 1e-15);
    CHECK(Law(lognormal(0.0, 1.0)).highest() == doctest::Approx(std::exp(6.2305)).epsilon(1e-3));
    CHECK(Law(exponential(-1.0)).lowest() == -Law(exponential(1.0)).highest());
    Distribution negative = lognormal(0.3, 0.5);
    negative.factor = -1.0;
    for (const double unit : {0.001, 0.4, 0.99}) {
        CHECK(Law(exponential(-2.0)).draw(0.0, unit) == -Law(exponential(2.0)).draw(0.0, unit));
        CHECK(Law(gamma(2.0, -2.0)).draw(0.0, unit) == -Law(gamma(2.0, 2.0)).draw(0.0, unit));
        CHECK(Law(negative).draw(0.0, unit) == -Law(lognormal(0.3, 0.5)).draw(0.0, unit));
        CHECK(Law(lognormal_of_mean(-2.0, 1.0)).draw(0.0, unit) == -Law(lognormal_of_mean(2.0, 1.0)).draw(0.0, unit));
    }
    CHECK(Law(bounded(exponential(-1.0), -2.0, -1.0)).below(-1.5) ==
          doctest::Approx((std::exp(-1.5) - std::exp(-2.0)) / (std::exp(-1.0) - std::exp(-2.0))));
    CHECK(Law(bounded(gamma(1.0, 1.0), 1.0, 2.0, Distribution::Tails::clip)).below(1.5) ==
          doctest::Approx(1.0 - std::exp(-1.5)));
}

TEST_CASE("draws of the laws are the same bits on every machine") {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const Distribution& d :
         {redrawn_normal(1.5, 0.75, 0.05, 100.0), redrawn_normal(0.0, 1.0, 4.0, 5.0), lognormal(-0.702, 0.9355),
          lognormal_of_mean(-2.0, 1.0), exponential(3.0), gamma(0.3, 2.0), gamma(25.0, -0.1)}) {
        Inputs inputs(8);
        const Law law(d);
        for (int i = 0; i < 1000; ++i) {
            hash ^= std::bit_cast<std::uint64_t>(law.draw(0.0, inputs.between(0.0, 1.0)));
            hash *= 0x100000001b3u;
        }
    }
    CHECK(hash == 12942770902096859201u);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("wiring");

TEST_CASE("weights and delays have the laws that they ask for") {
    const auto weights = [](const Distribution& weight) {
        std::vector<double> values;
        for (const auto& row : wire(1000, 1000, {.rule = fixed_outdegree(100), .weight = weight}, 34))
            for (const auto& s : row) values.push_back(s.weight);
        return values;
    };
    CHECK(std::abs(mean_error(weights(exponential(-2.0)), -2.0, 2.0)) < kSigmas);
    CHECK(std::abs(mean_error(weights(gamma(4.0, 0.5)), 2.0, 1.0)) < kSigmas);
    const double spread = std::sqrt((std::exp(0.25) - 1.0) * std::exp(0.25));
    CHECK(std::abs(mean_error(weights(lognormal(0.0, 0.5)), std::exp(0.125), spread)) < kSigmas);
    const auto redrawn = weights(redrawn_normal(0.0, 1.0, 0.0, 9.0));
    CHECK(std::abs(mean_error(redrawn, std::sqrt(2.0 / M_PI), std::sqrt(1.0 - 2.0 / M_PI))) < kSigmas);

    // Delays of the microcircuit, in steps of 0.1 ms: the share of each is that of the truncated law.
    std::vector<double> counts(60);
    double n = 0.0;
    for (const auto& row :
         wire(1000, 1000,
              {.rule = fixed_outdegree(100), .weight = 1.0, .delay_ms = redrawn_normal(1.5, 0.75, 0.05, 100.0)}, 35,
              0.1))
        for (const auto& s : row) {
            REQUIRE(s.delay_steps >= 1);
            if (s.delay_steps < counts.size()) ++counts[s.delay_steps];
            ++n;
        }
    std::vector<double> seen, expected;
    const auto below = [](double ms) {
        return (normal_below((ms - 1.5) / 0.75) - normal_below(-1.45 / 0.75)) / (1.0 - normal_below(-1.45 / 0.75));
    };
    for (int step = 1; step < 40; ++step) {
        seen.push_back(counts[static_cast<std::size_t>(step)]);
        expected.push_back(n * (below(0.1 * step + 0.05) - below(0.1 * step - 0.05)));
    }
    CHECK(chi_square_error(seen, expected) < kSigmas);
}

TEST_CASE("neurons draw their parameters from the laws, each as often as it should") {
    constexpr std::uint32_t size = 50000;
    NetworkBuilder net{{.seed = 12}};
    const auto p = net.add_population({.name = "p",
                                       .size = size,
                                       .cell = {bounded(gamma(4.0, 0.005), 0.001, 0.2), 0.2,
                                                redrawn_normal(-65.0, 5.0, -70.0, -55.0), lognormal_of_mean(8.0, 1.0)},
                                       .v0_mv = bounded(exponential(-65.0), -80.0, -50.0)});
    const Simulation simulation{net.build(), {.threads = 1}};
    const auto column = [&](char name) {
        std::vector<float> values(size);
        simulation.read_parameter(name, p, values);
        return std::vector<double>(values.begin(), values.end());
    };
    CHECK(std::abs(mean_error(column('a'), 0.02, 0.01)) < kSigmas);
    CHECK(std::abs(mean_error(column('d'), 8.0, 1.0)) < kSigmas);
    const std::vector<double> c = column('c');
    CHECK(std::count(c.begin(), c.end(), -70.0) == 0);
    const double inside = normal_below(2.0) - normal_below(-1.0);
    const auto below = std::count_if(c.begin(), c.end(), [](double x) { return x < -65.0; });
    CHECK(static_cast<double>(below) / size == doctest::Approx((0.5 - normal_below(-1.0)) / inside).epsilon(0.02));
}

TEST_CASE("laws whose values leave the range of their field, or have none, are refused") {
    CHECK(refusal_of_weight(exponential(1e5)).find("clip or redraw = [low, high] bounds it") != std::string::npos);
    CHECK(refusal_of_weight(exponential(0.0)).find("has the mean 0") != std::string::npos);
    CHECK(refusal_of_weight(gamma(0.0, 1.0)).find("has the shape 0") != std::string::npos);
    CHECK(refusal_of_weight(gamma(1.0, 0.0)).find("has the scale 0") != std::string::npos);
    CHECK(refusal_of_weight(lognormal(0.0, -1.0)).find("standard deviation of its logarithm -1") != std::string::npos);
    CHECK(refusal_of_weight(redrawn_normal(0.0, 1.0, 8.0, 9.0)).find("where hardly a draw lies") != std::string::npos);
    CHECK(refusal_of_weight(redrawn_normal(0.0, 0.0, 1.0, 2.0)).find("where hardly a draw lies") != std::string::npos);
    CHECK(refusal_of_weight(redrawn_normal(0.0, 1.0, 2.0, 1.0)).find("low bound first") != std::string::npos);
    CHECK(refusal_of_weight(redrawn_normal(std::nan(""), 1.0, 0.0, 1.0)).find("has the mean") != std::string::npos);
    CHECK(refusal_of_delay(exponential(2.0)).find("is drawn from") != std::string::npos);
    CHECK(refusal_of_delay(bounded(exponential(2.0), 1.0, 20.0)).empty());
    CHECK(refusal_of_weight(lognormal(0.0, 1.0)).empty());
}

TEST_CASE("weights that mix signs, or have the sign that the name of their source denies, are noted") {
    const auto notes_of = [](const char* source, const Distribution& weight, SynapseDynamics dynamics = {}) {
        NetworkBuilder net;
        const auto s = net.add_population({.name = source, .size = 100});
        net.connect(s, s, {.name = "w", .weight = weight, .dynamics = dynamics});
        std::string text;
        const Network network = net.build();
        for (const Note& note : network.notes()) text += note.text + '\n';
        return text;
    };
    CHECK(
        notes_of("p", redrawn_normal(-1.0, 1.0, -5.0, 5.0)).starts_with("mixes signs: 84.1 % of its synapses inhibit"));
    CHECK(notes_of("p", uniform(-1.0, 3.0)).starts_with("mixes signs: 25 %"));
    CHECK(notes_of("p", redrawn_normal(-1.0, 0.1, -5.0, 5.0)).empty());  // ten deviations
    CHECK(notes_of("p", redrawn_normal(-1.0, 1.0, -5.0, 0.0)).empty());
    CHECK(notes_of("inhibitory", 2.0).starts_with("is positive, so that inhibitory excites"));
    CHECK(notes_of("exc", -2.0).starts_with("is negative, so that exc inhibits"));
    CHECK(notes_of("inh", gaba_a().tau_ms, gaba_a()).empty());
    NetworkBuilder net;
    const auto p = net.add_population({.name = "p", .size = 3});
    net.connect(p, p, {.name = "l", .rule = explicit_list({{0, 1, 1.0, 1.0}, {1, 2, -1.0, 1.0}})});
    const Network network = net.build();
    REQUIRE(network.notes().size() == 1);
    CHECK(network.notes()[0].field == "synapses");
}

TEST_SUITE_END();
