// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Projections between parts of populations; positions of neurons; probabilities, delays and weights by distance.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"
#include "tests/network/wiring.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

Simulation one_thread(const Network& network) {
    return Simulation(network, {.threads = 1, .executor = serial_executor()});
}

std::string refusal(const NetworkBuilder& net) {
    try {
        (void)net.build();
    } catch (const Error& error) { return error.what(); }
    return {};
}

double distance(const Network& network, std::uint32_t x, std::uint32_t y, const Point& period = {}) {
    const Point p = network.position(x).value(), q = network.position(y).value();
    double sum = 0.0;
    for (std::size_t d = 0; d < 3; ++d) {
        double along = std::abs(p[d] - q[d]);
        if (period[d] > 0.0) along = std::min(along, period[d] - along);
        sum += along * along;
    }
    return std::sqrt(sum);
}

Positions sheet(double x, double y, bool periodic) {
    return {.where = UniformPositions{{x, y, 0.0}}, .period_mm = periodic ? Point{x, y, 0.0} : Point{}};
}

}  // namespace

TEST_SUITE_BEGIN("wiring");

TEST_CASE("parts of populations: nobody else is connected, and rules count within the part") {
    std::vector<ExplicitSynapse> list{{0, 0, 0.5, 1.0}, {29, 19, 0.5, 2.0}};
    for (const Rule& rule : {all_to_all(), fixed_probability(0.3), fixed_indegree(7), fixed_outdegree(11),
                             fixed_total(500), pairwise_poisson(0.4), explicit_list(list)})
        for (const Storage storage : {Storage::stored, Storage::procedural}) {
            if (storage == Storage::procedural && !can_be_procedural(rule)) continue;
            CAPTURE(rule.index());
            NetworkBuilder net{{.seed = 51}};
            (void)net.add_population({.name = "before", .size = 13});
            const auto s = net.add_population({.name = "s", .size = 100});
            const auto t = net.add_population({.name = "t", .size = 90});
            net.connect(s, t,
                        {.rule = rule,
                         .weight = uniform(0.2, 0.7),
                         .delay_ms = uniform(1.0, 3.0),
                         .storage = storage,
                         .source_first = 10,
                         .target_first = 70,
                         .source_count = 30,
                         .target_count = 20});
            const Synapses rows = all_synapses(one_thread(net.build()));
            std::uint64_t found = 0;
            for (std::uint32_t n = 0; n < rows.size(); ++n)
                for (const auto& synapse : rows[n]) {
                    ++found;
                    REQUIRE(n >= 13 + 10);
                    REQUIRE(n < 13 + 40);
                    REQUIRE(synapse.target >= 113 + 70);
                    REQUIRE(synapse.target < 113 + 90);
                }
            if (rule.index() == 0) CHECK(found == 30 * 20);
            if (rule.index() == 3) CHECK(found == 7 * 20);
            if (rule.index() == 4) CHECK(found == 11 * 30);
            if (rule.index() == 6) CHECK(found == 500);
            if (rule.index() == 5) {
                CHECK(rows[23][0].target == 183);
                CHECK(rows[52][0].target == 202);
            }
            CHECK(found > 1);
        }
}

TEST_CASE("a part of everyone may begin in one population and end in another, and learns as well") {
    NetworkBuilder net{{.seed = 52}};
    (void)net.add_population({.name = "a", .size = 150});
    (void)net.add_population({.name = "b", .size = 20});
    (void)net.add_population({.name = "c", .size = 200});
    net.connect(everyone, everyone,
                {.rule = all_to_all(), .weight = 0.01, .autapses = false, .target_first = 140, .target_count = 60});
    net.connect(everyone, everyone,
                {.rule = fixed_outdegree(5),
                 .weight = 1.0,
                 .plasticity = Plasticity{},
                 .source_first = 160,
                 .target_first = 355});
    const Network network = net.build();
    const Simulation simulation = one_thread(network);
    const Synapses rows = all_synapses(simulation);
    CHECK(count(rows) == 370 * 60 - 60 + 210 * 5);
    for (std::uint32_t n = 0; n < rows.size(); ++n)
        for (const auto& s : rows[n]) REQUIRE(((s.target >= 140 && s.target < 200) || (n >= 160 && s.target >= 355)));
}

