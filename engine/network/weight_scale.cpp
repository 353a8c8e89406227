// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/weight_scale.hpp"

#include <algorithm>
#include <cmath>

namespace izhi::detail {
namespace {

/// Chooses the fixed-point scale of weights and the width of synapses.
///
/// The scale is one power of two for the network, so that sums over all projections are sums of integers. It is as fine
/// as two bounds allow: the largest weight fits its integer, and the sum of all synapses of a neuron, should they all
/// arrive in one step, fits 32 bits. 16-bit weights serve unless they would keep fewer than 512 quanta for the largest
/// weight of some projection (an error of more than 0.1 % of it).
void choose_scale(Plan& plan) {
    double largest = 0.0;
    std::vector<double> worst_sum(plan.populations.size(), 0.0), indegree(plan.populations.size(), 0.0);
    for (const ProjectionPlan& p : plan.projections) {
        const double weight = p.largest_weight * p.weight_factor;
        largest = std::max(largest, weight);
        for (std::size_t i = 0; i < plan.populations.size(); ++i) {
            if (!p.target.contains(plan.populations[i].first_neuron)) continue;
            worst_sum[i] += p.indegree_bound * weight;
            indegree[i] += p.indegree_bound;
        }
    }
    if (largest == 0.0) {
        plan.weight_exponent = 15;
        plan.wide = false;
        return;
    }
    // Weights of plastic synapses are singles: rounding them to quanta must stay exact.
    constexpr double most_of_single = 4194304.0;
    double largest_plastic = 0.0;
    for (const ProjectionPlan& p : plan.projections)
        if (p.plastic) largest_plastic = std::max(largest_plastic, p.largest_weight * p.weight_factor);
    constexpr int finest = 30;
    const double largest_sum = plan.live ? 1073741823.0 : 2147483647.0;
    const auto exponent_for = [&](double largest_integer) {
        int exponent = finest;
        const auto fits = [&](int e) {
            if (std::ldexp(largest, e) > largest_integer) return false;
            if (std::ldexp(largest_plastic, e) > most_of_single) return false;
            for (std::size_t i = 0; i < worst_sum.size(); ++i)  // each weight may be rounded up by half a quantum
                if (std::ldexp(worst_sum[i], e) + 0.5 * indegree[i] > largest_sum) return false;
            return true;
        };
        while (exponent > -30 && !fits(exponent)) --exponent;
        return exponent;
    };
    plan.weight_exponent = exponent_for(32767.0);
    plan.wide = false;
    for (const ProjectionPlan& p : plan.projections) {
        const double weight = p.largest_weight * p.weight_factor;
        plan.wide = plan.wide || (weight > 0.0 && std::ldexp(weight, plan.weight_exponent) < 512.0);
    }
    if (plan.wide) plan.weight_exponent = exponent_for(2147483647.0);
}

void quantise(Plan& plan) {
    for (std::size_t i = 0; i < plan.projections.size(); ++i) {
        IntegerLaw& law = plan.projections[i].weight;
        const Distribution& d = plan.description.projections[i].spec.weight;
        const double factor = plan.projections[i].weight_factor;
        const auto quanta = [&](double w) { return std::llround(std::ldexp(w * factor, plan.weight_exponent)); };
        law.kind = d.kind;
        if (d.kind == Distribution::Kind::uniform) {
            law.low = quanta(d.p0);
            law.high = quanta(d.p1);
        } else if (d.kind == Distribution::Kind::clipped_normal) {
            law.low = quanta(d.p2);
            law.high = quanta(d.p3);
            law.mean = std::ldexp(d.p0 * factor, plan.weight_exponent);
            law.stddev = std::ldexp(d.p1 * factor, plan.weight_exponent);
        } else {
            law.low = law.high = quanta(d.p0);
        }
    }
}

}  // namespace

void scale_weights(Plan& plan) {
    choose_scale(plan);
    quantise(plan);
}

}  // namespace izhi::detail
