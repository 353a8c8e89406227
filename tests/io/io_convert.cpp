// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Networks that are written for other places: a folder with all that a network file refers to, and SONATA. What another reader
// finds in SONATA files is in tests/cli/convert_check.py.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <hdf5.h>

#include "engine/io/json_text.hpp"
#include "engine/io/sonata/export_edges.hpp"
#include "engine/io/sonata/export_files.hpp"
#include "engine/io/sonata/export_forms.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/io/sonata_export.hpp"
#include "izhi/izhi.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace izhi;
using izhi::test::ScratchFolder;
namespace fs = std::filesystem;

namespace {

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// The numbers of every data set of an HDF5 file, by its path.
std::map<std::string, std::vector<double>> numbers_of(const fs::path& file) {
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    REQUIRE(id >= 0);
    std::vector<std::string> names;
    H5Lvisit(
        id, H5_INDEX_NAME, H5_ITER_NATIVE,
        [](hid_t, const char* name, const H5L_info_t*, void* into) -> herr_t {
            static_cast<std::vector<std::string>*>(into)->emplace_back(name);
            return 0;
        },
        &names);
    std::map<std::string, std::vector<double>> numbers;
    for (const std::string& name : names) {
        H5O_info_t info{};
        H5Oget_info_by_name(id, name.c_str(), &info, H5P_DEFAULT);
        if (info.type != H5O_TYPE_DATASET) continue;
        const hid_t set = H5Dopen2(id, name.c_str(), H5P_DEFAULT), space = H5Dget_space(set);
        std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
        CHECK(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
        numbers[name] = std::move(values);
        H5Sclose(space);
        H5Dclose(set);
    }
    H5Fclose(id);
    return numbers;
}

/// A network with data of every kind, in files and in lists.
constexpr std::string_view kData = R"([network]
name = "data"
seed = 8

[population.cells]
size = 4
a = [0.02, 0.021, 0.0123456789012345678, 0.03]
bias_current = { file = "cells.csv", column = "I" }
noise_stddev = 4
position = { file = "cells.csv", origin_mm = [1, 2] }

[population.leaky]
size = 2
model = "lif"
v_reset_mv = [-70, -71.5]

[population.inputs]
size = 3
model = "spikes"
spikes_file = "spikes.csv"
spikes_first_id = 10

[population.listed]
size = 2
model = "spikes"
times_ms = [[3.5, 1], [2]]

[population.rates]
size = 2
model = "poisson"
rates_file = "rates.csv"
rates_interval_ms = 10

[population.each]
size = 2
model = "poisson"
rate_hz = [20, 30.5]

[projection.file]
source = "inputs"
target = "cells"
rule = "explicit"
synapses_file = "synapses.csv"
index_base = 1
delay_ms = 2

[projection.memory]
source = "inputs"
target = "cells"
rule = "explicit"
weight = 5

[projection.inline]
source = "inputs"
target = "cells"
rule = "explicit"
synapses = [[0, 1, 2.5, 1]]

[stimulus.wave]
target = "cells"
type = "waveform"
interval_ms = 5
file = "wave.csv"

[stimulus.dc]
target = "cells"
type = "dc"
amplitude = 1
)";

void write_kept_data(const fs::path& folder) {
    std::ofstream(folder / "net.toml") << kData;
    std::ofstream(folder / "cells.csv") << "x,I,y\n0.1,3,1\n0.2,3.25,1\n0.30000000000000004,1e-3,1\n0.4,0.1,1\n";
    std::ofstream(folder / "spikes.csv") << "time_ms,neuron\n4,12\n2,10\n2,11\n30,10\n";
    std::ofstream(folder / "rates.csv") << "100 0\n0 200.5\n";
    std::ofstream(folder / "synapses.csv") << "pre,post,w\n1,4,1.1\n3,1,0.1\n";
    std::ofstream(folder / "wave.csv") << "1 2 3 4\n4 3 2 1\n";
}

io::NetworkFileOptions kept_options() {
    io::NetworkFileOptions options;
    options.seed = 77;
    options.settings = {{"population.cells.noise_stddev", 4.5}};
    options.values = {{"cells", {"d", {8, 7.1, 6, 1.0 / 3}}}, {"leaky", {"v0_mv", {-70, -60}}}};
    options.synapses = {{"memory", {0, 2, 2}, {1, 3, 3}, {}, {1, 2.5, 3}}};
    options.spikes = {};
    return options;
}

void check_same(const SynapseList& x, const SynapseList& y) {
    REQUIRE(x.size() == y.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK(x[i].source == y[i].source);
        CHECK(x[i].target == y[i].target);
        CHECK(x[i].weight == y[i].weight);
        CHECK(x[i].delay_ms == y[i].delay_ms);
    }
}

const SynapseList& list_of(const NetworkDescription& d, std::size_t projection) {
    return std::get<ExplicitList>(d.projections[projection].spec.rule).synapses;
}

std::vector<std::pair<double, std::uint32_t>> spikes_of(const PopulationSpec& population) {
    std::vector<std::pair<double, std::uint32_t>> spikes;
    for (const auto& event : std::get<SpikeTrains>(*population.source).spikes)
        spikes.emplace_back(event.time_ms, event.neuron);
    std::sort(spikes.begin(), spikes.end());
    return spikes;
}

}  // namespace

