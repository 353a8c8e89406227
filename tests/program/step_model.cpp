// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The model of a step on many cores (izhi bench --scaling), by its limits and by hand. As in app_parts.cpp, the source of
// the program is compiled in here.
#include "apps/bench/step_model.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace {

using namespace izhi;
using namespace izhi::apps;

/// A step of 20 blocks: 6,000 ns for neurons, 4,000 for events, 100 for the rest; a barrier of 200 ns.
StepCosts made_costs() {
    return {.neurons = 10'000.0,
            .events = 8'000.0,
            .neuron_ns = 0.6,
            .event_ns = 0.5,
            .rest_ns = 100.0,
            .blocks = 20,
            .steps_per_phase = 1.0,
            .barrier_ns = 200.0};
}

/// Networks from tiny to large, with dear and cheap barriers.
std::vector<StepCosts> many_costs() {
    std::vector<StepCosts> all;
    for (const double neurons : {10.0, 1000.0, 1e4, 1e6, 1e7})
        for (const double barrier : {0.0, 50.0, 300.0, 20'000.0})
            for (const double rest : {0.0, 10.0, 5000.0})
                for (const double phase : {1.0, 16.0}) {
                    StepCosts costs = made_costs();
                    costs.neurons = neurons;
                    costs.events = 0.8 * neurons;
                    costs.blocks = static_cast<std::uint64_t>(std::ceil(neurons / 512.0));
                    costs.barrier_ns = barrier;
                    costs.rest_ns = rest;
                    costs.steps_per_phase = phase;
                    all.push_back(costs);
                }
    return all;
}

}  // namespace

TEST_SUITE_BEGIN("step model");

TEST_CASE("step model: by hand") {
    const StepCosts costs = made_costs();
    CHECK(step_ns(costs, 1) == doctest::Approx(10'100.0));
    CHECK(step_ns(costs, 2) == doctest::Approx(5'000.0 + 50.0 + 200.0));
    // 20 blocks on three workers: one has seven
    CHECK(step_ns(costs, 3) == doctest::Approx(10'000.0 * 7.0 / 20.0 + 100.0 / 3.0 + 400.0));
    CHECK(step_ns(costs, 64) == doctest::Approx(10'000.0 / 20.0 + 100.0 / 64.0 + 6.0 * 200.0));
    CHECK(step_ns(costs, 64, BarrierShape::counter) == doctest::Approx(500.0 + 100.0 / 64.0 + 63.0 * 200.0));
    CHECK(efficiency(costs, 2) == doctest::Approx(10'100.0 / 2.0 / 5'250.0));
    CHECK(barrier_share(costs, 2) == doctest::Approx(200.0 / 5'250.0));
    // a barrier per 16 steps
    StepCosts slow = costs;
    slow.steps_per_phase = 16.0;
    CHECK(step_ns(slow, 2) == doctest::Approx(5'050.0 + 12.5));
    // one worker records at a time
    slow = costs;
    slow.rest_ns = 7'000.0;
    CHECK(step_ns(slow, 8) == doctest::Approx(7'000.0));
}

TEST_CASE("step model: a barrier for every doubling, or one for every worker") {
    const StepCosts costs = made_costs();
    const int threads[] = {1, 2, 3, 4, 5, 8, 9, 64, 65};
    const int pairs[] = {0, 1, 2, 2, 3, 3, 4, 6, 7};
    for (std::size_t i = 0; i < std::size(threads); ++i) {
        CAPTURE(threads[i]);
        CHECK(barrier_ns(costs, threads[i]) == doctest::Approx(200.0 * pairs[i]));
        CHECK(barrier_ns(costs, threads[i], BarrierShape::counter) == doctest::Approx(200.0 * (threads[i] - 1)));
    }
}

TEST_CASE("step model: the longest worker has whole blocks, and no less than its share") {
    CHECK(longest_share(20, 1) == 1.0);
    CHECK(longest_share(20, 20) == doctest::Approx(0.05));
    CHECK(longest_share(20, 1000) == doctest::Approx(0.05));
    CHECK(longest_share(1, 8) == 1.0);
    for (const std::uint64_t blocks : {1U, 2U, 7U, 20U, 1954U})
        for (int threads = 1; threads <= 100; ++threads) {
            CHECK(longest_share(blocks, threads) >= 1.0 / threads - 1e-12);
            CHECK(longest_share(blocks, threads) <= 1.0);
            CHECK(longest_share(blocks, threads + 1) <= longest_share(blocks, threads));
        }
}

TEST_CASE("step model: what must hold of every network") {
    for (const StepCosts& costs : many_costs()) {
        CAPTURE(costs.neurons);
        CAPTURE(costs.barrier_ns);
        CAPTURE(costs.rest_ns);
        CHECK(step_ns(costs, 1) == doctest::Approx(costs.work_ns() + costs.rest_ns));
        CHECK(efficiency(costs, 1) == doctest::Approx(1.0));
        CHECK(barrier_share(costs, 1) == 0.0);
        for (int threads = 1; threads <= 256; ++threads) {
            CAPTURE(threads);
            CHECK(efficiency(costs, threads) > 0.0);
            CHECK(efficiency(costs, threads) <= 1.0 + 1e-12);
            for (const BarrierShape shape : {BarrierShape::tree, BarrierShape::counter}) {
                CHECK(barrier_ns(costs, threads + 1, shape) >= barrier_ns(costs, threads, shape));
                CHECK(barrier_share(costs, threads, shape) >= 0.0);
                CHECK(barrier_share(costs, threads, shape) <= 1.0);
            }
            CHECK(step_ns(costs, threads, BarrierShape::counter) >= step_ns(costs, threads));
            CHECK(step_ns(costs, threads) >= costs.rest_ns);
        }
    }
}

TEST_CASE("step model: where the barrier takes more than a share") {
    const StepCosts costs = made_costs();
    for (const double share : {0.1, 0.5})
        for (const BarrierShape shape : {BarrierShape::tree, BarrierShape::counter}) {
            const auto threads = threads_of_barrier(costs, share, shape);
            REQUIRE(threads);
            CHECK(barrier_share(costs, *threads, shape) > share);
            CHECK(barrier_share(costs, *threads - 1, shape) <= share);
        }
    CHECK(*threads_of_barrier(costs, 0.1) == 3);
    CHECK(*threads_of_barrier(costs, 0.5, BarrierShape::counter) < *threads_of_barrier(costs, 0.5));
    StepCosts free = costs;
    free.barrier_ns = 0.0;
    CHECK(!threads_of_barrier(free, 0.1));
    StepCosts large = costs;
    large.neurons = 1e9;
    large.events = 1e9;
    large.blocks = 2'000'000;
    CHECK(!threads_of_barrier(large, 0.1));
}

TEST_CASE("step model: constants from a profile give the measured step back") {
    Profile profile;
    profile.wall_s = 2.0;
    profile.steps = 1'000;
    profile.neuron_steps = 10'000'000;
    profile.synaptic_events = 4'000'000;
    const auto set = [&](Activity a, double s) { profile.seconds[static_cast<std::size_t>(a)] = s; };
    set(Activity::noise, 0.4);
    set(Activity::reduce, 0.1);
    set(Activity::update, 0.4);
    set(Activity::scan, 0.1);
    set(Activity::deliver, 0.8);
    set(Activity::record, 0.15);
    const StepCosts costs = costs_of(profile, 1.8e6, 20, 1.0, 250.0);  // a tenth faster without a profile
    CHECK(costs.neurons == 10'000.0);
    CHECK(costs.events == 4'000.0);
    CHECK(costs.neuron_ns == doctest::Approx(90.0));
    CHECK(costs.event_ns == doctest::Approx(180.0));
    CHECK(costs.rest_ns == doctest::Approx(0.18e6));
    CHECK(step_ns(costs, 1) == doctest::Approx(1.8e6));
    // samples of laps that add up to more than there was time
    set(Activity::deliver, 2.0);
    CHECK(costs_of(profile, 1.8e6, 20, 1.0, 250.0).rest_ns == doctest::Approx(0.0));
    // without synapses
    profile.synaptic_events = 0;
    const StepCosts silent = costs_of(profile, 1.8e6, 0, 0.0, 250.0);
    CHECK(silent.event_ns == 0.0);
    CHECK(silent.blocks == 1);
    CHECK(step_ns(silent, 1) == doctest::Approx(1.8e6));
    CHECK(step_ns(costs_of(Profile{}, 5.0, 1, 1.0, 0.0), 1) == doctest::Approx(5.0));
    CHECK(!model_assumptions().empty());
}

TEST_SUITE_END();