TEST_CASE("parts that do not lie within their population are refused") {
    const auto refused = [](ProjectionSpec spec) {
        NetworkBuilder net;
        const auto p = net.add_population({.name = "p", .size = 10});
        spec.name = "x";
        net.connect(p, p, spec);
        return refusal(net);
    };
    CHECK(refused({.source_first = 10}) == "projection.x.source_first is 10; allowed: 0 to 9");
    CHECK(refused({.target_first = 3, .target_count = 8}) == "projection.x.target_count is 8; allowed: 1 to 7");
    CHECK(refused({.source_count = 0}) == "projection.x.source_count is 0; allowed: 1 to 10");
    CHECK(refused({.rule = one_to_one(), .source_count = 5}).find("one-to-one between 5 and 10") != std::string::npos);
    CHECK(refused({.rule = one_to_one(), .target_first = 5, .source_count = 5}).empty());
}

TEST_CASE("positions: grids, even ones, lists; origins and edges") {
    NetworkBuilder net{{.seed = 53}};
    (void)net.add_population(
        {.name = "grid",
         .size = 12,
         .position = Positions{.where = GridPositions{{4, 3, 1}, {0.5, 2.0, 0.0}}, .origin_mm = {1.0, 0.0, 7.0}}});
    (void)net.add_population({.name = "even", .size = 20000, .position = sheet(2.0, 3.0, false)});
    (void)net.add_population({.name = "list",
                              .size = 2,
                              .position = Positions{.where = ListedPositions{{{0.0, 0.0, 0.0}, {-0.5, 4.5, 2.0}}},
                                                    .period_mm = {1.0, 2.0, 0.0}}});
    (void)net.add_population({.name = "nowhere", .size = 1});
    const Network network = net.build();
    CHECK(network.position(0).value() == Point{1.25, 1.0, 7.0});
    CHECK(network.position(6).value() == Point{2.25, 3.0, 7.0});
    CHECK(network.position(20013).value() == Point{0.5, 0.5, 2.0});
    CHECK_FALSE(network.position(20014));
    CHECK_THROWS_AS((void)network.position(20015), Error);
    std::vector<double> boxes(24);
    for (std::uint32_t n = 12; n < 20012; ++n) {
        const Point p = network.position(n).value();
        ++boxes[static_cast<std::size_t>(static_cast<int>(p[0] * 2) * 6 + static_cast<int>(p[1] * 2))];
    }
    CHECK(std::abs(chi_square_error(boxes)) < kSigmas);
}

TEST_CASE("connection probability falls with the distance as each kernel says, across periodic edges too") {
    for (const DistanceKernel kernel : {DistanceKernel::gaussian, DistanceKernel::exponential, DistanceKernel::disc})
        for (const bool periodic : {false, true}) {
            CAPTURE(std::string(to_string(kernel)));
            CAPTURE(periodic);
            constexpr double probability = 0.6, scale = 0.15;
            NetworkBuilder net{{.seed = 54}};
            const auto s = net.add_population({.name = "s", .size = 900, .position = sheet(1.0, 2.0, periodic)});
            const auto t = net.add_population({.name = "t", .size = 1100, .position = sheet(1.0, 2.0, periodic)});
            net.connect(s, t, {.rule = distance_probability(probability, {kernel, scale}), .weight = 1.0});
            const Network network = net.build();
            const Synapses rows = all_synapses(one_thread(network));
            const Point period = periodic ? Point{1.0, 2.0, 0.0} : Point{};
            constexpr std::size_t rings = 30;
            std::vector<double> pairs(rings), seen(rings);
            double all = 0.0, expected_all = 0.0;
            const auto ring_of = [](double d) { return std::min(static_cast<std::size_t>(d / 0.03), rings - 1); };
            const auto p_at = [&](double d) {
                if (kernel == DistanceKernel::disc) return d <= scale ? probability : 0.0;
                return probability * (kernel == DistanceKernel::gaussian ? std::exp(-d * d / (2 * scale * scale))
                                                                         : std::exp(-d / scale));
            };
            std::vector<double> expected(rings);
            for (std::uint32_t i = 0; i < 900; ++i) {
                for (std::uint32_t j = 900; j < 2000; ++j) {
                    const double d = distance(network, i, j, period);
                    expected[ring_of(d)] += p_at(d);
                    expected_all += p_at(d);
                }
                std::uint32_t last = 0;
                for (const auto& synapse : rows[i]) {
                    REQUIRE(synapse.target > last);  // no pair twice
                    last = synapse.target;
                    ++seen[ring_of(distance(network, i, synapse.target, period))];
                    ++all;
                }
            }
            std::vector<double> kept_seen, kept_expected;
            for (std::size_t r = 0; r < rings; ++r) {
                if (expected[r] == 0.0) CHECK(seen[r] == 0.0);
                if (expected[r] < 50.0) continue;
                kept_seen.push_back(seen[r]);
                kept_expected.push_back(expected[r]);
            }
            CHECK(kept_seen.size() >= 5);
            CHECK(chi_square_error(kept_seen, kept_expected) < kSigmas);
            CHECK(std::abs(all - expected_all) < kSigmas * std::sqrt(expected_all));
            CHECK(network.memory().synapses == doctest::Approx(expected_all).epsilon(0.02));
        }
}

