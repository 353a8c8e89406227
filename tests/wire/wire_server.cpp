// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The server of engine/wire/ and its C++ client: what a client is sent.
#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/wire/served.hpp"

using namespace izhi;
using namespace izhi::wire;
using namespace izhi::wire::test;
using namespace std::chrono_literals;

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
}

TEST_SUITE("wire server") {
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
