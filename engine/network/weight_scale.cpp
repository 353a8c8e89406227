// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/weight_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "engine/network/plan_synapses.hpp"
#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

constexpr int kExponentOfNothing = 15;  ///< where no weight asks for another
/// Weights of plastic synapses are singles: rounding them to quanta must stay exact.
constexpr double kMostOfSingle = 4194304.0;
constexpr double kMostNarrow = 32767.0, kMostWide = 2147483647.0;
/// First weights of plastic synapses are drawn as integers up to this, so that a range of them fits 32 bits.
constexpr double kMostStart = 1073741823.0;

/// Populations that share their quanta, channel by channel: those of one projection do.
class ScaleGroups {
public:
    explicit ScaleGroups(const Plan& plan) : populations_(plan.populations.size()) {
        first_.resize(plan.channels.size() * populations_);
        for (std::size_t i = 0; i < first_.size(); ++i) first_[i] = i % populations_;
        for (const ProjectionPlan& p : plan.projections) {
            if (p.empty()) continue;
            const std::size_t begin = p.target_population, end = plan.population_of(p.target.end - 1);
            if (end > begin)  // then it ends in all of them
                for (std::size_t i = begin; i <= end; ++i) first_[p.channel * populations_ + i] = begin;
        }
    }
    /// The first population of the group that a population belongs to.
    [[nodiscard]] std::size_t of(std::size_t channel, std::size_t population) const {
        return first_[channel * populations_ + population];
    }

private:
    std::size_t populations_;
    std::vector<std::size_t> first_;
};

double largest_of(const ProjectionPlan& p) { return p.largest_weight * p.weight_factor; }

/// What a scale does to the weights of a projection that are not 0.
struct Loss {
    double share = 0.0;   ///< of them: those that lose more than 1 % of themselves
    bool silent = false;  ///< all become 0
    bool coarse = false;  ///< the quanta are too coarse for the spread of their law

    [[nodiscard]] bool any() const {
        constexpr double allowed = 0.001;
        return share > allowed || silent || coarse;
    }
};

/// Of weights drawn from a normal law: those within 50 quanta of 0 may be off by more than 1 %.
Loss loss_of_normal(double mean, double stddev, double low, double high) {
    constexpr double within = 50.0;
    const auto below = [&](double w) { return 0.5 * std::erfc((mean - w) / (stddev * std::sqrt(2.0))); };
    const double bottom = std::max(-within, low), top = std::min(within, high);
    Loss loss;
    loss.silent = std::max(std::abs(std::clamp(mean - kNormalReach * stddev, low, high)),
                           std::abs(std::clamp(mean + kNormalReach * stddev, low, high))) < 0.5;
    if (bottom < top) loss.share = below(top) - below(bottom);
    constexpr double least_stddev = 5.0;
    loss.coarse = stddev < least_stddev && mean - kNormalReach * stddev < high && mean + kNormalReach * stddev > low;
    return loss;
}

/// The same of another law with tails. @param quanta per unit of weight
Loss loss_of_law(const Law& law, double quanta) {
    constexpr double within = 50.0, least_quartiles = 5.0;
    Loss loss;
    loss.silent = std::max(std::abs(law.lowest()), std::abs(law.highest())) * quanta < 0.5;
    loss.share = law.below(within / quanta) - law.below(-within / quanta);
    const double quartiles = std::abs(law.draw(0.0, 0.75) - law.draw(0.0, 0.25)) * quanta;
    loss.coarse = quartiles < least_quartiles && law.lowest() < law.highest();
    return loss;
}

Loss loss_of(const ProjectionSpec& spec, double factor, int exponent) {
    const auto quanta = [&](double w) { return quanta_of(w, factor, exponent); };
    const auto lost = [&](double w) {
        return std::abs(std::round(quanta(w)) - quanta(w)) > 0.01 * std::abs(quanta(w));
    };
    if (const auto* list = std::get_if<ExplicitList>(&spec.rule)) {
        std::size_t nonzero = 0, poor = 0, silent = 0;
        const double scale = std::ldexp(1.0, exponent);  // once, not for each of millions
        for (const ExplicitSynapse s : list->synapses) {
            if (s.weight == 0.0) continue;
            const double exact = s.weight * factor * scale, whole = std::round(exact);
            ++nonzero;
            poor += std::abs(whole - exact) > 0.01 * std::abs(exact) ? 1 : 0;
            silent += whole == 0.0 ? 1 : 0;
        }
        if (nonzero == 0) return {};
        return {static_cast<double>(poor) / static_cast<double>(nonzero), silent == nonzero, false};
    }
    const Distribution& d = spec.weight;
    if (d.kind == Distribution::Kind::uniform && d.p0 != d.p1) {
        // Drawn from the quanta themselves: what can be lost is the spread and the bounds.
        constexpr double least_spread = 50.0;
        const double low = std::round(quanta(d.p0)), high = std::round(quanta(d.p1));
        return {0.0, low == 0.0 && high == 0.0, high - low < least_spread};
    }
    if (is_clipped_normal(d) && d.p1 > 0.0)
        return loss_of_normal(quanta(d.p0), std::abs(quanta(d.p1)), quanta(d.p2), quanta(d.p3));
    if (has_tails(d.kind) && !is_clipped_normal(d) && quanta(1.0) != 0.0) return loss_of_law(Law(d), quanta(1.0));
    const double constant = is_clipped_normal(d) ? std::clamp(d.p0, d.p2, d.p3) : d.p0;
    if (constant == 0.0 || factor == 0.0) return {};
    return {lost(constant) ? 1.0 : 0.0, std::round(quanta(constant)) == 0.0, false};
}

