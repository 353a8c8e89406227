// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Readers against files that are damaged, foreign or hostile: refused with the name of the file, never a crash.
#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <hdf5.h>

#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"
#include "tests/support/contents.hpp"

namespace fs = std::filesystem;
using namespace izhi;

namespace {

struct Folder {
    fs::path path = fs::temp_directory_path() / ("izhi-reading-" + std::to_string(::getpid()));
    Folder() {
        fs::remove_all(path);
        fs::create_directories(path);
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    [[nodiscard]] fs::path write(const std::string& name, std::string_view text) const {
        std::ofstream(path / name, std::ios::binary) << text;
        return path / name;
    }
};

std::string refusal(const std::function<void()>& read) {
    try {
        read();
    } catch (const Error& error) { return error.what(); }
    return {};
}
std::string spikes_refusal(const fs::path& file) {
    return refusal([&] { (void)io::read_spikes(file); });
}
std::string traces_refusal(const fs::path& file) {
    return refusal([&] { (void)io::read_traces(file); });
}

/// A text that is not a recording, the line of its error, and the message.
struct TextFault {
    std::string text;
    int line;
    std::string says;
};
void check_text_fault(const Folder& folder, const TextFault& fault, std::string (*refusal_of)(const fs::path&)) {
    const fs::path file = folder.write("faulty.txt", fault.text);
    const std::string said = refusal_of(file);
    CAPTURE(said);
    CHECK(said.rfind(file.string() + ":" + std::to_string(fault.line) + ": ", 0) == 0);
    CHECK(said.find(fault.says) != std::string::npos);
    CHECK(said.find('\x1b') == std::string::npos);
}

/// The file `name` of a short run of a small network.
std::string recorded(const Folder& folder, const std::string& name) {
    NetworkBuilder builder({.name = "n"});
    const auto p = builder.add_population({.name = "p", .size = 4});
    builder.record_trace({.name = "t", .population = p, .neurons = {0, 3}});
    io::Recorder recorder(builder.build(), folder.path, io::Format::sonata);
    recorder.spikes(std::vector<Spike>{{1, 0}, {1, 3}});
    for (std::uint64_t step = 1; step < 6; ++step) {
        const float row[] = {-65.0F, -60.0F};
        recorder.sample({.trace = 0, .step = step, .values = row});
    }
    (void)recorder.finish(5);
    return test::contents_of(folder.path / name);
}

// Files that our writers would never make, by the plain C calls.
void put(hid_t parent, const char* name, hid_t type, const std::vector<hsize_t>& shape, const void* data) {
    const hid_t space =
        shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t set = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(set >= 0);
    if (data != nullptr) REQUIRE(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

void put_text(hid_t object, const char* name, const std::string& text) {
    const hid_t space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, text.size());
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(H5Awrite(attribute, type, text.data()) >= 0);
    H5Aclose(attribute);
    H5Tclose(type);
    H5Sclose(space);
}

fs::path make(const Folder& folder, const std::vector<std::string>& groups, const std::function<void(hid_t)>& fill) {
    const fs::path path = folder.path / "made.h5";
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    REQUIRE(file >= 0);
    for (const std::string& group : groups)
        H5Gclose(H5Gcreate2(file, group.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    fill(file);
    H5Fclose(file);
    return path;
}

const double kTimes[] = {1.0, 2.5, 3.0};
const std::uint64_t kIds[] = {4, 0, 2};
const std::vector<std::string> kSpikeGroups{"/spikes", "/spikes/p"};
const std::vector<std::string> kReportGroups{"/report", "/report/p", "/report/p/mapping"};

}  // namespace

TEST_CASE("reading: text spikes that are damaged, with their line") {
    const Folder folder;
    for (const TextFault& fault : std::vector<TextFault>{
             {"1\t2\n-1\t2\n", 2, "the neuron is \"-1\"; allowed: an integer of 0 or more"},
             {"1\t2.5\n1.5\t2\n", 2, "the neuron is \"1.5\""},
             {"1\tx\n", 1, "the time is \"x\"; allowed: a finite number"},
             {"1\tnan\n", 1, "the time is \"nan\""},
             {"1\t1e999\n", 1, "the time is \"1e999\""},
             {"1\n", 1, "a neuron, a tab and a time"},
             {"1\t2\t3\n", 1, "a neuron, a tab and a time"},
             {"sender\ttime_step\ttime_offset\n1\t2\t3\n", 1, "times are in steps"},
             {"1\t2\nsender\ttime_ms\n", 2, "the neuron is \"sender\""},
             {"99999999999999999999\t1\n", 1, "the neuron"},
             {"PK\x03\x04\x1b[2J", 1, "allowed"},
             {"time_ms,population,neuron\n1,exc\n", 2, "is \"1,exc\"; allowed: 3 columns, as named above"},
             {"time_ms,population,neuron\n1,,3\n", 2, "no name"},
             {"time_ms,population,neuron\n1,exc,3\nx,exc,3\n", 3, "the time is \"x\""},
             {"time_ms,population,neuron\n1,exc,-3\n", 2, "the neuron is \"-3\""},
         }) {
        check_text_fault(folder, fault, spikes_refusal);
    }
    CHECK(spikes_refusal(folder.path / "absent").find("no such file") != std::string::npos);
    CHECK(spikes_refusal(folder.path).find("is not a file") != std::string::npos);
    CHECK(spikes_refusal("/dev/zero").find("is not a file") != std::string::npos);
    // What other writers do.
    const auto table = io::read_spikes(folder.write("spikes.gdf", "# NEST\r\n7 0.5\r\n\r\n8\t+1e1"));
    REQUIRE(table.populations.size() == 1);
    CHECK(table.populations[0].node_ids == std::vector<std::uint64_t>{7, 8});
    CHECK(table.populations[0].times_ms == std::vector<double>{0.5, 10.0});
    CHECK_FALSE(table.populations[0].neurons.has_value());
    CHECK_FALSE(table.duration_ms.has_value());
    // NEST 2 and NEST 3.
    for (const char* text :
         {"7\t0.500\t\n8\t10.000\t\n",
          "# NEST version: 3.3\n# RecordingBackendASCII version: 2\nsender\ttime_ms\n7\t0.5\n8\t10\n"}) {
        const auto nest = io::read_spikes(folder.write("nest.dat", text));
        CHECK(nest.populations[0].node_ids == std::vector<std::uint64_t>{7, 8});
        CHECK(nest.populations[0].times_ms == std::vector<double>{0.5, 10.0});
    }
}

TEST_CASE("reading: text traces that are damaged, with their line") {
    const Folder folder;
    for (const TextFault& fault : std::vector<TextFault>{
             {"", 0, "empty"},
             {"time_ms\n", 1, "POPULATION.NEURON.VARIABLE"},
             {"time_ms,exc.v\n", 1, "the column \"exc.v\""},
             {"time_ms,exc.-1.v\n", 1, "the column \"exc.-1.v\""},
             {"time_ms,exc.0.v\n1\n", 2, "has 1 columns; allowed: 2"},
             {"time_ms,exc.0.v\n1,2,3\n", 2, "has 3 columns; allowed: 2"},
             {"time_ms,exc.0.v\n1,x\n", 2, "a value is \"x\""},
             {"time_ms,exc.0.v\n1,1e39\n", 2, "a value is \"1e39\"; allowed: a number of single precision"},
             {"time_ms,exc.0.v\n1,-1e999\n", 2, "a value is \"-1e999\""},
             {"time_ms,exc.0.v\nnan,1\n", 2, "the time is \"nan\""},
             {"time_ms,exc.0.v\n1,1\ninf,1\n", 3, "the time is \"inf\""},
             {"time_ms,exc.0.v\n1,1\n2,1\n4,1\n", 4, "equal intervals"},
             {"time_ms,exc.0.v\n1,1\n1,1\n", 3, "equal intervals"},
         }) {
        check_text_fault(folder, fault, traces_refusal);
    }
}

TEST_CASE("reading: SONATA spikes of others, and of old") {
    const Folder folder;
    const auto modern = io::read_spikes(make(folder, kSpikeGroups, [](hid_t file) {
        const float times[] = {1.0F, 2.5F, 3.0F};
        const std::int32_t ids[] = {4, 0, 2};
        put(file, "/spikes/p/timestamps", H5T_NATIVE_FLOAT, {3}, times);
        put(file, "/spikes/p/node_ids", H5T_NATIVE_INT32, {3}, ids);
    }));
    REQUIRE(modern.populations.size() == 1);
    CHECK(modern.populations[0].name == "p");
    CHECK(modern.populations[0].times_ms == std::vector<double>{1.0, 2.5, 3.0});
    CHECK(modern.populations[0].node_ids == std::vector<std::uint64_t>{4, 0, 2});
    const auto old = io::read_spikes(make(folder, {"/spikes"}, [](hid_t file) {
        put(file, "/spikes/timestamps", H5T_NATIVE_DOUBLE, {3}, kTimes);
        put(file, "/spikes/gids", H5T_NATIVE_UINT64, {3}, kIds);
    }));
    REQUIRE(old.populations.size() == 1);
    CHECK(old.populations[0].name == "");
    CHECK(old.populations[0].node_ids == std::vector<std::uint64_t>{4, 0, 2});
}

TEST_CASE("reading: SONATA spikes in other units, of populations that never fired") {
    const Folder folder;
    for (const auto& [unit, ms] : std::vector<std::pair<std::string, double>>{
             {"ms", 2.5}, {"milliseconds", 2.5}, {"msec", 2.5}, {"s", 2500.0}, {"seconds", 2500.0}, {"us", 0.0025}}) {
        for (const char* where :
             {"/spikes/p/timestamps", "/spikes/p"}) {  // BMTK's data sets, and who says it of groups
            CAPTURE(unit);
            const fs::path file = make(folder, {"/spikes", "/spikes/p", "/spikes/quiet"}, [&](hid_t f) {
                put(f, "/spikes/p/timestamps", H5T_NATIVE_DOUBLE, {3}, kTimes);
                put(f, "/spikes/p/node_ids", H5T_NATIVE_UINT64, {3}, kIds);
                put(f, "/spikes/quiet/timestamps", H5T_NATIVE_DOUBLE, {0}, nullptr);
                put(f, "/spikes/quiet/node_ids", H5T_NATIVE_UINT64, {0}, nullptr);
                const hid_t object = H5Oopen(f, where, H5P_DEFAULT);
                put_text(object, "units", unit);
                H5Oclose(object);
            });
            const auto table = io::read_spikes(file);
            REQUIRE(table.populations.size() == 2);
            CHECK(table.populations[0].times_ms[1] == doctest::Approx(ms).epsilon(1e-12));
            CHECK(table.populations[1].name == "quiet");
            CHECK(table.populations[1].times_ms.empty());
            CHECK(refusal([&] {
                      (void)io::read_spikes(file, {.time_unit_ms = 60e3});
                  }).find("another unit was given") != std::string::npos);
            CHECK_FALSE(refusal([&] { (void)io::read_spikes(file, {.columns = {"time", "neuron"}}); }).empty());
        }
    }
    const fs::path silent = make(folder, kSpikeGroups, [](hid_t f) {
        put(f, "/spikes/p/timestamps", H5T_NATIVE_DOUBLE, {3}, kTimes);
        put(f, "/spikes/p/node_ids", H5T_NATIVE_UINT64, {3}, kIds);
    });
    CHECK(io::read_spikes(silent, {.time_unit_ms = 1e3}).populations[0].times_ms[1] == 2500.0);
}

TEST_CASE("reading: SONATA spikes that are not what they say") {
    const Folder folder;
    struct Fault {
        std::string says;
        std::vector<std::string> groups;
        std::function<void(hid_t)> fill;
    };
    const auto sound_times = [](hid_t f) { put(f, "/spikes/p/timestamps", H5T_NATIVE_DOUBLE, {3}, kTimes); };
    const auto sound_ids = [](hid_t f) { put(f, "/spikes/p/node_ids", H5T_NATIVE_UINT64, {3}, kIds); };
    const std::int64_t negative[] = {4, -1, 2};
    const double infinite[] = {1.0, std::numeric_limits<double>::infinity(), 3.0};
    const std::vector<Fault> faults{
        {"/spikes is missing", {}, [](hid_t) {}},
        {"/spikes is not a group", {}, [](hid_t f) { put(f, "/spikes", H5T_NATIVE_DOUBLE, {3}, kTimes); }},
        {"/spikes/p is not a group", {"/spikes"}, [](hid_t f) { put(f, "/spikes/p", H5T_NATIVE_DOUBLE, {3}, kTimes); }},
        {"/spikes/p/timestamps is missing", kSpikeGroups, sound_ids},
        {"/spikes/p/node_ids is missing", kSpikeGroups, sound_times},
        {"/spikes/p/node_ids is not a data set", {"/spikes", "/spikes/p", "/spikes/p/node_ids"}, sound_times},
        {"/spikes/gids is missing",
         {"/spikes"},
         [](hid_t f) { put(f, "/spikes/timestamps", H5T_NATIVE_DOUBLE, {3}, kTimes); }},
        {"3 timestamps and 2 node_ids", kSpikeGroups,
         [&](hid_t f) {
             sound_times(f);
             put(f, "/spikes/p/node_ids", H5T_NATIVE_UINT64, {2}, kIds);
         }},
        {"node_ids holds -1; allowed: 0 or more", kSpikeGroups,
         [&](hid_t f) {
             sound_times(f);
             put(f, "/spikes/p/node_ids", H5T_NATIVE_INT64, {3}, negative);
         }},
        {"node_ids holds no integers", kSpikeGroups,
         [&](hid_t f) {
             sound_times(f);
             put(f, "/spikes/p/node_ids", H5T_NATIVE_DOUBLE, {3}, kTimes);
         }},
        {"timestamps holds no numbers", kSpikeGroups,
         [&](hid_t f) {
             sound_ids(f);
             put(f, "/spikes/p/timestamps", H5T_C_S1, {3}, "abc");
         }},
        {"timestamps holds a time that is not finite", kSpikeGroups,
         [&](hid_t f) {
             sound_ids(f);
             put(f, "/spikes/p/timestamps", H5T_NATIVE_DOUBLE, {3}, infinite);
         }},
        {"timestamps has 2 dimensions; allowed: 1", kSpikeGroups,
         [&](hid_t f) {
             sound_ids(f);
             put(f, "/spikes/p/timestamps", H5T_NATIVE_DOUBLE, {3, 1}, kTimes);
         }},
        {"timestamps has the wrong number of dimensions", kSpikeGroups,
         [&](hid_t f) {
             sound_ids(f);
             put(f, "/spikes/p/timestamps", H5T_NATIVE_DOUBLE, {}, kTimes);
         }},
        {"claims 1000000000000 values", kSpikeGroups,
         [&](hid_t f) {
             for (const char* name : {"/spikes/p/timestamps", "/spikes/p/node_ids"}) {
                 const hsize_t extent = 1000000000000, chunk = 1024;
                 const hid_t space = H5Screate_simple(1, &extent, nullptr), layout = H5Pcreate(H5P_DATASET_CREATE);
                 H5Pset_chunk(layout, 1, &chunk);
                 H5Dclose(H5Dcreate2(f, name, H5T_NATIVE_INT64, space, H5P_DEFAULT, layout, H5P_DEFAULT));
                 H5Pclose(layout);
                 H5Sclose(space);
             }
         }},
        {"magic", kSpikeGroups,
         [&](hid_t f) {
             sound_times(f);
             sound_ids(f);
             const hid_t space = H5Screate(H5S_SCALAR);
             const hid_t magic = H5Acreate2(f, "magic", H5T_NATIVE_UINT32, space, H5P_DEFAULT, H5P_DEFAULT);
             const std::uint32_t wrong = 5;
             H5Awrite(magic, H5T_NATIVE_UINT32, &wrong);
             H5Aclose(magic);
             H5Sclose(space);
         }},
        {"units \"hours\"; allowed: ms, s, us and their names", kSpikeGroups,
         [&](hid_t f) {
             sound_times(f);
             sound_ids(f);
             const hid_t set = H5Dopen2(f, "/spikes/p/timestamps", H5P_DEFAULT);
             put_text(set, "units", "hours");
             H5Dclose(set);
         }},
        {"is missing",
         {"/spikes"},
         [](hid_t f) { H5Lcreate_soft("/nowhere", f, "/spikes/p", H5P_DEFAULT, H5P_DEFAULT); }},
        {"is missing",
         {"/spikes"},
         [](hid_t f) { H5Lcreate_external("no-such-file.h5", "/x", f, "/spikes/p", H5P_DEFAULT, H5P_DEFAULT); }},
    };
    for (const Fault& fault : faults) {
        CAPTURE(fault.says);
        const fs::path file = make(folder, fault.groups, fault.fill);
        const std::string said = spikes_refusal(file);
        CAPTURE(said);
        CHECK(said.rfind(file.string() + ": ", 0) == 0);
        CHECK(said.find(fault.says) != std::string::npos);
        CHECK_FALSE(traces_refusal(file).empty());
    }
}

TEST_CASE("reading: SONATA reports that are not what they say") {
    const Folder folder;
    struct Fault {
        std::string says;
        std::vector<hsize_t> data, ids;
        std::vector<double> time;
    };
    const float values[8] = {};
    for (const Fault& fault : std::vector<Fault>{
             {"", {4, 2}, {2}, {0, 4, 1}},
             {"data has 1 dimensions; allowed: 2", {4}, {2}, {0, 4, 1}},
             {"data of 2 columns and 3 node_ids", {4, 2}, {3}, {0, 4, 1}},
             {"time has 2 values", {4, 2}, {2}, {0, 4}},
             {"time is not a time axis", {4, 2}, {2}, {0, 4, 0}},
             {"time is not a time axis", {4, 2}, {2}, {0, std::numeric_limits<double>::quiet_NaN(), 1}},
             {"does not fit the 4 samples", {4, 2}, {2}, {0, 40, 1}},
         }) {
        CAPTURE(fault.says);
        const fs::path file = make(folder, kReportGroups, [&](hid_t f) {
            put(f, "/report/p/data", H5T_NATIVE_FLOAT, fault.data, values);
            put(f, "/report/p/mapping/node_ids", H5T_NATIVE_UINT64, fault.ids, kIds);
            put(f, "/report/p/mapping/time", H5T_NATIVE_DOUBLE, {fault.time.size()}, fault.time.data());
        });
        const std::string said = traces_refusal(file);
        CAPTURE(said);
        CHECK(said.empty() == fault.says.empty());
        CHECK(said.find(fault.says) != std::string::npos);
    }
    CHECK(traces_refusal(make(folder, {"/report", "/report/p"}, [](hid_t) {})).find("mapping is missing") !=
          std::string::npos);
    CHECK(traces_refusal(make(folder, kReportGroups, [](hid_t) {})).find("data is missing") != std::string::npos);
}

TEST_CASE("reading: SONATA files cut short are refused") {
    const Folder folder;
    for (const char* name : {"spikes.h5", "trace-t-v.h5"}) {
        const std::string whole = recorded(folder, name);
        REQUIRE(whole.size() > 2000);
        for (const std::size_t size :
             {std::size_t{8}, std::size_t{60}, std::size_t{500}, whole.size() / 2, whole.size() - 1}) {
            const fs::path file = folder.write("cut.h5", std::string_view(whole).substr(0, size));
            CAPTURE(size);
            CHECK_FALSE(spikes_refusal(file).empty());
            CHECK_FALSE(traces_refusal(file).empty());
        }
    }
}

TEST_CASE("reading: errors of HDF5 are not printed, and its printing is as the caller left it") {
    H5E_auto2_t before = nullptr, after = nullptr;
    void *before_data = nullptr, *after_data = nullptr;
    H5Eget_auto2(H5E_DEFAULT, &before, &before_data);
    const Folder folder;
    CHECK_FALSE(spikes_refusal(folder.write("x.h5", "\x89HDF\r\n\x1a\nrubbish")).empty());
    H5Eget_auto2(H5E_DEFAULT, &after, &after_data);
    CHECK((before == after));  // doctest cannot print functions
    CHECK(before_data == after_data);
}
