// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/plan.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "engine/network/notes.hpp"
#include "engine/network/plan_synapses.hpp"
#include "engine/network/random.hpp"
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
    if (!rest)
        check.fail("v0_mv", "is rest, and with b = " + number_text(b) + " a neuron has no resting state",
                   "a number; or a smaller b");
    if (!(*rest < p.cell.model.threshold() - 1.0))
        check.fail("v0_mv", "is rest, which lies at " + number_text(*rest) + " mV with b = " + number_text(b),
                   "a number below " + number_text(p.cell.model.threshold() - 1.0));
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
        check.distribution("a", p.cell.a, -10.0, 10.0, true);
        check.distribution("b", p.cell.b, -100.0, 100.0, true);
        check_model(p.cell.model, check.subject);
        const double highest = p.cell.model.threshold() - 1.0;
        check.distribution("c", p.cell.c, -200.0, highest, true);
        check.distribution("d", p.cell.d, -1000.0, 1000.0, true);
        check.distribution("v0_mv", p.v0_mv, -200.0, highest, true);
        if (p.v_min_mv) check.number("v_min_mv", *p.v_min_mv, -1000.0, -50.0);
        check_rest(p, check);
        if (p.u0_mv) check.distribution("u0_mv", *p.u0_mv, -1e4, 1e4, true);
        check.distribution("bias_current", p.bias_current, -kCurrentLimit, kCurrentLimit, true);
        check.number("noise_stddev", p.noise_stddev, 0.0, 1e4);
        PopulationPlan planned;
        const auto number = static_cast<std::uint32_t>(plan.populations.size());
        planned.sharing.begin = number;
        planned.first_neuron = static_cast<std::uint32_t>(neurons);
        if (p.size == 0) {  // right behind the last neuron, whoever shares that one's blocks
            if (before) planned.first_slot = plan.populations[*before].first_slot + plan.populations[*before].size;
            plan.populations.push_back(planned);
            continue;
        }
        if (before && std::max(plan.populations[*before].size, p.size) < kSmallPopulation &&
            plan.description.populations[*before].cell.model == p.cell.model) {
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
    for (auto i = static_cast<std::uint32_t>(plan.populations.size()); i-- > 0;) {
        const bool last = i + 1 == plan.populations.size() || plan.populations[i + 1].sharing.begin > i;
        plan.populations[i].sharing.end = last ? i + 1 : plan.populations[i + 1].sharing.end;
    }
    plan.neurons = static_cast<std::uint32_t>(neurons);
    plan.slots = static_cast<std::uint32_t>(slots);
}

std::string selection_name(const Plan& plan, const Selection& selection) {
    if (!selection.population) return "everyone";
    return plan.description.populations[selection.population->index].name;
}

/// A mean and a bound that the number exceeds with a probability below 1e-25: twelve standard deviations of the normal
/// law and some for the skew of small means.
double tail_bound(double mean) { return mean + 12.0 * std::sqrt(mean) + 100.0; }

IntegerLaw delay_law(const Distribution& d, double dt_ms) {
    const auto steps = [&](double ms) { return static_cast<std::int64_t>(to_steps(ms, dt_ms, 1)); };
    IntegerLaw law;
    law.kind = d.kind;
    if (d.kind == Distribution::Kind::uniform || d.kind == Distribution::Kind::spread) {
        law.low = steps(d.p0);
        law.high = steps(d.p1);
    } else if (d.kind == Distribution::Kind::clipped_normal) {
        law.low = steps(d.p2);
        law.high = steps(d.p3);
        law.mean = d.p0 / dt_ms;
        law.stddev = d.p1 / dt_ms;
    } else {
        law.low = law.high = steps(d.p0);
    }
    return law;
}

/// Of the values that are drawn: a bound of a clipped normal that no draw ever reaches takes no room.
double largest_magnitude(const Distribution& d) {
    double lowest = lowest_value(d), highest = highest_value(d);
    if (d.kind == Distribution::Kind::clipped_normal) {
        const double reach = kNormalReach * d.p1;
        lowest = std::max(lowest, std::min(d.p0 - reach, highest));
        highest = std::min(highest, std::max(d.p0 + reach, lowest));
    }
    return std::max(std::abs(lowest), std::abs(highest));
}

/// No draw comes to anything: neither its weights nor its delays count.
void plan_without_synapses(ProjectionPlan& planned) {
    planned.largest_weight = planned.indegree_bound = 0.0;
    planned.expected_synapses = planned.synapse_bound = 0.0;
    planned.delay.low = kMaxDelaySteps;  // as of an empty list
    planned.delay.high = 1;
}

