// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The kernels, written once over a vocabulary V of vector operations (simd/vocabulary_*.hpp). Included by ISA units
// only. Everything is in an unnamed namespace: a template with external linkage would let the linker pick one unit's
// code, compiled for that unit's ISA, for the whole program. For the same reason nothing of std is called here.
#pragma once

#include "simd/body_deliver.hpp"
#include "simd/body_draw.hpp"
#include "simd/body_hash.hpp"
#include "simd/body_input.hpp"
#include "simd/body_leak.hpp"
#include "simd/body_synapse.hpp"
#include "simd/body_update.hpp"
#include "simd/kernels.hpp"

namespace {

using izhi::simd::Kernels;

/// Enough independent chains to hide the latency of a multiply and an add.
template <class V>
float arithmetic(std::uint64_t rounds, float x_value, float y_value) {
    using F = typename V::F;
    const F x(x_value), y(y_value);
    F chains[izhi::simd::kArithmeticChains];
    for (F& chain : chains) chain = y;
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (F& chain : chains) chain = chain * x + y;
    F sum = y;
    for (const F& chain : chains) sum = sum + chain;
    alignas(64) float lanes[V::lanes];
    V::store(lanes, sum);
    return lanes[0];
}

template <class V>
constexpr Kernels make_kernels(izhi::Isa isa, const char* name) {
    return {.isa = isa,
            .name = name,
            .lanes = static_cast<int>(V::lanes),
            .noise = noise<V>,
            .noise_exact = noise_exact<V>,
            .noise_uniform = noise_uniform<V>,
            .reduce = reduce<V>,
            .exponential = exponential<V>,
            .alpha = alpha<V>,
            .conductance = conductance<V>,
            .nmda = nmda<V>,
            .decay = decay_traces<V>,
            .apply_changes = apply_changes<V>,
            .simple = form_kernels<V, SimpleForm<V>>(),
            .alt = form_kernels<V, AltForm<V>>(),
            .acc = form_kernels<V, AccForm<V>>(),
            .nine_parameter = form_kernels<V, NineParameterForm<V>>(),
            .leaky = leaky_kernels<V>(),
            .alpha_leaky = alpha_leaky<V>,
            .conductance_leaky = conductance_leaky<V>,
            .nmda_leaky = nmda_leaky<V>,
            .deliver_packed = deliver_packed<V>,
            .deliver_wide = deliver_wide<V>,
            .deliver_packed_scaled = deliver_packed_scaled<V>,
            .deliver_wide_scaled = deliver_wide_scaled<V>,
            .row_keys = row_keys<V>,
            .draw_outdegree = draw_outdegree<V>,
            .draw_strata = draw_strata<V>,
            .draw_all = draw_all<V>,
            .arithmetic = arithmetic<V>,
            .hash = hash_words<V>,
            .deliver_near = deliver_near<V>,
            .deliver_near_scaled = deliver_near_scaled<V>,
            .poisson = poisson<V>,
            .depress = depress<V, false>,
            .depress_multiplicative = depress<V, true>,
            .underway_packed = {underway_narrow<V, false, false>, underway_narrow<V, false, true>},
            .underway_near = {underway_narrow<V, true, false>, underway_narrow<V, true, true>},
            .underway_wide = {underway_wide<V, false>, underway_wide<V, true>},
            .draw_even = draw_even<V>};
}

}  // namespace
