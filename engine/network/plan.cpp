// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/plan.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/network/text.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

std::string interval(double low, double high) { return number_text(low) + " to " + number_text(high); }

/// Faults of one population, projection, ... of the description.
struct Check {
    std::string subject;

    [[noreturn]] void fail(const std::string& field, const std::string& problem,
                           const std::string& allowed = {}) const {
        throw Error(subject, field, problem, allowed);
    }
    void number(const std::string& field, double value, double low, double high) const {
        if (!(value >= low && value <= high)) fail(field, "is " + number_text(value), interval(low, high));
    }
    /// Every value that a distribution can take lies in [low, high].
    void distribution(const std::string& field, const Distribution& d, double low, double high, bool per_neuron) const {
        const auto part = [&](const char* what, double value) {
            if (!(value >= low && value <= high))
                fail(field, std::string(what) + number_text(value), interval(low, high));
        };
        switch (d.kind) {
            case Distribution::Kind::constant: part("is ", d.p0); break;
            case Distribution::Kind::uniform:
                part("is uniform from ", d.p0);
                part("is uniform up to ", d.p1);
                if (d.p0 > d.p1)
                    fail(field, "is uniform from " + number_text(d.p0) + " to " + number_text(d.p1), "low bound first");
                break;
            case Distribution::Kind::clipped_normal:
                part("is normal clipped from ", d.p2);
                part("is normal clipped up to ", d.p3);
                if (d.p2 > d.p3)
                    fail(field, "is clipped from " + number_text(d.p2) + " to " + number_text(d.p3), "low bound first");
                if (!std::isfinite(d.p0)) fail(field, "has the mean " + number_text(d.p0), "a finite number");
                if (!(d.p1 >= 0.0 && std::isfinite(d.p1)))
                    fail(field, "has the standard deviation " + number_text(d.p1), "0 or more");
                break;
            case Distribution::Kind::shared: {
                if (!per_neuron)
                    fail(field, "is a mix by the neuron's shared r, which synapses do not have",
                         "a number, uniform or clipped normal");
                const double at_end = d.p0 + d.p1 + d.p2;
                part("is shared with the value at r = 0 of ", d.p0);
                part("is shared with the value at r = 1 of ", at_end);
                const double top = d.p2 != 0.0 ? -d.p1 / (2.0 * d.p2) : -1.0;
                if (top > 0.0 && top < 1.0) part("is shared with an extreme of ", d.p0 + d.p1 * top + d.p2 * top * top);
                if (!std::isfinite(d.p1) || !std::isfinite(d.p2))
                    fail(field, "is shared with factors that are not finite");
                break;
            }
        }
    }
    void name(const std::string& name, std::set<std::string>& taken) const {
        if (name.empty()) fail("name", "is empty", "letters, digits, '_' and '-'");
        for (const char c : name) {
            const bool allowed =
                (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
            if (!allowed) fail("name", "is \"" + name + "\"", "letters, digits, '_' and '-'");
        }
        if (!taken.insert(name).second) fail("name", "is taken by another one");
    }
    /// A time window [start, stop).
    void window(double start_ms, double stop_ms) const {
        if (!(start_ms >= 0.0 && std::isfinite(start_ms))) fail("start_ms", "is " + number_text(start_ms), "0 or more");
        if (!(stop_ms >= start_ms))
            fail("stop_ms", "is " + number_text(stop_ms), "start_ms (" + number_text(start_ms) + ") or more");
    }
};

constexpr double kCurrentLimit = 1e5;

void check_network_spec(const NetworkSpec& spec) {
    const Check check{"network"};
    if (spec.name.empty()) check.fail("name", "is empty", "any text");
    check.number("dt_ms", spec.dt_ms, 0.001, 10.0);
    if (static_cast<int>(spec.numerics) < 0 || static_cast<int>(spec.numerics) > 2)
        check.fail("numerics", "is unknown", "published, euler, accurate");
    if (static_cast<int>(spec.noise) < 0 || static_cast<int>(spec.noise) > 1)
        check.fail("noise", "is unknown", "table, exact");
}

void plan_populations(Plan& plan) {
    std::set<std::string> taken{"everyone"};
    if (plan.description.populations.empty()) throw Error("network", "", "has no population", "at least one");
    std::uint64_t neurons = 0, slots = 0;
    for (const PopulationSpec& p : plan.description.populations) {
        const Check check{"population." + p.name};
        check.name(p.name, taken);
        if (p.size == 0) check.fail("size", "is 0", "1 to " + std::to_string(kMaxNeurons));
        check.distribution("a", p.cell.a, -10.0, 10.0, true);
        check.distribution("b", p.cell.b, -100.0, 100.0, true);
        check.distribution("c", p.cell.c, -200.0, 29.0, true);
        check.distribution("d", p.cell.d, -1000.0, 1000.0, true);
        check.distribution("v0_mv", p.v0_mv, -200.0, 29.0, true);
        if (p.u0_mv) check.distribution("u0_mv", *p.u0_mv, -1e4, 1e4, true);
        check.distribution("bias_current", p.bias_current, -kCurrentLimit, kCurrentLimit, true);
        check.number("noise_stddev", p.noise_stddev, 0.0, 1e4);
        PopulationPlan planned;
        planned.first_neuron = static_cast<std::uint32_t>(neurons);
        planned.first_slot = static_cast<std::uint32_t>(slots);
        planned.size = p.size;
        neurons += p.size;
        const std::uint64_t padded = (std::uint64_t{p.size} + simd::kPad - 1) / simd::kPad * simd::kPad;
        slots += padded;
        if (slots > kMaxNeurons)
            check.fail("size", "is " + std::to_string(p.size) + ", which makes the network too large",
                       std::to_string(kMaxNeurons) + " neurons in all");
        planned.slots = static_cast<std::uint32_t>(padded);
        plan.populations.push_back(planned);
    }
    plan.neurons = static_cast<std::uint32_t>(neurons);
    plan.slots = static_cast<std::uint32_t>(slots);
}

std::string selection_name(const Plan& plan, const Selection& selection) {
    if (!selection.population) return "everyone";
    return plan.description.populations[selection.population->index].name;
}

Range selection_range(const Plan& plan, const Selection& selection, const Check& check, const char* field) {
    if (!selection.population) return {0, plan.neurons};
    const std::uint32_t index = selection.population->index;
    if (index >= plan.populations.size())
        check.fail(field, "is population number " + std::to_string(index),
                   "0 to " + std::to_string(plan.populations.size() - 1));
    const PopulationPlan& p = plan.populations[index];
    return {p.first_neuron, p.first_neuron + p.size};
}

/// A mean and a bound that the number exceeds with a probability below 1e-25: twelve standard deviations of the normal
/// law and some for the skew of small means.
double tail_bound(double mean) { return mean + 12.0 * std::sqrt(mean) + 100.0; }

IntegerLaw delay_law(const Distribution& d, double dt_ms) {
    const auto steps = [&](double ms) { return static_cast<std::int64_t>(to_steps(ms, dt_ms, 1)); };
    IntegerLaw law;
    law.kind = d.kind;
    if (d.kind == Distribution::Kind::uniform) {
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

double largest_magnitude(const Distribution& d) {
    switch (d.kind) {
        case Distribution::Kind::uniform: return std::max(std::abs(d.p0), std::abs(d.p1));
        case Distribution::Kind::clipped_normal: return std::max(std::abs(d.p2), std::abs(d.p3));
        default: return std::abs(d.p0);
    }
}

void plan_projection(Plan& plan, NetworkDescription::Projection& projection, std::set<std::string>& taken) {
    ProjectionSpec& spec = projection.spec;
    Check check{"projection." + spec.name};
    ProjectionPlan planned;
    planned.source = selection_range(plan, projection.source, check, "source");
    planned.target = selection_range(plan, projection.target, check, "target");
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
    const double itself = !spec.autapses && overlap ? 1.0 : 0.0;
    const auto degree_limit = [&](const char* field, std::uint32_t degree, double others, const char* side) {
        if (degree == 0) check.fail(field, "is 0", "1 or more");
        if (others - itself < 1.0)
            check.fail("autapses", "is false for a single neuron, which has no other partner", "true");
        if (!spec.multapses && degree > others - itself)
            check.fail(field, "is " + std::to_string(degree),
                       "at most " + number_text(others - itself) + ", the number of " + side + " without multapses");
    };
    if (!std::holds_alternative<ExplicitList>(spec.rule)) {
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
                           "0 to " + number_text(sources - 1));
            if (s.target >= planned.target.size())
                check.fail("synapses", at + "has target " + std::to_string(s.target),
                           "0 to " + number_text(targets - 1));
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
        planned.expected_synapses = static_cast<double>(list->synapses.size());
    }
    planned.procedural = spec.storage == Storage::procedural;
    if (planned.procedural && !can_be_procedural(spec.rule))
        check.fail("storage", "is procedural, but the rule's rows cannot be drawn alone",
                   "stored; or one of the rules all-to-all, fixed-probability, fixed-outdegree");
    planned.synapse_bound = planned.expected_synapses + 6.0 * std::sqrt(variance);
    plan.projections.push_back(planned);
}

/// Chooses the fixed-point scale of weights and the width of synapses.
///
/// The scale is one power of two for the network, so that sums over all projections are sums of integers. It is as fine
/// as two bounds allow: the largest weight fits its integer, and the sum of all synapses of a neuron, should they all
/// arrive in one step, fits 32 bits. 16-bit weights serve unless they would keep fewer than 512 quanta for the largest
/// weight of some projection (an error of more than 0.1 % of it).
void choose_weight_scale(Plan& plan) {
    double largest = 0.0;
    std::vector<double> worst_sum(plan.populations.size(), 0.0), indegree(plan.populations.size(), 0.0);
    for (const ProjectionPlan& p : plan.projections) {
        largest = std::max(largest, p.largest_weight);
        for (std::size_t i = 0; i < plan.populations.size(); ++i) {
            if (!p.target.contains(plan.populations[i].first_neuron)) continue;
            worst_sum[i] += p.indegree_bound * p.largest_weight;
            indegree[i] += p.indegree_bound;
        }
    }
    if (largest == 0.0) {
        plan.weight_exponent = 15;
        return;
    }
    constexpr int finest = 30;
    const auto exponent_for = [&](double largest_integer) {
        int exponent = finest;
        const auto fits = [&](int e) {
            if (std::ldexp(largest, e) > largest_integer) return false;
            for (std::size_t i = 0; i < worst_sum.size(); ++i)  // each weight may be rounded up by half a quantum
                if (std::ldexp(worst_sum[i], e) + 0.5 * indegree[i] > 2147483647.0) return false;
            return true;
        };
        while (exponent > -30 && !fits(exponent)) --exponent;
        return exponent;
    };
    plan.weight_exponent = exponent_for(32767.0);
    for (const ProjectionPlan& p : plan.projections)
        plan.wide = plan.wide || (p.largest_weight > 0.0 && std::ldexp(p.largest_weight, plan.weight_exponent) < 512.0);
    if (plan.wide) plan.weight_exponent = exponent_for(2147483647.0);
}

void quantise_weights(Plan& plan) {
    for (std::size_t i = 0; i < plan.projections.size(); ++i) {
        IntegerLaw& law = plan.projections[i].weight;
        const Distribution& d = plan.description.projections[i].spec.weight;
        const auto quanta = [&](double w) { return std::llround(std::ldexp(w, plan.weight_exponent)); };
        law.kind = d.kind;
        if (d.kind == Distribution::Kind::uniform) {
            law.low = quanta(d.p0);
            law.high = quanta(d.p1);
        } else if (d.kind == Distribution::Kind::clipped_normal) {
            law.low = quanta(d.p2);
            law.high = quanta(d.p3);
            law.mean = std::ldexp(d.p0, plan.weight_exponent);
            law.stddev = std::ldexp(d.p1, plan.weight_exponent);
        } else {
            law.low = law.high = quanta(d.p0);
        }
    }
}

void check_stimuli(Plan& plan) {
    std::set<std::string> taken;
    std::size_t number = 0;
    for (NetworkDescription::Input& input : plan.description.stimuli) {
        StimulusSpec& spec = input.spec;
        ++number;
        if (spec.name.empty()) spec.name = "stimulus-" + std::to_string(number);
        const Check check{"stimulus." + spec.name};
        check.name(spec.name, taken);
        const Range target = selection_range(plan, input.target, check, "target");
        if (spec.first >= target.size())
            check.fail("first", "is " + std::to_string(spec.first), "0 to " + std::to_string(target.size() - 1));
        const std::uint32_t rest = target.size() - spec.first;
        if (!spec.count) spec.count = rest;
        if (*spec.count == 0 || *spec.count > rest)
            check.fail("count", "is " + std::to_string(*spec.count), "1 to " + std::to_string(rest));
        if (const auto* dc = std::get_if<DirectCurrent>(&spec.stimulus)) {
            check.number("amplitude", dc->amplitude, -kCurrentLimit, kCurrentLimit);
            check.window(dc->start_ms, dc->stop_ms);
        } else if (const auto* ramp = std::get_if<Ramp>(&spec.stimulus)) {
            check.number("from", ramp->from, -kCurrentLimit, kCurrentLimit);
            check.number("to", ramp->to, -kCurrentLimit, kCurrentLimit);
            check.window(ramp->start_ms, ramp->stop_ms);
            if (!std::isfinite(ramp->stop_ms) || ramp->stop_ms >= kForever)
                check.fail("stop_ms", "is missing", "the end of the ramp");
        } else if (const auto* pulses = std::get_if<Pulses>(&spec.stimulus)) {
            check.number("amplitude", pulses->amplitude, -kCurrentLimit, kCurrentLimit);
            check.number("start_ms", pulses->start_ms, 0.0, 1e15);
            check.number("width_ms", pulses->width_ms, plan.description.spec.dt_ms, 1e15);
            check.number("period_ms", pulses->period_ms, pulses->width_ms, 1e15);
            if (pulses->count == 0) check.fail("pulses", "is 0", "1 or more");
        } else if (const auto* poisson = std::get_if<PoissonTrains>(&spec.stimulus)) {
            check.number("rate_hz", poisson->rate_hz, 0.0, 50.0 * 1000.0 / plan.description.spec.dt_ms);
            check.number("weight", poisson->weight, -kCurrentLimit, kCurrentLimit);
            check.window(poisson->start_ms, poisson->stop_ms);
        } else if (const auto* times = std::get_if<SpikeTimes>(&spec.stimulus)) {
            check.number("weight", times->weight, -kCurrentLimit, kCurrentLimit);
            for (const double t : times->times_ms)
                if (!(t >= 0.0 && t <= 1e15)) check.fail("times_ms", "holds " + number_text(t), "0 to 1e+15");
        }
    }
}

void check_traces(Plan& plan) {
    std::set<std::string> taken;
    std::size_t number = 0;
    for (TraceSpec& trace : plan.description.traces) {
        ++number;
        if (trace.name.empty()) trace.name = "trace-" + std::to_string(number);
        const Check check{"trace." + trace.name};
        check.name(trace.name, taken);
        const Range range = selection_range(plan, trace.population, check, "population");
        if (trace.neurons.empty()) check.fail("neurons", "is empty", "at least one");
        for (const std::uint32_t neuron : trace.neurons)
            if (neuron >= range.size())
                check.fail("neurons", "holds " + std::to_string(neuron), "0 to " + std::to_string(range.size() - 1));
        if (trace.variables.empty()) check.fail("variables", "is empty", "v, u, current");
        const std::set<Variable> distinct(trace.variables.begin(), trace.variables.end());
        if (distinct.size() != trace.variables.size())
            check.fail("variables", "names one twice", "each of v, u, current once");
        check.number("interval_ms", trace.interval_ms, plan.description.spec.dt_ms / 2, 1e9);
    }
    if (plan.description.recorded_populations)
        for (const PopulationId id : *plan.description.recorded_populations)
            (void)selection_range(plan, id, Check{"record"}, "spikes");
}

}  // namespace

std::uint64_t to_steps(double ms, double dt_ms, std::uint64_t minimum) noexcept {
    const double steps = std::floor(ms / dt_ms + 0.5);
    return steps <= static_cast<double>(minimum) ? minimum : static_cast<std::uint64_t>(steps);
}

double Plan::quantum() const noexcept { return std::ldexp(1.0, -weight_exponent); }

std::uint32_t Plan::population_of(std::uint32_t neuron) const noexcept {
    const auto after = std::upper_bound(populations.begin(), populations.end(), neuron,
                                        [](std::uint32_t n, const PopulationPlan& p) { return n < p.first_neuron; });
    return static_cast<std::uint32_t>(after - populations.begin() - 1);
}

std::uint32_t Plan::slot_of(std::uint32_t neuron) const noexcept {
    const PopulationPlan& p = populations[population_of(neuron)];
    return neuron - p.first_neuron + p.first_slot;
}

Plan make_plan(NetworkDescription description) {
    Plan plan;
    plan.description = std::move(description);
    check_network_spec(plan.description.spec);
    plan_populations(plan);
    std::set<std::string> taken;
    for (auto& projection : plan.description.projections) plan_projection(plan, projection, taken);
    choose_weight_scale(plan);
    quantise_weights(plan);
    check_stimuli(plan);
    check_traces(plan);
    plan.min_delay = kMaxDelaySteps;
    for (const ProjectionPlan& p : plan.projections) {
        if (p.delay.high < p.delay.low) continue;  // an empty list
        plan.min_delay = std::min(plan.min_delay, static_cast<std::uint32_t>(p.delay.low));
        plan.max_delay = std::max(plan.max_delay, static_cast<std::uint32_t>(p.delay.high));
    }
    plan.min_delay = std::min(plan.min_delay, plan.max_delay);
    return plan;
}

}  // namespace izhi::detail
