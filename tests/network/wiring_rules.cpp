// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Which source connects to which target: degrees and partners of every rule against their laws.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "wiring.hpp"

using namespace izhi;
using namespace izhi::test;

TEST_SUITE_BEGIN("wiring");

TEST_CASE("all-to-all connects every pair once") {
    for (const auto& [sources, targets] : {std::pair{1u, 1u}, {1u, 200u}, {130u, 1u}, {63u, 65u}, {100u, 257u}}) {
        const Synapses rows = wire(sources, targets, {.rule = all_to_all(), .weight = 1.0});
        for (const auto& row : rows) {
            REQUIRE(row.size() == targets);
            for (std::uint32_t t = 0; t < targets; ++t) CHECK(row[t].target == t);
        }
    }
    const Synapses with = wire_onto_itself(90, {.rule = all_to_all(), .weight = 1.0});
    CHECK(count(with) == 90 * 90);
    CHECK(autapses(with) == 90);
    const Synapses without = wire_onto_itself(90, {.rule = all_to_all(), .weight = 1.0, .autapses = false});
    CHECK(count(without) == 90 * 89);
    CHECK(autapses(without) == 0);
    CHECK(multapses(without) == 0);
}

TEST_CASE("one-to-one connects equals") {
    const Synapses rows = wire(321, 321, {.rule = one_to_one(), .weight = 1.0});
    for (std::uint32_t s = 0; s < 321; ++s) {
        REQUIRE(rows[s].size() == 1);
        CHECK(rows[s][0].target == s);
    }
    CHECK(autapses(wire_onto_itself(70, {.rule = one_to_one(), .weight = 1.0})) == 70);
    CHECK(count(wire_onto_itself(70, {.rule = one_to_one(), .weight = 1.0, .autapses = false})) == 0);
}

TEST_CASE("fixed probability: degrees are binomial") {
    constexpr std::uint32_t sources = 2000, targets = 1500;
    for (const double p : {0.0001, 0.01, 0.1, 0.5, 0.9, 0.999}) {
        CAPTURE(p);
        const Synapses rows = wire(sources, targets, {.rule = fixed_probability(p), .weight = 1.0}, 21);
        CHECK(multapses(rows) == 0);
        std::vector<std::uint32_t> out;
        for (const auto& row : rows) out.push_back(static_cast<std::uint32_t>(row.size()));
        const auto in = indegrees(rows, targets);
        const auto law = [&](const std::vector<std::uint32_t>& degrees, double n) {
            const double mean = n * p, variance = n * p * (1.0 - p);
            CHECK(std::abs(mean_error(degrees, mean, std::sqrt(variance))) < kSigmas);
            // the kurtosis of a binomial count
            CHECK(std::abs(variance_error(degrees, mean, variance, 3.0 + (1.0 - 6.0 * p * (1.0 - p)) / variance)) <
                  kSigmas);
        };
        law(out, targets);
        law(in, sources);
        // the ends of a row are as likely as its middle
        for (const std::uint32_t t : {0u, 1u, targets - 1})
            CHECK(std::abs((in[t] - sources * p) / std::sqrt(sources * p * (1.0 - p) + 1.0)) < kSigmas);
    }
    CHECK(count(wire(50, 70, {.rule = fixed_probability(0.0), .weight = 1.0})) == 0);
    CHECK(count(wire(50, 70, {.rule = fixed_probability(1.0), .weight = 1.0})) == 50 * 70);
    CHECK(count(wire(50, 70, {.rule = fixed_probability(1e-300), .weight = 1.0})) == 0);
    CHECK(count(wire_onto_itself(50, {.rule = fixed_probability(1.0), .weight = 1.0, .autapses = false})) == 50 * 49);
}

TEST_CASE("fixed probability: neighbours in a row are independent") {
    // Pairs of adjacent targets: both, one or none connected, with the frequencies of two independent draws.
    constexpr double p = 0.3;
    constexpr std::uint32_t sources = 1000, targets = 1000;
    const Synapses rows = wire(sources, targets, {.rule = fixed_probability(p), .weight = 1.0}, 22);
    std::vector<double> observed(4);
    for (const auto& row : rows) {
        std::vector<unsigned> connected(targets);
        for (const auto& synapse : row) connected[synapse.target] = 1;
        for (std::uint32_t t = 0; t < targets; t += 2) ++observed[connected[t] * 2 + connected[t + 1]];
    }
    const double n = sources * targets / 2.0;
    CHECK(chi_square_error(observed, {n * (1 - p) * (1 - p), n * p * (1 - p), n * p * (1 - p), n * p * p}) < kSigmas);
}

