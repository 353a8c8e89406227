// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Spike files and edge lists as the world writes them: one file for each program and version in data/foreign, and tables
// of spellings.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "tests/support/scratch_folder.hpp"

namespace fs = std::filesystem;
using namespace izhi;

namespace {

/// (time, neuron), sorted.
using Spikes = std::vector<std::pair<double, std::uint64_t>>;

/// What README.md of data/foreign says of every file, in tenths of a millisecond: text keeps those.
Spikes published() {
    Spikes spikes;
    for (std::uint64_t k = 0; k < 4; ++k)
        for (const auto& [first, step] : {std::pair{105, 70}, std::pair{405, 30}, std::pair{805, 20}})
            spikes.emplace_back(static_cast<double>(first) + static_cast<double>(k) * step, k);
    std::sort(spikes.begin(), spikes.end());
    return spikes;
}

Spikes sorted(const io::SpikeTable::Population& population, std::uint64_t first_id, double earlier_ms) {
    Spikes spikes;
    for (std::size_t i = 0; i < population.times_ms.size(); ++i)
        spikes.emplace_back(std::round((population.times_ms[i] + earlier_ms) * 1e7) / 1e6,
                            population.node_ids[i] - first_id);
    std::sort(spikes.begin(), spikes.end());
    return spikes;
}

struct Foreign {
    std::string file;
    std::string population{};
    std::uint64_t first_id = 0;
    io::SpikeFileOptions options{};
    std::string note{};  ///< what the only note says
    double earlier_ms = 0.0;
};

class Folder : public test::ScratchFolder {
public:
    [[nodiscard]] fs::path write(const std::string& name, const std::string& text) const {
        std::ofstream(path() / name, std::ios::binary) << text;
        return path() / name;
    }
};

std::string refusal(const fs::path& file, const io::SpikeFileOptions& options = {}) {
    try {
        (void)io::read_spikes(file, options);
    } catch (const Error& error) { return error.what(); }
    return {};
}

}  // namespace

TEST_SUITE_BEGIN("foreign");

TEST_CASE("foreign files: each gives the same spikes") {
    const io::SpikeFileOptions seconds{.time_unit_ms = 1e3};
    const std::vector<Foreign> files{
        {.file = "nest2.gdf", .first_id = 1},
        {.file = "nest3-two-threads.dat", .first_id = 1},
        {.file = "nest3-commented-names.dat", .first_id = 1},
        {.file = "nest3-steps.dat", .first_id = 1, .options = {.time_unit_ms = 0.1}},
        {.file = "nest3-weights.dat", .first_id = 1, .note = "columns that are not used: \"weights\""},
        {.file = "brian2-pandas.csv", .options = seconds},
        {.file = "brian2-savetxt.txt", .options = seconds},
        {.file = "neuron-spikes.dat"},
        {.file = "coreneuron-out.dat"},
        {.file = "bmtk-spikes.csv", .population = "cortex"},
        {.file = "bmtk-nopop.csv"},
        {.file = "genn-recorder.csv"},
        {.file = "genn-recorder-spaces.csv"},
        {.file = "pygenn-savetxt.csv"},
        {.file = "carlsim-matlab.txt", .options = {.columns = {"time", "neuron"}}, .earlier_ms = 0.5},
        {.file = "pynn-text.txt"},
        {.file = "neo-elephant.csv", .note = "columns that are not used: \"t_stop_s\""},
        {.file = "spreadsheet.csv", .population = "cortex"},
        {.file = "izhi.csv", .population = "cortex"},
        {.file = "izhi.gdf"},
    };
    const fs::path folder = fs::path(IZHI_SOURCE_DIR) / "tests" / "data" / "foreign";
    std::set<std::string> tested{"README.md", "nest3-0.dat", "nest3-1.dat"};
    for (const Foreign& foreign : files) {
        CAPTURE(foreign.file);
        tested.insert(foreign.file);
        const auto table = io::read_spikes(folder / foreign.file, foreign.options);
        REQUIRE(table.populations.size() == 1);
        CHECK(table.populations[0].name == foreign.population);
        CHECK_FALSE(table.populations[0].neurons.has_value());
        CHECK(sorted(table.populations[0], foreign.first_id, foreign.earlier_ms) == published());
        CHECK(table.notes.size() == (foreign.note.empty() ? 0 : 1));
        for (const std::string& note : table.notes) CHECK(note.find(foreign.note) != std::string::npos);
    }
    for (const auto& entry : fs::directory_iterator(folder)) {
        CAPTURE(entry.path().string());
        CHECK(tested.contains(entry.path().filename().string()));
    }
}

