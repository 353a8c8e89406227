// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "section.hpp"

namespace izhi::io::detail {
namespace {

void scale_bounds(Distribution& d, double factor) {
    d.p2 *= factor;
    d.p3 *= factor;
    if (factor < 0.0) std::swap(d.p2, d.p3);
}

/// Multiplies the drawn values. A negative factor swaps the ends of an interval.
Distribution scaled(Distribution d, double factor) {
    using Kind = Distribution::Kind;
    if (factor == 0.0 && (d.kind == Kind::lognormal || d.kind == Kind::exponential || d.kind == Kind::gamma))
        return 0.0;
    const double mu = d.p0;  // of a lognormal, and the shape of a gamma law: not in units of the values
    d.p0 *= factor;
    switch (d.kind) {
        case Distribution::Kind::constant: break;
        case Distribution::Kind::spread: break;  // for delays, which have no scale
        case Distribution::Kind::rest: break;    // for the initial v of neurons
        case Distribution::Kind::uniform:
            d.p1 *= factor;
            if (factor < 0.0) std::swap(d.p0, d.p1);
            break;
        case Distribution::Kind::normal:
            d.p1 *= factor < 0.0 ? -factor : factor;
            scale_bounds(d, factor);
            break;
        case Distribution::Kind::lognormal:
            d.p0 = mu;
            d.factor *= factor;
            scale_bounds(d, factor);
            break;
        case Distribution::Kind::exponential: scale_bounds(d, factor); break;
        case Distribution::Kind::gamma:
            d.p0 = mu;
            d.p1 *= factor;
            scale_bounds(d, factor);
            break;
        case Distribution::Kind::shared:
            d.p1 *= factor;
            d.p2 *= factor;
            break;
    }
    return d;
}

/// The numbers of `key`, whose count must be `least` to `most`; nothing (and a fault) otherwise.
std::optional<std::vector<double>> terms(Section& table, const std::string& key, std::size_t least, std::size_t most,
                                         const std::string& allowed) {
    const TomlValue* value = table.find(key);
    if (value == nullptr || value->array() == nullptr) {
        table.fault(key, value == nullptr ? "is missing" : "is " + describe(*value), allowed);
        return std::nullopt;
    }
    std::vector<double> numbers = table.numbers(key);
    const std::size_t count = value->array()->size();
    if (count < least || count > most) {
        table.fault(key, "has " + std::to_string(count) + (count == 1 ? " item" : " items"), allowed);
        return std::nullopt;
    }
    if (numbers.size() != count) return std::nullopt;  // numbers() has added the fault
    return numbers;
}

/// What keeps draws within bounds: one of clip and redraw, which a normal law must have.
void read_bounds(Section& table, Distribution& d) {
    const char* const forms = "[low, high]; clip sets draws outside to the nearer bound, redraw draws them again";
    const bool clips = table.has("clip"), redraws = table.has("redraw");
    if (clips && redraws) {
        (void)table.find("clip");
        table.refuse("redraw", "stands beside clip; allowed: one of them");
        return;
    }
    if (!clips && !redraws && d.kind != Distribution::Kind::normal) return;
    const auto bounds = terms(table, redraws ? "redraw" : "clip", 2, 2, forms);
    if (bounds)
        d = bounded(d, (*bounds)[0], (*bounds)[1], redraws ? Distribution::Tails::redraw : Distribution::Tails::clip);
}

/// The laws with tails. @param given what the key gives
std::optional<Distribution> read_law(Section& table, const std::string& kind) {
    std::optional<Distribution> law;
    if (kind == "exponential") {
        law = exponential(table.number(kind, 1.0));
    } else if (kind == "normal") {
        if (const auto t = terms(table, kind, 2, 2, "[mean, stddev]"))
            law = Distribution{Distribution::Kind::normal, (*t)[0], (*t)[1]};
    } else if (kind == "gamma") {
        if (const auto t = terms(table, kind, 2, 2, "[shape, scale]")) law = gamma((*t)[0], (*t)[1]);
    } else if (const auto t =
                   terms(table, kind, 2, 2,
                         kind == "lognormal" ? "[mu, sigma], of the logarithm" : "[mean, stddev], of the values")) {
        if (kind == "lognormal_mean" && (*t)[0] == 0.0) table.fault(kind, "has the mean 0", "another mean");
        else law = kind == "lognormal" ? lognormal((*t)[0], (*t)[1]) : lognormal_of_mean((*t)[0], (*t)[1]);
    }
    if (law) read_bounds(table, *law);
    return law;
}

constexpr std::string_view kLaws[] = {"normal", "lognormal", "lognormal_mean", "exponential", "gamma"};

}  // namespace

Distribution read_distribution(Section& section, const std::string& key, const Distribution& otherwise,
                               DistributionUse use) {
    const TomlValue* value = section.find(key);
    if (value == nullptr) return otherwise;
    if (const auto number = finite_number(*value)) return *number;
    const std::string more = use == DistributionUse::neuron  ? ", { shared = [base, linear, square] }"
                             : use == DistributionUse::delay ? ", { spread = [low, high] }"
                                                             : "";
    const std::string forms =
        "a finite number or one of { uniform = [low, high] }, { normal = [mean, stddev], clip = [low, high] }, "
        "{ normal = [mean, stddev], redraw = [low, high] }, { lognormal = [mu, sigma] }, { lognormal_mean = [mean, "
        "stddev] }, "
        "{ exponential = mean }, { gamma = [shape, scale] }" +
        more;
    if (value->table() == nullptr) {
        section.fault(key, "is " + describe(*value), forms);
        return otherwise;
    }

    Section table(*value, value->line, section.subject() + "." + key, section.faults(), section.map());
    std::vector<std::string> kinds{"constant", "uniform"};
    kinds.insert(kinds.end(), std::begin(kLaws), std::end(kLaws));
    if (use == DistributionUse::neuron) kinds.emplace_back("shared");
    if (use == DistributionUse::delay) kinds.emplace_back("spread");
    std::string kind;
    for (const std::string& candidate : kinds) {
        if (table.find(candidate) == nullptr) continue;
        if (!kind.empty()) {
            section.fault(key, "has both " + kind + " and " + candidate, "one of them");
            return otherwise;
        }
        kind = candidate;
    }

    const bool has_bounds = std::find(std::begin(kLaws), std::end(kLaws), kind) != std::end(kLaws);
    Distribution result = otherwise;
    if (kind == "constant") {
        result = table.number(kind, 0.0);
    } else if (kind == "uniform") {
        if (const auto t = terms(table, kind, 2, 2, "[low, high]")) result = uniform((*t)[0], (*t)[1]);
    } else if (has_bounds) {
        if (const auto law = read_law(table, kind)) result = *law;
    } else if (kind == "shared") {
        if (const auto t = terms(table, kind, 2, 3, "[base, linear] or [base, linear, square]")) {
            result = shared((*t)[0], (*t)[1], t->size() == 3 ? (*t)[2] : 0.0);
        }
    } else if (kind == "spread") {
        if (const auto t = terms(table, kind, 2, 2, "[low, high]")) result = spread((*t)[0], (*t)[1]);
    } else if (use != DistributionUse::delay && table.has("spread")) {
        table.refuse("spread", "is for the delays of a projection");
    } else if (use != DistributionUse::neuron && table.has("shared")) {
        table.refuse("shared", "is for the neurons of a population; a synapse has no r");
    } else {
        section.fault(key, "is not a distribution", forms);
    }
    if (!has_bounds)
        for (const char* bound : {"clip", "redraw"})
            table.refuse(bound, "goes with normal, lognormal, lognormal_mean, exponential and gamma");
    if (use == DistributionUse::weight) {
        result = scaled(result, table.number("scale", 1.0));
    } else {
        table.refuse("scale", "goes with weight only");
    }
    table.refuse_unknown();
    return result;
}

}  // namespace izhi::io::detail
