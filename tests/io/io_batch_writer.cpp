// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The thread that writes recordings: everything in order, held back where it is slow, errors told; and what it does for
// runs on many threads.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "engine/io/batch_writer.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"
#include "izhi/io/recording.hpp"
#include "tests/step/scenes.hpp"
#include "tests/support/contents.hpp"
#include "tests/support/scratch_folder.hpp"

using namespace izhi;
using namespace izhi::test;
using io::detail::BatchWriter;

namespace {

constexpr std::size_t kRecord = 8;  // bytes of the records here, each a number
constexpr BatchWriter::Limits kSmall{.batch_bytes = 4 * kRecord, .batches = 3};
constexpr std::uint64_t kMostOnTheWay = 4 * 3;

void add(BatchWriter& writer, std::uint64_t number) { std::memcpy(writer.add(kRecord), &number, sizeof number); }

std::vector<std::uint64_t> numbers_of(std::span<const std::byte> batch) {
    std::vector<std::uint64_t> numbers(batch.size() / kRecord);
    std::memcpy(numbers.data(), batch.data(), batch.size());
    return numbers;
}

void give_way() {
    for (int i = 0; i < 200; ++i) std::this_thread::yield();
}

}  // namespace

TEST_SUITE_BEGIN("threads recording");

TEST_CASE("batch writer: all is written in order, and whoever adds waits for a slow one") {
    constexpr std::uint64_t all = 5000;
    std::atomic<std::uint64_t> added{0};
    std::uint64_t written = 0, most_on_the_way = 0;
    bool in_order = true;
    BatchWriter writer(
        [&](std::span<const std::byte> batch) {
            // Only when there can be no more on the way does the first batch go on.
            while (written == 0 && added < kMostOnTheWay) std::this_thread::yield();
            if (written % 256 == 0) give_way();
            most_on_the_way = std::max(most_on_the_way, added - written);
            for (const std::uint64_t number : numbers_of(batch)) in_order = in_order && number == written++;
        },
        kSmall);
    for (std::uint64_t i = 0; i < all; ++i) {
        add(writer, i);
        ++added;
    }
    writer.drain();
    CHECK(written == all);
    CHECK(in_order);
    CHECK(most_on_the_way == kMostOnTheWay);
    add(writer, all);
    writer.drain();
    CHECK(written == all + 1);
}

TEST_CASE("batch writer: an error is told to whoever adds, soon, and nothing is written after it") {
    std::atomic<std::uint64_t> written{0};
    BatchWriter writer(
        [&](std::span<const std::byte> batch) {
            if (written == 40) throw RunError("the disk is full");
            written += batch.size() / kRecord;
        },
        kSmall);
    std::uint64_t added = 0;
    const auto add_for_ever = [&] {
        while (true) {
            add(writer, added);
            ++added;
        }
    };
    CHECK_THROWS_WITH_AS(add_for_ever(), "the disk is full", RunError);
    CHECK(added <= 40 + kMostOnTheWay);
    CHECK_THROWS_WITH_AS(add(writer, 0), "the disk is full", RunError);
    CHECK_THROWS_WITH_AS(writer.drain(), "the disk is full", RunError);
    CHECK(written == 40);

    BatchWriter late([](std::span<const std::byte>) { throw RunError("late"); }, kSmall);
    add(late, 1);
    CHECK_THROWS_WITH_AS(late.drain(), "late", RunError);
}

TEST_CASE("batch writer: one that goes drops what waits, and writes nothing after that") {
    for (int again = 0; again < 20; ++again) {
        std::atomic<bool> gone{false}, after{false}, started{false};
        std::atomic<std::uint64_t> written{0};
        {
            BatchWriter writer(
                [&](std::span<const std::byte> batch) {
                    started = true;
                    give_way();
                    written += batch.size() / kRecord;
                    if (gone) after = true;
                },
                kSmall);
            for (std::uint64_t i = 0; i < kMostOnTheWay; ++i) add(writer, i);
            while (again % 2 == 0 && !started) std::this_thread::yield();
        }
        gone = true;
        CHECK_FALSE(after);
        CHECK(written < kMostOnTheWay);  // the last batch at least had not been handed over
    }
}

TEST_CASE("recording: the files of a run do not hang on its threads, nor on what else is recorded meanwhile") {
    NetworkBuilder described = cortex(400, 20, 6.5, 4);
    described.record_trace({.population = {0}, .neurons = {5, 7}, .variables = {Variable::v, Variable::u}});
    const Network network = described.build();
    const ScratchFolder folder;
    const auto record = [&](const std::string& name, io::Format format, int threads) {
        Simulation simulation(network, {.executor = thread_executor(threads)});
        io::Recorder recorder(network, folder.path() / name, format);
        simulation.run(700, &recorder);
        return recorder.finish(700);
    };
    for (const io::Format format : {io::Format::sonata, io::Format::gdf, io::Format::csv}) {
        CAPTURE(std::string(to_string(format)));
        const auto one = record("one", format, 1);
        // Files that hold the time of day would differ by now.
        if (format == io::Format::sonata) std::this_thread::sleep_for(std::chrono::milliseconds(1100));
        std::vector<std::filesystem::path> two, three;
        std::thread other([&] { two = record("two", format, 2); });
        three = record("three", format, 3);
        other.join();
        REQUIRE(two.size() == one.size());
        REQUIRE(three.size() == one.size());
        CHECK(io::read_spikes(one[0]).populations[0].times_ms.size() > 1000);
        for (std::size_t i = 0; i < one.size(); ++i) {
            CHECK(contents_of(two[i]) == contents_of(one[i]));
            CHECK(contents_of(three[i]) == contents_of(one[i]));
        }
    }
}

TEST_SUITE_END();
