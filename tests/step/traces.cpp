// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Traces show what read() gives at the same step, in the order asked for.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

struct Collector : Observer {
    std::map<std::pair<std::size_t, std::uint64_t>, std::vector<float>> samples;  ///< by (trace, step)
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    std::vector<Spike> raster;
    void sample(const Sample& sample) override {
        samples[{sample.trace, sample.step}] = {sample.values.begin(), sample.values.end()};
        order.emplace_back(sample.step, sample.trace);
    }
    void spikes(std::span<const Spike> spikes) override { raster.insert(raster.end(), spikes.begin(), spikes.end()); }
};

NetworkBuilder traced(double dt_ms, double shortest_delay_ms, Numerics numerics = Numerics::published) {
    NetworkBuilder net{{.seed = 6, .dt_ms = dt_ms, .numerics = numerics}};
    const auto a = net.add_population(
        {.name = "a", .size = 1300, .cell = excitatory_2003(), .bias_current = 3.0, .noise_stddev = 5.0});
    const auto b =
        net.add_population({.name = "b", .size = 70, .cell = fast_spiking(), .bias_current = 8.0, .noise_stddev = 1.0});
    net.connect(a, everyone, {.rule = fixed_outdegree(20), .weight = 1.0, .delay_ms = shortest_delay_ms});
    net.record_trace(
        {.population = b, .neurons = {69, 0, 33}, .variables = {Variable::u, Variable::v}, .interval_ms = dt_ms});
    net.record_trace(
        {.population = a, .neurons = {1299, 512, 511, 0, 512}, .variables = {Variable::v}, .interval_ms = 3 * dt_ms});
    net.record_trace({.population = a,
                      .neurons = {7},
                      .variables = {Variable::current, Variable::v, Variable::u},
                      .interval_ms = 7 * dt_ms});
    return net;
}

}  // namespace

TEST_SUITE_BEGIN("traces");

TEST_CASE("samples are what read() gives, a spike shows 30 mV") {
    constexpr std::uint64_t steps = 120;
    for (const Numerics numerics : {Numerics::published, Numerics::euler, Numerics::forward_euler, Numerics::accurate})
        for (const double delay : {0.5, 4.0})
            for (const int threads : {1, 3}) {
                const Network network = traced(0.5, delay, numerics).build();
                Collector collector;
                Simulation simulation(network, {.threads = threads, .executor = thread_executor(threads)});
                simulation.run(50, &collector);
                simulation.run(steps - 50, &collector);
                Simulation stepped(network, {.threads = 1});
                std::size_t spikes_in_traces = 0, expected_samples = 0;
                for (std::uint64_t step = 1; step <= steps; ++step) {
                    std::vector<bool> fired(network.neuron_count());
                    for (const Spike& s : stepped.step()) fired[s.neuron] = true;
                    const std::vector<float> v[] = {read(stepped, Variable::v, 0), read(stepped, Variable::v, 1)};
                    const std::vector<float> u[] = {read(stepped, Variable::u, 0), read(stepped, Variable::u, 1)};
                    const auto shown = [&](std::size_t p, std::size_t n) {
                        const bool spiked = fired[n + (p == 1 ? 1300 : 0)];
                        spikes_in_traces += spiked ? 1 : 0;
                        return spiked ? 30.0f : v[p][n];
                    };
                    CHECK(collector.samples[{0, step}] ==
                          std::vector<float>{u[1][69], u[1][0], u[1][33], shown(1, 69), shown(1, 0), shown(1, 33)});
                    CHECK(collector.samples.count({1, step}) == (step % 3 == 0 ? 1 : 0));
                    if (step % 3 == 0)
                        CHECK(collector.samples[{1, step}] == std::vector<float>{shown(0, 1299), shown(0, 512),
                                                                                 shown(0, 511), shown(0, 0),
                                                                                 shown(0, 512)});
                    CHECK(collector.samples.count({2, step}) == (step % 7 == 0 ? 1 : 0));
                    if (step % 7 == 0) {
                        const auto& values = collector.samples[{2, step}];
                        REQUIRE(values.size() == 3);
                        CHECK(values[1] == shown(0, 7));
                        CHECK(values[2] == u[0][7]);
                    }
                    expected_samples += 1 + (step % 3 == 0 ? 1 : 0) + (step % 7 == 0 ? 1 : 0);
                }
                CHECK(spikes_in_traces > 3);
                CHECK(collector.order.size() == expected_samples);
                CHECK(std::is_sorted(collector.order.begin(), collector.order.end()));
                CHECK(simulation.state_hash() == stepped.state_hash());
            }
}

