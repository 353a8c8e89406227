// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Notes on what is allowed but should be known; starts at rest; runs that leave single precision.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"

using namespace izhi;

namespace {

bool tells(const std::vector<Note>& notes, const std::string& subject, const std::string& text) {
    return std::any_of(notes.begin(), notes.end(), [&](const Note& note) {
        return note.subject == subject && note.text.find(text) != std::string::npos;
    });
}

struct One {
    explicit One(Numerics numerics = Numerics::published, double dt_ms = 1.0)
        : net{{.dt_ms = dt_ms, .numerics = numerics}} {
        p = net.add_population({.name = "p", .size = 3});
    }
    void stimulate(Stimulus stimulus) { net.stimulate(p, {.name = "s", .stimulus = std::move(stimulus)}); }
    std::vector<Note> notes() const { return net.build().notes(); }
    NetworkBuilder net;
    PopulationId p;
};

struct Spikes final : Observer {
    std::vector<Spike> all;
    void spikes(std::span<const Spike> spikes) override { all.insert(all.end(), spikes.begin(), spikes.end()); }
};

Simulation one_thread(const Network& network) {
    return Simulation(network, {.threads = 1, .executor = serial_executor()});
}

}  // namespace

TEST_SUITE_BEGIN("notes");

TEST_CASE("an ordinary network has none, and its run has none") {
    One one;
    one.stimulate(DirectCurrent{.amplitude = 5.0});
    CHECK(one.notes().empty());
    CHECK(one.net.build().notes_beyond(1).empty());
    Simulation simulation = one_thread(one.net.build());
    simulation.run(1000);
    CHECK(simulation.spike_count() > 0);
    CHECK(simulation.notes().empty());
}

TEST_CASE("input that acts in no step") {
    const auto note_of = [](Stimulus stimulus, double dt_ms = 1.0) {
        One one(Numerics::published, dt_ms);
        one.stimulate(std::move(stimulus));
        const auto notes = one.notes();
        CHECK(notes.size() <= 1);
        return notes.empty() ? std::string() : sentence(notes[0]);
    };
    CHECK(note_of(DirectCurrent{.amplitude = 0.0}) == "stimulus.s: never acts: it is 0");
    CHECK(note_of(PoissonTrains{.rate_hz = 0.0, .weight = 1.0}) == "stimulus.s: never acts: it is 0");
    CHECK(note_of(DirectCurrent{.amplitude = 1.0, .start_ms = 5.2, .stop_ms = 5.9})
              .starts_with("stimulus.s: never acts: no step"));
    CHECK(note_of(DirectCurrent{.amplitude = 1.0, .start_ms = 5.2, .stop_ms = 5.9}, 0.1).empty());
    CHECK(note_of(DirectCurrent{.amplitude = 1.0, .start_ms = 5.0, .stop_ms = 5.9}).empty());
    CHECK(note_of(Ramp{.from = 1.0, .to = 2.0, .start_ms = 3.1, .stop_ms = 3.2})
              .starts_with("stimulus.s: never acts: no step"));
    CHECK(note_of(SpikeTimes{.weight = 1.0, .times_ms = {5.3}}).empty());
}

TEST_CASE("what lies beyond the end of a run") {
    One one;
    one.stimulate(SpikeTimes{.weight = 1.0, .times_ms = {10.0, 99.5, 100.0, 2000.0}});
    one.net.stimulate(one.p, {.name = "late", .stimulus = DirectCurrent{.amplitude = 1.0, .start_ms = 100.0}});
    one.net.record_trace({.name = "slow", .population = one.p, .neurons = {0}, .interval_ms = 101.0});
    one.net.connect(one.p, one.p, {.name = "far", .rule = all_to_all(), .weight = 1.0, .delay_ms = 101.0});
    const Network network = one.net.build();
    const auto notes = network.notes_beyond(100);
    CHECK(notes.size() == 4);
    CHECK(tells(notes, "stimulus.s", "2 of 4 never act"));
    CHECK(tells(notes, "stimulus.late", "never acts: it starts at 100 ms"));
    CHECK(tells(notes, "trace.slow", "longer than the run, which ends at 100 ms"));
    CHECK(tells(notes, "projection.far", "no spike arrives"));
    CHECK(network.notes_beyond(2001).empty());
}

TEST_CASE("the nine-parameter form under published") {
    for (const Numerics numerics : {Numerics::published, Numerics::accurate}) {
        NetworkBuilder net{{.numerics = numerics}};
        net.add_population({.name = "fs", .size = 1, .cell = nine_parameter_neurons()[3].cell(), .v0_mv = -55.0});
        CHECK(tells(net.build().notes(), "population.fs", "were published with numerics") ==
              (numerics == Numerics::published));
    }
}

TEST_CASE("inhibition that is stronger than a step can follow") {
    One pulses;
    pulses.stimulate(Pulses{.amplitude = -300.0, .start_ms = 63.0, .width_ms = 1.0, .period_ms = 64.0, .count = 100});
    CHECK(tells(pulses.notes(), "stimulus.s", "inhibits by 300 mV/ms"));
    Simulation fired = one_thread(pulses.net.build());
    fired.run(640);
    CHECK(fired.spike_count() > 0);
    CHECK(tells(fired.notes(), "population.p", "fired under an input below -100 mV/ms"));

    One accurate(Numerics::accurate);
    accurate.stimulate(Pulses{.amplitude = -300.0, .start_ms = 63.0, .width_ms = 1.0, .period_ms = 64.0, .count = 100});
    CHECK(accurate.notes().empty());
    Simulation quiet = one_thread(accurate.net.build());
    quiet.run(640);
    CHECK(!tells(quiet.notes(), "population.p", "fired under"));

    One low(Numerics::published, 0.1);
    low.stimulate(DirectCurrent{.amplitude = -200.0});
    Simulation sunken = one_thread(low.net.build());
    sunken.run(6400);
    CHECK(tells(sunken.notes(), "population.p", "below -120 mV"));
}