TEST_CASE("foreign files: what cannot be known is noted, or asked for") {
    const fs::path folder = fs::path(IZHI_SOURCE_DIR) / "tests" / "data" / "foreign";
    for (const char* brian : {"brian2-pandas.csv", "brian2-savetxt.txt"}) {
        const auto table = io::read_spikes(folder / brian);
        REQUIRE(table.notes.size() == 1);
        CHECK(table.notes[0].find("39473 Hz. If they are seconds: --unit s") != std::string::npos);
    }
    const auto carlsim = io::read_spikes(folder / "carlsim-matlab.txt");
    REQUIRE(carlsim.notes.size() == 1);
    CHECK(carlsim.notes[0].find("--columns time,neuron") != std::string::npos);
    CHECK(refusal(folder / "nest3-steps.dat").find("are in steps; give the length of a step") != std::string::npos);
    // A unit that the file says is not overruled.
    CHECK(refusal(folder / "neo-elephant.csv", {.time_unit_ms = 1.0}).find("gives the unit of times") !=
          std::string::npos);
    CHECK(refusal(folder / "neo-elephant.csv", {.time_unit_ms = 1e3}).empty());
    for (const std::vector<std::string>& columns : std::vector<std::vector<std::string>>{
             {"time"}, {"neuron"}, {"time", "time", "neuron"}, {"time", "nuron"}, {"time", "neuron", "x"}})
        CHECK(refusal(folder / "izhi.gdf", {.columns = columns}).find("columns hold") == 0);
    CHECK(refusal(folder / "izhi.gdf", {.columns = {"time", "neuron"}}).find("izhi.gdf:1: the neuron is \"10.5\"") !=
          std::string::npos);
    CHECK(
        refusal(folder / "izhi.gdf", {.columns = {"time", "neuron", "-"}}).find("allowed: 3 columns, as were given") !=
        std::string::npos);
}

TEST_CASE("foreign files: spellings of names, units and separators") {
    const Folder folder;
    for (const char* head :
         {"time_ms,neuron", "neuron;time_ms", "Neuron ID\tTime [ms]", "time neuron", "t (ms),gid", "\"i\" , \"t\"",
          "senders\ttimes", "# node_ids, timestamps", "% id time", "\xEF\xBB\xBFid,spike_times", "Time/ms,cell-id",
          "index,t", "n,index,t", "time in ms, unit id", "\n\n# a comment, with a comma\nid,t"}) {
        CAPTURE(std::string(head));
        const std::string names = head;
        const char separator = names.find(';') != std::string::npos   ? ';'
                               : names.find(',') != std::string::npos ? ','
                                                                      : '\t';
        const auto last = names.substr(names.find_last_of("\n") + 1);
        const bool time_first =
            std::min({last.find("ime"), last.find("t (ms)")}) <
            std::min({last.find("euron"), last.find("gid"), last.find("cell"), last.find("id"), last.find("sender")});
        std::string rows;
        for (const auto& [time, neuron] : {std::pair{"1", "4.0"}, std::pair{"2e0", "+7"}}) {
            if (last.starts_with("n,")) rows += "8,";
            rows +=
                (time_first ? time : neuron) + std::string(1, separator) + (time_first ? neuron : time) + "\r\n\r\n";
        }
        const auto table = io::read_spikes(folder.write("spikes.txt", names + "\n" + rows));
        REQUIRE(table.populations.size() == 1);
        CHECK(table.populations[0].times_ms == std::vector<double>{1.0, 2.0});
        CHECK(table.populations[0].node_ids == std::vector<std::uint64_t>{4, 7});
    }
    for (const auto& [unit, ms] : std::vector<std::pair<std::string, double>>{{"ms", 2.0},
                                                                              {"msec", 2.0},
                                                                              {"Milliseconds", 2.0},
                                                                              {"s", 2000.0},
                                                                              {"sec", 2000.0},
                                                                              {"seconds", 2000.0},
                                                                              {"us", 0.002}}) {
        CAPTURE(unit);
        for (const std::string& name :
             {"time_" + unit, "Time [" + unit + "]", "t (" + unit + ")", "times in " + unit}) {
            CAPTURE(name);
            const auto table = io::read_spikes(folder.write("spikes.txt", name + ",id\n2,7\n"));
            CHECK(table.populations[0].times_ms == std::vector<double>{ms});
        }
    }
    // Names of populations may hold what separates; the second heading is that of another file with another order.
    const auto named = io::read_spikes(folder.write(
        "spikes.csv", "time,population,id\n1.5,\"a, b\",3 # a remark\n2,c#1,4\nid,time,population\n5,3,c#1\n"));
    REQUIRE(named.populations.size() == 2);
    CHECK(named.populations[0].name == "a, b");
    CHECK(named.populations[1].name == "c#1");
    CHECK(named.populations[1].times_ms == std::vector<double>{2.0, 3.0});
    CHECK(named.populations[1].node_ids == std::vector<std::uint64_t>{4, 5});
    // Without names: the order of the numbers and the place of the population are found.
    const auto unnamed = io::read_spikes(folder.write("spikes.csv", "exc,3,1.5,\ninh,4,2,\n"));
    REQUIRE(unnamed.populations.size() == 2);
    CHECK(unnamed.populations[0].times_ms == std::vector<double>{1.5});
    CHECK(unnamed.populations[1].node_ids == std::vector<std::uint64_t>{4});
    // Numbers beyond what a double holds.
    const auto large = io::read_spikes(folder.write("spikes.csv", "id,t\n18446744073709551615,1\n"));
    CHECK(large.populations[0].node_ids == std::vector<std::uint64_t>{18446744073709551615ULL});
}

