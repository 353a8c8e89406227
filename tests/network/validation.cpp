// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// Everything a user can get wrong is refused before anything is built, with the field, the value and what is allowed.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/nearest_name.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// A sound description with one of everything, to be spoilt.
struct Parts {
    NetworkSpec network{.name = "good", .seed = 1};
    PopulationSpec exc{.name = "exc", .size = 80}, inh{.name = "inh", .size = 20};
    ProjectionSpec projection{.name = "wires", .rule = fixed_outdegree(5), .weight = 1.0};
    Selection source = PopulationId{0}, target = everyone;
    StimulusSpec stimulus{.name = "jolt", .stimulus = DirectCurrent{.amplitude = 1.0}};
    Selection stimulated = PopulationId{1};
    TraceSpec trace{.name = "probe", .population = {0}, .neurons = {0, 79}};
    std::optional<std::vector<PopulationId>> recorded{};

    [[nodiscard]] Network build() const {
        NetworkBuilder net{network};
        net.add_population(exc);
        net.add_population(inh);
        net.connect(source, target, projection);
        net.stimulate(stimulated, stimulus);
        net.record_trace(trace);
        if (recorded) net.restrict_spike_recording(*recorded);
        return net.build();
    }
};

struct Fault {
    std::function<void(Parts&)> spoil;
    const char *subject, *field, *problem, *allowed;
};

void check(const std::vector<Fault>& faults) {
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const Fault& fault = faults[i];
        CAPTURE(i);
        Parts parts;
        CHECK_NOTHROW((void)parts.build());
        fault.spoil(parts);
        std::optional<Error> error;
        try {
            (void)parts.build();
        } catch (const Error& caught) { error = caught; }
        CAPTURE(fault.subject);
        CAPTURE(fault.field);
        CAPTURE(fault.problem);
        REQUIRE_MESSAGE(error.has_value(),
                        "was accepted: " << fault.subject << '.' << fault.field << ' ' << fault.problem);
        const std::string what = error->what();
        CAPTURE(what);
        CHECK(error->subject() == fault.subject);
        CHECK(error->field() == fault.field);
        CHECK(error->problem().find(fault.problem) != std::string::npos);
        CHECK(error->allowed().find(fault.allowed) != std::string::npos);
        // the sentence holds all of it, in one line
        CHECK(what.find(fault.subject) == 0);
        CHECK(what.find(error->problem()) != std::string::npos);
        CHECK(what.find(error->allowed()) != std::string::npos);
        CHECK(what.find('\n') == std::string::npos);
    }
}

/// What a callable throws as Error; empty if nothing.
template <class Call>
std::string fault_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) { return error.what(); }
    return {};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE_BEGIN("validation");

TEST_CASE("faults of the network") {
    check({
        {[](Parts& p) { p.network.name = ""; }, "network", "name", "is empty", "any text"},
        {[](Parts& p) { p.network.dt_ms = 0.0; }, "network", "dt_ms", "is 0", "0.001 to 10"},
        {[](Parts& p) { p.network.dt_ms = 0.00099; }, "network", "dt_ms", "is 0.00099", "0.001 to 10"},
        {[](Parts& p) { p.network.dt_ms = 10.5; }, "network", "dt_ms", "is 10.5", "0.001 to 10"},
        {[](Parts& p) { p.network.dt_ms = -1.0; }, "network", "dt_ms", "is -1", "0.001 to 10"},
        {[](Parts& p) { p.network.dt_ms = kNan; }, "network", "dt_ms", "is nan", "0.001 to 10"},
        {[](Parts& p) { p.network.numerics = static_cast<Numerics>(7); }, "network", "numerics", "is unknown",
         "published, euler, forward-euler, accurate"},
        {[](Parts& p) { p.network.noise = static_cast<NoiseLaw>(7); }, "network", "noise", "is unknown",
         "table, exact"},
    });
    const std::string empty = fault_of([] { (void)NetworkBuilder().build(); });
    CHECK(contains(empty, "network has no population; allowed: at least one"));
}

