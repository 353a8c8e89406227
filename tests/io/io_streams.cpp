// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Spikes of a file that are read while a network runs.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/izhi.hpp"
#include "tests/io/network_texts.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// Records Poisson sources, two populations of them.
std::filesystem::path recorded(const Folder& folder, std::uint32_t size, double rate_hz, double ms) {
    NetworkBuilder net{{.name = "recorded", .seed = 4}};
    net.add_population({.name = "a", .size = size, .source = PoissonSource{.rate_hz = rate_hz}});
    net.add_population({.name = "b", .size = 5, .source = PoissonSource{.rate_hz = 20.0}});
    const Network network = net.build();
    io::Recorder recorder(network, folder.path / "out", io::Format::sonata);
    Simulation simulation(network);
    simulation.run_ms(ms, &recorder);
    (void)recorder.finish(simulation.steps_done());
    return folder.path / "out" / "spikes.h5";
}

std::string complaint(const std::filesystem::path& file, const std::string& population, std::uint64_t first = 0) {
    try {
        (void)io::read_stream(file, population, first);
    } catch (const Error& error) { return error.what(); }
    return "";
}

Network player(const SpikeSource& source) {
    NetworkBuilder net{{.name = "player", .seed = 9}};
    const auto in = net.add_population({.name = "in", .size = 400, .source = source});
    const auto cells = net.add_population({.name = "cells", .size = 200, .cell = regular_spiking()});
    net.connect(in, cells, {.rule = fixed_outdegree(10), .weight = 2.0, .delay_ms = uniform(1.0, 5.0)});
    return net.build();
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("streams: a recording plays as it does from memory, from any time") {
    const Folder folder;
    const std::filesystem::path file = recorded(folder, 400, 100.0, 4000.0);
    const io::SpikeTable table = io::read_spikes(file);
    REQUIRE(table.populations[0].name == "a");
    SpikeTrains trains;
    for (std::size_t i = 0; i < table.populations[0].times_ms.size(); ++i)
        trains.spikes.push_back(
            {table.populations[0].times_ms[i], static_cast<std::uint32_t>(table.populations[0].node_ids[i])});
    REQUIRE(trains.spikes.size() > 2 * 65536);  // several pieces
    const Network in_memory = player(trains), streamed = player(io::read_stream(file, "a"));
    Simulation expected(in_memory), found(streamed, {.threads = 2, .executor = serial_executor()});
    expected.run(2500);
    const std::vector<std::byte> saved = expected.checkpoint();
    expected.run(1500);
    found.run(2500);
    CHECK(found.checkpoint() == saved);
    found.run(1500);
    CHECK(found.spike_hash() == expected.spike_hash());
    CHECK(found.state_hash() == expected.state_hash());
    found.run(100);  // beyond the end
    found.restore(saved);
    found.run(1500);
    CHECK(found.spike_hash() == expected.spike_hash());
    CHECK(found.state_hash() == expected.state_hash());

    // Every reader is its own, and finds its place.
    const SpikeStream stream = io::read_stream(file, "a");
    const auto one = stream.open(), other = stream.open();
    std::vector<SpikeTrains::Event> piece;
    for (const double ms : {0.0, 1234.0, 3999.0}) {
        one->seek(ms);
        one->read(piece);
        REQUIRE_FALSE(piece.empty());
        CHECK(piece.front().time_ms >= ms);
        CHECK(piece.front().time_ms < ms + 3.0);
    }
    one->seek(4001.0);
    one->read(piece);
    CHECK(piece.empty());
    other->read(piece);
    CHECK(piece.front().time_ms == table.populations[0].times_ms.front());
}

TEST_CASE("streams: what cannot be read is refused and named") {
    const Folder folder;
    const std::filesystem::path file = recorded(folder, 30, 100.0, 200.0);
    CHECK(complaint(file, "a") == "");
    CHECK(complaint(file, "c") == file.string() + ": /spikes has no population c; allowed: a, b");
    CHECK(complaint(file, "").find("/spikes has several populations; allowed: a, b") != std::string::npos);
    folder.write("spikes.gdf", "7\t1.5\n");
    CHECK(complaint(folder.path / "spikes.gdf", "").find("is not SONATA") != std::string::npos);
    CHECK(complaint(folder.path / "none.h5", "").find("there is no such file") != std::string::npos);
    NetworkBuilder few, late;
    few.add_population({.name = "in", .size = 20, .source = io::read_stream(file, "a")});
    CHECK_THROWS_WITH_AS(few.build(), doctest::Contains("population.in.spikes has one of neuron 2"), Error);
    late.add_population({.name = "in", .size = 30, .source = io::read_stream(file, "a", 3)});
    CHECK_THROWS_WITH_AS(late.build(), doctest::Contains("has a spike of neuron"), Error);
}

TEST_CASE("streams: a network file reads a long recording while it runs, and a short one at once") {
    const Folder folder;
    (void)recorded(folder, 1000, 1000.0, 1001.0);  // every neuron in every step
    const std::string text = R"([population.in]
size = 1000
model = "spikes"
spikes_file = "out/spikes.h5"
spikes_population = "a"
)";
    const auto source = [&](const std::string& of) {
        return described(of, (folder.path / "net.toml").string()).populations[0].source.value();
    };
    CHECK(std::holds_alternative<SpikeStream>(source(text)));
    CHECK(refusal(text + "rate_hz = 5\n", (folder.path / "net.toml").string()).find("goes with model") !=
          std::string::npos);
    CHECK(refusal(text + "spikes_first_id = 1\n", (folder.path / "net.toml").string()).find("neuron 0") !=
          std::string::npos);
    (void)recorded(folder, 1000, 1000.0, 999.0);
    CHECK(std::holds_alternative<SpikeTrains>(source(text)));
}

TEST_SUITE_END();
