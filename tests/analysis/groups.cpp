// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Polychronous groups: a network whose group was worked out by hand, a reference that tries everything with plain loops, and the
// engine, which must fire the same spikes.
#include "izhi/analysis/groups.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/analysis/group_watch.hpp"
#include "izhi/izhi.hpp"

namespace {

using namespace izhi::analysis;
using izhi::Numerics;

std::vector<Group> all_groups(const GroupNetwork& network, const GroupRules& rules) {
    GroupFinder finder(network, rules);
    std::vector<Group> groups;
    for (std::uint32_t mother = 0; mother < network.size(); ++mother)
        CHECK(finder.groups_of(mother, [&](Group&& group) {
            groups.push_back(std::move(group));
            return true;
        }));
    return groups;
}

/// 30 mV that arrive in step t at a regular spiking neuron at rest bring v to -55 and -40 in the half steps of t, to -31.1 and
/// -12.5 in those of t + 1, and over 30 in t + 2. 15 mV bring it to -56.1, from where it falls back.
constexpr float kThird = 10.0f, kHalf = 15.0f;

/// Anchors 0, 1, 2 fire at 0, 2, 4, meet at 3 in step 5, and 3 fires in step 7. Then each neuron gets half of its input from the
/// one before it, and half from an anchor: 4 fires in step 11, 5 in 17, 6 in 20.
std::vector<GroupSynapse> chain() {
    return {{0, 3, kThird, 5, true}, {1, 3, kThird, 3, true}, {2, 3, kThird, 1, true},
            {3, 4, kHalf, 2, true},  {0, 4, kHalf, 9, true},    // arrive in step 9
            {4, 5, kHalf, 4, true},  {1, 5, kHalf, 13, true},   // in step 15
            {5, 6, kHalf, 1, true},  {2, 6, kHalf, 14, true}};  // in step 18
}

GroupNetwork chain_network(const std::vector<GroupSynapse>& synapses,
                           std::vector<GroupNeuron> neurons = std::vector<GroupNeuron>(8)) {
    return {std::move(neurons), synapses, 1.0, Numerics::published};
}

/// Uniform numbers, the same on every machine.
class Draws {
public:
    explicit Draws(std::uint64_t seed) : engine_(seed) {}
    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>((engine_() >> 32U) * limit >> 32U); }
    double uniform() { return static_cast<double>(engine_() >> 11U) * 0x1p-53; }

private:
    std::mt19937_64 engine_;
};

/// A random network of which the last fifth inhibits. Weights are multiples of 1/64, so that sums are exact in any order.
struct RandomNetwork {
    std::vector<GroupNeuron> neurons;
    std::vector<GroupSynapse> synapses;
};
RandomNetwork random_network(std::uint64_t seed, std::uint32_t size, std::uint32_t outdegree, std::uint32_t longest) {
    Draws draws(seed);
    RandomNetwork network{std::vector<GroupNeuron>(size), {}};
    const std::uint32_t excitatory = size - size / 5;
    for (std::uint32_t i = excitatory; i < size; ++i)
        network.neurons[i] = {0.1f, 0.2f, -65.0f, 2.0f, -70.0f, -14.0f, true, true};
    for (std::uint32_t source = 0; source < size; ++source)
        for (std::uint32_t k = 0; k < outdegree; ++k) {
            const std::uint32_t target = draws.below(source < excitatory ? size : excitatory);
            const bool strong = source < excitatory && target < excitatory;
            const auto weight = static_cast<float>(8 * 64 + draws.below(6 * 64)) / 64.0f;
            network.synapses.push_back(
                {source, target, source < excitatory ? weight : -weight / 2.0f, 1 + draws.below(longest), strong});
        }
    return network;
}

/// The same by trying everything: all neurons in all steps, every pair of spikes, every triplet.
struct Reference {
    const RandomNetwork& network;
    GroupRules rules;

