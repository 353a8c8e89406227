// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The engine against the reference simulator, step by step, over all that can reach a neuron: every kind of stimulus,
// bias, noise and synapses of many delays, in all numerics.
//
// Twice: freely running side by side, for as long as single precision follows double; and with the reference put back
// onto the engine's state after every step, so that each step of a long run is judged by itself.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"
#include "reference_compare.hpp"
#include "reference_simulator.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

struct Case {
    std::string name;
    Numerics numerics;
    double dt_ms, shortest_delay_ms, longest_delay_ms;
    std::uint32_t scale;  ///< neurons, in units of the smallest network
    double one_weight;    ///< a weight of this size is there too: beyond 1000, synapses take eight bytes
    Storage storage;      ///< procedural: with the exact noise law, too
    std::uint64_t steps;
    /// For which single precision keeps to double's spikes: 100 ms, or less where steps are so short that a spike may fall
    /// on the border of two.
    std::uint64_t free_steps;
};

/// Everything at once. The seed is one with which no neuron comes within rounding of the threshold while running freely:
/// with about half of the others, one does, and fires a step earlier or later than in double precision.
Network make_network(const Case& c) {
    NetworkBuilder net{{.seed = 80,
                        .dt_ms = c.dt_ms,
                        .numerics = c.numerics,
                        .noise = c.storage == Storage::stored ? NoiseLaw::table : NoiseLaw::exact}};
    const auto exc =
        net.add_population({.name = "exc", .size = 70 * c.scale, .cell = excitatory_2003(), .noise_stddev = 3.0});
    const auto inh =
        net.add_population({.name = "inh", .size = 20 * c.scale + 1, .cell = inhibitory_2003(), .noise_stddev = 1.5});
    const auto mixed =
        net.add_population({.name = "mixed",
                            .size = 13 * c.scale,
                            .cell = {uniform(0.02, 0.1), 0.2, clipped_normal(-60.0, 5.0, -70.0, -50.0), 4.0},
                            .v0_mv = uniform(-75.0, -55.0),
                            .u0_mv = -12.0,
                            .bias_current = uniform(2.0, 6.0)});
    net.add_population({.name = "quiet", .size = 5, .cell = thalamo_cortical(), .v0_mv = -63.0});

    const Distribution delays = uniform(c.shortest_delay_ms, c.longest_delay_ms);
    net.connect(exc, everyone,
                {.rule = fixed_outdegree(20), .weight = uniform(0.0, 1.5), .delay_ms = delays, .storage = c.storage});
    net.connect(inh, everyone,
                {.name = "inhibition",
                 .rule = fixed_indegree(10),
                 .weight = uniform(-2.0, 0.0),
                 .delay_ms = c.shortest_delay_ms});
    net.connect(mixed, exc,
                {.rule = fixed_probability(0.1),
                 .weight = clipped_normal(0.8, 0.2, 0.5, 2.0),
                 .delay_ms = delays,
                 .storage = c.storage});
    net.connect(inh, mixed,
                {.name = "dense",
                 .rule = all_to_all(),
                 .weight = uniform(-0.5, 0.0),
                 .delay_ms = c.longest_delay_ms,
                 .storage = c.storage});
    net.connect(mixed, everyone,
                {.name = "others",
                 .rule = fixed_outdegree(9),
                 .weight = uniform(-1.0, 1.0),
                 .delay_ms = c.shortest_delay_ms,
                 .autapses = false,
                 .storage = c.storage});
    net.connect(mixed, mixed, {.name = "chain", .rule = one_to_one(), .weight = 2.0, .delay_ms = c.longest_delay_ms});
    net.connect(exc, exc,
                {.name = "few",
                 .rule = explicit_list({{0, 1, 3.0, c.longest_delay_ms},
                                        {1, 1, 0.3, c.longest_delay_ms},
                                        {0, 1, c.one_weight, c.shortest_delay_ms}})});

    net.stimulate(exc, {.stimulus = DirectCurrent{.amplitude = 4.0}, .first = 3, .count = 40});
    net.stimulate(everyone, {.stimulus = DirectCurrent{.amplitude = 2.0, .start_ms = 10.0, .stop_ms = 25.5}});
    net.stimulate(inh, {.stimulus = Ramp{.from = -1.0, .to = 8.0, .start_ms = 5.0, .stop_ms = 35.0}});
    net.stimulate(
        mixed, {.stimulus = Pulses{.amplitude = 9.0, .start_ms = 2.0, .width_ms = 1.5, .period_ms = 7.3, .count = 4}});
    net.stimulate(
        everyone,
        {.stimulus = PoissonTrains{.rate_hz = 150.0, .weight = 2.0, .start_ms = 4.0, .stop_ms = 300.0}, .first = 10});
    net.stimulate(
        exc, {.stimulus = SpikeTimes{.weight = 6.0, .times_ms = {3.0, 3.05, 12.75, 33.0}}, .first = 1, .count = 60});

    trace_everything(net, c.dt_ms);
    return net.build();
}

}  // namespace