TEST_CASE("fixed probability: autapses are as likely as any pair, or absent") {
    const Synapses with = wire_onto_itself(4000, {.rule = fixed_probability(0.1), .weight = 1.0}, 23);
    CHECK(std::abs((static_cast<double>(autapses(with)) - 400.0) / std::sqrt(360.0)) < kSigmas);
    const Synapses without =
        wire_onto_itself(4000, {.rule = fixed_probability(0.1), .weight = 1.0, .autapses = false}, 23);
    CHECK(autapses(without) == 0);
    // and nothing else changes
    CHECK(count(with) - count(without) == autapses(with));
}

TEST_CASE("fixed out-degree: exact, to partners drawn evenly") {
    constexpr std::uint32_t sources = 1000, targets = 300;
    for (const bool multiple : {true, false})
        for (const std::uint32_t degree : {1u, 20u, 74u, 76u, 200u, 299u, 300u, 1000u}) {
            if (!multiple && degree > targets) continue;
            CAPTURE(multiple);
            CAPTURE(degree);
            const Synapses rows =
                wire(sources, targets, {.rule = fixed_outdegree(degree), .weight = 1.0, .multapses = multiple}, 24);
            for (const auto& row : rows) CHECK(row.size() == degree);
            const auto in = indegrees(rows, targets);
            if (multiple) {
                CHECK(std::abs(chi_square_error(in)) < kSigmas);
                // d draws of n leave n (1 - 1/n)^d targets untouched
                const double distinct = targets * (1.0 - std::pow(1.0 - 1.0 / targets, degree));
                const double repeats = sources * (degree - distinct);
                CHECK(std::abs(static_cast<double>(multapses(rows)) - repeats) <= 5.0 * std::sqrt(repeats + 1.0));
            } else {
                CHECK(multapses(rows) == 0);
                // Without repeats a target's count has variance sources p (1 - p); in-degrees sum to a constant.
                const double p = static_cast<double>(degree) / targets;
                if (degree == targets) {
                    for (const auto d : in) CHECK(d == sources);
                } else {
                    std::vector<double> scaled;  // to the unit that chi-square expects
                    for (const auto d : in) scaled.push_back((d - sources * p) / std::sqrt(1.0 - p) + sources * p);
                    CHECK(std::abs(chi_square_error(scaled)) < kSigmas);
                }
            }
        }
}

TEST_CASE("fixed out-degree in strata: equal shares, every target as likely") {
    constexpr std::uint32_t sources = 2000;
    for (const auto& [targets, degree, strata] :
         {std::array{300u, 100u, 25u}, {301u, 100u, 25u}, {97u, 30u, 7u}, {50u, 3u, 2u}, {64u, 64u, 32u}}) {
        CAPTURE(targets);
        CAPTURE(degree);
        CAPTURE(strata);
        const Synapses rows =
            wire(sources, targets, {.rule = fixed_outdegree(degree, strata), .weight = uniform(0.0, 1.0)}, 28);
        std::vector<double> per_stratum(strata);
        for (std::uint32_t s = 0; s < sources; ++s) {
            REQUIRE(rows[s].size() == degree);
            // Stratum z has the targets from T j / K on, where j = K z / Z is the first of its synapses.
            std::vector<std::uint32_t> shares(strata);
            for (const auto& synapse : rows[s]) {
                std::uint32_t z = strata - 1;
                while (synapse.target < targets * (degree * z / strata) / degree) --z;
                ++shares[z];
            }
            std::uint32_t unequal = 0;
            for (std::uint32_t z = 0; z < strata; ++z)
                unequal += shares[z] != degree * (z + 1) / strata - degree * z / strata ? 1 : 0;
            REQUIRE(unequal == 0);
        }
        // Ranges are cut at whole targets, which moves the chance of a target by up to a part in their size.
        if (targets % strata == 0 && degree % strata == 0)
            CHECK(std::abs(chi_square_error(indegrees(rows, targets))) < kSigmas);
        else
            for (const auto d : indegrees(rows, targets)) {
                const double mean = static_cast<double>(sources) * degree / targets;
                CHECK(std::abs(d - mean) < mean * strata / targets + 6.0 * std::sqrt(mean));
            }
    }
    // a single stratum would have no effect
    const ProjectionSpec plain{.rule = fixed_outdegree(40), .weight = uniform(0.0, 1.0)};
    const ProjectionSpec one{.rule = fixed_outdegree(40, 1), .weight = uniform(0.0, 1.0)};
    const Synapses x = wire(50, 90, plain, 29), y = wire(50, 90, one, 29);
    std::uint32_t differing = 0;
    for (std::uint32_t s = 0; s < 50; ++s)
        for (std::uint32_t i = 0; i < 40; ++i)
            differing += x[s][i].target != y[s][i].target || x[s][i].weight != y[s][i].weight ? 1 : 0;
    CHECK(differing == 0);
}