TEST_CASE("v_min_mv is a floor") {
    for (const Numerics numerics :
         {Numerics::published, Numerics::euler, Numerics::forward_euler, Numerics::accurate}) {
        NetworkBuilder net{{.numerics = numerics}};
        const auto bounded = net.add_population({.name = "bounded", .size = 2, .v_min_mv = -80.0});
        const auto free = net.add_population({.name = "free", .size = 2});
        net.stimulate(everyone, {.stimulus = DirectCurrent{.amplitude = -60.0}});
        Simulation simulation = one_thread(net.build());
        std::vector<float> v(2);
        for (int i = 0; i < 30; ++i) {
            simulation.run(1);
            simulation.read(Variable::v, bounded, v);
            REQUIRE(v[0] >= -80.0f);
        }
        CHECK(v[0] == -80.0f);
        simulation.read(Variable::v, free, v);
        CHECK(v[0] < -80.0f);
    }
}

TEST_CASE("accurate fires once per step, and tells when that is too seldom") {
    One one(Numerics::accurate);
    one.stimulate(DirectCurrent{.amplitude = 2000.0});
    Simulation simulation = one_thread(one.net.build());
    simulation.run(200);
    CHECK(tells(simulation.notes(), "population.p", "in two steps on end"));
}

TEST_CASE("a neuron that leaves single precision ends the run soon, before spikes that mean nothing") {
    for (const int threads : {1, 3}) {
        NetworkBuilder net{{.dt_ms = 10.0}};
        net.add_population({.name = "ordinary", .size = 1000, .bias_current = 0.0});
        net.add_population({.name = "wild", .size = 1000, .bias_current = 1e5});
        Simulation simulation(net.build(), {.threads = threads, .executor = thread_executor(threads)});
        Spikes spikes;
        std::string message;
        try {
            simulation.run(100000, &spikes);
        } catch (const RunError& error) { message = error.what(); }
        CHECK(message.starts_with("neuron 0 of population.wild left the range of single precision"));
        CHECK(simulation.steps_done() < 64);
        CHECK(simulation.spike_count() == spikes.all.size());
        for (const Spike& spike : spikes.all) REQUIRE(spike.step < simulation.steps_done());
        // A run with a valid state continues.
        Simulation fresh(net.build(), {.threads = threads, .executor = thread_executor(threads)});
        simulation.restore(fresh.checkpoint());
        CHECK_NOTHROW((void)simulation.step());
    }
    // A neuron whose v is NaN never fires again. It is found within 64 steps.
    NetworkBuilder net;
    net.add_population({.name = "p", .size = 3, .cell = {.a = 10.0, .b = 100.0, .c = -65.0, .d = 8.0}});
    Simulation simulation = one_thread(net.build());
    CHECK_THROWS_AS(simulation.run(100000), RunError);
    CHECK(simulation.steps_done() <= 1000);
}

TEST_CASE("neurons that would fire by themselves begin at rest") {
    const auto spikes = [](const CellType& cell, std::optional<Distribution> v0) {
        NetworkBuilder net;
        PopulationSpec spec{.name = "p", .size = 5, .cell = cell};
        if (v0) spec.v0_mv = *v0;
        net.add_population(spec);
        Simulation simulation = one_thread(net.build());
        simulation.run(1000);
        return simulation.spike_count();
    };
    CHECK(spikes(resonator(), -65.0) > 0);
    CHECK(spikes(resonator(), {}) == 0);
    CHECK(spikes(resonator(), rest()) == 0);
    CHECK(spikes(regular_spiking(), {}) == 0);

    NetworkBuilder net;
    const auto rs = net.add_population({.name = "rs", .size = 1});
    const auto resting = net.add_population({.name = "resting", .size = 1, .v0_mv = rest()});
    Simulation simulation = one_thread(net.build());
    std::vector<float> v(1);
    simulation.read(Variable::v, rs, v);
    CHECK(v[0] == -65.0f);
    simulation.read(Variable::v, resting, v);
    CHECK(v[0] == doctest::Approx(-70.0));
    for (const NamedCellType& type : named_cell_types()) {
        if (type.cell.b.kind != Distribution::Kind::constant) continue;
        const NeuronParameters neuron{.a = type.cell.a.p0, .b = type.cell.b.p0};
        const auto at = resting_v(neuron);
        REQUIRE(at);
        CHECK(std::abs(slope_v(neuron, *at, neuron.b * *at, 0.0)) < 1e-9);
        CHECK(starts_quiet(neuron, *at, neuron.b * *at));
    }
    for (const NamedNeuron& named : nine_parameter_neurons()) {
        const auto at = resting_v(named.neuron);
        REQUIRE(at);
        CHECK(std::abs(slope_v(named.neuron, *at, named.neuron.b * (*at - named.neuron.model.vr), 0.0)) < 1e-9);
    }
    NetworkBuilder none;
    none.add_population({.name = "p", .size = 1, .cell = {.b = uniform(0.2, 0.3)}, .v0_mv = rest()});
    CHECK_THROWS_WITH_AS(
        (void)none.build(),
        "population.p.v0_mv is rest, and with b = 0.3 a neuron has no resting state; allowed: a number; or a smaller b",
        Error);
    NetworkBuilder wrong;
    wrong.add_population({.name = "p", .size = 1, .bias_current = rest()});
    CHECK_THROWS_AS((void)wrong.build(), Error);
}

TEST_SUITE_END();
