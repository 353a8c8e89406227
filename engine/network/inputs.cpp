// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Checks of stimuli and traces.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "engine/network/plan_synapses.hpp"

namespace izhi::detail {
namespace {

/// The values of a stimulus are in range.
struct StimulusCheck {
    const Check& check;
    double dt_ms;
    std::uint32_t neurons;

    void current(const char* field, double value) const { check.number(field, value, -kCurrentLimit, kCurrentLimit); }
    void weight(double value, const SynapseDynamics& dynamics) const {
        current("weight", value);
        if (std::holds_alternative<Conductance>(dynamics) && value < 0.0)
            check.fail("weight", "is " + number_text(value) + ", and its dynamics are conductances",
                       "0 or more; the reversal potential decides whether a synapse excites");
    }
    void times(const std::vector<double>& times_ms) const {
        for (const double t : times_ms)
            if (!(t >= 0.0 && t <= 1e15)) check.fail("times_ms", "holds " + number_text(t), "0 to 1e+15");
    }

    void operator()(const DirectCurrent& dc) const {
        current("amplitude", dc.amplitude);
        check.window(dc.start_ms, dc.stop_ms);
    }
    void operator()(const Ramp& ramp) const {
        current("from", ramp.from);
        current("to", ramp.to);
        check.window(ramp.start_ms, ramp.stop_ms);
        if (!std::isfinite(ramp.stop_ms) || ramp.stop_ms >= kForever)
            check.fail("stop_ms", "is missing", "the end of the ramp");
    }
    void operator()(const Pulses& pulses) const {
        current("amplitude", pulses.amplitude);
        check.number("start_ms", pulses.start_ms, 0.0, 1e15);
        check.number("width_ms", pulses.width_ms, dt_ms, 1e15);
        check.number("period_ms", pulses.period_ms, pulses.width_ms, 1e15);
        if (pulses.count == 0) check.fail("pulses", "is 0", "1 or more");
    }
    void operator()(const PoissonTrains& poisson) const {
        check.number("rate_hz", poisson.rate_hz, 0.0, 50.0 * 1000.0 / dt_ms);
        weight(poisson.weight, poisson.dynamics);
        check.window(poisson.start_ms, poisson.stop_ms);
    }
    void operator()(const SpikeTimes& spikes) const {
        weight(spikes.weight, spikes.dynamics);
        times(spikes.times_ms);
    }
    void operator()(const RandomNeurons& random) const {
        current("amplitude", random.amplitude);
        check.number("neurons", random.count, 1.0, 1e5);
        check.window(random.start_ms, random.stop_ms);
    }
    void operator()(const PulsePacket& packet) const {
        weight(packet.weight, packet.dynamics);
        times(packet.times_ms);
        check.number("spikes", packet.count, 1.0, 1e6);
        check.number("spread_ms", packet.spread_ms, 0.0, 1e6);
        if (static_cast<double>(packet.count) * static_cast<double>(packet.times_ms.size()) > 1e8)
            check.fail("spikes", "makes more than 1e+08 spikes with this many times_ms", "fewer");
    }
    void operator()(const Sine& sine) const {
        current("amplitude", sine.amplitude);
        current("offset", sine.offset);
        check.number("frequency_hz", sine.frequency_hz, 0.0, 1e6);
        check.number("phase_degrees", sine.phase_degrees, -1e6, 1e6);
        check.window(sine.start_ms, sine.stop_ms);
    }
    void operator()(const OrnsteinUhlenbeck& ou) const {
        current("mean", ou.mean);
        check.number("stddev", ou.stddev, 0.0, 1e4);
        check.window(ou.start_ms, ou.stop_ms);
    }
    void operator()(const Waveform& wave) const {
        if (wave.columns != 1 && wave.columns != neurons)
            check.fail("samples", "has " + std::to_string(wave.columns) + " columns",
                       "1, or one for each of the " + std::to_string(neurons) + " neurons");
        if (wave.samples.empty() || wave.samples.size() % wave.columns != 0)
            check.fail("samples", "has " + std::to_string(wave.samples.size()) + " values", "whole rows, at least one");
        for (const double value : wave.samples)
            if (!(std::abs(value) <= kCurrentLimit))
                check.fail("samples", "holds " + number_text(value), interval(-kCurrentLimit, kCurrentLimit));
        check.number("interval_ms", wave.interval_ms, 1e-3, 1e9);
        check.number("start_ms", wave.start_ms, 0.0, 1e15);
    }
};

/// What its arrivals go through. (An Ornstein-Uhlenbeck process is noise that arrives at a current that decays.)
SynapseDynamics dynamics_of(const Stimulus& stimulus) {
    if (const auto* poisson = std::get_if<PoissonTrains>(&stimulus)) return poisson->dynamics;
    if (const auto* spikes = std::get_if<SpikeTimes>(&stimulus)) return spikes->dynamics;
    if (const auto* packet = std::get_if<PulsePacket>(&stimulus)) return packet->dynamics;
    if (const auto* ou = std::get_if<OrnsteinUhlenbeck>(&stimulus)) return ExponentialCurrent{ou->tau_ms};
    return DeltaCurrent{};
}

}  // namespace

void check_stimuli(Plan& plan) {
    std::set<std::string> taken;
    std::size_t number = 0;
    for (NetworkDescription::Input& input : plan.description.stimuli) {
        StimulusSpec& spec = input.spec;
        ++number;
        if (spec.name.empty()) spec.name = "stimulus-" + std::to_string(number);
        const Check check{"stimulus." + spec.name};
        check.name(spec.name, taken);
        const Range target = check.selection(plan, input.target, "target");
        check.receives(plan, input.target, "target");
        // A whole empty population has no neurons to act on. A part of it does not exist.
        const bool nobody = target.empty() && spec.first == 0;
        if (spec.first >= target.size() && !nobody)
            check.fail("first", "is " + std::to_string(spec.first), index_range(target.size()));
        const std::uint32_t rest = target.size() - spec.first;
        if (!spec.count) spec.count = rest;
        if ((*spec.count == 0 && !nobody) || *spec.count > rest)
            check.fail("count", "is " + std::to_string(*spec.count), nobody ? index_range(0) : index_range(rest, 1));
        const StimulusCheck checked{check, plan.description.spec.dt_ms, *spec.count};
        std::visit(checked, spec.stimulus);
        const SynapseDynamics dynamics = dynamics_of(spec.stimulus);
        check_dynamics(check, dynamics, plan.description.spec.dt_ms);
        plan.stimuli.push_back({{target.begin + spec.first, target.begin + spec.first + *spec.count},
                                channel_of(dynamics, plan.channels)});
    }
}

namespace {

void check_plastic(const Check& check, const Plan& plan, ProjectionId id) {
    check.assigned(plan, id, "projection");
    const std::size_t projection = id.index;
    const std::size_t count = plan.projections.size();
    if (projection < count && plan.projections[projection].plastic) return;
    std::string plastic;
    for (std::size_t p = 0; p < count; ++p)
        if (plan.projections[p].plastic)
            plastic += (plastic.empty() ? "one of " : ", ") + plan.description.projections[p].spec.name;
    // Named as in network files and by most callers; if no projection has the number, the message gives the number.
    check.fail("projection",
               projection < count
                   ? "is \"" + plan.description.projections[projection].spec.name + "\", which has no plasticity"
                   : "is number " + std::to_string(projection) + " of " + std::to_string(count),
               plastic.empty() ? "a projection with plasticity; the network has none" : plastic);
}

}  // namespace

void check_synapse(const Check& check, const Plan& plan, const SynapseChoice& synapse) {
    check_plastic(check, plan, synapse.projection);
    const Range source = plan.projections[synapse.projection.index].source;
    if (synapse.source >= source.size())
        check.fail("source", "is " + std::to_string(synapse.source), index_range(source.size()));
}

void check_rewards(Plan& plan) {
    std::set<std::string> taken;
    std::size_t number = 0;
    for (RewardSpec& reward : plan.description.rewards) {
        ++number;
        if (reward.name.empty()) reward.name = "reward-" + std::to_string(number);
        const Check check{"reward." + reward.name};
        check.name(reward.name, taken);
        check.number("amount", reward.amount, -kMostDopamine, kMostDopamine);
        if (const auto* times = std::get_if<RewardTimes>(&reward.when)) {
            for (const double t : times->times_ms)
                if (!(t >= 0.0 && t <= 1e15)) check.fail("times_ms", "holds " + number_text(t), "0 to 1e+15");
            if (!plan.plastic())
                check.fail("", "has no effect, because no projection has plasticity",
                           "rewards for a network with a plastic projection");
            continue;
        }
        const auto& coincidence = std::get<RewardCoincidence>(reward.when);
        check_synapse(check, plan, coincidence.synapse);
        check.number("window_ms", coincidence.window_ms, 2.0 * plan.description.spec.dt_ms, 1e6);
        check.number("shortest_delay_ms", coincidence.shortest_delay_ms, 0.0, 1e6);
        check.number("longest_delay_ms", coincidence.longest_delay_ms, coincidence.shortest_delay_ms, 1e6);
        const Plasticity& bounds = *plan.description.projections[coincidence.synapse.projection.index].spec.plasticity;
        if (coincidence.start_weight)
            check.number("start_weight", *coincidence.start_weight, bounds.lowest, bounds.highest);
    }
}

void check_weight_records(Plan& plan) {
    std::set<std::string> taken;
    std::size_t number = 0;
    for (WeightRecordSpec& record : plan.description.weight_records) {
        ++number;
        if (record.name.empty()) record.name = "weights-" + std::to_string(number);
        const Check check{"weights." + record.name};
        check.name(record.name, taken);
        if (record.source) check_synapse(check, plan, {record.projection, *record.source, 0});
        else check_plastic(check, plan, record.projection);
        if (record.number && !record.source)
            check.fail("number", "is " + std::to_string(*record.number) + " without a source", "number with source");
        if (record.sample) check.number("sample", *record.sample, 1.0, 1e9);
        check.number("interval_ms", record.interval_ms, plan.description.spec.dt_ms / 2, 1e12);
        const ProjectionSpec& spec = plan.description.projections[record.projection.index].spec;
        if (record.eligibility && std::holds_alternative<ImmediateChange>(spec.plasticity->change))
            check.fail("eligibility", "is true, and the weights of \"" + spec.name + "\" change at once",
                       "false; or a projection whose changes are accumulated or rewarded");
    }
}

namespace {

bool is_short_term(Variable variable) {
    return variable == Variable::short_term_u || variable == Variable::short_term_x;
}

constexpr std::string_view kTraceVariables =
    "v, u, current, excitatory, inhibitory, synaptic-current, conductance, short-term-u, short-term-x";

/// What a variable shows of the projection of a trace is there.
void check_traced(const Check& check, const Plan& plan, const TraceSpec& trace, Variable variable) {
    const std::size_t index = trace.projection->index;
    const ProjectionPlan& projection = plan.projections[index];
    const ProjectionSpec& spec = plan.description.projections[index].spec;
    const std::string& population = plan.description.populations[trace.population.index].name;
    const std::string holds = "holds " + std::string(to_string(variable));
    if (!is_short_term(variable)) {
        if (!plan.holds(projection.target, trace.population.index))
            check.fail("projection", "is " + quoted(spec.name) + ", which does not end in " + quoted(population),
                       "a projection onto " + population);
        if (variable == Variable::conductance && !std::holds_alternative<Conductance>(spec.dynamics))
            check.fail(
                "variables",
                holds + ", and " + quoted(spec.name) + " has the dynamics " + std::string(kind_of(spec.dynamics)),
                "synaptic-current");
        return;
    }
    if (!spec.short_term)
        check.fail("variables", holds + ", and " + quoted(spec.name) + " has no short-term plasticity",
                   "a projection that has");
    const std::uint32_t first = plan.populations[trace.population.index].first_neuron;
    for (const std::uint32_t neuron : trace.neurons)
        if (!projection.source.contains(first + neuron))
            check.fail("neurons", "holds " + std::to_string(neuron) + ", which is no source of " + quoted(spec.name),
                       "sources of " + spec.name + " in " + population);
}

/// Excitatory and inhibitory input can be told apart: no projection has weights of both signs.
void check_signs(const Check& check, const Plan& plan, const TraceSpec& trace, Variable variable) {
    for (std::size_t p = 0; p < plan.projections.size(); ++p) {
        const ProjectionSpec& spec = plan.description.projections[p].spec;
        if (plan.holds(plan.projections[p].target, trace.population.index) && sign_of(spec) == Sign::both)
            check.fail("variables",
                       "holds " + std::string(to_string(variable)) + ", and " + quoted(spec.name) +
                           (spec.plasticity ? " may get weights of both signs" : " has weights of both signs"),
                       "synaptic-current of a projection; or projections with weights of one sign");
    }
}

void check_trace_variables(const Check& check, const Plan& plan, const TraceSpec& trace) {
    if (trace.variables.empty()) check.fail("variables", "is empty", std::string(kTraceVariables));
    const std::set<Variable> distinct(trace.variables.begin(), trace.variables.end());
    if (distinct.size() != trace.variables.size())
        check.fail("variables", "names one twice", "each of " + std::string(kTraceVariables) + " once");
    const auto of_projection = std::find_if(trace.variables.begin(), trace.variables.end(), is_of_projection);
    if (trace.projection) {
        check.assigned(plan, *trace.projection, "projection");
        if (trace.projection->index >= plan.projections.size())
            check.fail("projection", "is number " + std::to_string(trace.projection->index),
                       plan.projections.empty() ? "none, because the network has none"
                                                : "0 to " + std::to_string(plan.projections.size() - 1));
        if (of_projection == trace.variables.end())
            check.fail("projection", "is given, and no variable is of a projection",
                       "variables synaptic-current, conductance, short-term-u, short-term-x");
    } else if (of_projection != trace.variables.end()) {
        check.fail("projection", "is missing, and " + std::string(to_string(*of_projection)) + " is of one",
                   "a projection");
    }
    for (const Variable variable : trace.variables) {
        if (is_of_projection(variable)) check_traced(check, plan, trace, variable);
        if (variable == Variable::excitatory || variable == Variable::inhibitory)
            check_signs(check, plan, trace, variable);
    }
}

/// Traces that are recorded into one file fit each other.
struct ReportCheck {
    const TraceSpec* first = nullptr;
    std::set<std::pair<std::uint32_t, std::uint32_t>> neurons{};  ///< population and neuron