    [[nodiscard]] std::vector<GroupSpike> fire(const std::array<std::uint32_t, 3>& anchors,
                                               const std::array<std::uint32_t, 3>& steps) const {
        const std::size_t size = network.neurons.size();
        std::vector<float> v(size), u(size);
        for (std::size_t i = 0; i < size; ++i) {
            v[i] = network.neurons[i].rest_v;
            u[i] = network.neurons[i].rest_u;
        }
        std::vector<GroupSpike> spikes;
        for (std::uint32_t step = 0; step < rules.duration_steps; ++step) {
            std::vector<float> input(size);
            for (const GroupSpike& spike : spikes)
                for (const GroupSynapse& synapse : network.synapses)
                    if (synapse.source == spike.neuron && spike.step + synapse.delay_steps == step)
                        input[synapse.target] += synapse.weight;
            for (std::uint32_t i = 0; i < size; ++i) {
                const GroupNeuron& n = network.neurons[i];
                for (int half = 0; half < 2; ++half)
                    v[i] = v[i] * (0.04f * 0.5f * v[i] + (5.0f * 0.5f + 1.0f)) + 0.5f * (140.0f - u[i] + input[i]);
                u[i] += n.a * (n.b * v[i] - u[i]);
                bool fires = v[i] >= 30.0f;
                for (std::size_t k = 0; k < 3; ++k) fires = fires || (anchors[k] == i && steps[k] == step);
                if (!fires) continue;
                v[i] = n.c;
                u[i] += n.d;
                spikes.push_back({step, i, 0});
            }
        }
        return spikes;
    }

    void explain(Group& group) const {
        auto& spikes = group.spikes;
        for (std::uint32_t to = 0; to < spikes.size(); ++to)
            for (std::uint32_t from = 0; from < to; ++from) {
                std::vector<std::uint32_t> arrivals;
                for (const GroupSynapse& synapse : network.synapses) {
                    if (synapse.source != spikes[from].neuron || synapse.target != spikes[to].neuron) continue;
                    const std::uint32_t arrival = spikes[from].step + synapse.delay_steps;
                    if (synapse.weight > 0.0f && arrival < spikes[to].step &&
                        arrival + rules.window_steps > spikes[to].step)
                        arrivals.push_back(arrival);
                }
                std::sort(arrivals.begin(), arrivals.end());
                for (const std::uint32_t arrival : arrivals) group.links.push_back({from, to, arrival});
            }
        for (std::uint32_t i = 0; i < spikes.size(); ++i) {
            spikes[i].path = longest_to(group, i);
            group.longest_path = std::max(group.longest_path, spikes[i].path);
        }
    }

    [[nodiscard]] static std::uint32_t longest_to(const Group& group, std::uint32_t spike) {
        std::uint32_t longest = 0;
        for (const GroupLink& link : group.links)
            if (link.to == spike) {
                // Spikes are in order of time, and so are their paths.
                longest = std::max(longest, group.spikes[link.from].path + 1);
            }
        return longest;
    }

    [[nodiscard]] std::vector<Group> groups() const {
        std::vector<Group> found;
        for (std::uint32_t mother = 0; mother < network.neurons.size(); ++mother) {
            if (network.neurons[mother].inhibitory) continue;
            std::vector<std::pair<std::uint32_t, std::uint32_t>> strong;  // source, delay
            for (const GroupSynapse& synapse : network.synapses)
                if (synapse.target == mother && synapse.strong && synapse.source != mother)
                    strong.emplace_back(synapse.source, synapse.delay_steps);
            std::sort(strong.begin(), strong.end());
            for (std::size_t i = 0; i < strong.size(); ++i)
                for (std::size_t j = i + 1; j < strong.size(); ++j)
                    for (std::size_t k = j + 1; k < strong.size(); ++k) {
                        if (strong[i].first == strong[j].first || strong[j].first == strong[k].first) continue;
                        const std::uint32_t last = std::max({strong[i].second, strong[j].second, strong[k].second});
                        Group group{.mother = mother,
                                    .anchors = {strong[i].first, strong[j].first, strong[k].first},
                                    .anchor_steps = {last - strong[i].second, last - strong[j].second,
                                                     last - strong[k].second}};
                        group.spikes = fire(group.anchors, group.anchor_steps);
                        explain(group);
                        std::array<int, 3> useful{};
                        for (const GroupLink& link : group.links)
                            for (std::size_t a = 0; a < 3; ++a)
                                useful[a] += group.spikes[link.from].neuron == group.anchors[a] ? 1 : 0;
                        if (group.longest_path >= rules.least_path && group.spikes.size() >= rules.least_size &&
                            *std::min_element(useful.begin(), useful.end()) >= 2)
                            found.push_back(std::move(group));
                    }
        }
        return found;
    }
};

}  // namespace

