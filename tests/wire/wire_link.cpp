// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// What lies between the thread that steps and the thread that serves: rings, what is due when, what is dropped.
#include <algorithm>
#include <array>
#include <numeric>
#include <thread>

#include <doctest/doctest.h>

#include "engine/wire/link.hpp"

namespace {

using namespace izhi;
using namespace izhi::wire;
using Kind = Command::Kind;

/// Populations a (4 neurons), b (3) and c (5).
Network three_populations() {
    NetworkBuilder builder{{.name = "three"}};
    builder.add_population({.name = "a", .size = 4});
    builder.add_population({.name = "b", .size = 3});
    builder.add_population({.name = "c", .size = 5});
    return builder.build();
}

Command current(std::uint64_t step, std::uint32_t population, std::uint32_t first, std::uint32_t count, float amplitude,
                std::uint32_t hold = 0, std::uint8_t slot = 0, std::uint32_t serial = 1) {
    return {Kind::current, slot, serial, step, population, first, count, amplitude, hold};
}
Command spike(std::uint64_t step, std::uint32_t neuron, std::uint8_t slot = 0, std::uint32_t serial = 1) {
    return {.kind = Kind::spike, .slot = slot, .serial = serial, .step = step, .first = neuron};
}
bool push(Link& link, std::vector<Command> commands) { return link.push(commands); }

/// The currents of all 12 neurons, as somebody has them who listens to the changes.
class Neurons {
public:
    explicit Neurons(Link& link) : link_(link) {}
    const std::vector<float>& after(std::uint64_t step) {
        const Link::StepInput input = link_.begin_step(step);
        changes = input.currents.size() + input.populations.size();
        if (step < next_step_) values_.assign(12, 0.0F), whole_.fill(0.0F);
        next_step_ = step + 1;
        for (const Link::PopulationChange& change : input.populations) whole_[change.population] = change.current;
        for (const Link::CurrentChange& change : input.currents)
            std::copy(change.currents.begin(), change.currents.end(),
                      values_.begin() + static_cast<std::ptrdiff_t>(
                                            std::array<std::uint32_t, 3>{0, 4, 7}[change.population] + change.first));
        spikes.assign(input.spikes.begin(), input.spikes.end());
        both_ = values_;
        for (std::size_t neuron = 0; neuron < 12; ++neuron)
            both_[neuron] += whole_[neuron < 4 ? 0 : neuron < 7 ? 1 : 2];
        return both_;
    }
    std::vector<std::uint32_t> spikes;
    std::size_t changes = 0;

private:
    Link& link_;
    std::vector<float> values_ = std::vector<float>(12), both_;
    std::array<float, 3> whole_{};
    std::uint64_t next_step_ = 0;
};

using Currents = std::vector<float>;

/// Sources a (4 neurons) and c (3), between them neurons b (2).
Network two_of_sources() {
    NetworkBuilder builder{{.name = "sources"}};
    builder.add_population({.name = "a", .size = 4, .source = PoissonSource{.rate_hz = 10.0}});
    builder.add_population({.name = "b", .size = 2});
    builder.add_population({.name = "c", .size = 3, .source = PoissonSource{.rate_hz = 20.0}});
    return builder.build();
}
Command rate(std::uint64_t step, std::uint32_t population, std::uint32_t first, std::uint32_t count, float rate_hz,
             std::uint32_t hold = 0, std::uint8_t slot = 0, std::uint32_t serial = 1) {
    return {Kind::rate, slot, serial, step, population, first, count, rate_hz, hold};
}
Command close(std::uint8_t slot, std::uint32_t serial) { return {.kind = Kind::close, .slot = slot, .serial = serial}; }

/// The rates of the 4 + 3 sources, as somebody has them who listens to the changes; -1: as described.
class SourceRatesSeen {
public:
    explicit SourceRatesSeen(Link& link) : link_(link) {}
    const std::vector<float>& after(std::uint64_t step) {
        if (step < next_step_) values_.assign(7, kRateAsDescribed);
        next_step_ = step + 1;
        const auto changed = link_.begin_step(step).rates;
        changes = changed.size();
        neurons = 0;
        for (const HeldRates::Change& change : changed) {
            neurons += change.rates_hz.size();
            CHECK(change.population != 1);
            std::copy(change.rates_hz.begin(), change.rates_hz.end(),
                      values_.begin() + (change.population == 0 ? 0 : 4) + static_cast<std::ptrdiff_t>(change.first));
        }
        return values_;
    }
    std::size_t changes = 0, neurons = 0;  ///< in the last step

private:
    Link& link_;
    std::vector<float> values_ = std::vector<float>(7, kRateAsDescribed);
    std::uint64_t next_step_ = 0;
};

}  // namespace

