// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Names and numbers of neurons in recordings, and traces of one report: what is refused, and what is not.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/network/faults.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

std::vector<std::uint64_t> numbers(std::uint64_t first, std::uint64_t count) {
    std::vector<std::uint64_t> ids;
    for (std::uint64_t i = 0; i < count; ++i) ids.push_back(first + i);
    return ids;
}

std::vector<std::uint64_t> with(std::vector<std::uint64_t> ids, std::size_t at, std::uint64_t id) {
    ids[at] = id;
    return ids;
}

/// Populations of 80 and 20 neurons under one name.
auto both(std::vector<std::uint64_t> exc, std::vector<std::uint64_t> inh) {
    return [=](Parts& p) {
        p.exc.recorded_as = RecordedAs{"v1", exc};
        p.inh.recorded_as = RecordedAs{"v1", inh};
    };
}

}  // namespace

TEST_SUITE_BEGIN("recorded_as");

TEST_CASE("recorded as: names and numbers that cannot be") {
    const auto named = [](std::string name) { return [=](Parts& p) { p.exc.recorded_as = RecordedAs{name}; }; };
    const auto numbered = [](std::vector<std::uint64_t> ids) {
        return [=](Parts& p) { p.exc.recorded_as = RecordedAs{"v1", ids}; };
    };
    const char* const e = "population.exc";
    const char* const names = "1 to 200 bytes without '/' and control characters";
    check({
        {named(""), e, "recorded_as", "is empty", names},
        {named("a/b"), e, "recorded_as", "is \"a/b\", with a '/'", names},
        {named("."), e, "recorded_as", "is \".\"", "not \".\""},
        {named("a\nb"), e, "recorded_as", "has a control character", names},
        {named("a\x7f"), e, "recorded_as", "has a control character", names},
        {named(std::string(201, 'x')), e, "recorded_as", "has 201 bytes", names},
        {numbered(numbers(0, 79)), e, "node_ids", "has 79 values", "80, one for each neuron"},
        {numbered(with(numbers(0, 80), 7, kMaxNodeId + 1)), e, "node_ids", "holds 9007199254740993 for neuron 7",
         "0 to 9007199254740992"},
        {numbered(with(numbers(0, 80), 79, 3)), e, "node_ids", "holds 3 twice", "each number once"},
        {numbered(with(numbers(0, 80), 4, 3)), e, "node_ids", "holds 3 twice", "each number once"},
        {both(numbers(0, 80), numbers(79, 20)), "population.inh", "node_ids",
         "holds number 79 of \"v1\", as population.exc", "numbers of its own"},
        {both({}, numbers(79, 20)), "population.inh", "node_ids", "holds number 79 of \"v1\", as population.exc",
         "numbers of its own"},
        {both(with(numbers(100, 80), 5, 19), {}), "population.inh", "recorded_as",
         "gives a neuron number 19 of \"v1\", as population.exc", "another name, or node_ids of its own"},
        {both({}, {}), "population.inh", "recorded_as", "gives a neuron number 0 of \"v1\", as population.exc",
         "another name, or node_ids"},
        // A population that is recorded under its own name has numbers too.
        {named("inh"), "population.inh", "recorded_as", "gives a neuron number 0 of \"inh\", as population.exc",
         "another name"},
    });
}

TEST_CASE("recorded as: names and numbers that can be") {
    const auto accepted = [](auto change) {
        Parts parts;
        change(parts);
        CHECK(fault_of([&] { (void)parts.build(); }) == "");
    };
    accepted(both(numbers(0, 80), numbers(80, 20)));
    accepted(both({}, numbers(80, 20)));
    accepted(both(numbers(20, 80), {}));
    accepted(both(with(numbers(0, 80), 0, kMaxNodeId), numbers(1000, 20)));
    accepted([](Parts& p) { p.exc.recorded_as = RecordedAs{"\xc3\xa4 name, with \"marks\" .."}; });
    accepted([](Parts& p) { p.exc.recorded_as = RecordedAs{std::string(200, 'x')}; });
    // Without neurons there is nothing in common.
    accepted([](Parts& p) {
        p.inh.size = 0;
        p.inh.recorded_as = RecordedAs{"exc"};
        p.stimulated = PopulationId{0};
    });
    Parts parts;
    parts.exc.recorded_as = RecordedAs{"v1", with(numbers(0, 80), 3, 99)};
    const NetworkDescription d = parts.build().description();
    CHECK(d.populations[0].recorded_name() == "v1");
    CHECK(d.populations[0].recorded_id(3) == 99);
    CHECK(d.populations[1].recorded_name() == "inh");
    CHECK(d.populations[1].recorded_id(3) == 3);
}

