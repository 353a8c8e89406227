// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <utility>
#include <vector>

#include "section.hpp"

namespace izhi::io::detail {
namespace {

/// Multiplies the drawn values. A negative factor swaps the ends of an interval.
Distribution scaled(Distribution d, double factor) {
    d.p0 *= factor;
    switch (d.kind) {
        case Distribution::Kind::constant: break;
        case Distribution::Kind::spread: break;  // for delays, which have no scale
        case Distribution::Kind::rest: break;    // for the initial v of neurons
        case Distribution::Kind::uniform:
            d.p1 *= factor;
            if (factor < 0.0) std::swap(d.p0, d.p1);
            break;
        case Distribution::Kind::clipped_normal:
            d.p1 *= factor < 0.0 ? -factor : factor;
            d.p2 *= factor;
            d.p3 *= factor;
            if (factor < 0.0) std::swap(d.p2, d.p3);
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
        "a finite number or one of { uniform = [low, high] }, { normal = [mean, stddev], clip = [low, high] }" + more;
    if (value->table() == nullptr) {
        section.fault(key, "is " + describe(*value), forms);
        return otherwise;
    }

    Section table(*value, value->line, section.subject() + "." + key, section.faults(), section.map());
    std::vector<std::string> kinds{"constant", "uniform", "normal"};
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

    Distribution result = otherwise;
    if (kind == "constant") {
        result = table.number(kind, 0.0);
    } else if (kind == "uniform") {
        if (const auto t = terms(table, kind, 2, 2, "[low, high]")) result = uniform((*t)[0], (*t)[1]);
    } else if (kind == "normal") {
        const auto t = terms(table, kind, 2, 2, "[mean, stddev]");
        const auto clip = terms(table, "clip", 2, 2, "[low, high]; draws outside are set to the nearer bound");
        if (t && clip) result = clipped_normal((*t)[0], (*t)[1], (*clip)[0], (*clip)[1]);
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
    if (kind != "normal") table.refuse("clip", "goes with normal");
    if (use == DistributionUse::weight) {
        result = scaled(result, table.number("scale", 1.0));
    } else {
        table.refuse("scale", "goes with weight only");
    }
    table.refuse_unknown();
    return result;
}

}  // namespace izhi::io::detail
