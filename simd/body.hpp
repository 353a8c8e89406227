// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The kernels, written once over a vocabulary V of vector operations (simd/vocabulary_*.hpp). Included by ISA units
// only. Everything is in an unnamed namespace: a template with external linkage would let the linker pick one unit's
// code, compiled for that unit's ISA, for the whole program. For the same reason nothing of std is called here.
#pragma once

#include "simd/body_deliver.hpp"
#include "simd/body_draw.hpp"
#include "simd/body_hash.hpp"
#include "simd/body_input.hpp"
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
constexpr Kernels make_kernels(izhi::simd::IsaId id, const char* name) {
    return {id,
            name,
            static_cast<int>(V::lanes),
            noise<V>,
            noise_exact<V>,
            noise_uniform<V>,
            reduce<V>,
            exponential<V>,
            alpha<V>,
            conductance<V>,
            nmda<V>,
            decay_traces<V>,
            apply_changes<V>,
            update_published<V>,
            update_euler<V>,
            update_forward_euler<V>,
            update_accurate<V>,
            form_kernels<V, AltForm<V>>(),
            form_kernels<V, AccForm<V>>(),
            form_kernels<V, NineParameterForm<V>>(),
            deliver_packed<V>,
            deliver_wide<V>,
            deliver_packed_scaled<V>,
            deliver_wide_scaled<V>,
            row_keys<V>,
            draw_outdegree<V>,
            draw_strata<V>,
            draw_all<V>,
            arithmetic<V>,
            hash_words<V>,
            deliver_near<V>,
            deliver_near_scaled<V>,
            poisson<V>,
            depress<V, false>,
            depress<V, true>,
            {underway_narrow<V, false, false>, underway_narrow<V, false, true>},
            {underway_narrow<V, true, false>, underway_narrow<V, true, true>},
            {underway_wide<V, false>, underway_wide<V, true>},
            draw_even<V>};
}

}  // namespace