TEST_CASE("strata of many targets, cut into windows: every target as likely, weights even") {
    // Two strata of 60,000 targets, two windows of 30,000 each; 70,000 sources are two groups of two classes.
    constexpr std::uint32_t sources = 70'000, targets = 120'000, degree = 8, half = targets / 2, window = half / 2;
    const Synapses rows = wire(sources, targets, {.rule = fixed_outdegree(degree, 2), .weight = uniform(0.0, 1.0)}, 31);
    std::uint32_t unequal = 0;
    std::vector<double> within(window), by_weight(64), by_window(4);
    std::vector<std::pair<double, double>> weight_and_place;
    for (std::uint32_t s = 0; s < sources; ++s) {
        REQUIRE(rows[s].size() == degree);
        std::uint32_t first = 0;
        for (const auto& synapse : rows[s]) {
            first += synapse.target < half ? 1 : 0;
            ++within[synapse.target % window];
            ++by_window[synapse.target / window];
            ++by_weight[std::min(63u, static_cast<std::uint32_t>(synapse.weight * 64.0))];
            weight_and_place.emplace_back(synapse.weight, synapse.target % window);
        }
        unequal += first != degree / 2 ? 1 : 0;
    }
    CHECK(unequal == 0);
    CHECK(std::abs(chi_square_error(indegrees(rows, targets))) < kSigmas);
    CHECK(std::abs(chi_square_error(within)) < kSigmas);
    CHECK(std::abs(chi_square_error(by_weight)) < kSigmas);
    CHECK(std::abs(correlation_error(weight_and_place)) < kSigmas);
    // A window has the synapses of one class in a group for each synapse number: as many as classes are even, which
    // the golden ratio sees to.
    for (const double count : by_window) CHECK(std::abs(count - sources * degree / 4.0) < 20.0);
    // in-degrees as of independent draws: the variance is the mean's, less what a row takes once only
    const auto degrees = indegrees(rows, targets);
    const double mean = static_cast<double>(sources) * degree / targets;
    double variance = 0.0;
    for (const double d : degrees) variance += (d - mean) * (d - mean) / targets;
    CHECK(std::abs(variance / mean - 1.0) < kSigmas * std::sqrt(2.0 / targets));
}

TEST_CASE("strata of many targets are cut into windows, which sources of a class fill alike") {
    // 49,152 targets to a stratum are one window; one more are two, and 70,000 sources are four classes in two groups.
    constexpr std::uint32_t sources = 70000, degree = 10, strata = 2;
    for (const auto& [targets, windows, classes] : {std::array{98304u, 1u, 1u}, {98306u, 2u, 4u}}) {
        CAPTURE(targets);
        const Synapses rows =
            wire(sources, targets, {.rule = fixed_outdegree(degree, strata), .weight = uniform(0.0, 1.0)}, 31);
        CHECK(std::abs(chi_square_error(indegrees(rows, targets))) < kSigmas);
        constexpr std::uint32_t halves = 2 * strata;
        std::vector<std::vector<double>> weights(halves);
        std::set<std::array<std::uint32_t, halves>> shares;
        for (const auto& row : rows) {
            std::array<std::uint32_t, halves> share{};
            for (const auto& synapse : row) {
                const std::uint32_t stratum = targets / strata, z = synapse.target / stratum;
                const std::uint32_t half = 2 * z + (synapse.target - z * stratum >= stratum / 2 ? 1 : 0);
                ++share[half];
                weights[half].push_back(synapse.weight);
            }
            REQUIRE(share[0] + share[1] == degree / strata);
            REQUIRE(share[2] + share[3] == degree / strata);
            shares.insert(share);
        }
        for (const auto& drawn : weights) CHECK(std::abs(mean_error(drawn, 0.5, std::sqrt(1.0 / 12.0))) < kSigmas);
        // Without windows a source has 0 to 5 of a stratum in its first half; with them its class says how many.
        if (windows == 1) CHECK(shares.size() == 36);
        else CHECK(shares.size() <= classes);
    }
    const Synapses others =
        wire_onto_itself(100000, {.rule = fixed_outdegree(4, 2), .weight = 1.0, .autapses = false}, 32);
    CHECK(count(others) == 400000);
    CHECK(autapses(others) == 0);
    CHECK(std::abs(chi_square_error(indegrees(others, 100000))) < kSigmas);
}

