// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Spike-timing-dependent plasticity against its definition: weights computed here from the times of spikes, pair by pair.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"
#include "tests/learning/forced_pair.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// The rule as izhi/synapse.hpp tells it, spike by spike in double precision. Arrivals come before the target's spikes of
/// the same step; see there.
struct Definition {
    double a2_plus, a2_minus, a3_plus, a3_minus, tau_plus, tau_minus, tau_x, tau_y;
    bool nearest, multiplicative;
    double lowest, highest;

    /// Of all earlier spikes, or of the last.
    [[nodiscard]] double trace(const Times& spikes, std::uint64_t now, bool included, double tau) const {
        double sum = 0.0;
        for (const std::uint64_t t : spikes) {
            if (t > now || (t == now && !included)) continue;
            const double one = std::exp(-static_cast<double>(now - t) / tau);
            sum = nearest ? std::max(sum, one) : sum + one;
        }
        return sum;
    }
    /// @param arrivals at the synapse, and @param targets, spikes that got there [steps], each in order; dt = 1 ms
    [[nodiscard]] double weight(double w, const Times& arrivals, const Times& targets, std::uint64_t end) const {
        for (std::uint64_t step = 0; step < end; ++step) {
            if (std::find(arrivals.begin(), arrivals.end(), step) != arrivals.end()) {
                // the target's spikes of the step before are one step old
                const double o1 =
                    step > 0 ? trace(targets, step - 1, true, tau_minus) * std::exp(-1.0 / tau_minus) : 0.0;
                const double r2 = trace(arrivals, step, false, tau_x);
                change(w, -o1 * (a2_minus + a3_minus * r2));
            }
            if (std::find(targets.begin(), targets.end(), step) != targets.end()) {
                const double r1 = trace(arrivals, step, true, tau_plus);
                const double o2 = trace(targets, step, false, tau_y);
                change(w, r1 * (a2_plus + a3_plus * o2));
            }
        }
        return w;
    }
    void change(double& w, double by) const {
        if (multiplicative) by *= (by > 0.0 ? highest - w : w - lowest) / (highest - lowest);
        w = std::clamp(w + by, lowest, highest);
    }
};

Definition definition_of(const Plasticity& p) {
    if (const auto* pair = std::get_if<PairStdp>(&p.rule))
        return {pair->a_plus,
                pair->a_minus,
                0.0,
                0.0,
                pair->tau_plus_ms,
                pair->tau_minus_ms,
                1.0,
                1.0,
                pair->pairing == Pairing::nearest,
                pair->dependence == WeightDependence::multiplicative,
                p.lowest,
                p.highest};
    const auto& t = std::get<TripletStdp>(p.rule);
    return {t.a2_plus,
            t.a2_minus,
            t.a3_plus,
            t.a3_minus,
            t.tau_plus_ms,
            t.tau_minus_ms,
            t.tau_x_ms,
            t.tau_y_ms,
            t.pairing == Pairing::nearest,
            t.dependence == WeightDependence::multiplicative,
            p.lowest,
            p.highest};
}

Times later(Times times, std::uint64_t by) {
    for (std::uint64_t& t : times) t += by;
    return times;
}

}  // namespace

TEST_SUITE_BEGIN("plasticity");

TEST_CASE("plasticity: the window of a pair, at every distance") {
    const Plasticity rule{
        PairStdp{.a_plus = 0.3, .a_minus = 0.2, .tau_plus_ms = 17.0, .tau_minus_ms = 34.0}, {}, 0.0, 10.0, 0.0};
    for (int dt = -60; dt <= 60; ++dt) {
        CAPTURE(dt);
        constexpr std::uint64_t source = 100, delay = 3;
        Forced pair(rule, 5.0, delay);
        pair.play({source}, {static_cast<std::uint64_t>(static_cast<int>(source + delay) + dt)}, 180);
        const double expected = dt >= 0 ? 0.3 * std::exp(-dt / 17.0) : -0.2 * std::exp(dt / 34.0);
        CHECK(pair.weight() - 5.0 == doctest::Approx(expected).epsilon(1e-4));
    }
}

TEST_CASE("plasticity: pairs thousands of steps apart still count") {
    // beyond what a table of decays holds, in steps of 0.1 ms
    for (const std::uint64_t apart : {4000, 4095, 4096, 4097, 5000, 8192, 12345}) {
        CAPTURE(apart);
        Forced pair({PairStdp{.a_plus = 0.3, .a_minus = 0.2, .tau_plus_ms = 1000.0}, {}, 0.0, 10.0, 0.0}, 5.0, 0.1, 1,
                    0.1);
        pair.play({0}, {1 + apart}, apart + 2);
        const double expected = 0.3 * std::exp(-0.1 * static_cast<double>(apart) / 1000.0);
        CHECK(pair.weight() - 5.0 == doctest::Approx(expected).epsilon(1e-4));
    }
}

TEST_CASE("plasticity: a dendritic delay moves the window by twice itself") {
    for (const std::uint64_t dendritic : {0, 1, 2, 5}) {
        CAPTURE(dendritic);
        const Plasticity rule{PairStdp{.a_plus = 0.3, .a_minus = 0.2}, {}, 0.0, 10.0, static_cast<double>(dendritic)};
        for (int dt = -20; dt <= 20; ++dt) {
            constexpr std::uint64_t source = 100, delay = 5;
            Forced pair(rule, 5.0, delay);
            pair.play({source}, {static_cast<std::uint64_t>(static_cast<int>(source + delay) + dt)}, 150);
            const int seen = dt + 2 * static_cast<int>(dendritic);
            const double expected = seen >= 0 ? 0.3 * std::exp(-seen / 20.0) : -0.2 * std::exp(seen / 20.0);
            CHECK(pair.weight() - 5.0 == doctest::Approx(expected).epsilon(1e-4));
        }
    }
}

