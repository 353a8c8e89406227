// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Interventions: what they do, each against a network that was described that way or against the law written out.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "izhi/error.hpp"
#include "scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

NetworkBuilder two(double exc_noise = 5.0, double exc_weight = 3.0, Storage storage = Storage::stored) {
    NetworkBuilder net{{.name = "two", .seed = 5}};
    const auto exc =
        net.add_population({.name = "exc", .size = 700, .cell = excitatory_2003(), .noise_stddev = exc_noise});
    const auto inh = net.add_population({.name = "inh", .size = 200, .cell = inhibitory_2003(), .noise_stddev = 2.0});
    net.connect(exc, everyone,
                {.rule = fixed_outdegree(60),
                 .weight = uniform(0.0, exc_weight),
                 .delay_ms = uniform(1.0, 6.0),
                 .storage = storage});
    net.connect(inh, everyone, {.rule = fixed_probability(0.1), .weight = uniform(-4.0, 0.0), .delay_ms = 2.0});
    return net;
}
constexpr PopulationId kExc{0}, kInh{1};

}  // namespace

TEST_SUITE_BEGIN("live");

TEST_CASE("live: noise scaled before the first step is noise described that way") {
    Simulation scaled(two(2.5).build()), described(two(5.0).build());
    scaled.apply(NoiseScale{kExc, 2.0});
    scaled.run(200);
    described.run(200);
    CHECK(described.spike_count() > 100);
    CHECK(scaled.state_hash() == described.state_hash());
    scaled.apply(NoiseScale{kExc, 0.0});
    described.apply(NoiseScale{kExc, 0.5});
    scaled.run(50);
    described.run(50);
    CHECK(scaled.state_hash() != described.state_hash());
}

TEST_CASE("live: a population current is a direct current from that step on") {
    NetworkBuilder net = two();
    net.stimulate(kExc, {.stimulus = DirectCurrent{.amplitude = 4.0, .start_ms = 30.0, .stop_ms = 90.0}});
    Simulation described(net.build()), live(two().build());
    described.run(150);
    live.run(30);
    live.apply(PopulationCurrent{kExc, 4.0});
    live.run(60);
    live.apply(PopulationCurrent{kExc, 0.0});
    live.run(60);
    CHECK(live.state_hash() == described.state_hash());
    Simulation plain(two().build());
    plain.run(150);
    CHECK(live.state_hash() != plain.state_hash());
}

TEST_CASE("live: a pulse is a stimulus of its steps, onto its range") {
    NetworkBuilder net = two();
    net.stimulate(
        everyone,
        {.stimulus = Pulses{.amplitude = 9.0, .start_ms = 20.0, .width_ms = 3.0}, .first = 650, .count = 100});
    Simulation described(net.build()), live(two().build());
    described.run(60);
    live.run(20);
    live.apply(CurrentPulse{.target = everyone, .amplitude = 9.0, .steps = 3, .first = 650, .count = 100});
    live.run(40);
    CHECK(live.state_hash() == described.state_hash());
}

TEST_CASE("live: spikes from outside are spike times of one step") {
    NetworkBuilder net = two();
    net.stimulate(kInh, {.stimulus = SpikeTimes{.weight = 11.0, .times_ms = {20.0}}, .first = 17, .count = 1});
    net.stimulate(kInh, {.stimulus = SpikeTimes{.weight = 22.0, .times_ms = {20.0}}, .first = 199, .count = 1});
    Simulation described(net.build()), live(two().build());
    described.run(60);
    live.run(20);
    live.apply(InputSpikes{kInh, 11.0, {199, 17, 199}});
    live.run(40);
    CHECK(live.state_hash() == described.state_hash());
}

TEST_CASE("live: each neuron its own current, added to that of its population") {
    NetworkBuilder net = two();
    net.stimulate(kExc, {.stimulus = DirectCurrent{.amplitude = 3.5, .start_ms = 10.0}, .first = 40, .count = 1});
    net.stimulate(kExc, {.stimulus = DirectCurrent{.amplitude = 2.0, .start_ms = 10.0}, .first = 41, .count = 1});
    net.stimulate(kExc, {.stimulus = DirectCurrent{.amplitude = 1.5, .start_ms = 10.0}, .first = 0, .count = 40});
    net.stimulate(kExc, {.stimulus = DirectCurrent{.amplitude = 1.5, .start_ms = 10.0}, .first = 42});
    Simulation described(net.build()), live(two().build());
    described.run(60);
    live.run(10);
    live.apply(NeuronCurrents{kExc, 40, {2.0f, 0.5f}});
    live.apply(PopulationCurrent{kExc, 1.5});
    live.run(50);
    CHECK(live.state_hash() == described.state_hash());
}

