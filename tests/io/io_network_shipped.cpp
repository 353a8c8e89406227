// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The network files that come with izhi, and the examples of their documentation.
#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "izhi/io/network_file.hpp"
#include "izhi/simulation.hpp"
#include "network_texts.hpp"
#include "tests/learning/learning_scenes.hpp"
#include "tests/support/contents.hpp"

using namespace izhi;
using namespace izhi::test;

TEST_CASE("network file: every built-in network is sound and has the size its name says") {
    const fs::path folder = fs::path(IZHI_SOURCE_DIR) / "engine" / "networks";
    if (!fs::is_directory(folder)) {
        MESSAGE("skipped: the sources are not where they were built from");
        return;
    }
    struct Expected {
        const char* name;
        std::uint32_t neurons;
        double weight;
    };
    for (const Expected& expected :
         {Expected{"cortex-1k", 1000, 0.5}, Expected{"cortex-10k", 10000, 3.25}, Expected{"cortex-100k", 100000, 3.25},
          Expected{"cortex-1m", 1000000, 3.25}, Expected{"storm-10k", 10000, 5.0}}) {
        CAPTURE(expected.name);
        const Network network = io::load_network(folder / (std::string(expected.name) + ".toml"));
        const NetworkDescription& d = network.description();
        CHECK(d.spec.name == expected.name);
        CHECK(network.neuron_count() == expected.neurons);
        CHECK(d.populations[0].size == 4 * d.populations[1].size);
        CHECK(d.populations[0].cell == excitatory_2003());
        CHECK(d.populations[1].cell == inhibitory_2003());
        CHECK(d.projections[0].spec.weight == uniform(0.0, expected.weight));
        CHECK(d.projections[1].spec.weight == uniform(-2.0 * expected.weight, 0.0));
    }
    const auto count = std::distance(fs::directory_iterator(folder), fs::directory_iterator{});
    std::size_t networks = 0;
    for (const auto& entry : fs::directory_iterator(folder)) networks += entry.path().extension() == ".toml" ? 1 : 0;
    CHECK(count > 0);
    CHECK(networks == 15);
}

TEST_CASE("network file: the built-in networks that learn are those of the tests, to the last spike") {
    const fs::path folder = fs::path(IZHI_SOURCE_DIR) / "engine" / "networks";
    if (!fs::is_directory(folder)) {
        MESSAGE("skipped: the sources are not where they were built from");
        return;
    }
    const auto state_after = [](const Network& network, std::uint64_t steps) {
        Simulation simulation(network, {.threads = 1});
        simulation.run(steps);
        return std::pair(simulation.spike_hash(), simulation.state_hash());
    };
    const auto file = [&](const char* name) {
        return io::load_network(folder / (std::string(name) + ".toml"), {.seed = 11});
    };
    NetworkBuilder polychrony_with_input = polychrony(11);
    polychrony_with_input.stimulate(everyone, {.stimulus = RandomNeurons{.amplitude = 20.0}});
    CHECK(state_after(file("polychrony"), 2500) == state_after(polychrony_with_input.build(), 2500));
    CHECK(state_after(file("distal-reward"), 2500) == state_after(distal_reward(11).build(), 2500));
    CHECK(file("distal-reward").description().rewards.size() == 1);

    const Network brunel = file("brunel-stdp");
    CHECK(brunel.neuron_count() == 10000);
    CHECK(brunel.memory().synapses == 1250000);
}

TEST_CASE("network file: the example of the documentation is sound") {
    const fs::path page = fs::path(IZHI_SOURCE_DIR) / "engine" / "io" / "NETWORK_FILE.md";
    if (!fs::is_directory(page.parent_path())) {
        MESSAGE("skipped: the sources are not where they were built from");
        return;
    }
    // Every block marked ```toml is a whole network, or completes the first one.
    const std::string text = contents_of(page);
    std::vector<std::string> blocks;
    for (std::size_t at = 0; (at = text.find("```toml\n", at)) != std::string::npos;) {
        at += 8;
        const std::size_t end = text.find("```", at);
        REQUIRE(end != std::string::npos);
        blocks.push_back(text.substr(at, end - at));
        at = end + 3;
    }
    REQUIRE(blocks.size() >= 4);
    std::string all;
    for (const std::string& block : blocks) {
        all += block;
        CAPTURE(all);
        CHECK(refusal(all) == "");
    }
}
