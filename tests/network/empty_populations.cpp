// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Populations of size 0, and projections without a synapse: they change nothing, wherever they stand, and nothing fails.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/state/columns.hpp"
#include "engine/step/layout.hpp"
#include "tests/determinism/determinism_scenes.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

enum class Kind { stored, procedural, strata, plastic, lively, late };
constexpr Kind kKinds[] = {Kind::stored, Kind::procedural, Kind::strata, Kind::plastic, Kind::lively, Kind::late};
constexpr std::uint64_t kSteps = 150;
/// Among the populations of scene(), whose first two share blocks.
constexpr std::uint32_t kPopulations = 4;

constexpr Plasticity pairs(WeightChange change) { return {PairStdp{}, change, 0.0, 4.0, 0.0}; }

/// What has no say, from and to a population without neurons: it would show in delays, scales, buffers and draws.
void connect_nobody(NetworkBuilder& net, PopulationId nobody) {
    const ProjectionSpec loud{.weight = 5000.0, .delay_ms = 77.0};
    const auto with = [&](const char* name, const auto& change) {
        ProjectionSpec spec = loud;
        spec.name = name;
        change(spec);
        return spec;
    };
    const Selection ends[][2] = {{nobody, everyone}, {everyone, nobody}, {nobody, nobody}};
    int number = 0;
    for (const auto& [source, target] : ends) {
        const std::string end = std::to_string(++number);
        const auto connect = [&](const char* name, const auto& change) {
            net.connect(source, target, with((name + end).c_str(), change));
        };
        connect("all", [](ProjectionSpec& s) { s.rule = all_to_all(); });
        connect("drawn", [](ProjectionSpec& s) {
            s.rule = fixed_probability(0.5);
            s.storage = Storage::procedural;
        });
        connect("in", [](ProjectionSpec& s) {
            s.rule = fixed_indegree(7);
            s.delay_ms = spread(1.0, 90.0);
        });
        connect("out", [](ProjectionSpec& s) {
            s.rule = fixed_outdegree(8, 4);
            s.storage = Storage::procedural;
        });
        connect("list", [](ProjectionSpec& s) { s.rule = explicit_list({}); });
        connect("alone", [](ProjectionSpec& s) {
            s.rule = fixed_outdegree(3);
            s.dynamics = AlphaCurrent{11.0};
        });
        connect("tired", [](ProjectionSpec& s) {
            s.rule = fixed_outdegree(3);
            s.short_term = excitatory_short_term();
        });
        connect("learning", [](ProjectionSpec& s) {
            s.rule = fixed_indegree(3);
            s.weight = 2.0;
            s.plasticity = pairs(AccumulatedChange{});
        });
    }
    net.connect(nobody, nobody, with("one", [](ProjectionSpec& s) { s.rule = one_to_one(); }));
    net.stimulate(nobody, {.name = "dc", .stimulus = DirectCurrent{.amplitude = 50.0}});
    net.stimulate(nobody, {.name = "poisson", .stimulus = PoissonTrains{.rate_hz = 500.0, .weight = 20.0}});
    net.stimulate(nobody, {.name = "times", .stimulus = SpikeTimes{.weight = 40.0, .times_ms = {1.0, 2.0, 30.0}}});
    net.stimulate(nobody, {.name = "random", .stimulus = RandomNeurons{.amplitude = 40.0, .count = 3}});
}