/// What a list may not hold where autapses or multapses are excluded.
void check_pairs(const Check& check, const ProjectionSpec& spec, const ProjectionPlan& planned) {
    const auto& synapses = std::get<ExplicitList>(spec.rule).synapses;
    const auto pair_text = [](const ExplicitSynapse& s) {
        return "source " + std::to_string(s.source) + " to target " + std::to_string(s.target);
    };
    if (!spec.autapses)
        for (std::size_t i = 0; i < synapses.size(); ++i)
            if (std::uint64_t{planned.source.begin} + synapses[i].source ==
                std::uint64_t{planned.target.begin} + synapses[i].target)
                check.fail("synapses",
                           "synapse " + std::to_string(i) + " leads from " + pair_text(synapses[i]) +
                               ", which are one neuron, and autapses is false",
                           "other pairs, or autapses = true");
    if (spec.multapses) return;
    std::vector<std::pair<std::uint64_t, std::size_t>> pairs;
    pairs.reserve(synapses.size());
    for (std::size_t i = 0; i < synapses.size(); ++i)
        pairs.emplace_back(std::uint64_t{synapses[i].source} << 32U | synapses[i].target, i);
    std::sort(pairs.begin(), pairs.end());
    std::size_t second = synapses.size(), first = 0;  // the earliest that repeats another
    for (std::size_t i = 1; i < pairs.size(); ++i)
        if (pairs[i].first == pairs[i - 1].first && pairs[i].second < second) {
            second = pairs[i].second;
            first = pairs[i - 1].second;
        }
    if (second < synapses.size())
        check.fail("synapses",
                   "synapse " + std::to_string(second) + " leads from " + pair_text(synapses[second]) +
                       ", as synapse " + std::to_string(first) + " does, and multapses is false",
                   "each pair once, or multapses = true");
}

