// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/check.hpp"

#include <cmath>

#include "engine/base/text.hpp"
#include "engine/network/law.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {

std::string interval(double low, double high) { return number_text(low) + " to " + number_text(high); }

void Check::fail(const std::string& field, const std::string& problem, const std::string& allowed) const {
    throw Error(subject, field, problem, allowed);
}

void Check::number(const std::string& field, double value, double low, double high) const {
    if (!(value >= low && value <= high)) fail(field, "is " + number_text(value), interval(low, high));
}

void Check::distribution(const std::string& field, const Distribution& d, double low, double high,
                         bool per_neuron) const {
    const auto part = [&](const char* what, double value) {
        if (!(value >= low && value <= high)) fail(field, std::string(what) + number_text(value), interval(low, high));
    };
    switch (d.kind) {
        case Distribution::Kind::constant: part("is ", d.p0); break;
        case Distribution::Kind::uniform:
            part("is uniform from ", d.p0);
            part("is uniform up to ", d.p1);
            if (d.p0 > d.p1)
                fail(field, "is uniform from " + number_text(d.p0) + " to " + number_text(d.p1), "low bound first");
            break;
        case Distribution::Kind::spread:
            if (per_neuron)
                fail(field, "is spread, which is for delays", "a number, uniform, clipped normal or shared");
            part("is spread from ", d.p0);
            part("is spread up to ", d.p1);
            if (d.p0 > d.p1)
                fail(field, "is spread from " + number_text(d.p0) + " to " + number_text(d.p1), "low bound first");
            break;
        case Distribution::Kind::rest:
            if (field != "v0_mv")
                fail(field, "is rest, which is for v0_mv", "a number, uniform, clipped normal or shared");
            part("is rest, or ", d.p0);
            break;
        case Distribution::Kind::normal:
            if (d.tails == Distribution::Tails::redraw) {
                law(field, d, low, high);
                break;
            }
            part("is normal clipped from ", d.p2);
            part("is normal clipped up to ", d.p3);
            law_parameters(field, d);
            break;
        case Distribution::Kind::lognormal:
        case Distribution::Kind::exponential:
        case Distribution::Kind::gamma: law(field, d, low, high); break;
        case Distribution::Kind::shared: {
            if (!per_neuron)
                fail(field, "is a mix by the neuron's shared r, which synapses do not have",
                     "a number, uniform or clipped normal");
            const double at_end = d.p0 + d.p1 + d.p2;
            part("is shared with the value at r = 0 of ", d.p0);
            part("is shared with the value at r = 1 of ", at_end);
            const double top = d.p2 != 0.0 ? -d.p1 / (2.0 * d.p2) : -1.0;
            if (top > 0.0 && top < 1.0) part("is shared with an extreme of ", d.p0 + d.p1 * top + d.p2 * top * top);
            if (!std::isfinite(d.p1) || !std::isfinite(d.p2)) fail(field, "is shared with factors that are not finite");
            break;
        }
    }
}

void Check::law_parameters(const std::string& field, const Distribution& d) const {
    const char* const bounded = d.tails == Distribution::Tails::redraw ? "is redrawn from " : "is clipped from ";
    if (!(d.p2 <= d.p3)) fail(field, bounded + number_text(d.p2) + " to " + number_text(d.p3), "low bound first");
    if (d.kind == Distribution::Kind::gamma) {
        if (!(d.p0 >= 0.01 && d.p0 <= 1e4)) fail(field, "has the shape " + number_text(d.p0), interval(0.01, 1e4));
        if (!(d.p1 != 0.0 && std::isfinite(d.p1)))
            fail(field, "has the scale " + number_text(d.p1), "a finite number other than 0");
        return;
    }
    if (d.kind == Distribution::Kind::exponential) {
        if (!(d.p0 != 0.0 && std::isfinite(d.p0)))
            fail(field, "has the mean " + number_text(d.p0), "a finite number other than 0");
        return;
    }
    const std::string of = d.kind == Distribution::Kind::lognormal ? " of its logarithm" : "";
    if (!std::isfinite(d.p0)) fail(field, "has the mean" + of + ' ' + number_text(d.p0), "a finite number");
    if (!(d.p1 >= 0.0 && std::isfinite(d.p1)))
        fail(field, "has the standard deviation" + of + ' ' + number_text(d.p1), "0 or more");
    if (d.kind == Distribution::Kind::lognormal && !(d.factor != 0.0 && std::isfinite(d.factor)))
        fail(field, "has the factor " + number_text(d.factor), "a finite number other than 0");
}

