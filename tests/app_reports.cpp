// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// What the command line says of a run's profile, as functions of the numbers. As in app_parts.cpp, sources of the
// program are compiled in here.
#include "apps/profile_report.cpp"  // NOLINT(bugprone-suspicious-include)
#include "apps/text_table.cpp"      // NOLINT(bugprone-suspicious-include)

#include <doctest/doctest.h>

#include "izhi/network.hpp"

namespace {

using namespace izhi;
using namespace izhi::apps;

double& at(std::array<double, kActivityCount>& values, Activity activity) {
    return values[static_cast<std::size_t>(activity)];
}

/// Two threads, 10 s each: 4 of update, 12 of delivery, 3 of waiting, 1 of starting.
ProfileReport made_report() {
    ProfileReport report;
    Profile& p = report.profile;
    p.wall_s = 10.0;
    p.steps = 1000;
    p.neuron_steps = 2'000'000'000;
    p.spikes = 30'000'000;
    p.synaptic_events = 3'000'000'000;
    at(p.seconds, Activity::update) = 4.0;
    at(p.seconds, Activity::deliver) = 12.0;
    at(p.seconds, Activity::wait) = 3.0;
    at(p.bytes, Activity::update) = 40e9;
    at(p.bytes, Activity::deliver) = 36e9;
    p.update_flops = 100e9;
    p.workers = {{9.0, 0.5}, {7.0, 2.5}};
    p.step_p50_us = 9000.0;
    p.step_p99_us = 20000.0;
    p.step_max_us = 50000.0;
    p.slowest = {{77, 50000.0, 123456}};
    report.limits = {.memory_bytes_per_s = 10e9, .arithmetic_flops_per_s = 200e9};
    report.counts_why_not = "none: not here";
    report.neurons = 2'000'000;
    report.isa = "avx2";
    return report;
}

/// The line of a text that begins with this word.
std::string line_of(const std::string& text, const std::string& word) {
    const auto begin = text.find("\n  " + word + ' ');
    return begin == std::string::npos ? "" : text.substr(begin + 1, text.find('\n', begin + 1) - begin - 1);
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a table's columns are as wide as they must be, without trailing spaces") {
    TextTable table({{"name", TextTable::Align::left}, {"n"}, {"long title"}});
    table.add({"a", "1,000"});
    table.add({"bcdef", "2", "x"});
    CHECK(table.text() ==
          "  name       n  long title\n"
          "  a      1,000\n"
          "  bcdef      2           x\n");
}

TEST_CASE("a profile's figures: shares of all threads' time, rates while all threads work") {
    const ProfileReport report = made_report();
    CHECK(report.share_of(Activity::deliver) == doctest::Approx(0.6));
    CHECK(report.bytes_per_s(Activity::update) == doctest::Approx(20e9));
    CHECK(report.bytes_per_s(Activity::scan) == 0.0);
    CHECK(report.update_flops_per_s() == doctest::Approx(50e9));

    const auto json = json_of(report);
    CHECK(json["activities"]["deliver"]["ns_per_synaptic_event"].get<double>() == doctest::Approx(4.0));
    CHECK(json["activities"]["update"]["ns_per_neuron_step"].get<double>() == doctest::Approx(2.0));
    CHECK(json["activities"]["update"]["bandwidth_share"].get<double>() == doctest::Approx(2.0));
    CHECK(json["activities"]["update"]["arithmetic_share"].get<double>() == doctest::Approx(0.25));
    CHECK(json["other_thread_s"].get<double>() == doctest::Approx(1.0));
    CHECK(json["hardware_counters"]["cycles"].is_null());
    CHECK(json["hardware_counters"]["why_not"] == "none: not here");
}

TEST_CASE("a profile as text: the largest first, one line for each activity that was seen") {
    const std::string text = text_of(made_report());
    CAPTURE(text);
    const std::string deliver = line_of(text, "deliver"), update = line_of(text, "update");
    for (const char* part : {"12 s", "60 %", "############", "6.000", "4.000", "36 GB", " 6 ", "60 %"}) CHECK(holds(deliver, part));
    for (const char* part : {"4 s", "20 %", "####", "2.000", "40 GB", " 20 ", "200 %", "25 %"}) CHECK(holds(update, part));
    CHECK(text.find("deliver ") < text.find("update "));
    CHECK(text.find("update ") < text.find("wait "));
    CHECK(line_of(text, "scan").empty());
    CHECK(holds(line_of(text, "other"), "5.0 %"));
    CHECK(holds(line_of(text, "thread 1"), "90 %"));
    CHECK(holds(line_of(text, "thread 2"), "25 %"));
    CHECK(holds(text, "1.13 times the mean"));
    CHECK(holds(text, "took 9 ms (median), 20 ms (99 %), 50 ms (slowest)"));
    CHECK(holds(text, "123,456"));
    CHECK(holds(text, "hardware counters: none: not here"));
    CHECK_FALSE(holds(text, "rough"));
}

TEST_CASE("hardware counters are told with what they mean") {
    ProfileReport report = made_report();
    report.counts = {.cycles = 2'000'000, .instructions = 3'000'000, .cache_misses = 6000, .branch_misses = std::nullopt};
    report.counts_why_not = "no branch misses: of this machine";
    const std::string text = text_of(report);
    for (const char* part : {"2,000,000 cycles", "3,000,000 instructions, 1.5 per cycle", "6,000 cache misses, 2 per 1,000",
                             "hardware counters: no branch misses"})
        CHECK(holds(text, part));
}

TEST_CASE("a profile of nothing has no figures, and no division by zero") {
    ProfileReport report;
    report.profile.workers.resize(64);
    const std::string text = text_of(report);
    CHECK_FALSE(holds(text, "nan"));
    CHECK_FALSE(holds(text, "inf"));
    CHECK(json_of(report).dump().find("null,\"share\"") == std::string::npos);
    CHECK(holds(text, "rough"));
}
