// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "determinism_scenes.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "tests/step/scenes.hpp"

namespace izhi::test {
namespace {

/// Every rule, delays of 1 to 200 steps, weights of every law. `faintest` is the largest weight of the faintest
/// projection: far below the others it makes synapses wide.
Network delays_scene(double faintest) {
    NetworkBuilder net{{.name = "delays", .seed = 11}};
    const auto a = net.add_population({.name = "a", .size = 700, .cell = excitatory_2003(), .noise_stddev = 5.0});
    const auto b = net.add_population({.name = "b", .size = 333, .cell = inhibitory_2003(), .noise_stddev = 4.0});
    const auto c = net.add_population({.name = "c",
                                       .size = 333,
                                       .cell = chattering(),
                                       .v0_mv = uniform(-80.0, -50.0),
                                       .bias_current = uniform(0.0, 6.0),
                                       .noise_stddev = 2.0});
    const Distribution late = uniform(1.0, 200.0);
    net.connect(a, everyone,
                {.rule = fixed_outdegree(60), .weight = clipped_normal(2.5, 0.8, 0.0, 6.0), .delay_ms = late});
    net.connect(b, a,
                {.rule = fixed_probability(0.1),
                 .weight = clipped_normal(-4.0, 1.2, -9.0, 0.0),
                 .delay_ms = clipped_normal(8.0, 5.0, 1.0, 30.0)});
    net.connect(b, c, {.rule = one_to_one(), .weight = 3.0, .delay_ms = 137.0});
    net.connect(c, b,
                {.rule = fixed_indegree(25),
                 .weight = uniform(0.0, 2.0),
                 .delay_ms = late,
                 .autapses = false,
                 .multapses = false});
    net.connect(c, c,
                {.rule = all_to_all(),
                 .weight = uniform(-faintest, faintest),
                 .delay_ms = uniform(1.0, 3.0),
                 .autapses = false});
    std::vector<ExplicitSynapse> listed;
    for (std::uint32_t i = 0; i < 300; ++i)
        listed.push_back({i * 7 % 700, i * 13 % 333, 0.25 * (i % 9), 1.0 + i % 200});
    net.connect(a, b, {.rule = explicit_list(std::move(listed))});
    return net.build();
}

/// No delay below 7 steps: several steps run between two barriers.
Network patient_scene() {
    NetworkBuilder net{{.name = "patient", .seed = 12, .dt_ms = 0.5}};
    const auto exc = net.add_population({.name = "exc", .size = 1201, .cell = excitatory_2003(), .noise_stddev = 6.0});
    const auto inh = net.add_population({.name = "inh", .size = 305, .cell = inhibitory_2003(), .noise_stddev = 3.0});
    net.connect(exc, everyone,
                {.rule = fixed_outdegree(80), .weight = uniform(0.0, 4.0), .delay_ms = uniform(3.5, 9.0)});
    net.connect(inh, everyone, {.rule = fixed_indegree(20), .weight = uniform(-8.0, 0.0), .delay_ms = 3.5});
    return net.build();
}

Network accurate_scene() {
    NetworkBuilder net{{.name = "accurate", .seed = 13, .dt_ms = 0.5, .numerics = Numerics::accurate}};
    std::uint32_t size = 40;
    for (const NamedCellType& type : named_cell_types())
        net.add_population({.name = std::string(type.name),
                            .size = size++,
                            .cell = type.cell,
                            .bias_current = uniform(2.0, 8.0),
                            .noise_stddev = 3.0});
    net.connect(everyone, everyone,
                {.rule = fixed_probability(0.05), .weight = uniform(-1.0, 3.0), .delay_ms = uniform(0.5, 12.0)});
    return net.build();
}

/// Euler at dt 0.25 with every kind of stimulus.
Network stimulated_scene() {
    NetworkBuilder net{{.name = "stimulated", .seed = 14, .dt_ms = 0.25, .numerics = Numerics::euler}};
    const auto a = net.add_population(
        {.name = "a", .size = 600, .cell = regular_spiking(), .u0_mv = uniform(-15.0, -10.0), .noise_stddev = 2.0});
    const auto b = net.add_population({.name = "b", .size = 77, .cell = fast_spiking()});
    net.connect(a, b, {.rule = fixed_outdegree(5), .weight = 4.0, .delay_ms = uniform(0.25, 5.0)});
    net.connect(b, a, {.rule = fixed_outdegree(30), .weight = -6.0, .delay_ms = 0.75});
    net.stimulate(
        a,
        {.stimulus = DirectCurrent{.amplitude = 6.0, .start_ms = 10.0, .stop_ms = 60.0}, .first = 100, .count = 300});
    net.stimulate(everyone,
                  {.stimulus = Ramp{.from = -2.0, .to = 9.0, .start_ms = 5.0, .stop_ms = 70.0}, .first = 500});
    net.stimulate(
        b, {.stimulus = Pulses{.amplitude = 15.0, .start_ms = 3.0, .width_ms = 2.5, .period_ms = 12.5, .count = 4}});
    net.stimulate(a, {.stimulus = PoissonTrains{.rate_hz = 400.0, .weight = 14.0}});
    net.stimulate(everyone, {.stimulus = SpikeTimes{.weight = 25.0, .times_ms = {0.0, 7.3, 7.3, 41.25, 74.9}}});
    return net.build();
}

/// 300 populations of 1 to 100 neurons, which share blocks; two types of cells in turn.
Network many_populations_scene() {
    NetworkBuilder net{{.name = "many", .seed = 15}};
    std::vector<PopulationId> ids;
    for (std::uint32_t i = 0; i < 300; ++i)
        ids.push_back(net.add_population({.name = "p" + std::to_string(i),
                                          .size = 1 + i * 37 % 100,
                                          .cell = i % 5 ? excitatory_2003() : inhibitory_2003(),
                                          .noise_stddev = 5.0}));
    net.connect(everyone, everyone,
                {.rule = fixed_outdegree(10), .weight = uniform(-2.0, 5.0), .delay_ms = uniform(1.0, 4.0)});
    net.connect(ids[299], everyone, {.rule = all_to_all(), .weight = 0.004, .delay_ms = 2.0});
    return net.build();
}

/// Synapses drawn stratum by stratum: four to each, and other numbers, which take another way.
Network strata_scene(Storage storage) {
    NetworkBuilder net{{.name = "strata", .seed = 16}};
    const auto exc = net.add_population({.name = "exc", .size = 1700, .cell = excitatory_2003(), .noise_stddev = 5.0});
    const auto inh = net.add_population({.name = "inh", .size = 431, .cell = inhibitory_2003(), .noise_stddev = 2.0});
    net.connect(exc, everyone, {.rule = fixed_outdegree(60, 15), .weight = uniform(0.0, 5.0), .storage = storage});
    net.connect(inh, everyone,
                {.rule = fixed_outdegree(60, 15),
                 .weight = uniform(-9.0, 0.0),
                 .delay_ms = 2.0,
                 .autapses = false,
                 .storage = storage});
    net.connect(inh, exc, {.rule = fixed_outdegree(11, 3), .weight = uniform(-3.0, 0.0), .storage = storage});
    return net.build();
}

/// Strata of more targets than a window holds: several windows, and several groups of classes of the excitatory sources.
Network windows_scene() {
    NetworkBuilder net{{.name = "windows", .seed = 18}};
    const auto exc =
        net.add_population({.name = "exc", .size = 100'013, .cell = excitatory_2003(), .noise_stddev = 5.0});
    const auto inh = net.add_population({.name = "inh", .size = 9'987, .cell = inhibitory_2003(), .noise_stddev = 2.0});
    net.connect(exc, everyone,
                {.rule = fixed_outdegree(8, 2), .weight = uniform(0.0, 25.0), .storage = Storage::procedural});
    net.connect(inh, everyone,
                {.rule = fixed_outdegree(8, 2),
                 .weight = uniform(-40.0, 0.0),
                 .autapses = false,
                 .storage = Storage::procedural});
    return net.build();
}

/// Laws with tails, rules by numbers of synapses, unordered pairs, parts of populations, distances; learning too.
Network wiring_scene(Storage storage) {
    NetworkBuilder net{{.name = "wiring", .seed = 19, .dt_ms = 0.5}};
    const Point sheet{1.0, 1.5, 0.0};
    const auto exc = net.add_population({.name = "exc",
                                         .size = 901,
                                         .cell = excitatory_2003(),
                                         .bias_current = bounded(gamma(2.0, 0.5), 0.0, 6.0),
                                         .noise_stddev = 5.0,
                                         .position = Positions{.where = UniformPositions{sheet}, .period_mm = sheet}});
    const auto inh = net.add_population(
        {.name = "inh",
         .size = 240,
         .cell = inhibitory_2003(),
         .v0_mv = redrawn_normal(-65.0, 8.0, -80.0, -50.0),
         .noise_stddev = 3.0,
         .position = Positions{.where = GridPositions{{12, 20, 1}, {1.0 / 12, 0.075, 0.0}}, .period_mm = sheet}});
    net.connect(exc, everyone,
                {.rule = fixed_total(20'000),
                 .weight = bounded(lognormal(0.2, 0.7), 0.0, 20.0),
                 .delay_ms = redrawn_normal(1.5, 0.75, 0.25, 100.0),
                 .storage = storage});
    net.connect(inh, exc,
                {.rule = distance_probability(0.5, {DistanceKernel::gaussian, 0.15}),
                 .weight = gamma(4.0, -0.6),
                 .delay_ms = 0.0,
                 .storage = storage,
                 .velocity_mm_per_ms = 0.2,
                 .weight_profile = DistanceProfile{DistanceKernel::exponential, 0.6}});
    net.connect(inh, inh,
                {.rule = pairwise_poisson(0.05),
                 .weight = bounded(exponential(-1.5), -9.0, 0.0),
                 .delay_ms = uniform(0.5, 4.0),
                 .autapses = false,
                 .storage = storage});
    net.connect(exc, exc,
                {.name = "pairs",
                 .rule = fixed_probability(0.01),
                 .weight = uniform(0.0, 2.0),
                 .delay_ms = uniform(1.0, 9.0),
                 .symmetric = true,
                 .source_first = 400,
                 .target_first = 400});
    net.connect(exc, inh,
                {.name = "learning",
                 .rule = fixed_total_of(0.03),
                 .weight = redrawn_normal(2.0, 1.0, 0.0, 6.0),
                 .delay_ms = 1.0,
                 .plasticity = Plasticity{},
                 .source_first = 100,
                 .target_first = 50,
                 .source_count = 500,
                 .target_count = 120,
                 .velocity_mm_per_ms = 0.5});
    return net.build();
}

/// Every form of the equations in one network, in every numerics.
Network models_scene(Numerics numerics) {
    NetworkBuilder net{{.name = "models", .seed = 17, .dt_ms = 0.5, .numerics = numerics}};
    const auto simple =
        net.add_population({.name = "simple", .size = 300, .cell = excitatory_2003(), .noise_stddev = 5.0});
    const auto alt = net.add_population({.name = "alt",
                                         .size = 170,
                                         .cell = {0.02, uniform(-0.12, -0.08), -55.0, 6.0, {.form = ModelForm::alt}},
                                         .v0_mv = -60.0,
                                         .noise_stddev = 20.0});
    const auto acc = net.add_population(
        {.name = "acc", .size = 65, .cell = {0.02, 1.0, -55.0, 4.0, {.form = ModelForm::acc}}, .noise_stddev = 12.0});
    std::vector<PopulationId> nine;
    for (const NamedNeuron& named : nine_parameter_neurons()) {
        CellType cell = named.cell();
        if (nine.empty()) cell.c = uniform(-55.0, -45.0);
        nine.push_back(net.add_population({.name = std::string(named.name),
                                           .size = 130,
                                           .cell = cell,
                                           .v0_mv = named.neuron.model.vr,
                                           .bias_current = uniform(200.0, 500.0),
                                           .noise_stddev = 100.0}));
    }
    net.connect(simple, everyone,
                {.rule = fixed_outdegree(20), .weight = uniform(0.0, 3.0), .delay_ms = uniform(0.5, 4.0)});
    net.connect(nine[0], nine[1], {.rule = fixed_outdegree(20), .weight = uniform(0.0, 60.0)});
    net.connect(nine[3], everyone, {.rule = fixed_outdegree(15), .weight = uniform(-5.0, 0.0)});
    net.connect(alt, acc, {.rule = fixed_outdegree(3), .weight = 4.0});
    net.connect(acc, alt, {.rule = fixed_outdegree(3), .weight = 4.0});
    return net.build();
}

/// Every dynamics, short-term plasticity on sparse and dense rows, both families of neurons. Many faint conductances beside
/// strong currents make synapses wide; a few strong ones leave them narrow.
Network synapses_scene(bool faint) {
    NetworkBuilder net{{.name = "synapses", .seed = 18, .noise = NoiseLaw::uniform}};
    const auto exc = net.add_population({.name = "exc", .size = 700, .cell = excitatory_2003(), .noise_stddev = 5.0});
    const auto inh = net.add_population({.name = "inh", .size = 153, .cell = inhibitory_2003(), .noise_stddev = 3.0});
    const auto nine = net.add_population({.name = "nine",
                                          .size = 130,
                                          .cell = nine_parameter_neurons().front().cell(),
                                          .v0_mv = -60.0,
                                          .noise_stddev = 150.0});
    const Distribution delays = uniform(1.0, 12.0);
    const auto connect = [&](PopulationId source, Selection target, const char* name, Rule rule, Distribution weight,
                             Distribution delay, SynapseDynamics dynamics,
                             std::optional<ShortTermPlasticity> short_term = {}, Storage storage = Storage::stored) {
        net.connect(source, target,
                    {.name = name,
                     .rule = std::move(rule),
                     .weight = weight,
                     .delay_ms = delay,
                     .storage = storage,
                     .dynamics = dynamics,
                     .short_term = short_term});
    };
    const auto some = [&](std::uint32_t many) { return faint ? many : 1; };
    const auto weak = [&](double conductance) { return uniform(0.0, faint ? conductance : 0.15); };
    // weights far apart onto the same neurons need 8 bytes
    if (faint) connect(inh, everyone, "faint-ampa", fixed_outdegree(2), 1e-6, 2.0, ampa());
    if (faint) connect(inh, everyone, "faint-delta", fixed_outdegree(2), 1e-4, 2.0, DeltaCurrent{});
    connect(exc, everyone, "ampa", fixed_outdegree(some(30)), weak(0.01), delays, ampa());
    connect(exc, exc, "nmda", fixed_indegree(some(20)), weak(0.002), delays, nmda(), excitatory_short_term());
    connect(inh, exc, "gaba-a", fixed_probability(0.2), weak(0.05), 2.0, gaba_a(), inhibitory_short_term());
    connect(inh, everyone, "gaba-b", fixed_outdegree(some(20)), weak(0.002), 1.0, gaba_b(), {}, Storage::procedural);
    connect(exc, inh, "exponential", fixed_outdegree(20), uniform(0.0, 0.5), delays, ExponentialCurrent{4.0});
    connect(exc, nine, "alpha", fixed_outdegree(20), uniform(0.0, faint ? 40.0 : 5.0), delays, AlphaCurrent{3.0});
    connect(inh, inh, "dense", all_to_all(), uniform(-0.5, 0.0), 1.0, DeltaCurrent{}, excitatory_short_term());
    connect(nine, exc, "delta", fixed_outdegree(30), uniform(0.0, 3.0), 3.0, DeltaCurrent{});
    return net.build();
}

/// Every rule of plasticity and every way in which changes reach weights; delays shared by axons and dendrites.
Network plastic_scene(Pairing pairing) {
    NetworkBuilder net{{.name = "plastic", .seed = 19}};
    const auto exc = net.add_population(
        {.name = "exc", .size = 600, .cell = regular_spiking(), .v0_mv = uniform(-65.0, -55.0), .noise_stddev = 5.0});
    const auto inh = net.add_population(
        {.name = "inh", .size = 150, .cell = fast_spiking(), .v0_mv = uniform(-65.0, -55.0), .noise_stddev = 3.0});
    Plasticity summed = polychronization_2006();
    summed.change = AccumulatedChange{40.0, 0.9, 0.01};
    net.connect(exc, everyone,
                {.rule = fixed_outdegree(40),
                 .weight = 3.0,
                 .delay_ms = spread(1.0, 20.0),
                 .autapses = false,
                 .multapses = false,
                 .plasticity = summed});
    const auto connect = [&](PopulationId source, PopulationId target, const char* name, Rule rule, Distribution weight,
                             Distribution delay, const Plasticity& plasticity,
                             SynapseDynamics dynamics = DeltaCurrent{},
                             std::optional<ShortTermPlasticity> short_term = {}) {
        net.connect(source, target,
                    {.name = name,
                     .rule = std::move(rule),
                     .weight = weight,
                     .delay_ms = delay,
                     .dynamics = dynamics,
                     .short_term = short_term,
                     .plasticity = plasticity});
    };
    connect(exc, exc, "dendritic", fixed_indegree(20), uniform(0.0, 2.0), uniform(3.0, 9.0),
            {PairStdp{.a_plus = 0.2, .a_minus = 0.25, .pairing = pairing}, ImmediateChange{}, 0.0, 2.0, 2.0},
            DeltaCurrent{}, excitatory_short_term());
    connect(inh, exc, "triplets", fixed_probability(0.1), uniform(-5.0, 0.0), 2.0,
            {TripletStdp{.a2_plus = 0.1,
                         .a2_minus = 0.07,
                         .a3_plus = 0.06,
                         .a3_minus = 0.02,
                         .pairing = pairing,
                         .dependence = WeightDependence::multiplicative},
             ImmediateChange{}, -5.0, 0.0, 1.0});
    connect(exc, inh, "rewarded", fixed_outdegree(15), 1.0, 1.0,
            {PairStdp{.dependence = WeightDependence::multiplicative}, RewardedChange{}, 0.0, 4.0, 0.0},
            ExponentialCurrent{3.0});
    connect(exc, inh, "listed",
            explicit_list({{0, 0, 1.0, 1.0}, {0, 0, 1.0, 1.0}, {3, 149, 2.0, 7.0}, {599, 2, 0.5, 3.0}}), 0.0, 1.0,
            {PairStdp{}, ImmediateChange{}, 0.0, 4.0, 0.5});
    net.connect(inh, everyone, {.name = "fixed", .rule = fixed_outdegree(20), .weight = uniform(-4.0, 0.0)});
    net.stimulate(everyone, {.stimulus = RandomNeurons{.amplitude = 20.0, .count = 5, .start_ms = 10.0}});
    net.reward({.when = RewardTimes{{20.0, 77.0}}, .amount = 0.4});
    net.reward({.when = RewardCoincidence{.synapse = {ProjectionId(3), 7, 3},
                                          .window_ms = 60.0,
                                          .shortest_delay_ms = 5.0,
                                          .longest_delay_ms = 25.0,
                                          .start_weight = 0.0}});
    net.record_weights({.projection = ProjectionId(0), .sample = 50, .interval_ms = 30.0});
    return net.build();
}
/// The rules that the plastic scene lacks: weights by powers of their share, the named triplets, the symmetric rule.
Network rules_scene() {
    NetworkBuilder net{{.name = "rules", .seed = 23}};
    const auto exc = net.add_population(
        {.name = "exc", .size = 500, .cell = regular_spiking(), .v0_mv = uniform(-65.0, -55.0), .noise_stddev = 5.0});
    const auto inh = net.add_population(
        {.name = "inh", .size = 130, .cell = fast_spiking(), .v0_mv = uniform(-65.0, -55.0), .noise_stddev = 3.0});
    const auto connect = [&](PopulationId source, Selection target, const char* name, Distribution weight,
                             const Plasticity& plasticity, SynapseDynamics dynamics) {
        net.connect(source, target,
                    {.name = name,
                     .rule = fixed_outdegree(40),
                     .weight = weight,
                     .delay_ms = uniform(2.0, 6.0),
                     .dynamics = dynamics,
                     .plasticity = plasticity});
    };
    PairStdp pair{.a_plus = 0.2, .a_minus = 0.21, .dependence = WeightDependence::power};
    pair.mu_plus = 0.3;
    pair.mu_minus = 1.7;
    TripletStdp triplet = pfister_gerstner_2006(TripletSet::hippocampus, Pairing::nearest, 20.0);
    triplet.dependence = WeightDependence::power;
    triplet.mu_plus = 0.0;
    connect(exc, exc, "pairs", uniform(0.0, 2.0), {pair, ImmediateChange{}, 0.0, 2.0, 1.0}, DeltaCurrent{});
    connect(exc, inh, "triplets", uniform(0.0, 2.0), {triplet, AccumulatedChange{20.0, 0.5, 0.0}, -0.5, 2.0, 0.0},
            ExponentialCurrent{3.0});
    connect(inh, exc, "balance", uniform(0.0, 0.02), {SymmetricStdp{0.002, 20.0, 8.0}, ImmediateChange{}, 0.0, 0.2},
            gaba_a());
    connect(inh, inh, "currents", uniform(-1.0, 0.0),
            {SymmetricStdp{-0.05, 15.0, 10.0}, RewardedChange{5.0, 0.9, 0.1}, -2.0, 0.0}, DeltaCurrent{});
    net.stimulate(everyone, {.stimulus = RandomNeurons{.amplitude = 20.0, .count = 4, .start_ms = 10.0}});
    return net.build();
}
/// Integrate-and-fire neurons with every kind of synapse, spike sources, and every stimulus that the others lack.
Network leaky_scene(Numerics numerics) {
    NetworkBuilder net{{.name = "leaky", .seed = 20, .dt_ms = 0.25, .numerics = numerics}};
    CellType cell = leaky_integrate_and_fire();
    cell.c = uniform(-72.0, -66.0);
    const auto exc = net.add_population(
        {.name = "exc", .size = 700, .cell = cell, .v0_mv = uniform(-70.0, -56.0), .noise_stddev = 200.0});
    cell.model.tau_m_ms = 5.0;
    cell.model.refractory_ms = 0.5;
    const auto inh = net.add_population(
        {.name = "inh", .size = 153, .cell = cell, .v0_mv = -65.0, .bias_current = uniform(0.0, 300.0)});
    const auto simple =
        net.add_population({.name = "simple", .size = 90, .cell = excitatory_2003(), .noise_stddev = 5.0});
    const auto poisson =
        net.add_population({.name = "poisson", .size = 300, .source = PoissonSource{.rate_hz = uniform(0.0, 60.0)}});
    SpikeTrains trains;
    for (std::uint32_t k = 0; k < 300; ++k)
        trains.spikes.push_back({0.25 * static_cast<double>(k * 7 % 200), k * 11 % 601});
    const auto given = net.add_population({.name = "given", .size = 601, .source = trains});
    const auto connect = [&](PopulationId source, PopulationId target, std::uint32_t outdegree, Distribution weight,
                             SynapseDynamics dynamics, Distribution delay = 0.5) {
        net.connect(source, target,
                    {.rule = fixed_outdegree(outdegree), .weight = weight, .delay_ms = delay, .dynamics = dynamics});
    };
    connect(exc, exc, 30, uniform(0.0, 80.0), ExponentialCurrent{2.0}, uniform(0.25, 6.0));
    connect(exc, inh, 20, uniform(0.0, 90.0), AlphaCurrent{1.0});
    connect(inh, exc, 40, uniform(0.0, 4.0), gaba_a());
    connect(inh, inh, 20, uniform(-1.0, 0.0), DeltaCurrent{});
    connect(exc, simple, 10, uniform(0.0, 3.0), DeltaCurrent{});
    connect(simple, exc, 40, uniform(0.0, 2.0), nmda());
    connect(poisson, exc, 40, uniform(0.0, 2.0), ampa(), uniform(0.25, 3.0));
    connect(poisson, inh, 20, uniform(0.0, 2.0), DeltaCurrent{});
    connect(given, exc, 40, 90.0, ExponentialCurrent{2.0});
    net.connect(given, inh,
                {.rule = fixed_outdegree(20),
                 .weight = uniform(0.0, 2.0),
                 .delay_ms = 1.0,
                 .plasticity = Plasticity{PairStdp{}, ImmediateChange{}, 0.0, 4.0, 0.0}});
    net.stimulate(exc,
                  {.stimulus = PoissonTrains{.rate_hz = 3000.0, .weight = 60.0, .dynamics = ExponentialCurrent{2.0}},
                   .first = 100});
    net.stimulate(everyone,
                  {.stimulus = OrnsteinUhlenbeck{.mean = 1.0, .stddev = 3.0, .tau_ms = 4.0, .start_ms = 5.0}});
    net.stimulate(inh, {.stimulus = Sine{.amplitude = 100.0, .frequency_hz = 40.0, .offset = 50.0}});
    net.stimulate(exc, {.stimulus = PulsePacket{.weight = 2.0,
                                                .times_ms = {10.0, 30.0},
                                                .count = 12,
                                                .spread_ms = 1.5,
                                                .dynamics = Conductance{3.0, 0.0}},
                        .count = 300});
    net.stimulate(simple, {.stimulus = Waveform{.samples = {0.0, 8.0, -4.0, 6.0},
                                                .interval_ms = 9.0,
                                                .start_ms = 3.0,
                                                .interpolation = Interpolation::linear}});
    return net.build();
}
// Golden values: what every variant of every machine must give. They change only with a contract of the engine, and the
// commit that changes them says which one:
//  - all of them: the noise (keyed hash, normal table), the keys of random draws, the hashes' own definition, or the
//    arithmetic of a kernel;
//  - of "cortex-*", "storm-10k", "delays*", "patient", "strata", "many": how rows are drawn, or the scale of weights;
//  - of "accurate" or "stimulated" alone: those numerics, or the stimuli;
//  - of "wiring-wide": laws with tails, counts, unordered pairs, positions and distances, beside what rows depend on;
//  - of "models": the forms of the equations that the others lack;
//  - of "leaky": integrate-and-fire neurons, spike sources, the stimuli that "stimulated" lacks;
//  - of "synapses", "plastic" or "rules": what synapses do with time, and how their weights change.
const Scene kScenes[] = {
    {"cortex-1k", [] { return cortex_1k(42).build(); }, 300, false, 2361, 0xbcdf08b3e6141467, 0xedcf12903859fb28},
    {"cortex-10k", [] { return cortex_10k(42).build(); }, 150, true, 12264, 0xd3ff6657ab46ffdc, 0x6f199c308c23eac6},
    {"storm-10k", [] { return storm_10k(42).build(); }, 60, true, 40943, 0xbe119cbd08da54d8, 0x81e4b9c5d5ca49ee},
    {"delays", [] { return delays_scene(0.5); }, 500, false, 6135, 0x261cc438a7c9d03a, 0x908d8db31533f2e1},
    {"delays-wide", [] { return delays_scene(0.002); }, 500, false, 6088, 0xc266af43de55c66c, 0xf4e4c613128ab92b},
    {"patient", patient_scene, 400, false, 3680, 0x9a2c4964e8d6458f, 0x47e4100b463f5578},
    {"accurate", accurate_scene, 200, false, 3763, 0x9f98f5e576b85780, 0x4d94ece282bb98fc},
    {"stimulated", stimulated_scene, 320, false, 3468, 0xd538e3b3d104fc3b, 0xd0f3c57d1629ce28},
    {"strata", [] { return strata_scene(Storage::procedural); }, 200, false, 3621, 0x915de44dd7accc62,
     0xad4c867294f33e02},
    {"strata", [] { return strata_scene(Storage::stored); }, 200, false, 3621, 0x915de44dd7accc62, 0xad4c867294f33e02},
    {"windows", windows_scene, 24, true, 149920, 0xb129040897f9d1ff, 0xfeb56b268e31f2bc},
    {"models", [] { return models_scene(Numerics::published); }, 200, false, 4518, 0xd9bea1ea98c3b91b,
     0x2a90d2a7d34ff07a},
    {"models", [] { return models_scene(Numerics::euler); }, 200, false, 4598, 0xd081ff5792882346, 0x2fccc199ae3d724a},
    {"models", [] { return models_scene(Numerics::forward_euler); }, 200, false, 4833, 0xb7dcd7d1c43f9f30,
     0x1b318ab844a7545d},
    {"models", [] { return models_scene(Numerics::accurate); }, 100, false, 2850, 0xaa540b69895d14a2,
     0x98f9ed3e420aad64},
    {"synapses", [] { return synapses_scene(false); }, 200, false, 836, 0x333d765418193c31, 0x42a856f8304205ac},
    {"synapses-wide", [] { return synapses_scene(true); }, 200, false, 1247, 0x76b329dbcf6a9429, 0x4dea070beea35ee3},
    {"plastic", [] { return plastic_scene(Pairing::all_to_all); }, 400, false, 2556, 0xe47d828ab52b98,
     0x24f29ad2a301e03},
    {"plastic", [] { return plastic_scene(Pairing::nearest); }, 400, false, 2582, 0xddcc05d14806548d,
     0xaa5d1c115b0a8974},
    {"rules", rules_scene, 300, false, 1805, 0xe54d1b444e36b986, 0x260cc8e29068848b},
    {"wiring-wide", [] { return wiring_scene(Storage::stored); }, 200, false, 1179, 0xd87040581b3ad6e9,
     0xb05bbf1502afc568},
    {"wiring-wide", [] { return wiring_scene(Storage::procedural); }, 200, false, 1179, 0xd87040581b3ad6e9,
     0xb05bbf1502afc568},
    {"leaky", [] { return leaky_scene(Numerics::published); }, 200, false, 5948, 0x39c45b4ce59b66e4,
     0xae7b3620c6dc83a3},
    {"leaky", [] { return leaky_scene(Numerics::accurate); }, 200, false, 6037, 0x86a095ff43a48a62, 0xe41c67adb93d439c},
    {"many", many_populations_scene, 100, false, 11957, 0xca7650e6ac170d15, 0x958c906196570c0c},
};

}  // namespace

std::span<const Scene> scenes() { return kScenes; }

std::string Variant::text() const {
    static constexpr const char* runners[] = {"serial", "serial reversed", "std::thread", "default", "rotating"};
    static constexpr const char* slicings[] = {"one run", "run(1)", "runs of odd lengths", "step()"};
    std::ostringstream out;
    out << threads << " threads, executor " << runners[static_cast<int>(runner)] << ", delivery " << to_string(delivery)
        << ", isa " << to_string(isa) << ", " << slicings[static_cast<int>(slicing)] << (observed ? ", observed" : "");
    if (window > 0) out << ", delivery window " << window;
    return out.str();
}

SimulationOptions Variant::options() const {
    SimulationOptions options{.threads = threads, .isa = isa, .delivery = delivery, .delivery_window = window};
    switch (runner) {
        case Runner::serial: options.executor = serial_executor(); break;
        case Runner::reversed: options.executor = serial_executor(true); break;
        case Runner::threads: options.executor = thread_executor(threads); break;
        case Runner::rotating: options.executor = std::make_shared<RotatingExecutor>(7); break;
        case Runner::standard: break;
    }
    return options;
}

void run(Simulation& simulation, std::uint64_t steps, Slicing slicing, Observer* observer) {
    static constexpr std::uint64_t odd[] = {1, 3, 5, 17, 2, 31, 7, 1, 1, 13};
    const std::uint64_t end = simulation.steps_done() + steps;
    for (std::size_t i = 0; simulation.steps_done() < end; ++i) {
        const std::uint64_t left = end - simulation.steps_done();
        switch (slicing) {
            case Slicing::one_run: simulation.run(left, observer); break;
            case Slicing::ones: simulation.run(1, observer); break;
            case Slicing::odd_lengths: simulation.run(std::min(left, odd[i % std::size(odd)]), observer); break;
            case Slicing::step_calls: {
                const auto spikes = simulation.step();
                if (observer && !spikes.empty()) observer->spikes(spikes);
                break;
            }
        }
    }
}
std::string first_divergence(const Network& network, const Variant& x, const Network& other_network, const Variant& y,
                             std::uint64_t steps) {
    std::ostringstream out;
    {
        Raster rasters[2];
        Simulation a(network, x.options()), b(other_network, y.options());
        run(a, steps, x.slicing, &rasters[0]);
        run(b, steps, y.slicing, &rasters[1]);
        const auto& p = rasters[0].all;
        const auto& q = rasters[1].all;
        const auto order = [](const Spike& s, const Spike& t) {
            return s.step != t.step ? s.step < t.step : s.neuron < t.neuron;
        };
        std::size_t i = 0;
        while (i < p.size() && i < q.size() && p[i] == q[i]) ++i;
        if (i == p.size() && i == q.size()) {
            out << "the same " << i << " spikes";
        } else {
            const bool first = i == q.size() || (i < p.size() && order(p[i], q[i]));
            const Spike s = first ? p[i] : q[i];
            out << "first spike of one alone: step " << s.step << " neuron " << s.neuron << ", only with "
                << (first ? x : y).text();
        }
    }
    Simulation a(network, x.options()), b(other_network, y.options());
    for (std::uint64_t step = 1; step <= steps; ++step) {
        a.run(1);
        b.run(1);
        if (a.state_hash() == b.state_hash()) continue;
        for (std::uint32_t p = 0; p < network.population_count(); ++p)
            for (const Variable variable : {Variable::v, Variable::u}) {
                const auto va = read(a, variable, p), vb = read(b, variable, p);
                for (std::size_t n = 0; n < va.size(); ++n)
                    if (std::bit_cast<std::uint32_t>(va[n]) != std::bit_cast<std::uint32_t>(vb[n])) {
                        out << "; first differing state: step " << step << " neuron " << network.first_neuron({p}) + n
                            << ", " << to_string(variable) << " = " << std::hexfloat << va[n] << " and " << vb[n];
                        return out.str();
                    }
            }
    }
    out << "; no state differs when stepped one by one";
    return out.str();
}
Network with_storage(const Network& network, Storage storage) {
    const NetworkDescription& description = network.description();
    NetworkBuilder net{description.spec};
    for (const PopulationSpec& p : description.populations) net.add_population(p);
    for (auto projection : description.projections) {
        const bool remembers = projection.spec.short_term || projection.spec.plasticity || projection.spec.symmetric;
        if (can_be_procedural(projection.spec.rule) && !remembers) projection.spec.storage = storage;
        net.connect(projection.source, projection.target, projection.spec);
    }
    for (const auto& input : description.stimuli) net.stimulate(input.target, input.spec);
    for (const RewardSpec& reward : description.rewards) net.reward(reward);
    return net.build();
}

}  // namespace izhi::test