TEST_SUITE("reference") {
    TEST_CASE("the engine follows the reference simulator") {
        using enum Numerics;
        using enum Storage;
        const Case cases[] = {
            {"published, 1 ms, delays 1 to 50 steps", published, 1.0, 1.0, 50.0, 7, 1.0, stored, 400, 100},
            {"published, 1 ms, eight-byte synapses", published, 1.0, 1.0, 8.0, 2, 20000.0, stored, 400, 100},
            {"published, 0.5 ms, several steps between barriers", published, 0.5, 2.0, 20.0, 9, 1.0, stored, 400, 200},
            {"published, 0.1 ms", published, 0.1, 0.1, 5.0, 7, 1.0, stored, 1000, 250},
            {"euler, 1 ms", euler, 1.0, 1.0, 3.0, 7, 1.0, stored, 400, 100},
            {"euler, 0.1 ms", euler, 0.1, 0.5, 5.0, 7, 1.0, stored, 1000, 250},
            {"accurate, 1 ms", accurate, 1.0, 1.0, 50.0, 1, 1.0, stored, 200, 100},
            {"accurate, 0.5 ms", accurate, 0.5, 1.5, 10.0, 1, 1.0, stored, 400, 200},
            {"accurate, 0.1 ms", accurate, 0.1, 0.1, 5.0, 1, 1.0, stored, 1000, 1000},
            {"published, 1 ms, drawn anew", published, 1.0, 1.0, 7.0, 7, 1.0, procedural, 400, 100},
            {"published, 0.5 ms, drawn anew, eight bytes", published, 0.5, 1.5, 20.0, 4, 20000.0, procedural, 400, 100},
        };
        for (const Case& c : cases) {
            CAPTURE(c.name);
            const Network network = make_network(c);
            REQUIRE(network.bytes_per_synapse() == (c.one_weight > 1000.0 ? 8 : 4));
            Recording recording(network, c.steps), reduced(network, c.steps);
            Simulation simulation{network,
                                  {.threads = 2, .delivery = Delivery::partition, .executor = thread_executor(2)}};
            Simulation reducing{network, {.threads = 2, .delivery = Delivery::reduce, .executor = thread_executor(2)}};
            ReferenceSimulator judged(simulation), beside = judged;
            simulation.run(c.steps, &recording);
            reducing.run(c.steps, &reduced);
            CHECK(recording.fired == reduced.fired);
            CHECK(recording.v == reduced.v);
            CHECK(recording.u == reduced.u);
            CHECK(recording.current == reduced.current);

            // the exact law has an error of 1e-6 of itself; jumps of v are larger currents in shorter steps
            const double current_bound = (c.storage == stored ? 3e-6 : 1e-5) / std::min(1.0, c.dt_ms);
            const Deviations put_back = compare(recording, judged, c.steps, Mode::put_back);
            CHECK(put_back.steps == c.steps);
            CHECK(put_back.spikes > 100);
            CHECK(put_back.current < current_bound);
            CHECK(put_back.u < 2e-5);
            CHECK(put_back.v < (c.numerics == Numerics::accurate ? 2e-3 : 1e-4));

            const Deviations free = compare(recording, beside, c.free_steps, Mode::free);
            CHECK(free.steps == c.free_steps);
            CHECK(free.spikes > 100);
            CHECK(free.current < current_bound);
            CHECK(free.visible < 0.01);
        }
    }
}
