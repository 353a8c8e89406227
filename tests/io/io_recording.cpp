// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Recorders and readers: what is written reads back to the bit.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/network.hpp"
#include "izhi/simulation.hpp"
#include "recordings.hpp"
#include "tests/step/scenes.hpp"
#include "tests/support/contents.hpp"

namespace fs = std::filesystem;
using namespace izhi;
using namespace izhi::test;
using io::Format;

TEST_CASE("recording: format names") {
    for (const Format format : kFormats) CHECK(io::format_from_string(to_string(format)) == format);
    CHECK_THROWS_WITH_AS((void)io::format_from_string("sonta"), "option.format is 'sonta'; allowed: sonata, gdf, csv",
                         Error);
}

TEST_CASE("recording: spikes read back exactly, in every format") {
    const Network network = example().build();
    // The second is more than a buffer of 65,536 spikes of each population.
    for (const auto& [steps, per_cent] : {std::pair{50, 10U}, std::pair{5000, 60U}}) {
        const auto spikes = made_up_spikes(static_cast<std::uint64_t>(steps), per_cent);
        for (const Format format : kFormats) {
            CAPTURE(std::string(to_string(format)));
            const RecordingFolder folder;
            io::Recorder recorder(network, folder.path / "new" / "deep", format);
            for (const auto& step : spikes) recorder.spikes(step);
            const auto files = recorder.finish(static_cast<std::uint64_t>(steps));
            REQUIRE_FALSE(files.empty());
            const auto table = io::read_spikes(files.front());
            const Expected expected = expected_of(spikes, format == Format::gdf);
            for (const auto& [name, times] : expected.times) {
                const auto* population = find(table, name);
                REQUIRE(population != nullptr);
                CHECK(population->times_ms == times);
                CHECK(population->node_ids == expected.ids.at(name));
            }
            if (format == Format::sonata) {
                REQUIRE(table.populations.size() == 3);
                REQUIRE(find(table, "silent") != nullptr);
                CHECK(find(table, "silent")->times_ms.empty());
            } else {
                CHECK(table.populations.size() == expected.times.size());
            }
        }
    }
}

TEST_CASE("recording: traces read back exactly") {
    const Network network = example().build();
    std::mt19937 random(5);
    std::uniform_real_distribution<float> values(-90.0F, 30.0F);
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const RecordingFolder folder;
        io::Recorder recorder(network, folder.path, format);
        std::vector<float> a, u, current;
        for (std::uint64_t step = 3; step <= 30000; ++step) {  // beyond a buffer of 4,096 samples
            if (step % 3 == 0) {
                const float row[] = {values(random), values(random), values(random)};
                a.insert(a.end(), std::begin(row), std::end(row));
                recorder.sample({.trace = 0, .step = step, .values = row});
            }
            const float row[] = {values(random), values(random)};
            u.push_back(row[0]);
            current.push_back(row[1]);
            recorder.sample({.trace = 1, .step = step, .values = row});
        }
        (void)recorder.finish(30000);

        std::vector<io::TraceTable> tables;
        const auto add = [&](const std::string& name) {
            for (auto& table : io::read_traces(folder.path / name)) tables.push_back(std::move(table));
        };
        if (format == Format::sonata) {
            for (const char* name : {"trace-a-v.h5", "trace-b-u.h5", "trace-b-current.h5"}) add(name);
        } else {
            for (const char* name : {"trace-a.csv", "trace-b.csv"}) add(name);
        }
        REQUIRE(tables.size() == 3);
        CHECK(tables[0].population == "exc");
        CHECK(tables[0].variable == "v");
        CHECK(tables[0].units == "mV");
        CHECK(tables[0].node_ids == std::vector<std::uint64_t>{7, 0, 39});
        CHECK(tables[0].start_ms == doctest::Approx(0.3).epsilon(1e-12));
        CHECK(tables[0].interval_ms == doctest::Approx(0.3).epsilon(1e-12));
        CHECK(tables[0].values == a);
        CHECK(tables[1].population == "inh-2");
        CHECK(tables[1].variable == "u");
        CHECK(tables[1].values == u);
        CHECK(tables[2].variable == "current");
        CHECK(tables[2].units == "mV/ms");
        CHECK(tables[2].node_ids == std::vector<std::uint64_t>{29});
        CHECK(tables[2].values == current);
    }
}

