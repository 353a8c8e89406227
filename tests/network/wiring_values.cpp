// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// What a synapse carries: the laws of weights and delays, and what quantisation does to them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "wiring.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double normal_density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2.0 * 3.14159265358979323846); }

/// Mean and standard deviation of a normal law whose tails were moved to the bounds.
std::pair<double, double> clipped_moments(double mean, double stddev, double low, double high) {
    const double a = (low - mean) / stddev, b = (high - mean) / stddev;
    const double below = normal_cdf(a), above = 1.0 - normal_cdf(b), inside = 1.0 - below - above;
    // moments of (x - mean) / stddev
    const double first = a * below + b * above + normal_density(a) - normal_density(b);
    const double second = a * a * below + b * b * above + inside + a * normal_density(a) - b * normal_density(b);
    return {mean + stddev * first, stddev * std::sqrt(second - first * first)};
}

std::vector<double> weights_of(const Synapses& rows) {
    std::vector<double> values;
    for (const auto& row : rows)
        for (const auto& synapse : row) values.push_back(synapse.weight);
    return values;
}
std::vector<double> delays_of(const Synapses& rows) {
    std::vector<double> values;
    for (const auto& row : rows)
        for (const auto& synapse : row) values.push_back(synapse.delay_steps);
    return values;
}

/// The quantum of a network of one projection like wire()'s.
double quantum_of(std::uint32_t sources, std::uint32_t targets, const ProjectionSpec& spec) {
    NetworkBuilder net;
    const auto s = net.add_population({.name = "s", .size = sources});
    const auto t = net.add_population({.name = "t", .size = targets});
    net.connect(s, t, spec);
    return net.build().weight_quantum(ProjectionId(0));
}

}  // namespace

TEST_SUITE_BEGIN("wiring");

TEST_CASE("uniform weights are even over the quanta, both ends included") {
    // All-to-all of 60,000 sources leaves room for few bits: the law is coarse enough to count every quantum.
    const ProjectionSpec spec{.rule = all_to_all(), .weight = uniform(-3.0, 5.0)};
    const double quantum = quantum_of(60000, 3, spec);
    const Synapses rows = wire(60000, 3, spec, 31);
    const auto values = weights_of(rows);
    const auto low = static_cast<int>(-3.0 / quantum), high = static_cast<int>(5.0 / quantum);
    std::vector<double> counts(static_cast<std::size_t>(high - low + 1));
    for (const double w : values) {
        const double quanta = w / quantum;
        REQUIRE(quanta == std::floor(quanta));
        REQUIRE(quanta >= low);
        REQUIRE(quanta <= high);
        ++counts[static_cast<std::size_t>(static_cast<int>(quanta) - low)];
    }
    CHECK(counts.size() > 1000);
    CHECK(counts.front() > 0);
    CHECK(counts.back() > 0);
    CHECK(std::abs(chi_square_error(counts)) < kSigmas);
    CHECK(std::abs(mean_error(values, 1.0, 8.0 / std::sqrt(12.0))) < kSigmas);
}

TEST_CASE("uniform weights of all widths have the law's mean, variance and range") {
    for (const auto& [low, high] :
         {std::pair{0.0, 0.5}, {-1.0, 0.0}, {-1e-4, 3e-4}, {0.0, 1e5}, {-7.0, -6.9}, {2.0, 2.0}}) {
        const ProjectionSpec spec{.rule = fixed_outdegree(100), .weight = uniform(low, high)};
        const double quantum = quantum_of(1000, 1000, spec);
        const auto values = weights_of(wire(1000, 1000, spec, 32));
        CHECK(*std::min_element(values.begin(), values.end()) >= low - quantum / 2);
        CHECK(*std::max_element(values.begin(), values.end()) <= high + quantum / 2);
        if (low == high) continue;
        const double variance = (high - low) * (high - low) / 12.0;
        CHECK(std::abs(mean_error(values, (low + high) / 2, std::sqrt(variance))) < kSigmas);
        CHECK(std::abs(variance_error(values, (low + high) / 2, variance, 1.8)) < kSigmas);
    }
}

