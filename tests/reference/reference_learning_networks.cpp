// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The reference for learning networks: its rule pair by pair against the law written out, its two networks against the
// figures of their papers' programs.
#include "reference_learning.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/analysis/spectrum.hpp"
#include "tests/learning/learning_measures.hpp"

using namespace izhi::test;

namespace {

/// Makes each neuron fire at a time of its own, and no other: under the constant current of 0 these rest.
class Driven {
public:
    /// @param fires_at of each neuron [ms]
    Driven(std::vector<LearningSynapse> synapses, const LearningRule& rule, std::vector<std::uint64_t> fires_at)
        : network_({std::vector<ReferenceNeuron>(fires_at.size(), ReferenceNeuron{.v = -70.0, .u = -14.0}),
                    std::move(synapses), rule}),
          fires_at_(std::move(fires_at)) {}

    LearningReference& to(std::uint64_t t) {
        std::vector<double> input(fires_at_.size());
        while (network_.steps() < t) {
            for (std::size_t n = 0; n < input.size(); ++n)
                input[n] = fires_at_[n] == network_.steps() + 1 ? 1000.0 : 0.0;
            const std::vector<std::uint32_t>& fired = network_.step(input);
            for (std::uint32_t n = 0; n < input.size(); ++n)
                REQUIRE(std::binary_search(fired.begin(), fired.end(), n) == (fires_at_[n] == network_.steps()));
        }
        return network_;
    }
    void raise_dopamine(std::uint64_t t, double amount) { to(t).add_dopamine(amount); }

private:
    LearningReference network_;
    std::vector<std::uint64_t> fires_at_;
};

/// What a pair of spikes adds to sd: the source's at t_pre over a delay, the target's at t_post. Potentiation if the
/// spike had arrived before, in the step that ends at the target's spike at the latest; otherwise depression.
double pair_law(const LearningRule& rule, double t_pre, double t_post, double delay) {
    const double lag = t_post - t_pre - delay;
    return lag >= 0.0 ? rule.potentiation * std::pow(rule.trace_decay, lag)
                      : -rule.depression * std::pow(rule.trace_decay, -lag - 1.0);
}

std::vector<double> exc_to_exc(const LearningReference& network) {
    std::vector<double> weights;
    for (const LearningSynapse& s : network.synapses())
        if (s.plastic && s.target < 800) weights.push_back(s.weight);
    return weights;
}

}  // namespace

TEST_SUITE_BEGIN("reference_learning");

TEST_CASE("reference learning: pairs of spikes change the weight by the law of 2006, once per second") {
    for (const std::uint32_t delay : {1U, 2U, 7U, 20U}) {
        for (const std::uint64_t t_post :
             {100U, 130U, 149U, 150U, 151U, 152U, 156U, 157U, 158U, 169U, 170U, 171U, 220U}) {
            CAPTURE(delay);
            CAPTURE(t_post);
            const LearningRule rule = rule_2006();
            Driven pair({{0, 1, delay, 1e-6, true}}, rule, {150, t_post});
            CHECK(pair.to(999).plastic_weights().front() == 1e-6);
            const double sd = 0.9 * pair_law(rule, 150.0, static_cast<double>(t_post), delay);
            const double once = std::max(0.0, 1e-6 + 0.01 + sd);
            CHECK(pair.to(1000).plastic_weights().front() == doctest::Approx(once).epsilon(1e-12));
            const double twice = std::max(0.0, once + 0.01 + 0.9 * sd);
            CHECK(pair.to(2000).plastic_weights().front() == doctest::Approx(twice).epsilon(1e-12));
        }
    }
}

TEST_CASE("reference learning: bounds of weights, and synapses that do not learn") {
    Driven three({{0, 1, 1, 9.97, true}, {1, 0, 1, 0.05, true}, {0, 2, 3, -5.0, false}}, {}, {100, 101, 107});
    const auto& synapses = three.to(1000).synapses();
    CHECK(synapses[0].weight == 10.0);
    CHECK(synapses[1].weight == 0.0);
    CHECK(synapses[2].weight == -5.0);
}

TEST_CASE("reference learning: under dopamine, every 10 ms") {
    const LearningRule rule = rule_2007();
    for (const std::uint64_t t_post : {45U, 58U}) {
        CAPTURE(t_post);
        Driven pair({{0, 1, 1, 2.0, true}}, rule, {52, t_post});
        double weight = 2.0, dopamine = 0.0;
        double sd = pair_law(rule, 52.0, static_cast<double>(t_post), 1.0);
        for (std::uint64_t t = 1; t <= 700; ++t) {
            dopamine *= 0.995;
            if (t % 10 == 0 && t >= 60) {
                weight += (0.002 + dopamine) * sd;
                sd *= 0.99;
            }
            CHECK(pair.to(t).plastic_weights().front() == doctest::Approx(weight).epsilon(1e-12));
            if (t == 333) {
                dopamine += 0.5;
                pair.raise_dopamine(t, 0.5);
            }
        }
        CHECK(std::abs(weight - 2.0) > 0.2);
    }
}

TEST_CASE("reference learning: what the spike of one neuron is worth to another, and when") {
    // No spike but the source's: the input of the target is the weight, in the step that ends `delay` after the spike.
    for (const std::uint32_t delay : {1U, 5U, 20U}) {
        Driven pair({{0, 1, delay, 3.0, false}}, {}, {50, 0});
        CHECK(pair.to(50 + delay - 1).neurons()[1].v == doctest::Approx(-70.0));
        ReferenceNeuron alone = pair.to(50 + delay - 1).neurons()[1];
        (void)alone.step(izhi::Numerics::published, 3.0, 1.0);
        CHECK(pair.to(50 + delay).neurons()[1].v == alone.v);
    }
}

