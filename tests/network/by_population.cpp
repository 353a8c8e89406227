// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Neurons to populations and back, empty populations among them, and lists of spikes cut by population.
#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "izhi/error.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

TEST_SUITE_BEGIN("network");

TEST_CASE("which neurons a population has, and which population has a neuron") {
    NetworkBuilder net;
    const std::uint32_t sizes[] = {0, 3, 0, 0, 500, 1, 0};
    std::vector<PopulationId> ids;
    for (const std::uint32_t size : sizes)
        ids.push_back(net.add_population({.name = "p" + std::to_string(ids.size()), .size = size}));
    const Network network = net.build();
    std::uint32_t first = 0;
    for (std::size_t p = 0; p < ids.size(); ++p) {
        CHECK(network.neurons(ids[p]) == NeuronRange{first, sizes[p]});
        CHECK(network.first_neuron(ids[p]) == first);
        for (std::uint32_t n = first; n < first + sizes[p]; ++n) REQUIRE(network.population_of(n) == ids[p]);
        CHECK(network.neurons(ids[p]).contains(first) == (sizes[p] > 0));
        CHECK_FALSE(network.neurons(ids[p]).contains(first + sizes[p]));
        if (first > 0) CHECK_FALSE(network.neurons(ids[p]).contains(first - 1));
        first += sizes[p];
        CHECK(network.neurons(ids[p]).end() == first);
    }
    CHECK(network.neurons(everyone) == NeuronRange{0, 504});
    CHECK_THROWS_WITH_AS((void)network.population_of(504), "population_of.neuron is 504; allowed: 0 to 503", Error);
    CHECK_THROWS_WITH_AS((void)network.neurons(PopulationId{}),
                         "population was never assigned; allowed: what add_population() returned", Error);
    // An id that a neuron gave is of this network.
    const PopulationId found = network.population_of(7);
    CHECK_THROWS_WITH_AS((void)cortex(100, 5, 1.0, 1).build().neurons(found), doctest::Contains("of another builder"),
                         Error);
}

TEST_CASE("spikes are cut by population") {
    NetworkBuilder net;
    const std::uint32_t sizes[] = {2, 0, 70, 1, 0, 4};
    for (std::uint32_t p = 0; p < 6; ++p) net.add_population({.name = "p" + std::to_string(p), .size = sizes[p]});
    const Network network = net.build();
    using Groups = std::vector<std::pair<std::uint32_t, std::vector<std::uint32_t>>>;
    const auto cut = [&](const std::vector<std::uint32_t>& neurons) {
        std::vector<Spike> spikes;
        for (const std::uint32_t neuron : neurons) spikes.push_back({5, neuron});
        Groups of_spikes, of_neurons;
        by_population(network, spikes, [&](PopulationId id, std::span<const Spike> own) {
            of_spikes.push_back({id.index, {}});
            for (const Spike& spike : own) of_spikes.back().second.push_back(spike.neuron);
        });
        by_population(network, neurons, [&](PopulationId id, std::span<const std::uint32_t> own) {
            of_neurons.push_back({id.index, {own.begin(), own.end()}});
        });
        CHECK(of_spikes == of_neurons);
        return of_spikes;
    };
    CHECK(cut({}).empty());
    CHECK(cut({1}) == Groups{{0, {1}}});
    CHECK(cut({2}) == Groups{{2, {2}}});
    CHECK(cut({0, 1, 2, 71, 72, 73, 76}) == Groups{{0, {0, 1}}, {2, {2, 71}}, {3, {72}}, {5, {73, 76}}});
    CHECK(cut({1, 76}) == Groups{{0, {1}}, {5, {76}}});
}

TEST_SUITE_END();
