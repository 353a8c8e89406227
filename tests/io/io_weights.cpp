// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Recorded weights: which synapses, when, and what the files hold of them; synapses written for another network to read.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>
#include <hdf5.h>

#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/simulation.hpp"
#include "tests/support/contents.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace izhi;
using namespace izhi::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kFirstSource = 7, kFirstTarget = 37;

/// The projection leads from the second population to the third: numbers within them are not the network's.
Network learning() {
    NetworkBuilder net{{.seed = 3, .dt_ms = 0.5}};
    net.add_population({.name = "other", .size = kFirstSource});
    const auto from = net.add_population({.name = "from", .size = kFirstTarget - kFirstSource, .noise_stddev = 12.0});
    const auto to = net.add_population({.name = "to", .size = 20, .noise_stddev = 12.0});
    net.connect(from, to, {.name = "fixed", .rule = fixed_outdegree(3), .weight = 1.0});
    net.connect(from, to,
                {.name = "learning",
                 .rule = fixed_outdegree(8),
                 .weight = uniform(0.5, 1.5),
                 .delay_ms = uniform(1.0, 5.0),
                 .plasticity = Plasticity{.rule = PairStdp{}}});
    net.record_weights({.name = "all", .projection = ProjectionId(1), .interval_ms = 20.0});
    net.record_weights({.name = "some", .projection = ProjectionId(1), .sample = 7, .interval_ms = 35.0});
    return net.build();
}
constexpr std::uint64_t kSteps = 400;

struct Kept {
    std::uint64_t step = 0;
    std::vector<PlasticSynapse> synapses;
};
struct Keeper : Observer {
    std::vector<Kept> samples[2];
    void weights(const WeightSample& s) override {
        samples[s.record].push_back({s.step, {s.synapses.begin(), s.synapses.end()}});
    }
};

bool same(const PlasticSynapse& x, const PlasticSynapse& y) {
    return x.source == y.source && x.target == y.target && x.delay_steps == y.delay_steps && x.weight == y.weight;
}
bool same(const std::vector<PlasticSynapse>& x, const std::vector<PlasticSynapse>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](const PlasticSynapse& a, const PlasticSynapse& b) { return same(a, b); });
}

/// Where synapses of a record, in their order, stand among all.
std::vector<std::size_t> places_of(const std::vector<PlasticSynapse>& chosen, const std::vector<PlasticSynapse>& all) {
    std::vector<std::size_t> places;
    std::size_t at = 0;
    for (const PlasticSynapse& s : chosen) {
        const auto is_it = [&](const PlasticSynapse& x) {
            return x.source == s.source && x.target == s.target && x.delay_steps == s.delay_steps;
        };
        while (at < all.size() && !is_it(all[at])) ++at;
        REQUIRE(at < all.size());
        places.push_back(at++);
    }
    return places;
}

Keeper kept() {
    Keeper keeper;
    Simulation simulation(learning(), {.threads = 1});
    simulation.run(kSteps, &keeper);
    return keeper;
}

/// The files of the same run. In two parts, between which a recording must not start again.
void record(const fs::path& folder, io::Format format) {
    Simulation simulation(learning(), {.threads = 1});
    io::Recorder recorder(simulation.network(), folder, format);
    simulation.run(170, &recorder);
    simulation.run(kSteps - 170, &recorder);
    recorder.finish(simulation.steps_done());
}

/// A whole data set, as the type asked for.
template <class T>
std::vector<T> data_of(hid_t file, const std::string& path, hid_t type) {
    const hid_t set = H5Dopen2(file, path.c_str(), H5P_DEFAULT);
    REQUIRE(set >= 0);
    const hid_t space = H5Dget_space(set);
    std::vector<T> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    REQUIRE(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
    H5Sclose(space);
    H5Dclose(set);
    return values;
}

}  // namespace

TEST_SUITE_BEGIN("weights");