    void add(const Check& check, const Plan& plan, const TraceSpec& trace) {
        const std::string fault = fault_of_file_name(trace.report);
        if (!fault.empty()) check.fail("report", fault, std::string(kFileNamesAllowed));
        if (trace.variables.size() != 1)
            check.fail("variables", "has " + std::to_string(trace.variables.size()) + " entries, and report is given",
                       "one variable in a report");
        for (const std::uint32_t neuron : trace.neurons)
            if (!neurons.emplace(trace.population.index, neuron).second)
                check.fail(
                    "neurons",
                    "holds " + std::to_string(neuron) + ", which the report " + quoted(trace.report) + " has already",
                    "each neuron once in a report");
        if (first == nullptr) {
            first = &trace;
            return;
        }
        const std::string other = "and trace." + first->name + " of the report " + quoted(trace.report);
        const auto require_same = [&](const char* field, bool same, const std::string& own, const std::string& before) {
            if (!same)
                check.fail(field, "is " + own + ", " + other + " has " + before, "the same for all traces of a report");
        };
        const double dt = plan.description.spec.dt_ms;
        const TraceSteps steps = steps_of(trace, dt), before = steps_of(*first, dt);
        require_same("variables", trace.variables == first->variables, std::string(to_string(trace.variables[0])),
                     std::string(to_string(first->variables[0])));
        require_same("interval_ms", steps.interval == before.interval, number_text(trace.interval_ms),
                     number_text(first->interval_ms));
        require_same("start_ms", steps.begin == before.begin, number_text(trace.start_ms),
                     number_text(first->start_ms));
        require_same("stop_ms", steps.end == before.end, number_text(trace.stop_ms), number_text(first->stop_ms));
        if (trace.projection && first->projection && trace.projection->index != first->projection->index)
            check.fail("projection",
                       "is another one than that of trace." + first->name + " of the report " + quoted(trace.report),
                       "the same for all traces of a report");
        if (has_picoamperes(plan, trace) != has_picoamperes(plan, *first))
            check.fail("population",
                       "has " + std::string(to_string(trace.variables[0])) + " in other units than that of trace." +
                           first->name + " of the report " + quoted(trace.report),
                       "populations with the same units in a report");
    }

private:
    /// Whether its variable depends on the units of the population, and these are pA.
    static bool has_picoamperes(const Plan& plan, const TraceSpec& trace) {
        const Model& model = plan.description.populations[trace.population.index].cell.model;
        switch (trace.variables[0]) {
            case Variable::v:
            case Variable::short_term_u:
            case Variable::short_term_x: return false;
            case Variable::u: return model.form == ModelForm::nine_parameter;
            default: return model.in_picoamperes();
        }
    }
};

}  // namespace

void check_traces(Plan& plan) {
    std::set<std::string> taken;
    std::map<std::string, ReportCheck> reports;
    std::size_t number = 0;
    std::uint64_t values = 0;
    for (TraceSpec& trace : plan.description.traces) {
        ++number;
        if (trace.name.empty()) trace.name = "trace-" + std::to_string(number);
        const Check check{"trace." + trace.name};
        check.name(trace.name, taken);
        const Range range = check.selection(plan, trace.population, "population");
        if (trace.variables.empty() || !std::all_of(trace.variables.begin(), trace.variables.end(), is_short_term))
            check.receives(plan, trace.population, "population");
        if (range.empty())
            check.fail("population",
                       "is \"" + plan.description.populations[trace.population.index].name + "\", which has no neurons",
                       "a population with neurons");
        if (trace.neurons.empty()) check.fail("neurons", "is empty", "at least one");
        for (const std::uint32_t neuron : trace.neurons)
            if (neuron >= range.size())
                check.fail("neurons", "holds " + std::to_string(neuron), index_range(range.size()));
        check_trace_variables(check, plan, trace);
        values += std::uint64_t{trace.neurons.size()} * trace.variables.size();
        if (values > kMaxTracedValues)
            check.fail("neurons", "and variables bring the values of all traces to " + std::to_string(values),
                       "at most " + std::to_string(kMaxTracedValues));
        check.number("interval_ms", trace.interval_ms, plan.description.spec.dt_ms / 2, 1e9);
        check.window(trace.start_ms, trace.stop_ms);
        if (!trace.report.empty()) reports[trace.report].add(check, plan, trace);
    }
    if (plan.description.recorded_populations)
        for (const PopulationId id : *plan.description.recorded_populations)
            (void)Check{"record"}.selection(plan, id, "spikes");
}

}  // namespace izhi::detail