/// The exponents of sums, and which routes keep 32 bits to a weight.
///
/// Each scale is a power of two, shared by all that adds to one buffer, so that sums are sums of integers. It is as fine as
/// two bounds allow: the largest weight fits its integer, and the sum of all synapses of a neuron, should they all arrive
/// in one step, fits 32 bits.
class ScaleChoice {
public:
    explicit ScaleChoice(Plan& plan) : plan_(plan), groups_(plan) {
        for (RoutePlan& route : plan_.routes) route.wide = false;
        choose_exponents();
        while (widen()) choose_exponents();
    }

private:
    [[nodiscard]] std::size_t group_of(const ProjectionPlan& p) const {
        return groups_.of(p.channel, p.target_population);
    }

    [[nodiscard]] const ProjectionSpec& described(std::size_t projection) const {
        return plan_.description.projections[projection].spec;
    }

    [[nodiscard]] double room_of(std::size_t projection) const {
        if (plan_.projections[projection].plastic) return kMostOfSingle;
        return plan_.route_of(projection).wide ? kMostWide : kMostNarrow;
    }

    void choose_exponents() {
        const std::size_t populations = plan_.populations.size();
        plan_.sum_exponents.assign(plan_.channels.size() * populations, kExponentOfNothing);
        for (std::size_t channel = 0; channel < plan_.channels.size(); ++channel) {
            std::vector<double> finest(populations, std::numeric_limits<double>::infinity());
            std::vector<double> sum(populations, 0.0), indegree(populations, 0.0);
            for (std::size_t p = 0; p < plan_.projections.size(); ++p) {
                const ProjectionPlan& projection = plan_.projections[p];
                const double largest = largest_of(projection);
                if (projection.channel != channel || largest == 0.0) continue;
                double& scale = finest[group_of(projection)];
                scale = std::min(scale, room_of(p) / largest);
                if (const auto quantum = described(p).weight_quantum) scale = std::min(scale, 1.0 / *quantum);
                for (std::size_t i = 0; i < populations; ++i) {
                    if (!plan_.holds(projection.target, i)) continue;
                    sum[i] += projection.indegree_bound * largest;
                    indegree[i] += projection.indegree_bound;
                }
            }
            const double largest_sum = plan_.live ? 1073741823.0 : 2147483647.0;
            for (std::size_t i = 0; i < populations; ++i) {
                if (sum[i] == 0.0) continue;
                // each weight may be rounded up by half a quantum
                double& scale = finest[groups_.of(channel, i)];
                scale = std::min(scale, (largest_sum - 0.5 * indegree[i]) / sum[i]);
            }
            for (std::size_t i = 0; i < populations; ++i)
                if (const double scale = finest[groups_.of(channel, i)]; std::isfinite(scale))
                    plan_.sum_exponents[channel * populations + i] = exponent_of(scale);
        }
    }

    /// The largest exponent e with 2^e <= scale.
    [[nodiscard]] static int exponent_of(double scale) {
        if (!(scale > 0.0)) return -kMostExponent;
        int exponent = 0;
        (void)std::frexp(scale, &exponent);
        return std::clamp(exponent - 1, -kMostExponent, kMostExponent);
    }