TEST_CASE("every neighbour within a disc is found, and nobody beyond its cutoff") {
    NetworkBuilder net;
    const auto p = net.add_population(
        {.name = "p",
         .size = 3000,
         .position = Positions{.where = GridPositions{{10, 15, 20}, {1.0, 1.0, 1.0}}, .period_mm = {10.0, 0.0, 0.0}}});
    net.connect(p, p,
                {.name = "disc",
                 .rule = distance_probability(1.0, {DistanceKernel::disc, 2.0}),
                 .weight = 1.0,
                 .autapses = false});
    net.connect(p, p,
                {.name = "cut",
                 .rule = distance_probability(1.0, {DistanceKernel::disc, 5.0, 1.5}),
                 .weight = 1.0,
                 .delay_ms = 2.0});
    const Network network = net.build();
    const Synapses rows = all_synapses(one_thread(network));
    for (std::uint32_t i = 0; i < 3000; i += 97) {
        std::uint64_t within_two = 0, within_cut = 0;
        for (std::uint32_t j = 0; j < 3000; ++j) {
            const double d = distance(network, i, j, {10.0, 0.0, 0.0});
            within_two += d <= 2.0 && i != j ? 1 : 0;
            within_cut += d <= 1.5 ? 1 : 0;
        }
        const auto cut =
            std::count_if(rows[i].begin(), rows[i].end(), [](const auto& s) { return s.delay_steps == 2; });
        CHECK(static_cast<std::uint64_t>(cut) == within_cut);
        CHECK(rows[i].size() - static_cast<std::size_t>(cut) == within_two);
    }
}

TEST_CASE("delays and weights by distance, drawn by source and by target") {
    for (const Rule& rule :
         {fixed_probability(0.3), fixed_indegree(20), distance_probability(0.9, {DistanceKernel::exponential, 0.8})}) {
        CAPTURE(rule.index());
        NetworkBuilder net{{.seed = 55, .dt_ms = 0.1}};
        const auto s = net.add_population({.name = "s", .size = 200, .position = sheet(3.0, 1.0, false)});
        const auto t = net.add_population({.name = "t", .size = 150, .position = sheet(3.0, 1.0, false)});
        const auto id = net.connect(s, t,
                                    {.rule = rule,
                                     .weight = 4.0,
                                     .delay_ms = 0.33,
                                     .velocity_mm_per_ms = 0.3,
                                     .weight_profile = DistanceProfile{DistanceKernel::gaussian, 1.0}});
        const Network network = net.build();
        const double quantum = network.weight_quantum(id);
        const Synapses rows = all_synapses(one_thread(network));
        CHECK(count(rows) > 1000);
        for (std::uint32_t i = 0; i < 200; ++i)
            for (const auto& synapse : rows[i]) {
                const double d = distance(network, i, synapse.target);
                const double steps = (0.33 + d / 0.3) / 0.1;
                REQUIRE(std::abs(static_cast<double>(synapse.delay_steps) - steps) <= 0.5 + 1e-6);
                REQUIRE(std::abs(synapse.weight - 4.0 * std::exp(-d * d / 2)) <= quantum);
            }
    }
    // an offset that is drawn; and no offset
    for (const Distribution& offset : {uniform(1.0, 3.0), Distribution(0.0)}) {
        NetworkBuilder net{{.seed = 56}};
        const auto p = net.add_population(
            {.name = "p", .size = 50, .position = Positions{.where = GridPositions{{50, 1, 1}, {2.0, 0.0, 0.0}}}});
        net.connect(p, p, {.rule = all_to_all(), .weight = 1.0, .delay_ms = offset, .velocity_mm_per_ms = 1.0});
        const Synapses rows = all_synapses(one_thread(net.build()));
        for (std::uint32_t i = 0; i < 50; ++i)
            for (const auto& s : rows[i]) {
                const double way = 2.0 * std::abs(static_cast<double>(i) - s.target),
                             late = static_cast<double>(s.delay_steps) - way;
                if (offset.p0 == 0.0) REQUIRE(s.delay_steps == std::max(1.0, way));
                else REQUIRE((late >= 1.0 && late <= 3.0));
            }
    }
}

