// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Recorders and readers: what is written reads back to the bit, whatever happens on the way.
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/network.hpp"
#include "izhi/simulation.hpp"
#include "tests/step/scenes.hpp"
#include "tests/support/contents.hpp"

namespace fs = std::filesystem;
using namespace izhi;
using io::Format;

namespace {

constexpr Format kFormats[] = {Format::sonata, Format::gdf, Format::csv};

struct Folder {
    fs::path path;
    Folder() {
        static int count = 0;
        path = fs::temp_directory_path() /
               ("izhi-recording-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(path)) {
            if (!entry.is_directory()) names.push_back(entry.path().filename().string());
        }
        std::sort(names.begin(), names.end());
        return names;
    }
};

/// Three populations of 40, 1 and 30 neurons with two traces; a step of 0.1 ms, whose multiples are no round doubles.
NetworkBuilder example() {
    NetworkBuilder builder({.name = "example", .dt_ms = 0.1});
    const auto exc = builder.add_population({.name = "exc", .size = 40});
    builder.add_population({.name = "silent", .size = 1});
    const auto inh = builder.add_population({.name = "inh-2", .size = 30});
    builder.record_trace(
        {.name = "a", .population = exc, .neurons = {7, 0, 39}, .variables = {Variable::v}, .interval_ms = 0.3});
    builder.record_trace({.name = "b",
                          .population = inh,
                          .neurons = {29},
                          .variables = {Variable::u, Variable::current},
                          .interval_ms = 0.1});
    return builder;
}

/// Spikes by step, none of neuron 40 ("silent").
std::vector<std::vector<Spike>> made_up_spikes(std::uint64_t steps, unsigned per_cent) {
    std::mt19937 random(3);
    std::vector<std::vector<Spike>> all;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        std::vector<Spike> spikes;
        for (std::uint32_t neuron = 0; neuron < 71; ++neuron) {
            if (neuron != 40 && random() % 100 < per_cent) spikes.push_back({step, neuron});
        }
        if (!spikes.empty()) all.push_back(std::move(spikes));
    }
    return all;
}

struct Expected {
    std::map<std::string, std::vector<double>> times;
    std::map<std::string, std::vector<std::uint64_t>> ids;
};

Expected expected_of(const std::vector<std::vector<Spike>>& steps, bool whole_network) {
    Expected expected;
    for (const auto& spikes : steps) {
        for (const Spike& spike : spikes) {
            const bool exc = spike.neuron < 40;
            const std::string name = whole_network ? "" : exc ? "exc" : "inh-2";
            expected.times[name].push_back(static_cast<double>(spike.step) / 10.0);
            expected.ids[name].push_back(whole_network ? spike.neuron : exc ? spike.neuron : spike.neuron - 41);
        }
    }
    return expected;
}

const io::SpikeTable::Population* find(const io::SpikeTable& table, const std::string& name) {
    for (const auto& population : table.populations) {
        if (population.name == name) return &population;
    }
    return nullptr;
}

fs::path spike_file(const Folder& folder, Format format) {
    return folder.path / (format == Format::sonata ? "spikes.h5" : "spikes." + std::string(to_string(format)));
}

/// Files cannot grow beyond it: a full disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int);
};

}  // namespace

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
            const Folder folder;
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
        const Folder folder;
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

