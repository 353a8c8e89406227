// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The server of engine/wire/ and its C++ client, over real sockets of this machine; the test is the thread that steps.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "engine/wire/link.hpp"
#include "izhi/error.hpp"
#include "izhi/wire/client.hpp"
#include "izhi/wire/server.hpp"

namespace {

using namespace izhi;
using namespace izhi::wire;
using namespace std::chrono_literals;
using Neurons = std::vector<std::uint32_t>;

/// Long enough for any machine; nothing here waits for it unless it fails.
constexpr auto kPatience = 20s;

/// Populations a (4 neurons), b (3) and many (5000).
Network small_network(std::uint64_t seed = 77) {
    NetworkBuilder builder{{.name = "small", .seed = seed, .dt_ms = 0.5}};
    builder.add_population({.name = "a", .size = 4});
    builder.add_population({.name = "b", .size = 3});
    builder.add_population({.name = "many", .size = 5000});
    return builder.build();
}

std::filesystem::path socket_path() {
    static int count = 0;
    return std::filesystem::temp_directory_path() /
           ("izhi-test-" + std::to_string(::getpid()) + '-' + std::to_string(count++));
}

/// Whether `condition` comes true in time.
template <class Condition>
bool soon(const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}
std::uint64_t counted(const Server& server, Counter counter) {
    return server.counters()[static_cast<std::size_t>(counter)];
}
std::uint64_t counted(const std::vector<std::uint64_t>& counters, Counter counter) {
    return counters.at(static_cast<std::size_t>(counter));
}
bool reaches(const Server& server, Counter counter, std::uint64_t value) {
    return soon([&] { return counted(server, counter) >= value; });
}
/// Every message is counted once as received and once as what became of it.
void check_sums(const std::vector<std::uint64_t>& counters) {
    std::uint64_t sum = 0;
    for (const Counter counter : {Counter::accepted, Counter::malformed, Counter::version, Counter::oversized,
                                  Counter::no_session, Counter::bad_cookie, Counter::refused, Counter::repeated})
        sum += counted(counters, counter);
    CHECK(sum == counted(counters, Counter::received));
}

/// A UDP socket that says what it likes.
class Stranger {
public:
    explicit Stranger(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
        sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
        ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~Stranger() { ::close(socket_); }
    void say(std::span<const std::byte> datagram) { (void)::send(socket_, datagram.data(), datagram.size(), 0); }
    /// The next answer; nothing within the time.
    std::optional<Message> hear(std::chrono::milliseconds patience) {
        const timeval wait{patience.count() / 1000, patience.count() % 1000 * 1000};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        const ssize_t length = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
        if (length <= 0) return std::nullopt;
        Message message;
        heard_bytes = static_cast<std::size_t>(length);
        REQUIRE(decode(std::span(buffer_).first(heard_bytes), message) == Fault::none);
        return message;
    }
    std::size_t heard_bytes = 0;

private:
    int socket_;
    std::array<std::byte, 65536> buffer_{};
};

StepSpikes next_spikes(Client& client) {
    const auto event = client.receive(kPatience);
    REQUIRE(event.has_value());
    REQUIRE(std::holds_alternative<StepSpikes>(*event));
    return std::get<StepSpikes>(*event);
}
std::vector<Spike> fired(std::uint64_t step, const Neurons& neurons) {
    std::vector<Spike> spikes;
    for (const std::uint32_t neuron : neurons) spikes.push_back({step, neuron});
    return spikes;
}

struct Both {
    Both() : path(socket_path()), server(small_network(), {.udp = UdpEndpoint{}, .unix_path = path}) {}
    Client client(bool udp, ClientOptions options = {}) {
        return udp ? Client::udp("127.0.0.1", server.udp_port(), options) : Client::unix_socket(path.string(), options);
    }
    std::filesystem::path path;
    Server server;
};

}  // namespace

TEST_SUITE("threads wire server") {
    TEST_CASE("a client learns of the network, over either socket") {
        Both both;
        for (const bool udp : {true, false}) {
            CAPTURE(udp);
            const Client client = both.client(udp);
            CHECK(client.network().name == "small");
            CHECK(client.network().dt_ms == 0.5);
            CHECK(client.network().seed == 77);
            CHECK(client.network().neurons == 5007);
            CHECK_FALSE(client.network().lockstep);
            REQUIRE(client.network().populations.size() == 3);
            CHECK(client.network().populations[2].name == "many");
            CHECK(client.network().populations[2].first_neuron == 7);
            CHECK(client.network().populations[2].size == 5000);
            CHECK(client.population("b") == 1);
            CHECK_THROWS_AS((void)client.population("c"), ClientError);
        }
        // Both say goodbye.
        CHECK(soon([&] { return both.server.clients() == 0; }));
    }

    TEST_CASE("many populations are told in several messages") {
        NetworkBuilder builder{{.name = "wide"}};
        for (int index = 0; index < 300; ++index)
            builder.add_population({.name = "population-" + std::to_string(index), .size = 2});
        const Server server(builder.build(), {.udp = UdpEndpoint{}});
        const Client client = Client::udp("127.0.0.1", server.udp_port(), {.largest_message = 512});
        REQUIRE(client.network().populations.size() == 300);
        CHECK(client.population("population-299") == 299);
        CHECK(client.network().populations[299].first_neuron == 598);
    }

    TEST_CASE("spikes of the populations that were asked for, step by step") {
        Both both;
        for (const bool udp : {true, false}) {
            CAPTURE(udp);
            Client client = both.client(udp);
            client.subscribe({.spikes = {"a", "many"}});
            const std::uint64_t step = both.server.link().steps_done();
            both.server.link().end_step(step + 1, fired(step + 1, {0, 3, 5, 7, 5006}));
            both.server.link().end_step(step + 2, {});
            const StepSpikes first = next_spikes(client);
            CHECK(first.step == step + 1);
            CHECK(first.complete);
            CHECK(first.neurons == Neurons{0, 3, 7, 5006});
            const StepSpikes second = next_spikes(client);
            CHECK(second.step == step + 2);
            CHECK(second.neurons.empty());
            CHECK(client.lost() == 0);
        }
    }

    TEST_CASE("more spikes than fit into a message come in parts") {
        Both both;
        Client client = both.client(true, {.largest_message = 600});
        client.subscribe({.everyone = true});
        Neurons all(5007);
        for (std::uint32_t neuron = 0; neuron < 5007; ++neuron) all[neuron] = neuron;
        for (const std::size_t count : {std::size_t{140}, std::size_t{141}, all.size()}) {
            CAPTURE(count);  // 140 neurons fill 600 bytes
            const Neurons some(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
            const std::uint64_t sent = counted(client.statistics().session, Counter::sent) + 1;  // this answer too
            both.server.link().end_step(count, fired(count, some));
            const StepSpikes spikes = next_spikes(client);
            CHECK(spikes.complete);
            CHECK(spikes.neurons == some);
            CHECK(counted(client.statistics().session, Counter::sent) - sent == (count + 139) / 140);
        }
    }

    TEST_CASE("rates: the spikes of every population in each interval") {
        Both both;
        Client client = both.client(false);
        client.subscribe({.rates_interval = 3});
        Link& link = both.server.link();
        link.end_step(1, fired(1, {0}));
        link.end_step(2, fired(2, {0, 1, 6}));
        link.end_step(3, fired(3, {5006}));
        link.end_step(4, fired(4, {3}));
        // Steps 5 to 7 never reach the server: two intervals are not whole.
        link.end_step(8, fired(8, {4}));
        link.end_step(9, {});
        const auto next = [&] {
            const auto event = client.receive(kPatience);
            REQUIRE(event.has_value());
            return std::get<StepRates>(*event);
        };
        const StepRates first = next();
        CHECK(first.step == 3);
        CHECK(first.interval == 3);
        CHECK(first.counted == 3);
        CHECK(first.spikes == Neurons{3, 1, 1});
        const StepRates second = next();
        CHECK(second.step == 6);
        CHECK(second.counted == 1);
        CHECK(second.spikes == Neurons{1, 0, 0});
        const StepRates third = next();
        CHECK(third.step == 9);
        CHECK(third.counted == 2);
        CHECK(third.spikes == Neurons{0, 1, 0});
    }

    TEST_CASE("a server that ends tells its clients of every step first") {
        // As intervals of few messages: all that a client has not read yet fits into the system's queue.
        auto both = std::make_unique<Both>();
        Client client = both->client(false);
        client.subscribe({.rates_interval = 20});
        // More steps than the server's thread takes in one turn.
        constexpr std::uint64_t steps = 1200;
        for (std::uint64_t step = 1; step <= steps; ++step) both->server.link().end_step(step, fired(step, {0, 6}));
        both.reset();
        std::uint64_t last = 0, spikes = 0;
        std::string why;
        try {
            while (const auto event = client.receive(kPatience)) {
                last = std::get<StepRates>(*event).step;
                spikes += std::get<StepRates>(*event).spikes[0];
            }
        } catch (const ClientError& error) { why = error.what(); }
        CHECK(last == steps);
        CHECK(spikes == steps);
        CHECK(why.find("the server ended") != std::string::npos);
    }

    TEST_CASE("a client that speaks all the time hears why the server ended, too") {
        for (int turn = 0; turn < 30; ++turn) {
            auto both = std::make_unique<Both>();
            Client client = both->client(false);
            std::atomic<bool> speaking{false};
            std::string why;
            std::thread speaker([&] {
                try {
                    for (;;) {
                        client.input().send();
                        speaking = true;
                        (void)client.receive(0s);
                    }
                } catch (const ClientError& error) { why = error.what(); }
                speaking = true;
            });
            CHECK(soon([&] { return speaking.load(); }));
            both.reset();
            speaker.join();
            CHECK_MESSAGE(why.find("the server ended") != std::string::npos, why);
        }
    }

    TEST_CASE("input reaches the step it is for; what cannot be is counted, for the client and in all") {
        Both both;
        Link& link = both.server.link();
        link.end_step(10, {});
        for (const bool udp : {true, false}) {
            CAPTURE(udp);
            Client client = both.client(udp);
            const std::uint64_t before = counted(both.server, Counter::out_of_range);
            const Neurons some{1, 2, 5007};
            client.input(10).current("b", 4.0F, {.first = 1}).spikes(some).send();
            client.input(9).spikes(std::span(some).first(2)).send();
            constexpr float infinite = std::numeric_limits<float>::infinity();
            constexpr float none = std::numeric_limits<float>::quiet_NaN();
            client.input()
                .current(3, 1.0F)
                .current(0, 1.0F, {.first = 4})
                .current(0, 1.0F, {.first = 3, .count = 2})
                .current(0, 1.0F, {.count = 0})
                .current(0, 1.0F, {.first = 2, .count = 0xFFFFFFFE})
                .current(0, 1.1e5F)
                .current(0, infinite)
                .current(0, none)
                .send();
            const StatisticsReply told = client.statistics();
            CHECK(counted(told.session, Counter::out_of_range) == 9);
            CHECK(counted(told.server, Counter::out_of_range) == before + 9);
            check_sums(told.session);
            check_sums(told.server);

            const Link::StepInput input = link.begin_step(10);
            CHECK(Neurons(input.spikes.begin(), input.spikes.end()) == Neurons{1, 2});
            REQUIRE(input.currents.size() == 1);
            CHECK(input.currents[0].population == 1);
            CHECK(input.currents[0].first == 1);
            REQUIRE(input.currents[0].currents.size() == 2);
            CHECK(input.currents[0].currents[1] == 4.0F);
            const StatisticsReply after = client.statistics();
            CHECK(counted(after.session, Counter::late) == 2);
            CHECK(counted(after.session, Counter::applied) == 3);
            CHECK(counted(after.session, Counter::accepted) == counted(after.session, Counter::received));
            // A long list goes in several messages.
            client.input(10).spikes(Neurons(3000, 6)).send();
            CHECK(reaches(both.server, Counter::accepted, counted(after.server, Counter::accepted) + 9));
            (void)client.statistics();
            (void)link.begin_step(10);
            CHECK(counted(client.statistics().session, Counter::applied) > 2000);
            (void)link.begin_step(10);
        }
    }

    TEST_CASE("a population without neurons: told, subscribed to, and a current into all of it goes nowhere") {
        NetworkBuilder builder{{.name = "with-nobody"}};
        builder.add_population({.name = "nobody", .size = 0});
        builder.add_population({.name = "somebody", .size = 3});
        Server server(builder.build(), {.udp = UdpEndpoint{}});
        Client client = Client::udp("127.0.0.1", server.udp_port());
        REQUIRE(client.network().populations.size() == 2);
        CHECK(client.network().populations[0].size == 0);
        CHECK(client.network().populations[1].first_neuron == 0);
        client.subscribe({.spikes = {"nobody", "somebody"}, .rates_interval = 1});
        server.link().end_step(1, fired(1, {0, 2}));
        for (int told = 0; told < 2; ++told) {
            const auto event = client.receive(kPatience);
            REQUIRE(event.has_value());
            if (const auto* rates = std::get_if<StepRates>(&*event)) CHECK(rates->spikes == Neurons{0, 2});
            if (const auto* spikes = std::get_if<StepSpikes>(&*event)) CHECK(spikes->neurons == Neurons{0, 2});
        }
        constexpr float none = std::numeric_limits<float>::quiet_NaN();
        client.input(1).current("nobody", 4.0F).current("somebody", 1.0F).send();
        CHECK(counted(client.statistics().session, Counter::out_of_range) == 0);
        client.input(1)
            .current("nobody", none)
            .current("nobody", 1.0F, {.first = 1})
            .current("nobody", 1.0F, {.count = 1})
            .send();
        CHECK(counted(client.statistics().session, Counter::out_of_range) == 3);
        const Link::StepInput input = server.link().begin_step(1);
        CHECK(input.currents.empty());
        REQUIRE(input.populations.size() == 1);
        CHECK(input.populations[0].population == 1);
    }

    TEST_CASE("the currents of a client end with it") {
        Both both;
        Link& link = both.server.link();
        {
            Client client = both.client(false);
            client.input(0).current("a", 3.0F).send();
            (void)client.statistics();
            CHECK(link.begin_step(0).populations.size() == 1);
        }
        CHECK(soon([&] { return both.server.clients() == 0; }));
        const Link::StepInput input = link.begin_step(1);
        REQUIRE(input.populations.size() == 1);
        CHECK(input.populations[0].current == 0.0F);
    }

    TEST_CASE("a client that is silent is forgotten") {
        const Server server(small_network(), {.udp = UdpEndpoint{}, .lease = 100ms});
        Client client = Client::udp("127.0.0.1", server.udp_port());
        CHECK(server.clients() == 1);
        CHECK(soon([&] { return server.clients() == 0; }));
        CHECK_THROWS_AS((void)client.receive(kPatience), ClientError);  // it was told
    }

    TEST_CASE("a client that waits for spikes stays") {
        Server server(small_network(), {.udp = UdpEndpoint{}, .lease = 300ms});
        Client client = Client::udp("127.0.0.1", server.udp_port());
        CHECK_FALSE(client.receive(1200ms).has_value());
        CHECK(server.clients() == 1);
    }

    TEST_CASE("sixteen clients and no more") {
        Both both;
        std::vector<Client> clients;
        for (std::size_t index = 0; index < kMostSessions; ++index) clients.push_back(both.client(index % 2 == 0));
        for (const bool udp : {true, false}) {
            try {
                (void)both.client(udp);
                FAIL("one too many");
            } catch (const ClientError& error) {
                CHECK(std::string(error.what()).find("as many clients as it takes") != std::string::npos);
            }
        }
        clients.pop_back();
        CHECK(soon([&] { return both.server.clients() < kMostSessions; }));
        (void)both.client(true);
    }

    TEST_CASE("lockstep: the engine waits for the word of each client") {
        const auto path = socket_path();
        Server server(small_network(), {.unix_path = path, .lockstep = true, .lockstep_timeout = 1h});
        Link& link = server.link();
        constexpr std::uint64_t steps = 300;
        std::thread engine([&] {
            for (std::uint64_t step = 0; step < steps; ++step) {
                if (!link.wait_for_clients(step, 1h)) return;
                const Link::StepInput input = link.begin_step(step);
                const Neurons forced(input.spikes.begin(), input.spikes.end());
                link.end_step(step + 1, fired(step + 1, forced));
            }
        });
        Client client = Client::unix_socket(path.string());
        CHECK(client.network().lockstep);
        CHECK(client.subscribe({.everyone = true, .lockstep = true}) == 0);
        bool exact = true;
        for (std::uint32_t step = 0; step < steps; ++step) {
            const Neurons neurons{step % 7};
            client.input(step % 2 == 0 ? kNextStep : step).spikes(neurons).go();
            const StepSpikes spikes = next_spikes(client);
            exact = exact && spikes.step == step + 1 && spikes.neurons == neurons;
        }
        CHECK(exact);
        CHECK(counted(server, Counter::go_timeouts) == 0);
        engine.join();
        // A server that waits for nobody says so.
        Both both;
        Client other = both.client(true);
        CHECK_THROWS_AS((void)other.subscribe({.lockstep = true}), ClientError);
    }

    TEST_CASE("the handshake proves an address, and answers are never longer than what asked for them") {
        Both both;
        Stranger stranger(both.server.udp_port());
        Encoder encoder;
        const auto hello = encoder.hello({.type = Type::hello}, {});
        stranger.say(hello);
        const auto challenge = stranger.hear(5000ms);
        REQUIRE(challenge.has_value());
        CHECK(stranger.heard_bytes <= 112);
        const std::uint64_t cookie = std::get<Challenge>(challenge->payload).cookie;

        // Another's cookie, or an invented one: no answer and no session.
        Stranger thief(both.server.udp_port());
        thief.say(encoder.hello({.type = Type::hello}, {.cookie = cookie}));
        thief.say(encoder.hello({.type = Type::hello}, {.cookie = 12345}));
        CHECK(reaches(both.server, Counter::bad_cookie, 2));
        CHECK_FALSE(thief.hear(50ms).has_value());
        CHECK(both.server.clients() == 0);

        stranger.say(encoder.hello({.type = Type::hello}, {.cookie = cookie}));
        const auto welcome = stranger.hear(5000ms);
        REQUIRE(welcome.has_value());
        CHECK(std::get<Welcome>(welcome->payload).network == "small");
        const std::uint64_t session = welcome->header.session;
        CHECK(session != 0);
        // A WELCOME that was lost is sent again: the same session.
        stranger.say(encoder.hello({.type = Type::hello}, {.cookie = cookie}));
        const auto again = stranger.hear(5000ms);
        REQUIRE(again.has_value());
        CHECK(again->header.session == session);
        CHECK(both.server.clients() == 1);

        // Nobody else can use the session, nor its client another's.
        thief.say(encoder.ping({.type = Type::ping, .session = session, .sequence = 1}, 1));
        stranger.say(encoder.ping({.type = Type::ping, .session = session + 1, .sequence = 1}, 1));
        CHECK(reaches(both.server, Counter::no_session, 2));
        CHECK_FALSE(thief.hear(50ms).has_value());

        // A message counts once.
        for (const std::uint32_t sequence : {1U, 2U, 2U, 100U, 99U, 99U, 1U, 36U, 37U})
            stranger.say(encoder.ping({.type = Type::ping, .session = session, .sequence = sequence}, sequence));
        CHECK(reaches(both.server, Counter::repeated, 4));
        std::vector<std::uint64_t> answered;
        while (const auto pong = stranger.hear(50ms)) answered.push_back(std::get<Pong>(pong->payload).payload);
        CHECK(answered == std::vector<std::uint64_t>{1, 2, 100, 99, 37});

        // A client that begins anew at the same address gets a new session.
        stranger.say(encoder.hello({.type = Type::hello}, {.cookie = cookie}));
        const auto renewed = stranger.hear(5000ms);
        REQUIRE(renewed.has_value());
        CHECK(renewed->header.session != session);
        CHECK(both.server.clients() == 1);
    }

    TEST_CASE("a token, where there is one, must be told") {
        const Server server(small_network(), {.udp = UdpEndpoint{}, .token = "0123456789abcdef"});
        (void)Client::udp("127.0.0.1", server.udp_port(), {.token = "0123456789abcdef"});
        for (const char* const token : {"", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef0"}) {
            CAPTURE(std::string(token));
            try {
                (void)Client::udp("127.0.0.1", server.udp_port(), {.token = token});
                FAIL("let in");
            } catch (const ClientError& error) { CHECK(std::string(error.what()).find("token") != std::string::npos); }
        }
        CHECK(counted(server, Counter::refused) == 4);
    }

    TEST_CASE("hostile messages are counted, and others are served meanwhile") {
        Both both;
        Client client = both.client(true);
        client.subscribe({.spikes = {"a"}});
        Stranger stranger(both.server.udp_port());
        Encoder encoder;
        std::mt19937 draw(7);
        std::vector<std::byte> noise;
        const std::uint64_t received = counted(both.server, Counter::received);
        constexpr int turns = 2000;
        for (int turn = 0; turn < turns; ++turn) {
            noise.resize(draw() % 1400);
            for (std::byte& byte : noise) byte = static_cast<std::byte>(draw());
            if (turn % 3 == 0 && noise.size() >= kHeaderBytes) {
                const auto ping = encoder.ping({.type = Type::ping, .session = draw()}, 1);
                std::copy_n(ping.begin(), 20, noise.begin());
            }
            stranger.say(noise);
            // So that none is dropped by the system, which would count nothing.
            if (turn % 50 == 49)
                REQUIRE(
                    soon([&] { return counted(both.server, Counter::received) >= received + std::uint64_t(turn); }));
        }
        noise.assign(kLargestMessage + 1, std::byte{0});
        stranger.say(noise);
        stranger.say({});
        auto other = encoder.ping({.type = Type::ping}, 1);
        noise.assign(other.begin(), other.end());
        noise[4] = std::byte{9};
        stranger.say(noise);
        // What only a server may say
        stranger.say(encoder.challenge({.type = Type::challenge}, {1}));
        CHECK(reaches(both.server, Counter::received, received + turns + 4));
        CHECK_FALSE(stranger.hear(50ms).has_value());  // no word to a stranger who does not say HELLO
        CHECK(counted(both.server, Counter::oversized) == 1);
        CHECK(counted(both.server, Counter::version) == 1);
        CHECK(counted(both.server, Counter::malformed) > turns / 2);
        both.server.link().end_step(1, fired(1, {2}));
        CHECK(next_spikes(client).neurons == Neurons{2});
        const StatisticsReply told = client.statistics();
        check_sums(told.server);
        check_sums(told.session);
        CHECK(counted(told.session, Counter::malformed) == 0);
    }

    TEST_CASE("a client that does not read loses messages, and nobody waits for it") {
        Both both;
        Client slow = both.client(false), quick = both.client(false);
        slow.subscribe({.everyone = true});
        quick.subscribe({.spikes = {"a"}});
        Neurons all(5000);
        for (std::uint32_t neuron = 0; neuron < all.size(); ++neuron) all[neuron] = neuron;
        for (std::uint64_t step = 1; step <= 2000; ++step) {
            both.server.link().end_step(step, fired(step, all));
            CHECK_MESSAGE(next_spikes(quick).step == step, step);
        }
        CHECK(counted(both.server, Counter::not_sent) > 0);
        CHECK(counted(both.server, Counter::steps_lost) == 0);
        // It sees by the numbers what it has missed.
        const std::uint64_t missed = counted(slow.statistics().session, Counter::not_sent);
        CHECK(missed > 0);
        CHECK(slow.lost() > 0);
    }

    TEST_CASE("what cannot be served is refused with what is allowed") {
        const auto refused = [](const ServerOptions& options) {
            try {
                const Server server(small_network(), options);
            } catch (const Error& error) { return std::string(error.what()); }
            return std::string("served");
        };
        CHECK(refused({.udp = UdpEndpoint{.address = "0.0.0.0"}}).find("token") != std::string::npos);
        CHECK(refused({.udp = UdpEndpoint{.address = "::"}}).find("token") != std::string::npos);
        CHECK(refused({.udp = UdpEndpoint{.address = "0.0.0.0"}, .token = "0123456789abcdef"}) == "served");
        CHECK(refused({.udp = UdpEndpoint{.address = "127.9.9.9"}}) == "served");
        CHECK(refused({.udp = UdpEndpoint{}, .token = "short"}).find("16 to 64") != std::string::npos);
        CHECK(refused({.udp = UdpEndpoint{.address = "localhost"}}).find("numeric") != std::string::npos);
        CHECK(refused({.udp = UdpEndpoint{}, .lease = 50ms}).find("100 to 60000") != std::string::npos);
        CHECK(refused({.unix_path = std::string(200, 'x')}).find("1 to 107") != std::string::npos);
        CHECK(refused({.unix_path = "/nonexistent/socket"}).find("folder that exists") != std::string::npos);
        {
            const Server server(small_network(), {.udp = UdpEndpoint{}});
            CHECK(refused({.udp = UdpEndpoint{.port = server.udp_port()}}).find("a free port") != std::string::npos);
        }

        // A socket file: for its owner only, gone afterwards; not where a program listens, nor over a file.
        const auto path = socket_path();
        {
            const Server server(small_network(), {.unix_path = path});
            struct stat there {};
            REQUIRE(::lstat(path.c_str(), &there) == 0);
            CHECK((there.st_mode & 0777U) == 0600U);
            CHECK(refused({.unix_path = path}).find("a program listens") != std::string::npos);
            (void)Client::unix_socket(path.string());
        }
        CHECK_FALSE(std::filesystem::exists(path));
        std::ofstream(path) << "precious";
        CHECK(refused({.unix_path = path}).find("no socket") != std::string::npos);
        CHECK(std::filesystem::file_size(path) == 8);
        std::filesystem::remove(path);
        // One that a killed program left behind is replaced.
        Server* const lost = new Server(small_network(), {.unix_path = path});
        std::filesystem::rename(path, path.string() + ".kept");
        delete lost;
        std::filesystem::rename(path.string() + ".kept", path);
        CHECK(refused({.unix_path = path}) == "served");
    }
}

TEST_SUITE("wire server") {
    TEST_CASE(
        "in the loop of a network: what is sent acts in its step, and the run is that of the same interventions") {
        NetworkBuilder builder{{.name = "loop", .seed = 5}};
        const auto sense = builder.add_population({.name = "sense", .size = 20, .noise_stddev = 1.0});
        const auto act = builder.add_population({.name = "act", .size = 10});
        builder.connect(sense, act, {.rule = all_to_all(), .weight = 4.0});
        const Network network = builder.build();
        constexpr std::uint64_t steps = 200;

        const auto path = socket_path();
        Simulation served(network);
        {
            Server server(network, {.unix_path = path, .lockstep = true, .lockstep_timeout = 1h});
            std::thread engine([&] {
                for (std::uint64_t step = 0; step < steps; ++step) {
                    server.before_step(step, served);
                    server.after_step(step + 1, served.step());
                }
            });
            Client client = Client::unix_socket(path.string());
            client.subscribe({.spikes = {"act"}, .lockstep = true});
            std::uint64_t seen = 0;
            for (std::uint64_t step = 0; step < steps; ++step) {
                if (step == 10) client.input().current("sense", 12.0F, {.hold = 50}).send();
                if (step == 20) client.input().current("act", 3.0F, {.first = 2, .count = 5}).send();
                if (step == 30) client.input(120).spikes(Neurons{0, 19, 29}).send();
                client.input().go();
                seen += next_spikes(client).neurons.size();
            }
            engine.join();
            CHECK(seen == served.spike_count(act));
            CHECK(seen > 10);
        }

        Simulation alone(network);
        for (std::uint64_t step = 0; step < steps; ++step) {
            if (step == 10) alone.apply(PopulationCurrent{sense, 12.0});
            if (step == 60) alone.apply(PopulationCurrent{sense, 0.0});
            if (step == 20) alone.apply(NeuronCurrents{act, 2, std::vector<float>(5, 3.0F)});
            if (step == 120) alone.apply(izhi::ForcedSpikes{everyone, {0, 19, 29}});
            alone.step();
        }
        CHECK(alone.spike_hash() == served.spike_hash());
        CHECK(alone.state_hash() == served.state_hash());
    }

    TEST_CASE("another run sends the clients of the last away, and no word of theirs counts in it") {
        const Network network = small_network();
        const auto path = socket_path();
        Server server(network, {.unix_path = path, .lockstep = true, .lockstep_timeout = 1h});
        Client old = Client::unix_socket(path.string());
        old.subscribe({.lockstep = true});
        old.input(100).go();  // as far ahead as may be
        Simulation first(network);
        for (std::uint64_t step = 0; step < 3; ++step) {
            server.before_step(step, first);
            server.after_step(step + 1, first.step());
        }
        Simulation second(small_network(78));
        std::atomic<std::uint64_t> begun = 0;
        std::thread engine([&] {
            for (std::uint64_t step = 0; step < 2; ++step) {
                server.before_step(step, second);
                ++begun;
                server.after_step(step + 1, second.step());
            }
        });
        std::string why;
        try {
            while (old.receive(kPatience)) {}
        } catch (const ClientError& error) { why = error.what(); }
        CHECK(why.find("begins anew") != std::string::npos);
        Client newcomer = Client::unix_socket(path.string());
        CHECK(newcomer.network().seed == 78);
        newcomer.subscribe({.lockstep = true});
        CHECK(begun.load() == 0);
        newcomer.input().go();  // for the next step, which is the first and no later one
        CHECK(next_spikes(newcomer).step == 1);
        CHECK_FALSE(newcomer.receive(50ms).has_value());
        newcomer.input().go();
        CHECK(next_spikes(newcomer).step == 2);
        engine.join();
    }

    TEST_CASE("a run that fails sends its clients away, lockstep or not, and newcomers until another begins") {
        const Network network = small_network();
        const auto path = socket_path();
        Server server(network, {.udp = UdpEndpoint{}, .unix_path = path, .lockstep = true, .lockstep_timeout = 1h});
        const auto newcomer = [&] { return Client::udp("127.0.0.1", server.udp_port()); };
        const auto word = [](const auto& speak) -> std::string {
            try {
                speak();
            } catch (const ClientError& error) { return error.what(); }
            return {};
        };
        Client lockstep = Client::unix_socket(path.string()), watching = newcomer();
        lockstep.subscribe({.everyone = true, .lockstep = true});
        watching.subscribe({.everyone = true});
        lockstep.input().go();
        Simulation first(network);
        server.before_step(0, first);
        server.after_step(1, first.step());
        server.run_failed(RunError("neuron 0 of population.a left the range"));
        for (Client* client : {&lockstep, &watching}) {
            CHECK(next_spikes(*client).step == 1);  // every step that was done is told first
            CHECK(word([&] { (void)client->receive(kPatience); }).find("left the range") != std::string::npos);
        }
        CHECK(word(newcomer).find("left the range") != std::string::npos);
        Simulation second(small_network(78));
        std::thread engine([&] { server.before_step(0, second); });
        Client again = [&] {
            for (;;) try {
                    return newcomer();
                } catch (const ClientError&) { std::this_thread::sleep_for(1ms); }
        }();
        CHECK(again.network().seed == 78);
        again.subscribe({.lockstep = true});
        again.input().go();
        engine.join();
    }

    TEST_CASE("beside a paced run: every step is seen, and what is sent acts") {
        const Network network = small_network();
        Simulation simulation(network);
        Server server(network, {.udp = UdpEndpoint{}});
        Client client = Client::udp("127.0.0.1", server.udp_port());
        client.subscribe({.everyone = true});
        std::thread engine([&] { RealtimeRunner(simulation, {.speed = 10.0}).run(1200, &server); });
        const Neurons one{3};
        std::uint64_t forced = 0, steps = 0;
        while (const auto event = client.receive(steps < 1200 ? kPatience : 0s)) {
            const auto& spikes = std::get<StepSpikes>(*event);
            CHECK(spikes.step == ++steps);
            forced += static_cast<std::uint64_t>(std::count(spikes.neurons.begin(), spikes.neurons.end(), 3U));
            if (steps % 100 == 0 && steps < 1200) client.input().spikes(one).send();
        }
        engine.join();
        CHECK(steps == 1200);
        CHECK(forced > 0);
    }
}