void Check::law(const std::string& field, const Distribution& d, double low, double high) const {
    law_parameters(field, d);
    const Law law(d);
    constexpr double least_kept = 1e-9;
    if (d.tails == Distribution::Tails::redraw && law.kept() < least_kept)
        fail(field,
             "is redrawn from " + number_text(d.p2) + " to " + number_text(d.p3) + ", where hardly a draw lies (" +
                 number_text(law.kept()) + " of them)",
             "bounds that hold at least " + number_text(least_kept) + " of the draws");
    const double lowest = law.lowest(), highest = law.highest();
    if (!(lowest >= low && highest <= high))
        fail(field, "is drawn from " + number_text(lowest) + " to " + number_text(highest),
             interval(low, high) + "; clip or redraw = [low, high] bounds it");
}

void Check::name(const std::string& name, std::set<std::string>& taken) const {
    if (name.empty()) fail("name", "is empty", "letters, digits, '_' and '-'");
    for (const char c : name) {
        const bool allowed =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
        if (!allowed) fail("name", "is \"" + name + "\"", "letters, digits, '_' and '-'");
    }
    if (!taken.insert(name).second) fail("name", "is taken by another one");
}

void Check::window(double start_ms, double stop_ms) const {
    if (!(start_ms >= 0.0 && std::isfinite(start_ms))) fail("start_ms", "is " + number_text(start_ms), "0 or more");
    if (!(stop_ms >= start_ms))
        fail("stop_ms", "is " + number_text(stop_ms), "start_ms (" + number_text(start_ms) + ") or more");
}

namespace {

/// An id names something of this plan's builder, or of any.
/// @param kind what it names, @param giver the function of a builder that gives such ids
void check_id(const Check& check, const Plan& plan, bool assigned, std::uint32_t from, const char* field,
              const char* kind, const char* giver) {
    constexpr std::uint32_t any = PopulationId::kAnyBuilder;
    if (!assigned) check.fail(field, "was never assigned", std::string("what ") + giver + " returned");
    if (plan.builder != any && from != any && from != plan.builder)
        check.fail(field, std::string("is a ") + kind + " of another builder",
                   std::string("what ") + giver + " of this network's builder returned");
}

}  // namespace

void Check::assigned(const Plan& plan, ProjectionId id, const char* field) const {
    check_id(*this, plan, id.index != ProjectionId::kUnassigned, id.builder, field, "projection", "connect()");
}

const std::vector<double>* values_of(const PopulationSpec& population, std::string_view parameter) noexcept {
    for (const NeuronValues& given : population.values)
        if (given.parameter == parameter) return &given.values;
    return nullptr;
}

void Check::values(const PopulationSpec& population, const char* parameter, double low, double high,
                   const char* field) const {
    const std::string shown = field ? field : parameter;
    const std::vector<double>* const given = values_of(population, parameter);
    if (given == nullptr) return;
    if (given->size() != population.size)
        fail(shown, "has " + std::to_string(given->size()) + " values",
             std::to_string(population.size) + ", one for each neuron");
    for (std::size_t i = 0; i < given->size(); ++i)
        if (const double value = (*given)[i]; !(value >= low && value <= high))
            fail(shown, "holds " + number_text(value) + " for neuron " + std::to_string(i), interval(low, high));
}

Range Check::selection(const Plan& plan, const Selection& selection, const char* field) const {
    if (!selection.population) return {0, plan.neurons};
    const std::uint32_t index = selection.population->index;
    check_id(*this, plan, index != PopulationId::kUnassigned, selection.population->builder, field, "population",
             "add_population()");
    if (index >= plan.populations.size())
        fail(field, "is population number " + std::to_string(index),
             "0 to " + std::to_string(plan.populations.size() - 1));
    const PopulationPlan& p = plan.populations[index];
    return {p.first_neuron, p.first_neuron + p.size};
}

const ProjectionPlan& projection_of(const Plan& plan, ProjectionId id) {
    Check{}.assigned(plan, id, "projection");
    const std::size_t count = plan.projections.size();
    if (id.index < count) return plan.projections[id.index];
    throw Error("projection", "", "number " + std::to_string(id.index) + " does not exist",
                count == 0 ? "none" : "0 to " + std::to_string(count - 1));
}

void check_neuron(const Plan& plan, const char* who, std::uint32_t neuron) {
    if (neuron >= plan.neurons)
        throw Error(who, "neuron", "is " + std::to_string(neuron), "0 to " + std::to_string(plan.neurons - 1));
}

}  // namespace izhi::detail
