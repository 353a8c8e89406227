// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Network files: no text can do worse than be refused.
#include <doctest/doctest.h>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "izhi/io/network_file.hpp"
#include "network_faults.hpp"
#include "network_texts.hpp"

using namespace izhi;
using namespace izhi::test;

TEST_CASE("network faults: files that are none") {
    const Folder folder;
    const auto refused = [](const fs::path& file) -> std::string {
        try {
            (void)io::load_network(file);
        } catch (const Error& error) { return error.what(); }
        return {};
    };
    CHECK(refused(folder.path / "absent.toml").find("absent.toml: there is no such file") != std::string::npos);
    CHECK(refused(folder.path).find("is a folder") != std::string::npos);
    CHECK(refused(folder.write("empty.toml", "")).find("empty.toml:1: network has no neurons") != std::string::npos);
    CHECK(refused("/dev/zero").find("more than 8 MiB") != std::string::npos);
    CHECK(refused(folder.write("nul.toml", std::string_view("a\0b = 1\n", 8))).find("nul.toml:1:") !=
          std::string::npos);
    CHECK_FALSE(refused(folder.write("h5.toml", "\x89HDF\r\n\x1a\n")).empty());
}

TEST_CASE("network faults: hostile texts are refused") {
    const auto repeated = [](std::string_view part, std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += part;
        return text;
    };
    std::vector<std::string> texts{
        "a" + repeated(".a", 300000) + " = 1\n",
        "[a" + repeated(".a", 300000) + "]\n",
        "\"\"" + repeated(".''", 300000) + " = 1\n",
        "x = " + repeated("[", 300000),
        "x = " + repeated("{a = ", 300000),
        "x = " + repeated("[", 200) + repeated("]", 200) + "\n",
        "x = " + repeated("{a.a.a.a.a.a.a.a = ", 200) + "1" + repeated("}", 200) + "\n",
        "# \"\"\"\na" + repeated(".a", 300000) + " = 1\n",
        "s = \"\\\"\" # \"\na" + repeated(".a", 300000) + " = 1\n",
        "s = \"\"\"\\\"\"\"\" \"\"\"\"\n\"\"\"\na" + repeated(".a", 300000) + " = 1\n",
        "s = '''x''''\na" + repeated(".a", 300000) + " = 1\n",
        repeated("#", 9 << 20),
        "[population.\"\x1b[31m\"]\nsize = 1\n",
        "[population.p]\nsize = 1\ncell = \"" + repeated("\xc3\xa9", 100000) + "\"\n",
        "[population.p]\nsize = 1\n" + repeated("x", 100000) + " = 1\n",
    };
    for (const std::string& text : texts) {
        const std::string said = refusal(text);
        CAPTURE(text.substr(0, 40));
        CHECK_FALSE(said.empty());
        CHECK(said.size() < 1000);
        CHECK(said.find('\x1b') == std::string::npos);
    }
    // What only looks like a deep key is fine.
    CHECK(refusal(with("# " + repeated(".", 1000) + "\n")) == "");
    CHECK(refusal(with("[stimulus.s]\ntarget = \"exc\"\ntype = \"spikes\"\nweight = 1\ntimes_ms = [" +
                       repeated("0.5, ", 1000) + "]\n")) == "");
    CHECK(refusal("[network]\nname = \"" + repeated("...", 20) + "\"\n[population.p]\nsize = 1\n") == "");
    CHECK(refusal("[network]\nname = \"\"\"\n\"" + repeated("...", 20) + "\"\"\"\"\n[population.p]\nsize = 1\n") == "");
}

TEST_CASE("network faults: broken at random, it is refused or read, never worse") {
    const std::string sound = with(
        "[projection.p]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"fixed-indegree\"\nindegree = 1\n"
        "weight = { uniform = [0.0, 1.5], scale = 2 }\n[trace.t]\npopulation = \"exc\"\nneurons = { first = 1, "
        "count = 3 }\n"
        "[stimulus.s]\ntarget = \"inh\"\ntype = \"spikes\"\nweight = 1\ntimes_ms = [1, 2.5]\n"
        "[projection.q]\nsource = \"exc\"\ntarget = \"inh\"\nrule = \"fixed-outdegree\"\noutdegree = 2\nweight = 1\n"
        "dynamics = { type = \"alpha\", tau_ms = 5 }\nplasticity = { rule = \"pair\", highest = 3 }\n"
        "[reward.r]\ntype = \"coincidence\"\nprojection = \"q\"\n[weights.w]\nprojection = \"q\"\nsample = 2\n");
    REQUIRE(refusal(sound) == "");
    std::mt19937 random(1);
    constexpr std::string_view kPieces = "[]{}=.,\"'#\n\\ -+_09eExnaif\t\xff\x01";
    std::size_t refused = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string text = sound;
        for (int edits = 1 + static_cast<int>(random() % 3); edits > 0; --edits) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
                case 0: text[at] = kPieces[random() % kPieces.size()]; break;
                case 1: text.insert(at, 1, kPieces[random() % kPieces.size()]); break;
                case 2: text.erase(at, random() % 9); break;
                default: text.insert(at, text.substr(random() % text.size(), random() % 30)); break;
            }
        }
        const std::string said = refusal(text);
        refused += said.empty() ? 0 : 1;
        CHECK(io::check_network(text, kOrigin).empty() == said.empty());
    }
    CHECK(refused > 1000);
}
