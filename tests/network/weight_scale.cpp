// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Weights in fixed point: each population and kind of synapse has its own scale, and notes report what a scale loses.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "izhi/izhi.hpp"

using namespace izhi;

namespace {

/// The delivered weights of all synapses onto a population.
std::vector<double> delivered(const Network& network, PopulationId target) {
    const Simulation simulation(network, {.threads = 1, .executor = serial_executor()});
    const std::uint32_t first = network.first_neuron(target);
    const std::uint32_t end = first + network.description().populations[target.index].size;
    std::vector<double> weights;
    for (std::uint32_t n = 0; n < network.neuron_count(); ++n)
        for (const auto& s : simulation.synapses_of(n))
            if (s.target >= first && s.target < end) weights.push_back(s.weight);
    return weights;
}

double mean_of(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double x : values) sum += x;
    return sum / static_cast<double>(values.size());
}

std::string refusal(const NetworkBuilder& net) {
    try {
        (void)net.build();
    } catch (const Error& error) { return error.what(); }
    return {};
}

/// By trace, then by step.
struct Currents final : Observer {
    std::map<std::size_t, std::vector<double>> of;
    void sample(const Sample& sample) override { of[sample.trace].push_back(static_cast<double>(sample.values[0])); }
};

struct Pair {
    NetworkBuilder net{{.seed = 5}};
    PopulationId from = net.add_population({.name = "from", .size = 100});
    PopulationId to = net.add_population({.name = "to", .size = 100});
    PopulationId others = net.add_population({.name = "others", .size = 100});
};

}  // namespace

TEST_SUITE_BEGIN("weights");

TEST_CASE("a bound that no draw reaches costs nothing") {
    Pair p;
    p.net.connect(p.from, p.to, {.rule = fixed_outdegree(20), .weight = clipped_normal(0.5, 0.1, 0.0, 1e5)});
    const Network network = p.net.build();
    CHECK(network.notes().empty());
    CHECK(network.bytes_per_synapse() == 4);
    CHECK(network.weight_quantum(ProjectionId(0)) < 1e-4);
    CHECK(mean_of(delivered(network, p.to)) == doctest::Approx(0.5).epsilon(0.02));
}

TEST_CASE("plastic weights far below their bound are delivered") {
    Pair p;
    p.net.connect(p.from, p.to, {.rule = fixed_outdegree(20), .weight = 1.5, .plasticity = Plasticity{.highest = 1e5}});
    for (const double w : delivered(p.net.build(), p.to)) REQUIRE(w == doctest::Approx(1.5).epsilon(0.01));

    Pair ampa_pair;
    ampa_pair.net.connect(
        ampa_pair.from, ampa_pair.to,
        {.rule = fixed_outdegree(20), .weight = 0.0002, .dynamics = ampa(), .plasticity = Plasticity{}});
    for (const double w : delivered(ampa_pair.net.build(), ampa_pair.to))
        REQUIRE(w == doctest::Approx(0.0002).epsilon(0.01));
}

TEST_CASE("first weights of plastic synapses are not rounded to quanta") {
    Pair p;
    p.net.connect(p.from, p.to,
                  {.rule = one_to_one(), .weight = 0.1234567, .plasticity = Plasticity{.highest = 1000.0}});
    const Network network = p.net.build();
    CHECK(network.weight_quantum(ProjectionId(0)) > 1e-4);
    const Simulation simulation(network, {.threads = 1, .executor = serial_executor()});
    for (const auto& s : simulation.plastic_synapses(ProjectionId(0)))
        REQUIRE(s.weight == doctest::Approx(0.1234567).epsilon(1e-6));
}