TEST_CASE("clipped normal weights: mean, deviation, and the mass at the bounds") {
    for (const auto& [mean, stddev, low, high] :
         {std::tuple{2.0, 1.0, 0.0, 5.0}, {0.0, 4.0, -1.0, 1.0}, {-3.0, 0.5, -10.0, 0.0}, {8.0, 2.0, 0.0, 6.0}}) {
        const auto values = weights_of(
            wire(1000, 1000, {.rule = fixed_outdegree(200), .weight = clipped_normal(mean, stddev, low, high)}, 33));
        const auto [m, s] = clipped_moments(mean, stddev, low, high);
        const double n = static_cast<double>(values.size());
        CHECK(std::abs(mean_error(values, m, s)) < kSigmas);
        double variance = 0.0, fourth = 0.0, at_low = 0.0, at_high = 0.0;
        for (const double w : values) {
            variance += (w - m) * (w - m) / n;
            fourth += std::pow(w - m, 4) / n;
            at_low += w == low ? 1.0 : 0.0;
            at_high += w == high ? 1.0 : 0.0;
            REQUIRE(w >= low);
            REQUIRE(w <= high);
        }
        CHECK(std::abs(variance - s * s) < kSigmas * std::sqrt((fourth - variance * variance) / n));
        // within half a quantum of a bound rounds to it: a share of at most 1e-4 here
        const double below = normal_cdf((low - mean) / stddev), above = normal_cdf((mean - high) / stddev);
        CHECK(std::abs(at_low - n * below) < kSigmas * std::sqrt(n * below + 1.0) + 1e-4 * n);
        CHECK(std::abs(at_high - n * above) < kSigmas * std::sqrt(n * above + 1.0) + 1e-4 * n);
        // the middle: shares between the bounds by the normal law
        std::vector<double> observed(20), expected(20);
        const double width = (high - low) / 20;
        for (const double w : values)
            if (w > low && w < high) ++observed[static_cast<std::size_t>((w - low) / width)];
        std::vector<double> kept_observed, kept_expected;
        for (int i = 0; i < 20; ++i) {
            const double from = low + i * width;
            const double share = normal_cdf((from + width - mean) / stddev) - normal_cdf((from - mean) / stddev);
            if (n * share < 100.0) continue;
            kept_observed.push_back(observed[static_cast<std::size_t>(i)]);
            kept_expected.push_back(n * share);
        }
        CHECK(chi_square_error(kept_observed, kept_expected) < kSigmas);
    }
}

TEST_CASE("target, weight and delay of a synapse are independent, and so are neighbours") {
    for (const Rule& rule : {fixed_outdegree(100), fixed_indegree(100), fixed_probability(0.1), all_to_all()}) {
        CAPTURE(rule.index());
        const Synapses rows =
            wire(1000, 1000, {.rule = rule, .weight = uniform(0.0, 1.0), .delay_ms = uniform(1.0, 50.0)}, 34);
        std::vector<std::pair<double, double>> target_weight, target_delay, weight_delay, first_weights, squares,
            source_weight;
        for (std::size_t s = 0; s < rows.size(); ++s) {
            for (const auto& synapse : rows[s]) {
                target_weight.emplace_back(synapse.target, synapse.weight);
                target_delay.emplace_back(synapse.target, synapse.delay_steps);
                weight_delay.emplace_back(synapse.weight, synapse.delay_steps);
                source_weight.emplace_back(s, synapse.weight);
                squares.emplace_back((synapse.weight - 0.5) * (synapse.weight - 0.5),
                                     std::abs(static_cast<double>(synapse.delay_steps) - 25.5));
            }
            if (s + 1 < rows.size())
                for (std::size_t i = 0; i < std::min(rows[s].size(), rows[s + 1].size()); ++i)
                    first_weights.emplace_back(rows[s][i].weight, rows[s + 1][i].weight);
        }
        for (const auto* pairs :
             {&target_weight, &target_delay, &weight_delay, &first_weights, &squares, &source_weight})
            CHECK(std::abs(correlation_error(*pairs)) < kSigmas);
    }
}