TEST_CASE("weights: recorded at the start and after every interval, as they are then") {
    const Keeper keeper = kept();
    Simulation simulation(learning(), {.threads = 1});
    REQUIRE(keeper.samples[0].size() == 11);
    for (std::size_t i = 0; i < 11; ++i) {
        CAPTURE(i);
        CHECK(keeper.samples[0][i].step == 40 * i);
        CHECK(same(keeper.samples[0][i].synapses, simulation.plastic_synapses(ProjectionId(1))));
        simulation.run(40);
    }
    CHECK(keeper.samples[0].front().synapses.size() == 30 * 8);
    CHECK_FALSE(same(keeper.samples[0].front().synapses, keeper.samples[0].back().synapses));

    // A sample is of synapses that are there, none twice, in their order, and the same every time.
    REQUIRE(keeper.samples[1].size() == 6);
    const std::vector<PlasticSynapse>& start = keeper.samples[0].front().synapses;
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(keeper.samples[1][i].step == 70 * i);
        REQUIRE(keeper.samples[1][i].synapses.size() == 7);
        const std::vector<std::size_t> places = places_of(keeper.samples[1][i].synapses, start);
        CHECK(places == places_of(keeper.samples[1][0].synapses, start));
        CHECK(std::set(places.begin(), places.end()).size() == 7);
        CHECK(std::is_sorted(places.begin(), places.end()));
    }
    const auto& sampled = keeper.samples[1][4].synapses;
    const std::vector<std::size_t> places = places_of(sampled, start);
    for (std::size_t k = 0; k < 7; ++k)
        CHECK(same(sampled[k], keeper.samples[0][7].synapses[places[k]]));  // both of step 280
}

TEST_CASE("weights: a sample shows every delay and every target as often as there are synapses of them") {
    // As in polychrony: rows of 100 whose synapses lie in order of delay, which a sample at equal distances beats with.
    NetworkBuilder net{{.name = "rows", .seed = 5}};
    const auto exc = net.add_population({.name = "exc", .size = 800});
    net.add_population({.name = "inh", .size = 200});
    net.connect(exc, everyone,
                {.name = "learning",
                 .rule = fixed_outdegree(100),
                 .weight = 1.0,
                 .delay_ms = spread(1.0, 20.0),
                 .plasticity = Plasticity{.rule = PairStdp{}}});
    net.record_weights({.projection = ProjectionId(0), .sample = 800});
    net.record_weights({.projection = ProjectionId(0), .sample = 800});
    net.record_weights({.projection = ProjectionId(0), .source = 17});
    net.record_weights({.projection = ProjectionId(0), .source = 17, .number = 42});
    net.record_weights({.projection = ProjectionId(0), .source = 17, .sample = 9});
    struct Start : Observer {
        std::vector<std::vector<PlasticSynapse>> records;
        void weights(const WeightSample& sample) override {
            records.emplace_back(sample.synapses.begin(), sample.synapses.end());
        }
    } start;
    Simulation simulation(net.build(), {.threads = 1});
    simulation.run(1, &start);
    REQUIRE(start.records.size() == 5);
    for (std::size_t r = 0; r < 2; ++r) {
        REQUIRE(start.records[r].size() == 800);
        std::map<std::uint32_t, int> by_delay;
        int inhibitory = 0, early = 0;
        for (const PlasticSynapse& s : start.records[r]) {
            ++by_delay[s.delay_steps];
            inhibitory += s.target >= 800 ? 1 : 0;
            early += s.source < 400 ? 1 : 0;
        }
        // 40 of each delay, 160 of inhibitory targets, 400 of early sources; five standard errors.
        CHECK(by_delay.size() == 20);
        for (const auto& [delay, count] : by_delay) CHECK(std::abs(count - 40) < 5 * 6.2);
        CHECK(std::abs(inhibitory - 160) < 5 * 11.3);
        CHECK(std::abs(early - 400) < 5 * 14.1);
    }
    CHECK_FALSE(same(start.records[0], start.records[1]));  // each record draws for itself
    CHECK(start.records[2].size() == 100);
    for (const PlasticSynapse& s : start.records[2]) CHECK(s.source == 17);
    REQUIRE(start.records[3].size() == 1);
    CHECK(same(start.records[3][0], start.records[2][42]));
    CHECK(start.records[4].size() == 9);
    for (const PlasticSynapse& s : start.records[4]) CHECK(s.source == 17);

    const auto thrown = [&](const WeightRecordSpec& record) -> std::string {
        NetworkBuilder changed = net;
        changed.record_weights(record);
        try {
            (void)Simulation(changed.build(), {.threads = 1});
        } catch (const Error& error) { return error.what(); }
        return "none";
    };
    CHECK(thrown({.name = "w", .projection = ProjectionId(0), .source = 17, .number = 100}) ==
          "weights.w.number is 100, and source 17 has 100 synapses; allowed: 0 to 99");
    CHECK(thrown({.name = "w", .projection = ProjectionId(0), .source = 800}) ==
          "weights.w.source is 800; allowed: 0 to 799");
    CHECK(thrown({.name = "w", .projection = ProjectionId(0), .number = 3}) ==
          "weights.w.number is 3 without a source; allowed: number with source");
}