TEST_CASE("reference learning: the reward follows the target's spike within 20 ms, once per spike") {
    LearningReference network({std::vector<ReferenceNeuron>(3), {}, rule_2007()});
    const std::vector<double> nothing(3);
    DistalReward reward(0, 2);
    const auto due = [&](std::uint64_t t, std::vector<std::uint32_t> fired, double share) {
        while (network.steps() < t - 1) {
            (void)network.step(nothing);
            reward.step(network, {}, 0.0);
        }
        (void)network.step(nothing);
        reward.step(network, fired, share);
    };
    due(10, {2}, 0.0);      // without a cause
    due(100, {0, 2}, 0.0);  // at once
    due(119, {2}, 0.5);     // after 19 ms: rewarded at 2119
    due(200, {0}, 0.0);
    due(220, {2}, 0.0);  // too late
    due(230, {0, 1}, 0.0);
    due(231, {1, 2}, 0.25);  // rewarded at 1731
    due(240, {0, 2}, 0.0);   // at once, though the source had fired before, too
    due(1730, {}, 0.0);
    CHECK(network.dopamine() == 0.0);
    due(1731, {}, 0.0);
    CHECK(network.dopamine() == 0.5);
    due(2118, {}, 0.0);
    CHECK(network.dopamine() == doctest::Approx(0.5 * std::pow(0.995, 2118 - 1731)));
    due(2119, {}, 0.0);
    CHECK(network.dopamine() == doctest::Approx(0.5 + 0.5 * std::pow(0.995, 2119 - 1731)));
    due(5000, {}, 0.0);
    CHECK(reward.rewards() == 2);
}

TEST_CASE("reference learning: the wiring of 2006 and 2007") {
    for (const bool delays : {true, false}) {
        CAPTURE(delays);
        Inputs random(1);
        const LearningNetwork network = delays ? polychrony_network(random) : distal_reward_network(random);
        REQUIRE(network.synapses.size() == 100000);
        std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
        std::array<std::uint32_t, 21> of_delay{};
        double sum = 0.0;
        bool sound = true, autapses = false;
        for (const LearningSynapse& s : network.synapses) {
            pairs.insert({s.source, s.target});
            ++of_delay.at(s.delay_ms);
            sum += s.weight;
            sound = sound && s.plastic == (s.source < 800) && (s.plastic || (s.target < 800 && s.delay_ms == 1));
            autapses = autapses || s.source == s.target;
        }
        CHECK(sound);
        CHECK(autapses != delays);
        CHECK((pairs.size() == 100000) == delays);
        CHECK(sum == (delays ? 6.0 * 80000 - 5.0 * 20000 : 80000.0 - 1.0 - 20000.0));
        CHECK(of_delay[1] == (delays ? 24000 : 100000));
        CHECK(of_delay[20] == (delays ? 4000 : 0));
    }
}

TEST_CASE("reference learning: polychrony fires as the paper's program does") {
    Inputs random(2006);
    LearningReference network(polychrony_network(random));
    LearningMeter meter(800, 200);
    std::vector<double> input(network.neurons().size());
    const auto run = [&](int seconds) {
        for (int ms = 0; ms < 1000 * seconds; ++ms) {
            draw_polychrony_input(random, input);
            meter.add(network.step(input));
        }
    };
    run(5);  // 3.8 to 4.4 Hz and 13.7 to 16.6 Hz with eight seeds
    CHECK(meter.exc_hz() == doctest::Approx(4.1).epsilon(0.12));
    CHECK(meter.inh_hz() == doctest::Approx(15.5).epsilon(0.15));
    CHECK(meter.peak_hz(1.0, 250.0) >= 2.0);
    CHECK(meter.peak_hz(1.0, 250.0) <= 4.0);
    run(2);
    meter.clear();
    run(8);  // learning has quietened it: 1.3 to 1.7 Hz
    CHECK(meter.exc_hz() == doctest::Approx(1.5).epsilon(0.2));
    const double strong = share_above(exc_to_exc(network), 9.0);  // 0.014 to 0.022
    CHECK(strong > 0.005);
    CHECK(strong < 0.04);
}

TEST_CASE("reference learning: distal-reward fires as the paper's program does") {
    Inputs random(2007);
    LearningNetwork wiring = distal_reward_network(random);
    DistalReward reward(wiring.synapses.front().source, wiring.synapses.front().target);
    LearningReference network(std::move(wiring));
    LearningMeter meter(800, 200);
    std::vector<double> input(network.neurons().size());
    for (int ms = 0; ms < 20000; ++ms) {
        draw_distal_reward_input(random, input);
        const std::vector<std::uint32_t>& fired = network.step(input);
        meter.add(fired);
        reward.step(network, fired, random.between(0.0, 1.0));
    }
    CHECK(meter.exc_hz() == doctest::Approx(1.36).epsilon(0.06));
    CHECK(meter.inh_hz() == doctest::Approx(0.88).epsilon(0.08));
    // From 1, and slowly while there is no reward: depression outweighs potentiation.
    CHECK(mean(network.plastic_weights()) < 0.995);
    CHECK(mean(network.plastic_weights()) > 0.95);
}

TEST_SUITE_END();