TEST_CASE("weights along a row are independent") {
    // all-to-all rows come back in the order of targets, which is that of the draws
    const Synapses rows = wire(500, 2000, {.rule = all_to_all(), .weight = uniform(0.0, 1.0)}, 35);
    for (const std::size_t lag : {1u, 2u, 4u, 16u, 64u}) {
        std::vector<std::pair<double, double>> pairs, squares;
        for (const auto& row : rows)
            for (std::size_t i = 0; i + lag < row.size(); ++i) {
                pairs.emplace_back(row[i].weight, row[i + lag].weight);
                squares.emplace_back(std::pow(row[i].weight - 0.5, 2), std::pow(row[i + lag].weight - 0.5, 2));
            }
        CHECK(std::abs(correlation_error(pairs)) < kSigmas);
        CHECK(std::abs(correlation_error(squares)) < kSigmas);
    }
}

TEST_CASE("constant delays from one step to 65,000") {
    for (const double dt : {1.0, 0.1}) {
        for (const std::uint32_t steps : {1u, 2u, 3u, 999u, 1000u, 1024u, 1025u, 20000u, 65000u}) {
            const Synapses rows = wire(3, 3, {.rule = one_to_one(), .weight = 1.0, .delay_ms = steps * dt}, 1, dt);
            for (const auto& row : rows) {
                REQUIRE(row.size() == 1);
                CHECK(row[0].delay_steps == steps);
            }
        }
        // to the nearest step, half a step up
        const auto rounded = [&](double in_steps) {
            return wire(1, 1, {.rule = one_to_one(), .weight = 1.0, .delay_ms = in_steps * dt}, 1, dt)[0][0]
                .delay_steps;
        };
        CHECK(rounded(0.51) == 1);
        CHECK(rounded(1.49) == 1);
        CHECK(rounded(1.51) == 2);
        CHECK(rounded(7.4) == 7);
    }
}

TEST_CASE("uniform delays are even over whole steps") {
    for (const auto& [low, high] : {std::pair{1u, 20u}, {1u, 1000u}, {500u, 2000u}, {3u, 3u}}) {
        const auto values = delays_of(
            wire(1000, 500, {.rule = fixed_outdegree(200), .weight = 1.0, .delay_ms = uniform(low, high)}, 36));
        std::vector<double> counts(high - low + 1);
        for (const double d : values) {
            REQUIRE(d >= low);
            REQUIRE(d <= high);
            ++counts[static_cast<std::size_t>(d) - low];
        }
        if (low < high) CHECK(std::abs(chi_square_error(counts)) < kSigmas);
    }
}

TEST_CASE("clipped normal delays: the rounded law, its ends heavier") {
    constexpr double mean = 10.3, stddev = 4.0;
    const auto values = delays_of(
        wire(1000, 500,
             {.rule = fixed_outdegree(200), .weight = 1.0, .delay_ms = clipped_normal(mean, stddev, 2.0, 15.0)}, 37));
    std::vector<double> counts(14), expected(14);
    for (const double d : values) {
        REQUIRE(d >= 2);
        REQUIRE(d <= 15);
        ++counts[static_cast<std::size_t>(d) - 2];
    }
    for (int d = 2; d <= 15; ++d) {
        const double below = d == 2 ? 0.0 : normal_cdf((d - 0.5 - mean) / stddev);
        const double above = d == 15 ? 1.0 : normal_cdf((d + 0.5 - mean) / stddev);
        expected[static_cast<std::size_t>(d - 2)] = (above - below) * static_cast<double>(values.size());
    }
    CHECK(std::abs(chi_square_error(counts, expected)) < kSigmas);
}