TEST_SUITE_BEGIN("analysis");

TEST_CASE("groups: the group of a chain, as worked out by hand") {
    const GroupNetwork network = chain_network(chain());
    const std::vector<Group> groups = all_groups(network, {.least_path = 4});
    REQUIRE(groups.size() == 1);
    const Group& group = groups.front();
    CHECK(group.mother == 3);
    CHECK(group.anchors == std::array<std::uint32_t, 3>{0, 1, 2});
    CHECK(group.anchor_steps == std::array<std::uint32_t, 3>{0, 2, 4});
    const std::vector<GroupSpike> spikes{{0, 0, 0},  {2, 1, 0},  {4, 2, 0}, {7, 3, 1},
                                         {11, 4, 2}, {17, 5, 3}, {20, 6, 4}};
    CHECK(group.spikes == spikes);
    const std::vector<GroupLink> links{{0, 3, 5},  {1, 3, 5},  {2, 3, 5},  {0, 4, 9}, {3, 4, 9},
                                       {1, 5, 15}, {4, 5, 15}, {2, 6, 18}, {5, 6, 18}};
    CHECK(group.links == links);
    CHECK(group.longest_path == 4);
    CHECK(group.span_steps() == 20);
    CHECK(group.path() == std::vector<std::uint32_t>{0, 3, 4, 5, 6});
    CHECK(network.triplets_of(3) == 1);
    for (const std::uint32_t other : {0u, 1u, 2u, 4u, 5u, 6u, 7u}) CHECK(network.triplets_of(other) == 0);
}

TEST_CASE("groups: what is asked of a group") {
    const GroupNetwork network = chain_network(chain());
    CHECK(all_groups(network, {.least_path = 5}).empty());
    CHECK(all_groups(network, {.least_path = 4, .least_size = 7}).size() == 1);
    CHECK(all_groups(network, {.least_path = 4, .least_size = 8}).empty());
    // The last spike is in step 20, the 21st.
    CHECK(all_groups(network, {.least_path = 4, .duration_steps = 21}).size() == 1);
    CHECK(all_groups(network, {.least_path = 4, .duration_steps = 20}).empty());
    CHECK(all_groups(network, {.least_path = 1, .duration_steps = 1}).empty());
    // Every spike comes two steps after what made it.
    CHECK(all_groups(network, {.least_path = 4, .window_steps = 3}).size() == 1);
    CHECK(all_groups(network, {.least_path = 1, .window_steps = 2}).empty());
    GroupRules rules{.least_path = 4};
    GroupFinder finder(network, rules);
    CHECK_FALSE(finder.groups_of(3, [](Group&&) { return false; }));
}

TEST_CASE("groups: every anchor takes part, and no weak synapse makes an anchor") {
    std::vector<GroupSynapse> synapses = chain();
    synapses.pop_back();  // anchor 2 fires the mother only; 6 stays silent
    CHECK(all_groups(chain_network(synapses), {.least_path = 3}).empty());
    synapses.push_back({2, 7, 30.0f, 3, false});  // now it fires 7 too
    const auto groups = all_groups(chain_network(synapses), {.least_path = 3});
    REQUIRE(groups.size() == 1);
    CHECK(groups.front().spikes.size() == 7);
    CHECK(groups.front().longest_path == 3);
    for (std::size_t weak = 0; weak < 3; ++weak) {
        synapses = chain();
        synapses[weak].strong = false;
        CHECK(all_groups(chain_network(synapses), {.least_path = 1}).empty());
    }
    std::vector<GroupNeuron> neurons(8);
    neurons[1].inhibitory = true;  // neither anchor
    CHECK(chain_network(chain(), neurons).triplets_of(3) == 0);
    neurons = std::vector<GroupNeuron>(8);
    neurons[3].inhibitory = true;  // nor mother
    CHECK(chain_network(chain(), neurons).triplets_of(3) == 0);
    neurons = std::vector<GroupNeuron>(8);
    neurons[2].has_membrane = false;  // a spike source is no anchor
    CHECK(chain_network(chain(), neurons).triplets_of(3) == 0);
}

