// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Recordings under names and numbers of another program, reports of several traces, names and orders of the files of spikes.
#include <doctest/doctest.h>

#include <hdf5.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/io/spike_sorter.hpp"
#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/io/spool.hpp"
#include "izhi/network.hpp"
#include "izhi/simulation.hpp"
#include "recordings.hpp"
#include "tests/network/faults.hpp"
#include "tests/step/scenes.hpp"
#include "tests/support/contents.hpp"

namespace fs = std::filesystem;
using namespace izhi;
using namespace izhi::test;
using io::Format;
using io::RecorderOptions;
using io::SpikeOrder;

namespace {

/// Four populations: two of "v1" with mixed numbers, one with its own name between them, one with another name only.
struct Renamed {
    std::vector<std::uint64_t> a{7, 3, 0, 300, 12}, b{1, 40'000'000'000, 2};
    [[nodiscard]] NetworkBuilder builder() const {
        NetworkBuilder net({.name = "renamed", .dt_ms = 0.1});
        net.add_population({.name = "a", .size = 5, .recorded_as = RecordedAs{"v1", a}});
        net.add_population({.name = "own", .size = 4});
        net.add_population({.name = "b", .size = 3, .recorded_as = RecordedAs{"v1", b}});
        net.add_population({.name = "c", .size = 6, .recorded_as = RecordedAs{"the others"}});
        return net;
    }
    /// Of a neuron over the network.
    [[nodiscard]] std::pair<std::string, std::uint64_t> of(std::uint32_t neuron) const {
        if (neuron < 5) return {"v1", a[neuron]};
        if (neuron < 9) return {"own", neuron - 5};
        if (neuron < 12) return {"v1", b[neuron - 9]};
        return {"the others", neuron - 12};
    }
};

/// Spikes by step of the 18 neurons.
std::vector<std::vector<Spike>> spikes_of(std::uint64_t steps, unsigned per_cent, unsigned seed = 3) {
    std::mt19937 random(seed);
    std::vector<std::vector<Spike>> all;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        std::vector<Spike> spikes;
        for (std::uint32_t neuron = 0; neuron < 18; ++neuron)
            if (random() % 100 < per_cent) spikes.push_back({step, neuron});
        if (!spikes.empty()) all.push_back(std::move(spikes));
    }
    return all;
}

using Row = std::pair<double, std::uint64_t>;  ///< time, number
using Rows = std::map<std::string, std::vector<Row>>;

/// By group, in the order of time and, within a step, of the network; or in that of numbers.
Rows expected_rows(const std::vector<std::vector<Spike>>& steps, bool by_id = false) {
    Rows rows;
    for (const auto& spikes : steps)
        for (const Spike& spike : spikes) {
            const auto [name, id] = Renamed().of(spike.neuron);
            rows[name].emplace_back(static_cast<double>(spike.step) / 10.0, id);
        }
    if (by_id)
        for (auto& [name, own] : rows)
            std::stable_sort(own.begin(), own.end(), [](const Row& x, const Row& y) { return x.second < y.second; });
    return rows;
}

Rows rows_of(const io::SpikeTable& table) {
    Rows rows;
    for (const auto& population : table.populations)
        for (std::size_t i = 0; i < population.times_ms.size(); ++i)
            rows[population.name].emplace_back(population.times_ms[i], population.node_ids[i]);
    return rows;
}

/// The attribute `sorting` of a group of spikes.
int sorting_of(const fs::path& file, const std::string& group) {
    const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t attribute = H5Aopen_by_name(id, ("/spikes/" + group).c_str(), "sorting", H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    std::int8_t value = -1;
    H5Aread(attribute, type, &value);
    char name[16] = "";
    H5Tenum_nameof(type, &value, name, sizeof name);
    CHECK(std::string(name) ==
          std::vector<std::string>{"none", "by_id", "by_time"}.at(static_cast<std::size_t>(value)));
    H5Tclose(type);
    H5Aclose(attribute);
    H5Fclose(id);
    return value;
}

std::vector<std::string> names_of(const std::vector<fs::path>& files) {
    std::vector<std::string> names;
    for (const fs::path& file : files) names.push_back(file.filename().string());
    return names;
}

}  // namespace

TEST_SUITE_BEGIN("recorded as");

TEST_CASE("recorded as: spikes have the names and numbers, and a group may have several populations") {
    const Network network = Renamed().builder().build();
    // The second is more than a chunk of each group.
    for (const auto& [steps, per_cent] : {std::pair{40, 20U}, std::pair{20000, 40U}}) {
        const auto spikes = spikes_of(static_cast<std::uint64_t>(steps), per_cent);
        for (const Format format : kFormats) {
            CAPTURE(std::string(to_string(format)));
            const RecordingFolder folder;
            io::Recorder recorder(network, folder.path, format);
            for (const auto& step : spikes) recorder.spikes(step);
            const auto table = io::read_spikes(recorder.finish(static_cast<std::uint64_t>(steps)).front());
            if (format == Format::gdf) {  // counts over the network
                std::vector<std::uint64_t> neurons;
                for (const auto& step : spikes)
                    for (const Spike& spike : step) neurons.push_back(spike.neuron);
                CHECK(table.populations.at(0).node_ids == neurons);
                continue;
            }
            CHECK(rows_of(table) == expected_rows(spikes));
            if (format != Format::sonata) continue;
            std::map<std::string, std::uint64_t> sizes;
            for (const auto& population : table.populations) sizes[population.name] = population.neurons.value();
            CHECK(sizes == std::map<std::string, std::uint64_t>{{"v1", 8}, {"own", 4}, {"the others", 6}});
            CHECK(sorting_of(folder.path / "spikes.h5", "v1") == 2);
        }
    }
}

TEST_CASE("recorded as: only the populations that are recorded count") {
    NetworkBuilder net = Renamed().builder();
    net.restrict_spike_recording({PopulationId{2}, PopulationId{3}});
    const auto spikes = spikes_of(50, 30);
    for (const SpikeOrder order : {SpikeOrder::by_time, SpikeOrder::by_id}) {
        const RecordingFolder folder;
        io::Recorder recorder(net.build(), folder.path, RecorderOptions{.order = order});
        for (const auto& step : spikes) recorder.spikes(step);
        const auto table = io::read_spikes(recorder.finish(50).front());
        REQUIRE(table.populations.size() == 2);
        const auto* v1 = find(table, "v1");
        REQUIRE(v1 != nullptr);
        CHECK(v1->neurons == 3U);
        Rows expected = expected_rows(spikes, order == SpikeOrder::by_id);
        std::erase_if(expected["v1"], [](const Row& row) {
            const std::vector<std::uint64_t> a = Renamed().a;
            return std::find(a.begin(), a.end(), row.second) != a.end();
        });
        CHECK(rows_of(table)["v1"] == expected["v1"]);
        CHECK(rows_of(table)["the others"] == expected["the others"]);
    }
}

TEST_CASE("recorded as: a network without such names has the file that it always had") {
    const auto content = [](bool named) {
        NetworkBuilder net({.name = "same"});
        PopulationSpec one{.name = "one", .size = 10}, two{.name = "two", .size = 8};
        if (named) {
            one.recorded_as = RecordedAs{"one"};
            two.recorded_as = RecordedAs{"two"};
        }
        net.add_population(one);
        net.add_population(two);
        const RecordingFolder folder;
        io::Recorder recorder(net.build(), folder.path, Format::sonata);
        for (const auto& step : spikes_of(3000, 50)) recorder.spikes(step);
        return contents_of(recorder.finish(3000, 5).front());
    };
    CHECK(content(true) == content(false));
}

TEST_CASE("recorded as: text with names that need quotes reads back") {
    const std::string name = "L2 exc, gr\xc3\xbcn; 'x' a.b";
    NetworkBuilder net;
    const auto p = net.add_population({.name = "p", .size = 2, .recorded_as = RecordedAs{name, {11, 5}}});
    net.record_trace({.name = "t", .population = p, .neurons = {1, 0}});
    const Network network = net.build();
    const RecordingFolder folder;
    io::Recorder recorder(network, folder.path, Format::csv);
    recorder.spikes(std::vector<Spike>{{1, 0}, {1, 1}});
    const float row[] = {1.5F, 2.5F};
    recorder.sample({.trace = 0, .step = 1, .values = row});
    (void)recorder.finish(2);
    CHECK(contents_of(folder.path / "spikes.csv") ==
          "time_ms,population,neuron\n1,\"" + name + "\",11\n1,\"" + name + "\",5\n");
    CHECK(rows_of(io::read_spikes(folder.path / "spikes.csv"))[name] == std::vector<Row>{{1.0, 11}, {1.0, 5}});
    const auto traces = io::read_traces(folder.path / "trace-t.csv");
    REQUIRE(traces.size() == 1);
    CHECK(traces[0].population == name);
    CHECK(traces[0].node_ids == std::vector<std::uint64_t>{5, 11});
    CHECK(traces[0].values == std::vector<float>{1.5F, 2.5F});
}

TEST_CASE("recorded as: columns of a trace are named unambiguously") {
    const RecordingFolder folder;
    const auto read = [&](const std::string& header) {
        std::ofstream(folder.path / "t.csv") << header << "\n1,2\n2,3\n";
        const auto table = io::read_traces(folder.path / "t.csv").at(0);
        return std::tuple(table.population, table.node_ids.at(0), table.variable, table.projection);
    };
    CHECK(read("time_ms,exc.7.v") == std::tuple("exc", 7U, "v", ""));
    CHECK(read("time_ms,exc.7.conductance.v") == std::tuple("exc", 7U, "conductance", "v"));
    CHECK(read("time_ms,a.7.b.8.v") == std::tuple("a.7.b", 8U, "v", ""));
    CHECK(read("time_ms,exc.7.8.v") == std::tuple("exc.7", 8U, "v", ""));
    CHECK(read("time_ms,a.7.8.conductance.p") == std::tuple("a.7", 8U, "conductance", "p"));
    for (const char* bad : {"time_ms,exc.v", "time_ms,.7.v", "time_ms,7.v", "time_ms,exc.7.", "time_ms,exc.x.v"})
        CHECK(contains(fault_of([&] { (void)read(bad); }), "has the column"));
}

TEST_CASE("reports: traces of one report share a file, by population and number") {
    NetworkBuilder net = Renamed().builder();
    const auto trace = [&](std::uint32_t population, std::vector<std::uint32_t> neurons, std::string report) {
        TraceSpec spec{.population = PopulationId{population}, .neurons = std::move(neurons), .interval_ms = 0.2};
        spec.report = std::move(report);
        net.record_trace(spec);
    };
    trace(0, {3, 0, 2}, "mem pot");
    trace(1, {2, 1}, "mem pot");
    trace(2, {1, 0}, "mem pot");
    trace(3, {5}, "");
    trace(3, {4, 0}, "single");
    const Network network = net.build();
    const std::vector<std::string> names{"spikes.h5", "mem pot.h5", "single.h5", "trace-trace-4-v.h5"};
    CHECK(io::recording_names(network, Format::sonata) == names);

    std::mt19937 random(5);
    std::uniform_real_distribution<float> values(-90.0F, 30.0F);
    const std::size_t counts[] = {3, 2, 2, 1, 2};
    std::vector<std::vector<std::vector<float>>> rows;  // [sample][trace][neuron]
    const RecordingFolder sonata, text;
    io::Recorder to_sonata(network, sonata.path, Format::sonata), to_text(network, text.path, Format::csv);
    for (std::uint64_t step = 2; step <= 20000; step += 2) {  // more than a buffer of 4,096 rows
        auto& row = rows.emplace_back();
        for (std::size_t t = 0; t < 5; ++t) {
            row.emplace_back();
            for (std::size_t i = 0; i < counts[t]; ++i) row[t].push_back(values(random));
            to_sonata.sample({.trace = t, .step = step, .values = row[t]});
            to_text.sample({.trace = t, .step = step, .values = row[t]});
        }
    }
    CHECK(names_of(to_sonata.files()) == names);
    CHECK(names_of(to_sonata.finish(20000)) == names);
    (void)to_text.finish(20000);

    /// Columns as trace and place in it.
    using Column = std::pair<std::size_t, std::size_t>;
    struct Expected {
        std::string file, population;
        std::vector<std::uint64_t> ids;
        std::vector<Column> columns;
    };
    for (const Expected& e : std::vector<Expected>{
             {"mem pot.h5", "v1", {0, 1, 7, 300, 40'000'000'000}, {{0, 2}, {2, 1}, {0, 1}, {0, 0}, {2, 0}}},
             {"mem pot.h5", "own", {1, 2}, {{1, 1}, {1, 0}}},
             {"single.h5", "the others", {0, 4}, {{4, 1}, {4, 0}}},
             {"trace-trace-4-v.h5", "the others", {5}, {{3, 0}}}}) {
        CAPTURE(e.file);
        CAPTURE(e.population);
        const auto tables = io::read_traces(sonata.path / e.file);
        CHECK(tables.size() == (e.file == "mem pot.h5" ? 2 : 1));
        const auto table =
            std::find_if(tables.begin(), tables.end(), [&](const auto& t) { return t.population == e.population; });
        REQUIRE(table != tables.end());
        CHECK(table->variable == "v");
        CHECK(table->units == "mV");
        CHECK(table->node_ids == e.ids);
        CHECK(table->start_ms == 0.2);
        CHECK(table->interval_ms == 0.2);
        std::vector<float> expected;
        for (const auto& row : rows)
            for (const auto& [t, i] : e.columns) expected.push_back(row[t][i]);
        CHECK(table->values == expected);
    }
    // Text has a file for each trace, in its own order.
    const auto one = io::read_traces(text.path / "trace-trace-1.csv").at(0);
    CHECK(one.population == "v1");
    CHECK(one.node_ids == std::vector<std::uint64_t>{300, 7, 0});
    CHECK(text.files().size() == 6);
}

TEST_CASE("reports: a step of which not all traces came is left out") {
    NetworkBuilder net = Renamed().builder();
    for (const std::uint32_t population : {0U, 1U}) {
        TraceSpec spec{.population = PopulationId{population}, .neurons = {1}};
        spec.report = "m";
        net.record_trace(spec);
    }
    const RecordingFolder folder;
    io::Recorder recorder(net.build(), folder.path, Format::sonata);
    const float row[] = {1.0F, 2.0F, 3.0F};
    recorder.sample({.trace = 0, .step = 10, .values = std::span(row).first(1)});
    recorder.sample({.trace = 1, .step = 10, .values = std::span(row).subspan(1, 1)});
    recorder.sample({.trace = 0, .step = 20, .values = std::span(row).last(1)});
    (void)recorder.finish(20);
    const auto tables = io::read_traces(folder.path / "m.h5");
    REQUIRE(tables.size() == 2);
    for (const auto& table : tables) CHECK(table.values == std::vector<float>{table.population == "v1" ? 1.0F : 2.0F});
}

TEST_CASE("reports: a spool gives the file of a run without one") {
    NetworkBuilder net = cortex(100, 10, 6.5, 4);
    for (const std::uint32_t population : {1U, 0U}) {
        TraceSpec spec{.population = PopulationId{population}, .neurons = {3, 1}, .interval_ms = 2.0};
        spec.report = "m";
        spec.start_ms = 20.0;
        spec.stop_ms = 90.0;
        net.record_trace(spec);
    }
    const Network network = net.build();
    const RecorderOptions options{.spikes_file = "s.h5", .spikes_csv_file = "s.csv", .order = SpikeOrder::by_id};
    const RecordingFolder straight, spooled;
    Simulation simulation(network);
    io::Recorder recorder(network, straight.path, options);
    simulation.run(120, &recorder);
    (void)recorder.finish(120);
    const fs::path file = spooled.scratch.path() / "spool";
    io::SpoolMark mark;
    {
        io::Spool spool(file);
        Simulation again(network);
        again.run(70, &spool);
        again.run(50, &spool);
        mark = spool.mark();
    }
    io::Recorder later(network, spooled.path, options);
    io::play_spool(file, mark, network, later);
    CHECK(names_of(later.finish(120)) == std::vector<std::string>{"s.h5", "s.csv", "m.h5"});
    for (const char* name : {"s.h5", "s.csv", "m.h5"}) {
        CAPTURE(name);
        CHECK(contents_of(straight.path / name) == contents_of(spooled.path / name));
    }
    CHECK(io::read_traces(straight.path / "m.h5").at(0).values.size() == 2 * 35);
}

TEST_CASE("spikes in order: by time, by number, or without a promise") {
    const Network network = Renamed().builder().build();
    const auto spikes = spikes_of(3000, 30);
    for (const SpikeOrder order : {SpikeOrder::none, SpikeOrder::by_time, SpikeOrder::by_id}) {
        CAPTURE(std::string(to_string(order)));
        const bool by_id = order == SpikeOrder::by_id;
        const RecordingFolder folder;
        io::Recorder recorder(network, folder.path,
                              RecorderOptions{.spikes_file = "out 1.h5", .spikes_csv_file = "out.txt", .order = order});
        CHECK(folder.files().size() == (by_id ? 3 : 2));
        for (const auto& step : spikes) recorder.spikes(step);
        CHECK(names_of(recorder.finish(3000)) == std::vector<std::string>{"out 1.h5", "out.txt"});
        CHECK(folder.files() == std::vector<std::string>{"out 1.h5", "out.txt"});
        const Rows expected = expected_rows(spikes, by_id);
        CHECK(rows_of(io::read_spikes(folder.path / "out 1.h5")) == expected);
        CHECK(rows_of(io::read_spikes(folder.path / "out.txt")) == expected);
        for (const auto& [name, rows] : expected)
            CHECK(sorting_of(folder.path / "out 1.h5", name) == static_cast<int>(by_id                       ? 1
                                                                                 : order == SpikeOrder::none ? 0
                                                                                                             : 2));
    }
}

TEST_CASE("spikes in order: the text is that of SONATA's tools") {
    const Network network = Renamed().builder().build();
    const RecordingFolder folder;
    io::Recorder recorder(network, folder.path, RecorderOptions{.spikes_csv_file = "spikes.csv"});
    recorder.spikes(std::vector<Spike>{{3, 0}, {3, 5}, {3, 10}, {3, 17}});
    (void)recorder.finish(3);
    CHECK(contents_of(folder.path / "spikes.csv") ==
          "timestamps population node_ids\n0.3 v1 7\n0.3 own 0\n0.3 v1 40000000000\n0.3 \"the others\" 5\n");
}

TEST_CASE("spikes in order: names of orders, and names that files cannot have") {
    for (const SpikeOrder order : {SpikeOrder::none, SpikeOrder::by_time, SpikeOrder::by_id})
        CHECK(io::spike_order_from_string(to_string(order)) == order);
    CHECK(fault_of([] { (void)io::spike_order_from_string("time"); }) ==
          "option.order is 'time'; allowed: none, by_time, by_id");

    NetworkBuilder net = Renamed().builder();
    TraceSpec spec{.name = "t", .population = PopulationId{0}, .neurons = {0}};
    net.record_trace(spec);
    spec.name = "r";
    spec.report = "trace-t-v";
    net.record_trace(spec);
    const Network network = net.build();
    const RecordingFolder folder;
    const auto told = [&](const Network& of, const RecorderOptions& options) {
        const std::string fault = fault_of([&] { (void)io::recording_names(of, options); });
        CHECK(fault == fault_of([&] { io::Recorder(of, folder.path / "new", options); }));
        CHECK_FALSE(fs::exists(folder.path / "new"));
        return fault;
    };
    CHECK(told(network, {}) == "recording: two files would be trace-t-v.h5; allowed: another name for one of them");
    const Network plain = Renamed().builder().build();
    CHECK(contains(told(plain, {.spikes_file = "../x.h5"}),
                   "recording.spikes_file is \"../x.h5\", which begins with '.'"));
    CHECK(contains(told(plain, {.spikes_file = "a/x.h5"}), "recording.spikes_file is \"a/x.h5\", with a '/'"));
    CHECK(contains(told(plain, {.spikes_csv_file = ""}), "recording.spikes_csv_file is empty"));
    CHECK(contains(told(plain, {.spikes_file = "x", .spikes_csv_file = "x"}), "two files would be x"));
    // They are of SONATA only.
    CHECK(io::recording_names(network,
                              RecorderOptions{.format = Format::csv, .spikes_file = "a/x", .spikes_csv_file = ""}) ==
          std::vector<std::string>{"spikes.csv", "trace-t.csv", "trace-r.csv"});
}

TEST_CASE("spikes in order: sorted runs are merged, whatever their number") {
    const Network network = Renamed().builder().build();
    io::detail::RecordingPlan plan{.network = network};
    plan.recorded.assign(4, true);
    plan.groups = {{"v1", 8}, {"own", 4}, {"the others", 6}};
    plan.group_of = {0, 1, 0, 2};
    const auto steps = spikes_of(700, 40, 9);
    std::size_t count = 0;
    for (const auto& step : steps) count += step.size();
    REQUIRE(count > 4000);
    using Key = std::tuple<std::size_t, std::uint64_t, std::uint64_t>;  // group, number, step
    const auto key_of = [&](std::uint64_t step, std::uint32_t neuron) {
        const auto [name, id] = Renamed().of(neuron);
        return Key{name == "v1" ? 0 : name == "own" ? 1 : 2, id, step};
    };
    std::vector<Key> expected;
    for (const auto& step : steps)
        for (const Spike& spike : step) expected.push_back(key_of(spike.step, spike.neuron));
    std::sort(expected.begin(), expected.end());
    for (const std::size_t run : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, count, std::size_t{1} << 20}) {
        CAPTURE(run);
        const RecordingFolder folder;
        std::vector<Key> taken;
        {
            io::detail::SpikeSorter sorter(plan, folder.path / "s.h5", run);
            for (const auto& step : steps) {
                std::vector<std::uint32_t> neurons;
                for (const Spike& spike : step) neurons.push_back(spike.neuron);
                sorter.add(step.front().step, neurons);
            }
            CHECK(fs::file_size(sorter.part_path()) == (run == 1U << 20 ? 0 : count / run * run * 16));
            sorter.finish([&](std::uint64_t step, std::uint32_t neuron) { taken.push_back(key_of(step, neuron)); });
        }
        CHECK(taken == expected);
        CHECK(folder.files().empty());
    }
}

TEST_SUITE_END();
