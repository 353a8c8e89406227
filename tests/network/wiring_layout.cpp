// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// How rows are stored, whatever the threads, parts, sizes and distances; that spikes act on exactly the synapses
// stored; and that sums cannot overflow.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "wiring.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// Fires a resting neuron at once, and once only [mV/ms].
constexpr double kJolt = 100.0;

bool equal(const Synapses& x, const Synapses& y) {
    if (x.size() != y.size()) return false;
    for (std::size_t s = 0; s < x.size(); ++s) {
        if (x[s].size() != y[s].size()) return false;
        for (std::size_t i = 0; i < x[s].size(); ++i)
            if (x[s][i].target != y[s][i].target || x[s][i].weight != y[s][i].weight ||
                x[s][i].delay_steps != y[s][i].delay_steps)
                return false;
    }
    return true;
}

/// What reaches every neuron in each step after a spike of all sources in step 1, as traces of the input current.
struct Arrivals : Observer {
    std::vector<std::vector<float>> by_step;  ///< [step - 1][neuron]
    void sample(const Sample& sample) override { by_step.emplace_back(sample.values.begin(), sample.values.end()); }
};

/// Fires the given source population once, in the first step, and compares what arrives everywhere with the stored
/// synapses. Targets must not fire by themselves within `steps`.
void check_arrivals(NetworkBuilder net, PopulationId source, std::uint64_t steps, const SimulationOptions& options) {
    const auto populations = net.description().populations;
    net.stimulate(source, {.stimulus = SpikeTimes{.weight = kJolt, .times_ms = {0.0}}});
    for (std::uint32_t p = 0; p < populations.size(); ++p) {
        TraceSpec trace{.population = {p}, .neurons = {}, .variables = {Variable::current}};
        for (std::uint32_t n = 0; n < populations[p].size; ++n) trace.neurons.push_back(n);
        net.record_trace(trace);
    }
    const Network network = net.build();
    Simulation simulation(network, options);
    struct Collect : Observer {
        std::vector<double>* sums = nullptr;
        const Network* network = nullptr;
        void sample(const Sample& sample) override {
            const std::size_t first = (sample.step - 1) * network->neuron_count() +
                                      network->first_neuron({static_cast<std::uint32_t>(sample.trace)});
            for (std::size_t i = 0; i < sample.values.size(); ++i) (*sums)[first + i] = sample.values[i];
        }
    } collect;
    std::vector<double> got(steps * network.neuron_count()), expected(got.size());
    collect.sums = &got;
    collect.network = &network;
    simulation.run(steps, &collect);
    const std::uint32_t first = network.first_neuron(source), size = populations[source.index].size;
    REQUIRE(simulation.spike_count(source) == size);
    REQUIRE(simulation.spike_count() == size);
    for (std::uint32_t n = first; n < first + size; ++n) {
        expected[n] += kJolt;
        // a spike of step 1 acts in the step that ends `delay` steps later
        for (const auto& synapse : simulation.synapses_of(n))
            if (synapse.delay_steps < steps)
                expected[synapse.delay_steps * network.neuron_count() + synapse.target] += synapse.weight;
    }
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < got.size(); ++i) wrong += got[i] != static_cast<float>(expected[i]) ? 1 : 0;
    CHECK(wrong == 0);
}

}  // namespace

TEST_SUITE_BEGIN("wiring");