TEST_CASE("distances: the same stored, procedural, symmetric and on any number of threads") {
    const auto rows_of = [](Storage storage, int threads, bool symmetric) {
        NetworkBuilder net{{.seed = 57}};
        const auto p = net.add_population({.name = "p", .size = 1500, .position = sheet(1.0, 1.0, true)});
        net.connect(p, p,
                    {.rule = distance_probability(0.8, {DistanceKernel::gaussian, 0.1}),
                     .weight = uniform(0.0, 1.0),
                     .autapses = false,
                     .storage = storage,
                     .symmetric = symmetric,
                     .velocity_mm_per_ms = 0.05,
                     .weight_profile = DistanceProfile{DistanceKernel::exponential, 0.2}});
        const Synapses rows =
            all_synapses(Simulation(net.build(), {.threads = threads, .executor = thread_executor(threads)}));
        std::vector<std::tuple<std::uint32_t, std::uint32_t, double, std::uint64_t>> all;
        for (std::uint32_t s = 0; s < rows.size(); ++s)
            for (const auto& synapse : rows[s])
                all.emplace_back(s, synapse.target, synapse.weight, synapse.delay_steps);
        std::sort(all.begin(), all.end());
        return all;
    };
    const auto stored = rows_of(Storage::stored, 1, false);
    CHECK(stored.size() > 50000);
    CHECK(stored == rows_of(Storage::stored, 3, false));
    CHECK(stored == rows_of(Storage::procedural, 2, false));
    const auto there = rows_of(Storage::stored, 3, true);
    auto back = there;
    for (auto& [s, t, w, d] : back) std::swap(s, t);
    std::sort(back.begin(), back.end());
    CHECK(there == back);
    CHECK(std::abs(static_cast<double>(there.size()) - static_cast<double>(stored.size())) <
          2 * kSigmas * std::sqrt(static_cast<double>(stored.size())));
}

TEST_CASE("places and distances: what is refused") {
    const auto placed = [](std::uint32_t size, std::optional<Positions> position) {
        NetworkBuilder net;
        const auto p = net.add_population({.name = "p", .size = size, .position = std::move(position)});
        net.connect(p, p, {.name = "x", .rule = distance_probability(0.5, {}), .weight = 1.0});
        return refusal(net);
    };
    CHECK(placed(5, {}) ==
          "projection.x.rule needs distances, and population.p has no position; allowed: position of both sides");
    CHECK(placed(5, Positions{.where = GridPositions{{2, 2, 1}, {1.0, 1.0, 0.0}}})
              .find("is 2 x 2, 4 points for 5 neurons") != std::string::npos);
    CHECK(placed(4, Positions{.where = GridPositions{{2, 2, 1}, {1.0, 0.0, 0.0}}})
              .find("position.spacing_mm is 0 where") != std::string::npos);
    CHECK(placed(4, Positions{.where = ListedPositions{{{}, {}, {}}}}).find("has 3 points for 4 neurons") !=
          std::string::npos);
    CHECK(placed(4, sheet(-1.0, 1.0, false)).find("position.uniform is -1") != std::string::npos);
    CHECK(placed(4, sheet(1.0, 1.0, true)).empty());
    const auto connected = [](ProjectionSpec spec, bool other_edges = false) {
        NetworkBuilder net;
        const auto p = net.add_population({.name = "p", .size = 4, .position = sheet(100.0, 1.0, false)});
        const auto q = net.add_population({.name = "q", .size = 4, .position = sheet(100.0, 1.0, other_edges)});
        spec.name = "x";
        net.connect(p, q, spec);
        return refusal(net);
    };
    CHECK(connected({.velocity_mm_per_ms = 1.0}, true).find("has another period_mm or other edges") !=
          std::string::npos);
    CHECK(connected({.velocity_mm_per_ms = 0.001}).find("velocity_mm_per_ms takes") != std::string::npos);
    CHECK(connected({.velocity_mm_per_ms = 0.0}).find("velocity_mm_per_ms is 0") != std::string::npos);
    CHECK(connected({.weight_profile = DistanceProfile{.scale_mm = 0.0}}).find("weight_profile.scale_mm is 0") !=
          std::string::npos);
    CHECK(connected({.rule = explicit_list({{0, 0, 1.0, 1.0}}), .velocity_mm_per_ms = 1.0}).find("given for a list") !=
          std::string::npos);
    CHECK(connected({.rule = distance_probability(1.5, {})}).find("probability is 1.5") != std::string::npos);
    CHECK(connected({.delay_ms = 0.0, .velocity_mm_per_ms = 1.0}).empty());
    CHECK(connected({.delay_ms = 0.0}).find("delay_ms is 0") != std::string::npos);
}

TEST_SUITE_END();
