// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Synapses with a course in time, short-term plasticity and rules of learning in the engine, against the reference simulator,
// which computes them from the times of all spikes. The reference is put back onto the engine's v and u after every step,
// so that the spikes are the same for hundreds of steps; currents and weights are its own from the first step to the last.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"
#include "reference_compare.hpp"
#include "reference_simulator.hpp"
#include "simd/kernels.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// Two populations that fire at some 20 Hz by themselves, and a third that only listens.
struct Populations {
    explicit Populations(NetworkBuilder& net)
        : exc(net.add_population({.name = "exc",
                                  .size = 160,
                                  .cell = excitatory_2003(),
                                  .bias_current = uniform(2.0, 6.0),
                                  .noise_stddev = 4.0})),
          inh(net.add_population({.name = "inh",
                                  .size = 41,
                                  .cell = inhibitory_2003(),
                                  .bias_current = uniform(2.0, 4.0),
                                  .noise_stddev = 2.0})),
          quiet(net.add_population({.name = "quiet", .size = 30, .cell = regular_spiking()})) {
        net.stimulate(everyone, {.stimulus = RandomNeurons{.amplitude = 15.0, .count = 3, .start_ms = 5.0}});
    }
    PopulationId exc, inh, quiet;
};

/// Runs a network under both deliveries and judges every step. @param check what is to hold in the end
template <class Check>
void follow(NetworkBuilder& net, std::uint64_t steps, double current_bound, const Check& check) {
    trace_everything(net, net.description().spec.dt_ms);
    const Network network = net.build();
    Recording recording(network, steps), reduced(network, steps);
    Simulation simulation{network, {.threads = 2, .delivery = Delivery::partition, .executor = thread_executor(2)}};
    Simulation reducing{network, {.threads = 3, .delivery = Delivery::reduce, .executor = thread_executor(3)}};
    ReferenceSimulator reference(simulation);
    simulation.run(steps, &recording);
    reducing.run(steps, &reduced);
    CHECK(recording.fired == reduced.fired);
    CHECK(recording.v == reduced.v);
    CHECK(recording.current == reduced.current);
    const Deviations worst = compare(recording, reference, steps, Mode::put_back);
    CHECK(worst.steps == steps);
    CHECK(worst.spikes > 500);
    // jumps of v are larger currents in shorter steps
    CHECK(worst.current < current_bound / std::min(1.0, network.dt_ms()));
    CHECK(worst.v < 10.0 * current_bound);
    check(simulation, reference);
}
void follow(NetworkBuilder& net, std::uint64_t steps, double current_bound) {
    follow(net, steps, current_bound, [](const Simulation&, const ReferenceSimulator&) {});
}

struct Clock {
    double dt_ms;
    std::uint64_t steps;
    Numerics numerics;
};
constexpr Clock kClocks[] = {
    {1.0, 500, Numerics::published}, {0.5, 800, Numerics::published}, {0.1, 2000, Numerics::euler}};

}  // namespace

TEST_SUITE_BEGIN("reference");

TEST_CASE("synapses with a course in time follow the reference") {
    for (const Clock& clock : kClocks) {
        CAPTURE(clock.dt_ms);
        NetworkBuilder net{{.seed = 5, .dt_ms = clock.dt_ms, .numerics = clock.numerics, .noise = NoiseLaw::uniform}};
        const Populations p(net);
        // The delays of every kind are its own, by which the reference knows it.
        const auto connect = [&](Selection from, Selection to, const SynapseDynamics& dynamics, Distribution weight,
                                 double from_ms, double to_ms) {
            net.connect(from, to,
                        {.name = "p" + std::to_string(net.description().projections.size()),
                         .rule = fixed_outdegree(12),
                         .weight = weight,
                         .delay_ms = uniform(from_ms, to_ms),
                         .dynamics = dynamics});
        };
        connect(p.exc, everyone, DeltaCurrent{}, uniform(0.0, 1.0), 1.0, 2.0);
        connect(p.exc, everyone, ExponentialCurrent{5.0}, uniform(0.0, 0.3), 3.0, 5.0);
        connect(p.inh, everyone, ExponentialCurrent{2.5}, uniform(-1.0, 0.5), 3.0, 3.0);
        connect(p.inh, everyone, AlphaCurrent{7.0}, uniform(-0.5, 0.0), 4.0, 6.0);
        connect(p.exc, p.inh, AlphaCurrent{1.0}, uniform(0.0, 1.0), 6.0, 6.0);
        connect(p.exc, everyone, ampa(), uniform(0.0, 0.005), 7.0, 8.0);
        connect(p.exc, p.inh, nmda(), uniform(0.0, 0.0002), 9.0, 11.0);
        connect(p.inh, everyone, gaba_a(), uniform(0.0, 0.01), 7.0, 9.0);
        connect(p.inh, p.exc, gaba_b(), uniform(0.0, 0.001), 12.0, 20.0);
        connect(p.inh, p.quiet, Conductance{3.0, -60.0, VoltageFactor::nmda}, uniform(0.0, 0.01), 21.0, 21.0);
        follow(net, clock.steps, 2e-5);
    }
}