TEST_CASE("an explicit list comes back as it was given") {
    std::vector<ExplicitSynapse> list;
    for (std::uint32_t i = 0; i < 5000; ++i)
        list.push_back({i * 37 % 113, i * 101 % 211, (i % 2 ? 1.0 : -1.0) * (i % 64) / 8.0, 1.0 + i % 300});
    list.push_back(list.front());  // twice the same pair
    for (const bool with_thread : {false, true}) {
        NetworkBuilder net;
        net.add_population({.name = "before", .size = 77});
        const auto s = net.add_population({.name = "s", .size = 113});
        const auto t = net.add_population({.name = "t", .size = 211});
        net.connect(s, t, {.rule = explicit_list(list)});
        const Simulation simulation(net.build(),
                                    {.threads = with_thread ? 4 : 1, .executor = thread_executor(with_thread ? 4 : 1)});
        CHECK(simulation.synapse_count() == list.size());
        std::vector<std::vector<std::tuple<std::uint32_t, std::uint32_t, double>>> expected(113);
        for (const auto& x : list)
            expected[x.source].emplace_back(static_cast<std::uint32_t>(x.delay_ms), 190 + x.target, x.weight);
        for (std::uint32_t source = 0; source < 113; ++source) {
            std::sort(expected[source].begin(), expected[source].end());
            const auto row = simulation.synapses_of(77 + source);
            REQUIRE(row.size() == expected[source].size());
            for (std::size_t i = 0; i < row.size(); ++i)
                CHECK(std::tuple{row[i].delay_steps, row[i].target, row[i].weight} == expected[source][i]);
        }
    }
    // none at all
    CHECK(count(wire(5, 5, {.rule = explicit_list({})})) == 0);
}

TEST_CASE("a weight is stored within half a quantum of what was asked") {
    std::vector<ExplicitSynapse> list;
    for (std::uint32_t i = 0; i < 1000; ++i) list.push_back({i, i, std::sin(i * 0.7) * 12.3 + 1e-3 * i});
    const ProjectionSpec spec{.rule = explicit_list(list)};
    const double quantum = quantum_of(1000, 1000, spec);
    CHECK(quantum < 1e-3);
    const Synapses rows = wire(1000, 1000, spec);
    double worst = 0.0;
    for (std::uint32_t i = 0; i < 1000; ++i) {
        worst = std::max(worst, std::abs(rows[i].at(0).weight - list[i].weight));
        const double quanta = rows[i][0].weight / quantum;
        CHECK(quanta == std::round(quanta));
    }
    CHECK(worst <= quantum / 2);
    CHECK(worst > quantum / 4);  // else the quantum would be finer than it says
}

TEST_CASE("wide synapses where 16 bits would lose more than 0.1 % of a projection's largest weight") {
    const auto bytes = [](double strong, double faint) {
        NetworkBuilder net;
        const auto p = net.add_population({.name = "p", .size = 100});
        net.connect(p, p, {.name = "strong", .rule = one_to_one(), .weight = strong});
        net.connect(p, p, {.name = "faint", .rule = one_to_one(), .weight = faint});
        const Network network = net.build();
        const Simulation simulation(network, {.threads = 1});
        for (const auto& synapse : simulation.synapses_of(5)) {
            const double asked = std::abs(synapse.weight - strong) < std::abs(synapse.weight - faint) ? strong : faint;
            CHECK(std::abs(synapse.weight - asked) <= std::abs(asked) * 0.001);
        }
        return network.bytes_per_synapse();
    };
    CHECK(bytes(1.0, 1.0) == 4);
    CHECK(bytes(1.0, 0.05) == 4);
    CHECK(bytes(16.0, -0.5) == 4);
    CHECK(bytes(16.0, 0.4) == 8);  // 16 is stored as 2^14 quanta, 0.4 as fewer than 512
    CHECK(bytes(-16.0, 0.001) == 8);
    CHECK(bytes(1e5, 1.0) == 8);
    CHECK(bytes(16.0, 0.0) == 4);  // a weight of 0 is exact at any scale
    // many inputs leave few bits for each of them
    CHECK(wire(1, 1, {.rule = fixed_outdegree(1), .weight = 1.0})[0][0].weight == 1.0);
    NetworkBuilder many;
    const auto p = many.add_population({.name = "p", .size = 5'000'000});
    const auto one = many.add_population({.name = "one", .size = 1});
    many.connect(p, one, {.rule = all_to_all(), .weight = 1.0});
    CHECK(many.build().bytes_per_synapse() == 8);
}

TEST_SUITE_END();