TEST_CASE("foreign files: a csv that is none is told as a csv, with its line") {
    const Folder folder;
    struct Fault {
        std::string text;
        int line;
        std::string says;
    };
    for (const Fault& fault : std::vector<Fault>{
             {"when,who\n1,2\n", 1,
              "is \"when,who\" and names no columns of spikes; allowed: a time and a neuron, such as "},
             {"time,who\n1,2\n", 1, "is \"time,who\" and names no neuron"},
             {"time_h,neuron\n1,2\n", 1, "names no time"},
             {"t,i,gid\n1,2,3\n", 1, "names the neuron twice, \"i\" and \"gid\""},
             {"1,2,3\n", 1, "is \"1,2,3\"; allowed: a time and a neuron, such as time_ms,population,neuron"},
             {"1 2 3\n", 1, "is \"1 2 3\"; allowed: a neuron, a tab and a time"},
             {"t,i\n1,2\n3\n", 3, "is \"3\"; allowed: 2 columns, as named above"},
             {"t,i\n1,2\nwhen,who\n", 3, "names no columns of spikes"},
             {"t,i\n0.5,2\n\n# c\n0.5,1.5\n", 5, "the neuron is \"1.5\"; allowed: an integer of 0 or more"},
             {"t;i\n\"0,5\";2\n", 2, "the time is \"0,5\""},
             {"0.5 1.5\n1.5 2.5\n", 1, "the neuron is \"0.5\""},
         }) {
        CAPTURE(fault.text);
        const fs::path file = folder.write("spikes.csv", fault.text);
        const std::string said = refusal(file);
        CAPTURE(said);
        CHECK(said.rfind(file.string() + ":" + std::to_string(fault.line) + ": ", 0) == 0);
        CHECK(said.find(fault.says) != std::string::npos);
    }
}