TEST_CASE("weights: those of the start are told once, however a run is sliced") {
    Keeper keeper;
    Simulation simulation(learning(), {.threads = 1});
    simulation.run(0, &keeper);
    simulation.run(1, &keeper);
    simulation.run(0, &keeper);
    simulation.run(39, &keeper);
    REQUIRE(keeper.samples[0].size() == 2);
    CHECK(keeper.samples[0][0].step == 0);
    CHECK(keeper.samples[0][1].step == 40);
}

TEST_CASE("weights: at a bound that is not a multiple of the quantum they stay within") {
    for (const double bound : {0.3, 0.7}) {
        CAPTURE(bound);
        NetworkBuilder net;
        const auto cells = net.add_population({.name = "cells", .size = 3});
        net.connect(cells, cells,
                    {.rule = one_to_one(), .weight = bound, .plasticity = Plasticity{.lowest = 0.0, .highest = bound}});
        const Simulation simulation(net.build(), {.threads = 1});
        for (const PlasticSynapse& s : simulation.plastic_synapses(ProjectionId(0)))
            CHECK(s.weight == static_cast<float>(bound));
    }
}

TEST_CASE("weights: of the projection that is asked for, where several learn") {
    NetworkBuilder net;
    const auto cells = net.add_population({.name = "cells", .size = 30, .noise_stddev = 12.0});
    for (const double weight : {1.0, 2.0, 3.0})
        net.connect(cells, cells,
                    {.name = "p" + std::to_string(net.description().projections.size()),
                     .rule = fixed_outdegree(5),
                     .weight = weight,
                     .plasticity = Plasticity{}});
    // in another order than the projections, and not of all; a sample of more synapses than there are is all of them
    const std::size_t recorded[] = {2, 0};
    net.record_weights({.projection = ProjectionId(recorded[0]), .interval_ms = 50.0});
    net.record_weights({.projection = ProjectionId(recorded[1]), .sample = 100000, .interval_ms = 50.0});
    Keeper keeper;
    Simulation simulation(net.build(), {.threads = 1});
    simulation.run(100, &keeper);
    for (const std::size_t r : {0U, 1U}) {
        CAPTURE(r);
        REQUIRE(keeper.samples[r].size() == 3);
        CHECK(keeper.samples[r].front().synapses.front().weight == (r == 0 ? 3.0f : 1.0f));
        CHECK(same(keeper.samples[r].back().synapses, simulation.plastic_synapses(ProjectionId(recorded[r]))));
        CHECK_FALSE(same(keeper.samples[r].front().synapses, keeper.samples[r].back().synapses));
    }
}

