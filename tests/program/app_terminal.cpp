// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Text on terminals; what comes in from strangers: JSON that is deep, wrong tokens, places.
#include "apps/cli/terminal.hpp"
#include "apps/serve/places.hpp"
#include "apps/text/json_text.hpp"
#include "engine/base/token.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace izhi::apps;

TEST_CASE("terminal: control characters of a text are shown and do nothing") {
    CHECK(terminal_text("plain text, µs, 世界\n\tnext") == "plain text, µs, 世界\n\tnext");
    CHECK(terminal_text("\x1b[2J\r\a\b\x7f") == "\\x1b[2J\\x0d\\x07\\x08\\x7f");
    CHECK(terminal_text(std::string(1, '\0')) == "\\x00");
    CHECK(terminal_text("\xC2\x9B"
                        "31m") == "\\x9b31m");  // one character that begins a sequence
    CHECK(terminal_text("\xC2\xB5 \xC2") == "\xC2\xB5 \xC2");
}

TEST_CASE("JSON of unknown origin: deep nesting is refused, before any value of it is visited") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(parse_json(nested(50)).is_array());
    CHECK(parse_json(nested(200)).is_discarded());
    CHECK(parse_json(nested(3'000'000)).is_discarded());
    CHECK(parse_json<nlohmann::json>(R"({"a": [1, {"b": 2}]})")["a"][1]["b"] == 2);
    for (const char* wrong : {"", "{", "[1,]", "1e999", "\"\xff\"", "{} x"}) {
        CAPTURE(std::string(wrong));
        CHECK(parse_json(wrong).is_discarded());
    }
}

TEST_CASE("wrong tokens: ten are free, then each costs a second, for this address only") {
    using std::chrono::milliseconds;
    izhi::detail::WrongTokens wrong;
    const izhi::detail::WrongTokens::Time start{std::chrono::hours(1)};
    for (int i = 0; i < 10; ++i) {
        wrong.add("mallory", start);
        CHECK_FALSE(wrong.must_wait("mallory", start));
    }
    wrong.add("mallory", start);
    CHECK(wrong.must_wait("mallory", start + milliseconds(999)));
    CHECK_FALSE(wrong.must_wait("mallory", start + milliseconds(1000)));
    CHECK_FALSE(wrong.must_wait("alice", start));
    wrong.add("mallory", start + milliseconds(1000));
    CHECK(wrong.must_wait("mallory", start + milliseconds(1500)));
    // Silence is forgiven; and however many addresses there are, memory is bounded.
    wrong.add("bob", start + std::chrono::minutes(20));
    CHECK_FALSE(wrong.must_wait("mallory", start + std::chrono::minutes(20)));
    for (int i = 0; i < 10'000; ++i) wrong.add(std::to_string(i), start + std::chrono::minutes(20));
}

TEST_CASE("places: who has shown the token keeps its place, and strangers make room for each other") {
    using serve::Places;
    Places places(4, 2);
    std::vector<std::shared_ptr<Places::Place>> held;
    int sent_away = -1;
    for (int i = 0; i < 4; ++i) {
        held.push_back(places.take());
        REQUIRE(held.back());
        held.back()->leave = [i, &sent_away] { sent_away = i; };
    }
    held[0]->rank = Places::Rank::controller;
    held[1]->rank = Places::Rank::watcher;
    CHECK(places.may_watch());
    // The first stranger leaves for the next one who comes.
    held.push_back(places.take());
    REQUIRE(held.back());
    CHECK(sent_away == 2);
    held.push_back(places.take());
    REQUIRE(held.back());
    CHECK(sent_away == 3);
    // Those who came last have no way to be ended yet, so there is no place for one more.
    CHECK(places.take() == nullptr);
    held[4]->rank = held[5]->rank = Places::Rank::watcher;
    CHECK_FALSE(places.may_watch());
    // A connection that ends gives its place back.
    held.pop_back();
    CHECK(places.may_watch() == false);
    CHECK(places.take() != nullptr);
}

}  // namespace