TEST_CASE("strata without autapses") {
    constexpr std::uint32_t n = 120;
    const Synapses rows = wire_onto_itself(n, {.rule = fixed_outdegree(40, 10), .weight = 1.0, .autapses = false}, 30);
    CHECK(autapses(rows) == 0);
    CHECK(count(rows) == n * 40);
    std::vector<double> by_distance(n - 1);
    for (std::uint32_t s = 0; s < n; ++s)
        for (const auto& synapse : rows[s]) ++by_distance[(synapse.target + n - s) % n - 1];
    // its own stratum's others are drawn a twelfth more often than the rest
    for (const double d : by_distance) CHECK(std::abs(d - 40.0 * n / (n - 1)) < 6.0 * std::sqrt(40.0) + 4.0);
    CHECK(autapses(wire_onto_itself(n, {.rule = fixed_outdegree(40, 10), .weight = 1.0}, 30)) > 0);
}

TEST_CASE("fixed in-degree: exact, from partners drawn evenly") {
    constexpr std::uint32_t sources = 300, targets = 1000;
    for (const bool multiple : {true, false})
        for (const std::uint32_t degree : {1u, 20u, 76u, 299u, 300u, 500u}) {
            if (!multiple && degree > sources) continue;
            CAPTURE(multiple);
            CAPTURE(degree);
            const Synapses rows =
                wire(sources, targets, {.rule = fixed_indegree(degree), .weight = 1.0, .multapses = multiple}, 25);
            for (const auto d : indegrees(rows, targets)) CHECK(d == degree);
            std::vector<double> out;
            const double p = static_cast<double>(degree) / sources;
            for (const auto& row : rows) out.push_back(static_cast<double>(row.size()));
            if (multiple) {
                CHECK(std::abs(chi_square_error(out)) < kSigmas);
                CHECK((multapses(rows) > 0) == (degree > 1));
            } else {
                CHECK(multapses(rows) == 0);
                if (degree == sources) {
                    for (const double d : out) CHECK(d == targets);
                } else {
                    for (double& d : out) d = (d - targets * p) / std::sqrt(1.0 - p) + targets * p;
                    CHECK(std::abs(chi_square_error(out)) < kSigmas);
                }
            }
        }
}

TEST_CASE("degree rules without autapses, up to every other neuron") {
    constexpr std::uint32_t n = 150;
    for (const Rule& rule : {fixed_outdegree(n - 1), fixed_indegree(n - 1)}) {
        const Synapses rows = wire_onto_itself(n, {.rule = rule, .weight = 1.0, .autapses = false, .multapses = false});
        for (std::uint32_t s = 0; s < n; ++s) {
            REQUIRE(rows[s].size() == n - 1);
            for (std::uint32_t i = 0; i < n - 1; ++i) CHECK(rows[s][i].target == i + (i >= s ? 1 : 0));
        }
    }
    for (const std::uint32_t degree : {10u, 37u, 60u, 148u})
        for (const bool multiple : {true, false})
            for (const Rule& rule : {fixed_outdegree(degree), fixed_indegree(degree)}) {
                CAPTURE(degree);
                CAPTURE(multiple);
                const Synapses rows =
                    wire_onto_itself(n, {.rule = rule, .weight = 1.0, .autapses = false, .multapses = multiple}, 26);
                CHECK(autapses(rows) == 0);
                CHECK(count(rows) == std::uint64_t{n} * degree);
                if (!multiple) CHECK(multapses(rows) == 0);
                // the neighbours of the neuron left out are not favoured: distance to the target is even
                std::vector<double> by_distance(n - 1);
                for (std::uint32_t s = 0; s < n; ++s)
                    for (const auto& synapse : rows[s]) ++by_distance[(synapse.target + n - s) % n - 1];
                CHECK(chi_square_error(by_distance) < kSigmas);
                const Synapses free = wire_onto_itself(n, {.rule = rule, .weight = 1.0, .multapses = multiple}, 26);
                CHECK(autapses(free) > 0);
            }
}

TEST_CASE("two neurons, one excluded: the other is always drawn") {
    for (const Rule& rule : {fixed_outdegree(5), fixed_indegree(5)}) {
        const Synapses rows = wire_onto_itself(2, {.rule = rule, .weight = 1.0, .autapses = false});
        for (std::uint32_t s = 0; s < 2; ++s) {
            REQUIRE(rows[s].size() == 5);
            for (const auto& synapse : rows[s]) CHECK(synapse.target == 1 - s);
        }
    }
}