TEST_CASE("weights: told after all of the steps before, and before what follows") {
    struct Order : Observer {
        std::vector<std::pair<std::uint64_t, int>> events;  // step, then what is told of it
        void spikes(std::span<const Spike> spikes) override { events.emplace_back(spikes.front().step, 0); }
        bool proceed(std::uint64_t step) override {
            events.emplace_back(step, 1);
            return true;
        }
        void weights(const WeightSample& s) override { events.emplace_back(s.step, 2); }
    };
    for (const int threads : {1, 3}) {
        CAPTURE(threads);
        Order order;
        Simulation simulation(learning(), {.threads = threads, .executor = thread_executor(threads)});
        simulation.run(kSteps, &order);
        CHECK(std::is_sorted(order.events.begin(), order.events.end()));
        CHECK(std::count_if(order.events.begin(), order.events.end(), [](auto& e) { return e.second == 2; }) == 11 + 6);
    }
}

TEST_CASE("weights: a line of text for each synapse and time, numbered within the projection") {
    for (const io::Format format : {io::Format::csv, io::Format::gdf}) {
        const ScratchFolder folder;
        record(folder.path(), format);
        const Keeper keeper = kept();
        for (const int record : {0, 1}) {
            std::istringstream text(
                contents_of(folder.path() / (record == 0 ? "weights-all.csv" : "weights-some.csv")));
            std::string line;
            std::getline(text, line);
            CHECK(line == "time_ms,source,target,delay_ms,weight");
            for (const Kept& sample : keeper.samples[record]) {
                for (const PlasticSynapse& s : sample.synapses) {
                    REQUIRE(std::getline(text, line));
                    std::istringstream fields(line);
                    double time = 0.0, source = 0.0, target = 0.0, delay = 0.0;
                    float weight = 0.0f;
                    char comma = ' ';
                    fields >> time >> comma >> source >> comma >> target >> comma >> delay >> comma >> weight;
                    CAPTURE(line);
                    CHECK(fields.eof());
                    CHECK(time == 0.5 * static_cast<double>(sample.step));
                    CHECK(source == s.source - kFirstSource);
                    CHECK(target == s.target - kFirstTarget);
                    CHECK(delay == 0.5 * s.delay_steps);
                    CHECK(weight == s.weight);
                }
            }
            CHECK_FALSE(std::getline(text, line));
        }
    }
}

TEST_CASE("weights: eligibility and dopamine are written where they are asked for") {
    NetworkBuilder net;
    const auto p = net.add_population({.name = "p", .size = 9});
    const auto learns =
        net.connect(p, p, {.name = "learns", .weight = 1.0, .plasticity = Plasticity{.change = RewardedChange{}}});
    net.record_weights({.name = "both", .projection = learns, .eligibility = true});
    net.record_weights({.name = "plain", .projection = learns});
    const Network network = net.build();
    const PlasticSynapse first[] = {{1, 2, 3, 0.5f, 0.25f}, {4, 5, 6, 1.5f, -0.125f}};
    const PlasticSynapse second[] = {{1, 2, 3, 0.75f, 0.0f}, {4, 5, 6, 2.0f, 1.0f}};
    for (const io::Format format : {io::Format::csv, io::Format::sonata}) {
        const ScratchFolder folder;
        io::Recorder recorder(network, folder.path(), format);
        for (const std::size_t record : {0, 1}) {
            recorder.weights({record, 0, first, 0.0});
            recorder.weights({record, 1000, second, 0.375});
        }
        (void)recorder.finish(1000);
        if (format == io::Format::csv) {
            CHECK(contents_of(folder.path() / "weights-both.csv") ==
                  "time_ms,source,target,delay_ms,weight,eligibility,dopamine\n0,1,2,3,0.5,0.25,0\n"
                  "0,4,5,6,1.5,-0.125,0\n1000,1,2,3,0.75,0,0.375\n1000,4,5,6,2,1,0.375\n");
            CHECK(contents_of(folder.path() / "weights-plain.csv") ==
                  "time_ms,source,target,delay_ms,weight\n0,1,2,3,0.5\n0,4,5,6,1.5\n1000,1,2,3,0.75\n1000,4,5,6,2\n");
            continue;
        }
        for (const bool both : {true, false}) {
            const fs::path path = folder.path() / (both ? "weights-both.h5" : "weights-plain.h5");
            const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
            REQUIRE(file >= 0);
            CHECK(data_of<float>(file, "/weights/learns/data", H5T_NATIVE_FLOAT) ==
                  std::vector<float>{0.5f, 1.5f, 0.75f, 2.0f});
            CHECK((H5Lexists(file, "/weights/learns/eligibility", H5P_DEFAULT) > 0) == both);
            CHECK((H5Lexists(file, "/weights/learns/dopamine", H5P_DEFAULT) > 0) == both);
            if (both) {
                CHECK(data_of<float>(file, "/weights/learns/eligibility", H5T_NATIVE_FLOAT) ==
                      std::vector<float>{0.25f, -0.125f, 0.0f, 1.0f});
                CHECK(data_of<double>(file, "/weights/learns/dopamine", H5T_NATIVE_DOUBLE) ==
                      std::vector<double>{0.0, 0.375});
            }
            H5Fclose(file);
        }
    }
}