TEST_CASE("what goes on elsewhere in a network changes no scale") {
    const auto quantum = [](bool with_others) {
        Pair p;
        p.net.connect(p.from, p.to, {.name = "faint", .rule = one_to_one(), .weight = 1e-4, .dynamics = ampa()});
        p.net.connect(p.from, p.to, {.name = "step", .rule = one_to_one(), .weight = 0.01});
        if (with_others) {
            p.net.connect(p.from, p.others, {.name = "strong", .rule = all_to_all(), .weight = 500.0});
            p.net.connect(p.from, p.others, {.name = "too", .rule = all_to_all(), .weight = 500.0, .dynamics = ampa()});
        }
        const Network network = p.net.build();
        CHECK(network.notes().empty());
        for (const double w : delivered(network, p.to))
            REQUIRE(std::min(std::abs(w - 1e-4) / 1e-4, std::abs(w - 0.01) / 0.01) < 0.001);
        return std::pair(network.weight_quantum(ProjectionId(0)), network.weight_quantum(ProjectionId(1)));
    };
    CHECK(quantum(false) == quantum(true));
}

TEST_CASE("populations with scales of their own get the currents that were asked for") {
    for (const int threads : {1, 3})
        for (const Delivery delivery : {Delivery::partition, Delivery::reduce}) {
            CAPTURE(threads);
            Pair p;
            p.net.connect(p.from, p.to, {.rule = all_to_all(), .weight = 3e-5, .delay_ms = 2.0});
            p.net.connect(p.from, p.others, {.rule = all_to_all(), .weight = 700.0, .delay_ms = 2.0});
            p.net.connect(p.from, p.others,
                          {.rule = all_to_all(), .weight = 2e-3, .dynamics = ExponentialCurrent{1000.0}});
            p.net.record_trace({.population = p.to, .neurons = {7}, .variables = {Variable::current}});
            p.net.record_trace({.population = p.others, .neurons = {70}, .variables = {Variable::current}});
            Simulation simulation(p.net.build(),
                                  {.threads = threads, .delivery = delivery, .executor = thread_executor(threads)});
            Currents currents;
            simulation.apply(ForcedSpikes{p.from, {1, 2, 3, 4, 5}});
            simulation.run(4, &currents);
            CHECK(currents.of[0].at(2) == doctest::Approx(5 * 3e-5).epsilon(1e-3));
            CHECK(currents.of[1].at(1) == doctest::Approx(5 * 2e-3).epsilon(1e-3));
            CHECK(currents.of[1].at(2) == doctest::Approx(5 * 700.0).epsilon(1e-3));
        }
}

TEST_CASE("scaling one population's weights while running leaves the others' in flight as they are") {
    for (const int threads : {1, 2}) {
        const auto run = [&](bool scaled) {
            Pair p;
            p.net.connect(p.from, p.to, {.rule = all_to_all(), .weight = 0.001, .delay_ms = 5.0});
            p.net.connect(p.from, p.others, {.rule = all_to_all(), .weight = 3.0, .delay_ms = 5.0});
            p.net.record_trace({.population = p.to, .neurons = {7}, .variables = {Variable::current}});
            Simulation simulation(p.net.build(), {.threads = threads, .executor = thread_executor(threads)});
            Currents currents;
            simulation.apply(ForcedSpikes{p.from, {1, 2, 3}});
            simulation.run(2, &currents);
            const double before = simulation.weight_quantum(ProjectionId(0));
            if (scaled) {
                simulation.apply(WeightScale{ProjectionId(1), 50.0});
                CHECK(simulation.weight_quantum(ProjectionId(1)) > 10.0 * simulation.weight_quantum(ProjectionId(0)));
                // a bit of the sums is left for what is in flight
                CHECK(simulation.weight_quantum(ProjectionId(0)) <= 2.0 * before);
            }
            simulation.run(6, &currents);
            return currents.of[0];
        };
        const auto plain = run(false), scaled = run(true);
        REQUIRE(plain.size() == scaled.size());
        CHECK(plain.at(5) == doctest::Approx(0.003).epsilon(1e-3));
        for (std::size_t i = 0; i < plain.size(); ++i) CHECK(scaled[i] == doctest::Approx(plain[i]).epsilon(1e-3));
    }
}

