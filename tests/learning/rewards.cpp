// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Rewards: when coincidences and given times raise the level of dopamine, and by how much.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"

using namespace izhi;

namespace {

using Times = std::vector<std::uint64_t>;  ///< steps

}  // namespace

TEST_SUITE_BEGIN("rewards");

TEST_CASE("rewards: a coincidence is rewarded later, within its window only and in order") {
    const auto dopamine_after = [](const Times& sources, std::uint64_t target) {
        NetworkBuilder net;
        const auto from = net.add_population({.name = "from", .size = 1, .cell = regular_spiking()});
        const auto to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking()});
        net.connect(from, to, {.rule = all_to_all(), .weight = 1.0, .plasticity = distal_reward_2007()});
        net.reward({.when = RewardCoincidence{{ProjectionId(0), 0, 0}, 20.0, 100.0, 130.0, 0.25}, .amount = 0.5});
        Simulation simulation(net.build());
        CHECK(simulation.plastic_synapses(ProjectionId(0)).front().weight == 0.25f);
        std::uint64_t due = 0;
        for (std::uint64_t step = 0; step < 300; ++step) {
            if (std::find(sources.begin(), sources.end(), step) != sources.end())
                simulation.apply(ForcedSpikes{everyone, {0}});
            if (step == target) simulation.apply(ForcedSpikes{everyone, {1}});
            (void)simulation.step();
            if (due == 0 && simulation.dopamine() > 0.0) due = step + 1;
        }
        return due;
    };
    for (const std::uint64_t after : {1, 2, 19}) {
        CAPTURE(after);
        const std::uint64_t due = dopamine_after({50}, 50 + after);
        CHECK(due >= 51 + after + 100);
        CHECK(due <= 51 + after + 130);
    }
    CHECK(dopamine_after({50}, 50) == 0);
    CHECK(dopamine_after({45, 50}, 50) == 0);  // the latest spike of the source counts, and it is not before
    CHECK(dopamine_after({50}, 70) == 0);
    CHECK(dopamine_after({50}, 45) == 0);
    CHECK(dopamine_after({}, 5) == 0);
    CHECK(dopamine_after({0}, 5) > 0);
}

TEST_CASE("rewards: a reward without delay is there at the end of the step of the coincidence") {
    NetworkBuilder net{{.dopamine_tau_ms = 100.0}};
    const auto from = net.add_population({.name = "from", .size = 1, .cell = regular_spiking()});
    const auto to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking()});
    net.connect(from, to, {.rule = all_to_all(), .weight = 1.0, .plasticity = distal_reward_2007()});
    net.reward({.when = RewardCoincidence{{ProjectionId(0), 0, 0}, 20.0, 0.0, 0.0}, .amount = 0.5});
    Simulation simulation(net.build());
    simulation.apply(ForcedSpikes{everyone, {0}});
    simulation.run(3);
    CHECK(simulation.dopamine() == 0.0);
    simulation.apply(ForcedSpikes{everyone, {1}});
    (void)simulation.step();
    CHECK(simulation.dopamine() == doctest::Approx(0.5 * std::exp(-0.01)));
}

TEST_CASE("rewards: a coincidence is of its synapse's two neurons, wherever their populations lie") {
    NetworkBuilder net;
    net.add_population({.name = "other", .size = 3, .cell = regular_spiking()});
    const auto from = net.add_population({.name = "from", .size = 4, .cell = regular_spiking()});
    const auto to = net.add_population({.name = "to", .size = 3, .cell = regular_spiking()});
    net.connect(from, to, {.rule = all_to_all(), .weight = 1.0, .plasticity = distal_reward_2007()});
    net.reward({.when = RewardCoincidence{{ProjectionId(0), 2, 1}, 20.0, 1.0, 1.0, 0.25}, .amount = 0.5});
    const Network network = net.build();
    constexpr std::uint32_t source = 3 + 2, target = 3 + 4 + 1;
    for (const PlasticSynapse& s : Simulation(network).plastic_synapses(ProjectionId(0)))
        CHECK(s.weight == (s.source == source && s.target == target ? 0.25f : 1.0f));
    for (std::uint32_t first = 0; first < network.neuron_count(); ++first)
        for (std::uint32_t second = 0; second < network.neuron_count(); ++second) {
            CAPTURE(first);
            CAPTURE(second);
            Simulation simulation(network);
            simulation.apply(ForcedSpikes{everyone, {first}});
            (void)simulation.step();
            simulation.apply(ForcedSpikes{everyone, {second}});
            simulation.run(5);
            CHECK((simulation.dopamine() > 0.0) == (first == source && second == target));
        }
}