TEST_SUITE_BEGIN("io");

TEST_CASE("JSON: members in order, numbers that read back, texts in quotes") {
    io::detail::JsonValue inner, value;
    inner.add("list", io::detail::JsonValue::List{1, 2.5, "x"});
    value.add("z", 1.0)
        .add("a", -3)
        .add("t", "\"\\\n\x01")
        .add("f", true)
        .add("e", io::detail::JsonValue())
        .add("o", inner);
    value.add("l", io::detail::JsonValue::List{inner}).add("n", 1e300).add("n2", 0.1).add("u", "\xc3\xa4");
    CHECK(value.text() ==
          "{\n  \"z\": 1.0,\n  \"a\": -3,\n  \"t\": \"\\\"\\\\\\u000A\\u0001\",\n  \"f\": true,\n  \"e\": {},\n"
          "  \"o\": {\n    \"list\": [1, 2.5, \"x\"]\n  },\n  \"l\": [\n    {\n      \"list\": [1, 2.5, \"x\"]\n    "
          "}\n  ],\n"
          "  \"n\": 1e+300,\n  \"n2\": 0.1,\n  \"u\": \"\xc3\xa4\"\n}\n");
}

TEST_CASE("a network with all that it refers to is written into a folder, which can be moved") {
    const ScratchFolder scratch, other;
    write_kept_data(scratch.path());
    const io::NetworkFileOptions options = kept_options();
    CHECK_THROWS_WITH(io::write_network_files(kData, (scratch.path() / "net.toml").string(), options,
                                              other.path() / "out", [] { return false; }),
                      ((other.path() / "out").string() + ": is not written, because this was stopped").c_str());
    CHECK(fs::is_empty(other.path()));
    const Network before = io::parse_network(kData, (scratch.path() / "net.toml").string(), options);
    io::write_network_files(kData, (scratch.path() / "net.toml").string(), options, scratch.path() / "out");
    fs::rename(scratch.path() / "out", other.path() / "moved");
    for (const auto& entry : fs::directory_iterator(scratch.path())) fs::remove(entry.path());
    CHECK(content_of(other.path() / "moved" / "network.toml").find(scratch.path().string()) == std::string::npos);
    const Network after = io::load_network(other.path() / "moved" / "network.toml");

    const NetworkDescription &x = before.description(), &y = after.description();
    CHECK(y.spec.seed == 77);
    CHECK(y.populations[0].noise_stddev == Distribution(4.5));
    REQUIRE(x.populations.size() == y.populations.size());
    for (std::size_t p = 0; p < x.populations.size(); ++p) {
        CAPTURE(x.populations[p].name);
        const auto& given = x.populations[p].values;
        const auto& read = y.populations[p].values;
        REQUIRE(given.size() == read.size());
        for (const NeuronValues& values : given) {
            const auto found = std::find_if(read.begin(), read.end(),
                                            [&](const NeuronValues& v) { return v.parameter == values.parameter; });
            REQUIRE(found != read.end());
            CHECK(found->values == values.values);
        }
    }
    CHECK(x.populations[0].values.size() == 3);
    CHECK(x.populations[1].values.size() == 2);
    for (std::uint32_t n = 0; n < 4; ++n) CHECK(before.position(n) == after.position(n));
    CHECK(after.position(2)->at(0) == 1.0 + 0.30000000000000004);
    for (const std::size_t p : {2u, 3u}) CHECK(spikes_of(x.populations[p]) == spikes_of(y.populations[p]));
    const auto rates = [](const NetworkDescription& d) {
        return *std::get<PoissonSource>(*d.populations[4].source).course;
    };
    CHECK(rates(x).samples == rates(y).samples);
    CHECK(rates(y).columns == 2);
    CHECK(rates(y).interval_ms == 10);
    for (std::size_t p = 0; p < 3; ++p) check_same(list_of(x, p), list_of(y, p));
    CHECK(list_of(y, 1).size() == 3);
    const auto wave = [](const NetworkDescription& d) { return std::get<Waveform>(d.stimuli[0].spec.stimulus); };
    CHECK(wave(x).samples == wave(y).samples);
    CHECK(wave(y).columns == 4);

    Simulation one(before, {.threads = 1}), two(after, {.threads = 1});
    one.run(200);
    two.run(200);
    CHECK(one.spike_count() > 10);
    CHECK(one.spike_hash() == two.spike_hash());
    CHECK(one.state_hash() == two.state_hash());
}

