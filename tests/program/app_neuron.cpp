// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// izhi neuron: firing classes and currents, functions of their arguments. Its sources are compiled in here; the command as
// a whole is tested in cli/neuron.sh.
#include "apps/neuron/firing_class.hpp"
#include "apps/neuron/neuron_input.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include <doctest/doctest.h>
#include <cmath>

// The reader of lines is the one of izhi::io.
#include "izhi/error.hpp"
#include "izhi/io/recording.hpp"

namespace {

using namespace izhi;
using namespace izhi::apps;

/// A train that starts at 10 ms with these intervals.
std::vector<double> train(std::initializer_list<double> intervals) {
    std::vector<double> times{10.0};
    for (const double interval : intervals) times.push_back(times.back() + interval);
    return times;
}

std::string complaint(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) { return error.what(); }
    return "";
}

struct File {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("izhi-current-" + std::to_string(::getpid()) + ".txt");
    explicit File(const std::string& text) { std::ofstream(path) << text; }
    ~File() { std::filesystem::remove(path); }
};

}  // namespace

TEST_SUITE("neuron") {
    TEST_CASE("firing classes, one train for each rule") {
        CHECK(firing_class({}, 100) == "silent");
        CHECK(firing_class(train({}), 100) == "single spike");
        CHECK(firing_class(train({3, 3, 4}), 100) == "phasic bursting");
        CHECK(firing_class(train({3, 3, 4}), 25) == "fast tonic spiking");
        CHECK(firing_class(train({10, 15, 20, 20}), 80) == "adapting");
        CHECK(firing_class(train({20, 20, 15, 10}), 80) == "accelerating");
        CHECK(firing_class(train({3, 3, 30, 3, 3, 30, 3}), 90) == "tonic bursting");
        CHECK(firing_class(train({3, 3, 30, 28, 30}), 110) == "initial burst, then tonic");
        CHECK(firing_class(train({70, 30, 35}), 600) == "phasic spiking");
        CHECK(firing_class(train({5, 5, 5, 5}), 32) == "fast tonic spiking");
        CHECK(firing_class(train({20, 21, 20, 21}), 100) == "tonic spiking");
        CHECK(firing_class(train({20, 12, 20, 33, 14, 22}), 140) == "irregular");
    }

    TEST_CASE("firing classes of the patterns of 2004") {
        const std::string_view expected[] = {
            "adapting",      "single spike", "tonic bursting", "phasic bursting", "initial burst, then tonic",
            "adapting",      "accelerating", "accelerating",   "single spike",    "single spike",
            "single spike",  "single spike", "single spike",   "phasic bursting", "single spike",
            "tonic spiking", "single spike", "single spike",   "tonic spiking",   "tonic bursting"};
        for (std::size_t i = 0; i < 20; ++i) {
            const FiringPattern& pattern = firing_patterns()[i];
            CAPTURE(std::string(pattern.name));
            CHECK(firing_class(run_neuron(pattern.run()).spike_times_ms, pattern.duration_ms) == expected[i]);
        }
    }

    TEST_CASE("the figures of a train") {
        const SpikeTrain three = describe_spikes(train({10, 20}), 100);
        CHECK(three.spikes == 3);
        CHECK(three.first_ms == 10.0);
        CHECK(three.interval_mean_ms == 15.0);
        CHECK(three.interval_cv == doctest::Approx(std::sqrt(50.0) / 15.0));
        CHECK(describe_spikes(train({7}), 100).interval_cv == 0.0);
        CHECK(describe_spikes({}, 100).interval_mean_ms == 0.0);
    }

    TEST_CASE("currents as people write them") {
        CHECK(parse_dc("-2.5") == Current{{.value = -2.5}});
        CHECK(parse_step("10:100") == Current{{.start_ms = 100.0, .value = 10.0}});
        CHECK(parse_step("10:100:400") == Current{{100.0, 400.0, 10.0}});
        CHECK(parse_ramp("5:20:100:400") == Current{{100.0, 400.0, 5.0, 15.0, 300.0}});
        CHECK(parse_pulses("20:2:10,30.5") == Current{{10.0, 12.0, 20.0}, {30.5, 32.5, 20.0}});
        CHECK(parse_step_ms("--dt", "0.25") == 0.25);
        CHECK(parse_step_ms("--dt", "0.25 ms") == 0.25);
        for (const char* text : {"", "x", "1e6", "nan", "inf"})
            CHECK(
                complaint([&] { (void)parse_dc(text); }).starts_with("--dc is '" + std::string(text) + "'; allowed: "));
        for (const char* text : {"", "10", "10:", "x:1", "10:-1", "10:5:5", "10:1:2:3", "10:1:x", "1e6:1"})
            CHECK(
                complaint([&] { (void)parse_step(text); }).starts_with("--step is '" + std::string(text) + "'; allo"));
        for (const char* text : {"", "1:2:3", "1:2:4:3", "1:2:3:4:5", "1:2:3:x", "1:1e7:3:4"})
            CHECK(
                complaint([&] { (void)parse_ramp(text); }).starts_with("--ramp is '" + std::string(text) + "'; allo"));
        for (const char* text : {"", "1:2", "1:0:3", "1:2:3,4", "1:2:9,3", "1:2:3,", "1:2:3:4", "1:-2:3"})
            CHECK(
                complaint([&] { (void)parse_pulses(text); }).starts_with("--pulses is '" + std::string(text) + "'; "));
        for (const char* text : {"", "0", "-1", "11", "1s", "x", "0.0001"})
            CHECK(complaint([&] { (void)parse_step_ms("--dt", text); }).starts_with("--dt is '" + std::string(text)));
    }

    TEST_CASE("a file of currents") {
        const auto read = [](const std::string& text) { return read_current_file(File(text).path); };
        const Current expected{{0.0, 10.0, 1.0}, {10.0, 20.5, -2.0}, {.start_ms = 20.5, .value = 0.0}};
        CHECK(read("0 1\n10 -2\n20.5 0\n") == expected);
        CHECK(read("# recorded\nt_ms,input\r\n0,1\r\n\r\n10;-2\n 20.5\t0") == expected);
        const auto fault = [&](const std::string& text) {
            const std::string all = complaint([&] { (void)read(text); });
            return all.substr(all.find(".txt") + 4);
        };
        CHECK(fault("0 1\n5\n") == ":2: has 1 numbers; allowed: two, a time [ms] and a current");
        CHECK(fault("0 1 2\n").starts_with(":1: has 3 numbers"));
        CHECK(fault("0 1\nx 2\n") == ":2: the time is 'x'; allowed: 0 to 1e9 [ms]");
        CHECK(fault("-1 2\n").starts_with(":1: the time is '-1'"));
        CHECK(fault("0 1e6\n") == ":1: the current is '1e6'; allowed: -100000 to 100000");
        CHECK(fault("0 nan\n").starts_with(":1: the current is 'nan'"));
        CHECK(fault("0 1\n\n0 2\n") == ":3: the time is not after that of the line before");
        CHECK(fault("t I\nt I\n").starts_with(":2: the time is 't'"));
        CHECK(fault("# nothing\n") == ": holds no line of a time [ms] and a current");
        CHECK(complaint([] { (void)read_current_file("/nowhere/current.txt"); }).starts_with("/nowhere/current.txt: "));
        std::string long_text;
        for (int line = 0; line <= 1'000'000; ++line) long_text += std::to_string(line) + " 1\n";
        CHECK(fault(long_text) == ":1000001: is one line too many; allowed: 1,000,000");
    }
}