TEST_CASE("recording: what a failed run leaves in a trace reads back, finite or not") {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    const std::vector<float> written{
        std::numeric_limits<float>::max(),      std::numeric_limits<float>::denorm_min(), -0.0F, kInfinity, -kInfinity,
        std::numeric_limits<float>::quiet_NaN()};
    const Network network = example().build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const Folder folder;
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
        const Folder folder;
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
        const Folder folder;
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
        const Folder empty;
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
            const Folder folder;
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
        const Folder folder;
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

TEST_CASE("recording: names are final only when all is written") {
    const Network network = example().build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const Folder folder;
        {
            std::ofstream(spike_file(folder, format)) << "an earlier run";
            io::Recorder recorder(network, folder.path, format);
            recorder.spikes(std::vector<Spike>{{1, 0}});
            const auto during = folder.files();
            CHECK(std::count_if(during.begin(), during.end(), [](const std::string& n) {
                      return n.ends_with(".part");
                  }) == static_cast<std::ptrdiff_t>(during.size()) - 1);
            CHECK(test::contents_of(spike_file(folder, format)) == "an earlier run");
        }
        // Destroyed unfinished: nothing of it is left, and nothing of the earlier run is lost.
        CHECK(folder.files() == std::vector<std::string>{spike_file(folder, format).filename().string()});

        // Finished early, as after an interrupt: what there was, complete.
        io::Recorder recorder(network, folder.path, format);
        recorder.spikes(std::vector<Spike>{{1, 0}, {1, 5}});
        const auto files = recorder.finish(1);
        for (const auto& name : folder.files()) CHECK_FALSE(name.ends_with(".part"));
        CHECK(folder.files().size() == files.size());
        CHECK(io::read_spikes(files.front()).populations[0].node_ids == std::vector<std::uint64_t>{0, 5});
        CHECK_THROWS_AS((void)recorder.finish(1), RunError);
    }
}

TEST_CASE("recording: memory and disk grow by what is written, not by what is held back") {
    const Network network = example().build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const Folder folder;
        io::Recorder recorder(network, folder.path, format);
        const auto names = folder.files();
        const std::string start = spike_file(folder, format).filename().string() + ".";
        const auto name = std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.starts_with(start); });
        REQUIRE(name != names.end());
        const fs::path part = folder.path / *name;
        std::vector<Spike> spikes(40);
        for (std::uint64_t step = 1; step <= 200000; ++step) {
            for (std::uint32_t i = 0; i < 40; ++i) spikes[i] = {step, i};
            recorder.spikes(spikes);
            // 16 MiB may be on their way to the writer, where a spike takes 4 bytes at least, and it holds back at most some
            // 2 MB. A spike takes at least 2 bytes on disk.
            if (step % 50000 == 0) CHECK(fs::file_size(part) + (2 << 20) + (16 << 20) / 4 * 2 > step * 40 * 2);
        }
        (void)recorder.finish(200000);
    }
}