TEST_CASE("spikes in memory and long recordings are written as a stream reads them") {
    const ScratchFolder scratch;
    io::NetworkFileOptions options;
    SpikeTrains trains;
    for (std::uint32_t i = 0; i < 40'000; ++i) trains.spikes.push_back({0.5 * (i / 2 + 1), i % 2});
    options.spikes = {{"inputs", trains}};
    const std::string text = "[network]\ndt_ms = 0.5\n[population.inputs]\nsize = 2\nmodel = \"spikes\"\n";
    io::write_network_files(text, "net.toml", options, scratch.path() / "out");
    const NetworkDescription d = io::load_network(scratch.path() / "out" / "network.toml").description();
    CHECK(std::get<SpikeTrains>(*d.populations[0].source).spikes == trains.spikes);

    // A stream goes on as a stream.
    SpikeStream stream = io::read_stream(scratch.path() / "out" / "inputs" / "inputs_spikes.h5", "inputs");
    const io::detail::ExportFolder to{scratch.path(), scratch.path(), {}};
    io::detail::write_spike_input(to, "again.h5", "inputs", stream);
    const io::SpikeTable again = io::read_spikes(scratch.path() / "again.h5");
    REQUIRE(again.populations.size() == 1);
    REQUIRE(again.populations[0].times_ms.size() == 40'000);
    CHECK(again.populations[0].times_ms[39'999] == 10'000.0);
    CHECK(again.populations[0].node_ids[39'999] == 1);
}

TEST_CASE("what does not fit in memory at once is sorted in pieces, which give the same files") {
    NetworkBuilder net{{.seed = 2, .dt_ms = 0.1}};
    const auto exc = net.add_population({.name = "exc", .size = 30});
    const auto inh = net.add_population({.name = "inh", .size = 7});
    net.connect(
        everyone, everyone,
        {.name = "all", .rule = pairwise_poisson(0.7), .weight = uniform(-1.0, 2.0), .delay_ms = uniform(0.1, 3.0)});
    net.connect(exc, inh,
                {.name = "gathered", .rule = fixed_indegree(11), .weight = uniform(0.0, 2.0), .delay_ms = 0.7});
    const Network network = net.build();
    const auto write = [&](const fs::path& folder, const io::detail::EdgeLimits& limits) {
        fs::create_directory(folder);
        io::detail::Unseen unseen;
        const auto nodes = io::detail::node_forms(network, unseen);
        const io::detail::ExportFolder to{folder, folder, {}};
        io::detail::EdgeExport edges(network, nodes, to, unseen, limits);
        const auto all = edges.write(ProjectionId(0));
        CHECK(all.edges.size() == 4);
        CHECK(all.edges[3].source_offset == 30);
        CHECK(all.edges[3].target_offset == 30);
        CHECK(edges.write(ProjectionId(1)).edges.at(0).population == "exc_to_inh_gathered");
        CHECK(unseen.empty());
        return std::pair(numbers_of(folder / "network" / "all_edges.h5"),
                         numbers_of(folder / "network" / "gathered_edges.h5"));
    };
    const ScratchFolder scratch;
    const auto whole = write(scratch.path() / "whole", {});
    CHECK(whole.first.size() == 4 * 13);  // 7 columns, and two indices with three data sets each
    CHECK(whole.second.size() == 12);
    const auto& sources = whole.first.at("edges/exc_to_inh/source_node_id");
    CHECK(sources.size() > 100);
    CHECK(whole.second.at("edges/exc_to_inh_gathered/0/syn_weight").size() == 77);
    for (const std::size_t kept : {1u, 50u, 100'000u})
        for (const std::size_t sorted : {1u, 45u, 100'000u}) {
            CAPTURE(kept);
            CAPTURE(sorted);
            const fs::path folder = scratch.path() / (std::to_string(kept) + "-" + std::to_string(sorted));
            CHECK((write(folder, {kept, sorted}) == whole));
            CHECK_FALSE(fs::exists(folder / "rows.part"));
        }
}

TEST_CASE("SONATA: what is written is counted, and a network that is refused leaves nothing") {
    const ScratchFolder scratch;
    constexpr std::string_view text =
        "[population.a]\nsize = 3\n[population.b]\nsize = 2\nnoise_stddev = 1\n"
        "[projection.p]\nsource = \"a\"\ntarget = \"everyone\"\nrule = \"all-to-all\"\nweight = 2\n";
    const fs::path folder = scratch.path() / "out";
    CHECK_THROWS_AS(io::write_sonata("x = 1", "net.toml", {}, folder), Error);
    int left = 4;
    CHECK_THROWS_WITH(io::write_sonata(text, "net.toml", {}, folder, {.proceed = [&] { return --left > 0; }}),
                      (folder.string() + ": is not written, because this was stopped").c_str());
    CHECK(left == 0);
    CHECK(fs::is_empty(scratch.path()));
    const io::SonataExport made = io::write_sonata(text, "net.toml", {}, folder, {.duration_ms = 20.0});
    CHECK(made.config == folder / "simulation_config.json");
    CHECK(made.nodes == 5);
    CHECK(made.node_populations == 2);
    CHECK(made.edges == 15);
    CHECK(made.edge_populations == 2);
    CHECK(made.unseen == std::vector<std::string>{"population.b.noise_stddev: the noise"});
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) bytes += entry.file_size();
    CHECK(made.bytes == bytes);
    CHECK(content_of(folder / "simulation_config.json").find("\"tstop\": 20.0") != std::string::npos);
    CHECK_THROWS_AS(io::write_sonata(text, "net.toml", {}, folder), Error);
    CHECK(fs::exists(folder / "simulation_config.json"));
}

TEST_SUITE_END();