TEST_CASE("recording: traces of synapses have units and the name of their projection") {
    for (const bool leaky : {false, true}) {
        NetworkBuilder net;
        const auto p = net.add_population(
            {.name = "p", .size = 2, .cell = leaky ? leaky_integrate_and_fire() : regular_spiking()});
        const auto from = net.add_population({.name = "from", .size = 1, .source = PoissonSource{}});
        const auto ampa_like = net.connect(
            from, p, {.name = "ampa-like", .weight = 0.1, .dynamics = ampa(), .short_term = excitatory_short_term()});
        const std::vector<Variable> variables{Variable::excitatory, Variable::conductance, Variable::synaptic_current};
        net.record_trace(
            {.name = "a", .population = p, .neurons = {1}, .variables = variables, .projection = ampa_like});
        net.record_trace({.name = "s",
                          .population = from,
                          .neurons = {0},
                          .variables = {Variable::short_term_x},
                          .projection = ampa_like});
        const Network network = net.build();
        for (const Format format : {Format::sonata, Format::csv}) {
            CAPTURE(std::string(to_string(format)));
            const RecordingFolder folder;
            io::Recorder recorder(network, folder.path, format);
            const float row[] = {1.5F, 2.5F, 3.5F};
            recorder.sample({.trace = 0, .step = 1, .values = row});
            recorder.sample({.trace = 1, .step = 1, .values = std::span(row).first(1)});
            (void)recorder.finish(1);
            std::vector<io::TraceTable> tables;
            const std::vector<std::string> files =
                format == Format::csv
                    ? std::vector<std::string>{"trace-a.csv", "trace-s.csv"}
                    : std::vector<std::string>{"trace-a-excitatory.h5", "trace-a-conductance.h5",
                                               "trace-a-synaptic-current.h5", "trace-s-short-term-x.h5"};
            for (const std::string& name : files)
                for (auto& table : io::read_traces(folder.path / name)) tables.push_back(std::move(table));
            REQUIRE(tables.size() == 4);
            const bool in_pa = leaky && format == Format::sonata;
            const char* const units[] = {in_pa ? "pA" : "mV/ms", in_pa ? "nS" : "1/ms", in_pa ? "pA" : "mV/ms", "1"};
            const char* const names[] = {"excitatory", "conductance", "synaptic-current", "short-term-x"};
            for (std::size_t i = 0; i < 4; ++i) {
                CHECK(tables[i].variable == names[i]);
                CHECK(tables[i].units == units[i]);
                CHECK(tables[i].projection == (i == 0 ? "" : "ampa-like"));
                CHECK(tables[i].values == std::vector<float>{row[i % 3]});
            }
        }
    }
}

TEST_CASE("recording: what a failed run leaves in a trace reads back, finite or not") {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const std::vector<float> written{
        std::numeric_limits<float>::max(),      std::numeric_limits<float>::denorm_min(), -0.0F, kInfinity, -kInfinity,
        std::numeric_limits<float>::quiet_NaN()};
    const Network network = example().build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const RecordingFolder folder;
        io::Recorder recorder(network, folder.path, format);
        recorder.sample({.trace = 0, .step = 3, .values = std::span(written).first(3)});
        recorder.sample({.trace = 0, .step = 6, .values = std::span(written).last(3)});
        (void)recorder.finish(6);
        const auto tables = io::read_traces(folder.path / (format == Format::sonata ? "trace-a-v.h5" : "trace-a.csv"));
        REQUIRE(tables.size() == 1);
        REQUIRE(tables[0].values.size() == written.size());
        for (std::size_t i = 0; i < written.size(); ++i) {
            CAPTURE(i);
            CHECK(std::bit_cast<std::uint32_t>(tables[0].values[i]) == std::bit_cast<std::uint32_t>(written[i]));
        }
    }
}