TEST_CASE("groups: inhibition breaks a chain and explains nothing") {
    std::vector<GroupSynapse> synapses = chain();
    std::vector<GroupNeuron> neurons(8);
    neurons[7] = {0.1f, 0.2f, -65.0f, 2.0f, -70.0f, -14.0f, true, true};
    synapses.push_back({3, 7, 30.0f, 1, false});   // arrives in step 8
    synapses.push_back({7, 5, -20.0f, 5, false});  // arrives with the input of 5
    GroupRules rules{.least_path = 1};
    const GroupNetwork network = chain_network(synapses, neurons);
    const Group followed = GroupFinder(network, rules).follow({0, 1, 2}, {0, 2, 4});
    const std::vector<GroupSpike> spikes{{0, 0, 0}, {2, 1, 0}, {4, 2, 0}, {7, 3, 1}, {10, 7, 2}, {11, 4, 2}};
    CHECK(followed.spikes == spikes);
    CHECK(std::none_of(followed.links.begin(), followed.links.end(),
                       [](const GroupLink& link) { return link.from == 4; }));
    CHECK(all_groups(network, {.least_path = 3}).empty());
}

TEST_CASE("groups: triplets are of three neurons, also where pairs have several synapses") {
    std::vector<GroupSynapse> synapses;
    // Sources 0 to 3 with 2, 1, 3 and 1 strong synapses onto 4, and one of 4 onto itself.
    for (const std::uint32_t source : {0u, 0u, 1u, 2u, 2u, 2u, 3u, 4u})
        synapses.push_back({source, 4, 10.0f, 1 + static_cast<std::uint32_t>(synapses.size()), true});
    const GroupNetwork network(std::vector<GroupNeuron>(5), synapses, 1.0, Numerics::published);
    CHECK(network.candidates_of(4).size() == 7);
    CHECK(network.triplets_of(4) == 2 * 1 * 3 + 2 * 1 * 1 + 2 * 3 * 1 + 1 * 3 * 1);
}

TEST_CASE("groups: those of small random networks, by trying everything") {
    std::size_t found = 0, with_repeats = 0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        CAPTURE(seed);
        const RandomNetwork random =
            random_network(seed, seed >= 6 ? 20 : 30, seed >= 6 ? 7 : 6, 1 + 2 * static_cast<std::uint32_t>(seed));
        const GroupNetwork network(random.neurons, random.synapses, 1.0, Numerics::published);
        const GroupRules rules{.least_path = 3, .least_size = 6, .duration_steps = 40, .window_steps = 8};
        const std::vector<Group> groups = all_groups(network, rules), expected = Reference{random, rules}.groups();
        REQUIRE(groups.size() == expected.size());
        for (std::size_t g = 0; g < groups.size(); ++g) CHECK(groups[g] == expected[g]);
        found += groups.size();
        for (const Group& group : groups) {
            std::vector<int> times(random.neurons.size());
            for (const GroupSpike& spike : group.spikes) ++times[spike.neuron];
            with_repeats += *std::max_element(times.begin(), times.end()) > 1 ? 1 : 0;
        }
    }
    // Otherwise the cases above show little.
    CHECK(found > 200);
    CHECK(with_repeats > 5);
}

TEST_CASE("groups: after inhibition less input makes a neuron fire") {
    std::size_t rebounds = 0;
    for (int inhibition = 4; inhibition <= 24; inhibition += 4)
        for (std::uint32_t delay = 10; delay <= 30; ++delay) {
            CAPTURE(inhibition);
            CAPTURE(delay);
            // Anchor 0 fires 3, which inhibits 4 in the steps 4 to 18; the 12 mV of anchor 1 alone would not fire it.
            RandomNetwork random{std::vector<GroupNeuron>(5), {{0, 3, 30.0f, 1, false}, {1, 4, 12.0f, delay, false}}};
            for (std::uint32_t each = 1; each <= 15; ++each)
                random.synapses.push_back({3, 4, -static_cast<float>(inhibition), each, false});
            random.neurons[3].inhibitory = true;
            random.neurons[4].a = 0.1f;
            const GroupNetwork network(random.neurons, random.synapses, 1.0, Numerics::published);
            const GroupRules rules{.duration_steps = 60};
            const std::array<std::uint32_t, 3> anchors{0, 1, 2}, steps{0, 0, 0};
            Group followed = GroupFinder(network, rules).follow(anchors, steps);
            for (GroupSpike& spike : followed.spikes) spike.path = 0;
            CHECK(followed.spikes == Reference{random, rules}.fire(anchors, steps));
            rebounds += followed.spikes.back().neuron == 4 ? 1 : 0;
        }
    CHECK(rebounds > 5);
}

