// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The server of engine/wire/ and its C++ client: what clients send into the network.
#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/wire/served.hpp"

using namespace izhi;
using namespace izhi::wire;
using namespace izhi::wire::test;
using namespace std::chrono_literals;

namespace {

/// Poisson sources eye (1000) that are silent, and nobody (0); neurons cells (100); given trains (2). Steps of 0.5 ms.
Network sources_network() {
    NetworkBuilder builder{{.name = "seeing", .seed = 5, .dt_ms = 0.5}};
    const auto eye = builder.add_population({.name = "eye", .size = 1000, .source = PoissonSource{.rate_hz = 0.0}});
    const auto cells = builder.add_population({.name = "cells", .size = 100, .noise_stddev = 3.0});
    builder.add_population({.name = "trains", .size = 2, .source = SpikeTrains{{{1.0, 0}}}});
    builder.add_population({.name = "nobody", .size = 0, .source = PoissonSource{.rate_hz = 1.0}});
    builder.connect(eye, cells, {.rule = fixed_outdegree(20), .weight = 2.0});
    return builder.build();
}

}  // namespace

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

    TEST_CASE("rates reach the sources that they are for, and currents no sources; what cannot be is counted") {
        const Network network = sources_network();
        Server server(network, {.udp = UdpEndpoint{}});
        Link& link = server.link();
        Client client = Client::udp("127.0.0.1", server.udp_port());
        const auto told = [&](Counter counter) { return counted(client.statistics().session, counter); };
        const std::vector<float> three{5.0F, 0.0F, 2000.0F};  // 1000 / dt is allowed
        client.input(3).rates("eye", 40.0F, {.first = 998, .hold = 2}).rates(0, three, {.first = 1}).send();
        client.input(3).rates("nobody", 1.0F).rates("eye", std::vector<float>{}).send();
        CHECK(told(Counter::out_of_range) == 0);
        Link::StepInput input = link.begin_step(3);
        REQUIRE(input.rates.size() == 1);
        CHECK(input.rates[0].population == 0);
        CHECK(input.rates[0].first == 1);
        REQUIRE(input.rates[0].rates_hz.size() == 999);
        const auto of = [&](std::size_t neuron) { return input.rates[0].rates_hz[neuron - 1]; };
        CHECK(std::vector<float>{of(1), of(2), of(3), of(4), of(997), of(998), of(999)} ==
              std::vector<float>{5.0F, 0.0F, 2000.0F, -1.0F, -1.0F, 40.0F, 40.0F});
        CHECK(told(Counter::applied) == 4);
        CHECK(link.begin_step(4).rates.empty());
        input = link.begin_step(5);
        REQUIRE(input.rates.size() == 1);
        CHECK(input.rates[0].first == 998);

        // A list that is longer than a message goes in several, each with its own neurons.
        std::vector<float> all(1000);
        for (std::size_t index = 0; index < all.size(); ++index) all[index] = static_cast<float>(index) / 4.0F;
        client.input(6).rates("eye", all).send();
        CHECK(told(Counter::out_of_range) == 0);
        input = link.begin_step(6);
        REQUIRE(input.rates.size() == 1);
        CHECK(std::vector<float>(input.rates[0].rates_hz.begin(), input.rates[0].rates_hz.end()) == all);
        CHECK_THROWS_AS(client.input().rates("ear", 1.0F), ClientError);
        CHECK_THROWS_AS(client.input().rates("eye", three, {.count = 4}), ClientError);

        constexpr float infinite = std::numeric_limits<float>::infinity();
        constexpr float none = std::numeric_limits<float>::quiet_NaN();
        client.input()
            .rates(9, 1.0F)
            .rates("cells", 1.0F)
            .rates("trains", 1.0F)
            .rates("eye", 1.0F, {.first = 1000})
            .rates("eye", 1.0F, {.first = 999, .count = 2})
            .rates("eye", 1.0F, {.count = 0})
            .rates("nobody", 1.0F, {.count = 1})
            .rates("nobody", -1.0F)
            .rates("eye", none)
            .rates("eye", infinite)
            .rates("eye", -1.0F)
            .rates("eye", 2000.1F)
            .rates("eye", three, {.first = 998})  // three
            .current("eye", 1.0F)
            .current("trains", 1.0F)
            .current("eye", 1.0F, {.first = 3, .count = 1})
            .current("nobody", 1.0F)
            .send();
        CHECK(told(Counter::out_of_range) == 19);
        CHECK(link.begin_step(7).rates.empty());
        // Of a list, the others act.
        client.input().rates("eye", std::vector{1.0F, none, 3.0F}).send();
        CHECK(told(Counter::out_of_range) == 20);
        input = link.begin_step(8);
        REQUIRE(input.rates.size() == 1);
        CHECK(std::vector<float>(input.rates[0].rates_hz.begin(), input.rates[0].rates_hz.end()) ==
              std::vector<float>{1.0F, 0.25F, 3.0F});
        check_sums(client.statistics().session);
    }

    TEST_CASE("rates, lists that do not fit their neurons, as another client may send them") {
        const Network network = sources_network();
        Server server(network, {.udp = UdpEndpoint{}});
        Stranger stranger(server.udp_port());
        Encoder encoder;
        stranger.say(encoder.hello({.type = Type::hello}, {}));
        const auto challenge = stranger.hear(20s);
        REQUIRE(challenge.has_value());
        stranger.say(encoder.hello({.type = Type::hello}, {.cookie = std::get<Challenge>(challenge->payload).cookie}));
        const auto welcome = stranger.hear(20s);
        REQUIRE(welcome.has_value());
        encoder.begin_input({.type = Type::input, .session = welcome->header.session, .sequence = 1, .step = 0});
        const std::vector<float> three{1.0F, 2.0F, 3.0F};
        CHECK(encoder.add_rates({.first = 0, .count = 2}, three));
        CHECK(encoder.add_rates({.first = 0}, three));
        CHECK(encoder.add_rates({.population = 3}, three));
        CHECK(encoder.add_rates({.first = 997}, three));
        stranger.say(encoder.finish_input());
        stranger.say(encoder.ping({.type = Type::ping, .session = welcome->header.session, .sequence = 2}, 1));
        CHECK(stranger.hear(20s).has_value());
        const Link::StepInput input = server.link().begin_step(0);
        REQUIRE(input.rates.size() == 1);
        CHECK(input.rates[0].first == 997);
        CHECK(counted(server, Counter::applied) == 3);
        CHECK(counted(server, Counter::out_of_range) == 9);
    }

    TEST_CASE("rates in a run: in their step, with hold and without, until the client leaves; logged and replayed") {
        const Network network = sources_network();
        constexpr std::uint64_t steps = 400;
        std::vector<LoggedIntervention> log;
        Simulation simulation(network, {.on_intervention = [&](std::uint64_t step, const Intervention& what) {
                                  log.push_back({step, what});
                              }});
        Server server(network, {.udp = UdpEndpoint{}});
        std::vector<std::size_t> counts(steps);  // of the last ten sources in each step
        struct Count final : Observer {
            explicit Count(std::vector<std::size_t>& of) : counts(of) {}
            void spikes(std::span<const Spike> fired) override {
                for (const Spike& spike : fired)
                    if (spike.neuron >= 990 && spike.neuron < 1000) ++counts[spike.step - 1];
            }
            std::vector<std::size_t>& counts;
        };
        auto client = std::make_unique<Client>(Client::udp("127.0.0.1", server.udp_port()));
        const std::vector<float> ten(10, 2000.0F);  // a spike in each step
        client->input(50).rates("eye", ten, {.first = 990, .hold = 20}).send();
        client->input(100).rates("eye", 2000.0F, {.first = 995}).current("eye", 3.0F).current("cells", 3.0F).send();
        client->input(300).rates("eye", 2000.0F).send();
        CHECK(counted(client->statistics().session, Counter::out_of_range) == 1);
        Count count(counts);
        for (std::uint64_t step = 0; step < steps; ++step) {
            if (step == 200) {
                client.reset();
                CHECK(soon([&] { return server.clients() == 0; }));
            }
            server.before_step(step, simulation);
            simulation.run(1, &count);
            server.after_step(step + 1, {});
        }
        for (std::uint64_t step = 0; step < steps; ++step) {
            CAPTURE(step);
            const std::size_t expected = step >= 50 && step < 70 ? 10 : step >= 100 && step < 200 ? 5 : 0;
            CHECK(counts[step] == expected);
        }

        // 50: ten rates; 70: as described; 100: five, and the current; 200: the end of both.
        std::vector<std::uint64_t> times;
        for (const LoggedIntervention& one : log) times.push_back(one.step);
        CHECK(times == std::vector<std::uint64_t>{50, 70, 100, 100, 200, 200});
        Simulation again(network);
        auto next = log.begin();
        for (std::uint64_t step = 0; step < steps; ++step) {
            for (; next != log.end() && next->step == step; ++next) again.apply(next->what);
            again.run(1);
        }
        CHECK(again.spike_hash() == simulation.spike_hash());
        CHECK(again.state_hash() == simulation.state_hash());
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