TEST_CASE("recording: the text of a .gdf and a .csv is what other programs expect") {
    const Network network = example().build();
    const std::vector<Spike> first{{3, 0}, {3, 41}}, second{{10, 70}};
    const auto text_of = [&](Format format) {
        const RecordingFolder folder;
        io::Recorder recorder(network, folder.path, format);
        recorder.spikes(first);
        recorder.spikes(second);
        (void)recorder.finish(10);
        return test::contents_of(spike_file(folder, format));
    };
    // With the decimals of the step, although 3 x 0.1 is 0.30000000000000004 in doubles.
    CHECK(text_of(Format::gdf) == "0\t0.3\n41\t0.3\n70\t1\n");
    CHECK(text_of(Format::csv) == "time_ms,population,neuron\n0.3,exc,0\n0.3,inh-2,0\n1,inh-2,29\n");
}

TEST_CASE("recording: only the chosen populations, or no spikes at all") {
    const auto spikes = made_up_spikes(20, 30);
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        NetworkBuilder some = example();
        some.restrict_spike_recording({PopulationId{2}});
        const RecordingFolder folder;
        io::Recorder recorder(some.build(), folder.path, format);
        for (const auto& step : spikes) recorder.spikes(step);
        const auto table = io::read_spikes(recorder.finish(20).front());
        REQUIRE(table.populations.size() == 1);
        const Expected expected = expected_of(spikes, false);
        CHECK(table.populations[0].times_ms == expected.times.at("inh-2"));
        // What only our SONATA files say.
        const bool sonata = format == Format::sonata;
        CHECK(table.duration_ms == (sonata ? std::optional(2.0) : std::nullopt));
        CHECK(table.populations[0].neurons == (sonata ? std::optional<std::uint64_t>(30) : std::nullopt));

        NetworkBuilder none({.name = "none"});
        none.add_population({.name = "p", .size = 2});
        none.restrict_spike_recording({});
        const RecordingFolder empty;
        io::Recorder nothing(none.build(), empty.path, format);
        nothing.spikes(std::vector<Spike>{{1, 0}});
        CHECK(nothing.finish(1).empty());
        CHECK(empty.files().empty());
    }
}

TEST_CASE("recording: a population without neurons is listed, and no other one takes its name") {
    for (const Format format : kFormats)
        for (const bool first : {true, false}) {
            NetworkBuilder builder({.name = "with-nobody"});
            if (first) builder.add_population({.name = "nobody", .size = 0});
            builder.add_population({.name = "one", .size = 3});
            if (!first) builder.add_population({.name = "nobody", .size = 0});
            builder.add_population({.name = "two", .size = 2});
            const RecordingFolder folder;
            io::Recorder recorder(builder.build(), folder.path, format);
            recorder.spikes(std::vector<Spike>{{1, 0}, {1, 2}, {1, 3}});
            const auto table = io::read_spikes(recorder.finish(4).front());
            std::map<std::string, std::size_t> spikes;
            for (const auto& population : table.populations) spikes[population.name] = population.node_ids.size();
            if (format == Format::gdf) continue;  // has no populations
            CHECK(spikes["one"] == 2);
            CHECK(spikes["two"] == 1);
            CHECK(spikes["nobody"] == 0);
            if (format != Format::sonata) continue;
            REQUIRE(table.populations.size() == 3);
            for (const auto& population : table.populations)
                CHECK(population.neurons == (population.name == "nobody" ? 0u : population.name == "one" ? 3u : 2u));
        }
}

TEST_CASE("recording: a run without spikes or samples leaves readable files") {
    const Network network = example().build();
    for (const Format format : kFormats) {
        const RecordingFolder folder;
        io::Recorder recorder(network, folder.path, format);
        for (const auto& file : recorder.finish(0)) {
            CAPTURE(file.string());
            if (file.filename().string().rfind("spikes", 0) == 0) {
                for (const auto& population : io::read_spikes(file).populations) CHECK(population.times_ms.empty());
            } else {
                for (const auto& table : io::read_traces(file)) CHECK(table.values.empty());
            }
        }
    }
}
