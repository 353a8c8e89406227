// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Small populations that lie side by side in one block: what is told of one is right for its neurons and for no others, and
// nothing depends on the sharing. Two populations share blocks only if their models are equal; so a constant that their form
// does not look at keeps them apart, and the same network can be run both ways.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/step/layout.hpp"
#include "scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

enum class Blocks { shared, apart };
enum class Synapses { none, fixed, drawn, lively, plastic };

constexpr std::uint32_t kSizes[] = {10, 3, 127, 1, 60, 600, 17, 5, 5, 200, 9, 30, 64, 128, 2, 99};
constexpr std::uint32_t kCount = static_cast<std::uint32_t>(std::size(kSizes));
constexpr PopulationId kInside{2}, kTiny{3}, kLarge{5}, kLate{11};

/// Populations that differ in all that may be told of one. @param bias whether in their bias too
NetworkBuilder populations(Blocks blocks, const NetworkSpec& spec, bool bias) {
    NetworkBuilder net{spec};
    for (std::uint32_t p = 0; p < kCount; ++p) {
        CellType cell = p % 3 == 0 ? excitatory_2003() : p % 3 == 1 ? regular_spiking() : inhibitory_2003();
        if (blocks == Blocks::apart) cell.model.capacitance += p;
        net.add_population({.name = "p" + std::to_string(p),
                            .size = kSizes[p],
                            .cell = cell,
                            .v0_mv = p % 2 == 0 ? Distribution(-65.0) : uniform(-70.0, -60.0),
                            .bias_current = !bias        ? Distribution(1.0)
                                            : p % 4 == 1 ? uniform(0.0, 4.0)
                                                         : Distribution(0.25 * p),
                            .noise_stddev = p % 5 == 4 ? 0.0 : 2.0 + 0.5 * p});
    }
    return net;
}

Network build(Blocks blocks, Synapses synapses, NetworkSpec spec = {}) {
    spec.name = "small";
    spec.seed = 31;
    NetworkBuilder net = populations(blocks, spec, synapses != Synapses::none);
    const Storage storage = synapses == Synapses::drawn ? Storage::procedural : Storage::stored;
    if (synapses != Synapses::none) {
        net.connect(everyone, everyone,
                    {.name = "all",
                     .rule = fixed_outdegree(20),
                     .weight = uniform(-1.0, 2.5),
                     .delay_ms = synapses == Synapses::drawn ? Distribution(1.0) : uniform(1.0, 3.0),
                     .storage = storage});
        net.connect(kTiny, kInside, {.name = "dense", .rule = all_to_all(), .weight = 0.5, .storage = storage});
        net.connect(kLarge, kLate, {.name = "sparse", .rule = fixed_probability(0.05), .weight = uniform(-2.0, 2.0)});
    }
    if (synapses == Synapses::lively) {
        net.connect(
            kLarge, kInside,
            {.name = "current", .rule = fixed_outdegree(5), .weight = 0.4, .dynamics = ExponentialCurrent{5.0}});
        net.connect(kInside, kLate, {.name = "ampa", .rule = fixed_outdegree(5), .weight = 0.02, .dynamics = ampa()});
        net.connect(kLarge, kTiny,
                    {.name = "tired",
                     .rule = fixed_outdegree(1),
                     .weight = 0.02,
                     .dynamics = AlphaCurrent{3.0},
                     .short_term = excitatory_short_term()});
    }
    if (synapses == Synapses::plastic) {
        net.connect(
            kLarge, kLate,
            {.name = "pairs",
             .rule = fixed_outdegree(12),
             .weight = 1.0,
             .delay_ms = uniform(2.0, 6.0),
             .plasticity = Plasticity{PairStdp{.a_plus = 0.2, .a_minus = 0.25}, ImmediateChange{}, 0.0, 2.0, 1.0}});
        net.connect(kLate, everyone,
                    {.name = "triplets",
                     .rule = fixed_outdegree(9),
                     .weight = uniform(0.0, 2.0),
                     .delay_ms = 2.0,
                     .plasticity =
                         Plasticity{TripletStdp{.a2_plus = 0.1, .a2_minus = 0.07}, ImmediateChange{}, 0.0, 2.0, 0.0}});
    }
    net.stimulate(kInside, {.stimulus = PoissonTrains{.rate_hz = 200.0, .weight = 6.0}, .first = 5, .count = 70});
    net.stimulate({PopulationId{8}}, {.stimulus = PoissonTrains{.rate_hz = 300.0, .weight = 6.0}});
    net.stimulate(everyone, {.stimulus = RandomNeurons{.amplitude = 20.0, .count = 9}});
    net.stimulate(kLate, {.stimulus = DirectCurrent{.amplitude = 5.0, .start_ms = 20.0, .stop_ms = 90.0}, .first = 4});
    for (const PopulationId p : {PopulationId{1}, kInside, kLate})
        net.record_trace({.population = p,
                          .neurons = {0, 2, 1},
                          .variables = {Variable::v, Variable::u, Variable::current},
                          .interval_ms = 2.0});
    return net.build();
}