TEST_CASE("lists: weights of very different size are all delivered, in 8 bytes if need be") {
    Pair p;
    p.net.connect(p.from, p.to, {.rule = explicit_list({{0, 0, 1e-3, 1.0}, {1, 1, 100.0, 1.0}, {2, 2, 0.0, 1.0}})});
    const Network network = p.net.build();
    CHECK(network.bytes_per_synapse(ProjectionId(0)) == 8);
    CHECK(network.notes().empty());
    const auto weights = delivered(network, p.to);
    CHECK(weights.at(0) == doctest::Approx(1e-3).epsilon(0.01));
    CHECK(weights.at(1) == doctest::Approx(100.0).epsilon(0.01));
}

TEST_CASE("the width is chosen by what a law must tell apart") {
    const auto bytes = [](const Distribution& weight) {
        Pair p;
        p.net.connect(p.from, p.to, {.rule = fixed_outdegree(10), .weight = weight});
        return p.net.build().bytes_per_synapse();
    };
    CHECK(bytes(uniform(0.0, 0.5)) == 4);
    CHECK(bytes(uniform(0.99, 1.01)) == 4);
    CHECK(bytes(uniform(0.9999, 1.0001)) == 8);
    CHECK(bytes(clipped_normal(1.0, 0.1, 0.0, 2.0)) == 4);
    CHECK(bytes(clipped_normal(1.0, 1e-5, 0.0, 2.0)) == 8);
    CHECK(bytes(clipped_normal(0.0, 1.0, 0.0, 100.0)) == 8);  // the many that are nearly 0
}

TEST_CASE("a note reports how many weights no width can deliver") {
    Pair p;
    std::vector<ExplicitSynapse> list{{0, 0, 1e5, 1.0}};
    for (std::uint32_t i = 0; i < 30; ++i) list.push_back({i, i, 1e-6, 1.0});
    p.net.connect(p.from, p.to, {.rule = explicit_list(list)});
    const auto notes = p.net.build().notes();
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].kind == Note::Kind::weights);
    CHECK(notes[0].subject == "projection.from-to");
    CHECK(notes[0].field == "synapses");
    CHECK(notes[0].text.starts_with("30 of 31 lose more than 1 %"));
    CHECK(sentence(notes[0]).starts_with("projection.from-to.synapses: 30 of 31"));
}

TEST_CASE("a note reports a law whose spread is lost by rounding, although each weight loses little") {
    for (const Distribution& weight : {uniform(1.0, 1.00001), clipped_normal(1.0, 1e-6, 0.0, 2.0)}) {
        Pair p;
        p.net.connect(p.from, p.to, {.name = "strong", .rule = one_to_one(), .weight = 1e5});
        p.net.connect(p.from, p.to, {.name = "narrow", .rule = one_to_one(), .weight = weight});
        const auto notes = p.net.build().notes();
        REQUIRE(notes.size() == 1);
        CHECK(notes[0].subject == "projection.narrow");
        CHECK(notes[0].field == "weight");
        CHECK(notes[0].text.starts_with("the spread of the distribution is rounded away"));
    }
}

TEST_CASE("a projection that would be silent is refused") {
    for (const Distribution& weight :
         {Distribution(1e-6), uniform(1e-7, 1e-6), clipped_normal(1e-6, 1e-7, 0.0, 1e-5)}) {
        Pair p;
        p.net.connect(p.from, p.to, {.name = "strong", .rule = one_to_one(), .weight = 1e5});
        p.net.connect(p.from, p.to, {.name = "faint", .rule = one_to_one(), .weight = weight});
        CHECK(refusal(p.net).starts_with("projection.faint.weight is lost: each would be rounded to 0"));
    }
    Pair apart;
    apart.net.connect(apart.from, apart.others, {.name = "strong", .rule = one_to_one(), .weight = 1e5});
    apart.net.connect(apart.from, apart.to, {.name = "faint", .rule = one_to_one(), .weight = 1e-9});
    CHECK(refusal(apart.net).empty());
    Pair zero;
    zero.net.connect(zero.from, zero.to, {.name = "strong", .rule = one_to_one(), .weight = 1e5});
    zero.net.connect(zero.from, zero.to, {.name = "none", .rule = one_to_one(), .weight = 0.0});
    CHECK(refusal(zero.net).empty());
}

