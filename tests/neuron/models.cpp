// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The forms of the neuron's equations in networks: against single neurons, step by step and over whole runs.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

CellType cell_of(const NeuronParameters& n) { return {n.a, n.b, n.c, n.d, n.model}; }

/// One neuron for each form.
std::vector<NeuronParameters> forms() {
    std::vector<NeuronParameters> list{{0.02, 0.2, -65.0, 8.0, {}},
                                       {0.02, -0.1, -55.0, 6.0, {.form = ModelForm::alt}},
                                       {0.02, 1.0, -55.0, 4.0, {.form = ModelForm::acc}}};
    for (const NamedNeuron& named : nine_parameter_neurons()) list.push_back(named.neuron);
    return list;
}

double strong_current(const NeuronParameters& neuron) {
    return neuron.model.form == ModelForm::nine_parameter ? 500.0 : 30.0;
}

/// The steps at which a network of one neuron fires under the pieces of a current.
std::vector<std::uint64_t> network_spikes(const NeuronRun& run, Isa isa = Isa::automatic) {
    NetworkBuilder net{{.dt_ms = run.dt_ms, .numerics = run.numerics}};
    const auto id = net.add_population(
        {.name = "one", .size = 1, .cell = cell_of(run.neuron), .v0_mv = run.v0, .u0_mv = Distribution(run.u0)});
    const double end = static_cast<double>(run.steps) * run.dt_ms;
    const auto first_step_at = [&](double t) { return std::ceil(t / run.dt_ms) * run.dt_ms; };
    for (const CurrentPiece& piece : run.current) {
        if (piece.start_ms > end) continue;
        const double start = first_step_at(piece.start_ms),
                     stop = std::min(first_step_at(std::min(piece.stop_ms, end)), end);
        if (!(stop > start)) continue;
        if (piece.rise == 0.0)
            net.stimulate(id,
                          {.stimulus = DirectCurrent{.amplitude = piece.value, .start_ms = start, .stop_ms = stop}});
        else net.stimulate(id, {.stimulus = Ramp{piece.at(start), piece.at(stop), start, stop}});
    }
    Simulation simulation{net.build(), {.threads = 1, .isa = isa}};
    Raster raster;
    simulation.run(run.steps, &raster);
    std::vector<std::uint64_t> steps;
    for (const Spike& s : raster.all) steps.push_back(s.step);
    return steps;
}

}  // namespace