/// @param empty_at the place of a population without neurons; kNowhere: there is none
constexpr std::uint32_t kNowhere = 0xffffffffu;
NetworkBuilder scene(Kind kind, std::uint32_t empty_at = kNowhere) {
    NetworkBuilder net{{.name = "scene", .seed = 23}};
    constexpr std::uint32_t sizes[kPopulations] = {90, 25, 300, 40};
    std::vector<PopulationId> ids;
    PopulationId nobody;
    for (std::uint32_t p = 0; p <= kPopulations; ++p) {
        // unlike its neighbours in all that would show
        if (p == empty_at)
            nobody = net.add_population({.name = "nobody",
                                         .size = 0,
                                         .cell = nine_parameter_neurons()[0].cell(),
                                         .v_min_mv = -60.0,
                                         .bias_current = uniform(0.0, 900.0),
                                         .noise_stddev = 70.0});
        if (p < kPopulations)
            ids.push_back(net.add_population({.name = "p" + std::to_string(p),
                                              .size = sizes[p],
                                              .cell = p % 2 == 0 ? excitatory_2003() : inhibitory_2003(),
                                              .noise_stddev = 5.0}));
    }
    const bool drawn = kind == Kind::procedural || kind == Kind::strata;
    const Storage storage = drawn ? Storage::procedural : Storage::stored;
    // onto everyone all populations have one scale of weights, otherwise each its own
    net.connect(ids[2], kind == Kind::stored ? Selection(ids[2]) : everyone,
                {.name = "up",
                 .rule = fixed_outdegree(40, kind == Kind::strata ? 10 : 1),
                 .weight = uniform(0.0, 1.5),
                 .delay_ms = kind == Kind::late ? uniform(1.0, 60.0)
                             : drawn            ? Distribution(1.0)
                                                : uniform(1.0, 5.0),
                 .storage = storage});
    net.connect(ids[1], ids[0],
                {.name = "down",
                 .rule = fixed_probability(0.3),
                 .weight = uniform(-3.0, 0.0),
                 .delay_ms = drawn ? 1.0 : 2.0,
                 .storage = storage});
    if (kind == Kind::plastic)
        net.connect(ids[0], ids[2],
                    {.name = "pairs",
                     .rule = fixed_outdegree(12),
                     .weight = 2.0,
                     .delay_ms = uniform(2.0, 6.0),
                     .plasticity = pairs(ImmediateChange{})});
    if (kind == Kind::lively) {
        net.connect(ids[2], ids[0], {.name = "ampa", .rule = fixed_indegree(9), .weight = 0.02, .dynamics = ampa()});
        net.connect(ids[2], ids[3],
                    {.name = "tired", .rule = fixed_indegree(9), .weight = 2.0, .short_term = inhibitory_short_term()});
    }
    net.stimulate(everyone, {.name = "rain", .stimulus = RandomNeurons{.amplitude = 20.0}});
    if (empty_at != kNowhere) connect_nobody(net, nobody);
    return net;
}

std::string fault_of(const NetworkBuilder& net) {
    try {
        (void)net.build();
    } catch (const Error& error) { return error.what(); }
    return {};
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// 30 neurons that fire, and nobody.
struct Pair {
    NetworkBuilder net{{.name = "pair"}};
    PopulationId somebody = net.add_population({.name = "somebody", .size = 30, .noise_stddev = 6.0});
    PopulationId nobody = net.add_population({.name = "nobody", .size = 0});
};

}  // namespace

TEST_SUITE_BEGIN("empty populations");

TEST_CASE("a population without neurons changes no spike and no state, wherever it stands") {
    for (const Kind kind : kKinds) {
        Simulation plain(scene(kind).build(), kPlainest.options());
        plain.run(kSteps);
        REQUIRE(plain.spike_count() > 300);
        for (std::uint32_t at = 0; at <= kPopulations; ++at) {
            const Network network = scene(kind, at).build();
            CHECK(network.neuron_count() == plain.network().neuron_count());
            CHECK(network.plan().slots == plain.network().plan().slots);
            CHECK(network.plan().min_delay == plain.network().plan().min_delay);
            CHECK(network.plan().max_delay == plain.network().plan().max_delay);
            for (std::uint32_t p = 1; p < network.plan().populations.size(); ++p)  // slots are looked up in this order
                CHECK(network.plan().populations[p].first_slot >= network.plan().populations[p - 1].first_slot);
            for (const std::uint32_t window : {0u, 8u})
                CHECK(detail::window_slots(network.plan(), Delivery::partition, 2, 0, window) ==
                      detail::window_slots(plain.network().plan(), Delivery::partition, 2, 0, window));
            for (const int threads : {1, 2, 5})
                for (const Delivery delivery : kDeliveries)
                    for (const std::uint32_t window : {0u, 1u}) {
                        if (window > 0 && delivery == Delivery::reduce) continue;
                        const Variant variant{
                            .threads = threads, .runner = Runner::serial, .delivery = delivery, .window = window};
                        Simulation simulation(network, variant.options());
                        simulation.run(kSteps);
                        INFO("kind ", static_cast<int>(kind), ", at ", at, ", ", variant.text());
                        CHECK(simulation.synapse_count() == plain.synapse_count());
                        CHECK(simulation.spike_hash() == plain.spike_hash());
                        CHECK(simulation.state_hash() == plain.state_hash());
                    }
        }
    }
}