TEST_CASE("live: forced neurons fire, are reset and reach their targets") {
    for (const Numerics numerics : {Numerics::published, Numerics::accurate}) {
        NetworkBuilder net{{.seed = 3, .numerics = numerics}};
        const auto a = net.add_population({.name = "a", .size = 70, .cell = regular_spiking()});
        const auto b = net.add_population({.name = "b", .size = 3, .cell = regular_spiking()});
        net.connect(a, b, {.rule = explicit_list({{.source = 65, .target = 1, .weight = 5.0, .delay_ms = 3.0}})});
        Simulation forced(net.build()), free(net.build());
        forced.run(4);
        free.run(5);
        forced.apply(ForcedSpikes{a, {65, 2, 65}});
        const auto spikes = forced.step();
        REQUIRE(spikes.size() == 2);
        CHECK(spikes[0] == Spike{5, 2});
        CHECK(spikes[1] == Spike{5, 65});
        const auto v = read(forced, Variable::v, 0), u = read(forced, Variable::u, 0);
        const auto free_v = read(free, Variable::v, 0), free_u = read(free, Variable::u, 0);
        for (std::size_t i = 0; i < v.size(); ++i) {
            const bool fired = i == 65 || i == 2;
            CHECK(v[i] == (fired ? -65.0f : free_v[i]));
            CHECK(u[i] == (fired ? free_u[i] + 8.0f : free_u[i]));
        }
        for (int step = 6; step <= 8; ++step) {
            CHECK(forced.step().empty());
            free.step();
            const auto targets = read(forced, Variable::v, 1), untouched = read(free, Variable::v, 1);
            CHECK(targets[0] == untouched[0]);
            CHECK((targets[1] > untouched[1]) == (step == 8));  // it fired at 5 and takes 3 ms
        }
    }
}

TEST_CASE("live: weights scaled before the first step are weights described that way") {
    for (const Storage storage : {Storage::stored, Storage::procedural})
        for (const double factor : {0.0, 0.5, 4.0, 30.0}) {
            Simulation scaled(two(5.0, 3.0, storage).build()), described(two(5.0, 3.0 * factor, storage).build());
            scaled.apply(WeightScale{ProjectionId(0), factor});
            CHECK(scaled.weight_factor(ProjectionId(0)) == factor);
            CHECK(scaled.weight_quantum(ProjectionId(0)) == described.weight_quantum(ProjectionId(0)));
            for (const std::uint32_t n : {0u, 350u, 699u, 850u}) {
                const auto x = scaled.synapses_of(n), y = described.synapses_of(n);
                REQUIRE(x.size() == y.size());
                for (std::size_t i = 0; i < x.size(); ++i) {
                    CHECK(x[i].target == y[i].target);
                    CHECK(x[i].weight == y[i].weight);
                    CHECK(x[i].delay_steps == y[i].delay_steps);
                }
            }
            scaled.run(100);
            described.run(100);
            CHECK(scaled.spike_hash() == described.spike_hash());
            CHECK(scaled.state_hash() == described.state_hash());
        }
}

