// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Recorders: files while they grow, on a disk that fills up, beside those of others.
#include <doctest/doctest.h>

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
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

namespace {

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

TEST_CASE("recording: names are final only when all is written") {
    const Network network = example().build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const RecordingFolder folder;
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
        const RecordingFolder folder;
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
        const RecordingFolder folder;
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
    const RecordingFolder folder;
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
        const RecordingFolder folder;
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
        two.reset();  // the finished file no longer belongs to it
        CHECK(ids({spike_file(folder, format)}) == std::vector<std::uint64_t>{0});
        for (const auto& name : folder.files()) CHECK_FALSE(name.ends_with(".part"));
    }
}

TEST_CASE("recording: a temporary file of another is neither written nor removed") {
    const Network network = example().build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const RecordingFolder folder;
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
            const RecordingFolder folder;
            io::Recorder recorder(network, folder.path, format);
            for (const auto& step : spikes) recorder.spikes(step);
            whole = fs::file_size(recorder.finish(5000).front());
        }
        for (const rlim_t bytes : {whole / 20, whole / 2, whole - 100}) {
            CAPTURE(std::string(to_string(format)));
            CAPTURE(bytes);
            const RecordingFolder folder;
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
        const RecordingFolder folder;
        io::Recorder recorder(network, folder.path, format);
        recorder.spikes(std::vector<Spike>{{1, 0}});
        CHECK(io::read_spikes(recorder.finish(1).front()).populations[0].times_ms.size() == 1);
    }
}

TEST_CASE("recording: what a full disk took is kept under its name, and can be read") {
    constexpr rlim_t most_bytes = 3'000'000;
    NetworkBuilder builder({.name = "one", .dt_ms = 0.1});
    builder.add_population({.name = "all", .size = 71});
    const Network network = builder.build();
    const auto spikes = made_up_spikes(50'000, 60);
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const RecordingFolder folder;
        std::ofstream(spike_file(folder, format)) << "an earlier run";
        const FileSizeLimit limit(most_bytes);
        io::Recorder recorder(network, folder.path, format);
        const auto record_all = [&] {
            for (const auto& step : spikes) recorder.spikes(step);
            (void)recorder.finish(50'000);
        };
        CHECK_THROWS_AS(record_all(), RunError);
        std::uint64_t last_step = 0;
        const auto files = recorder.keep_written(last_step);
        REQUIRE(files == std::vector<fs::path>{spike_file(folder, format)});
        CHECK(folder.files().size() == 1);
        CHECK(fs::file_size(files.front()) <= most_bytes);
        CHECK(last_step < 50'000);
        // The beginning of what was recorded, about as long as the disk allows.
        const auto table = io::read_spikes(files.front());
        REQUIRE(table.populations.size() == 1);
        const auto& read = table.populations.front();
        CHECK(read.node_ids.size() > 150'000);
        std::size_t at = 0, same = 0, until_last_step = 0;
        for (const auto& step : spikes)
            for (const Spike& spike : step) {
                until_last_step += spike.step <= last_step ? 1 : 0;
                if (at == read.node_ids.size()) continue;
                const double away = read.times_ms[at] - 0.1 * static_cast<double>(spike.step);
                same += read.node_ids[at++] == spike.neuron && std::abs(away) < 1e-6 ? 1 : 0;
            }
        CHECK(same == read.node_ids.size());
        CHECK(until_last_step <= read.node_ids.size());
        CHECK(last_step > 2000);
    }
    // Spikes that were to be sorted in the end are not in their file yet.
    const RecordingFolder folder;
    const FileSizeLimit limit(most_bytes);
    io::Recorder recorder(network, folder.path, io::RecorderOptions{.order = io::SpikeOrder::by_id});
    const auto record_all = [&] {
        for (const auto& step : spikes) recorder.spikes(step);
        (void)recorder.finish(50'000);
    };
    CHECK_THROWS_AS(record_all(), RunError);
    std::uint64_t last_step = 0;
    CHECK(recorder.keep_written(last_step).empty());
}

TEST_CASE("recording: a disk that fills up ends the run") {
    const Network network = test::cortex(1000, 20, 6.5, 4).build();
    for (const Format format : kFormats) {
        CAPTURE(std::string(to_string(format)));
        const RecordingFolder folder;
        io::Recorder recorder(network, folder.path, format);
        Simulation simulation(network);
        const FileSizeLimit limit(20000);
        CHECK_THROWS_AS(simulation.run(100'000'000, &recorder), RunError);
        CHECK_THROWS_AS((void)recorder.finish(simulation.steps_done()), RunError);
    }
}