TEST_SUITE("threads wire link") {
    TEST_CASE("currents act in their step, are replaced, held and summed") {
        Link link(three_populations());
        Neurons neurons(link);
        CHECK(push(link, {current(2, 0, 1, 2, 5.0F), current(kNextStep, 1, 0, 3, 1.0F, 2)}));
        CHECK(neurons.after(0) == Currents{0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0});
        CHECK(neurons.after(1) == Currents{0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0});
        CHECK(neurons.changes == 0);
        CHECK(neurons.after(2) == Currents{0, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        // The same range: replaced. Another: added. Another client's: added.
        CHECK(
            push(link, {current(3, 0, 1, 2, 7.0F), current(3, 0, 0, 4, 1.0F, 1), current(3, 2, 4, 1, -2.0F, 0, 3, 9)}));
        CHECK(neurons.after(3) == Currents{1, 8, 8, 1, 0, 0, 0, 0, 0, 0, 0, -2});
        CHECK(neurons.after(4) == Currents{0, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0, -2});
        CHECK(push(link, {current(kNextStep, 0, 1, 2, 7.0F)}));
        CHECK(neurons.after(5) == Currents{0, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0, -2});
        CHECK(neurons.changes == 0);
        // What a client had ends with it; what it sent ahead too.
        CHECK(push(link, {current(7, 0, 0, 1, 3.0F), {.kind = Kind::close, .slot = 0, .serial = 1}}));
        CHECK(neurons.after(6) == Currents{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -2});
        CHECK(neurons.after(7) == Currents{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -2});
        // A slot's next client begins with nothing, even if the goodbye of the last was lost.
        CHECK(push(link, {{.kind = Kind::open, .slot = 3, .serial = 10}}));
        CHECK(neurons.after(8) == Currents(12));
        CHECK(push(link, {current(9, 0, 0, 1, 9e4F), current(9, 0, 0, 2, 9e4F)}));
        CHECK(neurons.after(9) == Currents{1e5F, 9e4F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    }

    TEST_CASE("rates act in their step, are replaced neuron by neuron, and end") {
        Link link(two_of_sources());
        SourceRatesSeen rates(link);
        CHECK(push(link, {rate(2, 0, 1, 2, 50.0F), rate(kNextStep, 2, 0, 3, 5.0F, 2), rate(0, 2, 1, 1, 0.0F, 3)}));
        CHECK(rates.after(0) == Currents{-1, -1, -1, -1, 5, 0, 5});
        CHECK(rates.changes == 1);
        CHECK(rates.after(1) == Currents{-1, -1, -1, -1, 5, 0, 5});
        CHECK(rates.changes == 0);
        CHECK(rates.after(2) == Currents{-1, 50, 50, -1, -1, 0, -1});
        // The last one counts, also that of another client and for another range.
        CHECK(push(link, {rate(3, 0, 2, 2, 60.0F, 2, 5, 9), rate(4, 0, 3, 1, 70.0F)}));
        CHECK(rates.after(3) == Currents{-1, 50, 60, 60, -1, -1, -1});
        CHECK(rates.after(4) == Currents{-1, 50, 60, 70, -1, -1, -1});
        CHECK(rates.after(5) == Currents{-1, 50, -1, 70, -1, -1, -1});
        // The same rate again only lasts longer.
        CHECK(push(link, {rate(kNextStep, 0, 1, 1, 50.0F, 2)}));
        CHECK(rates.after(6) == Currents{-1, 50, -1, 70, -1, -1, -1});
        CHECK(rates.changes == 0);
        CHECK(push(link, {rate(kNextStep, 0, 1, 1, 50.0F, 2)}));
        CHECK(rates.after(7) == Currents{-1, 50, -1, 70, -1, -1, -1});
        CHECK(rates.after(8) == Currents{-1, 50, -1, 70, -1, -1, -1});
        CHECK(rates.changes == 0);
        CHECK(rates.after(9) == Currents{-1, -1, -1, 70, -1, -1, -1});
        // After steps that were done without the link, too.
        CHECK(push(link, {rate(10, 0, 0, 1, 30.0F, 5)}));
        CHECK(rates.after(10) == Currents{30, -1, -1, 70, -1, -1, -1});
        CHECK(rates.after(40) == Currents{-1, -1, -1, 70, -1, -1, -1});
        CHECK(link.counted(Counter::applied) == 8);
        CHECK(link.counted(Counter::late) == 0);
    }

    TEST_CASE("the rates of a client end with its session, and those of another run with that run") {
        Link link(two_of_sources());
        SourceRatesSeen rates(link);
        CHECK(push(link, {rate(0, 0, 0, 4, 50.0F), rate(0, 2, 0, 3, 60.0F, 0, 1, 7), rate(0, 0, 3, 1, 70.0F, 0, 1, 7),
                          rate(2, 0, 0, 1, 80.0F)}));
        CHECK(rates.after(0) == Currents{50, 50, 50, 70, 60, 60, 60});
        // What it sent ahead does not act, and what another has set since then remains.
        CHECK(push(link, {close(0, 1)}));
        CHECK(rates.after(1) == Currents{-1, -1, -1, 70, 60, 60, 60});
        CHECK(rates.after(2) == Currents{-1, -1, -1, 70, 60, 60, 60});
        // A slot's next client begins with nothing, even if the goodbye of the last was lost, and it may come at once.
        CHECK(push(link, {{.kind = Kind::open, .slot = 1, .serial = 8}, rate(3, 2, 1, 1, 65.0F, 0, 1, 8)}));
        CHECK(rates.after(3) == Currents{-1, -1, -1, -1, -1, 65, -1});
        // Set and gone in the same step
        CHECK(push(link, {rate(4, 0, 0, 4, 50.0F, 0, 2, 9), close(2, 9)}));
        CHECK(rates.after(4) == Currents{-1, -1, -1, -1, -1, 65, -1});
        // Another run
        CHECK(push(link, {rate(5, 0, 3, 1, 50.0F, 10, 1, 8), rate(5, 2, 2, 1, 50.0F, 5, 1, 8)}));
        CHECK(rates.after(5) == Currents{-1, -1, -1, 50, -1, 65, 50});
        CHECK(push(link, {rate(6, 0, 0, 2, 50.0F, 0, 1, 8), rate(0, 0, 1, 1, 55.0F, 12, 1, 8)}));
        CHECK(rates.after(0) == Currents{-1, 55, -1, -1, -1, -1, -1});
        CHECK(rates.after(6) == Currents{50, 50, -1, -1, -1, -1, -1});
        // The rate that another run had acts if it is set, and does not end when it would have ended there.
        CHECK(push(link, {rate(7, 2, 1, 1, 65.0F, 0, 1, 8)}));
        CHECK(rates.after(7) == Currents{50, 50, -1, -1, -1, 65, -1});
        CHECK(rates.after(10) == Currents{50, 50, -1, -1, -1, 65, -1});
        CHECK(rates.changes == 0);
        CHECK(push(link, {rate(15, 0, 1, 1, 60.0F, 1, 1, 8)}));
        CHECK(rates.after(15) == Currents{50, 60, -1, -1, -1, 65, -1});
        CHECK(rates.neurons == 1);
        CHECK(rates.after(16) == Currents{50, -1, -1, -1, -1, 65, -1});
        CHECK(rates.neurons == 1);
    }

    TEST_CASE("a client has only so many rates for several neurons in a step") {
        Link link(two_of_sources());
        SourceRatesSeen rates(link);
        std::vector<Command> commands(kRateRangesPerStep + 2, rate(0, 0, 0, 4, 5.0F));
        commands.back() = rate(0, 0, 0, 3, 6.0F);
        commands.push_back(rate(0, 0, 3, 1, 7.0F));           // one neuron
        commands.push_back(rate(0, 2, 0, 3, 8.0F, 0, 3, 4));  // another client
        CHECK(push(link, commands));
        CHECK(rates.after(0) == Currents{5, 5, 5, 7, 8, 8, 8});
        CHECK(link.counted(Counter::no_room) == 2);
        CHECK(link.counted(Counter::applied) == kRateRangesPerStep + 2);
        CHECK(push(link, {rate(1, 0, 0, 3, 6.0F)}));
        CHECK(rates.after(1) == Currents{6, 6, 6, 7, 8, 8, 8});
    }

    TEST_CASE("another run begins without what was given for the last") {
        Link link(three_populations());
        Neurons neurons(link);
        CHECK(
            push(link, {current(5, 0, 0, 4, 1.0F), current(5, 1, 0, 1, 2.0F), spike(7, 3), current(7, 2, 0, 1, 1.0F)}));
        CHECK(neurons.after(5) == Currents{1, 1, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0});
        CHECK(push(link, {current(0, 0, 1, 1, 4.0F)}));
        CHECK(neurons.after(0) == Currents{0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        CHECK(neurons.after(7) == Currents{0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        CHECK(neurons.spikes.empty());
        CHECK(link.counted(Counter::late) == 2);
    }

    TEST_CASE("spikes act in their step, each once") {
        Link link(three_populations());
        Neurons neurons(link);
        CHECK(push(link, {spike(1, 7), spike(kNextStep, 3), spike(0, 2), spike(0, 3)}));
        neurons.after(0);
        CHECK(neurons.spikes == std::vector<std::uint32_t>{2, 3});
        neurons.after(1);
        CHECK(neurons.spikes == std::vector<std::uint32_t>{7});
        neurons.after(2);
        CHECK(neurons.spikes.empty());
        CHECK(link.counted(Counter::applied) == 4);
    }

    TEST_CASE("late, early and too much is dropped and counted, for the session and in all") {
        Link link(three_populations());
        Neurons neurons(link);
        CHECK(push(link, {{.kind = Kind::open, .slot = 2, .serial = 5},
                          spike(9, 1, 2, 5),
                          spike(10, 1, 2, 5),
                          spike(10 + kHorizonSteps, 1, 2, 5),
                          spike(11 + kHorizonSteps, 1, 2, 5)}));
        neurons.after(10);
        CHECK(neurons.spikes == std::vector<std::uint32_t>{1});
        CHECK(link.counted(2, 5, Counter::late) == 1);
        CHECK(link.counted(2, 5, Counter::early) == 1);
        CHECK(link.counted(2, 5, Counter::applied) == 1);
        CHECK(link.counted(2, 4, Counter::late) == 0);
        CHECK(link.counted(Counter::late) == 1);

        // A step takes so many commands and no more; what waited is late then.
        std::vector<Command> flood(kCommandsPerStep, spike(12, 4, 2, 5));
        flood.push_back(spike(12, 5, 2, 5));
        CHECK(push(link, flood));
        neurons.after(12);
        CHECK(neurons.spikes == std::vector<std::uint32_t>{4});
        neurons.after(13);
        CHECK(neurons.spikes.empty());
        CHECK(link.counted(2, 5, Counter::late) == 2);

        // What is kept for later is bounded, and so is the ring.
        std::size_t pushed = 0;
        for (std::uint64_t step = 14; step < 14 + kMostPending / kCommandsPerStep + 1; ++step) {
            CHECK(push(link, std::vector<Command>(kCommandsPerStep, spike(1000, 1, 2, 5))));
            neurons.after(step);
            pushed += kCommandsPerStep;
        }
        // One place was taken by the spike far ahead.
        CHECK(link.counted(2, 5, Counter::no_room) == pushed + 1 - kMostPending);
        CHECK_FALSE(push(link, std::vector<Command>(kMostPending + 1)));
        // The slot's next session starts counting anew.
        CHECK(push(link, {{.kind = Kind::open, .slot = 2, .serial = 6}}));
        neurons.after(100);
        CHECK(link.counted(2, 6, Counter::late) == 0);
        CHECK(link.counted(2, 5, Counter::late) == 0);
        CHECK(link.counted(Counter::late) == 2);
    }

    TEST_CASE("what was sent ahead for a step that was done without the link is late, and what follows it acts") {
        Link link(three_populations());
        Neurons neurons(link);
        CHECK(push(link, {spike(7, 1), current(7, 0, 0, 4, 2.0F), spike(9, 3), spike(12, 5)}));
        neurons.after(5);
        CHECK(neurons.after(9) == Currents(12));
        CHECK(neurons.spikes == std::vector<std::uint32_t>{3});
        CHECK(link.counted(Counter::late) == 2);
        CHECK(link.counted(Counter::applied) == 1);
    }

    TEST_CASE("a client has only so many ranges") {
        NetworkBuilder builder{{.name = "one"}};
        builder.add_population({.name = "a", .size = 1000});
        Link link(builder.build());
        std::vector<Command> commands;
        for (std::uint32_t index = 0; index < kCurrentsPerSession + 3; ++index)
            commands.push_back(current(0, 0, index, 1, 1.0F));
        commands.push_back(current(0, 0, 5, 1, 2.0F));  // one that is there may be replaced
        CHECK(link.push(commands));
        const Link::StepInput input = link.begin_step(0);
        REQUIRE(input.currents.size() == 1);
        CHECK(input.currents[0].currents.size() == kCurrentsPerSession);
        CHECK(input.currents[0].currents[5] == 2.0F);
        CHECK(link.counted(Counter::no_room) == 3);
        CHECK(link.counted(Counter::applied) == kCurrentsPerSession + 1);
    }

    TEST_CASE("spikes and counts come out as wanted") {
        Link link(three_populations());
        link.want_spikes(0, true);
        link.want_spikes(2, true);
        const std::vector<Spike> spikes{{7, 0}, {7, 3}, {7, 4}, {7, 6}, {7, 11}};
        link.end_step(7, spikes);
        link.want_counts(true);
        link.end_step(std::uint64_t{1} << 40U, spikes);
        link.end_step(9, {});
        Link::StepOutput output;
        REQUIRE(link.take(output));
        CHECK(output.step == 7);
        CHECK(std::vector(output.spikes.begin(), output.spikes.end()) == std::vector<std::uint32_t>{0, 3, 11});
        CHECK(output.counts.empty());
        REQUIRE(link.take(output));
        CHECK(output.step == std::uint64_t{1} << 40U);
        CHECK(std::vector(output.counts.begin(), output.counts.end()) == std::vector<std::uint32_t>{0, 2, 1, 2, 2, 1});
        REQUIRE(link.take(output));
        CHECK(output.step == 9);
        CHECK(output.spikes.empty());
        CHECK(output.counts.empty());
        CHECK_FALSE(link.take(output));
        CHECK(link.steps_done() == 9);
    }

    TEST_CASE("steps that nobody takes are lost and counted; the others are whole") {
        Link link(three_populations());
        link.want_spikes(0, true);
        const std::vector<Spike> spikes{{1, 0}, {1, 1}, {1, 2}, {1, 3}};
        constexpr std::uint64_t steps = 100'000;
        for (std::uint64_t step = 1; step <= steps; ++step) link.end_step(step, spikes);
        std::uint64_t taken = 0;
        for (Link::StepOutput output; link.take(output);) {
            ++taken;
            CHECK_MESSAGE((output.step == taken && output.spikes.size() == 4), "step ", output.step);
        }
        CHECK(taken > 1000);
        CHECK(taken + link.counted(Counter::steps_lost) == steps);
        CHECK(link.counted(Counter::steps_lost) > 0);
    }

    TEST_CASE("lockstep: a step begins when each client has given its word, or the time is over") {
        using namespace std::chrono_literals;
        Link link(three_populations());
        CHECK(push(link, {{.kind = Kind::open, .slot = 1, .serial = 4}}));
        link.set_lockstep(1, true);
        CHECK(link.wait_for_clients(0, 1ms));
        (void)link.begin_step(0);
        CHECK(link.counted(1, 4, Counter::go_timeouts) == 1);
        link.give_word(1, 2);
        CHECK(link.wait_for_clients(0, 1h));
        CHECK(link.wait_for_clients(1, 1h));
        link.give_word(1, 1);  // an older word takes nothing back
        CHECK(link.wait_for_clients(1, 1h));
        std::thread client([&] { link.give_word(1, 3); });
        CHECK(link.wait_for_clients(2, 1h));
        client.join();
        // Two clients: both are waited for.
        link.set_lockstep(5, true);
        link.give_word(1, 4);
        CHECK(link.wait_for_clients(3, 1ms));
        (void)link.begin_step(3);
        CHECK(link.counted(Counter::go_timeouts) == 2);
        CHECK(link.counted(1, 4, Counter::go_timeouts) == 1);
        // Without any: until one comes, or the end.
        link.set_lockstep(1, false);
        link.set_lockstep(5, false);
        std::thread newcomer([&] {
            link.set_lockstep(6, true);
            link.give_word(6, 100);
        });
        CHECK(link.wait_for_clients(4, 1h));
        newcomer.join();
        link.set_lockstep(6, false);
        std::thread ender([&] { link.interrupt(); });
        CHECK_FALSE(link.wait_for_clients(5, 1h));
        ender.join();
    }
}
