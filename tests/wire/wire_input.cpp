// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The server of engine/wire/ and its C++ client: what clients send into the network.
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
}
