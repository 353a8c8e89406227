// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The integrate-and-fire neuron against closed solutions: constant input, currents of every course, jumps, conductances, and the
// steps after a spike.
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"

using namespace izhi;

namespace {

/// Samples of v of one neuron, and the steps in which it fired.
struct Seen final : Observer {
    std::vector<double> v;
    std::vector<std::uint64_t> steps;
    void sample(const Sample& sample) override { v.push_back(static_cast<double>(sample.values[0])); }
    void spikes(std::span<const Spike> spikes) override {
        for (const Spike& spike : spikes) steps.push_back(spike.step);
    }
};

/// One neuron, traced in every step.
struct One {
    explicit One(double dt_ms, const Model& model, double v0, double bias = 0.0,
                 Numerics numerics = Numerics::published)
        : net{{.seed = 3, .dt_ms = dt_ms, .numerics = numerics}} {
        CellType cell = leaky_integrate_and_fire();
        cell.model = model;
        cell.c = model.vr;
        id = net.add_population({.name = "lif", .size = 1, .cell = cell, .v0_mv = v0, .bias_current = bias});
        net.record_trace({.population = id, .neurons = {0}, .interval_ms = dt_ms});
    }
    Seen run(std::uint64_t steps) {
        Simulation simulation(net.build(), {.threads = 1, .executor = serial_executor()});
        Seen seen;
        simulation.run(steps, &seen);
        return seen;
    }
    NetworkBuilder net;
    PopulationId id;
};

/// That of Potjans and Diesmann (2014).
Model microcircuit_cell() {
    Model model = leaky();
    model.vr = -65.0;
    model.vt = -50.0;
    return model;
}

constexpr Numerics kNumerics[] = {Numerics::published, Numerics::euler, Numerics::forward_euler, Numerics::accurate};

}  // namespace

