// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The parts of izhi groups: weights as they are delivered, the control that shuffles them, what is followed, the search on threads.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "apps/groups/group_network.hpp"
#include "apps/groups/group_search.hpp"
#include "izhi/izhi.hpp"

namespace {

using namespace izhi;
using namespace izhi::apps;

/// Two populations; learnt excitation with weights up to 10, inhibition, and a projection that does not learn.
Network small_network() {
    NetworkBuilder builder{{.name = "small", .seed = 4}};
    const auto exc = builder.add_population({.name = "exc", .size = 60, .cell = regular_spiking()});
    const auto inh = builder.add_population({.name = "inh", .size = 15, .cell = fast_spiking()});
    builder.connect(exc, everyone,
                    {.name = "learnt",
                     .rule = fixed_outdegree(14),
                     .weight = uniform(2.0, 10.0),
                     .delay_ms = uniform(1.0, 10.0),
                     .plasticity = polychronization_2006()});
    builder.connect(inh, exc, {.name = "inhibition", .rule = fixed_outdegree(10), .weight = uniform(-6.0, -1.0)});
    builder.connect(exc, exc,
                    {.name = "fixed", .rule = fixed_outdegree(3), .weight = uniform(1.0, 4.0), .delay_ms = 3.0});
    return builder.build();
}

using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, double>;

}  // namespace

TEST_SUITE_BEGIN("groups");

TEST_CASE("groups: weights are delivered as the simulation does") {
    const Network network = small_network();
    Simulation simulation(network, {.threads = 1});
    const std::vector<WeighedProjection> projections = weighed_projections(simulation);
    REQUIRE(projections.size() == 3);
    std::vector<Key> ours, theirs;
    bool rounded = false;
    for (const WeighedProjection& projection : projections)
        for (const WeighedSynapse& synapse : projection.synapses) {
            ours.emplace_back(synapse.source, synapse.delay_steps, synapse.target, synapse.delivered);
            rounded = rounded || synapse.weight != synapse.delivered;
        }
    for (std::uint32_t source = 0; source < network.neuron_count(); ++source)
        for (const Simulation::Synapse& synapse : simulation.synapses_of(source))
            theirs.emplace_back(source, synapse.delay_steps, synapse.target, synapse.weight);
    std::sort(ours.begin(), ours.end());
    std::sort(theirs.begin(), theirs.end());
    CHECK(ours == theirs);
    CHECK(rounded);
    CHECK(projections[0].bound == 10.0);
    CHECK(projections[2].bound > 3.5);
    CHECK(projections[2].bound < 4.01);
}

TEST_CASE("groups: shuffling exchanges weights between excitatory neurons, within a projection") {
    const Network network = small_network();
    Simulation simulation(network, {.threads = 1});
    const std::vector<WeighedProjection> before = weighed_projections(simulation);
    const std::vector<bool> inhibitory = inhibitory_neurons(before, network.neuron_count());
    for (std::uint32_t i = 0; i < network.neuron_count(); ++i) CHECK(inhibitory[i] == (i >= 60));
    std::vector<WeighedProjection> after = before;
    shuffle_weights(after, inhibitory, 1);
    for (std::size_t p = 0; p < before.size(); ++p) {
        CAPTURE(p);
        std::vector<std::pair<double, double>> was, is;
        std::size_t moved = 0, between = 0;
        REQUIRE(after[p].synapses.size() == before[p].synapses.size());
        for (std::size_t i = 0; i < before[p].synapses.size(); ++i) {
            const WeighedSynapse &x = before[p].synapses[i], &y = after[p].synapses[i];
            CHECK(std::tie(x.source, x.target, x.delay_steps) == std::tie(y.source, y.target, y.delay_steps));
            CHECK(y.delivered == delivered_weight(y.weight, after[p].quantum));
            was.emplace_back(x.weight, x.delivered);
            is.emplace_back(y.weight, y.delivered);
            const bool exchanged = !inhibitory[x.source] && !inhibitory[x.target];
            between += exchanged ? 1 : 0;
            moved += x.weight != y.weight ? 1 : 0;
            if (!exchanged) CHECK(x.weight == y.weight);
        }
        std::sort(was.begin(), was.end());
        std::sort(is.begin(), is.end());
        CHECK(was == is);
        // A random permutation leaves one in its place, in the mean.
        if (between > 0) CHECK(moved + 8 > between);
    }
    std::vector<WeighedProjection> same = before, other = before;
    shuffle_weights(same, inhibitory, 1);
    shuffle_weights(other, inhibitory, 2);
    const auto weights = [](const std::vector<WeighedProjection>& projections) {
        std::vector<double> all;
        for (const WeighedSynapse& synapse : projections[0].synapses) all.push_back(synapse.weight);
        return all;
    };
    CHECK(weights(same) == weights(after));
    CHECK(weights(other) != weights(after));
}

