// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The step is a matter of accuracy: what spikes, noise and random input bring in all does not depend on it.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"

using namespace izhi;

namespace {

/// Samples of one neuron and variable, by trace.
struct Traces final : Observer {
    std::map<std::size_t, std::vector<double>> of;
    void sample(const Sample& sample) override { of[sample.trace].push_back(static_cast<double>(sample.values[0])); }
};

double sum_of(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double x : values) sum += x;
    return sum;
}

/// A neuron that never fires by itself, and one that is made to fire and connects to it.
struct Pair {
    explicit Pair(double dt_ms, Numerics numerics = Numerics::accurate)
        : dt(dt_ms), net{{.seed = 3, .dt_ms = dt_ms, .numerics = numerics}} {
        from = net.add_population({.name = "from", .size = 1});
        to = net.add_population({.name = "to", .size = 1, .cell = regular_spiking(), .v0_mv = rest()});
        net.record_trace({.population = to, .neurons = {0}, .variables = {Variable::current}, .interval_ms = dt_ms});
        net.record_trace({.population = to, .neurons = {0}, .variables = {Variable::v}, .interval_ms = dt_ms});
    }
    Traces run(double ms, bool fire) {
        Simulation simulation(net.build(), {.threads = 1, .executor = serial_executor()});
        Traces traces;
        if (fire) simulation.apply(ForcedSpikes{from, {0}});
        simulation.run_ms(ms, &traces);
        return traces;
    }
    double dt;
    NetworkBuilder net;
    PopulationId from, to;
};

}  // namespace

TEST_SUITE_BEGIN("step size");

TEST_CASE("a spike through a synapse without dynamics, a given spike and one from outside are jumps of v") {
    for (const double dt : {4.0, 1.0, 0.5, 0.1, 0.025}) {
        CAPTURE(dt);
        Pair synapse(dt);
        synapse.net.connect(synapse.from, synapse.to, {.rule = one_to_one(), .weight = 0.75, .delay_ms = 8.0});
        CHECK(sum_of(synapse.run(20.0, true).of[0]) * dt == doctest::Approx(0.75).epsilon(1e-4));

        Pair given(dt);
        given.net.stimulate(given.to, {.stimulus = SpikeTimes{.weight = 0.75, .times_ms = {8.0, 8.0, 12.0}}});
        CHECK(sum_of(given.run(20.0, false).of[0]) * dt == doctest::Approx(3 * 0.75).epsilon(1e-4));

        Pair outside(dt);
        Simulation simulation(outside.net.build(), {.threads = 1, .executor = serial_executor()});
        Traces traces;
        simulation.apply(InputSpikes{.target = outside.to, .weight = 0.75, .neurons = {0}});
        simulation.run_ms(20.0, &traces);
        CHECK(sum_of(traces.of[0]) * dt == doctest::Approx(0.75).epsilon(1e-4));
        // A short step follows the jump itself.
        if (dt <= 0.1)
            CHECK(*std::max_element(traces.of[1].begin(), traces.of[1].end()) ==
                  doctest::Approx(-70.0 + 0.75).epsilon(1e-3));
    }
}

TEST_CASE("in the nine-parameter form the jump is the weight over C") {
    NetworkBuilder net{{.dt_ms = 0.01, .numerics = Numerics::accurate}};
    const auto to =
        net.add_population({.name = "to", .size = 1, .cell = nine_parameter_neurons()[0].cell(), .v0_mv = -60.0});
    net.record_trace({.population = to, .neurons = {0}, .variables = {Variable::v}, .interval_ms = 0.01});
    net.stimulate(to, {.stimulus = SpikeTimes{.weight = 200.0, .times_ms = {0.0}}});
    Simulation simulation(net.build(), {.threads = 1, .executor = serial_executor()});
    Traces traces;
    simulation.run(1, &traces);
    CHECK(traces.of[0].at(0) == doctest::Approx(-60.0 + 200.0 / 100.0).epsilon(1e-3));
}

TEST_CASE("a spike through a synapse that decays brings its charge, whatever tau and the step") {
    for (const double dt : {1.0, 0.1})
        for (const double tau : {dt / 2, dt, 2.0, 5.0, 100.0, 1000.0}) {
            CAPTURE(dt);
            CAPTURE(tau);
            const double ms = 30.0 * tau + 10.0;
            Pair exponential(dt);
            exponential.net.connect(exponential.from, exponential.to,
                                    {.rule = one_to_one(), .weight = 1e-3, .dynamics = ExponentialCurrent{tau}});
            CHECK(sum_of(exponential.run(ms, true).of[0]) * dt == doctest::Approx(1e-3 * tau).epsilon(1e-3));
            Pair alpha(dt);
            alpha.net.connect(alpha.from, alpha.to,
                              {.rule = one_to_one(), .weight = 1e-3, .dynamics = AlphaCurrent{tau}});
            CHECK(sum_of(alpha.run(ms, true).of[0]) * dt ==
                  doctest::Approx(1e-3 * tau * std::numbers::e).epsilon(1e-3));
            Pair conductance(dt);
            conductance.net.connect(conductance.from, conductance.to,
                                    {.rule = one_to_one(), .weight = 1e-5, .dynamics = Conductance{tau, 0.0}});
            Traces traces = conductance.run(ms, true);
            double integral = 0.0;  // of g: the current over the driving force at the beginning of the step
            for (std::size_t i = 1; i < traces.of[0].size(); ++i)
                integral += traces.of[0][i] / -traces.of[1][i - 1] * dt;
            CHECK(integral == doctest::Approx(1e-5 * tau).epsilon(1e-3));
        }
}

