// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// What the command line says of profiles and benchmarks, as functions of the numbers. As in app_parts.cpp, sources of
// the program are compiled in here.
#include "apps/bench/bench_report.hpp"
#include "apps/run/profile_report.hpp"
#include "apps/text/text_table.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "izhi/error.hpp"
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
    p.workers = {{9.2, 0.5}, {6.8, 2.5}};
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

BenchReport made_bench() {
    BenchReport report;
    report.machine = {.cpu = "Abacus 9000",
                      .hardware_threads = 2,
                      .memory_bytes = 4'000'000'000,
                      .kernel = "Linux 1",
                      .version = "1.2.3",
                      .compiler = "gcc 12",
                      .build_type = "Release",
                      .date = "2026-01-02"};
    report.repeats = 4;
    BenchRow row;
    row.network = "storm-10k";
    row.neurons = 10'000;
    row.synapses = 1'000'000;
    row.storage = "stored";
    row.threads = 2;
    row.isa = "avx2";
    row.biological_s = 100.0;
    row.spikes = 7'000'000;
    row.spike_hash = 0x0123456789abcdefU;
    row.build_s = 0.5;
    row.run_s = {2.0, 1.0, 4.0, 3.0};
    report.rows.push_back(row);
    row.network = "cortex-10k";
    row.threads = 1;
    row.run_s = {5.0, 4.0, 4.5};
    report.rows.push_back(row);
    row.isa = "scalar";
    row.run_s = {20.0};
    report.rows.push_back(row);
    return report;
}