TEST_CASE("recording: what no batch has room for is written too, in its place") {
    NetworkBuilder builder({.name = "wide"});
    const auto all = builder.add_population({.name = "all", .size = 100'000});
    std::vector<std::uint32_t> neurons(100'000);
    for (std::uint32_t i = 0; i < neurons.size(); ++i) neurons[i] = i;
    builder.record_trace({.name = "v", .population = all, .neurons = neurons, .variables = {Variable::v}});
    const Network network = builder.build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const Folder folder;
        io::Recorder recorder(network, folder.path, format);
        std::vector<float> values;
        for (std::uint64_t step = 1; step <= 3; ++step) {
            std::vector<Spike> spikes;
            std::vector<float> row;
            for (std::uint32_t i = 0; i < neurons.size(); ++i) {
                spikes.push_back({step, i});
                row.push_back(static_cast<float>(step * 1000 + i % 7));
            }
            recorder.spikes(spikes);
            recorder.sample({.trace = 0, .step = step, .values = row});
            values.insert(values.end(), row.begin(), row.end());
        }
        const auto files = recorder.finish(3);
        const auto table = io::read_spikes(files.front());
        REQUIRE(table.populations[0].node_ids.size() == 300'000);
        for (std::size_t i = 0; i < 300'000; ++i) {
            if (table.populations[0].node_ids[i] != i % 100'000) FAIL("spike ", i);
            if (table.populations[0].times_ms[i] != static_cast<double>(1 + i / 100'000)) FAIL("spike ", i);
        }
        if (format == Format::sonata) CHECK(io::read_traces(files.back()).front().values == values);
    }
}

TEST_CASE("recording: a folder that cannot be one is refused before the run") {
    const Network network = example().build();
    const Folder folder;
    std::ofstream(folder.path / "file") << "x";
    for (const Format format : kFormats) {
        CHECK_THROWS_AS(io::Recorder(network, folder.path / "file", format), Error);
        CHECK_THROWS_AS(io::Recorder(network, folder.path / "file" / "below", format), Error);
        // There, and no place for files, even for root.
        CHECK_THROWS_AS(io::Recorder(network, "/proc", format), Error);
    }
}

TEST_CASE("recording: two at a time into one folder do not mix, and the last one keeps the names") {
    const Network network = example().build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const Folder folder;
        io::Recorder one(network, folder.path, format);
        auto two = std::make_unique<io::Recorder>(network, folder.path, format);
        auto dropped = std::make_unique<io::Recorder>(network, folder.path, format);
        one.spikes(std::vector<Spike>{{1, 0}});
        two->spikes(std::vector<Spike>{{1, 1}, {2, 2}});
        dropped->spikes(std::vector<Spike>{{1, 3}});
        dropped.reset();
        const auto ids = [](const std::vector<fs::path>& files) {
            return io::read_spikes(files.front()).populations[0].node_ids;
        };
        CHECK(ids(two->finish(2)) == std::vector<std::uint64_t>{1, 2});
        CHECK(ids(one.finish(2)) == std::vector<std::uint64_t>{0});
        two.reset();  // what was finished is no longer its own
        CHECK(ids({spike_file(folder, format)}) == std::vector<std::uint64_t>{0});
        for (const auto& name : folder.files()) CHECK_FALSE(name.ends_with(".part"));
    }
}

TEST_CASE("recording: a temporary file of another is neither written nor removed") {
    const Network network = example().build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const Folder folder;
        const auto taken = [&](int i) {
            return spike_file(folder, format).string() + "." + std::to_string(::getpid()) + "-" + std::to_string(i) +
                   ".part";
        };
        for (int i = 0; i < 99; ++i) std::ofstream(taken(i)) << "another's";
        (void)io::Recorder(network, folder.path, format).finish(0);  // by the last name
        CHECK_FALSE(fs::exists(taken(99)));
        std::ofstream(taken(99)) << "another's";
        CHECK_THROWS_AS(io::Recorder(network, folder.path, format), Error);
        for (int i = 0; i < 100; ++i) CHECK(test::contents_of(taken(i)) == "another's");
    }
}

TEST_CASE("recording: a disk that fills up ends in an error and in no half file") {
    const Network network = example().build();
    const auto spikes = made_up_spikes(5000, 60);
    for (const Format format : kFormats) {
        rlim_t whole = 0;
        {
            const Folder folder;
            io::Recorder recorder(network, folder.path, format);
            for (const auto& step : spikes) recorder.spikes(step);
            whole = fs::file_size(recorder.finish(5000).front());
        }
        for (const rlim_t bytes : {whole / 20, whole / 2, whole - 100}) {
            CAPTURE(std::string(to_string(format)));
            CAPTURE(bytes);
            const Folder folder;
            auto recorder = std::make_unique<io::Recorder>(network, folder.path, format);
            std::string said;
            {
                const FileSizeLimit limit(bytes);
                try {
                    for (const auto& step : spikes) recorder->spikes(step);
                    (void)recorder->finish(5000);
                } catch (const RunError& error) { said = error.what(); }
                recorder.reset();
            }
            CHECK(said.find("spikes") != std::string::npos);
            CHECK(said.find("cannot be written: File too large") != std::string::npos);
            CHECK(folder.files().empty());
        }
        // And the next recorder of the process works.
        const Folder folder;
        io::Recorder recorder(network, folder.path, format);
        recorder.spikes(std::vector<Spike>{{1, 0}});
        CHECK(io::read_spikes(recorder.finish(1).front()).populations[0].times_ms.size() == 1);
    }
}

TEST_CASE("recording: a disk that fills up ends the run") {
    const Network network = test::cortex(1000, 20, 6.5, 4).build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const Folder folder;
        io::Recorder recorder(network, folder.path, format);
        Simulation simulation(network);
        const FileSizeLimit limit(20000);
        CHECK_THROWS_AS(simulation.run(100'000'000, &recorder), RunError);
        CHECK_THROWS_AS((void)recorder.finish(simulation.steps_done()), RunError);
    }
}