TEST_CASE("noise is white: its deviation over a millisecond is that of a step of 1 ms") {
    for (const NoiseLaw law : {NoiseLaw::table, NoiseLaw::exact, NoiseLaw::uniform})
        for (const double dt : {2.0, 1.0, 0.25, 0.1}) {
            CAPTURE(dt);
            NetworkBuilder net{{.seed = 8, .dt_ms = dt, .numerics = Numerics::accurate, .noise = law}};
            const auto p = net.add_population({.name = "p", .size = 1, .noise_stddev = 0.2});
            net.record_trace({.population = p, .neurons = {0}, .variables = {Variable::current}, .interval_ms = dt});
            Simulation simulation(net.build(), {.threads = 1, .executor = serial_executor()});
            constexpr int steps = 20000;
            Traces traces;
            simulation.run(steps, &traces);
            double square = 0.0;
            for (const double x : traces.of[0]) square += x * x;
            // of a sample variance of a normal law, relative: sqrt(2 / n)
            CHECK(std::abs(square / steps * dt / (0.2 * 0.2) - 1.0) < 5.0 * std::sqrt(2.0 / steps));
        }
}

TEST_CASE("random neurons get their amplitude for a millisecond, once a millisecond") {
    std::map<double, double> sums;
    for (const double dt : {4.0, 1.0, 0.5, 0.125}) {
        CAPTURE(dt);
        NetworkBuilder net{{.seed = 4, .dt_ms = dt, .numerics = Numerics::accurate}};
        const auto p = net.add_population({.name = "p", .size = 7});
        for (std::uint32_t n = 0; n < 7; ++n)
            net.record_trace({.population = p, .neurons = {n}, .variables = {Variable::current}, .interval_ms = dt});
        net.stimulate(p, {.stimulus = RandomNeurons{.amplitude = 0.1, .count = 3}});
        Simulation simulation(net.build(), {.threads = 1, .executor = serial_executor()});
        Traces traces;
        simulation.run_ms(1000.0, &traces);
        double sum = 0.0;
        for (auto& [trace, values] : traces.of) sum += sum_of(values) * dt;
        CHECK(sum == doctest::Approx(0.1 * 3 * 1000).epsilon(1e-4));
        sums[dt] = sum_of(traces.of[2]) * dt;  // the same neurons at the same time, too
        CHECK(sums[dt] == doctest::Approx(sums.begin()->second).epsilon(1e-4));
    }
}

TEST_CASE("the network of 2003 fires at the same rate whatever the step, as an outside program has it") {
    // Of an independent program in double precision, whose mean over seeds this seed may miss by some per cent.
    struct Case {
        double dt_ms, rate_hz;
    };
    std::vector<double> rates;
    for (const Case& c : {Case{1.0, 8.07}, {0.5, 8.42}, {0.1, 8.77}}) {
        CAPTURE(c.dt_ms);
        NetworkBuilder net{{.seed = 42, .dt_ms = c.dt_ms, .numerics = Numerics::accurate}};
        const auto exc =
            net.add_population({.name = "exc", .size = 800, .cell = excitatory_2003(), .noise_stddev = 5.0});
        const auto inh =
            net.add_population({.name = "inh", .size = 200, .cell = inhibitory_2003(), .noise_stddev = 2.0});
        net.connect(exc, everyone, {.rule = all_to_all(), .weight = uniform(0.0, 0.5)});
        net.connect(inh, everyone, {.rule = all_to_all(), .weight = uniform(-1.0, 0.0)});
        Simulation simulation(net.build(), {.threads = 1, .executor = serial_executor()});
        simulation.run_ms(4000.0);
        rates.push_back(static_cast<double>(simulation.spike_count()) / 1000.0 / 4.0);
        CHECK(rates.back() == doctest::Approx(c.rate_hz).epsilon(0.06));
    }
    CHECK(*std::max_element(rates.begin(), rates.end()) < 1.12 * *std::min_element(rates.begin(), rates.end()));
}

TEST_CASE("a plastic network fires at the same rate whatever the step") {
    std::vector<double> rates;
    for (const double dt : {1.0, 0.5, 0.1}) {
        CAPTURE(dt);
        NetworkBuilder net{{.seed = 42, .dt_ms = dt, .numerics = Numerics::accurate}};
        const auto exc = net.add_population({.name = "exc", .size = 800, .cell = regular_spiking()});
        const auto inh = net.add_population({.name = "inh", .size = 200, .cell = fast_spiking()});
        const PairStdp rule{.a_plus = 0.01, .a_minus = 0.0105, .dependence = WeightDependence::multiplicative};
        net.connect(exc, exc,
                    {.rule = fixed_outdegree(80),
                     .weight = 0.5,
                     .delay_ms = 2.0,
                     .plasticity = Plasticity{rule, {}, 0.0, 1.0, 0.0}});
        net.connect(exc, inh, {.rule = fixed_outdegree(20), .weight = 0.5, .delay_ms = 2.0});
        net.connect(inh, everyone, {.rule = fixed_outdegree(100), .weight = -1.0, .delay_ms = 2.0});
        net.stimulate(everyone, {.stimulus = PoissonTrains{.rate_hz = 2000.0, .weight = 2.5}});
        Simulation simulation(net.build(), {.threads = 1, .executor = serial_executor()});
        simulation.run_ms(2000.0);
        rates.push_back(static_cast<double>(simulation.spike_count()) / 1000.0 / 2.0);
        CHECK(rates.back() > 2.0);
    }
    CAPTURE(rates[0]);
    CAPTURE(rates[1]);
    CAPTURE(rates[2]);
    CHECK(*std::max_element(rates.begin(), rates.end()) < 1.12 * *std::min_element(rates.begin(), rates.end()));
}

TEST_SUITE_END();
