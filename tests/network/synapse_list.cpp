// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "izhi/network.hpp"
#include "tests/network/faults.hpp"

namespace {

using namespace izhi;
using namespace izhi::test;

std::vector<ExplicitSynapse> synapses_in(const SynapseList& list) {
    std::vector<ExplicitSynapse> all;
    for (const ExplicitSynapse synapse : list) all.push_back(synapse);
    return all;
}

std::string fault_of_columns(std::vector<std::uint32_t> sources, std::vector<std::uint32_t> targets,
                             std::vector<double> weights, std::vector<double> delays_ms) {
    return fault_of(
        [&] { (void)SynapseList(std::move(sources), std::move(targets), std::move(weights), std::move(delays_ms)); });
}

}  // namespace

TEST_SUITE_BEGIN("wiring");

TEST_CASE("synapse list: it has what it was made of, whether values differ or are shared") {
    for (const bool weights_differ : {false, true})
        for (const bool delays_differ : {false, true}) {
            CAPTURE(weights_differ);
            CAPTURE(delays_differ);
            std::vector<ExplicitSynapse> made;
            for (std::uint32_t i = 0; i < 100; ++i)
                made.push_back({i, (7 * i) % 100, weights_differ ? 0.5 * i : -1.25, delays_differ ? 1.0 + i % 3 : 2.0});
            const SynapseList list(made);
            REQUIRE(list.size() == made.size());
            CHECK(synapses_in(list) == made);
            CHECK(list.front() == made.front());
            CHECK(list[99] == made[99]);
            CHECK(std::vector<std::uint32_t>(list.targets().begin(), list.targets().end())[3] == 21);
        }
}

TEST_CASE("synapse list: the last value alone may differ, and zeros of both signs stay apart") {
    std::vector<ExplicitSynapse> made(5, ExplicitSynapse{0, 0, 1.0, 1.0});
    made.back().weight = 2.0;
    CHECK(synapses_in(SynapseList(made)) == made);
    const SynapseList zeros{{0, 0, 0.0, 1.0}, {0, 0, -0.0, 1.0}};
    CHECK_FALSE(std::signbit(zeros[0].weight));
    CHECK(std::signbit(zeros[1].weight));
}

TEST_CASE("synapse list: columns have one length, or one value for all") {
    const SynapseList list({1, 2}, {3, 4}, {5.0}, {1.0, 2.0});
    CHECK(synapses_in(list) == std::vector<ExplicitSynapse>{{1, 3, 5.0, 1.0}, {2, 4, 5.0, 2.0}});
    CHECK(fault_of_columns({1, 2, 3}, {1, 2}, {1.0}, {1.0}) ==
          "a list of synapses has 3 sources and 2 targets; allowed: the same number of both");
    CHECK(contains(fault_of_columns({1, 2, 3}, {1, 2, 3}, {1.0, 2.0}, {1.0}), "3 sources and 2 weights"));
    CHECK(contains(fault_of_columns({1, 2, 3}, {1, 2, 3}, {1.0}, {}), "3 sources and 0 delays"));
}

TEST_CASE("synapse list: an empty one has nothing, and copies share their columns") {
    const SynapseList none, empty(std::vector<ExplicitSynapse>{}), columns({}, {}, {}, {});
    for (const SynapseList& list : {none, empty, columns}) {
        CHECK(list.empty());
        CHECK(list.begin() == list.end());
        CHECK(list.sources().empty());
    }
    const SynapseList list{{1, 2, 3.0, 4.0}};
    const SynapseList copy = list;  // NOLINT(performance-unnecessary-copy-initialization): the copy is the test
    CHECK(copy.sources().data() == list.sources().data());
}

TEST_CASE("network: notes of whoever describes it come first") {
    NetworkBuilder net{{.seed = 1}};
    (void)net.add_population({.name = "nobody", .size = 0});
    (void)net.add_population({.name = "some", .size = 1});
    net.add_note({Note::Kind::ignored, "file.json", {}, "something means nothing here"});
    const Network network = std::move(net).build();
    REQUIRE(network.notes().size() == 2);
    CHECK(sentence(network.notes()[0]) == "file.json: something means nothing here");
    CHECK(contains(sentence(network.notes()[1]), "population.nobody.size"));
}

TEST_SUITE_END();
