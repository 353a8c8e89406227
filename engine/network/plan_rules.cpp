// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/plan_rules.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/text.hpp"
#include "engine/network/counts.hpp"
#include "engine/network/plan_synapses.hpp"
#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

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
    } else if (is_clipped_normal(d)) {
        law.low = steps(d.p2);
        law.high = steps(d.p3);
        law.mean = d.p0 / dt_ms;
        law.stddev = d.p1 / dt_ms;
    } else if (has_tails(d.kind)) {
        law.law = Law(d);
        law.scale = 1.0 / dt_ms;
        law.low = steps(law.law->lowest());
        law.high = steps(law.law->highest());
    } else {
        law.low = law.high = steps(d.p0);
    }
    return law;
}

/// Of the values that are drawn: a bound of a clipped normal that no draw ever reaches takes no room.
double largest_magnitude(const Distribution& d) {
    double lowest = lowest_value(d), highest = highest_value(d);
    if (is_clipped_normal(d)) {
        const double reach = kNormalReach * d.p1;
        lowest = std::max(lowest, std::min(d.p0 - reach, highest));
        highest = std::min(highest, std::max(d.p0 + reach, lowest));
    }
    return std::max(std::abs(lowest), std::abs(highest));
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

/// Plans one projection; called with its rule.
class RulePlanner {
public:
    RulePlanner(const Check& check, const ProjectionSpec& spec, const Plan& plan, ProjectionPlan& planned)
        : check_(check), spec_(spec), plan_(plan), dt_(plan.description.spec.dt_ms), planned_(planned),
          sources_(planned.source.size()), targets_(planned.target.size()) {
        const bool overlap = planned.source.begin < planned.target.end && planned.target.begin < planned.source.end;
        itself_ = !spec.autapses && overlap && !planned.empty() ? 1.0 : 0.0;
        if (itself_ > 0.0)
            overlap_ =
                std::min(planned.source.end, planned.target.end) - std::max(planned.source.begin, planned.target.begin);
        longest_row_ = planned.target.size();
    }

    void operator()(const AllToAll&) {
        plan_laws();
        expect(sources_, sources_ * targets_);
    }

    void operator()(const OneToOne&) {
        plan_laws();
        if (planned_.source.size() != planned_.target.size())
            check_.fail("rule",
                        "is one-to-one between " + number_text(sources_) + " and " + number_text(targets_) + " neurons",
                        "populations of equal size");
        expect(1.0, sources_);
    }

    void operator()(const FixedProbability& rule) {
        plan_laws();
        check_.number("probability", rule.probability, 0.0, 1.0);
        const double mean = sources_ * rule.probability;
        expect(std::min(sources_, tail_bound(mean)), mean * targets_, of_pairs(1.0 - rule.probability));
    }

    void operator()(const FixedIndegree& rule) {
        plan_laws();
        check_degree("indegree", rule.count, sources_, "sources");
        expect(rule.count, targets_ * rule.count);
    }

    void operator()(const FixedOutdegree& rule) {
        plan_laws();
        check_degree("outdegree", rule.count, targets_, "targets");
        longest_row_ = std::max(longest_row_, rule.count);
        const double most_strata =
            targets_ == 0.0 ? rule.count : std::max(1.0, std::min<double>(rule.count, std::floor(targets_ / 2)));
        check_.number("strata", rule.strata, 1.0, most_strata);
        if (rule.strata > 1 && !spec_.multapses)
            check_.fail("multapses", "is false, and the projection has strata", "true, or strata = 1");
        const double bound = tail_bound(sources_ * rule.count / (targets_ - itself_));
        expect(spec_.multapses ? bound : std::min(sources_, bound), sources_ * rule.count);
    }

    void operator()(const FixedTotal& rule) {
        plan_laws();
        refuse_single_pairs("fixed-total", "fixed-probability");
        double total = static_cast<double>(rule.count);
        const double pairs = sources_ * targets_ - itself_ * overlap_;
        if (rule.probability) {
            if (rule.count > 0) check_.fail("total", "and probability are both given", "one of them");
            check_.number("probability", *rule.probability, 0.0, 1.0 - 1e-9);
            if (pairs == 1.0 && *rule.probability > 0.0)
                check_.fail("probability", "is given for a single pair of neurons", "total");
            total =
                pairs > 1.0 ? std::floor(portable_log1m(*rule.probability) / portable_log1m(1.0 / pairs) + 0.5) : 0.0;
        }
        const double most = std::min(1e11, 1e9 * sources_);
        if (total > most && sources_ > 0.0)
            check_.fail(rule.probability ? "probability" : "total",
                        rule.probability ? "comes to " + number_text(total) + " synapses" : "is " + number_text(total),
                        "at most " + number_text(most) + " synapses");
        if (pairs == 0.0 && sources_ > 0.0 && targets_ > 0.0 && total > 0.0)
            check_.fail("autapses", "is false for a single neuron, which has no other partner", "true");
        if (planned_.empty()) return expect(0.0, 0.0);
        planned_.row_lengths = std::make_shared<const RowLengths>(static_cast<std::uint64_t>(total),
                                                                  plan_.description.spec.seed, plan_.projections.size(),
                                                                  planned_.source, planned_.target, spec_.autapses);
        longest_row_ = static_cast<std::uint32_t>(
            std::min({total, tail_bound(pairs > 0.0 ? total * targets_ / pairs : 0.0), 4e9}));
        expect(tail_bound(pairs > 0.0 ? total * sources_ / pairs : 0.0), total);
    }

    void operator()(const PairwisePoisson& rule) {
        plan_laws();
        refuse_single_pairs("pairwise-poisson", "fixed-probability");
        check_.number("mean", rule.mean, 0.0, 100.0);
        const double most = tail_bound(rule.mean * targets_);
        if (most > 2e9) check_.fail("mean", "is " + number_text(rule.mean), "fewer than 2e9 synapses to a source");
        longest_row_ = static_cast<std::uint32_t>(most);
        expect(tail_bound(rule.mean * sources_), rule.mean * (sources_ * targets_ - itself_ * overlap_), of_pairs(1.0));
    }

    void operator()(const DistanceProbability& rule) {
        plan_laws();
        check_.number("probability", rule.probability, 0.0, 1.0);
        check_profile("", rule.profile);
        find_distances("rule", true);
        const DistanceCounts counts = distance_counts(*planned_.geometry, rule);
        // The numbers come from a sample: a twentieth more covers what it leaves open.
        expect(std::min(sources_, tail_bound(counts.most_indegree)), counts.expected, of_pairs(1.0));
        planned_.synapse_bound = std::min(1.05 * planned_.synapse_bound, sources_ * targets_);
    }

    void operator()(const ExplicitList& list) {
        for (const auto& [field, given] : {std::pair{"velocity_mm_per_ms", spec_.velocity_mm_per_ms.has_value()},
                                           std::pair{"weight_profile", spec_.weight_profile.has_value()}})
            if (given)
                check_.fail(field, "is given for a list, whose synapses have weights and delays of their own", "none");
        planned_.delay.low = kMaxDelaySteps;
        planned_.delay.high = 1;
        for (std::size_t i = 0; i < list.synapses.size(); ++i) {
            const ExplicitSynapse s = list.synapses[i];
            check_listed(s, i);
            const auto delay = static_cast<std::int64_t>(to_steps(s.delay_ms, dt_, 1));
            planned_.delay.low = std::min(planned_.delay.low, delay);
            planned_.delay.high = std::max(planned_.delay.high, delay);
            planned_.largest_weight = std::max(planned_.largest_weight, std::abs(s.weight));
        }
        check_pairs(check_, spec_, planned_);
        expect(largest_indegree(list.synapses), static_cast<double>(list.synapses.size()));
    }

    /// After the rule.
    void finish() {
        planned_.procedural = spec_.storage == Storage::procedural;
        if (planned_.procedural && !can_be_procedural(spec_.rule))
            check_.fail("storage", "is procedural, but the rule's rows cannot be drawn alone",
                        "stored; or one of the rules all-to-all, fixed-probability, fixed-outdegree, fixed-total, "
                        "pairwise-poisson, distance-probability");
        planned_.longest_row = longest_row_;
        check_symmetric();
        check_spread(check_, spec_, sources_ - itself_, targets_ - itself_);
    }

private:
    [[nodiscard]] double shortest() const { return dt_ / 2; }
    [[nodiscard]] double longest() const { return kMaxDelaySteps * dt_; }

    /// Weights and delays of all rules but the list, which has its own.
    void plan_laws() {
        if (spec_.weight.kind == Distribution::Kind::spread)
            check_.fail("weight", "is spread, which is for delays", "a number, uniform or clipped normal");
        check_.distribution("weight", spec_.weight, -kCurrentLimit, kCurrentLimit, false);
        const bool offset = spec_.velocity_mm_per_ms && spec_.delay_ms.kind == Distribution::Kind::constant;
        check_.distribution("delay_ms", spec_.delay_ms, offset ? 0.0 : shortest(), longest(), false);
        planned_.delay = delay_law(spec_.delay_ms, dt_);
        plan_distances();
        planned_.largest_weight = largest_magnitude(spec_.weight);
    }

    /// Delays and weights that depend on distances.
    void plan_distances() {
        if (spec_.weight_profile) {
            check_profile("weight_profile.", *spec_.weight_profile);
            find_distances("weight_profile", false);
        }
        if (!spec_.velocity_mm_per_ms) return;
        check_.number("velocity_mm_per_ms", *spec_.velocity_mm_per_ms, 1e-6, 1e6);
        if (spec_.delay_ms.kind == Distribution::Kind::spread)
            check_.fail("delay_ms", "is spread, and the projection has a velocity", "another delay, or no velocity");
        find_distances("velocity_mm_per_ms", false);
        planned_.steps_per_mm = 1.0 / (*spec_.velocity_mm_per_ms * dt_);
        planned_.constant_offset = spec_.delay_ms.p0 / dt_;
        planned_.delay_offset = planned_.delay;
        const double farthest = std::floor((spec_.delay_ms.kind == Distribution::Kind::constant
                                                ? planned_.constant_offset
                                                : static_cast<double>(planned_.delay.high)) +
                                           planned_.geometry->longest_mm * planned_.steps_per_mm + 0.5);
        if (farthest > kMaxDelaySteps)
            check_.fail("velocity_mm_per_ms",
                        "takes " + number_text(planned_.geometry->longest_mm / *spec_.velocity_mm_per_ms) +
                            " ms over the longest distance, " + number_text(planned_.geometry->longest_mm) + " mm",
                        "delays of at most " + number_text(longest()) + " ms");
        planned_.delay.high = std::max<std::int64_t>(planned_.delay.low, static_cast<std::int64_t>(farthest));
    }

    void check_profile(const std::string& in, const DistanceProfile& profile) const {
        constexpr double most = 1e6, least = 1e-6;
        check_.number(in + "scale_mm", profile.scale_mm, least, most);
        if (!(profile.cutoff_mm > 0.0))
            check_.fail(in + "cutoff_mm", "is " + number_text(profile.cutoff_mm), "above 0");
    }

    void find_distances(const char* why, bool with_boxes) {
        if (planned_.geometry && (!with_boxes || planned_.geometry->boxes)) return;
        planned_.geometry = geometry_of(check_, plan_, why, planned_.source, planned_.target, with_boxes);
    }

    void refuse_single_pairs(const std::string& rule, const std::string& other) const {
        if (!spec_.multapses)
            check_.fail("multapses", "is false, and the rule is " + rule + ", which draws pairs again and again",
                        "true; or the rule " + other);
    }

    void check_symmetric() const {
        if (!spec_.symmetric) return;
        const bool pairs = std::holds_alternative<AllToAll>(spec_.rule) ||
                           std::holds_alternative<FixedProbability>(spec_.rule) ||
                           std::holds_alternative<PairwisePoisson>(spec_.rule) ||
                           std::holds_alternative<DistanceProbability>(spec_.rule);
        if (!pairs)
            check_.fail("symmetric", "is true, and the rule does not draw pairs one by one",
                        "one of the rules all-to-all, fixed-probability, pairwise-poisson, distance-probability");
        if (planned_.source.begin != planned_.target.begin || planned_.source.end != planned_.target.end)
            check_.fail("symmetric", "is true between different neurons", "the same source and target");
        if (planned_.procedural) check_.fail("storage", "is procedural, and the projection is symmetric", "stored");
    }

    /// Of a number of synapses over its mean, from that of pairs: where they come in twos it is twice as large.
    [[nodiscard]] double of_pairs(double variance) const { return spec_.symmetric ? 2.0 * variance : variance; }

    void check_degree(const char* field, std::uint32_t degree, double others, const char* side) const {
        if (degree == 0) check_.fail(field, "is 0", "1 or more");
        if (others == 0.0) return;  // nobody to draw
        if (others - itself_ < 1.0)
            check_.fail("autapses", "is false for a single neuron, which has no other partner", "true");
        if (!spec_.multapses && degree > others - itself_)
            check_.fail(field, "is " + std::to_string(degree),
                        "at most " + number_text(others - itself_) + ", the number of " + side + " without multapses");
    }

    void check_listed(const ExplicitSynapse& s, std::size_t number) const {
        const auto fail = [&](const std::string& what, const std::string& allowed) {
            check_.fail("synapses", "synapse " + std::to_string(number) + " has " + what, allowed);
        };
        if (s.source >= planned_.source.size())
            fail("source " + std::to_string(s.source), index_range(planned_.source.size()));
        if (s.target >= planned_.target.size())
            fail("target " + std::to_string(s.target), index_range(planned_.target.size()));
        if (!(std::abs(s.weight) <= kCurrentLimit))
            fail("weight " + number_text(s.weight), interval(-kCurrentLimit, kCurrentLimit));
        if (!(s.delay_ms >= shortest() && s.delay_ms <= longest()))
            fail("delay_ms " + number_text(s.delay_ms), interval(shortest(), longest()));
    }

    /// The most synapses onto one target, in memory proportional to the list and not to the population.
    [[nodiscard]] double largest_indegree(const SynapseList& synapses) const {
        std::uint32_t most = 0;
        if (planned_.target.size() <= 4 * synapses.size()) {
            std::vector<std::uint32_t> counts(planned_.target.size());
            for (const std::uint32_t target : synapses.targets()) most = std::max(most, ++counts[target]);
            return most;
        }
        std::vector<std::uint32_t> listed(synapses.targets().begin(), synapses.targets().end());
        std::sort(listed.begin(), listed.end());
        for (auto first = listed.begin(); first != listed.end();) {
            const auto last = std::upper_bound(first, listed.end(), *first);
            most = std::max(most, static_cast<std::uint32_t>(last - first));
            first = last;
        }
        return most;
    }

    /// @param variance of the number of synapses over its mean
    void expect(double indegree_bound, double synapses, double variance = 0.0) {
        planned_.indegree_bound = indegree_bound;
        planned_.expected_synapses = synapses;
        planned_.synapse_bound = synapses + 6.0 * std::sqrt(synapses * variance);
    }

    const Check& check_;
    const ProjectionSpec& spec_;
    const Plan& plan_;
    double dt_;
    ProjectionPlan& planned_;
    double sources_, targets_;
    double overlap_ = 0.0;  ///< neurons on both sides, where autapses are not allowed
    std::uint32_t longest_row_ = 0;
    double itself_ = 0.0;  ///< partners that a neuron on both sides loses where autapses are not allowed
};

}  // namespace

void plan_rule(const Check& check, const ProjectionSpec& spec, const Plan& plan, ProjectionPlan& planned) {
    RulePlanner planner(check, spec, plan, planned);
    std::visit(planner, spec.rule);
    planner.finish();
}

}  // namespace izhi::detail
