// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Options, questions and names that are wrong; what a description is once it was checked.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/nearest_name.hpp"
#include "tests/network/faults.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

TEST_SUITE_BEGIN("validation");

TEST_CASE("faults of the options of a simulation") {
    const Network network = Parts().build();
    const auto fault = [&](const SimulationOptions& options) {
        return fault_of([&] { const Simulation s(network, options); });
    };
    CHECK(fault({}).empty());
    for (const int threads : {-1, 1025, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
        const std::string what = fault({.threads = threads});
        CHECK(contains(what, "option.threads is " + std::to_string(threads)));
        CHECK(contains(what, "1 to 1024"));
    }
    CHECK(fault({.threads = 1024, .executor = serial_executor()}).empty());
    for (const Isa isa : {Isa::scalar, Isa::sse42, Isa::avx2, Isa::avx512, Isa::neon}) {
        const auto all = available_isas();
        const bool has = std::find(all.begin(), all.end(), isa) != all.end();
        const std::string what = fault({.threads = 1, .isa = isa}), name(to_string(isa));
        CHECK(what.empty() == has);
        if (has) {
            CHECK(isa_from_string(name) == isa);
            CHECK(Simulation(network, {.threads = 1, .isa = isa}).isa() == isa);
        } else {
            CHECK(contains(what, "option.isa is " + name));
            CHECK(contains(what, "allowed: auto, scalar"));
            CHECK(contains(fault_of([&] { (void)isa_from_string(name); }), "option.isa is " + name));
        }
    }
    CHECK(isa_from_string("auto") == Isa::automatic);
    const std::string unknown = fault_of([] { (void)isa_from_string("mmx"); });
    CHECK(contains(unknown, "option.isa is 'mmx'"));
    CHECK(contains(unknown, "allowed: auto, scalar"));
    CHECK(!fault_of([] { (void)isa_from_string(""); }).empty());
}

TEST_CASE("IZHI_ISA picks the kernels, and is named when it is wrong") {
    const Network network = Parts().build();
    const char* const before = std::getenv("IZHI_ISA");
    const std::string kept = before ? before : "";
    ::setenv("IZHI_ISA", "scalar", 1);
    CHECK(Simulation(network, {.threads = 1}).isa() == Isa::scalar);
    ::setenv("IZHI_ISA", "", 1);
    CHECK(Simulation(network, {.threads = 1}).isa() == available_isas().back());
    ::setenv("IZHI_ISA", "3dnow", 1);
    const std::string what = fault_of([&] { const Simulation s(network, {.threads = 1}); });
    CHECK(contains(what, "environment.IZHI_ISA is '3dnow'"));
    CHECK(contains(what, "scalar"));
    CHECK(fault_of([&] { const Simulation s(network, {.threads = 1, .isa = Isa::scalar}); }).empty());
    if (before) ::setenv("IZHI_ISA", kept.c_str(), 1);
    else ::unsetenv("IZHI_ISA");
}

TEST_CASE("what does not fit in memory is refused before it is built, with the figure") {
    NetworkBuilder net;
    const auto p = net.add_population({.name = "p", .size = 1'000'000'000});
    net.connect(p, p, {.rule = fixed_outdegree(1000), .weight = 1.0});
    const Network network = net.build();  // a plan costs nothing in proportion to neurons or synapses
    CHECK(network.memory().synapses == 1'000'000'000'000);
    const std::string what = fault_of([&] { const Simulation s(network, {.threads = 1}); });
    CHECK(contains(what, "network needs "));
    CHECK(contains(what, " TB of memory"));
    CHECK(contains(what, "1000000000000 synapses"));
    CHECK(contains(what, "; allowed: up to "));
    // a limit of one's own, on either side of the forecast
    const Network small = Parts().build();
    const std::uint64_t needs = small.memory(1).total();
    CHECK(contains(fault_of([&] { const Simulation s(small, {.threads = 1, .memory_limit_bytes = needs - 1}); }),
                   "network needs "));
    CHECK(fault_of([&] { const Simulation s(small, {.threads = 1, .memory_limit_bytes = needs}); }).empty());
    // many threads and one long row are allowed
    NetworkBuilder star;
    const auto hub = star.add_population({.name = "hub", .size = 1});
    star.add_population({.name = "rim", .size = 20'000});
    star.connect(hub, everyone, {.rule = all_to_all(), .weight = 1.0});
    CHECK(star.build().memory(300).building_bytes < 100'000'000);
    // long delays are counted
    NetworkBuilder slow;
    const auto q = slow.add_population({.name = "q", .size = 1000});
    slow.connect(q, q, {.rule = one_to_one(), .weight = 1.0, .delay_ms = 60000.0});
    const Network delayed = slow.build();
    CHECK(delayed.memory().buffer_bytes >= 60000u * 1000u * 4u);
    // and once per worker where each has a buffer over all neurons, chosen or forced
    const std::uint64_t partitioned = delayed.memory(1).total();
    CHECK(fault_of([&] {
              const Simulation s(delayed,
                                 {.threads = 1, .delivery = Delivery::partition, .memory_limit_bytes = partitioned});
          }).empty());
    CHECK(contains(fault_of([&] {
                       const Simulation s(delayed, {.threads = 2,
                                                    .delivery = Delivery::reduce,
                                                    .executor = serial_executor(),
                                                    .memory_limit_bytes = partitioned});
                   }),
                   "network needs "));
    // every column that a population takes is counted
    const auto neuron_bytes = [](const CellType& cell, const Distribution& bias, Numerics numerics) {
        NetworkBuilder one{{.numerics = numerics}};
        one.add_population({.name = "p", .size = 6400, .cell = cell, .bias_current = bias});
        return one.build().memory(1).neuron_bytes;
    };
    const std::uint64_t column = 6400 * sizeof(float), plain = neuron_bytes({}, 0.0, Numerics::published);
    const Distribution any = uniform(0.1, 0.2);
    CHECK(neuron_bytes({.a = any}, 0.0, Numerics::published) == plain + 2 * column);  // a and b go together
    CHECK(neuron_bytes({.d = any}, 0.0, Numerics::published) == plain + column);
    CHECK(neuron_bytes({}, any, Numerics::published) == plain + column);
    CHECK(neuron_bytes({}, 0.0, Numerics::accurate) == plain + 2 * column);  // c and d, read inside the kernel
}

TEST_CASE("questions to a network") {
    const Network network = Parts().build();
    CHECK(network.neuron_count() == 100);
    CHECK(network.population_count() == 2);
    CHECK(network.first_neuron({1}) == 80);
    CHECK(network.find_population("inh") == PopulationId{1});
    const std::string unknown = fault_of([&] { (void)network.find_population("ihn"); });
    CHECK(contains(unknown, "population.ihn does not exist"));
    CHECK(contains(unknown, "did you mean inh?"));
    CHECK(contains(fault_of([&] { (void)network.first_neuron({2}); }), "is population number 2; allowed: 0 to 1"));
    CHECK(network.steps(0.0) == 0);
    CHECK(network.steps(2.4) == 2);
    CHECK(network.steps(2.5) == 3);
    CHECK(network.steps(4e18) == 4'000'000'000'000'000'000u);
    for (const double bad : {-0.1, 5e18, kNan, kInf, -kInf}) {
        const std::string what = fault_of([&] { (void)network.steps(bad); });
        CHECK(contains(what, "option.duration is "));
        CHECK(contains(what, "allowed: 0 to 4611686018427387904 ms"));
    }
}

TEST_CASE("a name that is not known is answered with the one that was meant") {
    using izhi::detail::suggest_name;
    const std::vector<std::string> networks{"cortex-1k", "cortex-1m", "cortex-10k", "cortex-100k", "storm-10k"};
    CHECK(suggest_name("cortex-10", networks) == "did you mean cortex-10k?");  // lacks its end
    CHECK(suggest_name("cortex-k1", networks) == "did you mean cortex-1k?");   // two letters swapped
    CHECK(suggest_name("Storm10k", networks) == "did you mean storm-10k?");    // case, and one letter missing
    CHECK(suggest_name("ihn", {"exc", "inh"}) == "did you mean inh?");
    CHECK(suggest_name("hippocampus", networks).starts_with("known: cortex-1k, "));
    CHECK(suggest_name(std::string(1000, 'x'), networks).starts_with("known: "));
    CHECK(suggest_name("x", {}) == "there are none");
}

TEST_CASE("a description is checked as a whole, and kept with its defaults") {
    const Network network = Parts().build();
    CHECK(network.description().populations[0].name == "exc");
    CHECK(network.description().stimuli[0].spec.count == 20u);
    CHECK(network.dt_ms() == 1.0);
}

TEST_CASE("a builder that is given up is not copied, and builds the same") {
    NetworkBuilder net{{.seed = 3}};
    const auto a = net.add_population({.name = "a", .size = 50, .noise_stddev = 6.0});
    std::vector<ExplicitSynapse> list;
    for (std::uint32_t n = 0; n < 50; ++n) list.push_back({n, (n * 7) % 50, 8.0, 2.0});
    net.connect(a, a, {.rule = explicit_list(list)});
    const auto synapses_of = [](const NetworkDescription& description) {
        return std::get<ExplicitList>(description.projections.at(0).spec.rule).synapses.sources().data();
    };
    const std::uint32_t* const place = synapses_of(net.description());
    const Network copied = net.build();
    CHECK(synapses_of(copied.description()) == place);  // lists share their columns
    const Network moved = std::move(net).build();
    CHECK(synapses_of(moved.description()) == place);
    Simulation one(copied, {.threads = 1}), two(moved, {.threads = 1});
    one.run(200);
    two.run(200);
    CHECK(one.spike_hash() == two.spike_hash());
    CHECK(one.spike_count() > 0);
    CHECK(moved.first_neuron(a) == 0);  // its ids are those of the builder
    // NOLINTNEXTLINE(bugprone-use-after-move): what is left is promised to be an empty builder
    CHECK(contains(fault_of([&] { (void)net.build(); }), "network has no population"));
    NetworkBuilder faulty{{.dt_ms = -1.0}};
    faulty.add_population({.name = "a", .size = 5});
    CHECK(contains(fault_of([&] { (void)std::move(faulty).build(); }), "network.dt_ms"));
    CHECK(faulty.description().populations.empty());  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("the version of the library that runs is that of these headers") {
    CHECK(version() == kVersion);
    CHECK_FALSE(version().empty());
}

TEST_SUITE_END();