TEST_CASE("groups: the engine fires the same spikes") {
    using namespace izhi;
    struct Case {
        Numerics numerics;
        double dt_ms;
    };
    for (const Case& each : {Case{Numerics::published, 1.0}, Case{Numerics::published, 0.5}, Case{Numerics::euler, 0.5},
                             Case{Numerics::forward_euler, 0.25}}) {
        const Numerics numerics = each.numerics;
        const double dt_ms = each.dt_ms;
        CAPTURE(std::string(to_string(numerics)));
        CAPTURE(dt_ms);
        constexpr std::uint32_t size = 200, steps = 150;
        const RandomNetwork random = random_network(7, size, 32, 20);
        NetworkBuilder builder{{.name = "random", .seed = 1, .dt_ms = dt_ms, .numerics = numerics}};
        builder.add_population({.name = "exc", .size = size - size / 5, .cell = regular_spiking(), .v0_mv = rest()});
        builder.add_population({.name = "inh", .size = size / 5, .cell = fast_spiking(), .v0_mv = rest()});
        std::vector<ExplicitSynapse> list;
        for (const GroupSynapse& synapse : random.synapses)
            list.push_back({synapse.source, synapse.target, static_cast<double>(synapse.weight) * 1.2,
                            synapse.delay_steps * dt_ms});
        builder.connect(everyone, everyone, {.name = "all", .rule = explicit_list(list)});
        const Network described = builder.build();
        // What is delivered, rounded as the engine does.
        Simulation wired(described, {.threads = 1});
        std::vector<GroupSynapse> delivered;
        for (std::uint32_t source = 0; source < size; ++source)
            for (const Simulation::Synapse& synapse : wired.synapses_of(source))
                delivered.push_back(
                    {source, synapse.target, static_cast<float>(synapse.weight), synapse.delay_steps, false});
        const GroupNetwork network(random.neurons, delivered, dt_ms, numerics);
        const GroupRules rules{.duration_steps = steps};
        GroupFinder finder(network, rules);
        std::size_t spikes = 0, most = 0;
        Draws draws(3);
        for (int triplet = 0; triplet < 15; ++triplet) {
            CAPTURE(triplet);
            const std::array<std::uint32_t, 3> anchors{draws.below(50), 50 + draws.below(50), 100 + draws.below(50)};
            const std::array<std::uint32_t, 3> at{draws.below(20), draws.below(20), 0};
            Simulation simulation(described, {.threads = 1});
            std::vector<GroupSpike> fired;
            for (std::uint32_t step = 0; step < steps; ++step) {
                for (std::size_t k = 0; k < 3; ++k)
                    if (at[k] == step) simulation.apply(ForcedSpikes{.target = everyone, .neurons = {anchors[k]}});
                for (const Spike& spike : simulation.step()) fired.push_back({step, spike.neuron, 0});
            }
            Group followed = finder.follow(anchors, at);
            for (GroupSpike& spike : followed.spikes) spike.path = 0;
            REQUIRE(followed.spikes == fired);
            spikes += fired.size();
            most = std::max(most, fired.size());
        }
        // Some die out, and some take hold of the network.
        CHECK(spikes > 300);
        CHECK(most > 50);
    }
}