TEST_CASE("short-term plasticity follows the reference, at any delay") {
    for (const Clock& clock : kClocks) {
        CAPTURE(clock.dt_ms);
        NetworkBuilder net{{.seed = 6, .dt_ms = clock.dt_ms, .numerics = clock.numerics}};
        const Populations p(net);
        const auto connect = [&](Selection from, const SynapseDynamics& dynamics, ShortTermPlasticity law,
                                 Distribution weight, double from_ms, double to_ms) {
            net.connect(from, everyone,
                        {.name = "p" + std::to_string(net.description().projections.size()),
                         .rule = fixed_outdegree(9),
                         .weight = weight,
                         .delay_ms = uniform(from_ms, to_ms),
                         .dynamics = dynamics,
                         .short_term = law});
        };
        connect(p.exc, DeltaCurrent{}, excitatory_short_term(), uniform(0.0, 2.0), 1.0, 2.0);
        connect(p.exc, DeltaCurrent{}, {0.05, 300.0, 20.0}, uniform(-1.0, 2.0), 3.0, 25.0);
        connect(p.inh, ExponentialCurrent{3.0}, inhibitory_short_term(), uniform(-2.0, 0.0), 1.0, 9.0);
        connect(p.inh, DeltaCurrent{}, {1.0, 1.0, 100.0}, -1.0, 10.0, 10.0);
        net.connect(p.inh, p.exc, {.name = "as-ever", .rule = fixed_outdegree(9), .weight = -0.5, .delay_ms = 40.0});
        follow(net, clock.steps, 1e-3);
    }
}

namespace {

struct Currents : Observer {
    std::vector<std::array<double, 2>> values;
    void sample(const Sample& s) override {
        values.push_back({static_cast<double>(s.values[0]), static_cast<double>(s.values[1])});
    }
};

}  // namespace

TEST_CASE(
    "short-term plasticity: every spike of a row of them has a factor of its own, the nearest of its fixed point") {
    // A source that fires in every step: factors of a step are still being read where those of the next are written.
    for (const bool wide : {false, true})
        for (const Delivery delivery : {Delivery::partition, Delivery::reduce})
            for (const bool reversed : {false, true}) {
                CAPTURE(wide);
                CAPTURE(reversed);
                NetworkBuilder net;
                const auto from = net.add_population({.name = "from", .size = 1, .cell = regular_spiking()});
                const auto to = net.add_population({.name = "to", .size = 1500, .cell = regular_spiking()});
                const ShortTermPlasticity law{0.1, 90.0, 12.0};
                net.connect(from, to, {.rule = all_to_all(), .weight = 1.0, .short_term = law});
                // something faint onto the same neurons, which never fire, makes synapses of 8 bytes
                net.connect(to, to, {.rule = one_to_one(), .weight = wide ? 1e-4 : 1.0, .short_term = law});
                net.record_trace({.population = to, .neurons = {0, 1499}, .variables = {Variable::current}});
                const Network network = net.build();
                REQUIRE(network.bytes_per_synapse() == (wide ? 8 : 4));
                Simulation simulation(network,
                                      {.threads = 4, .delivery = delivery, .executor = serial_executor(reversed)});
                Currents currents;
                for (int step = 0; step <= 40; ++step) {
                    simulation.apply(ForcedSpikes{everyone, {0}});
                    simulation.run(1, &currents);
                }
                double u = 0.0, x = 1.0;
                // half a step of the factor and half a quantum of what it scales; the rest is single precision
                const double bound = 0.5 / simd::kFactorOne + 0.5 * network.weight_quantum(ProjectionId(0)) + 1e-6;
                for (std::size_t step = 1; step < currents.values.size(); ++step) {
                    CAPTURE(step);
                    u *= std::exp(-1.0 / law.tau_u_ms);
                    x = 1.0 - (1.0 - x) * std::exp(-1.0 / law.tau_x_ms);
                    u += law.utilisation * (1.0 - u);
                    for (const double current : currents.values[step]) CHECK(std::abs(current - u * x) < bound);
                    x -= u * x;
                }
            }
}