/// What is done to a run after `step` steps, the first half of it before kSaved.
constexpr std::uint64_t kSaved = 71, kSteps = 160;
void intervene(Simulation& s, std::uint64_t step) {
    if (step == 20) s.apply(NoiseScale{{1}, 2.5});
    if (step == 25) s.apply(PopulationCurrent{kTiny, 12.0});
    if (step == 30) s.apply(NeuronCurrents{kInside, 100, std::vector<float>(20, 3.0f)});
    if (step == 35) s.apply(PopulationCurrent{kInside, -1.5});
    if (step == 40) s.apply(CurrentPulse{.target = everyone, .amplitude = 4.0, .steps = 60, .first = 8, .count = 25});
    if (step == 70) s.apply(InputSpikes{{PopulationId{6}}, 30.0, {16, 0, 16}});
    if (step == kSaved) s.apply(ForcedSpikes{{PopulationId{7}}, {0, 4}});
    if (step == 90) s.apply(NoiseScale{kInside, 0.0});
    if (step == 95) s.apply(NoiseScale{{1}, 1.0});
    if (step == 110 && s.synapse_count() > 0) s.apply(WeightScale{ProjectionId(0), 1.5});
    if (step == 120) s.apply(PopulationCurrent{kTiny, 0.0});
}

struct Run : Raster {
    std::vector<float> samples;
    std::uint64_t spike_hash = 0, state_hash = 0;
    std::vector<std::uint64_t> counts;
    std::vector<float> weights;
    void sample(const Sample& sample) override {
        samples.insert(samples.end(), sample.values.begin(), sample.values.end());
    }
    void go(Simulation& s, std::uint64_t end) {
        while (s.steps_done() < end) {
            intervene(s, s.steps_done());
            s.run(1, this);
        }
    }
    void finish(Simulation& s) {
        go(s, kSteps);
        spike_hash = s.spike_hash();
        state_hash = s.state_hash();
        for (std::uint32_t p = 0; p < kCount; ++p) counts.push_back(s.spike_count({p}));
        for (std::size_t p = 0; p < s.network().description().projections.size(); ++p)
            if (s.network().description().projections[p].spec.plasticity)
                for (const PlasticSynapse& synapse : s.plastic_synapses(ProjectionId(p)))
                    weights.push_back(synapse.weight);
    }
};

void check_same(const Run& a, const Run& b) {
    CHECK(a.spike_hash == b.spike_hash);
    CHECK(a.state_hash == b.state_hash);
    CHECK(a.all == b.all);
    CHECK(a.samples == b.samples);
    CHECK(a.counts == b.counts);
    CHECK(a.weights == b.weights);
}

}  // namespace

TEST_SUITE_BEGIN("shared blocks");