TEST_CASE("weights are delivered in the unit that is asked for, in as many bytes as this takes") {
    const auto built = [](std::optional<double> quantum, std::optional<double> other = {}) {
        Pair p;
        p.net.connect(p.from, p.to,
                      {.rule = explicit_list({{0, 0, 1.0, 1.0}, {1, 1, 0.5, 1.0}}), .weight_quantum = quantum});
        p.net.connect(p.from, p.to,
                      {.name = "other", .rule = explicit_list({{2, 2, 0.25, 1.0}}), .weight_quantum = other});
        return p.net.build();
    };
    const auto unit = [](const Network& network) { return network.weight_quantum(ProjectionId(0)); };
    const double finest = unit(built({}));
    CHECK(finest == std::ldexp(1.0, -14));
    CHECK(unit(built(0.25)) == 0.25);
    CHECK(unit(built({}, 0.125)) == 0.125);
    const double fine = std::ldexp(1.0, -20);
    CHECK(unit(built(fine)) == fine);
    CHECK(built(fine).bytes_per_synapse(ProjectionId(0)) == 8);
    CHECK(built(finest).bytes_per_synapse(ProjectionId(0)) == 4);

    CHECK_THROWS_WITH(
        built(0.25, 0.125),
        "projection.other.weight_quantum is 0.125, too fine for the sums of what ends in to; allowed: 0.25 or more");
    const auto refused = [](double quantum) {
        Pair p;
        p.net.connect(p.from, p.to, {.rule = all_to_all(), .weight = 1.0, .weight_quantum = quantum});
        return refusal(p.net);
    };
    for (const double bad : {0.0, -0.5, 0.3, std::nan(""), std::ldexp(1.0, 61), std::ldexp(1.0, -61)})
        CHECK(refused(bad).find("weight_quantum is ") != std::string::npos);
    CHECK(refused(0.3).find("a power of two from 2^-60 to 2^60") != std::string::npos);
    CHECK(refused(std::ldexp(1.0, -40)).find("too fine for the sums of what ends in to") != std::string::npos);
    CHECK(refused(std::ldexp(1.0, -40)).find("; allowed: ") != std::string::npos);
}

TEST_CASE("a list of drawn synapses and their unit give the same spikes and weights, where weights change and where "
          "they are fine") {
    for (const bool plastic : {false, true}) {
        CAPTURE(plastic);
        const auto built = [&](const Network* drawn) {
            NetworkBuilder net{{.seed = 3}};
            const auto exc = net.add_population({.name = "exc", .size = 60, .noise_stddev = 6.0});
            // In-degrees of 512 and more: then the bound of their number, which a list knows exactly, sets the unit.
            ProjectionSpec many{
                .name = "many", .rule = pairwise_poisson(12.0), .weight = redrawn_normal(0.011, 1e-6, 0.01, 0.012)};
            if (plastic) {
                many.weight = uniform(0.0, 0.02);
                many.plasticity = Plasticity{.rule = PairStdp{.a_plus = 0.003, .a_minus = 0.003}, .highest = 0.03};
            }
            if (drawn) {
                std::vector<ExplicitSynapse> list;
                drawn->draw_synapses(ProjectionId(0), [&](std::span<const ExplicitSynapse> row) {
                    list.insert(list.end(), row.begin(), row.end());
                });
                many.rule = explicit_list(std::move(list));
                many.weight = 0.0;
                many.weight_quantum = drawn->weight_quantum(ProjectionId(0));
            }
            net.connect(exc, exc, std::move(many));
            return net.build();
        };
        const Network drawn = built(nullptr), listed = built(&drawn);
        CHECK(drawn.bytes_per_synapse() == (plastic ? 4 : 8));
        CHECK(listed.weight_quantum(ProjectionId(0)) == drawn.weight_quantum(ProjectionId(0)));
        Simulation one(drawn, {.threads = 1, .executor = serial_executor()});
        Simulation other(listed, {.threads = 1, .executor = serial_executor()});
        one.run(600);
        other.run(600);
        CHECK(one.spike_count() > 100);
        CHECK(one.spike_hash() == other.spike_hash());
        CHECK(one.state_hash() == other.state_hash());
    }
}

TEST_SUITE_END();