TEST_SUITE("leaky") {
    TEST_CASE("constant input: v follows the exponential law, in every step and numerics") {
        const Model model = microcircuit_cell();
        for (const Numerics numerics : kNumerics)
            for (const double dt : {0.025, 0.1, 1.0, 10.0}) {
                CAPTURE(dt);
                CAPTURE(std::string(to_string(numerics)));
                const double current = 300.0, resistance = model.tau_m_ms / model.capacitance;
                const Seen seen = One(dt, model, -60.0, current, numerics).run(40);
                REQUIRE(seen.v.size() == 40);
                for (std::size_t k = 0; k < seen.v.size(); ++k) {
                    const double end = model.vr + resistance * current, t = dt * static_cast<double>(k + 1);
                    CHECK(seen.v[k] ==
                          doctest::Approx(end + (-60.0 - end) * std::exp(-t / model.tau_m_ms)).epsilon(1e-6));
                }
            }
    }

    TEST_CASE("a neuron waits for whole refractory steps and starts again from its reset value") {
        // NEST's rule: ISI = refractory steps + steps from reset to threshold.
        for (const Numerics numerics : {Numerics::published, Numerics::accurate})
            for (const double refractory : {0.0, 0.1, 1.0, 2.0}) {
                CAPTURE(refractory);
                Model model = microcircuit_cell();
                model.refractory_ms = refractory;
                constexpr double dt = 0.1, current = 500.0;
                const double end = model.vr + model.tau_m_ms / model.capacitance * current;
                const double to_threshold =
                    std::ceil(model.tau_m_ms * std::log((end - model.vr) / (end - model.vt)) / dt);
                const Seen seen = One(dt, model, model.vr, current, numerics).run(2000);
                REQUIRE(seen.steps.size() > 3);
                CHECK(static_cast<double>(seen.steps[0]) == to_threshold);
                for (std::size_t i = 1; i < seen.steps.size(); ++i)
                    CHECK(static_cast<double>(seen.steps[i] - seen.steps[i - 1]) ==
                          std::round(refractory / dt) + to_threshold);
            }
    }

    TEST_CASE("an exponential current: the course of v is exact whatever the step, also for equal time constants") {
        const Model model = microcircuit_cell();
        for (const double dt : {0.1, 0.5, 1.0})
            for (const double tau : {0.5, 2.0, 9.999999, 10.0, 10.00001, 30.0}) {
                CAPTURE(dt);
                CAPTURE(tau);
                One one(dt, model, model.vr);
                constexpr double weight = 87.8085;
                one.net.stimulate(
                    one.id,
                    {.stimulus = SpikeTimes{.weight = weight, .times_ms = {2.0}, .dynamics = ExponentialCurrent{tau}}});
                const Seen seen = one.run(static_cast<std::uint64_t>(60.0 / dt));
                double highest = 0.0;
                for (std::size_t k = 0; k < seen.v.size(); ++k) {
                    const double t = dt * static_cast<double>(k + 1) - 2.0, m = model.tau_m_ms;
                    const double x = t <= 0.0 ? 0.0
                                     : std::abs(tau - m) < 1e-3
                                         ? t * std::exp(-t / m)
                                         : tau * m / (tau - m) * (std::exp(-t / tau) - std::exp(-t / m));
                    CHECK(std::abs(seen.v[k] - model.vr - weight / model.capacitance * x) < 1e-4);
                    highest = std::max(highest, seen.v[k] - model.vr);
                }
                // Potjans and Diesmann (2014): 87.8 pA and 0.5 ms make 0.15 mV.
                if (tau == 0.5 && dt == 0.1) CHECK(highest == doctest::Approx(0.15).epsilon(2e-3));
            }
    }

    TEST_CASE("an alpha current: the course of v is exact whatever the step") {
        const Model model = microcircuit_cell();
        for (const double dt : {0.1, 0.5, 1.0})
            for (const double tau : {0.325, 2.0, 10.0, 30.0}) {
                if (tau < dt / 2) continue;  // refused
                CAPTURE(dt);
                CAPTURE(tau);
                One one(dt, model, model.vr);
                constexpr double weight = 100.0;
                one.net.stimulate(one.id, {.stimulus = SpikeTimes{
                                               .weight = weight, .times_ms = {2.0}, .dynamics = AlphaCurrent{tau}}});
                const Seen seen = one.run(static_cast<std::uint64_t>(60.0 / dt));
                for (std::size_t k = 0; k < seen.v.size(); ++k) {
                    const double t = dt * static_cast<double>(k + 1) - 2.0, m = model.tau_m_ms;
                    // integral over s from 0 to t of s / tau e^(1 - s / tau) e^(-(t - s) / m)
                    const double rate = 1.0 / tau - 1.0 / m;
                    const double integral =
                        std::abs(rate) < 1e-9
                            ? t * t / 2.0 * std::exp(-t / m)
                            : (std::exp(-t / m) - std::exp(-t / tau) * (1.0 + rate * t)) / (rate * rate);
                    const double x = t <= 0.0 ? 0.0 : std::exp(1.0) / tau * integral;
                    CHECK(std::abs(seen.v[k] - model.vr - weight / model.capacitance * x) < 5e-5);
                }
            }
    }

    TEST_CASE("a spike through a synapse without dynamics is a jump of v by its weight; none while refractory") {
        for (const double dt : {0.1, 1.0}) {
            CAPTURE(dt);
            Model model = microcircuit_cell();
            One one(dt, model, model.vr);
            one.net.stimulate(one.id, {.stimulus = SpikeTimes{.weight = 1.5, .times_ms = {2.0, 5.0, 5.0}}});
            const Seen seen = one.run(static_cast<std::uint64_t>(8.0 / dt));
            const auto at = [&](double ms) { return seen.v.at(static_cast<std::size_t>(std::lround(ms / dt))); };
            CHECK(at(1.0) == doctest::Approx(model.vr));
            CHECK(at(2.0) == doctest::Approx(model.vr + 1.5).epsilon(1e-7));
            CHECK(at(5.0) == doctest::Approx(model.vr + 1.5 * std::exp(-3.0 / model.tau_m_ms) + 3.0).epsilon(1e-6));

            One spiking(dt, model, model.vr);
            // the first makes it fire; the second comes in the pause; the third after it
            spiking.net.stimulate(spiking.id, {.stimulus = SpikeTimes{.weight = 16.0, .times_ms = {2.0, 3.0, 6.0}}});
            const Seen seen_spikes = spiking.run(static_cast<std::uint64_t>(20.0 / dt));
            REQUIRE(seen_spikes.steps.size() == 2);
            CHECK(static_cast<double>(seen_spikes.steps[1] - 1) * dt == doctest::Approx(6.0));
        }
    }

    TEST_CASE("conductances: exponential Euler, which converges with the step and is stable for any of it") {
        Model model = leaky();
        model.capacitance = 200.0;
        model.tau_m_ms = 20.0;
        model.vr = -60.0;
        model.vt = -20.0;
        // dv/dt = ((E_L - v) g_L + g (E - v)) / C in double precision with a step of a thousandth of a millisecond
        constexpr double tau = 5.0, reversal = 0.0, weight = 10.0, h = 1e-3;
        std::map<int, double> exact;
        double v = model.vr, g = weight;
        for (int k = 0; k < 20'000; ++k) {
            exact[k] = v;
            const double leak = model.capacitance / model.tau_m_ms, total = leak + g * std::exp(-h / 2 / tau);
            const double end = (leak * model.vr + g * std::exp(-h / 2 / tau) * reversal) / total;
            v = end + (v - end) * std::exp(-h * total / model.capacitance);
            g *= std::exp(-h / tau);
        }
        double before = 1e9;
        for (const double dt : {1.0, 0.5, 0.25, 0.125}) {
            One one(dt, model, model.vr);
            one.net.stimulate(
                one.id,
                {.stimulus = SpikeTimes{.weight = weight, .times_ms = {0.0}, .dynamics = Conductance{tau, reversal}}});
            const Seen seen = one.run(static_cast<std::uint64_t>(15.0 / dt));
            double error = 0.0;
            for (std::size_t k = 0; k < seen.v.size(); ++k)
                error = std::max(
                    error,
                    std::abs(seen.v[k] - exact[static_cast<int>(std::lround(dt * static_cast<double>(k + 1) / h))]));
            CAPTURE(dt);
            CHECK(error < 0.05 * dt);
            CHECK(error < 0.6 * before);
            before = error;
        }
        // A conductance of 10,000 times the leak draws v to its reversal potential and never beyond.
        One strong(10.0, model, model.vr);
        strong.net.stimulate(strong.id,
                             {.stimulus = SpikeTimes{
                                  .weight = 1e5, .times_ms = {0.0, 10.0, 20.0}, .dynamics = Conductance{50.0, -80.0}}});
        for (const double at : strong.run(5).v) {
            CHECK(at >= -80.0);
            CHECK(at < -79.9);
        }
    }

    TEST_CASE("the kernel's exponential: a hundred conductances of every size against exp()") {
        Model model = leaky();
        model.capacitance = 100.0;
        model.tau_m_ms = 10.0;  // a leak of 10 nS
        model.vr = -70.0;
        model.vt = 0.0;
        for (double g = 0.01; g < 1e5; g *= 1.2) {
            One one(1.0, model, -65.0);
            // an infinitely slow conductance with the leak's own potential: v decays with (leak + g) / C
            one.net.stimulate(
                one.id, {.stimulus = SpikeTimes{.weight = g, .times_ms = {0.0}, .dynamics = Conductance{1e5, -70.0}}});
            const Seen seen = one.run(1);
            const double share = 1e5 * (1.0 - std::exp(-1e-5));
            CAPTURE(g);
            CHECK(std::abs(seen.v[0] - (-70.0 + 5.0 * std::exp(-(10.0 + g * share) / 100.0))) < 1e-5);
        }
    }

    TEST_CASE("a cell above its threshold drives itself; what it begins at, and what is refused") {
        Model model = leaky();
        model.vr = -49.0;
        model.vt = -50.0;
        model.tau_m_ms = 20.0;
        model.refractory_ms = 5.0;
        CellType cell = leaky_integrate_and_fire();
        cell.model = model;
        cell.c = -60.0;
        NetworkBuilder net{{.dt_ms = 0.1}};
        net.add_population({.name = "lif", .size = 1, .cell = cell, .v0_mv = -60.0});
        Simulation simulation(net.build(), {.threads = 1});
        Seen seen;
        simulation.run(4000, &seen);
        // CUBA: 5 ms + 20 ms ln 11 = 52.96 ms between spikes without any synapse
        REQUIRE(seen.steps.size() == 7);
        CHECK(static_cast<double>(seen.steps[1] - seen.steps[0]) == doctest::Approx(529.6).epsilon(2e-3));

        const auto complaint = [&](auto change) -> std::string {
            PopulationSpec spec{.name = "lif", .size = 1, .cell = leaky_integrate_and_fire()};
            change(spec);
            NetworkBuilder with;
            with.add_population(spec);
            try {
                (void)with.build();
            } catch (const Error& error) { return error.what(); }
            return "";
        };
        CHECK(complaint([](PopulationSpec&) {}).empty());
        CHECK(complaint([](auto& s) { s.cell.model.tau_m_ms = 0.0; }).find("tau_m_ms") != std::string::npos);
        CHECK(complaint([](auto& s) { s.cell.model.capacitance = -1.0; }).find("capacitance") != std::string::npos);
        CHECK(complaint([](auto& s) { s.cell.model.refractory_ms = -1.0; }).find("refractory_ms") != std::string::npos);
        CHECK(complaint([](auto& s) { s.cell.model.vt = NAN; }).find("v_th_mv") != std::string::npos);
        CHECK(complaint([](auto& s) { s.cell.c = -55.0; }).find("v_reset_mv") != std::string::npos);
        CHECK(complaint([](auto& s) { s.v0_mv = -55.0; }).find("v0_mv") != std::string::npos);
        CHECK(complaint([](auto& s) { s.cell.d = uniform(0.0, 1.0); }).find("lif") != std::string::npos);
    }

    TEST_CASE("a refractory time that is not of whole steps is rounded, and a note reports it") {
        NetworkBuilder net{{.dt_ms = 0.1}};
        CellType cell = leaky_integrate_and_fire();
        cell.model.refractory_ms = 0.25;
        net.add_population({.name = "lif", .size = 1, .cell = cell});
        const Network network = net.build();
        REQUIRE(network.notes().size() == 1);
        CHECK(network.notes()[0].field == "refractory_ms");
    }
}
