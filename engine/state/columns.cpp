// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/state/columns.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/network/check.hpp"
#include "engine/network/leak.hpp"
#include "engine/network/random.hpp"
#include "izhi/single_neuron.hpp"

namespace izhi::detail {
namespace {

/// What u rises by at a spike: d, or the steps that an integrate-and-fire neuron then waits.
Distribution jump_of_u(const PopulationSpec& spec, double dt_ms) {
    if (spec.cell.model.form != ModelForm::lif) return spec.cell.d;
    return static_cast<double>(refractory_steps(spec.cell.model, dt_ms));
}

}  // namespace

double draw_of_neuron(const Plan& plan, const Law& law, Stream stream, std::uint32_t neuron) {
    const Distribution& distribution = law.distribution();
    const std::uint64_t seed = plan.description.spec.seed;
    double r = 0.0, unit = 0.0;
    if (distribution.kind == Distribution::Kind::shared) {
        const auto words = draw_words(seed, Stream::shared_r, 0, neuron);
        r = unit_interval(words[0], words[1]);
    } else if (distribution.kind != Distribution::Kind::constant) {
        const auto words = draw_words(seed, stream, 0, neuron);
        unit = unit_interval(words[0], words[1]);
    }
    return law.draw(r, unit);
}

double value_of_neuron(const Plan& plan, std::size_t population, std::string_view parameter, const Law& law,
                       Stream stream, std::uint32_t i) {
    const std::vector<double>* const given = values_of(plan.description.populations[population], parameter);
    return given ? (*given)[i] : draw_of_neuron(plan, law, stream, plan.populations[population].first_neuron + i);
}

namespace {

/// Whether the neurons of a population have noise of different strength.
bool noise_varies(const PopulationSpec& population) noexcept {
    return population.noise_stddev.kind != Distribution::Kind::constant ||
           values_of(population, "noise_stddev") != nullptr;
}

}  // namespace

ColumnNeeds column_needs(const Plan& plan, Range sharing) noexcept {
    const std::vector<PopulationSpec>& specs = plan.description.populations;
    const auto varies = [&](std::string_view parameter, auto field) {
        const Distribution& first = field(specs[sharing.begin]);
        for (std::uint32_t p = sharing.begin; p < sharing.end; ++p)
            if (const Distribution& d = field(specs[p]);
                specs[p].size > 0 && (d.kind != Distribution::Kind::constant || d.p0 != first.p0 ||
                                      values_of(specs[p], parameter) != nullptr))
                return true;
        return false;
    };
    // The accurate step resets inside its kernel and always reads c and d as columns.
    const bool accurate = plan.description.spec.numerics == Numerics::accurate;
    return {.ab = varies(
                      "a", [](const PopulationSpec& s) -> auto& { return s.cell.a; }) ||
                  varies(
                      "b", [](const PopulationSpec& s) -> auto& { return s.cell.b; }),
            .c = accurate || varies(
                                 "c", [](const PopulationSpec& s) -> auto& { return s.cell.c; }),
            .d = accurate || varies(
                                 "d", [](const PopulationSpec& s) -> auto& { return s.cell.d; }),
            .bias = varies(
                "bias_current", [](const PopulationSpec& s) -> auto& { return s.bias_current; }),
            .noise = sharing.size() > 1 || std::any_of(specs.begin() + sharing.begin, specs.begin() + sharing.end,
                                                       [](const PopulationSpec& s) { return noise_varies(s); })};
}

std::size_t column_count(const Plan& plan) noexcept {
    ColumnNeeds any;
    for (std::uint32_t p = 0; p < plan.populations.size(); p = plan.populations[p].sharing.end) {
        const ColumnNeeds needs = column_needs(plan, plan.populations[p].sharing);
        any = {any.ab || needs.ab, any.c || needs.c, any.d || needs.d, any.bias || needs.bias,
               any.noise || needs.noise};
    }
    return 2 + (any.ab ? 2 : 0) + (any.c ? 1 : 0) + (any.d ? 1 : 0) + (any.bias ? 1 : 0) + (any.noise ? 1 : 0);
}

float noise_scale(NoiseLaw law, double stddev) noexcept {
    switch (law) {
        case NoiseLaw::table: return static_cast<float>(stddev / std::sqrt(simd::table_normal_variance()));
        case NoiseLaw::uniform: return static_cast<float>(stddev * std::sqrt(12.0));
        case NoiseLaw::exact: break;
    }
    return static_cast<float>(stddev);
}

namespace {

/// White noise: its sum over a millisecond does not depend on the step.
float scale_of_noise(const Plan& plan, std::size_t population, double factor) noexcept {
    const double of_step = factor / std::sqrt(plan.description.spec.dt_ms);
    return noise_scale(plan.description.spec.noise, plan.description.populations[population].noise_stddev.p0 * of_step);
}

}  // namespace

Range Columns::own_of(const PopulationPlan& population) const noexcept {
    const auto within = [&](std::uint32_t slot) {
        return std::clamp(slot, population.first_slot, population.first_slot + population.slots) -
               population.first_slot;
    };
    return {within(own_.begin), within(own_.end)};
}

Columns::Columns(const Plan& plan, const Range& own)
    : v(plan.slots, own.begin, own.end), u(plan.slots, own.begin, own.end), populations(plan.populations.size()),
      own_(own) {
    std::vector<ColumnNeeds> needs(populations.size());
    for (std::uint32_t p = 0; p < populations.size(); ++p)
        needs[p] =
            plan.populations[p].sharing.begin == p ? column_needs(plan, plan.populations[p].sharing) : needs[p - 1];

    const auto fill = [&](std::string_view parameter_name, AlignedArray<float>& column,
                          Parameter PopulationParameters::*member, auto field, bool ColumnNeeds::*need, Stream stream) {
        for (std::size_t p = 0; p < populations.size(); ++p) {
            const PopulationSpec& spec = plan.description.populations[p];
            const PopulationPlan& planned = plan.populations[p];
            Parameter& parameter = populations[p].*member;
            parameter.value = static_cast<float>(field(spec).p0);
            if (!(needs[p].*need)) continue;
            if (column.empty()) column = AlignedArray<float>(plan.slots, own.begin, own.end);
            const Law law = field(spec);
            // Padding gets the values of the last neuron: it is computed with the rest, and its spikes are masked out.
            const Range ours = own_of(planned);
            for (std::uint32_t i = ours.begin; i < ours.end; ++i)
                column[planned.first_slot + i] =
                    i < planned.size || i == ours.begin
                        ? static_cast<float>(
                              value_of_neuron(plan, p, parameter_name, law, stream, std::min(i, planned.size - 1)))
                        : column[planned.first_slot + i - 1];
            parameter.column = column.data();
        }
    };
    fill(
        "a", a_, &PopulationParameters::a, [](const PopulationSpec& s) { return s.cell.a; }, &ColumnNeeds::ab,
        Stream::parameter_a);
    fill(
        "b", b_, &PopulationParameters::b, [](const PopulationSpec& s) { return s.cell.b; }, &ColumnNeeds::ab,
        Stream::parameter_b);
    fill(
        "c", c_, &PopulationParameters::c, [](const PopulationSpec& s) { return s.cell.c; }, &ColumnNeeds::c,
        Stream::parameter_c);
    const double dt_ms = plan.description.spec.dt_ms;
    fill(
        "d", d_, &PopulationParameters::d, [&](const PopulationSpec& s) { return jump_of_u(s, dt_ms); },
        &ColumnNeeds::d, Stream::parameter_d);
    fill(
        "bias_current", bias_, &PopulationParameters::bias, [](const PopulationSpec& s) { return s.bias_current; },
        &ColumnNeeds::bias, Stream::bias);

    // By default u begins on its nullcline. In `acc` there is no such value, because u' is 0 at v = -65 for every u.
    const auto start_u = [](const Model& model, float b, float v0) {
        if (model.form == ModelForm::lif) return 0.0f;  // no refractory step is left
        if (model.form == ModelForm::acc) return -16.0f;
        return model.form == ModelForm::nine_parameter ? b * (v0 - static_cast<float>(model.vr)) : b * v0;
    };
    for (std::size_t p = 0; p < populations.size(); ++p) {
        const PopulationSpec& spec = plan.description.populations[p];
        const PopulationPlan& planned = plan.populations[p];
        populations[p].model = spec.cell.model;
        if (spec.source) continue;  // no membrane: v and u stay 0
        if (spec.cell.model.form == ModelForm::lif) {
            const Leak leak(spec.cell.model, dt_ms);
            populations[p].leak = {.decay = static_cast<float>(leak.decay),
                                   .gain = static_cast<float>(leak.gain),
                                   .conductance = static_cast<float>(leak.leak),
                                   .step_over_c = static_cast<float>(leak.step_over_c),
                                   .synaptic = nullptr};
        }
        if (spec.v_min_mv) populations[p].v_min = static_cast<float>(*spec.v_min_mv);
        const Law first_v = spec.v0_mv, first_u = spec.u0_mv.value_or(0.0);
        const Range ours = own_of(planned);
        for (std::uint32_t i = ours.begin; i < ours.end; ++i) {
            const std::uint32_t slot = planned.first_slot + i;
            const std::uint32_t in_population = std::min(i, planned.size - 1);
            const float b = populations[p].b.at(slot);
            const auto u_at = [&](float start_v) {
                return spec.u0_mv || values_of(spec, "u0_mv")
                           ? static_cast<float>(
                                 value_of_neuron(plan, p, "u0_mv", first_u, Stream::start_u, in_population))
                           : start_u(spec.cell.model, b, start_v);
            };
            v[slot] = static_cast<float>(value_of_neuron(plan, p, "v0_mv", first_v, Stream::start_v, in_population));
            if (spec.v0_mv.kind == Distribution::Kind::rest && !values_of(spec, "v0_mv")) {
                const NeuronParameters cell{.b = static_cast<double>(b), .model = spec.cell.model};
                const bool stays = spec.v0_mv.p1 != 0.0 && starts_quiet(cell, v[slot], u_at(v[slot]));
                if (const auto resting = resting_v(cell); resting && !stays) v[slot] = static_cast<float>(*resting);
            }
            u[slot] = u_at(v[slot]);
        }
        // The value of the first of the populations that share blocks. A column is used only if scale_noise() finds
        // another value.
        Parameter& noise = populations[p].noise;
        noise.value = scale_of_noise(plan, planned.sharing.begin, 1.0);
        if (needs[p].noise && noise_.empty()) noise_ = AlignedArray<float>(plan.slots, own.begin, own.end);
        if (needs[p].noise) std::fill_n(noise_.data() + planned.first_slot + ours.begin, ours.size(), noise.value);
        scale_noise(plan, p, 1.0);
    }
}

void Columns::scale_noise(const Plan& plan, std::size_t population, double factor) noexcept {
    populations[population].noise_factor = factor;
    if (noise_varies(plan.description.populations[population])) {
        spread_noise(plan, population, factor);
        return;
    }
    const float scale = scale_of_noise(plan, population, factor);
    if (std::exchange(populations[population].noise.value, scale) == scale) return;
    const PopulationPlan& planned = plan.populations[population];
    if (planned.sharing.size() == 1 || planned.size == 0) return;
    const Range ours = own_of(planned);
    std::fill_n(noise_.data() + planned.first_slot + ours.begin, ours.size(), scale);
    populations[planned.sharing.begin].noise.column = noise_.data();
}

void Columns::spread_noise(const Plan& plan, std::size_t population, double factor) noexcept {
    const PopulationPlan& planned = plan.populations[population];
    const PopulationSpec& spec = plan.description.populations[population];
    if (planned.size == 0) return;
    const double of_step = factor / std::sqrt(plan.description.spec.dt_ms);
    const Law law = spec.noise_stddev;
    const Range ours = own_of(planned);
    for (std::uint32_t i = ours.begin; i < ours.end; ++i)
        noise_[planned.first_slot + i] =
            i < planned.size
                ? noise_scale(plan.description.spec.noise,
                              of_step * value_of_neuron(plan, population, "noise_stddev", law, Stream::noise_stddev, i))
                : 0.0f;
    populations[planned.sharing.begin].noise.column = noise_.data();
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