TEST_CASE("rewards: each reward comes after a delay of its own, evenly from the shortest to the longest") {
    // Coincidences in two steps in a row, delays of 3 or 4 steps: the rewards are a step apart or two, or both at once.
    std::map<std::pair<std::uint64_t, std::uint64_t>, int> seen;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        NetworkBuilder net{{.seed = seed, .dopamine_tau_ms = 1e5}};
        const auto from = net.add_population({.name = "from", .size = 1, .cell = regular_spiking()});
        const auto to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking()});
        net.connect(from, to, {.rule = all_to_all(), .weight = 1.0, .plasticity = distal_reward_2007()});
        net.reward({.when = RewardCoincidence{{ProjectionId(0), 0, 0}, 20.0, 3.0, 4.0}, .amount = 1.0});
        Simulation simulation(net.build());
        Times paid;
        for (std::uint64_t step = 0; step < 20; ++step) {
            if (step == 0) simulation.apply(ForcedSpikes{everyone, {0}});
            if (step == 8 || step == 9) simulation.apply(ForcedSpikes{everyone, {1}});
            const double before = simulation.dopamine();
            (void)simulation.step();
            paid.insert(paid.end(), static_cast<std::size_t>(std::lround(simulation.dopamine() - before)), step);
        }
        REQUIRE(paid.size() == 2);
        ++seen[{paid[0], paid[1]}];
    }
    // drawn for each alone: a quarter of 200 seeds each, and 5 standard errors (of 6.1)
    REQUIRE(seen.size() == 4);
    for (const auto& [steps, count] : seen) {
        CAPTURE(steps.first);
        CAPTURE(steps.second);
        CHECK((steps.first == 11 || steps.first == 12));
        CHECK((steps.second == 12 || steps.second == 13));
        CHECK(std::abs(count - 50) < 31);
    }
}

TEST_CASE("rewards: rewards of one coincidence have delays that know nothing of each other") {
    NetworkBuilder net{{.dopamine_tau_ms = 1e5}};
    const auto from = net.add_population({.name = "from", .size = 1, .cell = regular_spiking()});
    const auto to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking()});
    net.connect(from, to, {.rule = all_to_all(), .weight = 1.0, .plasticity = distal_reward_2007()});
    for (const double amount : {1.0, 10.0})
        net.reward({.when = RewardCoincidence{{ProjectionId(0), 0, 0}, 20.0, 0.0, 99.0}, .amount = amount});
    Simulation simulation(net.build());
    int together = 0;
    for (int pair = 0; pair < 30; ++pair) {
        for (int step = 0; step < 150; ++step) {
            if (step == 0) simulation.apply(ForcedSpikes{everyone, {0}});
            if (step == 5) simulation.apply(ForcedSpikes{everyone, {1}});
            const double before = simulation.dopamine();
            (void)simulation.step();
            together += simulation.dopamine() - before > 10.5 ? 1 : 0;
        }
    }
    CHECK(simulation.dopamine() > 300.0);
    CHECK(together <= 4);  // 0.3 is to be expected
}

TEST_CASE("rewards: rewards at given times raise the level, which decays") {
    NetworkBuilder net{{.dopamine_tau_ms = 100.0}};
    const auto a = net.add_population({.name = "a", .size = 2, .cell = regular_spiking()});
    net.connect(a, a, {.rule = all_to_all(), .weight = 1.0, .plasticity = distal_reward_2007()});
    net.reward({.when = RewardTimes{{30.0, 10.0}}, .amount = 2.0});
    Simulation simulation(net.build());
    simulation.run(9);
    CHECK(simulation.dopamine() == 0.0);
    simulation.run(1);  // decays once before it counts
    CHECK(simulation.dopamine() == doctest::Approx(2.0 * std::exp(-0.01)));
    simulation.run(20);
    CHECK(simulation.dopamine() == doctest::Approx(2.0 * std::exp(-0.21) + 2.0 * std::exp(-0.01)));
}

TEST_CASE("rewards: rewards at given times are paid once, saved and restored in any step") {
    NetworkBuilder net;
    const auto a = net.add_population({.name = "a", .size = 2, .cell = regular_spiking()});
    net.connect(a, a, {.rule = all_to_all(), .weight = 1.0, .plasticity = distal_reward_2007()});
    net.reward({.when = RewardTimes{{4.0, 9.0, 9.0, 15.0}}, .amount = 1.0});
    const Network network = net.build();
    Simulation straight(network);
    straight.run(20);
    for (std::uint64_t at = 0; at <= 20; ++at) {
        CAPTURE(at);
        Simulation saved(network), restored(network);
        saved.run(at);
        restored.run(12);
        restored.restore(saved.checkpoint());
        restored.run(20 - at);
        CHECK(restored.dopamine() == straight.dopamine());
    }
}

TEST_CASE("rewards: a reward for a synapse that its source does not have is refused by its own name") {
    NetworkBuilder net;
    const auto cells = net.add_population({.name = "cells", .size = 10});
    net.connect(cells, cells, {.rule = fixed_outdegree(2), .weight = 1.0, .plasticity = Plasticity{}});
    net.reward({.name = "late", .when = RewardCoincidence{.synapse = {ProjectionId(0), 3, 2}}});
    std::string fault;
    try {
        const Simulation simulation(net.build());
    } catch (const Error& error) { fault = error.what(); }
    CHECK(fault == "reward.late.number is 2, and source 3 has 2 synapses; allowed: 0 to 1");
}

TEST_SUITE_END();
