// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The messages of engine/wire/PROTOCOL.md: byte by byte as the page has them, there and back, and whatever else may come.
#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "engine/wire/siphash.hpp"
#include "izhi/wire/protocol.hpp"

namespace {

using namespace izhi::wire;
using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::initializer_list<int> values) {
    Bytes bytes;
    for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
}
Bytes copy(Encoder::Datagram datagram) { return {datagram.begin(), datagram.end()}; }

/// Decodes a copy on the heap that ends where the datagram ends, so that a sanitizer sees any look beyond.
Fault decoded(const Bytes& bytes, Message& message, Bytes& storage) {
    storage = Bytes(bytes.begin(), bytes.end());
    storage.shrink_to_fit();
    return decode(storage, message);
}
Fault fault_of(const Bytes& bytes) {
    Message message;
    Bytes storage;
    return decoded(bytes, message, storage);
}

/// One message of each type.
std::vector<Bytes> one_of_each() {
    Encoder encoder;
    std::vector<Bytes> all;
    const auto header = [](Type type) { return Header{.type = type, .session = 7, .sequence = 9, .step = 11}; };
    all.push_back(copy(encoder.hello(header(Type::hello), {.cookie = 5, .largest_message = 1472, .token = "a token"})));
    all.push_back(copy(encoder.describe(header(Type::describe), {3})));
    const std::array<std::uint32_t, 3> numbers{1, 70'000, 4'000'000'000};
    all.push_back(copy(encoder.subscribe(header(Type::subscribe), 10, numbers)));
    encoder.begin_input(header(Type::input));
    CHECK(encoder.add(Current{.population = 1, .first = 2, .count = 3, .amplitude = -4.5F, .hold = 6}));
    CHECK(encoder.add_spikes(numbers));
    const std::array<float, 2> rates{0.5F, 250.0F};
    CHECK(encoder.add_rates({.population = 4, .first = 5, .count = 2, .hold = 7}, rates));
    all.push_back(copy(encoder.finish_input(kGo)));
    all.push_back(copy(encoder.ping(header(Type::ping), 12)));
    all.push_back(copy(encoder.empty(header(Type::statistics))));
    all.push_back(copy(encoder.empty(header(Type::bye))));
    all.push_back(copy(encoder.challenge(header(Type::challenge), {13})));
    all.push_back(copy(encoder.welcome(header(Type::welcome), {.dt_ms = 0.5,
                                                               .seed = 42,
                                                               .neurons = 10,
                                                               .populations = 2,
                                                               .largest_message = 1472,
                                                               .lease_ms = 5000,
                                                               .lockstep = true,
                                                               .network = "net"})));
    const std::array<PopulationEntry, 2> entries{{{0, 8, "exc"}, {8, 2, "inh"}}};
    std::size_t taken = 0;
    all.push_back(copy(encoder.populations(header(Type::populations), 0, entries, 512, taken)));
    CHECK(taken == 2);
    all.push_back(copy(encoder.subscribed(header(Type::subscribed), {9, Reason::population})));
    all.push_back(copy(encoder.pong(header(Type::pong), 12)));
    all.push_back(copy(encoder.goodbye(header(Type::goodbye), Reason::full)));
    all.push_back(copy(encoder.spikes(header(Type::spikes), 3, 0, 1, numbers)));
    all.push_back(copy(encoder.rates(header(Type::rates), 100, 99, 1, numbers)));
    const std::array<std::uint64_t, 2> own{1, 2}, server{3, std::numeric_limits<std::uint64_t>::max()};
    all.push_back(copy(encoder.statistics(header(Type::statistics_reply), own, server)));
    return all;
}

}  // namespace