TEST_CASE("groups: firings in a recording, by hand") {
    const std::vector<GroupSpike> group{{0, 0, 0}, {5, 1, 0}, {9, 2, 0}, {9, 3, 0}};
    const auto firings = [&](const std::vector<std::pair<std::uint32_t, std::uint64_t>>& spikes,
                             const WatchRules& rules) {
        SpikeTrains trains(6);
        for (const auto& [neuron, step] : spikes) trains.add(neuron, step);
        trains.add(5, 0);  // bounds of the recording
        trains.add(5, 100'000);
        trains.sort();
        return firings_of(group, trains, rules);
    };
    using Steps = std::vector<std::uint64_t>;
    const WatchRules exact{.share = 1.0, .jitter_steps = 0};
    CHECK(firings({{0, 40}, {1, 45}, {2, 49}, {3, 49}}, exact) == Steps{40});
    CHECK(firings({{0, 40}, {1, 46}, {2, 49}, {3, 49}}, exact).empty());
    CHECK(firings({{0, 40}, {1, 46}, {2, 49}, {3, 49}}, {.share = 0.75, .jitter_steps = 0}) == Steps{40});
    CHECK(firings({{0, 40}, {1, 46}, {2, 48}, {3, 49}}, {.share = 1.0, .jitter_steps = 1}) == Steps{40});
    // Half of four spikes are two; one neuron that fires twice is one spike of the group.
    CHECK(firings({{0, 40}, {1, 45}}, {.share = 0.5, .jitter_steps = 0}) == Steps{40});
    CHECK(firings({{0, 40}, {0, 41}, {0, 42}}, {.share = 0.5, .jitter_steps = 2}).empty());
    CHECK(firings({{0, 40}}, {.share = 0.01, .jitter_steps = 0}) == Steps{40});
    // Two firings, of which the second begins where starts are looked at anew (32,768 of them at a time).
    CHECK(firings({{0, 40}, {1, 45}, {2, 49}, {3, 49}, {0, 32'768}, {1, 32'773}, {2, 32'777}, {3, 32'777}}, exact) ==
          Steps{40, 32'768});
    CHECK(firings({{0, 32'768}, {1, 32'772}, {2, 32'776}, {3, 32'777}}, {.share = 1.0, .jitter_steps = 1}) ==
          Steps{32'767});
    CHECK(firings_of(group, SpikeTrains(6), exact).empty());
}

TEST_CASE("groups: firings in random recordings, start by start") {
    Draws draws(11);
    std::size_t all = 0;
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        const WatchRules rules{.share = 0.3 + 0.1 * (round % 4), .jitter_steps = static_cast<std::uint32_t>(round % 3)};
        std::vector<GroupSpike> group;
        for (std::uint32_t i = 0; i < 6; ++i) group.push_back({draws.below(20), draws.below(4), 0});
        SpikeTrains trains(4);
        std::vector<std::vector<std::uint64_t>> plain(4);
        const std::uint64_t begin = round % 2 == 0 ? 0 : 50'000;
        for (int i = 0; i < 900; ++i) {
            const std::uint32_t neuron = draws.below(4);
            const std::uint64_t step = begin + (i < 600 ? draws.below(3000) : 31'500 + draws.below(3000));
            trains.add(neuron, step);
            plain[neuron].push_back(step);
        }
        trains.sort();
        std::vector<std::uint64_t> expected;
        std::int64_t latest = -1'000'000;
        std::size_t best = 0;
        for (auto start = static_cast<std::int64_t>(trains.first_step());
             start <= static_cast<std::int64_t>(trains.last_step()); ++start) {
            std::size_t there = 0;
            for (const GroupSpike& spike : group)
                there += std::any_of(plain[spike.neuron].begin(), plain[spike.neuron].end(),
                                     [&](std::uint64_t step) {
                                         return std::abs(static_cast<std::int64_t>(step) - start - spike.step) <=
                                                rules.jitter_steps;
                                     })
                             ? 1
                             : 0;
            if (static_cast<double>(there) < rules.share * 6.0 - 1e-9) continue;
            if (start - latest > 2 * rules.jitter_steps + 1) {
                expected.push_back(static_cast<std::uint64_t>(start));
                best = there;
            } else if (there > best) {
                expected.back() = static_cast<std::uint64_t>(start);
                best = there;
            }
            latest = start;
        }
        CHECK(firings_of(group, trains, rules) == expected);
        all += expected.size();
    }
    CHECK(all > 1000);
}

TEST_SUITE_END();