TEST_CASE("plasticity: trains of spikes change a weight as the rules say") {
    std::vector<Plasticity> rules;
    for (const Pairing pairing : {Pairing::all_to_all, Pairing::nearest})
        for (const WeightDependence dependence : {WeightDependence::additive, WeightDependence::multiplicative}) {
            rules.push_back({PairStdp{0.7, 0.5, 17.0, 34.0, pairing, dependence}, {}, 0.0, 4.0, 0.0});
            rules.push_back(
                {PairStdp{0.1, 2.0, 17.0, 34.0, pairing, dependence}, {}, 1.0, 4.0, 2.0});  // down to the bound
            rules.push_back(
                {TripletStdp{0.2, 0.3, 0.4, 0.1, 16.8, 33.7, 50.0, 60.0, pairing, dependence}, {}, 0.0, 6.0, 0.0});
        }
    for (const Plasticity& rule : rules)
        for (const std::uint64_t delay : {2, 7}) {
            const auto dendritic = static_cast<std::uint64_t>(rule.dendritic_delay_ms);
            Forced trains(rule, 2.0, static_cast<double>(delay));
            trains.play(kSources, kTargets, 230);
            // seen at the soma: arrivals after the whole delay, the target's spikes after twice the dendrite
            const double expected =
                definition_of(rule).weight(2.0, later(kSources, delay), later(kTargets, 2 * dendritic), 230);
            CAPTURE(rule.rule.index());
            CAPTURE(dendritic);
            CAPTURE(delay);
            CHECK(expected != 2.0);
            CHECK(trains.weight() == doctest::Approx(expected).epsilon(1e-4));
        }
}

TEST_CASE("plasticity: spikes of the very first step count as others do") {
    for (const std::uint64_t dendritic : {0, 1, 2}) {
        CAPTURE(dendritic);
        constexpr std::uint64_t delay = 4;
        const Plasticity rule{PairStdp{.a_plus = 0.3, .a_minus = 0.2}, {}, 0.0, 10.0, static_cast<double>(dendritic)};
        const auto change = [&](const Times& sources, const Times& targets) {
            Forced pair(rule, 5.0, delay);
            pair.play(sources, targets, 20);
            return pair.weight() - 5.0;
        };
        const auto back = static_cast<double>(2 * dendritic);
        CHECK(change({1}, {0}) == doctest::Approx(-0.2 * std::exp((back - 5.0) / 20.0)).epsilon(1e-4));
        CHECK(change({0}, {delay}) == doctest::Approx(0.3 * std::exp(-back / 20.0)).epsilon(1e-4));
    }
}

TEST_CASE("plasticity: summed changes reach the weight once an interval") {
    const PairStdp pair{.a_plus = 0.3, .a_minus = 0.2};
    Forced summed({pair, AccumulatedChange{50.0, 0.9, 0.01}, 0.0, 10.0, 0.0}, 5.0, 1.0);
    // a huge range of weights, so that nothing is clipped: what this one gains is the sum of the changes
    Forced immediate({pair, ImmediateChange{}, -1000.0, 1000.0, 0.0}, 5.0, 1.0);
    double weight = 5.0, derivative = 0.0, before = 5.0;
    for (std::uint64_t interval = 0; interval < 4; ++interval) {
        // spikes found at the end of the interval's last step count for the next one
        const std::uint64_t begin = 50 * interval;
        Times sources, targets;
        for (const std::uint64_t t : kSources)
            if (t >= begin && t < begin + 50) sources.push_back(t - begin);
        for (const std::uint64_t t : kTargets)
            if (t >= begin && t < begin + 50) targets.push_back(t - begin);
        summed.play(sources, targets, 50);
        immediate.play(sources, targets, 50);
        derivative = 0.9 * (derivative + immediate.weight() - before);
        before = immediate.weight();
        weight = std::clamp(weight + 0.01 + derivative, 0.0, 10.0);
        CHECK(summed.weight() == doctest::Approx(weight).epsilon(1e-5));
    }
    CHECK(std::abs(weight - 5.0) > 0.1);
}

TEST_CASE("plasticity: dopamine turns eligibility into weight") {
    const PairStdp pair{.a_plus = 0.3, .a_minus = 0.2};
    Forced rewarded({pair, RewardedChange{10.0, 0.99, 0.002}, 0.0, 10.0, 0.0}, 5.0, 1.0);
    rewarded.play({3}, {6}, 10);
    double eligibility = 0.3 * std::exp(-2.0 / 20.0), weight = 5.0, level = 0.0;
    weight += 0.002 * eligibility;
    eligibility *= 0.99;
    CHECK(rewarded.weight() == doctest::Approx(weight).epsilon(1e-6));
    rewarded.simulation.apply(Dopamine{0.5});
    CHECK(rewarded.simulation.dopamine() == 0.5);
    level = 0.5;
    for (int interval = 0; interval < 5; ++interval) {
        rewarded.play({}, {}, 10);
        weight += (0.002 + level * std::exp(-9.0 / 200.0)) * eligibility;  // the level of the interval's last step
        level *= std::exp(-10.0 / 200.0);
        eligibility *= 0.99;
        CHECK(rewarded.simulation.dopamine() == doctest::Approx(level));
        CHECK(rewarded.weight() == doctest::Approx(weight).epsilon(1e-6));
    }
}

TEST_SUITE_END();