namespace {

struct Learning {
    std::string name;
    Plasticity plasticity;
    double delay_from_ms, delay_to_ms;
};

/// Every rule, pairing, dependence and way of change; dendritic delays up to all of the shortest delay.
std::vector<Learning> learnings() {
    const PairStdp pair{0.05, 0.06, 15.0, 25.0, Pairing::all_to_all, WeightDependence::additive};
    const auto paired = [&](Pairing pairing, WeightDependence dependence) {
        PairStdp rule = pair;
        rule.pairing = pairing;
        rule.dependence = dependence;
        return rule;
    };
    TripletStdp triplet{0.02, 0.03, 0.04, 0.015, 16.8, 33.7, 101.0, 125.0};
    TripletStdp latest = triplet;
    latest.pairing = Pairing::nearest;
    latest.dependence = WeightDependence::multiplicative;

    PairStdp bent = pair;
    bent.dependence = WeightDependence::power;
    bent.mu_plus = 0.4;
    bent.mu_minus = 1.5;
    TripletStdp bent_triplet = triplet;
    bent_triplet.dependence = WeightDependence::power;
    bent_triplet.mu_plus = 0.0;

    using enum WeightDependence;
    return {
        {"pairs, all to all, additive", {.rule = paired(Pairing::all_to_all, additive), .highest = 2.0}, 1.0, 20.0},
        {"pairs, nearest, additive", {.rule = paired(Pairing::nearest, additive), .highest = 2.0}, 1.0, 1.0},
        {"pairs, all to all, multiplicative",
         {.rule = paired(Pairing::all_to_all, multiplicative), .lowest = -1.0, .highest = 2.0},
         2.0,
         30.0},
        {"pairs, nearest, multiplicative, dendritic",
         {.rule = paired(Pairing::nearest, multiplicative), .highest = 2.0, .dendritic_delay_ms = 3.0},
         3.0,
         9.0},
        {"pairs, dendritic", {.rule = pair, .highest = 2.0, .dendritic_delay_ms = 4.0}, 10.0, 14.0},
        {"anti-Hebbian pairs", {.rule = PairStdp{-0.05, -0.04, 20.0, 20.0}, .highest = 2.0}, 1.0, 5.0},
        {"triplets", {.rule = triplet, .highest = 2.0}, 1.0, 10.0},
        {"triplets, nearest, multiplicative, dendritic",
         {.rule = latest, .highest = 2.0, .dendritic_delay_ms = 2.0},
         5.0,
         15.0},
        {"accumulated", {.rule = pair, .change = AccumulatedChange{50.0, 0.7, 0.003}, .highest = 2.0}, 1.0, 20.0},
        {"accumulated triplets, multiplicative",
         {.rule = latest, .change = AccumulatedChange{20.0, 0.9, -0.001}, .highest = 2.0},
         1.0,
         3.0},
        {"rewarded", {.rule = pair, .change = RewardedChange{10.0, 0.95, 0.02}, .highest = 2.0}, 1.0, 4.0},
        {"pairs, powers", {.rule = bent, .highest = 2.0}, 1.0, 20.0},
        {"accumulated pairs, powers",
         {.rule = bent, .change = AccumulatedChange{50.0, 0.7, 0.003}, .highest = 2.0},
         1.0,
         9.0},
        {"triplets, powers",
         {.rule = bent_triplet, .lowest = 0.2, .highest = 2.0, .dendritic_delay_ms = 2.0},
         3.0,
         3.0},
        {"the symmetric rule, dendritic",
         {.rule = SymmetricStdp{0.02, 20.0, 10.0}, .highest = 2.0, .dendritic_delay_ms = 1.0},
         1.0,
         20.0},
        {"the symmetric rule, rewarded",
         {.rule = SymmetricStdp{0.03, 10.0, 20.0}, .change = RewardedChange{10.0, 0.95, 0.02}, .highest = 2.0},
         2.0,
         2.0},
        {"the rule of 2006",
         {.rule = polychronization_2006().rule, .change = ImmediateChange{}, .highest = 2.0},
         1.0,
         20.0},
    };
}

}  // namespace

TEST_CASE("rules of learning follow the reference") {
    for (const Learning& learning : learnings()) {
        for (const Clock& clock : kClocks) {
            CAPTURE(learning.name);
            CAPTURE(clock.dt_ms);
            NetworkBuilder net{{.seed = 7, .dt_ms = clock.dt_ms, .numerics = clock.numerics, .dopamine_tau_ms = 80.0}};
            const Populations p(net);
            const Distribution start = uniform(0.5, 1.5),
                               delays = uniform(learning.delay_from_ms, learning.delay_to_ms);
            net.connect(p.exc, everyone,
                        {.name = "learning",
                         .rule = fixed_outdegree(15),
                         .weight = start,
                         .delay_ms = delays,
                         .plasticity = learning.plasticity});
            net.connect(p.inh, p.exc,
                        {.name = "depressed",
                         .rule = fixed_indegree(5),
                         .weight = start,
                         .delay_ms = delays,
                         .dynamics = ExponentialCurrent{4.0},
                         .short_term = inhibitory_short_term(),
                         .plasticity = learning.plasticity});
            net.connect(p.inh, everyone, {.name = "fixed", .rule = fixed_outdegree(10), .weight = -1.0});
            net.reward({.when = RewardTimes{{20.0, 20.2, 90.0, 300.0}}, .amount = 0.3});
            follow(net, clock.steps, 5e-4, [&](const Simulation& simulation, const ReferenceSimulator& reference) {
                for (const std::size_t projection : {0U, 1U}) {
                    std::vector<float> weights(simulation.plastic_synapse_count(ProjectionId(projection)));
                    simulation.read_weights(ProjectionId(projection), weights);
                    const std::vector<double> expected = reference.synapses().plastic_weights(projection);
                    REQUIRE(weights.size() == expected.size());
                    double worst = 0.0;
                    for (std::size_t i = 0; i < weights.size(); ++i)
                        worst = std::max(worst, std::abs(weights[i] - expected[i]));
                    CHECK(worst < 2e-5);
                }
            });
        }
    }
}

TEST_SUITE_END();
