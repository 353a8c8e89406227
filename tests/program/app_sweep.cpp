// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Grids and journals of sweeps. What a sweep does as a whole is tested from outside, in cli/sweep.sh.
#include "apps/sweep/sweep_journal.hpp"
#include "apps/sweep/sweep_plan.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <doctest/doctest.h>

#include "izhi/error.hpp"
#include "izhi/io/network_file.hpp"
#include "tests/support/contents.hpp"

namespace {

using namespace izhi;
using namespace izhi::apps;
using Json = nlohmann::ordered_json;

std::string axis_refusal(const std::string& text) {
    try {
        (void)parse_axis(text);
    } catch (const Error& error) { return error.what(); }
    return "";
}

struct Folder {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("izhi-app-sweep-" + std::to_string(::getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

}  // namespace

TEST_SUITE_BEGIN("app");

TEST_CASE("axes: lists, even ranges, ranges of equal ratios") {
    CHECK(parse_axis("a.b=1,2.5,-3").values == std::vector<double>{1.0, 2.5, -3.0});
    CHECK(parse_axis("a.b=7").values == std::vector<double>{7.0});
    CHECK(parse_axis("a.b=0.5:2.0:16").values ==
          std::vector<double>{0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0});
    CHECK(parse_axis("a.b=3:1:3").values == std::vector<double>{3.0, 2.0, 1.0});
    CHECK(parse_axis("a.b=0.01:100:5:log").values == std::vector<double>{0.01, 0.1, 1.0, 10.0, 100.0});
    CHECK(parse_axis("a.b=0.01:100:5:log").logarithmic);
    CHECK_FALSE(parse_axis("a.b=1:2:2").logarithmic);
    CHECK(parse_axis("projection.*.weight.scale=1e-1,2").key == "projection.*.weight.scale");
    for (const char* text : {"",
                             "a",
                             "a=",
                             "=1",
                             "a=x",
                             "a=1,",
                             "a=1,,2",
                             "a=1:2",
                             "a=1:2:1",
                             "a=1:2:2.5",
                             "a=1:1:3",
                             "a=0:1:3:log",
                             "a=-1:1:3:log",
                             "a=1:2:3:lin",
                             "a=1:2:3:log:4",
                             "a=nan",
                             "a=inf,1",
                             "a=1e999",
                             "a=1:2:1000000",
                             "a=1 2"}) {
        CAPTURE(std::string(text));
        CHECK(axis_refusal(text).starts_with("--set is '" + std::string(text) + "'; allowed: KEY=A,B,C"));
    }
    CHECK(axis_refusal("a=1,2,1").find("which has a value twice") != std::string::npos);
}

TEST_CASE("settings: one number") {
    CHECK(parse_setting("population.exc.size=900").key == "population.exc.size");
    CHECK(parse_setting("a=-1e-3").value == -1e-3);
    CHECK(text_of(io::Setting{"a.b", 0.1}) == "a.b=0.1");
    for (const char* text : {"", "a", "=1", "a=", "a=1,2", "a=1:2:3", "a=b=1"})
        CHECK_THROWS_AS((void)parse_setting(text), Error);
}

TEST_CASE("plans: the last axis changes fastest, seeds faster still") {
    SweepPlan plan{.axes = {parse_axis("x=1,2,3"), parse_axis("y=10,20")}, .repeats = 2, .seed = {}};
    plan.check();
    REQUIRE(plan.points() == 12);
    const auto at = [&](std::size_t point) {
        const auto settings = plan.settings(point);
        return std::array{settings[0].value, settings[1].value, static_cast<double>(plan.repeat(point))};
    };
    CHECK(at(0) == std::array{1.0, 10.0, 0.0});
    CHECK(at(1) == std::array{1.0, 10.0, 1.0});
    CHECK(at(2) == std::array{1.0, 20.0, 0.0});
    CHECK(at(4) == std::array{2.0, 10.0, 0.0});
    CHECK(at(11) == std::array{3.0, 20.0, 1.0});

    plan.axes[1].key = "x";
    CHECK_THROWS_WITH_AS(plan.check(), "--set gives x twice; allowed: each key once", Error);
    SweepPlan large{.axes = {parse_axis("x=0:1:400"), parse_axis("y=0:1:400")}, .repeats = 1, .seed = {}};
    CHECK_THROWS_AS(large.check(), Error);
    // A product that wraps around is large too.
    SweepPlan huge{.axes = {}, .repeats = 100'000, .seed = {}};
    for (const char* text : {"a=0:1:65536", "b=0:1:65536", "c=0:1:65536", "d=0:1:65536"})
        huge.axes.push_back(parse_axis(text));
    CHECK_THROWS_AS(huge.check(), Error);
}

TEST_CASE("journals: what was appended is found again, and half a line is cut off") {
    const Folder folder;
    const auto file = folder.path / "sweep.journal";
    const Json sweep{{"izhi_sweep", 1}, {"seed", 42}};
    const auto row_of = [](int point) {
        return "{\"point\":" + std::to_string(point) +
               R"(,"parameters":{"x":0.1},"seed":1,"regime":null,"network":null,"populations":null,"spike_hash":null,"fault":"a"})";
    };
    const std::string row0 = row_of(0), row3 = row_of(3);
    {
        SweepJournal journal(file, sweep, 4);
        CHECK(journal.rows().empty());
        journal.append(row3);
        journal.append(row0);
        // In use.
        CHECK_THROWS_AS(SweepJournal(file, sweep, 4), Error);
    }
    const std::string whole = test::contents_of(file);
    CHECK(whole == sweep.dump() + '\n' + row3 + '\n' + row0 + '\n');
    // Killed at any byte: whole lines are kept, the rest is not there any more.
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        CAPTURE(size);
        std::ofstream(file, std::ios::binary) << whole.substr(0, size);
        SweepJournal journal(file, sweep, 4);
        const bool has_row3 = size > sweep.dump().size() + row3.size() + 1;
        CHECK(journal.rows().count(3) == (has_row3 ? 1 : 0));
        CHECK(journal.rows().count(0) == (size == whole.size() ? 1 : 0));
        if (has_row3) CHECK(journal.rows().at(3) == row3);
        journal.append(row_of(1));
        const std::string after = test::contents_of(file);
        CHECK(after.starts_with(sweep.dump() + '\n'));
        CHECK(after.ends_with('\n' + row_of(1) + '\n'));
    }
    // A disk that lost its end: zeros, a row of no such point, one without what tables read, one that is nested for ever.
    const std::string deep(100'000, '['), incomplete = R"({"point":2,"parameters":{"x":"a"},"seed":1})";
    for (const std::string& end :
         {std::string(20, '\0') + '\n', row_of(4) + '\n', std::string("{}\n"), incomplete + '\n', deep + '\n'}) {
        std::ofstream(file, std::ios::binary) << whole << end << row0 << '\n';
        CHECK(SweepJournal(file, sweep, 4).rows().size() == 2);
        CHECK(test::contents_of(file) == whole);
    }
}

TEST_CASE("journals: another sweep's is refused, with what differs") {
    const Folder folder;
    const auto file = folder.path / "sweep.journal";
    const Json sweep{{"izhi_sweep", 1}, {"seed", 42}, {"set", {{"x", {1, 2}}}}};
    { const SweepJournal journal(file, sweep, 4); }
    const auto refusal = [&](const Json& other) -> std::string {
        try {
            const SweepJournal journal(file, other, 4);
        } catch (const Error& error) { return error.what(); }
        return "";
    };
    Json other = sweep;
    other["seed"] = 7;
    CHECK(refusal(other).find("is of another sweep: its seed is 42, not 7; finish that one") != std::string::npos);
    other = sweep;
    other["set"]["x"] = {1, 3};
    CHECK(refusal(other).find("its set is {\"x\":[1,2]}, not {\"x\":[1,3]}") != std::string::npos);
    std::ofstream(file) << "point,seed\n1,2\n";
    CHECK(refusal(sweep).find("is not a journal of a sweep") != std::string::npos);
    CHECK(test::contents_of(file) == "point,seed\n1,2\n");
    std::filesystem::remove(file);
    std::filesystem::create_symlink("/dev/full", file);
    CHECK(refusal(sweep).find("is not a file") != std::string::npos);
}

TEST_SUITE_END();
