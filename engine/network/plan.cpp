// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/plan.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <set>

#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "engine/network/notes.hpp"
#include "engine/network/plan_rules.hpp"
#include "engine/network/plan_synapses.hpp"
#include "engine/network/weight_scale.hpp"
#include "izhi/error.hpp"
#include "izhi/single_neuron.hpp"

namespace izhi::detail {
namespace {

void check_network_spec(const NetworkSpec& spec) {
    const Check check{"network"};
    if (spec.name.empty()) check.fail("name", "is empty", "any text");
    check.number("dt_ms", spec.dt_ms, 0.001, 10.0);
    if (static_cast<int>(spec.numerics) < 0 || static_cast<int>(spec.numerics) > 3)
        check.fail("numerics", "is unknown", "published, euler, forward-euler, accurate");
    if (static_cast<int>(spec.noise) < 0 || static_cast<int>(spec.noise) > 2)
        check.fail("noise", "is unknown", "table, exact, uniform");
    check.number("dopamine_tau_ms", spec.dopamine_tau_ms, spec.dt_ms / 2, 1e9);
}

/// Whether all neurons have a resting state, if they are to begin there.
void check_rest(const PopulationSpec& p, const Check& check) {
    if (p.v0_mv.kind != Distribution::Kind::rest || p.v0_mv.p1 != 0.0) return;
    const auto highest_of = [](const Distribution& d) {
        return d.kind == Distribution::Kind::shared ? std::max({d.p0, d.p0 + d.p1, d.p0 + d.p1 + d.p2})
                                                    : highest_value(d);
    };
    // The largest b is the furthest from a resting state.
    const double b = highest_of(p.cell.b);
    const std::optional<double> rest = resting_v({.b = b, .model = p.cell.model});
    if (!rest && p.cell.model.form == ModelForm::lif)
        check.fail("v0_mv", "is rest, and with e_l_mv not below v_th_mv a neuron has no resting state", "a number");
    if (!rest)
        check.fail("v0_mv", "is rest, and with b = " + number_text(b) + " a neuron has no resting state",
                   "a number; or a smaller b");
    if (!(*rest < p.cell.model.highest_start()))
        check.fail("v0_mv", "is rest, which lies at " + number_text(*rest) + " mV with b = " + number_text(b),
                   "a number below " + number_text(p.cell.model.highest_start()));
}

/// What a population with a membrane has.
void check_membrane(const Check& check, const PopulationSpec& p) {
    check.distribution("a", p.cell.a, -10.0, 10.0, true);
    check.distribution("b", p.cell.b, -100.0, 100.0, true);
    check_model(p.cell.model, check.subject);
    if (p.cell.model.form == ModelForm::lif)
        for (const auto& [field, d] : {std::pair{"a", &p.cell.a}, std::pair{"b", &p.cell.b}, std::pair{"d", &p.cell.d}})
            if (d->kind != Distribution::Kind::constant)
                check.fail(field, "has a distribution, and the model is lif, which does not have it", "no value");
    const double highest = p.cell.model.highest_start();
    const bool leaky = p.cell.model.form == ModelForm::lif;
    check.distribution(leaky ? "v_reset_mv" : "c", p.cell.c, leaky ? -1000.0 : -200.0, highest, true);
    check.distribution("d", p.cell.d, -1000.0, 1000.0, true);
    check.distribution("v0_mv", p.v0_mv, -200.0, highest, true);
    if (p.v_min_mv) check.number("v_min_mv", *p.v_min_mv, -1000.0, -50.0);
    check_rest(p, check);
    if (p.u0_mv) check.distribution("u0_mv", *p.u0_mv, -1e4, 1e4, true);
    check.distribution("bias_current", p.bias_current, -kCurrentLimit, kCurrentLimit, true);
    check.distribution("noise_stddev", p.noise_stddev, 0.0, 1e4, true);
    check.values(p, "a", -10.0, 10.0);
    check.values(p, "b", -100.0, 100.0);
    check.values(p, "c", leaky ? -1000.0 : -200.0, highest, leaky ? "v_reset_mv" : "c");
    check.values(p, "d", -1000.0, 1000.0);
    check.values(p, "v0_mv", -200.0, highest);
    check.values(p, "u0_mv", -1e4, 1e4);
    check.values(p, "bias_current", -kCurrentLimit, kCurrentLimit);
    check.values(p, "noise_stddev", 0.0, 1e4);
    constexpr std::string_view known[] = {"a", "b", "c", "d", "v0_mv", "u0_mv", "bias_current", "noise_stddev"};
    for (const NeuronValues& given : p.values)
        if (std::find(std::begin(known), std::end(known), given.parameter) == std::end(known) ||
            (leaky && (given.parameter == "a" || given.parameter == "b" || given.parameter == "d" ||
                       given.parameter == "u0_mv")))
            check.fail(given.parameter, "has a value for each neuron, and is not a parameter of this model",
                       "a, b, c, d, v0_mv, u0_mv, bias_current, noise_stddev");
}

void plan_populations(Plan& plan) {
    std::set<std::string> taken{"everyone"};
    if (plan.description.populations.empty()) throw Error("network", "", "has no population", "at least one");
    std::uint64_t neurons = 0, slots = 0;
    std::optional<std::uint32_t> before;  // the last population that has neurons
    const auto padded = [](std::uint64_t end) { return (end + simd::kPad - 1) / simd::kPad * simd::kPad; };
    for (const PopulationSpec& p : plan.description.populations) {
        const Check check{"population." + p.name};
        check.name(p.name, taken);
        if (p.source) check_source(check, p, plan.description.spec.dt_ms);
        else check_membrane(check, p);
        PopulationPlan planned;
        planned.source = p.source.has_value();
        const auto number = static_cast<std::uint32_t>(plan.populations.size());
        planned.sharing.begin = number;
        planned.first_neuron = static_cast<std::uint32_t>(neurons);
        if (p.size == 0) {  // right behind the last neuron, whoever shares that one's blocks
            if (before) planned.first_slot = plan.populations[*before].first_slot + plan.populations[*before].size;
            plan.populations.push_back(planned);
            continue;
        }
        if (before && std::max(plan.populations[*before].size, p.size) < kSmallPopulation && !planned.source &&
            !plan.populations[*before].source && plan.description.populations[*before].cell.model == p.cell.model) {
            PopulationPlan& neighbour = plan.populations[*before];
            planned.sharing.begin = neighbour.sharing.begin;
            neighbour.slots = neighbour.size;
            slots = std::uint64_t{neighbour.first_slot} + neighbour.size;
            for (std::uint32_t between = *before + 1; between < number; ++between)
                plan.populations[between].sharing.begin = neighbour.sharing.begin;
        }
        before = number;
        planned.first_slot = static_cast<std::uint32_t>(slots);
        planned.size = p.size;
        neurons += p.size;
        slots = padded(slots + p.size);
        if (slots > kMaxNeurons)
            check.fail("size", "is " + std::to_string(p.size) + ", which makes the network too large",
                       std::to_string(kMaxNeurons) + " neurons in all");
        planned.slots = static_cast<std::uint32_t>(slots - planned.first_slot);
        plan.populations.push_back(planned);
    }
    if (neurons == 0)
        throw Error("network", "", "has no neurons: the size of every population is 0", "a population with neurons");
    check_recorded_as(plan.description.populations);
    for (auto i = static_cast<std::uint32_t>(plan.populations.size()); i-- > 0;) {
        const bool last = i + 1 == plan.populations.size() || plan.populations[i + 1].sharing.begin > i;
        plan.populations[i].sharing.end = last ? i + 1 : plan.populations[i + 1].sharing.end;
    }
    for (std::size_t i = 0; i < plan.populations.size(); ++i) {
        const PopulationSpec& spec = plan.description.populations[i];
        plan.places.push_back(spec.position
                                  ? place_neurons(Check{"population." + spec.name}, *spec.position, spec.size,
                                                  plan.description.spec.seed, plan.populations[i].first_neuron)
                                  : nullptr);
    }
    plan.neurons = static_cast<std::uint32_t>(neurons);
    plan.slots = static_cast<std::uint32_t>(slots);
}

std::string selection_name(const Plan& plan, const Selection& selection) {
    if (!selection.population) return "everyone";
    return plan.description.populations[selection.population->index].name;
}

/// No draw comes to anything: neither its weights nor its delays count.
void plan_without_synapses(ProjectionPlan& planned) {
    planned.largest_weight = planned.indegree_bound = 0.0;
    planned.expected_synapses = planned.synapse_bound = 0.0;
    planned.delay.low = kMaxDelaySteps;  // as of an empty list
    planned.delay.high = 1;
}

/// Cuts a selection down to the part that a projection names.
void take_part(const Check& check, Range& range, const char* side, std::uint32_t first,
               const std::optional<std::uint32_t>& count) {
    if (first == 0 && !count) return;
    const std::string name = side;
    if (first >= range.size()) check.fail(name + "_first", "is " + std::to_string(first), index_range(range.size()));
    const std::uint32_t rest = range.size() - first;
    if (count && (*count == 0 || *count > rest))
        check.fail(name + "_count", "is " + std::to_string(*count), "1 to " + std::to_string(rest));
    range.begin += first;
    if (count) range.end = range.begin + *count;
}

void plan_projection(Plan& plan, NetworkDescription::Projection& projection, std::set<std::string>& taken) {
    ProjectionSpec& spec = projection.spec;
    // by its place until it has a name
    Check check{"projection." + (spec.name.empty() ? std::to_string(plan.projections.size() + 1) : spec.name)};
    ProjectionPlan planned;
    planned.source = check.selection(plan, projection.source, "source");
    planned.target = check.selection(plan, projection.target, "target");
    take_part(check, planned.source, "source", spec.source_first, spec.source_count);
    take_part(check, planned.target, "target", spec.target_first, spec.target_count);
    if (const auto source = plan.source_in(planned.target))
        check.fail("target",
                   std::string(projection.target.population ? "is" : "is everyone, with") + " population." +
                       plan.description.populations[*source].name +
                       ", whose neurons are spike sources and receive nothing",
                   "populations with a membrane");
    planned.target_population =
        projection.target.population ? projection.target.population->index : plan.population_of(planned.target.begin);
    if (spec.name.empty()) {
        const std::string base =
            selection_name(plan, projection.source) + "-" + selection_name(plan, projection.target);
        spec.name = base;
        for (int n = 2; taken.contains(spec.name); ++n) spec.name = base + "-" + std::to_string(n);
        check.subject = "projection." + spec.name;
    }
    check.name(spec.name, taken);

    plan_rule(check, spec, plan, planned);
    plan_synapses(check, spec, plan, planned);
    if (planned.empty()) plan_without_synapses(planned);
    plan.projections.push_back(planned);
}

/// Its ids were checked: whoever describes the network once more may use them.
void forget_builder(NetworkDescription& description) {
    const auto forget = [](Selection& selection) {
        if (selection.population) selection.population->builder = PopulationId::kAnyBuilder;
    };
    for (NetworkDescription::Projection& p : description.projections) {
        forget(p.source);
        forget(p.target);
    }
    for (NetworkDescription::Input& input : description.stimuli) forget(input.target);
    for (TraceSpec& trace : description.traces) {
        trace.population.builder = PopulationId::kAnyBuilder;
        if (trace.projection) trace.projection->builder = PopulationId::kAnyBuilder;
    }
    for (RewardSpec& reward : description.rewards)
        if (auto* coincidence = std::get_if<RewardCoincidence>(&reward.when))
            coincidence->synapse.projection.builder = PopulationId::kAnyBuilder;
    for (WeightRecordSpec& record : description.weight_records) record.projection.builder = PopulationId::kAnyBuilder;
    if (description.recorded_populations)
        for (PopulationId& id : *description.recorded_populations) id.builder = PopulationId::kAnyBuilder;
}

}  // namespace

std::uint64_t to_steps(double ms, double dt_ms, std::uint64_t minimum) noexcept {
    const double steps = std::floor(ms / dt_ms + 0.5);
    return steps <= static_cast<double>(minimum) ? minimum : static_cast<std::uint64_t>(steps);
}

TraceSteps steps_of(const TraceSpec& trace, double dt_ms) noexcept {
    // A time that is a step but for rounding is that step.
    constexpr double slack = 1e-6, most = 0x1p62;
    const auto first_from = [&](double ms) {
        const double step = std::ceil(ms / dt_ms - slack);
        return step >= most ? std::uint64_t{1} << 62U : static_cast<std::uint64_t>(std::max(step, 0.0));
    };
    return {to_steps(trace.interval_ms, dt_ms, 1), first_from(trace.start_ms), first_from(trace.stop_ms)};
}

const RoutePlan& Plan::route_of(std::size_t projection) const noexcept {
    return *std::find_if(routes.begin(), routes.end(), [&](const RoutePlan& r) { return r.has(projection); });
}

bool Plan::plastic() const noexcept {
    return std::any_of(projections.begin(), projections.end(), [](const ProjectionPlan& p) { return p.plastic; });
}

std::optional<std::size_t> Plan::source_in(const Range& range) const noexcept {
    for (std::size_t p = 0; p < populations.size(); ++p) {
        const PopulationPlan& own = populations[p];
        if (own.source && own.size > 0 && own.first_neuron < range.end && own.first_neuron + own.size > range.begin)
            return p;
    }
    return std::nullopt;
}

bool Plan::holds(const Range& range, std::size_t population) const noexcept {
    const PopulationPlan& p = populations[population];
    return p.size > 0 && range.begin < p.first_neuron + p.size && p.first_neuron < range.end;
}

bool Plan::channel_reaches(std::size_t channel, std::size_t population) const noexcept {
    const PopulationPlan& own = populations[population];
    return std::any_of(projections.begin(), projections.end(),
                       [&](const ProjectionPlan& p) {
                           return p.channel == channel && !p.empty() && holds(p.target, population);
                       }) ||
           std::any_of(stimuli.begin(), stimuli.end(), [&](const StimulusPlan& s) {
               return s.channel == channel && s.neurons.begin < own.first_neuron + own.size &&
                      s.neurons.end > own.first_neuron;
           });
}

bool Plan::buffer_reaches(std::size_t buffer, std::size_t population) const noexcept {
    if (buffer < channels.size()) return channel_reaches(buffer, population);
    const PopulationPlan& own = populations[population];
    return std::any_of(projections.begin(), projections.end(),
                       [&](const ProjectionPlan& p) {
                           return p.buffer == buffer && !p.empty() && holds(p.target, population);
                       }) ||
           std::any_of(stimuli.begin(), stimuli.end(), [&](const StimulusPlan& s) {
               return s.shown == buffer && s.neurons.begin < own.first_neuron + own.size &&
                      s.neurons.end > own.first_neuron;
           });
}

bool Plan::is_filled(std::size_t buffer) const noexcept {
    const auto parts_with = [&](const ApartPlan& group) { return group.channel == channel_of_buffer(buffer); };
    if (std::none_of(apart.begin(), apart.end(), parts_with)) return true;
    return std::any_of(projections.begin(), projections.end(),
                       [&](const ProjectionPlan& p) { return p.buffer == buffer && !p.empty(); });
}

bool Plan::shows(std::size_t buffer, const TraceSpec& trace, Variable variable) const noexcept {
    const ApartPlan& group = apart[buffer - channels.size()];
    switch (variable) {
        case Variable::excitatory: return group.excites && buffer_reaches(buffer, trace.population.index);
        case Variable::inhibitory: return !group.excites && buffer_reaches(buffer, trace.population.index);
        case Variable::synaptic_current:
        case Variable::conductance: return group.projection == trace.projection->index;
        default: return false;
    }
}

double Plan::quantum(std::size_t channel, std::size_t population) const noexcept {
    return std::ldexp(1.0, -sum_exponent(channel, population));
}

double Plan::quantum_of(const ProjectionPlan& projection) const noexcept {
    return quantum(projection.channel, projection.target_population);
}

std::uint32_t Plan::population_of(std::uint32_t neuron) const noexcept {
    const auto after = std::upper_bound(populations.begin(), populations.end(), neuron,
                                        [](std::uint32_t n, const PopulationPlan& p) { return n < p.first_neuron; });
    return static_cast<std::uint32_t>(after - populations.begin() - 1);
}

std::uint32_t Plan::slot_of(std::uint32_t neuron) const noexcept {
    const PopulationPlan& p = populations[population_of(neuron)];
    return neuron - p.first_neuron + p.first_slot;
}

std::uint32_t Plan::neuron_at(std::uint32_t slot) const noexcept {
    const auto after = std::upper_bound(populations.begin(), populations.end(), slot,
                                        [](std::uint32_t s, const PopulationPlan& p) { return s < p.first_slot; });
    const PopulationPlan& p = *(after - 1);
    return slot - p.first_slot + p.first_neuron;
}

Plan make_plan(NetworkDescription description, std::uint32_t builder) {
    Plan plan;
    plan.builder = builder;
    plan.description = std::move(description);
    check_network_spec(plan.description.spec);
    plan_populations(plan);
    plan.channels.emplace_back(DeltaCurrent{});
    std::set<std::string> taken;
    for (auto& projection : plan.description.projections) plan_projection(plan, projection, taken);
    check_stimuli(plan);
    plan_apart(plan);
    plan_routes(plan);
    scale_weights(plan);
    check_weight_loss(plan);
    check_traces(plan);
    check_rewards(plan);
    check_weight_records(plan);
    plan.notes.insert(plan.notes.begin(), plan.description.notes.begin(), plan.description.notes.end());
    note_use(plan);
    forget_builder(plan.description);
    plan.min_delay = kMaxDelaySteps;
    for (const ProjectionPlan& p : plan.projections) {
        if (p.delay.high < p.delay.low) continue;  // no synapse
        plan.min_delay = std::min(plan.min_delay, static_cast<std::uint32_t>(p.delay.low));
        plan.max_delay = std::max(plan.max_delay, static_cast<std::uint32_t>(p.delay.high));
    }
    plan.min_delay = std::min(plan.min_delay, plan.max_delay);
    return plan;
}

std::vector<simd::TargetSegment> target_segments(const Plan& plan, const Range& target) {
    std::vector<simd::TargetSegment> segments;
    for (std::size_t i = 0; i < plan.populations.size(); ++i) {
        if (!plan.holds(target, i)) continue;
        const PopulationPlan& p = plan.populations[i];
        const std::uint32_t begin = std::max(target.begin, p.first_neuron);
        const std::uint32_t first = begin - target.begin, slot = p.first_slot + (begin - p.first_neuron);
        const std::uint32_t end = std::min(target.end, p.first_neuron + p.size) - target.begin;
        // without padding between them, two populations are one segment
        if (!segments.empty() && segments.back().first_slot + (first - segments.back().first_index) == slot)
            segments.back().end_index = end;
        else segments.push_back({first, end, slot});
    }
    return segments;
}

}  // namespace izhi::detail