TEST_CASE("the current traced is the whole input: u follows from it") {
    // published numerics: v and u of the next step can be worked out from those of this one and the current
    NetworkBuilder net{{.seed = 7}};
    const auto p = net.add_population({.name = "p", .size = 100, .bias_current = 2.0, .noise_stddev = 3.0});
    net.connect(p, p, {.rule = fixed_outdegree(10), .weight = uniform(0.0, 5.0)});
    net.stimulate(p, {.stimulus = PoissonTrains{.rate_hz = 100.0, .weight = 6.0}});
    net.record_trace({.population = p, .neurons = {42}, .variables = {Variable::v, Variable::u, Variable::current}});
    Collector collector;
    Simulation simulation(net.build(), {.threads = 1});
    float v = read(simulation, Variable::v, 0)[42], u = read(simulation, Variable::u, 0)[42];
    std::size_t wrong = 0, spikes = 0;
    for (std::uint64_t step = 1; step <= 400; ++step) {
        simulation.run(1, &collector);
        const auto& s = collector.samples[{0, step}];
        double x = static_cast<double>(v);
        const double i = static_cast<double>(s[2]), w = static_cast<double>(u);
        for (int half = 0; half < 2; ++half) x += 0.5 * (0.04 * x * x + 5.0 * x + 140.0 - w + i);
        double w_next = w + 0.02 * (0.2 * x - w);
        const bool fired = x >= 30.0;
        if (fired) w_next += 8.0;
        spikes += fired ? 1 : 0;
        const double shown = fired ? 30.0 : x;
        wrong +=
            std::abs(static_cast<double>(s[0]) - shown) > 0.01 || std::abs(static_cast<double>(s[1]) - w_next) > 0.01
                ? 1
                : 0;
        v = read(simulation, Variable::v, 0)[42];
        u = read(simulation, Variable::u, 0)[42];
    }
    CHECK(spikes >= 3);
    CHECK(wrong == 0);
}

TEST_CASE("recording changes nothing") {
    const NetworkBuilder recorded = traced(0.5, 2.0);
    const NetworkDescription description = recorded.build().description();
    NetworkBuilder plain{description.spec};
    for (const auto& p : description.populations) plain.add_population(p);
    for (const auto& c : description.projections) plain.connect(c.source, c.target, c.spec);
    Simulation with(recorded.build(), {.threads = 2}), without(plain.build(), {.threads = 2});
    Collector collector;
    with.run(100, &collector);
    without.run(100);
    CHECK(with.state_hash() == without.state_hash());
    CHECK(with.spike_hash() == without.spike_hash());
}

TEST_CASE("intervals are rounded to whole steps, at least one") {
    for (const auto& [interval, steps] : {std::pair{0.06, 1u}, {0.1, 1u}, {0.26, 3u}, {1.0, 10u}, {0.14, 1u}}) {
        NetworkBuilder net{{.dt_ms = 0.1}};
        const auto p = net.add_population({.name = "p", .size = 1});
        net.record_trace({.population = p, .neurons = {0}, .interval_ms = interval});
        Simulation simulation(net.build(), {.threads = 1});
        Collector collector;
        simulation.run(30, &collector);
        REQUIRE(collector.order.size() == 30 / steps);
        for (std::size_t i = 0; i < collector.order.size(); ++i) CHECK(collector.order[i].first == (i + 1) * steps);
    }
}

TEST_SUITE_END();
