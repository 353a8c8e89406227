// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Columns that we compress ourselves, read back by the HDF5 library and its zlib.
#include <doctest/doctest.h>

#include <hdf5.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "engine/io/deflate_column.hpp"
#include "izhi/io/recording.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace izhi;
using namespace izhi::test;
using io::detail::DeflateColumn;

namespace {

/// What the library makes of a stream of `rows` numbers; empty if it refuses it.
std::vector<std::uint64_t> read_back(std::span<const std::byte> stream, hsize_t rows) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, 0);
    const hid_t file = H5Fcreate("in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    const hid_t space = H5Screate_simple(1, &rows, nullptr);
    const hid_t layout = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(layout, 1, &rows);
    H5Pset_deflate(layout, 1);
    const hid_t set = H5Dcreate2(file, "x", H5T_STD_U64LE, space, H5P_DEFAULT, layout, H5P_DEFAULT);
    const hsize_t start = 0;
    H5Dwrite_chunk(set, H5P_DEFAULT, 0, &start, stream.size(), stream.data());
    std::vector<std::uint64_t> values(rows);
    const bool read = H5Dread(set, H5T_NATIVE_UINT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0;
    H5Dclose(set);
    H5Pclose(layout);
    H5Sclose(space);
    H5Fclose(file);
    H5Pclose(access);
    if (!read) values.clear();
    return values;
}

}  // namespace

TEST_SUITE_BEGIN("deflate");

TEST_CASE("deflate: numbers of every kind read back, one stream after the other") {
    std::mt19937_64 random(7);
    DeflateColumn column;
    for (int again = 0; again < 400; ++again) {
        std::vector<std::uint64_t> expected;
        const std::size_t pieces = again < 3 ? 1 : random() % 60 + 1;
        for (std::size_t i = 0; i < pieces; ++i) {
            const std::uint64_t last = expected.empty() ? 0 : expected.back();
            const std::uint64_t values[] = {random(), random() & 0xFFFF'FFFF, random() & 0xFFFF, last,
                                            last + 1, last ^ 0x1'0000,        ~std::uint64_t{0}, 0};
            const std::uint64_t value = values[random() % 8];
            const std::size_t count = random() % 3 == 0 ? random() % 700 : 1;
            column.add(value, count);
            expected.insert(expected.end(), count, value);
            std::vector<std::uint32_t> many(random() % 4 == 0 ? random() % 40 : 0);
            for (std::uint32_t& each : many)
                each = static_cast<std::uint32_t>(random() % 4 == 0 ? random() | 9U : random() % 80000 + 9);
            column.add_each(many, 9);
            for (const std::uint32_t each : many) expected.push_back(each - 9);
        }
        if (expected.empty()) {
            column.add(3);
            expected.push_back(3);
        }
        CHECK(column.rows() == expected.size());
        CHECK(read_back(column.finish(), expected.size()) == expected);
        CHECK(column.rows() == 0);
    }
}

TEST_CASE("deflate: a large chunk has the right checksum, and neurons take less than 3 bytes") {
    DeflateColumn times, neurons;
    std::vector<std::uint32_t> step;
    std::vector<std::uint64_t> expected_times, expected_neurons;
    std::mt19937_64 random(8);
    for (std::uint64_t s = 0; expected_times.size() < 300'000; ++s) {
        step.clear();
        for (std::uint32_t n = 0; n < 8000; ++n)
            if (random() % 150 == 0) step.push_back(n);
        times.add(0x4059'0000'0000'0000 + s * 0x1000'0001, step.size());
        neurons.add_each(step, 0);
        expected_times.insert(expected_times.end(), step.size(), 0x4059'0000'0000'0000 + s * 0x1000'0001);
        expected_neurons.insert(expected_neurons.end(), step.begin(), step.end());
    }
    const auto of_times = times.finish(), of_neurons = neurons.finish();
    CHECK(read_back(of_times, expected_times.size()) == expected_times);
    CHECK(read_back(of_neurons, expected_neurons.size()) == expected_neurons);
    CHECK(of_neurons.size() < 3 * expected_neurons.size());
    CHECK(of_times.size() < expected_times.size() / 2);
}

TEST_CASE("deflate: spikes of a population larger than 65,536, over whole chunks and none, read back") {
    NetworkBuilder builder({.name = "large"});
    builder.add_population({.name = "few", .size = 3});
    builder.add_population({.name = "many", .size = 200'000});
    const Network network = builder.build();
    for (const std::size_t spikes : {std::size_t{32767}, std::size_t{32768}, std::size_t{32769}, std::size_t{98304}}) {
        CAPTURE(spikes);
        const ScratchFolder folder;
        io::Recorder recorder(network, folder.path(), io::Format::sonata);
        std::mt19937_64 random(spikes);
        std::vector<double> times;
        std::vector<std::uint64_t> ids;
        std::uint64_t last_step = 0;
        for (std::uint64_t step = 1; ids.size() < spikes; ++step) {
            std::vector<Spike> now;
            if (step == 2) now.push_back({step, 1});
            const std::uint32_t stride = step % 5 == 0 ? 7 : 20'000;
            for (std::uint32_t n = static_cast<std::uint32_t>(random() % stride); n < 200'000 && ids.size() < spikes;
                 n += stride) {
                now.push_back({step, n + 3});
                times.push_back(static_cast<double>(step));
                ids.push_back(n);
            }
            recorder.spikes(now);
            last_step = step;
        }
        const auto table = io::read_spikes(recorder.finish(last_step).front());
        REQUIRE(table.populations.size() == 2);
        CHECK(table.populations[0].node_ids == std::vector<std::uint64_t>{1});
        CHECK(table.populations[1].times_ms == times);
        CHECK(table.populations[1].node_ids == ids);
    }
}

TEST_SUITE_END();