TEST_CASE("a checkpoint of a network with an empty population goes on, on other threads") {
    for (const Kind kind : kKinds) {
        const Network network = scene(kind, 1).build();
        Simulation whole(network, kPlainest.options());
        whole.run(kSteps);
        for (const Delivery delivery : kDeliveries) {
            Simulation first(network, Variant{.threads = 3, .delivery = delivery}.options());
            first.run(kSteps / 2);
            Simulation second(network, Variant{.threads = 2}.options());
            second.restore(first.checkpoint());
            second.run(kSteps - kSteps / 2);
            CHECK(second.spike_hash() == whole.spike_hash());
            CHECK(second.state_hash() == whole.state_hash());
        }
    }
}

TEST_CASE("scaled weights and noise of nobody change nothing") {
    const Network network = scene(Kind::stored, 1).build();
    Simulation plain(scene(Kind::stored).build(), kPlainest.options()), changed(network, kPlainest.options());
    plain.run(kSteps / 2);
    changed.run(kSteps / 2);
    const PopulationId nobody = network.find_population("nobody");
    changed.apply(NoiseScale{nobody, 3.0});
    changed.apply(PopulationCurrent{nobody, 40.0});
    changed.apply(CurrentPulse{.target = nobody, .amplitude = 40.0, .steps = 20});
    changed.apply(InputSpikes{.target = nobody, .weight = 40.0, .neurons = {}});
    for (std::size_t p = 0; p < network.description().projections.size(); ++p)
        if (const auto& spec = network.description().projections[p].spec; spec.name == "all1" || spec.name == "all2")
            changed.apply(WeightScale{ProjectionId(p), 0.5});
    const std::vector<std::byte> saved = changed.checkpoint();
    plain.run(kSteps / 2);
    changed.run(kSteps / 2);
    CHECK(changed.state_hash() == plain.state_hash());
    CHECK(changed.spike_hash() == plain.spike_hash());
    Simulation restored(network, kPlainest.options());
    restored.restore(saved);
    restored.run(kSteps / 2);
    CHECK(restored.state_hash() == plain.state_hash());

    const auto refused = [&](const Intervention& intervention) {
        try {
            changed.apply(intervention);
        } catch (const Error& error) { return std::string(error.what()); }
        return std::string();
    };
    const std::string none = "none, the population is empty";
    CHECK(contains(refused(InputSpikes{.target = nobody, .weight = 1.0, .neurons = {0}}), none));
    CHECK(contains(refused(ForcedSpikes{.target = nobody, .neurons = {0}}), none));
    CHECK(contains(refused(NeuronCurrents{.target = nobody, .first = 0, .currents = {1.0f}}), none));
    CHECK(contains(refused(CurrentPulse{.target = nobody, .amplitude = 1.0, .first = 1}), none));
    CHECK(contains(refused(CurrentPulse{.target = nobody, .amplitude = 1.0, .count = 1}), none));
}

TEST_CASE("nothing is read of nobody, and synapses are those without it") {
    for (const Kind kind : kKinds) {
        const Network network = scene(kind, 1).build();
        const PopulationId nobody = network.find_population("nobody");
        Simulation simulation(network, {.threads = 1, .profile = true});
        Simulation plain(scene(kind).build(), {.threads = 1, .profile = true});
        simulation.run(kSteps);
        plain.run(kSteps);
        CHECK(simulation.spike_count(nobody) == 0);
        for (const Variable variable : {Variable::v, Variable::u}) simulation.read(variable, nobody, {});
        simulation.read_parameter('a', nobody, {});
        for (std::size_t p = 0; p < network.description().projections.size(); ++p) {
            CHECK(network.weight_quantum(ProjectionId(p)) > 0.0);
            const ProjectionSpec& spec = network.description().projections[p].spec;
            if (spec.name.starts_with("learning")) CHECK(simulation.plastic_synapse_count(ProjectionId(p)) == 0);
        }
        for (std::uint32_t neuron = 0; neuron < network.neuron_count(); neuron += 7) {
            const auto drawn = simulation.synapses_of(neuron), expected = plain.synapses_of(neuron);
            REQUIRE(drawn.size() == expected.size());
            for (std::size_t i = 0; i < drawn.size(); ++i) {
                CHECK(drawn[i].target == expected[i].target);
                CHECK(drawn[i].weight == expected[i].weight);
            }
        }
        CHECK(detail::column_count(network.plan()) == detail::column_count(plain.network().plan()));
        const Profile profile = simulation.profile(), without = plain.profile();
        CHECK(profile.synaptic_events == without.synaptic_events);
        for (const Activity activity : {Activity::noise, Activity::update, Activity::deliver})
            CHECK(profile.bytes[static_cast<std::size_t>(activity)] ==
                  without.bytes[static_cast<std::size_t>(activity)]);
    }
}