TEST_SUITE("models") {
    TEST_CASE("a step of every form and numerics is the single neuron's") {
        for (const Isa isa : available_isas())
            for (const Numerics numerics :
                 {Numerics::published, Numerics::euler, Numerics::forward_euler, Numerics::accurate})
                for (const NeuronParameters& neuron : forms()) {
                    CAPTURE(std::string(to_string(isa)));
                    CAPTURE(std::string(to_string(numerics)));
                    CAPTURE(std::string(to_string(neuron.model.form)));
                    NetworkBuilder net{{.dt_ms = 0.25, .numerics = numerics}};
                    const auto id = net.add_population({.name = "p",
                                                        .size = 100,
                                                        .cell = cell_of(neuron),
                                                        .v0_mv = uniform(-80.0, neuron.model.threshold() - 1.5),
                                                        .u0_mv = uniform(-20.0, 20.0),
                                                        .bias_current = strong_current(neuron)});
                    Simulation simulation{net.build(), {.threads = 1, .isa = isa}};
                    const std::vector<float> v = read(simulation, Variable::v, 0), u = read(simulation, Variable::u, 0);
                    const auto spikes = simulation.step();
                    std::vector<bool> fired(100);
                    for (const Spike& s : spikes) fired[s.neuron] = true;
                    const std::vector<float> v1 = read(simulation, Variable::v, id.index),
                                             u1 = read(simulation, Variable::u, id.index);
                    CHECK(!spikes.empty());
                    CHECK(spikes.size() < 100);
                    for (std::size_t i = 0; i < 100; ++i) {
                        CAPTURE(v[i]);
                        SingleNeuron<double> one(neuron, numerics, 0.25, static_cast<double>(v[i]),
                                                 static_cast<double>(u[i]));
                        const bool expected = one.step(strong_current(neuron));
                        CHECK(fired[i] == expected);
                        if (fired[i] != expected) continue;
                        CHECK(static_cast<double>(v1[i]) == doctest::Approx(one.v()).epsilon(2e-3));
                        CHECK(static_cast<double>(u1[i]) == doctest::Approx(one.u()).epsilon(2e-3));
                    }
                }
    }

    TEST_CASE("the twenty patterns fire in networks as often as published") {
        for (const FiringPattern& pattern : firing_patterns()) {
            CAPTURE(std::string(pattern.name));
            const std::vector<std::uint64_t> steps = network_spikes(pattern.run());
            const NeuronTrace expected = run_neuron(pattern.run());
            REQUIRE(steps.size() == expected.spike_times_ms.size());
            // Networks file a spike under the end of its step. H drifts, as in every single precision.
            const double tolerance = pattern.letter == 'H' ? 3.0 : 0.51 * pattern.dt_ms;
            for (std::size_t s = 0; s < steps.size(); ++s)
                CHECK(std::abs(static_cast<double>(steps[s] - 1) * pattern.dt_ms - expected.spike_times_ms[s]) <=
                      tolerance);
        }
    }

    TEST_CASE("nine-parameter neurons of a network converge to the single neuron's spikes") {
        for (const NamedNeuron& named : nine_parameter_neurons()) {
            CAPTURE(std::string(named.name));
            const RestingState rest = resting_state(named.neuron);
            const NeuronRun run{.neuron = named.neuron,
                                .v0 = rest.v,
                                .u0 = rest.u,
                                .numerics = Numerics::accurate,
                                .dt_ms = 0.1,
                                .steps = 5000,
                                .current = {{.value = 500.0}}};
            const std::vector<std::uint64_t> steps = network_spikes(run);
            const std::vector<double> expected = run_neuron(run).spike_times_ms;
            REQUIRE(steps.size() == expected.size());
            for (std::size_t s = 0; s < steps.size(); ++s)
                CHECK(std::abs(static_cast<double>(steps[s]) * 0.1 - expected[s]) < 0.5);
        }
    }

    TEST_CASE("where u begins, and how high a spike is drawn") {
        NetworkBuilder net{{.numerics = Numerics::accurate}};
        const NeuronParameters nine = nine_parameter_neurons()[1].neuron;
        net.add_population({.name = "acc", .size = 1, .cell = {0.02, 1.0, -55.0, 4.0, {.form = ModelForm::acc}}});
        net.add_population({.name = "rest", .size = 1, .cell = cell_of(nine), .v0_mv = nine.model.vr});
        const auto id =
            net.add_population({.name = "up", .size = 1, .cell = cell_of(nine), .v0_mv = -65.0, .bias_current = 900.0});
        net.record_trace({.population = id, .neurons = {0}, .variables = {Variable::v}});
        Simulation simulation{net.build(), {.threads = 1}};
        CHECK(read(simulation, Variable::u, 0)[0] == -16.0f);
        CHECK(read(simulation, Variable::u, 1)[0] == 0.0f);
        CHECK(read(simulation, Variable::u, 2)[0] == 50.0f);  // b (v0 - vr) = 5 (-65 + 75)
        struct Highest : Observer {
            float v = -1000.0f;
            void sample(const Sample& s) override {
                for (const float value : s.values) v = std::max(v, value);
            }
        } highest;
        simulation.run(100, &highest);
        CHECK(highest.v == 50.0f);
    }

    TEST_CASE("constants of the nine-parameter form out of range are named") {
        const auto complaint = [](auto change) -> std::string {
            NetworkBuilder net{{}};
            PopulationSpec spec{.name = "p", .size = 1, .cell = nine_parameter_neurons()[0].cell()};
            change(spec);
            try {
                net.add_population(spec);
                (void)net.build();
            } catch (const Error& error) { return error.what(); }
            return "";
        };
        CHECK(complaint([](auto&) {}).empty());
        CHECK(complaint([](auto& s) { s.cell.model.capacitance = 0.0; }) ==
              "population.p.capacitance is 0; allowed: 0.001 to 1e+06");
        CHECK(complaint([](auto& s) { s.cell.model.k = -1.0; }).starts_with("population.p.k is -1"));
        CHECK(complaint([](auto& s) { s.cell.model.vr = NAN; }).starts_with("population.p.vr is nan"));
        CHECK(complaint([](auto& s) { s.cell.model.vt = 201.0; }).starts_with("population.p.vt is 201"));
        CHECK(complaint([](auto& s) { s.cell.model.vpeak = 300.0; }).starts_with("population.p.vpeak is 300"));
        CHECK(complaint([](auto& s) { s.cell.c = 34.5; }) == "population.p.c is 34.5; allowed: -200 to 34");
        CHECK(complaint([](auto& s) { s.v0_mv = 35.0; }) == "population.p.v0_mv is 35; allowed: -200 to 34");
        CHECK(complaint([](auto& s) { s.cell.model.form = static_cast<ModelForm>(7); }).find("nine-parameter") !=
              std::string::npos);
    }
}