TEST_CASE("a thousand populations of ten take the slots of ten thousand neurons") {
    NetworkBuilder net{{.name = "thousand"}};
    for (int p = 0; p < 1000; ++p)
        net.add_population({.name = "p" + std::to_string(p), .size = 10, .cell = excitatory_2003()});
    const Network network = net.build();
    const detail::Plan& plan = network.plan();
    CHECK(plan.neurons == 10'000);
    CHECK(plan.slots == 10'048);
    const auto blocks = detail::make_blocks(plan);
    CHECK(blocks.size() == 20);
    CHECK(blocks[1].first_slot == 512);
    CHECK(blocks[1].populations.begin == 51);
    CHECK(blocks[1].populations.end == 103);
    CHECK(blocks[19].neurons == 10'000 - 19 * 512);
    CHECK(blocks[19].slots == blocks[19].neurons + 48);
    for (std::uint32_t n = 0; n < plan.neurons; n += 7) CHECK(plan.neuron_at(plan.slot_of(n)) == n);
}

TEST_CASE("large populations and other models keep blocks of their own") {
    NetworkBuilder net{{.name = "some"}};
    const auto add = [&](std::uint32_t size, const CellType& cell) {
        net.add_population(
            {.name = "p" + std::to_string(net.description().populations.size()), .size = size, .cell = cell});
    };
    CellType other = nine_parameter_neurons().front().cell();
    add(10, excitatory_2003());
    add(20, inhibitory_2003());
    add(128, excitatory_2003());
    add(10, excitatory_2003());
    add(10, other);
    other.model.vpeak -= 5.0;
    add(10, other);
    add(10, other);
    const Network network = net.build();
    const detail::Plan& plan = network.plan();
    std::vector<std::uint32_t> begins, first_slots;
    for (const detail::PopulationPlan& p : plan.populations) {
        begins.push_back(p.sharing.begin);
        first_slots.push_back(p.first_slot);
    }
    CHECK(begins == std::vector<std::uint32_t>{0, 0, 2, 3, 4, 5, 5});
    CHECK(first_slots == std::vector<std::uint32_t>{0, 10, 64, 192, 256, 320, 330});
    CHECK(plan.slots == 384);
    CHECK(detail::make_blocks(plan).size() == 5);
}

TEST_CASE("shared and apart give the same spikes, states, samples and weights") {
    struct Case {
        Synapses synapses;
        NetworkSpec spec;
    };
    const Case cases[] = {{Synapses::none, {}},
                          {Synapses::fixed, {}},
                          {Synapses::fixed, {.numerics = Numerics::accurate}},
                          {Synapses::fixed, {.dt_ms = 0.5, .numerics = Numerics::euler, .noise = NoiseLaw::exact}},
                          {Synapses::drawn, {.noise = NoiseLaw::uniform}},
                          {Synapses::lively, {}},
                          {Synapses::plastic, {}}};
    for (const Case& c : cases) {
        CAPTURE(static_cast<int>(c.synapses));
        CAPTURE(static_cast<int>(c.spec.numerics));
        const Network shared = build(Blocks::shared, c.synapses, c.spec),
                      apart = build(Blocks::apart, c.synapses, c.spec);
        REQUIRE(shared.plan().slots < apart.plan().slots);
        Run expected;
        Simulation plain(apart, {.threads = 1, .isa = Isa::scalar});
        expected.finish(plain);
        CHECK(expected.all.size() > 200);
        for (std::uint32_t p = 0; p < kCount; ++p) {
            const std::uint32_t first = apart.first_neuron({p}), end = first + kSizes[p];
            CHECK(expected.counts[p] == static_cast<std::uint64_t>(std::count_if(
                                            expected.all.begin(), expected.all.end(),
                                            [&](const Spike& s) { return s.neuron >= first && s.neuron < end; })));
        }
        for (const Isa isa : available_isas())
            for (const int threads : {1, 2, 3})
                for (const Delivery delivery : {Delivery::partition, Delivery::reduce}) {
                    CAPTURE(std::string(to_string(isa)));
                    CAPTURE(threads);
                    CAPTURE(std::string(to_string(delivery)));
                    Simulation simulation(
                        shared,
                        {.threads = threads, .isa = isa, .delivery = delivery, .executor = thread_executor(threads)});
                    Run run;
                    run.finish(simulation);
                    check_same(expected, run);
                }
    }
}

TEST_CASE("nine-parameter populations that share blocks are one population cut in pieces") {
    const auto build_pieces = [](std::uint32_t pieces) {
        NetworkBuilder net{{.name = "pieces", .seed = 4}};
        for (std::uint32_t p = 0; p < pieces; ++p)
            net.add_population({.name = "p" + std::to_string(p),
                                .size = 180 / pieces,
                                .cell = nine_parameter_neurons().front().cell(),
                                .v0_mv = -60.0,
                                .noise_stddev = 250.0});
        net.connect(everyone, everyone, {.rule = fixed_outdegree(20), .weight = uniform(-20.0, 60.0)});
        return net.build();
    };
    Simulation whole(build_pieces(1)), pieces(build_pieces(15));
    whole.run(300);
    pieces.run(300);
    CHECK(pieces.network().plan().slots == whole.network().plan().slots);
    CHECK(whole.spike_count() > 40);
    CHECK(whole.spike_hash() == pieces.spike_hash());
    CHECK(whole.state_hash() == pieces.state_hash());
}

TEST_CASE("noise and currents of a population in a shared block reach none of its neighbours") {
    Simulation plain(build(Blocks::shared, Synapses::none)), changed(build(Blocks::shared, Synapses::none));
    changed.apply(NoiseScale{kInside, 1.5});
    changed.apply(PopulationCurrent{kTiny, 3.0});
    for (int step = 0; step < 40; ++step) {
        plain.step();
        changed.step();
    }
    for (std::uint32_t p = 0; p < kCount; ++p) {
        CAPTURE(p);
        const bool same = read(plain, Variable::v, p) == read(changed, Variable::v, p) &&
                          read(plain, Variable::u, p) == read(changed, Variable::u, p);
        CHECK(same == (p != kInside.index && p != kTiny.index));
    }
}

TEST_CASE("parameters of a population in a shared block are its own") {
    Simulation shared(build(Blocks::shared, Synapses::none)), apart(build(Blocks::apart, Synapses::none));
    for (std::uint32_t p = 0; p < kCount; ++p)
        for (const char parameter : {'a', 'b', 'c', 'd'}) {
            std::vector<float> x(kSizes[p]), y(kSizes[p]);
            shared.read_parameter(parameter, {p}, x);
            apart.read_parameter(parameter, {p}, y);
            CHECK(x == y);
        }
}

TEST_CASE("checkpoints go from shared blocks to others and back") {
    for (const Synapses synapses : {Synapses::none, Synapses::lively, Synapses::plastic})
        for (const Blocks from : {Blocks::shared, Blocks::apart}) {
            CAPTURE(static_cast<int>(synapses));
            CAPTURE(static_cast<int>(from));
            Run expected;
            Simulation whole(build(from, synapses));
            expected.go(whole, kSaved);
            expected.all.clear();
            expected.samples.clear();
            const std::vector<std::byte> saved = whole.checkpoint();
            expected.finish(whole);

            Simulation resumed(build(from == Blocks::shared ? Blocks::apart : Blocks::shared, synapses),
                               {.threads = 2, .executor = thread_executor(2)});
            resumed.restore(saved);
            Run run;
            run.finish(resumed);
            check_same(expected, run);
        }
}

TEST_CASE("the forecast of shared blocks counts their slots") {
    const std::uint64_t shared = build(Blocks::shared, Synapses::fixed).memory(1).neuron_bytes;
    const std::uint64_t apart = build(Blocks::apart, Synapses::fixed).memory(1).neuron_bytes;
    CHECK(shared < apart);
}

TEST_SUITE_END();
