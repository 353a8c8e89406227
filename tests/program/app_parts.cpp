// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The parts of the command line that are functions of their arguments. The program is not a library: its sources
// are compiled in here. What it does as a whole is tested from outside, in cli/.
#include "apps/cli/progress.hpp"
#include "apps/plot/png_resolution.hpp"
#include "apps/run/disk_forecast.hpp"
#include "apps/run/raster_data.hpp"
#include "apps/text/machine.hpp"
#include "apps/text/units.hpp"

#include <unistd.h>

#include <limits>
#include <numeric>

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>

#include "izhi/error.hpp"
#include "izhi/network.hpp"

namespace {

using namespace izhi;
using namespace izhi::apps;

std::string complaint(double (*parse)(std::string_view, std::string_view), const char* text) {
    try {
        (void)parse("--duration", text);
    } catch (const Error& error) { return error.what(); }
    return "";
}

Network two_populations(std::uint32_t first, std::uint32_t second, double dt_ms = 1.0) {
    NetworkBuilder builder{{.name = "test", .dt_ms = dt_ms}};
    builder.add_population({.name = "a", .size = first});
    builder.add_population({.name = "b", .size = second});
    return builder.build();
}

/// Every neuron fires in every step.
void fire_all(RasterData& data, std::uint64_t step, std::uint32_t neurons) {
    std::vector<Spike> spikes;
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) spikes.push_back({step, neuron});
    data.add(spikes);
}

}  // namespace

