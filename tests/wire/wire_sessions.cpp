// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The server of engine/wire/ and its C++ client: who may be a client, how long, and what is refused.
#include <sys/stat.h>
#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "izhi/error.hpp"
#include "tests/wire/served.hpp"

using namespace izhi;
using namespace izhi::wire;
using namespace izhi::wire::test;
using namespace std::chrono_literals;

TEST_SUITE("threads wire server") {
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
                CHECK(std::string(error.what()).find("as many clients as it accepts") != std::string::npos);
            }
        }
        clients.pop_back();
        CHECK(soon([&] { return both.server.clients() < kMostSessions; }));
        (void)both.client(true);
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
        CHECK(refused({.unix_path = path}).find("not a socket") != std::string::npos);
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
        CHECK(why.find("network restarts") != std::string::npos);
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

    TEST_CASE("a run that fails just before the server ends: its clients hear of the failure") {
        for (int turn = 0; turn < 30; ++turn) {
            const auto path = socket_path();
            std::optional<Server> server;
            server.emplace(small_network(), ServerOptions{.unix_path = path});
            Client client = Client::unix_socket(path.string());
            server->run_failed(RunError("neuron 0 of population.a left the range"));
            server.reset();
            std::string why;
            try {
                while (client.receive(kPatience)) {}
            } catch (const ClientError& error) { why = error.what(); }
            CHECK_MESSAGE(why.find("left the range") != std::string::npos, why);
        }
    }
}