TEST_CASE("the same synapses for any number of threads and parts, and for both deliveries") {
    for (const double faintest : {1.0, 1e-4}) {
        NetworkBuilder net{{.seed = 5}};
        const auto a = net.add_population({.name = "a", .size = 600});
        const auto b = net.add_population({.name = "b", .size = 311});
        const auto c = net.add_population({.name = "c", .size = 1});
        net.connect(everyone, everyone,
                    {.rule = fixed_outdegree(20), .weight = uniform(-1.0, 1.0), .delay_ms = uniform(1.0, 7.0)});
        net.connect(a, b, {.rule = fixed_indegree(9), .weight = clipped_normal(1.0, 1.0, 0.0, 3.0), .delay_ms = 3.0});
        net.connect(b, a, {.rule = fixed_probability(0.02), .weight = uniform(0.0, faintest), .multapses = false});
        net.connect(b, b, {.rule = all_to_all(), .weight = uniform(0.0, 1.0), .autapses = false});
        net.connect(c, everyone, {.rule = all_to_all(), .weight = 0.5, .delay_ms = 2.0});
        const Network network = net.build();
        const Synapses expected = all_synapses(Simulation(network, {.threads = 1, .executor = serial_executor()}));
        CHECK(count(expected) > 100'000);
        for (const int threads : {1, 2, 3, 5, 16})
            for (const Delivery delivery : {Delivery::partition, Delivery::reduce})
                for (const auto& executor :
                     {serial_executor(true), thread_executor(threads), default_executor(threads)}) {
                    const Simulation simulation(network,
                                                {.threads = threads, .delivery = delivery, .executor = executor});
                    CHECK(simulation.synapse_count() == count(expected));
                    CHECK(equal(all_synapses(simulation), expected));
                }
    }
}

TEST_CASE("every synapse acts once, with its weight, after its delay") {
    for (const bool wide : {false, true})
        for (const int threads : {1, 3})
            for (const Delivery delivery : {Delivery::partition, Delivery::reduce}) {
                CAPTURE(wide);
                CAPTURE(threads);
                NetworkBuilder net{{.seed = 6}};
                const auto s = net.add_population({.name = "s", .size = 100, .v0_mv = -65.0});
                const auto t = net.add_population({.name = "t", .size = 1111});
                net.connect(
                    s, t,
                    {.rule = fixed_outdegree(50), .weight = uniform(-0.02, 0.02), .delay_ms = uniform(1.0, 40.0)});
                net.connect(s, t, {.rule = all_to_all(), .weight = uniform(-0.01, 0.01), .delay_ms = 5.0});
                net.connect(
                    s, t, {.rule = fixed_indegree(70), .weight = wide ? 1e-5 : 0.01, .delay_ms = uniform(30.0, 33.0)});
                CHECK(net.build().bytes_per_synapse() == (wide ? 8 : 4));
                check_arrivals(net, s, 45,
                               {.threads = threads, .delivery = delivery, .executor = thread_executor(threads)});
            }
}

TEST_CASE("procedural rows are those that would be stored") {
    for (const Rule& rule : {all_to_all(), fixed_probability(0.03), fixed_outdegree(40), fixed_outdegree(700)})
        for (const bool multiple : {true, false})
            for (const Distribution& weight :
                 {Distribution(0.5), uniform(-1.0, 2.0), clipped_normal(0.0, 2.0, -1.0, 1.0)}) {
                CAPTURE(rule.index());
                CAPTURE(multiple);
                const auto wired = [&](Storage storage) {
                    NetworkBuilder net{{.seed = 12}};
                    const auto p = net.add_population({.name = "p", .size = 777});
                    const auto q = net.add_population({.name = "q", .size = 3});
                    ProjectionSpec spec{.rule = rule, .weight = weight, .delay_ms = uniform(1.0, 9.0)};
                    spec.autapses = spec.multapses = multiple;
                    spec.storage = storage;
                    net.connect(p, everyone, spec);
                    net.connect(q, p, {.rule = fixed_indegree(1), .weight = 0.25});
                    const Simulation simulation(net.build(), {.threads = 2, .executor = thread_executor(2)});
                    CHECK((simulation.connectome_bytes() < 50'000) == (storage == Storage::procedural));
                    const Synapses rows = all_synapses(simulation);
                    CHECK(simulation.synapse_count() == count(rows));
                    return rows;
                };
                CHECK(equal(wired(Storage::stored), wired(Storage::procedural)));
            }
}

TEST_CASE("populations of any size, padded or not") {
    for (const std::uint32_t size : {1u, 2u, 63u, 64u, 65u, 127u, 128u, 511u, 512u, 513u, 1023u, 1024u, 1025u, 2049u})
        for (const int threads : {1, 4}) {
            CAPTURE(size);
            NetworkBuilder net{{.seed = 7}};
            net.add_population({.name = "before", .size = 3});
            const auto s = net.add_population({.name = "s", .size = 1});
            const auto t = net.add_population({.name = "t", .size = size});
            const auto after = net.add_population({.name = "after", .size = 5});
            net.connect(s, t, {.rule = all_to_all(), .weight = 0.25, .delay_ms = 2.0});
            net.connect(s, after, {.rule = all_to_all(), .weight = 0.5, .delay_ms = 3.0});
            net.connect(s, everyone, {.rule = fixed_outdegree(30), .weight = 0.125, .delay_ms = uniform(1.0, 5.0)});
            check_arrivals(net, s, 8, {.threads = threads, .executor = thread_executor(threads)});
        }
}

TEST_CASE("three hundred populations, in order") {
    NetworkBuilder net{{.seed = 8}};
    std::vector<PopulationId> ids;
    for (std::uint32_t p = 0; p < 300; ++p)
        ids.push_back(net.add_population({.name = "p" + std::to_string(p), .size = 1 + p % 7}));
    for (std::uint32_t p = 0; p < 300; ++p)
        net.connect(ids[p], ids[(p + 7) % 300],
                    {.rule = all_to_all(), .weight = 0.001 * p + 0.001, .delay_ms = 1.0 + p % 11});
    const Network network = net.build();
    CHECK(network.population_count() == 300);
    const Simulation simulation(network, {.threads = 5, .executor = thread_executor(5)});
    for (std::uint32_t p = 0; p < 300; ++p) {
        CHECK(network.find_population("p" + std::to_string(p)) == ids[p]);
        const std::uint32_t target = network.first_neuron(ids[(p + 7) % 300]), size = 1 + (p + 7) % 300 % 7;
        for (std::uint32_t i = 0; i < 1 + p % 7; ++i) {
            const auto row = simulation.synapses_of(network.first_neuron(ids[p]) + i);
            REQUIRE(row.size() == size);
            for (std::uint32_t j = 0; j < size; ++j) {
                CHECK(row[j].target == target + j);
                CHECK(row[j].delay_steps == 1 + p % 11);
                CHECK(std::abs(row[j].weight - (0.001 * p + 0.001)) <= network.weight_quantum(ProjectionId(p)) / 2);
            }
        }
    }
    net.stimulate(ids[0], {.stimulus = DirectCurrent{}});
    check_arrivals(net, ids[200], 13, {.threads = 3, .executor = thread_executor(3)});
}

TEST_CASE("targets further apart than a packed synapse can say") {
    // 65,535 is the first distance that does not fit, and means "go on" where it is stored.
    constexpr std::uint32_t size = 400'000;
    std::vector<ExplicitSynapse> list;
    std::uint32_t target = 0;
    for (const std::uint32_t distance : {0u, 1u, 65533u, 65534u, 65535u, 65536u, 65535u + 1u, 1u, 0u})
        list.push_back({0, target += distance, 0.5, 2.0});
    list.push_back({0, 131070, -0.25, 3.0});  // two fillers exactly, from the start of its group
    list.push_back({0, 65535, 0.125, 4.0});
    list.push_back({0, 0, 0.125, 5.0});
    list.push_back({0, size - 1, 0.75, 6.0});
    list.push_back({1, size - 1, 0.75, 1.0});
    for (const int threads : {1, 3})
        for (const Delivery delivery : {Delivery::partition, Delivery::reduce}) {
            NetworkBuilder net;
            const auto s = net.add_population({.name = "s", .size = 2});
            const auto t = net.add_population({.name = "t", .size = size});
            net.connect(s, t, {.rule = explicit_list(list)});
            const Network network = net.build();
            CHECK(network.bytes_per_synapse() == 4);
            const SimulationOptions options{
                .threads = threads, .delivery = delivery, .executor = thread_executor(threads)};
            const auto row = Simulation(network, options).synapses_of(0);
            REQUIRE(row.size() == 13);
            for (std::size_t i = 0; i < 9; ++i) CHECK(row[i].target == list[i].target + 2);
            check_arrivals(net, s, 8, options);
        }
}

TEST_CASE("more synapses of one delay than a group holds, sparse, dense and wide") {
    for (const bool wide : {false, true})
        for (const int threads : {1, 2}) {
            CAPTURE(wide);
            NetworkBuilder net{{.seed = 9}};
            const auto s = net.add_population({.name = "s", .size = 2});
            const auto t = net.add_population({.name = "t", .size = 70'001});
            const auto few = net.add_population({.name = "few", .size = 3});
            const double largest = 1.0 / 64;
            net.connect(s, t, {.rule = all_to_all(), .weight = uniform(-largest, largest), .delay_ms = 2.0});
            net.connect(s, t,
                        {.rule = fixed_outdegree(140'000), .weight = uniform(-largest, largest), .delay_ms = 3.0});
            net.connect(s, few, {.rule = fixed_outdegree(100'000), .weight = 1.0 / 1024, .delay_ms = 4.0});
            if (wide) net.connect(s, t, {.rule = fixed_outdegree(1), .weight = 1.0 / 1048576});
            const Network network = net.build();
            CHECK(network.bytes_per_synapse() == (wide ? 8 : 4));
            check_arrivals(net, s, 4, {.threads = threads, .executor = thread_executor(threads)});
            CHECK(Simulation(network, {.threads = threads}).synapses_of(1).size() == 310'001 + (wide ? 1 : 0));
        }
}

TEST_CASE("sums cannot overflow though all inputs arrive at once") {
    // Every source fires in the same step; all weights have one sign and the law's largest size.
    struct Case {
        std::uint32_t sources, targets;
        Rule rule;
        bool autapses, itself;
    };
    for (const Case& c : {Case{70'000, 1, all_to_all(), true, false},
                          {1, 1, fixed_outdegree(200'000), true, false},
                          {3, 1, fixed_indegree(100'000), true, false},
                          {1, 2, fixed_outdegree(1'000'000), false, true},
                          {1, 10, fixed_outdegree(1'000'000), false, true},
                          {20'000, 2, fixed_probability(0.9), true, false}})
        for (const double weight : {-0.75, -1.0, -0.999}) {
            CAPTURE(c.sources);
            CAPTURE(c.targets);
            NetworkBuilder net{{.seed = 10}};
            const auto s = net.add_population({.name = "s", .size = c.sources});
            const auto t = net.add_population({.name = "t", .size = c.itself ? c.targets - 1 : c.targets});
            const Selection target = c.itself ? everyone : Selection(t);
            net.connect(s, target, {.rule = c.rule, .weight = weight, .autapses = c.autapses});
            net.stimulate(s, {.stimulus = SpikeTimes{.weight = kJolt, .times_ms = {0.0}}});
            net.record_trace({.population = t, .neurons = {0}, .variables = {Variable::current}});
            const Network network = net.build();
            Simulation simulation(network, {.threads = 1, .executor = serial_executor()});
            Arrivals arrivals;
            simulation.run(2, &arrivals);
            double expected = 0.0;
            for (std::uint32_t n = 0; n < c.sources; ++n)
                for (const auto& synapse : simulation.synapses_of(n))
                    if (synapse.target == network.first_neuron(t)) expected += synapse.weight;
            CHECK(expected < -1000.0);
            CHECK(arrivals.by_step.at(1).at(0) == static_cast<float>(expected));
            CHECK(std::abs(expected) / network.weight_quantum(ProjectionId(0)) <= 2147483647.0);
        }
}

TEST_CASE("the connectome takes what was forecast") {
    const auto check = [](const char* name, const NetworkBuilder& net, int threads) {
        const Network network = net.build();
        const Simulation simulation(network, {.threads = threads, .executor = serial_executor()});
        const auto forecast = static_cast<double>(network.memory(threads).synapse_bytes);
        const auto taken = static_cast<double>(simulation.connectome_bytes());
        CAPTURE(name);
        CAPTURE(threads);
        CAPTURE(forecast);
        CAPTURE(taken);
        CHECK(taken < 1.1 * forecast);
        CHECK(taken > 0.9 * forecast);
        CHECK(network.memory(threads).synapses > 0.99 * static_cast<double>(simulation.synapse_count()));
        CHECK(network.memory(threads).synapses < 1.01 * static_cast<double>(simulation.synapse_count()));
    };
    for (const int threads : {1, 4}) {
        check("cortex-1k", cortex_1k(1), threads);
        check("cortex-10k", cortex_10k(1), threads);
        check("cortex-30k", cortex(30000, 100, 6.5, 1), threads);
        for (const Rule& rule : {fixed_probability(0.01), fixed_indegree(100)}) {
            NetworkBuilder net;
            const auto p = net.add_population({.name = "p", .size = 10000});
            net.connect(p, p, {.rule = rule, .weight = uniform(0.0, 1.0)});
            check("rule", net, threads);
            net.connect(p, p, {.rule = one_to_one(), .weight = 1e-6});
            check("wide", net, threads);
        }
    }
}

TEST_SUITE_END();