TEST_CASE("the forecast of memory counts nothing for nobody") {
    for (const Kind kind : kKinds) {
        const MemoryForecast plain = scene(kind).build().memory(4), with = scene(kind, 2).build().memory(4);
        CHECK(with.synapses == plain.synapses);
        CHECK(with.total() >= plain.total());
        // short-term plasticity and rules of learning keep columns over all neurons
        CHECK(with.total() < plain.total() + 2'000'000);
    }
    Pair pair;
    pair.net.connect(pair.somebody, pair.nobody, {.rule = fixed_outdegree(1'000'000'000)});
    pair.net.connect(pair.nobody, pair.somebody, {.rule = fixed_indegree(1'000'000'000)});
    CHECK(pair.net.build().memory().synapses == 0);
    CHECK(pair.net.build().memory().total() < 1'000'000);
}

TEST_CASE("a plastic projection without a synapse, in a network without others") {
    const Rule rules[] = {fixed_probability(0.0), explicit_list({}), fixed_indegree(2), all_to_all()};
    for (const WeightChange& change :
         {WeightChange{ImmediateChange{}}, WeightChange{AccumulatedChange{10.0, 0.9, 0.01}},
          WeightChange{RewardedChange{}}})
        for (std::size_t r = 0; r < std::size(rules); ++r)
            for (const int side : {0, 1, 2})
                for (const Delivery delivery : kDeliveries) {
                    if (r >= 2 && side == 2) continue;  // these do draw between neurons
                    Pair pair;
                    pair.net.connect(
                        side == 0 ? pair.nobody : pair.somebody, side == 1 ? pair.nobody : pair.somebody,
                        {.name = "learning", .rule = rules[r], .weight = 1.0, .plasticity = pairs(change)});
                    pair.net.record_weights(
                        {.name = "w", .projection = ProjectionId(0), .sample = 3, .interval_ms = 10.0});
                    const Network network = pair.net.build();
                    struct Watch : Observer {
                        int samples = 0;
                        void weights(const WeightSample& sample) override {
                            ++samples;
                            CHECK(sample.synapses.empty());
                        }
                    } watch;
                    Simulation simulation(network, Variant{.threads = 2, .delivery = delivery}.options());
                    simulation.run(100, &watch);
                    CHECK(watch.samples == 11);
                    CHECK(simulation.spike_count() > 0);
                    CHECK(simulation.synapse_count() == 0);
                    Simulation other(network, {});
                    other.restore(simulation.checkpoint());
                    other.run(10);
                    simulation.run(10);
                    CHECK(other.state_hash() == simulation.state_hash());
                }
}

TEST_CASE("no rule draws from nobody or onto nobody, and what is wrong anyway stays wrong") {
    const auto fault = [](const Selection& source, const Selection& target, ProjectionSpec spec) {
        Pair pair;
        spec.name = "wires";
        pair.net.connect(source, target, std::move(spec));
        return fault_of(pair.net);
    };
    const Selection somebody = PopulationId{0}, nobody = PopulationId{1};
    // degrees that no empty side could have
    for (const bool allowed : {true, false}) {
        CHECK(fault(nobody, somebody, {.rule = fixed_indegree(5), .autapses = allowed, .multapses = allowed}).empty());
        CHECK(fault(somebody, nobody, {.rule = fixed_outdegree(5), .autapses = allowed, .multapses = allowed}).empty());
        CHECK(fault(nobody, nobody, {.rule = fixed_indegree(5), .autapses = allowed, .multapses = allowed}).empty());
    }
    CHECK(fault(somebody, nobody, {.rule = fixed_outdegree(8, 4)}).empty());
    CHECK(
        fault(nobody, somebody, {.rule = fixed_indegree(4), .delay_ms = spread(1.0, 4.0), .multapses = false}).empty());
    CHECK(fault(nobody, nobody, {.rule = one_to_one()}).empty());
    CHECK(contains(fault(nobody, somebody, {.rule = one_to_one()}),
                   "projection.wires.rule is one-to-one between 0 and 30 neurons"));
    CHECK(contains(fault(somebody, nobody, {.rule = one_to_one()}), "between 30 and 0 neurons"));
    CHECK(contains(fault(nobody, somebody, {.rule = fixed_indegree(0)}), "indegree is 0"));
    CHECK(contains(fault(somebody, nobody, {.rule = fixed_outdegree(4, 5)}), "strata is 5; allowed: 1 to 4"));
    CHECK(contains(fault(somebody, nobody, {.rule = fixed_probability(1.5)}), "probability is 1.5"));
    CHECK(contains(fault(nobody, somebody, {.rule = all_to_all(), .weight = 1e9}), "weight"));
    CHECK(contains(fault(nobody, somebody, {.rule = explicit_list({{0, 3, 1.0, 1.0}})}),
                   "synapse 0 has source 0; allowed: none, the population is empty"));
    CHECK(contains(fault(somebody, nobody, {.rule = explicit_list({{2, 0, 1.0, 1.0}})}),
                   "synapse 0 has target 0; allowed: none, the population is empty"));
}

TEST_CASE("what names a neuron of nobody is refused; what names all of them is not") {
    const std::string none = "none, the population is empty";
    const auto fault = [](const auto& add) {
        Pair pair;
        pair.net.connect(
            pair.nobody, pair.somebody,
            {.name = "learning", .rule = all_to_all(), .weight = 1.0, .plasticity = pairs(RewardedChange{})});
        add(pair);
        return fault_of(pair.net);
    };
    CHECK(contains(fault([](Pair& p) { p.net.record_trace({.name = "t", .population = p.nobody, .neurons = {0}}); }),
                   "trace.t.population is \"nobody\", which has no neurons"));
    CHECK(contains(fault([](Pair& p) { p.net.stimulate(p.nobody, {.name = "s", .first = 1}); }),
                   "first is 1; allowed: " + none));
    CHECK(contains(fault([](Pair& p) { p.net.stimulate(p.nobody, {.name = "s", .count = 2}); }),
                   "count is 2; allowed: " + none));
    CHECK(contains(fault([](Pair& p) { p.net.stimulate(p.somebody, {.name = "s", .count = 0}); }),
                   "count is 0; allowed: 1 to 30"));
    CHECK(contains(
        fault([](Pair& p) { p.net.reward({.name = "r", .when = RewardCoincidence{.synapse = {ProjectionId(0)}}}); }),
        "reward.r.source is 0; allowed: " + none));
    CHECK(contains(
        fault([](Pair& p) { p.net.record_weights({.name = "w", .projection = ProjectionId(0), .source = 0}); }),
        "weights.w.source is 0; allowed: " + none));
    CHECK(fault([](Pair& p) { p.net.record_weights({.name = "w", .projection = ProjectionId(0)}); }).empty());
    CHECK(fault([](Pair& p) { p.net.restrict_spike_recording({p.nobody}); }).empty());
    CHECK(fault([](Pair& p) { p.net.stimulate(p.nobody, {.name = "s"}); }).empty());
}

TEST_CASE("a network without any neuron is refused") {
    NetworkBuilder net{{.name = "void"}};
    net.add_population({.name = "a", .size = 0});
    net.add_population({.name = "b", .size = 0});
    CHECK(fault_of(net) ==
          "network has no neurons: the size of every population is 0; allowed: a population with neurons");
    net.add_population({.name = "c", .size = 1});
    CHECK(fault_of(net).empty());
    Simulation simulation(net.build());
    simulation.run(100);
    CHECK(simulation.network().first_neuron({2}) == 0);
}

TEST_CASE("a note tells of a population without neurons, and the description builds the same network again") {
    const Network network = scene(Kind::lively, 0).build();
    REQUIRE(network.notes().size() == 1);
    CHECK(sentence(network.notes()[0]) ==
          "population.nobody.size: is 0: no stimulus acts on it, and no projection from or to it has a synapse");
    NetworkBuilder again(network.description().spec);
    for (const PopulationSpec& p : network.description().populations) again.add_population(p);
    for (const auto& p : network.description().projections) again.connect(p.source, p.target, p.spec);
    for (const auto& s : network.description().stimuli) again.stimulate(s.target, s.spec);
    CHECK(fault_of(again).empty());
}

TEST_SUITE_END();