TEST_CASE("foreign files: lists of synapses") {
    const Folder folder;
    const auto network = [&](const std::string& keys, const std::string& list) {
        (void)folder.write("s.csv", list);
        return folder.write("net.toml", "[population.a]\nsize = 3\n[population.b]\nsize = 2\n[projection.p]\nsource = "
                                        "\"a\"\ntarget = \"b\"\nrule = \"explicit\"\nsynapses_file = \"s.csv\"\n" +
                                            keys);
    };
    const auto synapses = [&](const std::string& keys, const std::string& list) {
        const auto read = io::load_network(network(keys, list));
        return std::get<ExplicitList>(read.description().projections[0].spec.rule).synapses;
    };
    struct Sound {
        std::string keys, list;
    };
    for (const Sound& sound : std::vector<Sound>{
             {"", "source,target,weight,delay_ms\n0,1,1.5,2\n2,0,1.5,2\n"},
             {"", "# synapses\r\n\r\ndelay_ms;weight;target;source\r\n2;1.5;1;0\r\n\r\n2;1.5;0;2\r\n"},
             {"", "pre post w delay\n0 1 1.5 2\npre post w delay\n2.0 0 1.5 2\n"},
             {"", "\xEF\xBB\xBF\"i\", \"j\", \"Weight\", \"Delay [s]\"\n0, 1, 1.5, 0.002\n2, 0, 1.5, 2e-3\n"},
             {"weight = 1.5\n", "source,target,delay_ms\n0,1,2\n2,0,2\n"},
             {"delay_ms = 2\n", "source\ttarget\tsyn_weight\n0\t1\t1.5\n2\t0\t1.5\n"},
             {"weight = 1.5\ndelay_ms = { constant = 2 }\nindex_base = 1\n", "source target\n1 2\n3 1\n"},
         }) {
        CAPTURE(sound.list);
        const auto read = synapses(sound.keys, sound.list);
        REQUIRE(read.size() == 2);
        CHECK(read[0].source == 0);
        CHECK(read[0].target == 1);
        CHECK(read[1].source == 2);
        CHECK(read[1].target == 0);
        for (const ExplicitSynapse synapse : read) {
            CHECK(synapse.weight == 1.5);
            CHECK(synapse.delay_ms == 2.0);
        }
    }
    struct Fault {
        std::string keys, list, place, says;
    };
    const std::string csv = (folder.path() / "s.csv").string(), toml = (folder.path() / "net.toml").string();
    for (const Fault& fault : std::vector<Fault>{
             {"", "source,target,weight\n0,1,1\n", csv + ":1: ", "names no delay_ms, and the section gives none"},
             {"weight = 1\n", "source,target,weight,delay_ms\n",
              csv + ":1: ", "the weight, which the section gives, too"},
             {"weight = { uniform = [0, 1] }\n", "source,target,delay_ms\n",
              toml + ":10: ", "projection.p.weight is a table; allowed: a number"},
             {"", "source,target,wieght,delay_ms\n", csv + ":1: ", "names \"wieght\""},
             {"", "source,delay_ms,weight\n", csv + ":1: ", "names no target"},
             {"", "i,source,target,delay_ms,weight\n", csv + ":1: ", "the source twice"},
             {"", "0,1,1,1\n", csv + ":1: ", "is \"0,1,1,1\"; allowed: a first line that names the columns"},
             {"index_base = 1\n", "source,target,weight,delay_ms\n3,2,1,1\n0,1,1,1\n",
              csv + ":3: ", "the source is 0; allowed: 1 to 3"},
             {"index_base = 1\n", "source,target,weight,delay_ms\n3,3,1,1\n",
              csv + ":2: ", "the target is 3; allowed: 1 to 2"},
             {"index_base = 2\n", "source,target,weight,delay_ms\n", toml + ":10: ", "projection.p.index_base is 2"},
             {"multapses = false\n", "source,target,weight,delay_ms\n0,1,1,1\n# c\n2,1,1,1\n0,1,1,1\n",
              csv + ":5: ", "synapse 2 leads from source 0 to target 1, as synapse 0 does"},
             // Found after reading: synapse 1 stands in line 6 for the comment and the empty lines.
             {"", "# c\nsource,target,weight,delay_ms\n0,1,1,1\n\n\n0,1,1,0\n", csv + ":6: ", "delay_ms 0"},
         }) {
        CAPTURE(fault.list);
        CAPTURE(fault.keys);
        std::string said;
        try {
            (void)io::load_network(network(fault.keys, fault.list));
        } catch (const Error& error) { said = error.what(); }
        CAPTURE(said);
        CHECK(said.rfind(fault.place, 0) == 0);
        CHECK(said.find(fault.says) != std::string::npos);
    }
    // In the network file, too.
    const auto inline_list = io::parse_network("[population.a]\nsize = 3\n[projection.p]\nsource = \"a\"\ntarget = "
                                               "\"a\"\nrule = \"explicit\"\nindex_base = 1\n"
                                               "synapses = [[1, 3, 1, 1]]\n",
                                               "inline.toml");
    CHECK(std::get<ExplicitList>(inline_list.description().projections[0].spec.rule).synapses[0].target == 2);
}

TEST_SUITE_END();
