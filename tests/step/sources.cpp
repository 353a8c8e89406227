// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Populations of spike sources: what they fire, whom it reaches, how it is changed and refused.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using test::Raster;

namespace {

std::vector<std::pair<std::uint64_t, std::uint32_t>> places(const std::vector<Spike>& spikes) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> list;
    for (const Spike& spike : spikes) list.emplace_back(spike.step, spike.neuron);
    return list;
}

std::string complaint(NetworkBuilder net) {
    try {
        (void)net.build();
    } catch (const Error& error) { return error.what(); }
    return "";
}

SpikeTrains some_trains() {
    SpikeTrains trains;
    for (std::uint32_t k = 0; k < 4000; ++k)
        trains.spikes.push_back({0.5 + 0.5 * static_cast<double>((k * 37u) % 400u), (k * 211u + k / 400u) % 1300u});
    std::sort(trains.spikes.begin(), trains.spikes.end(), [](const auto& x, const auto& y) {
        return std::pair(x.time_ms, x.neuron) < std::pair(y.time_ms, y.neuron);
    });
    const auto same = [](const auto& x, const auto& y) { return x == y; };
    trains.spikes.erase(std::unique(trains.spikes.begin(), trains.spikes.end(), same), trains.spikes.end());
    return trains;
}

/// Spikes in memory, read in pieces. Throws where it is told to.
struct Pieces : SpikeReader {
    struct Plan {
        std::vector<SpikeTrains::Event> spikes;
        std::size_t size;
        std::size_t broken_at = ~std::size_t{0};
        bool null = false;
    };
    explicit Pieces(std::shared_ptr<Plan> from) : plan(std::move(from)) {}
    void read(std::vector<SpikeTrains::Event>& into) override {
        if (next >= plan->broken_at) throw std::runtime_error("the disk is gone");
        const std::size_t end = std::min(next + plan->size, plan->spikes.size());
        into.assign(plan->spikes.begin() + static_cast<std::ptrdiff_t>(next),
                    plan->spikes.begin() + static_cast<std::ptrdiff_t>(end));
        next = end;
    }
    void seek(double time_ms) override {
        next = 0;
        while (next < plan->spikes.size() && plan->spikes[next].time_ms < time_ms) ++next;
    }
    std::shared_ptr<Plan> plan;
    std::size_t next = 0;
};

SpikeStream stream_of(std::shared_ptr<Pieces::Plan> plan) {
    return {[plan]() -> std::unique_ptr<SpikeReader> {
        if (plan->null) return nullptr;
        return std::make_unique<Pieces>(plan);
    }};
}

/// Given trains, Poisson trains of every kind, and neurons that both reach.
NetworkBuilder scene(const SpikeSource& trains = some_trains()) {
    NetworkBuilder net{{.name = "sources", .seed = 21, .dt_ms = 0.5}};
    const auto poisson =
        net.add_population({.name = "poisson", .size = 700, .source = PoissonSource{.rate_hz = uniform(0.0, 40.0)}});
    const auto cells =
        net.add_population({.name = "cells", .size = 600, .cell = regular_spiking(), .noise_stddev = 3.0});
    const auto given = net.add_population({.name = "given", .size = 1300, .source = trains});
    const auto course = net.add_population(
        {.name = "course",
         .size = 60,
         .source = PoissonSource{.course = Waveform{.samples = {0.0, 100.0, 20.0}, .interval_ms = 40.0}}});
    net.connect(poisson, cells, {.rule = fixed_outdegree(20), .weight = 3.0, .delay_ms = uniform(0.5, 5.0)});
    net.connect(given, cells,
                {.rule = fixed_indegree(30),
                 .weight = 2.0,
                 .dynamics = ExponentialCurrent{3.0},
                 .short_term = excitatory_short_term()});
    net.connect(course, cells,
                {.rule = fixed_probability(0.2),
                 .weight = 1.0,
                 .plasticity = Plasticity{PairStdp{}, ImmediateChange{}, 0.0, 4.0, 0.0}});
    net.connect(cells, cells, {.rule = fixed_outdegree(20), .weight = uniform(-2.0, 2.0)});
    return net;
}

}  // namespace

