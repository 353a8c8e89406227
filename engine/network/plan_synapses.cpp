// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/plan_synapses.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <set>
#include <string>

#include "engine/base/text.hpp"

namespace izhi::detail {
namespace {

/// A weight that is drawn, or that of synapse number `listed`, by which network files find its line.
[[noreturn]] void fail_weight(const Check& check, std::optional<std::size_t> listed, double weight,
                              const std::string& why, const std::string& allowed) {
    if (listed)
        check.fail("synapses", "synapse " + std::to_string(*listed) + " has weight " + number_text(weight) + why,
                   allowed);
    check.fail("weight", "can be " + number_text(weight) + why, allowed);
}

/// Efficacies are rounded to 2^-15: of a smaller utilisation little or nothing would be left.
constexpr double kLeastUtilisation = 1e-3;

/// Conductances are not negative.
void check_conductance(const Check& check, const ProjectionSpec& spec) {
    if (!std::holds_alternative<Conductance>(spec.dynamics)) return;
    const std::string why = ", and the synapses are conductances";
    const std::string allowed = "0 or more; the reversal potential decides whether a synapse excites";
    const auto not_negative = [&](double weight, std::optional<std::size_t> listed = {}) {
        if (weight < 0.0) fail_weight(check, listed, weight, why, allowed);
    };
    if (const auto* list = std::get_if<ExplicitList>(&spec.rule)) {
        for (std::size_t i = 0; i < list->synapses.size(); ++i) not_negative(list->synapses[i].weight, i);
    } else {
        not_negative(lowest_value(spec.weight));
    }
    if (spec.plasticity && spec.plasticity->lowest < 0.0)
        check.fail("plasticity.lowest", "is " + number_text(spec.plasticity->lowest) + why, allowed);
}

void check_plasticity(const Check& check, const ProjectionSpec& spec, const Plasticity& plasticity, double dt) {
    const auto amplitude = [&](const char* field, double value) {
        check.number(std::string("plasticity.") + field, value, -1e4, 1e4);
    };
    const auto tau = [&](const char* field, double ms) {
        check.number(std::string("plasticity.") + field, ms, dt / 2, 1e5);
    };
    const auto exponents = [&](const auto& rule) {
        check.number("plasticity.mu_plus", rule.mu_plus, 0.0, 10.0);
        check.number("plasticity.mu_minus", rule.mu_minus, 0.0, 10.0);
    };
    if (const auto* pair = std::get_if<PairStdp>(&plasticity.rule)) {
        amplitude("a_plus", pair->a_plus);
        amplitude("a_minus", pair->a_minus);
        tau("tau_plus_ms", pair->tau_plus_ms);
        tau("tau_minus_ms", pair->tau_minus_ms);
        exponents(*pair);
    } else if (const auto* triplet = std::get_if<TripletStdp>(&plasticity.rule)) {
        amplitude("a2_plus", triplet->a2_plus);
        amplitude("a2_minus", triplet->a2_minus);
        amplitude("a3_plus", triplet->a3_plus);
        amplitude("a3_minus", triplet->a3_minus);
        tau("tau_plus_ms", triplet->tau_plus_ms);
        tau("tau_minus_ms", triplet->tau_minus_ms);
        tau("tau_x_ms", triplet->tau_x_ms);
        tau("tau_y_ms", triplet->tau_y_ms);
        exponents(*triplet);
        // The amplitudes of triplets have no usual values to begin with: who gives none has forgotten them.
        if (triplet->a2_plus == 0.0 && triplet->a2_minus == 0.0 && triplet->a3_plus == 0.0 && triplet->a3_minus == 0.0)
            check.fail("plasticity.rule", "is triplet, and all its amplitudes are 0, so that no spike changes a weight",
                       "at least one of a2_plus, a2_minus, a3_plus, a3_minus other than 0, or a set");
    } else {
        const auto& symmetric = std::get<SymmetricStdp>(plasticity.rule);
        amplitude("eta", symmetric.eta);
        tau("tau_ms", symmetric.tau_ms);
        check.number("plasticity.target_rate_hz", symmetric.target_rate_hz, 0.0, 1e5);
    }
    if (const auto* accumulated = std::get_if<AccumulatedChange>(&plasticity.change)) {
        check.number("plasticity.interval_ms", accumulated->interval_ms, dt, 1e9);
        check.number("plasticity.decay", accumulated->decay, 0.0, 1.0);
        check.number("plasticity.drift", accumulated->drift, -1e4, 1e4);
    } else if (const auto* rewarded = std::get_if<RewardedChange>(&plasticity.change)) {
        check.number("plasticity.interval_ms", rewarded->interval_ms, dt, 1e9);
        check.number("plasticity.decay", rewarded->decay, 0.0, 1.0);
        check.number("plasticity.baseline", rewarded->baseline, -1e4, 1e4);
    }
    check.number("plasticity.lowest", plasticity.lowest, -kCurrentLimit, kCurrentLimit);
    check.number("plasticity.highest", plasticity.highest, -kCurrentLimit, kCurrentLimit);
    if (!(plasticity.lowest < plasticity.highest))
        check.fail("plasticity.lowest", "is " + number_text(plasticity.lowest),
                   "below highest, " + number_text(plasticity.highest));
    const auto within = [&](double weight, std::optional<std::size_t> listed = {}) {
        if (!(weight >= plasticity.lowest && weight <= plasticity.highest))
            fail_weight(
                check, listed, weight, {},
                interval(plasticity.lowest, plasticity.highest) + ", the bounds of the projection's plasticity");
    };
    if (const auto* list = std::get_if<ExplicitList>(&spec.rule)) {
        for (std::size_t i = 0; i < list->synapses.size(); ++i) within(list->synapses[i].weight, i);
    } else {
        within(lowest_value(spec.weight));
        within(highest_value(spec.weight));
    }
}

}  // namespace

double lowest_value(const Distribution& d) { return Law(d).lowest(); }
double highest_value(const Distribution& d) { return Law(d).highest(); }

void check_spread(const Check& check, const ProjectionSpec& spec, double sources, double targets) {
    if (spec.delay_ms.kind != Distribution::Kind::spread || std::holds_alternative<ExplicitList>(spec.rule)) return;
    const auto* indegree = std::get_if<FixedIndegree>(&spec.rule);
    const auto* outdegree = std::get_if<FixedOutdegree>(&spec.rule);
    if (!indegree && !outdegree)
        check.fail("delay_ms", "is spread, and the rule draws no fixed number of synapses",
                   "one of the rules fixed-indegree, fixed-outdegree; or another delay");
    const double degree = indegree ? indegree->count : outdegree->count, partners = indegree ? sources : targets;
    if (!spec.multapses && partners > 0.0 && degree > std::floor(partners / 4))
        check.fail("delay_ms",
                   "is spread over " + number_text(degree) + " of " + number_text(partners) +
                       " partners, drawn without multapses in the order of partners",
                   "a degree of at most a quarter of the partners, or multapses");
    if (outdegree && outdegree->strata > 1)
        check.fail("delay_ms", "is spread, and the projection has strata", "strata = 1");
}

std::uint32_t channel_of(const SynapseDynamics& dynamics, std::vector<SynapseDynamics>& channels) {
    const auto found = std::find(channels.begin(), channels.end(), dynamics);
    const auto number = static_cast<std::uint32_t>(found - channels.begin());
    if (found == channels.end()) channels.push_back(dynamics);
    return number;
}

void check_dynamics(const Check& check, const SynapseDynamics& dynamics, double dt_ms) {
    const auto tau = [&](double ms) { check.number("dynamics.tau_ms", ms, dt_ms / 2, 1e5); };
    if (const auto* exponential = std::get_if<ExponentialCurrent>(&dynamics)) tau(exponential->tau_ms);
    if (const auto* alpha = std::get_if<AlphaCurrent>(&dynamics)) tau(alpha->tau_ms);
    const auto* conductance = std::get_if<Conductance>(&dynamics);
    if (!conductance) return;
    tau(conductance->tau_ms);
    check.number("dynamics.reversal_mv", conductance->reversal_mv, -200.0, 200.0);
}

void plan_synapses(const Check& check, const ProjectionSpec& spec, Plan& plan, ProjectionPlan& planned) {
    const double dt = plan.description.spec.dt_ms;
    check_dynamics(check, spec.dynamics, dt);
    check_conductance(check, spec);
    planned.channel = planned.buffer = channel_of(spec.dynamics, plan.channels);
    if (spec.weight_quantum) {
        int exponent = 0;
        const bool power = std::frexp(*spec.weight_quantum, &exponent) == 0.5;
        if (!power || std::abs(exponent - 1) > kMostExponent)
            check.fail("weight_quantum", "is " + number_text(*spec.weight_quantum),
                       "a power of two from 2^-60 to 2^60, such as " + number_text(std::ldexp(1.0, -12)));
    }
    const auto stored_only = [&](const char* field) {
        if (planned.procedural)
            check.fail("storage", std::string("is procedural, and the projection has ") + field, "stored");
    };
    if (spec.short_term) {
        stored_only("short_term");
        check.number("short_term.utilisation", spec.short_term->utilisation, kLeastUtilisation, 1.0);
        check.number("short_term.tau_u_ms", spec.short_term->tau_u_ms, 1e-3, 1e6);
        check.number("short_term.tau_x_ms", spec.short_term->tau_x_ms, 1e-3, 1e6);
    }
    if (!spec.plasticity) return;
    stored_only("plasticity");
    check_plasticity(check, spec, *spec.plasticity, dt);
    planned.plastic = true;
    planned.largest_weight = std::max(std::abs(spec.plasticity->lowest), std::abs(spec.plasticity->highest));
    const double shortest = static_cast<double>(std::max<std::int64_t>(planned.delay.low, 1)) * dt;
    check.number("plasticity.dendritic_delay_ms", spec.plasticity->dendritic_delay_ms, 0.0, shortest);
    planned.dendritic_steps = static_cast<std::uint32_t>(to_steps(spec.plasticity->dendritic_delay_ms, dt, 0));
}

namespace {

Sign sign_between(double lowest, double highest) {
    return lowest >= 0.0 ? Sign::excites : highest <= 0.0 ? Sign::inhibits : Sign::both;
}
Sign sign_of_conductance(const Conductance& conductance) {
    return conductance.reversal_mv > kExcitatoryReversalMv ? Sign::excites : Sign::inhibits;
}

/// Of a stimulus that brings spikes; nothing of others.
std::optional<Sign> sign_of(const Stimulus& stimulus) {
    const auto sign = [](const auto& spikes) {
        if (const auto* conductance = std::get_if<Conductance>(&spikes.dynamics))
            return sign_of_conductance(*conductance);
        return sign_between(spikes.weight, spikes.weight);
    };
    if (const auto* poisson = std::get_if<PoissonTrains>(&stimulus)) return sign(*poisson);
    if (const auto* spikes = std::get_if<SpikeTimes>(&stimulus)) return sign(*spikes);
    if (const auto* packet = std::get_if<PulsePacket>(&stimulus)) return sign(*packet);
    return std::nullopt;
}

}  // namespace

Sign sign_of(const ProjectionSpec& spec) {
    if (const auto* conductance = std::get_if<Conductance>(&spec.dynamics)) return sign_of_conductance(*conductance);
    if (spec.plasticity) return sign_between(spec.plasticity->lowest, spec.plasticity->highest);
    const auto* list = std::get_if<ExplicitList>(&spec.rule);
    if (!list) return sign_between(lowest_value(spec.weight), highest_value(spec.weight));
    double lowest = 0.0, highest = 0.0;
    for (const ExplicitSynapse s : list->synapses) {
        lowest = std::min(lowest, s.weight);
        highest = std::max(highest, s.weight);
    }
    return sign_between(lowest, highest);
}

void plan_apart(Plan& plan) {
    // Looked up once for each: a network may have very many projections and traces.
    std::set<std::size_t> alone_shown, populations_shown;
    for (const TraceSpec& trace : plan.description.traces)
        for (const Variable variable : trace.variables) {
            if (trace.projection && (variable == Variable::synaptic_current || variable == Variable::conductance))
                alone_shown.insert(trace.projection->index);
            if (trace.population.index < plan.populations.size() &&
                (variable == Variable::excitatory || variable == Variable::inhibitory))
                populations_shown.insert(trace.population.index);
        }
    const auto shown_alone = [&](std::size_t projection) { return alone_shown.contains(projection); };
    const auto shown_by_sign = [&](const Range& targets) {
        return std::any_of(populations_shown.begin(), populations_shown.end(),
                           [&](std::size_t population) { return plan.holds(targets, population); });
    };
    const auto buffer_for = [&](std::uint32_t channel, bool excites, std::optional<std::size_t> projection) {
        const auto found = std::find_if(plan.apart.begin(), plan.apart.end(), [&](const ApartPlan& group) {
            return group.channel == channel && group.excites == excites && group.projection == projection;
        });
        const auto number = static_cast<std::uint32_t>(plan.channels.size() + (found - plan.apart.begin()));
        if (found == plan.apart.end()) plan.apart.push_back({channel, excites, projection});
        return number;
    };
    for (std::size_t p = 0; p < plan.projections.size(); ++p) {
        ProjectionPlan& planned = plan.projections[p];
        const bool alone = shown_alone(p);
        if (!alone && !shown_by_sign(planned.target)) continue;
        const bool excites = sign_of(plan.description.projections[p].spec) != Sign::inhibits;
        planned.buffer = buffer_for(planned.channel, excites, alone ? std::optional(p) : std::nullopt);
    }
    for (std::size_t i = 0; i < plan.stimuli.size(); ++i) {
        StimulusPlan& planned = plan.stimuli[i];
        const std::optional<Sign> sign = sign_of(plan.description.stimuli[i].spec.stimulus);
        if (sign && shown_by_sign(planned.neurons))
            planned.shown = buffer_for(planned.channel, *sign == Sign::excites, std::nullopt);
    }
}

void plan_routes(Plan& plan) {
    for (std::size_t p = 0; p < plan.projections.size(); ++p) {
        const ProjectionPlan& planned = plan.projections[p];
        if (planned.plastic) continue;
        const std::optional<ShortTermPlasticity>& short_term = plan.description.projections[p].spec.short_term;
        const auto same = [&](const RoutePlan& r) { return r.buffer == planned.buffer && !r.short_term; };
        const auto route = short_term ? plan.routes.end() : std::find_if(plan.routes.begin(), plan.routes.end(), same);
        if (route != plan.routes.end()) route->projections.push_back(p);
        else plan.routes.push_back({planned.channel, planned.buffer, short_term, {p}});
    }
    if (plan.routes.empty()) plan.routes.emplace_back();
}

}  // namespace izhi::detail