namespace {

/// The traces of three populations in one report; change() may spoil the last.
template <class Change>
std::string fault_of_report(const Change& change) {
    NetworkBuilder net;
    const auto a = net.add_population({.name = "a", .size = 4}), b = net.add_population({.name = "b", .size = 4}),
               lif = net.add_population({.name = "lif", .size = 4, .cell = leaky_integrate_and_fire()});
    for (const auto population : {a, b, lif})
        net.connect(
            population, population,
            {.name = "p" + std::to_string(population.index), .weight = 1.0, .dynamics = ExponentialCurrent{5.0}});
    const auto trace = [](PopulationId of, std::vector<std::uint32_t> neurons) {
        TraceSpec spec{.name = "t" + std::to_string(of.index), .population = of, .neurons = std::move(neurons)};
        spec.report = "mem";
        return spec;
    };
    std::vector<TraceSpec> traces{trace(a, {0, 2}), trace(b, {0, 2}), trace(lif, {1})};
    change(traces);
    for (const TraceSpec& each : traces) net.record_trace(each);
    return fault_of([&] { (void)net.build(); });
}

}  // namespace

TEST_CASE("reports: traces that fit each other, and those that do not") {
    using Traces = std::vector<TraceSpec>;
    CHECK(fault_of_report([](Traces&) {}) == "");
    // Steps count, and not how they are written.
    CHECK(fault_of_report([](Traces& t) { t[1].interval_ms = 1.2; }) == "");
    CHECK(fault_of_report([](Traces& t) { t[1].report = "other", t[1].interval_ms = 2.0; }) == "");
    const auto told = [](const auto& change, const std::string& what) {
        const std::string fault = fault_of_report(change);
        CAPTURE(fault);
        CHECK(contains(fault, what));
    };
    told([](Traces& t) { t[2].variables = {Variable::current}; },
         "trace.t2.variables is current, and trace.t0 of the report \"mem\" has v; allowed: the same for all traces");
    told([](Traces& t) { t[0].variables.push_back(Variable::u); },
         "trace.t0.variables has 2 entries, and report is given; allowed: one variable in a report");
    told([](Traces& t) { t[1].interval_ms = 2.0; },
         "trace.t1.interval_ms is 2, and trace.t0 of the report \"mem\" has 1");
    told([](Traces& t) { t[1].start_ms = 2.0; }, "trace.t1.start_ms is 2, and trace.t0 of the report \"mem\" has 0");
    told([](Traces& t) { t[1].stop_ms = 9.0; }, "trace.t1.stop_ms is 9, and trace.t0 of the report \"mem\" has 1e+300");
    told(
        [](Traces& t) {
            t[1].population = t[0].population, t[1].neurons = {1, 2};
        },
        "trace.t1.neurons holds 2, which the report \"mem\" has already; allowed: each neuron once");
    told([](Traces& t) { t[0].neurons = {1, 1}; }, "trace.t0.neurons holds 1, which the report \"mem\" has already");
    told(
        [](Traces& t) {
            for (TraceSpec& each : t) each.variables = {Variable::current};
        },
        "trace.t2.population has current in other units than that of trace.t0 of the report \"mem\"");
    told(
        [](Traces& t) {
            t.pop_back();
            for (std::size_t i = 0; i < 2; ++i) {
                t[i].variables = {Variable::synaptic_current};
                t[i].projection = ProjectionId(i);
            }
        },
        "trace.t1.projection is another one than that of trace.t0 of the report \"mem\"");
    told([](Traces& t) { t[0].report = "a/b"; }, "trace.t0.report is \"a/b\", with a '/'; allowed: 1 to 200 bytes");
    told([](Traces& t) { t[0].report = ".mem"; }, "trace.t0.report is \".mem\", which begins with '.'");
    told([](Traces& t) { t[0].report = "a\tb"; }, "trace.t0.report has a control character");
    told([](Traces& t) { t[0].start_ms = -1.0; }, "trace.t0.start_ms is -1; allowed: 0 or more");
    told([](Traces& t) { t[0].start_ms = 5.0, t[0].stop_ms = 4.0; },
         "trace.t0.stop_ms is 4; allowed: start_ms (5) or more");
}

TEST_SUITE_END();