void plan_projection(Plan& plan, NetworkDescription::Projection& projection, std::set<std::string>& taken) {
    ProjectionSpec& spec = projection.spec;
    // by its place until it has a name
    Check check{"projection." + (spec.name.empty() ? std::to_string(plan.projections.size() + 1) : spec.name)};
    ProjectionPlan planned;
    planned.source = check.selection(plan, projection.source, "source");
    planned.target = check.selection(plan, projection.target, "target");
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

    const double dt = plan.description.spec.dt_ms, longest = kMaxDelaySteps * dt, shortest = dt / 2;
    const double sources = planned.source.size(), targets = planned.target.size();
    // Partners that a neuron on both sides loses where autapses are not allowed.
    const bool overlap = planned.source.begin < planned.target.end && planned.target.begin < planned.source.end;
    const double itself = !spec.autapses && overlap && !planned.empty() ? 1.0 : 0.0;
    const auto degree_limit = [&](const char* field, std::uint32_t degree, double others, const char* side) {
        if (degree == 0) check.fail(field, "is 0", "1 or more");
        if (others == 0.0) return;  // nobody to draw
        if (others - itself < 1.0)
            check.fail("autapses", "is false for a single neuron, which has no other partner", "true");
        if (!spec.multapses && degree > others - itself)
            check.fail(field, "is " + std::to_string(degree),
                       "at most " + number_text(others - itself) + ", the number of " + side + " without multapses");
    };
    if (!std::holds_alternative<ExplicitList>(spec.rule)) {
        if (spec.weight.kind == Distribution::Kind::spread)
            check.fail("weight", "is spread, which is for delays", "a number, uniform or clipped normal");
        check.distribution("weight", spec.weight, -kCurrentLimit, kCurrentLimit, false);
        check.distribution("delay_ms", spec.delay_ms, shortest, longest, false);
        planned.delay = delay_law(spec.delay_ms, dt);
        planned.largest_weight = largest_magnitude(spec.weight);
    }
    double variance = 0.0;
    if (std::holds_alternative<AllToAll>(spec.rule)) {
        planned.indegree_bound = sources;
        planned.expected_synapses = sources * targets;
    } else if (std::holds_alternative<OneToOne>(spec.rule)) {
        if (planned.source.size() != planned.target.size())
            check.fail("rule",
                       "is one-to-one between " + number_text(sources) + " and " + number_text(targets) + " neurons",
                       "populations of equal size");
        planned.indegree_bound = 1.0;
        planned.expected_synapses = sources;
    } else if (const auto* fixed_p = std::get_if<FixedProbability>(&spec.rule)) {
        check.number("probability", fixed_p->probability, 0.0, 1.0);
        const double mean = sources * fixed_p->probability;
        planned.indegree_bound = std::min(sources, tail_bound(mean));
        planned.expected_synapses = mean * targets;
        variance = planned.expected_synapses * (1.0 - fixed_p->probability);
    } else if (const auto* indegree = std::get_if<FixedIndegree>(&spec.rule)) {
        degree_limit("indegree", indegree->count, sources, "sources");
        planned.indegree_bound = indegree->count;
        planned.expected_synapses = targets * indegree->count;
    } else if (const auto* outdegree = std::get_if<FixedOutdegree>(&spec.rule)) {
        degree_limit("outdegree", outdegree->count, targets, "targets");
        const double most_strata = targets == 0.0
                                       ? outdegree->count
                                       : std::max(1.0, std::min<double>(outdegree->count, std::floor(targets / 2)));
        check.number("strata", outdegree->strata, 1.0, most_strata);
        if (outdegree->strata > 1 && !spec.multapses)
            check.fail("multapses", "is false, and the projection has strata", "true, or strata = 1");
        const double mean = sources * outdegree->count / (targets - itself);
        planned.indegree_bound = spec.multapses ? tail_bound(mean) : std::min(sources, tail_bound(mean));
        planned.expected_synapses = sources * outdegree->count;
    } else if (const auto* list = std::get_if<ExplicitList>(&spec.rule)) {
        std::vector<std::uint32_t> targets_listed;  // in proportion to the list, not to the population
        targets_listed.reserve(list->synapses.size());
        planned.delay.low = kMaxDelaySteps;
        planned.delay.high = 1;
        for (std::size_t i = 0; i < list->synapses.size(); ++i) {
            const ExplicitSynapse& s = list->synapses[i];
            const std::string at = "synapse " + std::to_string(i) + ' ';
            if (s.source >= planned.source.size())
                check.fail("synapses", at + "has source " + std::to_string(s.source),
                           index_range(planned.source.size()));
            if (s.target >= planned.target.size())
                check.fail("synapses", at + "has target " + std::to_string(s.target),
                           index_range(planned.target.size()));
            if (!(std::abs(s.weight) <= kCurrentLimit))
                check.fail("synapses", at + "has weight " + number_text(s.weight),
                           interval(-kCurrentLimit, kCurrentLimit));
            if (!(s.delay_ms >= shortest && s.delay_ms <= longest))
                check.fail("synapses", at + "has delay_ms " + number_text(s.delay_ms), interval(shortest, longest));
            const auto delay = static_cast<std::int64_t>(to_steps(s.delay_ms, dt, 1));
            planned.delay.low = std::min(planned.delay.low, delay);
            planned.delay.high = std::max(planned.delay.high, delay);
            planned.largest_weight = std::max(planned.largest_weight, std::abs(s.weight));
            targets_listed.push_back(s.target);
        }
        std::sort(targets_listed.begin(), targets_listed.end());
        for (auto first = targets_listed.begin(); first != targets_listed.end();) {
            const auto last = std::upper_bound(first, targets_listed.end(), *first);
            planned.indegree_bound = std::max(planned.indegree_bound, static_cast<double>(last - first));
            first = last;
        }
        check_pairs(check, spec, planned);
        planned.expected_synapses = static_cast<double>(list->synapses.size());
    }
    planned.procedural = spec.storage == Storage::procedural;
    if (planned.procedural && !can_be_procedural(spec.rule))
        check.fail("storage", "is procedural, but the rule's rows cannot be drawn alone",
                   "stored; or one of the rules all-to-all, fixed-probability, fixed-outdegree");
    planned.synapse_bound = planned.expected_synapses + 6.0 * std::sqrt(variance);
    check_spread(check, spec, sources - itself, targets - itself);
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
    for (TraceSpec& trace : description.traces) trace.population.builder = PopulationId::kAnyBuilder;
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

const RoutePlan& Plan::route_of(std::size_t projection) const noexcept {
    return *std::find_if(routes.begin(), routes.end(), [&](const RoutePlan& r) { return r.has(projection); });
}

bool Plan::plastic() const noexcept {
    return std::any_of(projections.begin(), projections.end(), [](const ProjectionPlan& p) { return p.plastic; });
}

bool Plan::holds(const Range& range, std::size_t population) const noexcept {
    const PopulationPlan& p = populations[population];
    return p.size > 0 && range.contains(p.first_neuron);
}

bool Plan::channel_reaches(std::size_t channel, std::size_t population) const noexcept {
    return std::any_of(projections.begin(), projections.end(), [&](const ProjectionPlan& p) {
        return p.channel == channel && !p.empty() && holds(p.target, population);
    });
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
    plan_routes(plan);
    scale_weights(plan);
    check_weight_loss(plan);
    check_stimuli(plan);
    check_traces(plan);
    check_rewards(plan);
    check_weight_records(plan);
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
        const std::uint32_t first = p.first_neuron - target.begin;
        // without padding between them, two populations are one segment
        if (!segments.empty() && segments.back().first_slot + (first - segments.back().first_index) == p.first_slot)
            segments.back().end_index = first + p.size;
        else segments.push_back({first, first + p.size, p.first_slot});
    }
    return segments;
}

}  // namespace izhi::detail
