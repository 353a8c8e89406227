// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The parts of izhi serve that are functions of their arguments. The server as a whole: cli/serve_check.py and web/.
#include "apps/serve/address.hpp"
#include "apps/serve/control_message.hpp"
#include "apps/serve/frames.hpp"
#include "apps/serve/token.hpp"

#include <cstring>

#include <doctest/doctest.h>

#include "apps/serve/outbox.hpp"
#include "apps/serve/raster_rows.hpp"
#include "apps/serve/rate_limit.hpp"
#include "engine/base/token.hpp"
#include "izhi/error.hpp"

namespace {

using namespace izhi;
using namespace izhi::apps::serve;

Network small_network(std::uint32_t first = 30, std::uint32_t second = 10) {
    NetworkBuilder builder{{.name = "test"}};
    const auto a = builder.add_population({.name = "a", .size = first});
    builder.add_population({.name = "b", .size = second});
    builder.connect(a, everyone, {.name = "out", .rule = fixed_outdegree(1)});
    return builder.build();
}

std::string refusal(const std::string& text) {
    try {
        (void)read_control_message(text, small_network().description());
    } catch (const Error& error) { return error.what(); }
    return "";
}

template <class What>
What read_as(const std::string& text) {
    return std::get<What>(read_control_message(text, small_network().description()));
}

std::vector<std::uint32_t> record(std::uint64_t step, std::vector<std::uint32_t> counts,
                                  std::vector<std::uint32_t> rows, std::vector<std::uint32_t> watched = {},
                                  std::uint32_t run = 0) {
    std::vector<std::uint32_t> words{0,
                                     static_cast<std::uint32_t>(step),
                                     static_cast<std::uint32_t>(step >> 32U),
                                     run,
                                     0,
                                     0,
                                     static_cast<std::uint32_t>(watched.size() / 3)};
    for (const auto* list : {&counts, &watched, &rows}) words.insert(words.end(), list->begin(), list->end());
    words[0] = static_cast<std::uint32_t>(words.size());
    return words;
}

template <class T>
T at(const std::string& bytes, std::size_t offset) {
    T value;
    REQUIRE(offset + sizeof(T) <= bytes.size());
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

MessagePtr message(std::size_t bytes, bool binary = true) {
    return std::make_shared<Message>(Message{std::string(bytes, 'x'), binary});
}

}  // namespace

TEST_SUITE("serve") {
    TEST_CASE("control messages are read") {
        CHECK(read_as<Enter>(R"({"do":"enter","token":"abc"})").token == "abc");
        CHECK(read_as<Enter>(R"({"do":"enter"})").token.empty());
        CHECK(read_as<Watch>(R"({"do":"watch","neuron":39})").neuron == 39);
        CHECK(read_as<ScaleNoise>(R"({"do":"noise","population":"b","scale":2.5})").population.index == 1);
        CHECK(read_as<ScaleNoise>(R"({"do":"noise","population":"b","scale":2.5})").scale == 2.5);
        CHECK(read_as<ScaleWeights>(R"({"do":"weights","projection":"out","scale":0})").projection == ProjectionId(0));
        CHECK_FALSE(read_as<Pulse>(R"({"do":"pulse","amplitude":-4,"duration_ms":5})").target.population.has_value());
        CHECK(read_as<Pulse>(R"({"do":"pulse","population":"a","amplitude":-4,"duration_ms":5})")
                  .target.population->index == 0);
        CHECK(read_as<StepOnce>(R"({"do":"step"})").count == 1);
        CHECK(read_as<StepOnce>(R"({"do":"step","count":1000})").count == 1000);
        CHECK(read_as<SetSpeed>(R"({"do":"speed","times":0.5})").times == 0.5);
        CHECK(read_as<Restart>(R"({"do":"restart","seed":9223372036854775807})").seed == 9223372036854775807U);
        CHECK(std::holds_alternative<Pause>(read_control_message(R"({"do":"pause"})", small_network().description())));
        CHECK(
            std::holds_alternative<Resume>(read_control_message(R"({"do":"resume"})", small_network().description())));
    }

    TEST_CASE("weights that learn have no knob") {
        NetworkBuilder net;
        const auto a = net.add_population({.name = "a", .size = 4});
        net.connect(a, a, {.name = "fixed", .weight = 1.0});
        net.connect(a, a, {.name = "learning", .weight = 1.0, .plasticity = Plasticity{}});
        const Network network = net.build();
        const auto scale = [&](const std::string& name) {
            return read_control_message(R"({"do":"weights","projection":")" + name + R"(","scale":2})",
                                        network.description());
        };
        CHECK(std::get<ScaleWeights>(scale("fixed")).projection == ProjectionId(0));
        try {
            (void)scale("learning");
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(std::string(error.what()) ==
                  "projection is plastic: its weights follow their rule; allowed: a projection without plasticity");
        }
    }

    TEST_CASE("what is wrong with a control message is said") {
        for (const std::string text : {"", "[]", "1", "null", "{", "{\"do\"}", "\"pause\"", "{}x"}) {
            CAPTURE(text);
            CHECK(refusal(text) == "the message is not a JSON object");
        }
        CHECK(refusal("{}") == "do is missing");
        CHECK(refusal(R"({"do":7})") == "do is not text");
        CHECK(refusal(R"({"do":"explode"})").starts_with("do is not a control"));
        CHECK(refusal(R"({"do":"watch","neuron":40})") ==
              "neuron is not a whole number in this range; allowed: 0 to 39");
        CHECK(refusal(R"({"do":"watch","neuron":-1})").starts_with("neuron"));
        CHECK(refusal(R"({"do":"watch","neuron":1.5})").starts_with("neuron"));
        CHECK(refusal(R"({"do":"noise","population":"c","scale":1})").starts_with("population"));
        CHECK(refusal(R"({"do":"noise","population":"a","scale":10.1})") == "scale is 10.1; allowed: 0 to 10");
        CHECK(refusal(R"({"do":"noise","population":"a","scale":-0.1})") == "scale is -0.1; allowed: 0 to 10");
        CHECK(refusal(R"({"do":"noise","population":"a","scale":"1"})") == "scale is not a number; allowed: 0 to 10");
        CHECK(refusal(R"({"do":"noise","population":"a","scale":1e999})") != "");
        CHECK(refusal(R"({"do":"noise","population":"a"})") == "scale is missing");
        CHECK(refusal(R"({"do":"weights","projection":"in","scale":1})").starts_with("projection"));
        CHECK(refusal(R"({"do":"pulse","amplitude":1001,"duration_ms":5})").starts_with("amplitude"));
        CHECK(refusal(R"({"do":"pulse","amplitude":1,"duration_ms":0.5})").starts_with("duration_ms"));
        CHECK(refusal(R"({"do":"pulse","amplitude":1,"duration_ms":10001})").starts_with("duration_ms"));
        CHECK(refusal(R"({"do":"pulse","population":1,"amplitude":1,"duration_ms":1})") == "population is not text");
        CHECK(refusal(R"({"do":"step","count":0})").starts_with("count"));
        CHECK(refusal(R"({"do":"step","count":1001})").starts_with("count"));
        CHECK(refusal(R"({"do":"speed","times":0})").starts_with("times"));
        CHECK(refusal(R"({"do":"restart","seed":9223372036854775808})").starts_with("seed"));
        CHECK(refusal("{\"do\":\"pause\"}" + std::string(kMostControlBytes, ' ')) == "the message is too long");
        CHECK(refusal(std::string(kMostControlBytes, '[')) == "the message is not a JSON object");
    }

    TEST_CASE("entering and watching take no token, all else does") {
        CHECK_FALSE(needs_token(Enter{}));
        CHECK_FALSE(needs_token(Watch{}));
        for (const ControlMessage& one :
             {ControlMessage(ScaleNoise{}), ControlMessage(ScaleWeights{}), ControlMessage(Pulse{}),
              ControlMessage(Pause{}), ControlMessage(Resume{}), ControlMessage(StepOnce{}), ControlMessage(SetSpeed{}),
              ControlMessage(Restart{})})
            CHECK(needs_token(one));
    }

    TEST_CASE("hosts and origins") {
        const Address here{"127.0.0.1", 8765, true};
        for (const std::string host : {"127.0.0.1:8765", "localhost:8765", "LocalHost:8765", "[::1]:8765"}) {
            CAPTURE(host);
            CHECK(host_is_ours(host, here));
        }
        for (const std::string host :
             {"", "evil.example:8765", "127.0.0.1", "127.0.0.1:80", "localhost.evil.example:8765"}) {
            CAPTURE(host);
            CHECK_FALSE(host_is_ours(host, here));
        }
        CHECK(host_is_ours("anything:1", Address{"0.0.0.0", 8765, false}));
        CHECK_FALSE(host_is_ours("", Address{"0.0.0.0", 8765, false}));
        CHECK(origin_is_ours("", "localhost:8765"));
        CHECK(origin_is_ours("http://localhost:8765", "localhost:8765"));
        CHECK_FALSE(origin_is_ours("http://evil.example", "localhost:8765"));
        CHECK_FALSE(origin_is_ours("null", "localhost:8765"));
        CHECK(address_of("--host", "127.9.9.9", 1).loopback);
        CHECK(address_of("--host", "localhost", 1).loopback);
        CHECK(address_of("--host", "::1", 1).loopback);
        CHECK_FALSE(address_of("--host", "0.0.0.0", 1).loopback);
        CHECK_FALSE(address_of("--host", "::", 1).loopback);
        CHECK_THROWS_AS((void)address_of("--host", "example.org", 1), Error);
        CHECK(link_to({"::1", 80, true}) == "http://[::1]:80/");
    }

    TEST_CASE("tokens") {
        CHECK(make_token().size() == 32);
        CHECK(make_token() != make_token());
        CHECK(izhi::detail::same_token("0123456789abcdef", "0123456789abcdef"));
        CHECK_FALSE(izhi::detail::same_token("0123456789abcdeX", "0123456789abcdef"));
        CHECK_FALSE(izhi::detail::same_token("0123456789abcde", "0123456789abcdef"));
        CHECK_FALSE(izhi::detail::same_token("0123456789abcdef0123456789abcdef", "0123456789abcdef"));
        CHECK_FALSE(izhi::detail::same_token("", "0123456789abcdef"));
        CHECK_FALSE(izhi::detail::same_token("", ""));
        CHECK_NOTHROW(require_valid_token("--token", "abcdefgh-IJKL_12"));
        CHECK_THROWS_AS(require_valid_token("--token", "short"), Error);
        CHECK_THROWS_AS(require_valid_token("--token", "sixteen letters!"), Error);
        CHECK_THROWS_AS(require_valid_token("--token", std::string(129, 'a')), Error);
    }

    TEST_CASE("a frame lies as PROTOCOL.md says") {
        FrameWriter writer(2);
        const std::uint64_t first = (std::uint64_t{1} << 32U) + 5;
        const auto one = record(first, {2, 1}, {3, 4, 31}, {7, 70, 71}, 9),
                   two = record(first + 1, {0, 1}, {39}, {7, 72, 73}, 9);
        REQUIRE(writer.takes(one));
        writer.add(one);
        REQUIRE(writer.takes(two));
        writer.add(two);
        const MessagePtr frame = writer.finish();
        CHECK(writer.empty());
        const std::string& bytes = frame->bytes;
        CHECK(frame->binary);
        CHECK(bytes.substr(0, 4) == "IZF1");
        CHECK(at<std::uint32_t>(bytes, 4) == 9);
        CHECK(at<std::uint64_t>(bytes, 8) == first);
        const std::uint32_t header[] = {2, 2, 1, 4, 0, 0};
        for (std::size_t i = 0; i < 6; ++i) CHECK(at<std::uint32_t>(bytes, 16 + 4 * i) == header[i]);
        const std::uint32_t words[] = {7, 2, 1, 0, 1, 70, 71, 72, 73, 3, 1};
        for (std::size_t i = 0; i < 11; ++i) CHECK(at<std::uint32_t>(bytes, 40 + 4 * i) == words[i]);
        const std::uint16_t rows[] = {3, 4, 31, 39};
        for (std::size_t i = 0; i < 4; ++i) CHECK(at<std::uint16_t>(bytes, 84 + 2 * i) == rows[i]);
        CHECK(bytes.size() == 92);
    }

    TEST_CASE("a frame ends at a gap, another run, other watched neurons") {
        FrameWriter writer(1);
        writer.add(record(10, {0}, {}, {7, 0, 0}));
        CHECK(writer.takes(record(11, {0}, {}, {7, 0, 0})));
        CHECK_FALSE(writer.takes(record(12, {0}, {}, {7, 0, 0})));
        CHECK_FALSE(writer.takes(record(10, {0}, {}, {7, 0, 0})));
        CHECK_FALSE(writer.takes(record(11, {0}, {}, {7, 0, 0}, 1)));
        CHECK_FALSE(writer.takes(record(11, {0}, {}, {8, 0, 0})));
        CHECK_FALSE(writer.takes(record(11, {0}, {})));
        for (std::uint64_t step = 11; step < 10 + FrameWriter::kMostSteps; ++step)
            writer.add(record(step, {0}, {}, {7, 0, 0}));
        CHECK_FALSE(writer.takes(record(10 + FrameWriter::kMostSteps, {0}, {}, {7, 0, 0})));
    }

    TEST_CASE("a full frame leaves dots out and says how many") {
        FrameWriter writer(1);
        const std::vector<std::uint32_t> rows(60'000, 5);
        writer.add(record(1, {60'000}, rows));
        writer.add(record(2, {60'000}, rows));
        const std::string bytes = writer.finish()->bytes;
        CHECK(at<std::uint32_t>(bytes, 28) == FrameWriter::kMostDots);
        CHECK(at<std::uint32_t>(bytes, 32) == 120'000 - FrameWriter::kMostDots);
        CHECK(at<std::uint32_t>(bytes, 40 + 4) == 60'000);  // counts are of all
        CHECK(at<std::uint32_t>(bytes, 40 + 12) == 40'000);
    }

    TEST_CASE("an outbox loses what it has no room for, and counts frames") {
        Outbox outbox;
        std::size_t taken = 0;
        while (outbox.offer(message(10))) ++taken;
        CHECK(taken == Outbox::kMostFrames);
        CHECK(outbox.frames_lost() == 1);
        CHECK(outbox.offer(message(10, false)));  // text still has room
        CHECK_FALSE(outbox.offer(message(10)));
        CHECK(outbox.frames_lost() == 2);
        outbox.pop();
        outbox.pop();
        CHECK(outbox.offer(message(10)));
        while (!outbox.empty()) outbox.pop();
        CHECK(outbox.offer(message(Outbox::kMostBytes)));
        CHECK_FALSE(outbox.offer(message(1)));
        CHECK(outbox.frames_lost() == 3);
    }

    TEST_CASE("a rate limit lets a burst through, then its rate") {
        RateLimit limit(10.0, 3.0);
        RateLimit::Time now{std::chrono::seconds(100)};
        for (int i = 0; i < 3; ++i) CHECK(limit.allow(now));
        CHECK_FALSE(limit.allow(now));
        now += std::chrono::milliseconds(101);
        CHECK(limit.allow(now));
        CHECK_FALSE(limit.allow(now));
        now += std::chrono::hours(1);
        for (int i = 0; i < 3; ++i) CHECK(limit.allow(now));
        CHECK_FALSE(limit.allow(now));
    }

    TEST_CASE("rows of the raster") {
        const RasterRows all = raster_rows(small_network());
        CHECK(all.every == 1);
        CHECK(all.rows == 40);
        CHECK(all.populations[1].first_row == 30);
        const RasterRows some = raster_rows(small_network(200'001, 3));
        CHECK(some.every == 4);
        CHECK(some.populations[0].rows == 50'001);  // 0, 4, ... 200000
        CHECK(some.populations[1].first_row == 50'001);
        CHECK(some.populations[1].rows == 1);
        CHECK(some.rows <= 65'536);
        for (const bool first : {false, true}) {  // one without neurons has no rows
            const RasterRows empty = raster_rows(first ? small_network(0, 30) : small_network(200'001, 0));
            CHECK(empty.populations[first ? 0 : 1].rows == 0);
            CHECK(empty.populations[1].first_row == (first ? 0 : 50'001));
            CHECK(empty.rows == (first ? 30 : 50'001));
        }
    }
}