TEST_SUITE("wire codec") {
    TEST_CASE("a message is what the protocol's page says, byte by byte") {
        Encoder encoder;
        encoder.begin_input(
            {.type = Type::input, .session = 0x0102030405060708, .sequence = 0x0A0B0C0D, .step = 0x1112});
        REQUIRE(encoder.add(Current{.population = 1, .first = 2, .count = kToTheEnd, .amplitude = 1.5F, .hold = 256}));
        const std::array<std::uint32_t, 2> neurons{5, 0xFFEE};
        REQUIRE(encoder.add_spikes(neurons));
        const Bytes expected = bytes_of({
            'I',  'Z',  'H',  'W',  1,  0x04, 1,    0,                       // magic, version, type INPUT, flags GO
            8,    7,    6,    5,    4,  3,    2,    1,                       // session
            0x0D, 0x0C, 0x0B, 0x0A, 40, 0,    0,    0,                       // sequence, length of the payload
            0x12, 0x11, 0,    0,    0,  0,    0,    0,                       // step
            2,    0,    0,    0,                                             // two entries
            1,    0,    0,    0,    1,  0,    0,    0,    2,    0,    0, 0,  // a current: population, first,
            0xFF, 0xFF, 0xFF, 0xFF, 0,  0,    0xC0, 0x3F, 0,    1,    0, 0,  // count, amplitude, hold
            2,    0,    2,    0,    5,  0,    0,    0,    0xEE, 0xFF, 0, 0,  // two spikes
        });
        CHECK(copy(encoder.finish_input(kGo)) == expected);

        encoder.begin_input({.type = Type::input, .sequence = 1, .step = kNextStep});
        const std::array<float, 2> rates{1.5F, 80.0F};
        REQUIRE(encoder.add_rates({.population = 1, .first = 2, .count = 2, .hold = 256}, rates));
        REQUIRE(encoder.add_rates({.population = 3}, std::span(rates).first(1)));
        const Bytes expected_rates = bytes_of({
            'I',  'Z',  'H',  'W',  1,    0x04, 0,    0,                       // magic, version, type INPUT, no flags
            0,    0,    0,    0,    0,    0,    0,    0,                       // session
            1,    0,    0,    0,    56,   0,    0,    0,                       // sequence, length of the payload
            0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,                    // step: the next
            2,    0,    0,    0,                                               // two entries
            3,    0,    2,    0,    1,    0,    0,    0,    2, 0, 0,    0,     // two rates: population, first,
            2,    0,    0,    0,    0,    1,    0,    0,                       // count, hold,
            0,    0,    0xC0, 0x3F, 0,    0,    0xA0, 0x42,                    // 1.5 and 80
            3,    0,    1,    0,    3,    0,    0,    0,    0, 0, 0,    0,     // one rate: population, first,
            0xFF, 0xFF, 0xFF, 0xFF, 0,    0,    0,    0,    0, 0, 0xC0, 0x3F,  // count to the end, hold, 1.5
        });
        CHECK(copy(encoder.finish_input()) == expected_rates);
    }

    TEST_CASE("each type comes back as it was") {
        const auto all = one_of_each();
        std::vector<Message> messages(all.size());
        std::vector<Bytes> storage(all.size());
        for (std::size_t index = 0; index < all.size(); ++index) {
            CAPTURE(index);
            REQUIRE(decoded(all[index], messages[index], storage[index]) == Fault::none);
            CHECK(messages[index].payload.index() ==
                  std::array<std::size_t, 16>{0, 1, 2, 3, 4, 5, 6, 13, 7, 8, 9, 10, 12, 14, 15, 11}[index]);
            CHECK(messages[index].header.session == 7);
            CHECK(messages[index].header.sequence == 9);
            CHECK(messages[index].header.step == 11);
        }
        const auto& hello = std::get<Hello>(messages[0].payload);
        CHECK(hello.cookie == 5);
        CHECK(hello.largest_message == 1472);
        CHECK(hello.token == "a token");
        CHECK(std::get<Describe>(messages[1].payload).first == 3);
        const auto& subscribe = std::get<Subscribe>(messages[2].payload);
        CHECK(subscribe.rates_interval == 10);
        REQUIRE(subscribe.populations.size() == 3);
        CHECK(subscribe.populations[2] == 4'000'000'000);
        CHECK(messages[3].header.flags == kGo);
        std::size_t entries = 0;
        std::get<Input>(messages[3].payload).for_each([&](const InputEntry& entry) {
            ++entries;
            if (entries == 1) {
                CHECK(std::get<Current>(entry) == Current{1, 2, 3, -4.5F, 6});
            } else if (entries == 2) {
                REQUIRE(std::get<ForcedSpikes>(entry).neurons.size() == 3);
                CHECK(std::get<ForcedSpikes>(entry).neurons[1] == 70'000);
            } else {
                const auto& given = std::get<SourceRates>(entry);
                CHECK(given.range == RateRange{4, 5, 2, 7});
                REQUIRE(given.rates_hz.size() == 2);
                CHECK(given.rates_hz[0] == 0.5F);
                CHECK(given.rates_hz[1] == 250.0F);
            }
        });
        CHECK(entries == 3);
        CHECK(std::get<Ping>(messages[4].payload).payload == 12);
        CHECK(std::get<Challenge>(messages[7].payload).cookie == 13);
        const auto& welcome = std::get<Welcome>(messages[8].payload);
        CHECK(welcome.dt_ms == 0.5);
        CHECK(welcome.seed == 42);
        CHECK(welcome.neurons == 10);
        CHECK(welcome.populations == 2);
        CHECK(welcome.largest_message == 1472);
        CHECK(welcome.lease_ms == 5000);
        CHECK(welcome.lockstep);
        CHECK(welcome.network == "net");
        const auto& populations = std::get<Populations>(messages[9].payload);
        REQUIRE(populations.entries.size() == 2);
        CHECK(populations.entries[1].first_neuron == 8);
        CHECK(populations.entries[1].size == 2);
        CHECK(populations.entries[1].name == "inh");
        CHECK(std::get<Subscribed>(messages[10].payload).sequence == 9);
        CHECK(std::get<Subscribed>(messages[10].payload).reason == Reason::population);
        CHECK(std::get<Pong>(messages[11].payload).payload == 12);
        CHECK(std::get<Goodbye>(messages[12].payload).reason == Reason::full);
        CHECK(std::get<Spikes>(messages[13].payload).total == 3);
        CHECK(std::get<Spikes>(messages[13].payload).neurons[0] == 1);
        const auto& rates = std::get<Rates>(messages[14].payload);
        CHECK(rates.interval == 100);
        CHECK(rates.counted == 99);
        CHECK(rates.first == 1);
        CHECK(rates.spikes[2] == 4'000'000'000);
        const auto& statistics = std::get<StatisticsReply>(messages[15].payload);
        CHECK(statistics.session == std::vector<std::uint64_t>{1, 2});
        CHECK(statistics.server == std::vector<std::uint64_t>{3, std::numeric_limits<std::uint64_t>::max()});
    }

    TEST_CASE("whatever is cut or has too much is malformed") {
        for (const Bytes& whole : one_of_each()) {
            CAPTURE(whole[5]);
            for (std::size_t length = 0; length < whole.size(); ++length) {
                CAPTURE(length);
                Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
                CHECK(fault_of(cut) == Fault::malformed);
                // With a header that agrees, so that the payload's own checks must find it. Lists are shorter then, and
                // whole: those of SUBSCRIBE, SPIKES, RATES.
                if (length < kHeaderBytes) continue;
                cut[20] = static_cast<std::byte>(length - kHeaderBytes);
                const Type type{std::to_integer<std::uint8_t>(whole[5])};
                const bool list = type == Type::subscribe || type == Type::spikes || type == Type::rates;
                const std::size_t fixed = type == Type::subscribe ? 4 : type == Type::spikes ? 8 : 12;
                const bool shorter_list = list && length >= kHeaderBytes + fixed && length % 4 == 0;
                CHECK(fault_of(cut) == (shorter_list ? Fault::none : Fault::malformed));
            }
            for (const std::size_t more : {1, 2, 3}) {
                Bytes longer = whole;
                longer.resize(whole.size() + more);
                CHECK(fault_of(longer) == Fault::malformed);
                longer[20] = static_cast<std::byte>(longer.size() - kHeaderBytes);
                CHECK(fault_of(longer) == Fault::malformed);
            }
        }
    }

    TEST_CASE("magic, version, type, flags and what is reserved") {
        Encoder encoder;
        const Bytes ping = copy(encoder.ping({.type = Type::ping}, 1));
        const auto with = [](Bytes bytes, std::size_t at, int value) {
            bytes[at] = static_cast<std::byte>(value);
            return bytes;
        };
        CHECK(fault_of(ping) == Fault::none);
        for (const std::size_t at : {0, 1, 2, 3}) CHECK(fault_of(with(ping, at, 'X')) == Fault::malformed);
        CHECK(fault_of(with(ping, 4, 0)) == Fault::version);
        CHECK(fault_of(with(ping, 4, 2)) == Fault::version);
        for (const int type : {0x00, 0x08, 0x7F, 0x80, 0x84, 0x89, 0x8F, 0x92, 0xFF})
            CHECK(fault_of(with(ping, 5, type)) == Fault::malformed);
        CHECK(fault_of(with(ping, 6, 1)) == Fault::malformed);
        CHECK(fault_of(with(ping, 7, 1)) == Fault::malformed);

        const Bytes hello = copy(encoder.hello({.type = Type::hello}, {.token = "0123456789abcdef"}));
        CHECK(hello.size() == 112);                                     // more than any answer to a stranger
        CHECK(fault_of(with(hello, 32 + 10, 65)) == Fault::malformed);  // a token longer than its field
        CHECK(fault_of(with(hello, 32 + 11, 1)) == Fault::malformed);   // reserved
        CHECK(fault_of(with(hello, 32 + 12, 1)) == Fault::malformed);   // reserved
        CHECK(fault_of(with(hello, 111, 1)) == Fault::malformed);       // after the token's end
        CHECK(fault_of(with(hello, 32 + 10, 15)) == Fault::malformed);  // so is its last character now

        encoder.begin_input({.type = Type::input});
        REQUIRE(encoder.add(Current{}));
        const Bytes input = copy(encoder.finish_input());
        CHECK(fault_of(input) == Fault::none);
        CHECK(fault_of(with(input, 34, 1)) == Fault::malformed);  // reserved
        CHECK(fault_of(with(input, 36, 3)) == Fault::malformed);  // rates, but none
        CHECK(fault_of(with(input, 36, 4)) == Fault::malformed);  // no such entry
        CHECK(fault_of(with(input, 37, 1)) == Fault::malformed);  // reserved
        CHECK(fault_of(with(input, 38, 1)) == Fault::malformed);  // a current with a count of spikes
        CHECK(fault_of(with(input, 32, 0)) == Fault::malformed);  // fewer entries than there are
        CHECK(fault_of(with(input, 32, 2)) == Fault::malformed);  // more
        CHECK(fault_of(with(input, 36, 2)) == Fault::malformed);  // spikes, but none

        encoder.begin_input({.type = Type::input});
        const std::array<float, 2> rates{1.0F, 2.0F};
        REQUIRE(encoder.add_rates({.count = 2}, rates));
        const Bytes two = copy(encoder.finish_input());
        CHECK(fault_of(two) == Fault::none);
        CHECK(fault_of(with(two, 37, 1)) == Fault::malformed);  // reserved
        for (const int count : {0, 1, 3}) CHECK(fault_of(with(two, 38, count)) == Fault::malformed);
        CHECK(fault_of(with(two, 39, 1)) == Fault::malformed);  // 258 rates
        const Bytes none(two.begin(), two.end() - 8);
        CHECK(fault_of(with(with(none, 20, 24), 38, 0)) == Fault::malformed);  // no rate

        const std::array<std::uint32_t, 1> one{1};
        CHECK(fault_of(copy(encoder.subscribe({.type = Type::subscribe, .flags = kEveryone}, 0, one))) ==
              Fault::malformed);
        CHECK(fault_of(copy(encoder.spikes({.type = Type::spikes}, 0, 0, 1, one))) == Fault::malformed);
        CHECK(fault_of(copy(encoder.spikes({.type = Type::spikes}, 1, 1, 1, one))) == Fault::malformed);
        CHECK(fault_of(copy(encoder.rates({.type = Type::rates}, 0, 0, 0, one))) == Fault::malformed);
        CHECK(fault_of(copy(encoder.rates({.type = Type::rates}, 1, 2, 0, one))) == Fault::malformed);
    }

    TEST_CASE("messages have a largest size") {
        Encoder encoder;
        std::vector<std::uint32_t> neurons(spikes_per_message(kLargestMessage), 1);
        const Bytes largest = copy(encoder.spikes({.type = Type::spikes}, 10'000, 0, 1, neurons));
        CHECK(largest.size() == kLargestMessage);
        CHECK(fault_of(largest) == Fault::none);
        neurons.push_back(1);
        CHECK(fault_of(copy(encoder.spikes({.type = Type::spikes}, 10'000, 0, 1, neurons))) == Fault::oversized);
        CHECK(fault_of(Bytes(kLargestMessage + 1)) == Fault::oversized);

        // An input stops taking where it is full, to the byte.
        encoder.begin_input({.type = Type::input}, 512);
        std::size_t currents = 0;
        while (encoder.add(Current{})) ++currents;
        CHECK(currents == (512 - 36) / 24);
        CHECK(encoder.add_spikes(std::span(neurons).first(4)));  // the 20 bytes that are left
        CHECK_FALSE(encoder.add_spikes(std::span(neurons).first(1)));
        CHECK(encoder.finish_input().size() == 512);
        encoder.begin_input({.type = Type::input}, 512);
        const std::vector<float> rates(115, 1.0F);
        CHECK_FALSE(encoder.add_rates({}, rates));
        CHECK(encoder.add_rates({}, std::span(rates).first(114)));  // 20 + 4 x 114 of 476 bytes
        CHECK_FALSE(encoder.add_rates({}, {}));
        CHECK(encoder.finish_input().size() == 512);

        // Names beyond 255 characters are cut, lists of populations end before the limit.
        const std::string name(300, 'n');
        const std::vector<PopulationEntry> entries(5, PopulationEntry{0, 1, name});
        std::size_t taken = 0;
        const Bytes told = copy(encoder.populations({.type = Type::populations}, 0, entries, 600, taken));
        CHECK(taken == 2);
        CHECK(told.size() == kHeaderBytes + 6 + 2 * (9 + 255));
        CHECK(fault_of(told) == Fault::none);
    }

    TEST_CASE("a million hostile messages: nothing but a verdict") {
        std::mt19937 draw(20261123);
        const auto all = one_of_each();
        std::size_t sound = 0, rates_seen = 0;
        const auto look = [&](const Bytes& bytes) {
            Message message;
            Bytes storage;
            if (decoded(bytes, message, storage) != Fault::none) return;
            ++sound;
            // What passed can be read to its end.
            if (const auto* const input = std::get_if<Input>(&message.payload)) {
                std::uint64_t sum = 0;
                input->for_each([&](const InputEntry& entry) {
                    if (const auto* const spikes = std::get_if<ForcedSpikes>(&entry))
                        for (std::size_t index = 0; index < spikes->neurons.size(); ++index)
                            sum += spikes->neurons[index];
                    if (const auto* const rates = std::get_if<SourceRates>(&entry))
                        for (std::size_t index = 0; index < rates->rates_hz.size(); ++index)
                            sum += rates->rates_hz[index] > 0.0F ? 1U : 0U;
                    rates_seen += std::holds_alternative<SourceRates>(entry) ? 1U : 0U;
                });
                CHECK(sum <= std::uint64_t{storage.size()} << 32U);
            }
        };
        for (int turn = 0; turn < 200'000; ++turn) {
            Bytes noise(draw() % 200);
            for (std::byte& byte : noise) byte = static_cast<std::byte>(draw());
            look(noise);
            // Behind a header that is sound, so that payloads are reached
            if (noise.size() >= kHeaderBytes) {
                const Bytes& model = all[draw() % all.size()];
                std::copy_n(model.begin(), kHeaderBytes, noise.begin());
                noise[20] = static_cast<std::byte>(noise.size() - kHeaderBytes);
                noise[21] = std::byte{0};
                look(noise);
            }
            // Sound messages with some bytes changed, and some cut or longer
            Bytes changed = all[draw() % all.size()];
            for (std::uint32_t count = draw() % 4 + 1; count > 0; --count)
                changed[draw() % changed.size()] = static_cast<std::byte>(draw());
            look(changed);
            changed.resize(draw() % (changed.size() + 40));
            if (changed.size() >= kHeaderBytes) changed[20] = static_cast<std::byte>(changed.size() - kHeaderBytes);
            look(changed);
        }
        CHECK(rates_seen > 1000);
        CHECK(sound > 10'000);  // the mill reaches what lies behind the checks
    }

    TEST_CASE("SipHash-2-4 gives its authors' answers") {
        // Key 00 01 .. 0f, input 00 01 .. (length - 1): vectors of the reference implementation.
        const SipKey key{0x0706050403020100, 0x0F0E0D0C0B0A0908};
        std::array<std::byte, 15> input{};
        for (std::size_t index = 0; index < input.size(); ++index) input[index] = static_cast<std::byte>(index);
        CHECK(siphash(key, {}) == 0x726FDB47DD0E0E31);
        CHECK(siphash(key, std::span(input).first(1)) == 0x74F839C593DC67FD);
        CHECK(siphash(key, std::span(input).first(8)) == 0x93F5F5799A932462);
        CHECK(siphash(key, input) == 0xA129CA6149BE45E5);
    }
}