TEST_SUITE("sources") {
    TEST_CASE("given trains fire in the nearest steps and nowhere else, however the run is cut") {
        const SpikeTrains trains = some_trains();
        std::vector<std::pair<std::uint64_t, std::uint32_t>> expected;
        for (const auto& spike : trains.spikes)
            expected.emplace_back(
                std::max<std::uint64_t>(static_cast<std::uint64_t>(std::lround(spike.time_ms / 0.25)), 1),
                spike.neuron);
        std::sort(expected.begin(), expected.end());
        NetworkBuilder net{{.dt_ms = 0.25}};
        net.add_population({.name = "given", .size = 1300, .source = trains});
        const Network network = net.build();
        for (const std::uint64_t slice : {800u, 1u, 7u}) {
            Simulation simulation(network);
            Raster raster;
            while (simulation.steps_done() < 800)
                simulation.run(std::min<std::uint64_t>(slice, 800 - simulation.steps_done()), &raster);
            CHECK(places(raster.all) == expected);
        }
    }

    TEST_CASE("Poisson sources: rates, one train for all targets, independent trains") {
        NetworkBuilder net{{.seed = 5, .dt_ms = 0.1}};
        const auto source = net.add_population({.name = "in", .size = 1000, .source = PoissonSource{.rate_hz = 80.0}});
        (void)source;
        Simulation simulation(net.build());
        Raster raster;
        simulation.run_ms(1000.0, &raster);
        const double expected = 1000 * 80.0, stderr_counts = std::sqrt(expected);
        CHECK(std::abs(static_cast<double>(raster.all.size()) - expected) < 5.0 * stderr_counts);
        std::vector<double> counts(1000);
        for (const Spike& spike : raster.all) counts[spike.neuron] += 1.0;
        double variance = 0.0;
        for (const double n : counts) variance += (n - 80.0) * (n - 80.0) / 1000.0;
        CHECK(variance == doctest::Approx(80.0).epsilon(5.0 * std::sqrt(2.0 / 1000.0)));
        // at most once in a step, and neighbours do not fire together more often than by chance
        std::map<std::uint64_t, std::vector<std::uint32_t>> steps;
        for (const Spike& spike : raster.all) steps[spike.step].push_back(spike.neuron);
        double together = 0.0;
        for (const auto& [step, neurons] : steps)
            for (std::size_t i = 1; i < neurons.size(); ++i) {
                CHECK(neurons[i] > neurons[i - 1]);
                together += neurons[i] == neurons[i - 1] + 1 ? 1.0 : 0.0;
            }
        const double p = 80.0 * 1e-4, chance = 10'000.0 * 999.0 * p * p;
        CHECK(std::abs(together - chance) < 5.0 * std::sqrt(chance));
    }

    TEST_CASE("rates over time, for all and for each") {
        NetworkBuilder net{{.seed = 6, .dt_ms = 1.0}};
        Waveform each{.samples = {}, .columns = 200, .interval_ms = 500.0, .start_ms = 100.0};
        for (int row = 0; row < 2; ++row)
            for (int i = 0; i < 200; ++i)
                each.samples.push_back(row == 0 ? (i < 100 ? 0.0 : 50.0) : (i < 100 ? 50.0 : 0.0));
        net.add_population({.name = "each", .size = 200, .source = PoissonSource{.course = each}});
        Waveform ramp{.samples = {0.0, 100.0}, .interval_ms = 1000.0, .interpolation = Interpolation::linear};
        net.add_population({.name = "ramp", .size = 200, .source = PoissonSource{.course = ramp}});
        Simulation simulation(net.build());
        Raster raster;
        simulation.run(2000, &raster);
        double counts[2][2] = {}, early = 0.0, late = 0.0;
        for (const Spike& spike : raster.all) {
            if (spike.neuron < 200) {
                CHECK(spike.step > 100);
                CHECK(spike.step <= 1100);
                counts[spike.step <= 600 ? 0 : 1][spike.neuron < 100 ? 0 : 1] += 1.0;
            } else {
                CHECK(spike.step <= 1000);
                (spike.step <= 500 ? early : late) += 1.0;
            }
        }
        CHECK(counts[0][0] == 0.0);
        CHECK(counts[1][1] == 0.0);
        CHECK(std::abs(counts[0][1] - 2500.0) < 5.0 * 50.0);
        CHECK(std::abs(counts[1][0] - 2500.0) < 5.0 * 50.0);
        CHECK(std::abs(early - 2500.0) < 5.0 * 50.0);
        CHECK(std::abs(late - 7500.0) < 5.0 * 87.0);
    }

    TEST_CASE("a source drives its targets as a neuron with the same train does") {
        // a neuron that is made to fire by force, and a source with these spikes
        const std::vector<std::uint64_t> steps{3, 4, 20, 21, 22, 90};
        const auto run = [&](bool source) {
            NetworkBuilder net{{.seed = 9}};
            PopulationSpec spec{.name = "from", .size = 1};
            if (source) {
                SpikeTrains trains;
                for (const std::uint64_t step : steps) trains.spikes.push_back({static_cast<double>(step + 1), 0});
                spec.source = trains;
            }
            const auto from = net.add_population(spec);
            const auto to = net.add_population({.name = "to", .size = 100, .bias_current = uniform(0.0, 5.0)});
            net.connect(from, to, {.rule = all_to_all(), .weight = uniform(0.0, 9.0), .delay_ms = uniform(1.0, 9.0)});
            Simulation simulation(net.build());
            Raster raster;
            for (std::uint64_t step = 0; step < 200; ++step) {
                if (!source && std::find(steps.begin(), steps.end(), step) != steps.end())
                    simulation.apply(ForcedSpikes{from, {0}});
                simulation.run(1, &raster);
            }
            return places(raster.all);
        };
        CHECK(run(true) == run(false));
        CHECK(run(true).size() > steps.size() + 50);
    }

    TEST_CASE("the same bits for any number of threads, delivery and slicing; saved and restored") {
        const Network network = scene().build();
        const auto run = [&](int threads, Delivery delivery, std::uint64_t slice) {
            Simulation simulation(network, {.threads = threads, .delivery = delivery, .executor = serial_executor()});
            while (simulation.steps_done() < 300)
                simulation.run(std::min<std::uint64_t>(slice, 300 - simulation.steps_done()));
            return std::pair(simulation.spike_hash(), simulation.state_hash());
        };
        const auto expected = run(1, Delivery::automatic, 300);
        for (const int threads : {2, 3, 5})
            for (const Delivery delivery : {Delivery::partition, Delivery::reduce})
                CHECK(run(threads, delivery, 17) == expected);

        Simulation first(network);
        first.run(90);
        const PopulationId poisson = network.find_population("poisson");
        first.apply(SourceRates{poisson, 100, std::vector<float>(50, 200.0f)});
        first.run(11);
        const std::vector<std::byte> saved = first.checkpoint();
        first.run(120);
        Simulation second(network, {.threads = 3, .executor = serial_executor()});
        second.run(40);
        second.restore(saved);
        second.run(120);
        CHECK(second.spike_hash() == first.spike_hash());
        CHECK(second.state_hash() == first.state_hash());
    }

    TEST_CASE("spikes that are read while the network runs give the bits of those in memory") {
        const Network in_memory = scene().build();
        const auto run = [&](const Network& network, int threads, std::uint64_t slice) {
            Simulation simulation(network, {.threads = threads, .executor = serial_executor()});
            while (simulation.steps_done() < 300)
                simulation.run(std::min<std::uint64_t>(slice, 300 - simulation.steps_done()));
            return std::pair(simulation.spike_hash(), simulation.state_hash());
        };
        const auto expected = run(in_memory, 1, 300);
        for (const std::size_t size : {1u, 7u, 64u, 1u << 20}) {
            CAPTURE(size);
            const Network network =
                scene(stream_of(std::make_shared<Pieces::Plan>(Pieces::Plan{some_trains().spikes, size}))).build();
            CHECK(run(network, 1, 300) == expected);
            CHECK(run(network, 3, 17) == expected);
            CHECK(run(network, 2, 1) == expected);

            // Restored: forward, backward, and where it stands.
            Simulation first(network), second(network, {.threads = 2, .executor = serial_executor()});
            first.run(101);
            const std::vector<std::byte> saved = first.checkpoint();
            first.run(199);
            CHECK(std::pair(first.spike_hash(), first.state_hash()) == expected);
            for (const std::uint64_t before : {0u, 40u, 101u, 199u}) {
                CAPTURE(before);
                second.run(before);
                second.restore(saved);
                second.run(199);
                CHECK(std::pair(second.spike_hash(), second.state_hash()) == expected);
            }
        }
    }

    TEST_CASE("spikes that cannot be read end the run before the steps that lack them") {
        const auto plan = std::make_shared<Pieces::Plan>(Pieces::Plan{some_trains().spikes, 16});
        const Network network = scene(stream_of(plan)).build();
        Simulation whole(network), broken(network, {.threads = 2, .executor = serial_executor()});
        whole.run(300);
        plan->broken_at = 400;
        std::string why;
        try {
            broken.run(300);
        } catch (const RunError& error) { why = error.what(); }
        CHECK(why == "population.given: the disk is gone");
        CHECK(broken.steps_done() > 0);
        CHECK(broken.steps_done() < 300);
        plan->broken_at = 0;
        CHECK_THROWS_AS(broken.run(1), RunError);
        plan->broken_at = ~std::size_t{0};
        broken.run(300 - broken.steps_done());
        CHECK(broken.spike_hash() == whole.spike_hash());
        CHECK(broken.state_hash() == whole.state_hash());
    }

    TEST_CASE("a stream of spikes that cannot be is refused when the network is built") {
        const auto said = [](std::vector<SpikeTrains::Event> spikes, std::size_t broken_at = ~std::size_t{0},
                             bool null = false) {
            NetworkBuilder net{{.dt_ms = 0.5}};
            net.add_population({.name = "in",
                                .size = 4,
                                .source = stream_of(std::make_shared<Pieces::Plan>(
                                    Pieces::Plan{std::move(spikes), 2, broken_at, null}))});
            return complaint(net);
        };
        using Spikes = std::vector<SpikeTrains::Event>;
        CHECK(said({}) == "");
        CHECK(said({{1.0, 0}, {1.0, 1}, {1.5, 0}, {1.5, 3}}) == "");
        CHECK(
            said({{1.0, 0}, {1.0, 1}, {2.0, 3}, {1.5, 0}}) ==
            "population.in.spikes has one at 1.5 ms after one at 2 ms; allowed: spikes in order of time, because they "
            "are read while the network runs");
        CHECK(said({{1.0, 0}, {1.0, 1}, {1.1, 0}}).find("has two of neuron 0 in the step at 1 ms") !=
              std::string::npos);
        CHECK(said({{1.0, 0}, {1.0, 4}}).find("has one of neuron 4; allowed: 0 to 3") != std::string::npos);
        CHECK(said({{-1.0, 0}}).find("has one at -1 ms") != std::string::npos);
        CHECK(said(Spikes(1), 0).find("the disk is gone") != std::string::npos);
        CHECK(said({}, 0, true).find("population.in.spikes cannot be opened") != std::string::npos);
    }

    TEST_CASE("rates that are set while the network runs, for some and until they are set again") {
        NetworkBuilder net{{.seed = 8, .dt_ms = 1.0}};
        const auto in = net.add_population({.name = "in", .size = 300, .source = PoissonSource{.rate_hz = 10.0}});
        Simulation simulation(net.build());
        Raster before, after, silent;
        simulation.run(1000, &before);
        simulation.apply(SourceRates{in, 100, std::vector<float>(100, 60.0f)});
        simulation.run(1000, &after);
        simulation.apply(SourceRates{in, 0, std::vector<float>(300, 0.0f)});
        simulation.run(1000, &silent);
        const auto of = [](const Raster& raster, std::uint32_t first) {
            return static_cast<double>(std::count_if(raster.all.begin(), raster.all.end(), [&](const Spike& s) {
                return s.neuron >= first && s.neuron < first + 100;
            }));
        };
        for (const std::uint32_t first : {0u, 100u, 200u}) CHECK(std::abs(of(before, first) - 1000.0) < 5.0 * 32.0);
        CHECK(std::abs(of(after, 0) - 1000.0) < 5.0 * 32.0);
        CHECK(std::abs(of(after, 100) - 6000.0) < 5.0 * 78.0);
        CHECK(std::abs(of(after, 200) - 1000.0) < 5.0 * 32.0);
        CHECK(silent.all.empty());
    }

    TEST_CASE("rates return to those that were described, and the trains with them") {
        NetworkBuilder net{{.seed = 12, .dt_ms = 1.0}};
        net.add_population({.name = "same", .size = 300, .source = PoissonSource{.rate_hz = 50.0}});
        net.add_population({.name = "drawn", .size = 300, .source = PoissonSource{.rate_hz = uniform(0.0, 100.0)}});
        const Waveform course{
            .samples = {20.0, 80.0}, .interval_ms = 300.0, .start_ms = 0.0, .interpolation = Interpolation::linear};
        net.add_population({.name = "course", .size = 300, .source = PoissonSource{.course = course}});
        const Network network = net.build();
        Raster untouched, changed;
        Simulation(network).run(500, &untouched);
        const std::vector<float> high(200, 400.0f);
        std::vector<float> back(100, kRateAsDescribed);
        back[99] = 0.0f;
        Simulation simulation(network);
        simulation.run(100, &changed);
        for (const std::uint32_t p : {0u, 1u, 2u}) simulation.apply(SourceRates{PopulationId{p}, 50, high});
        simulation.run(100, &changed);
        for (const std::uint32_t p : {0u, 1u, 2u}) simulation.apply(SourceRates{PopulationId{p}, 50, back});
        // What returned is in the state, too.
        Simulation resumed(network);
        resumed.restore(simulation.checkpoint());
        simulation.run(300, &changed);
        resumed.run(300);
        CHECK(resumed.state_hash() == simulation.state_hash());

        // Neurons 50 to 148 of each have their trains again, 149 is silent, and 150 to 249 still have what was set.
        const auto count = [](const Raster& raster, std::uint64_t begin, std::uint32_t p, std::uint32_t first,
                              std::uint32_t neurons) {
            return std::count_if(raster.all.begin(), raster.all.end(), [&](const Spike& s) {
                return s.step > begin && s.step <= begin + 100 && s.neuron >= 300 * p + first &&
                       s.neuron < 300 * p + first + neurons;
            });
        };
        const auto of = [](const Raster& raster, std::uint64_t after, std::uint32_t first, std::uint32_t end) {
            std::vector<Spike> some;
            for (const Spike& s : raster.all)
                if (s.step > after && s.neuron % 300 >= first && s.neuron % 300 < end) some.push_back(s);
            return places(some);
        };
        for (const std::uint32_t p : {0u, 1u, 2u}) {
            CAPTURE(p);
            CHECK(count(changed, 100, p, 50, 100) > 3500);
            CHECK(count(changed, 100, p, 50, 100) > 3 * count(untouched, 100, p, 50, 100));
            CHECK(count(changed, 200, p, 149, 1) == 0);
            CHECK(count(changed, 200, p, 150, 100) > 3500);
        }
        CHECK(of(changed, 200, 50, 149) == of(untouched, 200, 50, 149));
        CHECK(of(changed, 0, 0, 50) == of(untouched, 0, 0, 50));
        CHECK(of(changed, 0, 250, 300) == of(untouched, 0, 250, 300));
    }

    TEST_CASE("noise of a strength of its own for every neuron, scaled while the network runs") {
        constexpr std::uint32_t size = 300;
        const auto fluctuations = [&](PopulationSpec spec, double factor) {
            NetworkBuilder net{{.seed = 4}};
            spec.name = "cells";
            spec.size = size;
            const auto cells = net.add_population(spec);
            // a second one, which shares blocks where both are small
            const auto other = net.add_population({.name = "other", .size = 40, .noise_stddev = 3.0});
            std::vector<std::uint32_t> all(size);
            for (std::uint32_t i = 0; i < size; ++i) all[i] = i;
            net.record_trace({.population = cells, .neurons = all, .variables = {Variable::current}});
            net.record_trace({.population = other, .neurons = {0}, .variables = {Variable::current}});
            Simulation simulation(net.build(), {.threads = 2});
            simulation.apply(NoiseScale{cells, factor});
            struct Sums : Observer {
                std::vector<double> squares;
                void sample(const Sample& sample) override {
                    squares.resize(size + 1);
                    for (std::size_t i = 0; i < sample.values.size(); ++i)
                        squares[sample.trace == 0 ? i : size] += std::pow(static_cast<double>(sample.values[i]), 2);
                }
            } sums;
            simulation.run(2000, &sums);
            for (double& square : sums.squares) square = std::sqrt(square / 2000.0);
            return sums.squares;
        };
        PopulationSpec listed;
        std::vector<double> values(size);
        for (std::uint32_t i = 0; i < size; ++i) values[i] = 0.02 * i;
        listed.values.push_back({"noise_stddev", values});
        PopulationSpec drawn;
        drawn.noise_stddev = uniform(2.0, 6.0);
        for (const double factor : {1.0, 0.5}) {
            const std::vector<double> given = fluctuations(listed, factor);
            for (std::uint32_t i = 0; i < size; ++i)
                CHECK(std::abs(given[i] - factor * values[i]) <= 5.0 * factor * values[i] / std::sqrt(2.0 * 2000.0));
            CHECK(given[size] == doctest::Approx(3.0).epsilon(0.08));
            const std::vector<double> spread = fluctuations(drawn, factor);
            const auto [least, most] = std::minmax_element(spread.begin(), spread.begin() + size);
            CHECK(*least == doctest::Approx(2.0 * factor).epsilon(0.15));
            CHECK(*most == doctest::Approx(6.0 * factor).epsilon(0.15));
        }
    }

    TEST_CASE("what cannot be is refused and named") {
        const auto with = [](PopulationSpec spec) {
            NetworkBuilder net{{.dt_ms = 1.0}};
            net.add_population(std::move(spec));
            return net;
        };
        CHECK(complaint(with({.name = "in", .size = 3, .source = PoissonSource{.rate_hz = 1000.0}})).empty());
        CHECK(complaint(with({.name = "in", .size = 3, .source = PoissonSource{.rate_hz = 1001.0}})).find("rate_hz") !=
              std::string::npos);
        CHECK(complaint(with({.name = "in", .size = 3, .source = PoissonSource{.rate_hz = -1.0}})).find("rate_hz") !=
              std::string::npos);
        CHECK(complaint(with({.name = "in", .size = 3, .source = SpikeTrains{{{1.0, 3}}}})).find("neuron 3") !=
              std::string::npos);
        CHECK(complaint(with({.name = "in", .size = 3, .source = SpikeTrains{{{-1.0, 0}}}})).find("-1 ms") !=
              std::string::npos);
        CHECK(complaint(with({.name = "in", .size = 3, .source = SpikeTrains{{{1.2, 0}, {0.9, 0}}}}))
                  .find("two of neuron 0") != std::string::npos);
        CHECK(complaint(with({.name = "in",
                              .size = 3,
                              .source = PoissonSource{.course = Waveform{.samples = {1.0, 2.0}, .columns = 2}}}))
                  .find("rates") != std::string::npos);

        NetworkBuilder net = with({.name = "in", .size = 3, .source = PoissonSource{.rate_hz = 1.0}});
        const PopulationId in{0}, cells = net.add_population({.name = "cells", .size = 3});
        const Simulation built(net.build());
        (void)built;
        const auto refused = [&](auto change) {
            NetworkBuilder changed = net;
            change(changed);
            return complaint(changed);
        };
        CHECK(refused([&](auto& n) { n.connect(cells, in, {}); }).find("spike sources") != std::string::npos);
        CHECK(refused([&](auto& n) { n.connect(cells, everyone, {}); }).find("population.in") != std::string::npos);
        CHECK(refused([&](auto& n) { n.connect(everyone, cells, {}); }).empty());
        CHECK(refused([&](auto& n) {
                  n.stimulate(in, {.stimulus = DirectCurrent{.amplitude = 1.0}});
              }).find("spike sources") != std::string::npos);
        CHECK(refused([&](auto& n) { n.stimulate(everyone, {.stimulus = DirectCurrent{.amplitude = 1.0}}); }).empty());
        CHECK(refused([&](auto& n) { n.record_trace({.population = in, .neurons = {0}}); }).find("spike sources") !=
              std::string::npos);

        const Network network = net.build();
        const auto live = [&](const Intervention& what) -> std::string {
            try {
                check_intervention(network, what);
            } catch (const Error& error) { return error.what(); }
            return "";
        };
        CHECK(live(SourceRates{in, 1, {5.0f, 6.0f}}).empty());
        CHECK(live(SourceRates{in, 2, {5.0f, 6.0f}}).find("rates_hz") != std::string::npos);
        CHECK(live(SourceRates{in, 0, {1001.0f}}).find("rates_hz") != std::string::npos);
        CHECK(live(SourceRates{in, 0, {kRateAsDescribed, 0.0f}}).empty());
        CHECK(live(SourceRates{in, 0, {-0.5f}}).find("rates_hz") != std::string::npos);
        CHECK(live(SourceRates{in, 0, {std::numeric_limits<float>::quiet_NaN()}}).find("rates_hz") !=
              std::string::npos);
        CHECK(live(SourceRates{cells, 0, {1.0f}}).find("poisson") != std::string::npos);
        CHECK(live(PopulationCurrent{in, 1.0}).find("spike sources") != std::string::npos);
        CHECK(live(NoiseScale{in, 1.0}).find("spike sources") != std::string::npos);
        CHECK(live(NeuronCurrents{everyone, 2, {1.0f, 1.0f}}).find("spike sources") != std::string::npos);
        CHECK(live(NeuronCurrents{everyone, 3, {1.0f, 1.0f}}).empty());
        CHECK(live(InputSpikes{everyone, 1.0, {5, 0}}).find("spike sources") != std::string::npos);
        CHECK(live(ForcedSpikes{in, {2}}).empty());
    }
}