TEST_CASE("a neuron with no other partner is refused where autapses are not allowed") {
    const auto build = [](bool by_target) {
        NetworkBuilder net;
        net.add_population({.name = "many", .size = 100});
        const auto lone = net.add_population({.name = "lone", .size = 1});
        if (by_target) net.connect(lone, everyone, {.rule = fixed_indegree(3), .weight = 1.0, .autapses = false});
        else net.connect(everyone, lone, {.rule = fixed_outdegree(3), .weight = 1.0, .autapses = false});
        return net.build();
    };
    CHECK_THROWS_AS(build(true), Error);
    CHECK_THROWS_AS(build(false), Error);
}

TEST_CASE("the flag for autapses does not limit degrees between different populations") {
    for (const Rule& rule : {fixed_outdegree(40), fixed_indegree(40)}) {
        const Synapses rows = wire(40, 40, {.rule = rule, .weight = 1.0, .autapses = false, .multapses = false});
        CHECK(count(rows) == 1600);
        CHECK(multapses(rows) == 0);
    }
}

TEST_CASE("rows of neighbouring sources are independent") {
    // How many targets two neighbours share: hypergeometric.
    constexpr std::uint32_t n = 500, degree = 50, sources = 4000;
    const Synapses rows = wire(sources, n, {.rule = fixed_outdegree(degree), .weight = 1.0, .multapses = false}, 27);
    std::vector<double> shared;
    for (std::uint32_t s = 0; s + 1 < sources; s += 2) {
        std::vector<unsigned> targeted(n);
        for (const auto& synapse : rows[s]) targeted[synapse.target] = 1;
        double common = 0.0;
        for (const auto& synapse : rows[s + 1]) common += targeted[synapse.target];
        shared.push_back(common);
    }
    const double p = static_cast<double>(degree) / n;
    const double variance = degree * p * (1.0 - p) * (n - degree) / (n - 1.0);
    CHECK(std::abs(mean_error(shared, degree * p, std::sqrt(variance))) < kSigmas);
    CHECK(std::abs(variance_error(shared, degree * p, variance, 3.0)) < kSigmas);
}

TEST_CASE("projections and seeds draw different rows") {
    const ProjectionSpec spec{.rule = fixed_outdegree(20), .weight = 1.0};
    const auto differ = [](const Synapses& x, const Synapses& y) {
        std::uint64_t n = 0;
        for (std::size_t s = 0; s < x.size(); ++s)
            for (std::size_t i = 0; i < x[s].size(); ++i) n += x[s][i].target != y[s][i].target ? 1 : 0;
        return n > count(x) / 2;
    };
    CHECK(differ(wire(100, 5000, spec, 1), wire(100, 5000, spec, 2)));
    CHECK(differ(wire(100, 5000, spec, 1), wire(100, 5000, spec, std::uint64_t{1} | std::uint64_t{1} << 40)));

    NetworkBuilder net;
    const auto s = net.add_population({.name = "s", .size = 100});
    const auto t = net.add_population({.name = "t", .size = 5000});
    net.connect(s, t, {.rule = fixed_outdegree(20), .weight = 1.0, .delay_ms = 1.0});
    net.connect(s, t, {.rule = fixed_outdegree(20), .weight = 1.0, .delay_ms = 2.0});
    const Simulation simulation(net.build(), {.threads = 1});
    std::uint64_t equal = 0;
    for (std::uint32_t source = 0; source < 100; ++source) {
        const auto row = simulation.synapses_of(source);
        REQUIRE(row.size() == 40);
        for (std::size_t i = 0; i < 20; ++i) equal += row[i].target == row[i + 20].target ? 1 : 0;
    }
    CHECK(equal < 100);
}

TEST_CASE("everyone means all populations, those added later included") {
    NetworkBuilder net;
    const auto a = net.add_population({.name = "a", .size = 70});
    net.connect(a, everyone, {.rule = all_to_all(), .weight = 1.0});
    net.add_population({.name = "b", .size = 5});
    const Simulation simulation(net.build(), {.threads = 1});
    for (std::uint32_t n = 0; n < 75; ++n) {
        const auto row = simulation.synapses_of(n);
        REQUIRE(row.size() == (n < 70 ? 75 : 0));
        for (std::uint32_t t = 0; t < row.size(); ++t) CHECK(row[t].target == t);
    }
}

TEST_SUITE_END();