TEST_CASE("durations carry their unit") {
    CHECK(parse_duration_ms("--duration", "10s") == 10'000.0);
    CHECK(parse_duration_ms("--duration", "250 ms") == 250.0);
    CHECK(parse_duration_ms("--duration", "1.5min") == 90'000.0);
    CHECK(parse_duration_ms("--duration", "1e3ms") == 1000.0);
    for (const char* text :
         {"", "10", "s", "10h", "0s", "-1s", "nans", "infs", "1e999s", "1e308min", "10 s ", "+1s", "1,5s", "0x10s"}) {
        CAPTURE(text);
        CHECK(complaint(parse_duration_ms, text).starts_with("--duration is '" + std::string(text) + "'; allowed: "));
    }
}

TEST_CASE("sizes of memory carry their unit") {
    CHECK(parse_bytes("--memory-limit", "4GB") == 4'000'000'000U);
    CHECK(parse_bytes("--memory-limit", "1.5 kB") == 1500U);
    CHECK(parse_bytes("--memory-limit", "512MiB") == 512U << 20U);
    CHECK(parse_bytes("--memory-limit", "1B") == 1U);
    for (const char* text : {"", "4", "GB", "-4GB", "0GB", "4gb", "1e30TB", "0.5B", "nanGB"}) {
        CAPTURE(text);
        CHECK_THROWS_AS((void)parse_bytes("--memory-limit", text), Error);
    }
}

TEST_CASE("whole numbers keep to their range") {
    CHECK(parse_whole("--threads", "1", 1, 1024) == 1);
    CHECK(parse_whole("--threads", "1024", 1, 1024) == 1024);
    CHECK(parse_whole("--seed", "18446744073709551615", 0, std::numeric_limits<std::uint64_t>::max()) ==
          std::numeric_limits<std::uint64_t>::max());
    for (const char* text : {"", "0", "1025", "-1", "1.0", "1 ", " 1", "two", "18446744073709551616"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS((void)parse_whole("--threads", text, 1, 1024),
                             ("--threads is '" + std::string(text) + "'; allowed: a whole number, 1 to 1024").c_str(),
                             Error);
    }
}

TEST_CASE("numbers are printed as people write them") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(1234567) == "1,234,567");
    CHECK(grouped(18446744073709551615U) == "18,446,744,073,709,551,615");
    CHECK(plain(0.0) == "0");
    CHECK(plain(0.5) == "0.5");
    CHECK(plain(12.345) == "12.3");
    CHECK(plain(1234.5) == "1234");
    CHECK(plain(-0.012345) == "-0.0123");
    CHECK(plain(100.0) == "100");
    CHECK(plain(0.05, 6) == "0.05");
    CHECK(fixed(6.899, 2) == "6.90");
    CHECK(counted(1, "neuron") == "1 neuron");
    CHECK(counted(0, "neuron") == "0 neurons");
    CHECK(counted(2000, "neuron") == "2,000 neurons");
    CHECK(times_text(0.854) == "0.854");
    CHECK(times_text(52.34) == "52.3");
    CHECK(times_text(8674.4) == "8,674");
    CHECK(bytes_text(0) == "0 B");
    CHECK(bytes_text(999) == "999 B");
    CHECK(bytes_text(1000) == "1 kB");
    CHECK(bytes_text(999'499) == "999 kB");
    CHECK(bytes_text(999'999) == "1 MB");
    CHECK(bytes_text(45'300'000) == "45.3 MB");
    CHECK(seconds_text(0.0) == "0 us");
    CHECK(seconds_text(35e-6) == "35 us");
    CHECK(seconds_text(0.012) == "12 ms");
    CHECK(seconds_text(0.99999) == "1 s");
    CHECK(seconds_text(2.44) == "2.44 s");
    CHECK(seconds_text(90.0) == "90 s");
    CHECK(seconds_text(200.0) == "3 min 20 s");
    CHECK(seconds_text(1200.0) == "20 min");
    CHECK(seconds_text(7500.0) == "2 h 5 min");
    CHECK(seconds_text(std::numeric_limits<double>::quiet_NaN()) == "?");
    CHECK(hash_text(0xABCU) == "0000000000000abc");
}

TEST_CASE("the progress line tells share, time, speed and time left") {
    CHECK(running_line(5000.0, 10'000.0, 0.5) == "running    50 %   5 s of 10 s   10 x real time   1 s left");
    CHECK(running_line(2000.0, 600'000.0, 10.0) ==
          "running     0 %   2 s of 10 min   0.2 x real time   49 min 50 s left");
    // Taken up at 5 s: a second of five that were left took half a second.
    CHECK(running_line(6000.0, 10'000.0, 0.5, 5000.0) == "running    60 %   6 s of 10 s   2 x real time   2 s left");
    CHECK(running_line(0.0, 1000.0, 0.0) == "running     0 %   0 us of 1 s");
    CHECK(running_line(9999.0, 10'000.0, 1.0).starts_with("running    99 %"));
    CHECK(building_line(0.25, 3.0) == "building   25 %   9 s left");
    CHECK(building_line(0.0, 3.0) == "building    0 %");
}

TEST_CASE("raster data: every spike while there is room") {
    RasterData data(two_populations(3, 2), 100);
    fire_all(data, 1, 5);
    data.add(std::vector<Spike>{{4, 1}, {4, 4}});
    REQUIRE(data.dots().size() == 7);
    CHECK(data.neuron_stride() == 1);
    CHECK(data.dots().back().step == 4);
    CHECK(data.dots().back().neuron == 4);
    CHECK(data.network().neurons(PopulationId{1}) == NeuronRange{3, 2});
    CHECK(data.rates_hz(0, 4) == std::vector<double>{1000.0, 0.0, 0.0, 1000.0 / 3.0});
    CHECK(data.rates_hz(1, 5) == std::vector<double>{1000.0, 0.0, 0.0, 500.0, 0.0});
}

TEST_CASE("raster data: too many spikes leave an even sample of neurons with all of their spikes") {
    RasterData data(two_populations(80, 20), 300);
    for (std::uint64_t step = 1; step <= 20; ++step) fire_all(data, step, 100);
    CHECK(data.dots().size() <= 300);
    CHECK(data.dots().size() > 150);
    CHECK(data.spike_stride() == 1);
    REQUIRE(data.neuron_stride() == 8);
    // 10 neurons of a, 3 of b, 20 steps
    REQUIRE(data.dots().size() == 13 * 20);
    std::uint64_t step = 1;
    for (std::size_t i = 0; i < data.dots().size(); ++i) {
        const auto within = static_cast<std::uint32_t>(i % 13);
        CHECK(data.dots()[i].neuron == (within < 10 ? 8 * within : 80 + 8 * (within - 10)));
        CHECK(data.dots()[i].step == step);
        if (within == 12) ++step;
    }
    // The rates are of all spikes.
    for (const double rate : data.rates_hz(0, 20)) CHECK(rate == 1000.0);
}

TEST_CASE("raster data: few neurons that fire very often are thinned by spikes") {
    RasterData data(two_populations(1, 1), 50);
    for (std::uint64_t step = 1; step <= 1000; ++step) fire_all(data, step, 2);
    CHECK(data.dots().size() <= 50);
    CHECK(data.dots().size() >= 20);
    CHECK(data.spike_stride() >= 32);
    CHECK(data.dots().back().step > 900);
}

TEST_CASE("raster data: bins are merged when there are too many, and no spike is lost") {
    RasterData data(two_populations(2, 1), 1'000'000, 16);
    for (std::uint64_t step = 1; step <= 100; ++step) fire_all(data, step, 3);
    CHECK(data.bin_steps() == 8);
    const std::vector<double> rates = data.rates_hz(0, 100);
    REQUIRE(rates.size() == 13);
    // The last bin holds four steps only, and its rate is of these.
    for (const double rate : rates) CHECK(rate == 1000.0);
}

TEST_CASE("raster data: bins of one millisecond whatever the step") {
    CHECK(RasterData(two_populations(1, 1, 0.1), 10).bin_steps() == 10);
    CHECK(RasterData(two_populations(1, 1, 2.0), 10).bin_steps() == 1);
}

TEST_CASE("raster data: the rate of a population without neurons is 0") {
    RasterData data(two_populations(0, 1, 1.0), 10);
    data.add(std::vector<Spike>{{1, 0}});
    CHECK(data.rates_hz(0, 2) == std::vector<double>{0.0, 0.0});
    CHECK(data.rates_hz(1, 2) == std::vector<double>{1000.0, 0.0});
}

TEST_CASE("smoothing keeps constants and totals, and its width is the one stated") {
    const std::vector<double> flat(40, 7.0);
    for (const double value : smoothed(flat, 3.0)) CHECK(value == doctest::Approx(7.0));

    std::vector<double> impulse(101, 0.0);
    impulse[50] = 1.0;
    const std::vector<double> bell = smoothed(impulse, 4.0);
    CHECK(std::accumulate(bell.begin(), bell.end(), 0.0) == doctest::Approx(1.0));
    double variance = 0.0;
    for (std::size_t i = 0; i < bell.size(); ++i)
        variance += bell[i] * (static_cast<double>(i) - 50.0) * (static_cast<double>(i) - 50.0);
    CHECK(variance == doctest::Approx(16.0).epsilon(0.01));
    CHECK(smoothed(impulse, 0.0) == impulse);
    CHECK(smoothed({}, 2.0).empty());
}

TEST_CASE("disk forecast: reported once, after the first second, from the rate then, and an end where it cannot fit") {
    std::uint64_t space = 10'000'000'000;
    const auto free_space = [&](const std::filesystem::path& folder) {
        CHECK(folder == "out");
        return std::optional(space);
    };
    {
        DiskForecast forecast("--out", "out", 100'000, 1.0, free_space);
        CHECK_FALSE(forecast.due(0.4));
        CHECK(forecast.due(0.5));
        // The first 500 steps wrote ten times what the next 500 did: they are not what is to come.
        CHECK_FALSE(forecast.look(0.5, 500, 100'000'000));
        CHECK_FALSE(forecast.due(0.9));
        CHECK(forecast.due(1.0));
        CHECK(forecast.look(1.0, 1'000, 110'000'000) == "recording 20 MB/s, about 2.09 GB in all; 10 GB are free");
        CHECK_FALSE(forecast.due(5.9));
        CHECK(forecast.due(6.0));
        CHECK_FALSE(forecast.look(6.0, 6'000, 210'000'000));  // it was reported already
        space = 1'869'999'999;                                // a byte less than the 93,500 steps to come will take
        CHECK_THROWS_WITH_AS((void)forecast.look(11.0, 6'500, 220'000'000),
                             "--out is 'out', where 1.87 GB are free, and the run would write about 2.09 GB there, 2 "
                             "MB/s; allowed: a shorter --duration, fewer records in the network, or another disk",
                             Error);
    }
    // What is written once more at the end needs room too.
    for (const double times : {1.0, 2.0}) {
        DiskForecast forecast("--checkpoint dir", "out", 10'000, times, free_space);
        space = 100'000'000;
        CHECK_FALSE(forecast.look(0.5, 500, 5'000'000));
        if (times == 1.0) CHECK(forecast.look(1.0, 1'000, 10'000'000).has_value());
        else CHECK_THROWS_AS((void)forecast.look(1.0, 1'000, 10'000'000), Error);
    }
    // Nothing is said of what does not grow, nor where nobody knows what is free.
    DiskForecast quiet("--out", "out", 10'000, 1.0, [](const auto&) { return std::nullopt; });
    CHECK_FALSE(quiet.look(0.5, 500, 0));
    CHECK_FALSE(quiet.look(1.0, 1'000, 0));
    CHECK(quiet.look(6.0, 2'000, 1'000) == "recording 200 B/s, about 9 kB in all; the free space is not known");
    CHECK(free_space_of("/proc/self/no/such/place") == std::nullopt);
    CHECK(free_space_of("/").has_value());
}

TEST_CASE("PNG: the resolution goes in before the picture's data, once") {
    using namespace std::string_literals;
    // One pixel. The checksums are those of the specification's appendix, which any viewer checks.
    const std::string png = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9c"
                            "\x63\x60\0\0\0\2\0\1\x48\xaf\xa4\x71"
                            "\0\0\0\0IEND\xae\x42\x60\x82"s;
    // 300 dots per inch are 11811 per metre, 0x2e23; the checksum is what Python's zlib.crc32 gives.
    const std::string chunk = "\0\0\0\x09pHYs\0\0\x2e\x23\0\0\x2e\x23\1\x78\xa5\x3f\x76"s;
    CHECK(with_resolution(png, 300.0) == png.substr(0, 33) + chunk + png.substr(33));
    CHECK(with_resolution(with_resolution(png, 300.0), 72.0) == with_resolution(png, 300.0));
    for (const std::string& other : {std::string(), "PNG\n"s, png.substr(0, 32), "<svg></svg>"s + png})
        CHECK(with_resolution(other, 300.0) == other);
}

TEST_CASE("what Linux tells of pages of 2 MiB is read, and nothing is made up") {
    CHECK(chosen_word("always [madvise] never\n") == "madvise");
    CHECK(chosen_word("[always] madvise never") == "always");
    CHECK(chosen_word("always madvise never").empty());
    CHECK(chosen_word("] [").empty());
    CHECK(chosen_word("").empty());
    std::istringstream smaps("55d0-7ffc ---p 00000000 00:00 0   [rollup]\nRss:  9000 kB\nAnonHugePages:      6144 "
                             "kB\nShmemPmdMapped: 0 kB\n");
    CHECK(huge_page_bytes(smaps) == 6144u * 1024u);
    std::istringstream without("Rss:  9000 kB\n"), broken("AnonHugePages: many\n");
    CHECK_FALSE(huge_page_bytes(without));
    CHECK_FALSE(huge_page_bytes(broken));
}