    /// Gives 32 bits to the routes whose weights 16 do not resolve, and to those that share their quanta with them.
    /// @returns whether there was one more
    bool widen() {
        std::vector<const ProjectionPlan*> unresolved;
        for (std::size_t i = 0; i < plan_.projections.size(); ++i) {
            const ProjectionPlan& p = plan_.projections[i];
            if (largest_of(p) == 0.0) continue;
            // fewer quanta for the largest weight are an error of more than 0.1 % of it
            constexpr double least_quanta = 512.0;
            const int exponent = plan_.sum_exponent(p.channel, group_of(p));
            const bool few = !p.plastic && std::ldexp(largest_of(p), exponent) < least_quanta;
            const auto quantum = described(i).weight_quantum;
            const bool coarse = quantum && std::ldexp(*quantum, exponent) < 1.0;
            if (few || coarse || loss_of(described(i), p.weight_factor, exponent).any()) unresolved.push_back(&p);
        }
        bool more = false;
        for (RoutePlan& route : plan_.routes) {
            if (route.wide) continue;
            route.wide = std::any_of(route.projections.begin(), route.projections.end(), [&](std::size_t index) {
                const ProjectionPlan& own = plan_.projections[index];
                return !own.empty() && std::any_of(unresolved.begin(), unresolved.end(), [&](const ProjectionPlan* p) {
                    return p->channel == own.channel && group_of(*p) == group_of(own);
                });
            });
            more = more || route.wide;
        }
        // Routes that differ in their buffers alone would be one if no trace showed them.
        for (RoutePlan& route : plan_.routes) {
            if (route.wide || route.short_term) continue;
            route.wide = std::any_of(plan_.routes.begin(), plan_.routes.end(), [&](const RoutePlan& other) {
                return other.wide && !other.short_term && other.channel == route.channel;
            });
            more = more || route.wide;
        }
        return more;
    }

    Plan& plan_;
    ScaleGroups groups_;
};

void quantise(Plan& plan) {
    for (std::size_t i = 0; i < plan.projections.size(); ++i) {
        ProjectionPlan& p = plan.projections[i];
        const Distribution& d = plan.description.projections[i].spec.weight;
        p.weight_exponent = plan.sum_exponent(p.channel, p.target_population);
        if (p.plastic) {  // its first weights lie within its bounds
            int exponent = 0;
            (void)std::frexp(kMostStart / std::max(largest_of(p), std::ldexp(1.0, -kMostExponent)), &exponent);
            p.weight_exponent = std::min(exponent - 1, kMostExponent);
        }
        IntegerLaw& law = p.weight;
        law = {};
        law.kind = d.kind;
        if (d.kind == Distribution::Kind::uniform) {
            law.low = p.whole_quanta(d.p0);
            law.high = p.whole_quanta(d.p1);
        } else if (is_clipped_normal(d)) {
            law.low = p.whole_quanta(d.p2);
            law.high = p.whole_quanta(d.p3);
            law.mean = p.quanta(d.p0);
            law.stddev = p.quanta(d.p1);
        } else if (has_tails(d.kind)) {
            law.law = Law(d);
            law.scale = p.quanta(1.0);
            law.low = p.whole_quanta(law.law->lowest());
            law.high = p.whole_quanta(law.law->highest());
        } else {
            law.low = law.high = p.whole_quanta(d.p0);
        }
    }
}

}  // namespace

void scale_weights(Plan& plan) {
    (void)ScaleChoice(plan);
    quantise(plan);
}

void check_weight_loss(Plan& plan) {
    for (std::size_t i = 0; i < plan.projections.size(); ++i) {
        const ProjectionPlan& p = plan.projections[i];
        const ProjectionSpec& spec = plan.description.projections[i].spec;
        if (largest_of(p) == 0.0 || p.expected_synapses == 0.0) continue;
        const std::size_t population = p.target_population;
        if (spec.weight_quantum && plan.quantum_of(p) > *spec.weight_quantum)
            Check{"projection." + spec.name}.fail("weight_quantum",
                                                  "is " + number_text(*spec.weight_quantum) +
                                                      ", too fine for the sums of what ends in " +
                                                      plan.description.populations[population].name,
                                                  number_text(plan.quantum_of(p)) + " or more");
        const Loss loss = loss_of(spec, p.weight_factor, plan.sum_exponent(p.channel, population));
        const double quantum = plan.quantum_of(p);
        const char* const field = std::holds_alternative<ExplicitList>(spec.rule) ? "synapses" : "weight";
        const std::string others =
            p.plastic ? "smaller bounds of its plasticity, or smaller weights" : "smaller weights";
        const std::string remedy = others + " of the other synapses onto " +
                                   plan.description.populations[population].name + " with these dynamics";
        if (loss.silent)
            Check{"projection." + spec.name}.fail(
                field,
                "is lost: each would be rounded to 0, because inputs are summed in units of " + number_text(quantum),
                "weights of " + number_text(quantum) + " or more; or " + remedy);
        if (loss.any()) {
            const std::string what = loss.coarse ? "the spread of the distribution is rounded away"
                                                 : number_text(std::ceil(loss.share * p.expected_synapses)) + " of " +
                                                       number_text(std::round(p.expected_synapses)) +
                                                       " lose more than 1 % when they are delivered";
            plan.notes.push_back({Note::Kind::weights, "projection." + spec.name, field,
                                  what + ", because inputs are summed in units of " + number_text(quantum) +
                                      "; to fix this, choose " + remedy});
        }
    }
}

}  // namespace izhi::detail