TEST_CASE("weights: HDF5 holds a row for each time, and which synapses they are") {
    const ScratchFolder folder;
    record(folder.path(), io::Format::sonata);
    const Keeper keeper = kept();
    for (const int record : {0, 1}) {
        const fs::path path = folder.path() / (record == 0 ? "weights-all.h5" : "weights-some.h5");
        const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
        REQUIRE(file >= 0);
        const std::vector<Kept>& samples = keeper.samples[record];
        std::vector<float> expected;
        for (const Kept& sample : samples)
            for (const PlasticSynapse& s : sample.synapses) expected.push_back(s.weight);
        CHECK(data_of<float>(file, "/weights/learning/data", H5T_NATIVE_FLOAT) == expected);
        std::vector<std::uint64_t> sources, targets;
        std::vector<double> delays;
        for (const PlasticSynapse& s : samples.front().synapses) {
            sources.push_back(s.source - kFirstSource);
            targets.push_back(s.target - kFirstTarget);
            delays.push_back(0.5 * s.delay_steps);
        }
        CHECK(data_of<std::uint64_t>(file, "/weights/learning/source", H5T_NATIVE_UINT64) == sources);
        CHECK(data_of<std::uint64_t>(file, "/weights/learning/target", H5T_NATIVE_UINT64) == targets);
        CHECK(data_of<double>(file, "/weights/learning/delay_ms", H5T_NATIVE_DOUBLE) == delays);
        const double interval = record == 0 ? 20.0 : 35.0, rows = static_cast<double>(samples.size());
        CHECK(data_of<double>(file, "/weights/learning/time", H5T_NATIVE_DOUBLE) ==
              std::vector<double>{0.0, rows * interval, interval});
        H5Fclose(file);
    }
}

TEST_CASE("weights: synapses as written are a network file's synapses_file") {
    const ScratchFolder folder;
    Simulation simulation(learning(), {.threads = 1});
    simulation.run(kSteps);
    io::write_synapses(simulation, ProjectionId(1), folder.path() / "learned.csv");
    std::ofstream(folder.path() / "net.toml") << "[population.from]\nsize = 30\n[population.to]\nsize = 20\n"
                                                 "[projection.p]\nsource = \"from\"\ntarget = \"to\"\n"
                                                 "rule = \"explicit\"\nsynapses_file = \"learned.csv\"\n";
    const Network network = io::load_network(folder.path() / "net.toml");
    const auto& read = std::get<ExplicitList>(network.description().projections[0].spec.rule).synapses;
    const std::vector<PlasticSynapse> written = simulation.plastic_synapses(ProjectionId(1));
    REQUIRE(read.size() == written.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        CHECK(read[i].source == written[i].source - kFirstSource);
        CHECK(read[i].target == written[i].target - kFirstTarget);
        CHECK(static_cast<float>(read[i].weight) == written[i].weight);
        CHECK(read[i].delay_ms == 0.5 * written[i].delay_steps);
    }
}

TEST_SUITE_END();