std::string bench_refusal(const std::string& text) {
    try {
        (void)parse_bench(text);
    } catch (const Error& error) { return error.what(); }
    return "";
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
    CHECK(table.text() == "  name       n  long title\n"
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
    for (const char* part : {"12 s", "60 %", "############", "6.000", "4.000", "36 GB", " 6 ", "60 %"})
        CHECK(holds(deliver, part));
    for (const char* part : {"4 s", "20 %", "####", "2.000", "40 GB", " 20 ", "200 %", "25 %"})
        CHECK(holds(update, part));
    CHECK(text.find("deliver ") < text.find("update "));
    CHECK(text.find("update ") < text.find("wait "));
    CHECK(line_of(text, "scan").empty());
    CHECK(holds(line_of(text, "other"), "5.0 %"));
    CHECK(holds(line_of(text, "thread 1"), "92 %"));
    CHECK(holds(line_of(text, "thread 2"), "25 %"));
    CHECK(holds(text, "1.15 times the mean"));
    CHECK(holds(text, "took 9 ms (median), 20 ms (99 %), 50 ms (slowest)"));
    CHECK(holds(text, "123,456"));
    CHECK(holds(text, "hardware counters: none: not here"));
    CHECK_FALSE(holds(text, "rough"));
}

TEST_CASE("a profile counts plastic arrivals and potentiations apart from other events") {
    ProfileReport report = made_report();
    Profile& p = report.profile;
    CHECK_FALSE(holds(text_of(report), "plastic"));
    p.plastic_arrivals = 500'000'000;
    p.potentiations = 400'000'000;
    at(p.seconds, Activity::deliver) = 6.0;
    at(p.seconds, Activity::arrive) = 4.0;
    at(p.seconds, Activity::potentiate) = 2.2;
    const std::string text = text_of(report);
    CAPTURE(text);
    CHECK(holds(text, "3,000,000,000 synaptic events\n"));
    CHECK(holds(text, "and 500,000,000 plastic arrivals and 400,000,000 potentiations\n"));
    CHECK(holds(line_of(text, "deliver"), "2.000"));
    CHECK(holds(line_of(text, "arrive"), "8.000"));
    CHECK(holds(line_of(text, "potentiate"), "5.500"));
    const auto json = json_of(report);
    CHECK(json["plastic_arrivals"] == 500'000'000);
    CHECK(json["potentiations"] == 400'000'000);
    CHECK(json["activities"]["arrive"]["ns_per_plastic_arrival"].get<double>() == doctest::Approx(8.0));
    CHECK(json["activities"]["potentiate"]["ns_per_potentiation"].get<double>() == doctest::Approx(5.5));
    CHECK_FALSE(json["activities"]["arrive"].contains("ns_per_synaptic_event"));
}

TEST_CASE("hardware counters are reported with what they mean") {
    ProfileReport report = made_report();
    report.counts = {
        .cycles = 2'000'000, .instructions = 3'000'000, .cache_misses = 6000, .branch_misses = std::nullopt};
    report.counts_why_not = "no branch misses: of this machine";
    const std::string text = text_of(report);
    for (const char* part : {"2,000,000 cycles", "3,000,000 instructions, 1.5 per cycle",
                             "6,000 cache misses, 2 per 1,000", "hardware counters: no branch misses"})
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

TEST_CASE("a bench row: best, median, speed and rate") {
    const BenchReport report = made_bench();
    const BenchRow& even = report.rows[0];
    CHECK(even.best_s() == 1.0);
    CHECK(even.median_s() == 2.5);
    CHECK(even.times_real_time() == 100.0);
    CHECK(even.rate_hz() == doctest::Approx(7.0));
    CHECK(report.rows[1].median_s() == 4.5);
}

TEST_CASE("a bench report ends with the line to quote: cortex-10k on one thread, the fastest") {
    BenchReport report = made_bench();
    const std::string quote =
        "izhi 1.2.3 runs 10,000 neurons and 1,000,000 synapses at 25 x real time on one thread of Abacus 9000 (avx2).";
    CHECK(quote_of(report) == quote);
    CHECK(text_of(report, nullptr).ends_with('\n' + quote + '\n'));
    report.rows.resize(1);
    CHECK(quote_of(report) == "izhi 1.2.3 runs 10,000 neurons and 1,000,000 synapses at 100 x real time on two threads "
                              "of Abacus 9000 (avx2).");
}

TEST_CASE("a bench file reads back as it was written") {
    const BenchReport report = made_bench();
    const BenchReport read = parse_bench(json_of(report, nullptr).dump());
    CHECK(json_of(read, nullptr) == json_of(report, nullptr));
    CHECK(machine_differences(read.machine, report.machine).empty());
}

TEST_CASE("a comparison: the ratio of speeds, and what spoils it") {
    const BenchReport now = made_bench();
    EarlierBench then{"then.json", made_bench()};
    then.report.rows[0].run_s = {2.0};
    then.report.rows.pop_back();
    const auto json = json_of(now, &then);
    CHECK(json["rows"][0]["ratio"] == 2.0);
    CHECK(json["rows"][1]["ratio"] == 1.0);
    CHECK(json["rows"][2]["ratio"].is_null());
    std::string text = text_of(now, &then);
    CHECK(holds(text, "2.000"));
    CHECK(holds(text, "-: not in then.json"));
    CHECK_FALSE(holds(text, "WARNING"));
    CHECK_FALSE(holds(text, "differ"));

    // Twice as long is half the speed, and not the same spikes to compare.
    then.report.rows[0].biological_s = 200.0;
    then.report.rows[0].spike_hash = 1;
    CHECK(json_of(now, &then)["rows"][0]["ratio"] == 1.0);
    CHECK_FALSE(holds(text_of(now, &then), "spikes differ"));
    then.report.rows[1].spike_hash = 1;
    CHECK(holds(text_of(now, &then), "cortex-10k: its spikes differ"));

    then.report.machine.cpu = "Abacus 8000";
    then.report.machine.memory_bytes = 4'000'001'000;  // the same to three digits
    text = text_of(now, &then);
    CHECK(holds(text, "WARNING: then.json comes from another machine"));
    CHECK(holds(text, "CPU: Abacus 8000 there, Abacus 9000 here"));
    CHECK(machine_differences(then.report.machine, now.machine).size() == 1);
}

TEST_CASE("other files than bench files are refused, with what is wrong") {
    const auto valid = json_of(made_bench(), nullptr);
    REQUIRE(bench_refusal(valid.dump()).empty());
    CHECK(bench_refusal("") == "it is not JSON");
    CHECK(bench_refusal("{\"izhi_bench\": 1") == "it is not JSON");
    CHECK(holds(bench_refusal("[]"), "izhi bench --json"));
    CHECK(holds(bench_refusal("{\"benchmarks\": []}"), "izhi bench --json"));
    CHECK(holds(bench_refusal("{\"izhi_bench\": 2}"), "another version"));
    const auto broken = [&](const auto& breakage) {
        auto json = valid;
        breakage(json);
        return bench_refusal(json.dump());
    };
    CHECK(broken([](auto& j) { j.erase("machine"); }) == "it has no 'cpu'");
    CHECK(broken([](auto& j) { j["machine"] = 5; }) == "it has no 'cpu'");
    CHECK(broken([](auto& j) { j["machine"]["cpu"] = 5; }) == "its 'cpu' is number");
    CHECK(broken([](auto& j) { j["rows"] = "none"; }) == "it has no list 'rows'");
    CHECK(broken([](auto& j) { j["rows"][0] = 1; }) == "it has no 'network'");
    CHECK(broken([](auto& j) { j["rows"][1].erase("isa"); }) == "it has no 'isa'");
    CHECK(broken([](auto& j) { j["rows"][0]["neurons"] = -1; }) == "its 'neurons' is number");
    CHECK(broken([](auto& j) { j["rows"][0]["biological_s"] = 0; }) == "its 'biological_s' is 0");
    CHECK(broken([](auto& j) { j["rows"][0]["run_s"] = nlohmann::json::array(); }) == "it has no list 'run_s'");
    CHECK(broken([](auto& j) { j["rows"][0]["run_s"][0] = "fast"; }) == "its 'run_s' holds string");
    CHECK(broken([](auto& j) { j["rows"][0]["run_s"][0] = -1.0; }) == "its 'run_s' is -1");
}