TEST_CASE("live: weights scaled in a run whose strata are delivered window by window") {
    // Stored rows hold the same synapses and know no windows: 55,000 targets to a stratum are two.
    const auto network = [](Storage storage) {
        NetworkBuilder net{{.name = "windows", .seed = 19}};
        const auto exc =
            net.add_population({.name = "exc", .size = 100'013, .cell = excitatory_2003(), .noise_stddev = 5.0});
        const auto inh =
            net.add_population({.name = "inh", .size = 9'987, .cell = inhibitory_2003(), .noise_stddev = 2.0});
        net.connect(exc, everyone, {.rule = fixed_outdegree(8, 2), .weight = uniform(0.0, 20.0), .storage = storage});
        net.connect(inh, everyone, {.rule = fixed_outdegree(8, 2), .weight = uniform(-40.0, 0.0), .storage = storage});
        return net.build();
    };
    const auto run = [](const Network& built, int threads, Delivery delivery, bool scaled) {
        Simulation simulation(built, {.threads = threads, .delivery = delivery});
        simulation.run(6);
        if (scaled) simulation.apply(WeightScale{ProjectionId(0), 1.7});
        simulation.run(4);
        if (scaled) simulation.apply(WeightScale{ProjectionId(1), 0.25});
        simulation.run(3);
        if (scaled) simulation.apply(WeightScale{ProjectionId(0), 0.0});  // to nothing, and back
        simulation.run(2);
        if (scaled) simulation.apply(WeightScale{ProjectionId(0), 1.0});
        simulation.run(3);
        return std::pair(simulation.spike_hash(), simulation.state_hash());
    };
    const Network stored = network(Storage::stored), windowed = network(Storage::procedural);
    const auto expected = run(stored, 1, Delivery::partition, true);
    CHECK(run(windowed, 1, Delivery::partition, true) == expected);
    CHECK(run(windowed, 3, Delivery::partition, true) == expected);
    CHECK(run(windowed, 2, Delivery::reduce, true) == expected);
    CHECK(run(windowed, 1, Delivery::partition, false) != expected);
}

TEST_CASE("live: spikes in flight keep the weights they were fired with") {
    for (const Delivery delivery : {Delivery::partition, Delivery::reduce})
        for (const double factor : {0.0, 0.25, 50.0}) {
            NetworkBuilder net{{.seed = 3}};
            const auto a = net.add_population({.name = "a", .size = 128, .cell = regular_spiking()});
            net.connect(a, a,
                        {.rule = explicit_list({{.source = 5, .target = 100, .weight = 5.0, .delay_ms = 1.0},
                                                {.source = 5, .target = 101, .weight = 5.0, .delay_ms = 3.0}})});
            net.record_trace({.population = a, .neurons = {100, 101}, .variables = {Variable::current}});
            struct Currents : Observer {
                std::vector<float> all;
                void sample(const Sample& s) override { all.insert(all.end(), s.values.begin(), s.values.end()); }
            } currents;
            Simulation simulation(net.build(), {.threads = 2, .delivery = delivery, .executor = serial_executor()});
            simulation.apply(ForcedSpikes{a, {5}});
            simulation.run(1, &currents);
            simulation.apply(WeightScale{ProjectionId(0), factor});
            simulation.run(1, &currents);
            simulation.apply(WeightScale{ProjectionId(0), 1.0});
            simulation.apply(WeightScale{ProjectionId(0), factor});
            simulation.apply(ForcedSpikes{a, {5}});
            simulation.run(4, &currents);
            const auto scaled = static_cast<float>(5.0 * factor);
            CHECK(currents.all == std::vector<float>{0, 0, 5, 0, 0, 0, scaled, 5, 0, 0, 0, scaled});
        }
}

TEST_CASE("live: what is refused names the fault and changes nothing") {
    Simulation simulation(two().build()), untouched(two().build());
    const auto refused = [&](const Intervention& intervention, const std::string& message) {
        try {
            simulation.apply(intervention);
        } catch (const Error& error) {
            CHECK(error.what() == message);
            return;
        }
        FAIL("accepted; expected: " << message);
    };
    refused(NoiseScale{{2}, 1.0}, "noise-scale.population is population number 2; allowed: 0 to 1");
    refused(NoiseScale{kExc, -1.0}, "noise-scale.factor is -1; allowed: 0 to 100");
    refused(NoiseScale{kExc, NAN}, "noise-scale.factor is nan; allowed: 0 to 100");
    refused(PopulationCurrent{kExc, 2e5}, "population-current.current is 2e+05; allowed: -1e+05 to 1e+05");
    refused(PopulationCurrent{{9}, 0.0}, "population-current.population is population number 9; allowed: 0 to 1");
    refused(NeuronCurrents{kInh, 199, {1.0f, 2.0f}}, "neuron-currents.currents are 2; allowed: 1 to 1");
    refused(NeuronCurrents{kInh, 200, {1.0f}}, "neuron-currents.first is 200; allowed: 0 to 199");
    refused(NeuronCurrents{kInh, 0, {1.0f, INFINITY}}, "neuron-currents.currents is inf; allowed: -1e+05 to 1e+05");
    refused(CurrentPulse{.target = kExc, .amplitude = 1.0, .steps = 0},
            "current-pulse.steps are 0; allowed: 1 to 1000000000");
    refused(CurrentPulse{.target = kExc, .amplitude = 1.0, .first = 10, .count = 691},
            "current-pulse.count is 691; allowed: 1 to 690");
    refused(InputSpikes{everyone, 1.0, {3, 900}}, "input-spikes.neurons holds 900; allowed: 0 to 899");
    refused(ForcedSpikes{kInh, {3, 200}}, "forced-spikes.neurons holds 200; allowed: 0 to 199");
    refused(WeightScale{ProjectionId(2), 1.0}, "weight-scale.projection is number 2; allowed: 0 to 1");
    refused(WeightScale{ProjectionId(0), 101.0}, "weight-scale.factor is 101; allowed: 0 to 100");
    for (std::size_t i = 0; i < kMostPulses; ++i)
        simulation.apply(CurrentPulse{.target = kExc, .amplitude = 0.0, .steps = 5});
    refused(CurrentPulse{.target = kExc, .amplitude = 1.0},
            "current-pulse is one more than can be under way; allowed: 1024 at a time");
    simulation.run(5);
    untouched.run(5);
    CHECK(simulation.state_hash() == untouched.state_hash());
    simulation.apply(CurrentPulse{.target = kExc, .amplitude = 1.0});  // those before are over
    simulation.run(1);
    untouched.run(1);
    CHECK(simulation.state_hash() != untouched.state_hash());
}

TEST_CASE("live: every intervention is told with its step") {
    std::vector<std::string> log;
    Simulation simulation(two().build(), {.on_intervention = [&](std::uint64_t step, const Intervention& what) {
                              log.push_back(std::to_string(step) + ' ' + std::string(kind_of(what)));
                          }});
    simulation.apply(NoiseScale{kExc, 2.0});
    simulation.run(7);
    simulation.apply(PopulationCurrent{kExc, 1.0});
    CHECK_THROWS_AS(simulation.apply(PopulationCurrent{kExc, 1e9}), Error);
    simulation.apply(WeightScale{ProjectionId(0), 2.0});
    CHECK(log == std::vector<std::string>{"0 noise-scale", "7 population-current", "7 weight-scale"});
}

TEST_SUITE_END();