TEST_CASE("groups: weak synapses between excitatory neurons are left out, all others are followed") {
    const Network network = small_network();
    Simulation simulation(network, {.threads = 1});
    const std::vector<WeighedProjection> projections = weighed_projections(simulation);
    const std::vector<bool> inhibitory = inhibitory_neurons(projections, network.neuron_count());
    const SearchedNetwork searched = searched_network(simulation, projections, inhibitory, 0.7);
    std::size_t expected = 0, strong = 0;
    for (const WeighedProjection& projection : projections)
        for (const WeighedSynapse& synapse : projection.synapses) {
            const bool between = !inhibitory[synapse.source] && !inhibitory[synapse.target];
            const bool is_strong = between && synapse.weight >= 0.7 * projection.bound;
            expected += !between || is_strong ? 1 : 0;
            strong += is_strong ? 1 : 0;
        }
    CHECK(searched.network.synapse_count() == expected);
    CHECK(searched.strong == strong);
    CHECK(strong > 100);
    for (std::uint32_t i = 0; i < searched.network.size(); ++i) {
        const analysis::GroupNeuron& neuron = searched.network.neuron(i);
        CHECK(neuron.inhibitory == (i >= 60));
        CHECK(neuron.has_membrane);
        CHECK(neuron.rest_v == doctest::Approx(-70.0));
        CHECK(neuron.rest_u == doctest::Approx(-14.0));
        CHECK(neuron.d == (i < 60 ? 8.0f : 2.0f));
        for (const analysis::GroupSynapse& synapse : searched.network.synapses_of(i))
            CHECK(synapse.strong == (i < 60 && synapse.target < 60));
    }
    std::uint64_t triplets = 0, mothers = 0;
    for (std::uint32_t i = 0; i < searched.network.size(); ++i) {
        triplets += searched.network.triplets_of(i);
        mothers += searched.network.triplets_of(i) > 0 ? 1 : 0;
    }
    CHECK(searched.triplets == triplets);
    CHECK(searched.mothers == mothers);
}

TEST_CASE("groups: the same for any number of threads, within the memory") {
    const Network network = small_network();
    Simulation simulation(network, {.threads = 1});
    const std::vector<WeighedProjection> projections = weighed_projections(simulation);
    const SearchedNetwork searched =
        searched_network(simulation, projections, inhibitory_neurons(projections, network.neuron_count()), 0.2);
    const analysis::GroupRules rules{.least_path = 3};
    Progress silent(false);
    const auto one = search_groups(searched.network, rules, searched.triplets, 1, 1u << 30U, silent);
    CHECK(one.size() > 50);
    CHECK(std::is_sorted(one.begin(), one.end(), [](const auto& x, const auto& y) {
        return std::tie(x.mother, x.anchors) < std::tie(y.mother, y.anchors);
    }));
    for (const int threads : {2, 5})
        CHECK(search_groups(searched.network, rules, searched.triplets, threads, 1u << 30U, silent) == one);
    CHECK_THROWS_WITH_AS((void)search_groups(searched.network, rules, searched.triplets, 2, 10'000, silent),
                         doctest::Contains("the groups need more than 10 kB of memory"), Error);
}

TEST_SUITE_END();
