// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Everything a user can get wrong in a description is refused before anything is built, with the field, the value and what is
// allowed.
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/network/faults.hpp"
#include "tests/step/scenes.hpp"

using namespace izhi;
using namespace izhi::test;

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

TEST_CASE("faults of traces of synapses") {
    const auto shows = [](std::vector<Variable> variables, std::optional<ProjectionId> projection) {
        return [=](Parts& p) {
            p.trace.variables = variables;
            p.trace.projection = projection;
        };
    };
    const ProjectionId wires(0);
    const auto with = [&](auto change, std::vector<Variable> variables) {
        return [=](Parts& p) {
            p.trace.variables = variables;
            p.trace.projection = wires;
            change(p);
        };
    };
    const char* const t = "trace.probe";
    check({
        {shows({Variable::v, Variable::conductance}, {}), t, "projection", "is missing, and conductance is of one",
         "a projection"},
        {shows({Variable::v}, wires), t, "projection", "is given, and no variable is of a projection",
         "variables synaptic-current, conductance, short-term-u, short-term-x"},
        {shows({Variable::synaptic_current}, ProjectionId(7)), t, "projection", "is number 7", "0 to 0"},
        {shows({Variable::synaptic_current}, ProjectionId()), t, "projection", "was never assigned", "connect()"},
        {shows({Variable::conductance}, wires), t, "variables",
         "holds conductance, and \"wires\" has the dynamics delta", "synaptic-current"},
        {shows({Variable::short_term_u}, wires), t, "variables",
         "holds short-term-u, and \"wires\" has no short-term plasticity", "a projection that has"},
        {with([](Parts& p) { p.target = PopulationId{1}; }, {Variable::synaptic_current}), t, "projection",
         "is \"wires\", which does not end in \"exc\"", "a projection onto exc"},
        {with(
             [](Parts& p) {
                 p.projection.short_term = excitatory_short_term();
                 p.projection.source_count = 79;
             },
             {Variable::short_term_x}),
         t, "neurons", "holds 79, which is no source of \"wires\"", "sources of wires in exc"},
        {[](Parts& p) {
             p.projection.weight = uniform(-1.0, 2.0);
             p.trace.variables = {Variable::inhibitory};
         },
         t, "variables", "holds inhibitory, and \"wires\" has weights of both signs",
         "synaptic-current of a projection; or projections with weights of one sign"},
        {[](Parts& p) {
             p.projection.plasticity = Plasticity{.lowest = -1.0, .highest = 2.0};
             p.trace.variables = {Variable::excitatory};
         },
         t, "variables", "holds excitatory, and \"wires\" may get weights of both signs", "synaptic-current"},
    });
    Parts parts;  // weights of both signs can be shown by projection, and are no fault where nothing shows them
    parts.projection.weight = uniform(-1.0, 2.0);
    parts.trace.variables = {Variable::synaptic_current};
    parts.trace.projection = wires;
    CHECK_NOTHROW((void)parts.build());
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

TEST_CASE("faults are reported in the order of the description, populations first") {
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

TEST_SUITE_END();
