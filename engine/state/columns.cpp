// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/state/columns.hpp"

#include <cmath>

#include "engine/network/check.hpp"
#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

/// The draw of one field of one neuron, and its shared r.
double draw(const Plan& plan, const Distribution& distribution, Stream stream, std::uint32_t neuron) {
    const std::uint64_t seed = plan.description.spec.seed;
    double r = 0.0, unit = 0.0;
    if (distribution.kind == Distribution::Kind::shared) {
        const auto words = draw_words(seed, Stream::shared_r, 0, neuron);
        r = unit_interval(words[0], words[1]);
    } else if (distribution.kind != Distribution::Kind::constant) {
        const auto words = draw_words(seed, stream, 0, neuron);
        unit = unit_interval(words[0], words[1]);
    }
    return sample(distribution, r, unit);
}

}  // namespace

ColumnNeeds column_needs(const PopulationSpec& spec, Numerics numerics) noexcept {
    const auto varies = [](const Distribution& d) { return d.kind != Distribution::Kind::constant; };
    // The accurate step resets inside its kernel and always reads c and d as columns.
    const bool accurate = numerics == Numerics::accurate;
    return {.ab = varies(spec.cell.a) || varies(spec.cell.b),
            .c = accurate || varies(spec.cell.c),
            .d = accurate || varies(spec.cell.d),
            .bias = varies(spec.bias_current)};
}

std::size_t column_count(const NetworkDescription& description) noexcept {
    ColumnNeeds any;
    for (const PopulationSpec& spec : description.populations) {
        const ColumnNeeds needs = column_needs(spec, description.spec.numerics);
        any = {any.ab || needs.ab, any.c || needs.c, any.d || needs.d, any.bias || needs.bias};
    }
    return 2 + (any.ab ? 2 : 0) + (any.c ? 1 : 0) + (any.d ? 1 : 0) + (any.bias ? 1 : 0);
}

float noise_scale(NoiseLaw law, double stddev) noexcept {
    switch (law) {
        case NoiseLaw::table: return static_cast<float>(stddev / std::sqrt(simd::table_normal_variance()));
        case NoiseLaw::uniform: return static_cast<float>(stddev * std::sqrt(12.0));
        case NoiseLaw::exact: break;
    }
    return static_cast<float>(stddev);
}

Columns::Columns(const Plan& plan) : v(plan.slots), u(plan.slots), populations(plan.populations.size()) {
    const Numerics numerics = plan.description.spec.numerics;

    const auto fill = [&](AlignedArray<float>& column, Parameter PopulationParameters::*member, auto field,
                          bool ColumnNeeds::*need, Stream stream) {
        for (std::size_t p = 0; p < populations.size(); ++p) {
            const PopulationSpec& spec = plan.description.populations[p];
            const PopulationPlan& planned = plan.populations[p];
            Parameter& parameter = populations[p].*member;
            parameter.value = static_cast<float>(field(spec).p0);
            if (!(column_needs(spec, numerics).*need)) continue;
            if (column.empty()) column = AlignedArray<float>(plan.slots);
            // Padding gets the last neuron's values: it is computed with the rest, and its spikes are masked out.
            for (std::uint32_t i = 0; i < planned.slots; ++i)
                column[planned.first_slot + i] =
                    i < planned.size ? static_cast<float>(draw(plan, field(spec), stream, planned.first_neuron + i))
                                     : column[planned.first_slot + i - 1];
            parameter.column = column.data();
        }
    };
    fill(
        a_, &PopulationParameters::a, [](const PopulationSpec& s) { return s.cell.a; }, &ColumnNeeds::ab,
        Stream::parameter_a);
    fill(
        b_, &PopulationParameters::b, [](const PopulationSpec& s) { return s.cell.b; }, &ColumnNeeds::ab,
        Stream::parameter_b);
    fill(
        c_, &PopulationParameters::c, [](const PopulationSpec& s) { return s.cell.c; }, &ColumnNeeds::c,
        Stream::parameter_c);
    fill(
        d_, &PopulationParameters::d, [](const PopulationSpec& s) { return s.cell.d; }, &ColumnNeeds::d,
        Stream::parameter_d);
    fill(
        bias_, &PopulationParameters::bias, [](const PopulationSpec& s) { return s.bias_current; }, &ColumnNeeds::bias,
        Stream::bias);

    // Where u begins unless told: on its nullcline, but for `acc`, which has none that v0 = -65 does not lie on.
    const auto start_u = [](const Model& model, float b, float v0) {
        if (model.form == ModelForm::acc) return -16.0f;
        return model.form == ModelForm::nine_parameter ? b * (v0 - static_cast<float>(model.vr)) : b * v0;
    };
    for (std::size_t p = 0; p < populations.size(); ++p) {
        const PopulationSpec& spec = plan.description.populations[p];
        const PopulationPlan& planned = plan.populations[p];
        populations[p].model = spec.cell.model;
        scale_noise(plan, p, 1.0);
        for (std::uint32_t i = 0; i < planned.slots; ++i) {
            const std::uint32_t slot = planned.first_slot + i;
            const std::uint32_t neuron = planned.first_neuron + std::min(i, planned.size - 1);
            v[slot] = static_cast<float>(draw(plan, spec.v0_mv, Stream::start_v, neuron));
            u[slot] = spec.u0_mv ? static_cast<float>(draw(plan, *spec.u0_mv, Stream::start_u, neuron))
                                 : start_u(spec.cell.model, populations[p].b.at(slot), v[slot]);
        }
    }
}

void Columns::scale_noise(const Plan& plan, std::size_t population, double factor) noexcept {
    populations[population].noise_factor = factor;
    populations[population].noise_scale =
        noise_scale(plan.description.spec.noise, plan.description.populations[population].noise_stddev * factor);
}

void Columns::transfer(Archive& a, const Plan& plan) {
    a.section("neurons");
    a.by_neuron(plan, v);
    a.by_neuron(plan, u);
    for (std::size_t p = 0; p < populations.size(); ++p) {
        a.value(populations[p].noise_factor, "a factor of noise", 0.0, kMostFactor);
        if (a.reading()) scale_noise(plan, p, populations[p].noise_factor);
    }
}

}  // namespace izhi::detail