TEST_CASE("faults of populations") {
    check({
        {[](Parts& p) { p.exc.name = ""; }, "population.", "name", "is empty", "letters, digits"},
        {[](Parts& p) { p.exc.name = "two words"; }, "population.two words", "name", "is \"two words\"",
         "letters, digits, '_' and '-'"},
        {[](Parts& p) { p.exc.name = "a.b"; }, "population.a.b", "name", "is \"a.b\"", "letters"},
        {[](Parts& p) { p.exc.name = "\xc3\xa4"; }, "population.\xc3\xa4", "name", "is \"", "letters"},
        {[](Parts& p) { p.inh.name = "exc"; }, "population.exc", "name", "taken", ""},
        {[](Parts& p) { p.inh.name = "everyone"; }, "population.everyone", "name", "taken", ""},
        {[](Parts& p) { p.exc.size = p.inh.size = 0; }, "network", "", "has no neurons", "a population with neurons"},
        {[](Parts& p) { p.exc.size = 4'000'000'000; }, "population.exc", "size", "is 4000000000",
         "2000000000 neurons in all"},
        {[](Parts& p) { p.exc.size = p.inh.size = 1'500'000'000; }, "population.inh", "size", "too large",
         "2000000000"},
        {[](Parts& p) { p.exc.noise_stddev = -0.1; }, "population.exc", "noise_stddev", "is -0.1", "0 to 10000"},
        {[](Parts& p) { p.exc.noise_stddev = 10001.0; }, "population.exc", "noise_stddev", "is 10001", "0 to 10000"},
    });
    // every distribution of a neuron, at and beyond both ends of its range
    struct Field {
        const char* name;
        std::function<Distribution&(Parts&)> of;
        double low, high;
        const char* allowed;
    };
    const std::vector<Field> fields{
        {"a", [](Parts& p) -> Distribution& { return p.exc.cell.a; }, -10.0, 10.0, "-10 to 10"},
        {"b", [](Parts& p) -> Distribution& { return p.exc.cell.b; }, -100.0, 100.0, "-100 to 100"},
        {"c", [](Parts& p) -> Distribution& { return p.exc.cell.c; }, -200.0, 29.0, "-200 to 29"},
        {"d", [](Parts& p) -> Distribution& { return p.exc.cell.d; }, -1000.0, 1000.0, "-1000 to 1000"},
        {"v0_mv", [](Parts& p) -> Distribution& { return p.exc.v0_mv; }, -200.0, 29.0, "-200 to 29"},
        {"u0_mv", [](Parts& p) -> Distribution& { return p.exc.u0_mv.emplace(); }, -1e4, 1e4, "-10000 to 10000"},
        {"bias_current", [](Parts& p) -> Distribution& { return p.exc.bias_current; }, -1e5, 1e5, "-1e+05 to 1e+05"},
    };
    for (const Field& field : fields) {
        CAPTURE(field.name);
        const auto refused = [&](const Distribution& d, const char* problem, const char* allowed) {
            check({{[&](Parts& p) { field.of(p) = d; }, "population.exc", field.name, problem, allowed}});
        };
        const auto accepted = [&](const Distribution& d) {
            Parts parts;
            field.of(parts) = d;
            CHECK_NOTHROW((void)parts.build());
        };
        const double low = field.low, high = field.high;
        accepted(low);
        accepted(high);
        accepted(uniform(low, high));
        accepted(uniform(low, low));
        accepted(clipped_normal(0.0, 1.0, low, high));
        accepted(shared(low, high - low));
        for (const double bad : {low - 1.0, high + 1.0, kNan, kInf, -kInf}) {
            refused(bad, "is ", field.allowed);
            refused(uniform(bad, high), "is uniform from ", field.allowed);
            refused(uniform(low, bad), "is uniform up to ", field.allowed);
            refused(clipped_normal(0.0, 1.0, bad, high), "is normal clipped from ", field.allowed);
            refused(clipped_normal(0.0, 1.0, low, bad), "is normal clipped up to ", field.allowed);
            refused(shared(bad, 0.0), "is shared with the value at r = 0", field.allowed);
        }
        refused(uniform(high, low), "is uniform from ", "low bound first");
        refused(clipped_normal(0.0, 1.0, high, low), "is clipped from ", "low bound first");
        refused(clipped_normal(0.0, -1.0, low, high), "has the standard deviation -1", "0 or more");
        refused(clipped_normal(0.0, kNan, low, high), "has the standard deviation nan", "0 or more");
        refused(clipped_normal(0.0, kInf, low, high), "has the standard deviation inf", "0 or more");
        refused(clipped_normal(kNan, 1.0, low, high), "has the mean nan", "a finite number");
        refused(clipped_normal(-kInf, 1.0, low, high), "has the mean -inf", "a finite number");
        refused(shared(low, high - low + 1.0), "is shared with the value at r = 1", field.allowed);
        refused(shared(low, kNan), "is shared", "");
        refused(shared(low, kInf), "is shared", "");
        refused(shared(low, 0.0, kInf), "is shared", "");
        refused(shared(low, kInf, -kInf), "is shared", "");
        // both ends fine, the middle of the parabola is not
        refused(shared(low, -4.0, 4.0), "is shared with an extreme of ", field.allowed);
        refused(shared(high, 4.0, -4.0), "is shared with an extreme of ", field.allowed);
    }
}

TEST_CASE("faults of projections") {
    check({
        {[](Parts& p) { p.projection.name = "a b"; }, "projection.a b", "name", "is \"a b\"", "letters"},
        {[](Parts& p) { p.source = PopulationId{2}; }, "projection.wires", "source", "is population number 2",
         "0 to 1"},
        {[](Parts& p) { p.target = PopulationId{99}; }, "projection.wires", "target", "is population number 99",
         "0 to 1"},
        {[](Parts& p) { p.projection.rule = one_to_one(); }, "projection.wires", "rule",
         "one-to-one between 80 and 100", "equal size"},
        {[](Parts& p) { p.projection.rule = fixed_probability(-0.01); }, "projection.wires", "probability", "is -0.01",
         "0 to 1"},
        {[](Parts& p) { p.projection.rule = fixed_probability(1.01); }, "projection.wires", "probability", "is 1.01",
         "0 to 1"},
        {[](Parts& p) { p.projection.rule = fixed_probability(kNan); }, "projection.wires", "probability", "is nan",
         "0 to 1"},
        {[](Parts& p) { p.projection.rule = fixed_indegree(0); }, "projection.wires", "indegree", "is 0", "1 or more"},
        {[](Parts& p) { p.projection.rule = fixed_outdegree(0); }, "projection.wires", "outdegree", "is 0",
         "1 or more"},
        {[](Parts& p) { p.projection.rule = fixed_outdegree(20, 0); }, "projection.wires", "strata", "is 0", "1 to 20"},
        {[](Parts& p) { p.projection.rule = fixed_outdegree(20, 21); }, "projection.wires", "strata", "is 21",
         "1 to 20"},
        {[](Parts& p) { p.projection.rule = fixed_outdegree(200, 51); }, "projection.wires", "strata", "is 51",
         "1 to 50"},
        {[](Parts& p) {
             p.projection.rule = fixed_outdegree(20, 5);
             p.projection.multapses = false;
         },
         "projection.wires", "multapses", "is false", "strata = 1"},
        {[](Parts& p) {
             p.projection.rule = fixed_indegree(81);
             p.projection.multapses = false;
         },
         "projection.wires", "indegree", "is 81", "at most 80"},
        {[](Parts& p) {
             p.projection.rule = fixed_outdegree(101);
             p.projection.multapses = false;
         },
         "projection.wires", "outdegree", "is 101", "at most 100"},
        {[](Parts& p) {
             p.projection.rule = fixed_outdegree(100);
             p.projection.multapses = p.projection.autapses = false;
         },
         "projection.wires", "outdegree", "is 100", "at most 99"},
        {[](Parts& p) {
             p.projection.rule = fixed_indegree(80);
             p.projection.multapses = p.projection.autapses = false;
         },
         "projection.wires", "indegree", "is 80", "at most 79"},
        {[](Parts& p) {
             p.exc.size = 1;
             p.trace.neurons = {0};
             p.projection.autapses = false;
             p.projection.rule = fixed_indegree(1);
         },
         "projection.wires", "autapses", "single neuron", "true"},
        {[](Parts& p) { p.projection.weight = 100001.0; }, "projection.wires", "weight", "is 100001",
         "-1e+05 to 1e+05"},
        {[](Parts& p) { p.projection.weight = kNan; }, "projection.wires", "weight", "is nan", "-1e+05 to 1e+05"},
        {[](Parts& p) { p.projection.weight = uniform(0.0, kInf); }, "projection.wires", "weight",
         "is uniform up to inf", "-1e+05 to 1e+05"},
        {[](Parts& p) { p.projection.weight = uniform(1.0, 0.0); }, "projection.wires", "weight",
         "is uniform from 1 to 0", "low bound first"},
        {[](Parts& p) { p.projection.weight = clipped_normal(0.0, 1.0, -kInf, 1.0); }, "projection.wires", "weight",
         "clipped from -inf", "-1e+05 to 1e+05"},
        {[](Parts& p) { p.projection.weight = shared(0.0, 1.0); }, "projection.wires", "weight", "shared r",
         "a number, uniform or clipped normal"},
        {[](Parts& p) { p.projection.delay_ms = 0.0; }, "projection.wires", "delay_ms", "is 0", "0.5 to 65000"},
        {[](Parts& p) { p.projection.delay_ms = 65001.0; }, "projection.wires", "delay_ms", "is 65001", "0.5 to 65000"},
        {[](Parts& p) { p.projection.delay_ms = kNan; }, "projection.wires", "delay_ms", "is nan", "0.5 to 65000"},
        {[](Parts& p) { p.projection.delay_ms = -1.0; }, "projection.wires", "delay_ms", "is -1", "0.5 to 65000"},
        {[](Parts& p) {
             p.network.dt_ms = 0.1;
             p.projection.delay_ms = uniform(0.04, 2.0);
         },
         "projection.wires", "delay_ms", "is uniform from 0.04", "0.05 to 6500"},
        {[](Parts& p) { p.projection.delay_ms = shared(1.0, 1.0); }, "projection.wires", "delay_ms", "shared r",
         "a number"},
        {[](Parts& p) {
             p.projection.rule = explicit_list({{0, 0, 1.0, 1.0}, {80, 0, 1.0, 1.0}});
         },
         "projection.wires", "synapses", "synapse 1 has source 80", "0 to 79"},
        {[](Parts& p) {
             p.projection.rule = explicit_list({{0, 100, 1.0, 1.0}});
         },
         "projection.wires", "synapses", "synapse 0 has target 100", "0 to 99"},
        {[](Parts& p) {
             p.projection.rule = explicit_list({{0, 0, kNan, 1.0}});
         },
         "projection.wires", "synapses", "has weight nan", "-1e+05 to 1e+05"},
        {[](Parts& p) {
             p.projection.rule = explicit_list({{0, 0, -2e5, 1.0}});
         },
         "projection.wires", "synapses", "has weight -2e+05", "-1e+05 to 1e+05"},
        {[](Parts& p) {
             p.projection.rule = explicit_list({{0, 0, 1.0, 0.1}});
         },
         "projection.wires", "synapses", "has delay_ms 0.1", "0.5 to 65000"},
        {[](Parts& p) {
             p.projection.rule = explicit_list({{0, 0, 1.0, kNan}});
         },
         "projection.wires", "synapses", "has delay_ms nan", "0.5 to 65000"},
        {[](Parts& p) {
             p.projection.rule = fixed_indegree(3);
             p.projection.storage = Storage::procedural;
         },
         "projection.wires", "storage", "is procedural", ""},
    });
    // names: given ones are unique, made-up ones give way
    NetworkBuilder net;
    const auto p = net.add_population({.name = "p", .size = 3});
    net.connect(p, p, {.rule = all_to_all(), .weight = 1.0});
    net.connect(p, p, {.rule = all_to_all(), .weight = 1.0});
    CHECK(net.build().description().projections[0].spec.name == "p-p");
    CHECK(net.build().description().projections[1].spec.name == "p-p-2");
    net.connect(p, p, {.name = "p-p", .rule = all_to_all(), .weight = 1.0});
    CHECK(contains(fault_of([&] { (void)net.build(); }), "projection.p-p.name is taken"));
}

TEST_CASE("faults of stimuli") {
    const auto with = [](Stimulus stimulus) { return [=](Parts& p) { p.stimulus.stimulus = stimulus; }; };
    const char* const s = "stimulus.jolt";
    check({
        {[](Parts& p) { p.stimulus.name = "?"; }, "stimulus.?", "name", "is \"?\"", "letters"},
        {[](Parts& p) { p.stimulated = PopulationId{5}; }, s, "target", "is population number 5", "0 to 1"},
        {[](Parts& p) { p.stimulus.first = 20; }, s, "first", "is 20", "0 to 19"},
        {[](Parts& p) { p.stimulus.count = 0; }, s, "count", "is 0", "1 to 20"},
        {[](Parts& p) {
             p.stimulus.first = 15;
             p.stimulus.count = 6;
         },
         s, "count", "is 6", "1 to 5"},
        {with(DirectCurrent{.amplitude = kNan}), s, "amplitude", "is nan", "-1e+05 to 1e+05"},
        {with(DirectCurrent{.amplitude = -1e6}), s, "amplitude", "is -1e+06", "-1e+05 to 1e+05"},
        {with(DirectCurrent{.amplitude = 1.0, .start_ms = -1.0}), s, "start_ms", "is -1", "0 or more"},
        {with(DirectCurrent{.amplitude = 1.0, .start_ms = kNan}), s, "start_ms", "is nan", "0 or more"},
        {with(DirectCurrent{.amplitude = 1.0, .start_ms = kInf}), s, "start_ms", "is inf", "0 or more"},
        {with(DirectCurrent{.amplitude = 1.0, .start_ms = 5.0, .stop_ms = 4.0}), s, "stop_ms", "is 4",
         "start_ms (5) or more"},
        {with(DirectCurrent{.amplitude = 1.0, .stop_ms = kNan}), s, "stop_ms", "is nan", "or more"},
        {with(Ramp{.from = kInf, .to = 1.0, .start_ms = 0.0, .stop_ms = 1.0}), s, "from", "is inf", "-1e+05 to 1e+05"},
        {with(Ramp{.from = 0.0, .to = kNan, .start_ms = 0.0, .stop_ms = 1.0}), s, "to", "is nan", "-1e+05 to 1e+05"},
        {with(Ramp{.from = 0.0, .to = 1.0, .start_ms = 2.0, .stop_ms = 1.0}), s, "stop_ms", "is 1",
         "start_ms (2) or more"},
        {with(Ramp{.from = 0.0, .to = 1.0, .start_ms = 2.0, .stop_ms = kForever}), s, "stop_ms", "is missing",
         "the end of the ramp"},
        {with(Pulses{.amplitude = kNan}), s, "amplitude", "is nan", "-1e+05 to 1e+05"},
        {with(Pulses{.amplitude = 1.0, .start_ms = kNan}), s, "start_ms", "is nan", "0 to 1e+15"},
        {with(Pulses{.amplitude = 1.0, .width_ms = 0.5}), s, "width_ms", "is 0.5", "1 to 1e+15"},
        {with(Pulses{.amplitude = 1.0, .width_ms = kNan}), s, "width_ms", "is nan", "1 to 1e+15"},
        {with(Pulses{.amplitude = 1.0, .width_ms = 5.0, .period_ms = 4.0}), s, "period_ms", "is 4", "5 to 1e+15"},
        {with(Pulses{.amplitude = 1.0, .period_ms = kInf}), s, "period_ms", "is inf", "1 to 1e+15"},
        {with(Pulses{.amplitude = 1.0, .count = 0}), s, "pulses", "is 0", "1 or more"},
        {with(PoissonTrains{.rate_hz = -1.0, .weight = 1.0}), s, "rate_hz", "is -1", "0 to 50000"},
        {with(PoissonTrains{.rate_hz = 50001.0, .weight = 1.0}), s, "rate_hz", "is 50001", "0 to 50000"},
        {with(PoissonTrains{.rate_hz = kNan, .weight = 1.0}), s, "rate_hz", "is nan", "0 to 50000"},
        {with(PoissonTrains{.rate_hz = 1.0, .weight = kInf}), s, "weight", "is inf", "-1e+05 to 1e+05"},
        {with(PoissonTrains{.rate_hz = 1.0, .weight = 1.0, .start_ms = 3.0, .stop_ms = 1.0}), s, "stop_ms", "is 1",
         "start_ms (3) or more"},
        {with(SpikeTimes{.weight = kNan, .times_ms = {1.0}}), s, "weight", "is nan", "-1e+05 to 1e+05"},
        {with(SpikeTimes{.weight = 1.0, .times_ms = {1.0, -2.0}}), s, "times_ms", "holds -2", "0 to 1e+15"},
        {with(SpikeTimes{.weight = 1.0, .times_ms = {kNan}}), s, "times_ms", "holds nan", "0 to 1e+15"},
        {with(SpikeTimes{.weight = 1.0, .times_ms = {kInf}}), s, "times_ms", "holds inf", "0 to 1e+15"},
    });
    NetworkBuilder net;
    net.add_population({.name = "p", .size = 3});
    net.stimulate(everyone, {.stimulus = DirectCurrent{}});
    net.stimulate(everyone, {.stimulus = DirectCurrent{}});
    CHECK(net.build().description().stimuli[1].spec.name == "stimulus-2");
    net.stimulate(everyone, {.name = "stimulus-1", .stimulus = DirectCurrent{}});
    CHECK(contains(fault_of([&] { (void)net.build(); }), "stimulus.stimulus-1.name is taken"));
}

TEST_CASE("faults of traces and of what is recorded") {
    check({
        {[](Parts& p) { p.trace.name = "a/b"; }, "trace.a/b", "name", "is \"a/b\"", "letters"},
        {[](Parts& p) { p.trace.population = {3}; }, "trace.probe", "population", "is population number 3", "0 to 1"},
        {[](Parts& p) { p.trace.neurons = {}; }, "trace.probe", "neurons", "is empty", "at least one"},
        {[](Parts& p) {
             p.trace.neurons = {5, 80};
         },
         "trace.probe", "neurons", "holds 80", "0 to 79"},
        {[](Parts& p) { p.trace.variables = {}; }, "trace.probe", "variables", "is empty", "v, u, current"},
        {[](Parts& p) {
             p.trace.variables = {Variable::v, Variable::u, Variable::v};
         },
         "trace.probe", "variables", "twice", "v, u, current"},
        {[](Parts& p) { p.trace.interval_ms = 0.0; }, "trace.probe", "interval_ms", "is 0", "0.5 to"},
        {[](Parts& p) { p.trace.interval_ms = kNan; }, "trace.probe", "interval_ms", "is nan", "0.5 to"},
        {[](Parts& p) { p.trace.interval_ms = kInf; }, "trace.probe", "interval_ms", "is inf", "0.5 to"},
        {[](Parts& p) {
             p.recorded = std::vector<PopulationId>{{0}, {2}};
         },
         "record", "spikes", "is population number 2", "0 to 1"},
    });
    Parts none;
    none.recorded.emplace();
    CHECK(none.build().description().recorded_populations->empty());
}

TEST_CASE("faults are told in the order of the description, populations first") {
    Parts parts;
    parts.trace.neurons = {};
    parts.stimulus.count = 0;
    parts.projection.weight = kNan;
    parts.inh.noise_stddev = -1.0;
    CHECK(contains(fault_of([&] { (void)parts.build(); }), "population.inh.noise_stddev"));
    parts.inh.noise_stddev = 0.0;
    CHECK(contains(fault_of([&] { (void)parts.build(); }), "projection.wires.weight"));
    parts.projection.weight = 1.0;
    CHECK(contains(fault_of([&] { (void)parts.build(); }), "stimulus.jolt.count"));
    parts.stimulus.count.reset();
    CHECK(contains(fault_of([&] { (void)parts.build(); }), "trace.probe.neurons"));
    parts.trace.neurons = {0};
    CHECK(fault_of([&] { (void)parts.build(); }).empty());
}

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
    // many threads and one long row are no reason to refuse
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

TEST_CASE("a population that was never assigned is refused wherever it is named") {
    NetworkBuilder net = cortex(100, 5, 1.0, 1);
    const Network sound = net.build();
    const std::string never = "was never assigned; allowed: what add_population() returned";
    CHECK(contains(fault_of([&] { (void)sound.first_neuron({}); }), "population " + never));
    Simulation simulation(sound, {.threads = 1});
    std::vector<float> values(80);
    CHECK(contains(fault_of([&] { (void)simulation.spike_count(PopulationId{}); }), never));
    CHECK(contains(fault_of([&] { simulation.read(Variable::v, {}, values); }), never));
    CHECK(contains(fault_of([&] { simulation.apply(PopulationCurrent{.current = 1.0}); }), never));
    ClosedLoop loop(sound);
    loop.set_current({}, 1.0);
    loop.input_spike(PopulationId{}, 0, 30.0);
    RealtimeRunner(simulation, {.speed = 1000.0}).run(3, &loop);
    CHECK(loop.refused() == 2);  // and not everyone instead
    net.record_trace({.neurons = {0}});
    CHECK(contains(fault_of([&] { (void)net.build(); }), "trace.trace-1.population " + never));
    NetworkBuilder other = cortex(100, 5, 1.0, 1);
    other.connect(PopulationId{}, everyone, {.rule = one_to_one()});
    CHECK(contains(fault_of([&] { (void)other.build(); }), "source " + never));
}

TEST_CASE("a population of another builder is refused, one of a network is its own") {
    NetworkBuilder one, two;
    const PopulationId a = one.add_population({.name = "a", .size = 3}),
                       b = two.add_population({.name = "b", .size = 4});
    const std::string foreign =
        "is a population of another builder; allowed: what add_population() of this network's builder returned";
    one.connect(a, a, {.rule = one_to_one(), .weight = 1.0});
    const Network network = one.build();
    CHECK(network.first_neuron(a) == 0);
    CHECK(network.find_population("a") == a);
    CHECK(!(a == b));
    CHECK(a == PopulationId{0});
    CHECK(contains(fault_of([&] { (void)network.first_neuron(b); }), foreign));
    Simulation simulation(network, {.threads = 1});
    CHECK(contains(fault_of([&] { (void)simulation.spike_count(b); }), foreign));
    CHECK(contains(fault_of([&] { simulation.apply(PopulationCurrent{.population = b, .current = 1.0}); }), foreign));
    CHECK(contains(fault_of([&] { simulation.apply(ForcedSpikes{b, {0}}); }), foreign));
    one.stimulate(b, {.stimulus = DirectCurrent{.amplitude = 1.0}});
    CHECK(contains(fault_of([&] { (void)one.build(); }), "stimulus.stimulus-1.target " + foreign));
    // What was built may be described once more by another builder.
    NetworkBuilder again(network.description().spec);
    again.add_population(network.description().populations[0]);
    again.connect(network.description().projections[0].source, network.description().projections[0].target,
                  {.rule = one_to_one(), .weight = 1.0});
    CHECK(again.build().neuron_count() == 3);
    const NetworkBuilder copy = again;
    CHECK(copy.build().first_neuron(again.description().projections[0].source.population.value()) == 0);
}

/// Everything of the public interface that takes a projection, with this one.
std::vector<std::string> faults_with(ProjectionId id, const Network& network, Simulation& simulation) {
    std::vector<float> weights(1);
    return {fault_of([&] { (void)network.weight_quantum(id); }),
            fault_of([&] { (void)network.bytes_per_synapse(id); }),
            fault_of([&] { (void)simulation.weight_factor(id); }),
            fault_of([&] { (void)simulation.weight_quantum(id); }),
            fault_of([&] { (void)simulation.plastic_synapses(id); }),
            fault_of([&] { (void)simulation.plastic_synapse_count(id); }),
            fault_of([&] { simulation.read_weights(id, weights); }),
            fault_of([&] {
                simulation.apply(WeightScale{id, 2.0});
            }),
            fault_of([&] {
                check_intervention(network, WeightScale{id, 2.0});
            }),
            fault_of([&] {
                simulation.apply(SynapseWeight{{id, 0, 0}, 1.0});
            })};
}

TEST_CASE("a projection that was never assigned, or is of another builder, is refused wherever it is named") {
    NetworkBuilder one, two;
    const PopulationId a = one.add_population({.name = "a", .size = 3}),
                       b = two.add_population({.name = "b", .size = 3});
    const ProjectionId fixed = one.connect(a, a, {.name = "fixed", .rule = one_to_one(), .weight = 1.0}),
                       plastic =
                           one.connect(a, everyone, {.rule = one_to_one(), .weight = 1.0, .plasticity = Plasticity{}}),
                       other = two.connect(b, b, {.rule = one_to_one(), .weight = 1.0});
    CHECK(fixed == ProjectionId(0));
    CHECK(plastic == ProjectionId(1));
    CHECK(other == ProjectionId(0));
    CHECK_FALSE(other == fixed);
    const Network network = one.build();
    Simulation simulation(network, {.threads = 1});
    const std::string never = "was never assigned; allowed: what connect() returned";
    const std::string foreign =
        "is a projection of another builder; allowed: what connect() of this network's builder returned";
    for (const std::string& fault : faults_with({}, network, simulation)) CHECK(contains(fault, "projection " + never));
    for (const std::string& fault : faults_with(other, network, simulation))
        CHECK(contains(fault, "projection " + foreign));
    one.record_weights({});
    CHECK(fault_of([&] { (void)one.build(); }) == "weights.weights-1.projection " + never);
    NetworkBuilder copy = two;  // of the same ids
    copy.record_weights({.projection = plastic});
    CHECK(fault_of([&] { (void)copy.build(); }) == "weights.weights-1.projection " + foreign);
    two.reward({.when = RewardCoincidence{}});
    CHECK(fault_of([&] { (void)two.build(); }) == "reward.reward-1.projection " + never);
    // What is right is taken, and acts on the one that it names.
    simulation.apply(WeightScale{fixed, 2.0});
    CHECK(simulation.weight_factor(fixed) == 2.0);
    CHECK(simulation.weight_factor(plastic) == 1.0);
    simulation.apply(SynapseWeight{{plastic, 2, 0}, 3.0});
    CHECK(simulation.plastic_synapses(plastic)[2].weight == 3.0f);
    CHECK(contains(fault_of([&] { (void)network.weight_quantum(ProjectionId(2)); }),
                   "number 2 does not exist; allowed: 0 to 1"));
}

TEST_CASE("projections by name, and those of a description") {
    NetworkBuilder net;
    const PopulationId a = net.add_population({.name = "a", .size = 3});
    const ProjectionId named = net.connect(a, a, {.name = "loop", .rule = one_to_one(), .weight = 1.0});
    const ProjectionId by_default =
        net.connect(a, everyone, {.rule = one_to_one(), .weight = 1.0, .plasticity = Plasticity{}});
    net.record_weights({.projection = by_default});
    net.reward({.when = RewardCoincidence{.synapse = {by_default, 1, 0}}});
    const Network network = net.build();
    CHECK(network.find_projection("loop") == named);
    CHECK(network.find_projection("a-everyone") == by_default);
    CHECK(fault_of([&] { (void)network.find_projection("lop"); }) ==
          "projection.lop does not exist; did you mean loop?");
    // What was built may be described once more by another builder.
    NetworkBuilder again(network.description().spec);
    again.add_population(network.description().populations[0]);
    for (const NetworkDescription::Projection& p : network.description().projections)
        again.connect(p.source, p.target, p.spec);
    for (const WeightRecordSpec& record : network.description().weight_records) again.record_weights(record);
    for (const RewardSpec& reward : network.description().rewards) again.reward(reward);
    CHECK(again.build().description().weight_records[0].projection == by_default);
    // Found in a network, it is of that network.
    CHECK(contains(fault_of([&] { (void)network.weight_quantum(again.build().find_projection("loop")); }),
                   "of another builder"));
}

TEST_CASE("a builder that is given up is not copied, and builds the same") {
    NetworkBuilder net{{.seed = 3}};
    const auto a = net.add_population({.name = "a", .size = 50, .noise_stddev = 6.0});
    std::vector<ExplicitSynapse> list;
    for (std::uint32_t n = 0; n < 50; ++n) list.push_back({n, (n * 7) % 50, 8.0, 2.0});
    net.connect(a, a, {.rule = explicit_list(list)});
    const auto synapses_of = [](const NetworkDescription& description) {
        return std::get<ExplicitList>(description.projections.at(0).spec.rule).synapses.data();
    };
    const ExplicitSynapse* const place = synapses_of(net.description());
    const Network copied = net.build();
    CHECK(synapses_of(copied.description()) != place);
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
