// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// How a stepper is made: which kernels it uses.
#include <algorithm>
#include <cmath>

#include "engine/network/random.hpp"
#include "engine/step/stepper.hpp"

namespace izhi::detail {
namespace {

using UpdateKernel = void (*)(const simd::UpdateArgs&);

UpdateKernel of_numerics(const simd::FormKernels& form, Numerics numerics) {
    switch (numerics) {
        case Numerics::euler: return form.euler;
        case Numerics::forward_euler: return form.forward_euler;
        case Numerics::accurate: return form.accurate;
        case Numerics::published: break;
    }
    return form.published;
}

std::array<UpdateKernel, 5> update_kernels(const simd::Kernels& k, Numerics numerics) {
    const auto of = [&](const simd::FormKernels& form) { return of_numerics(form, numerics); };
    return {of(k.simple), of(k.alt), of(k.acc), of(k.nine_parameter), of(k.leaky)};
}

void (*noise_kernel(const simd::Kernels& kernels, NoiseLaw law))(const simd::NoiseArgs&) {
    switch (law) {
        case NoiseLaw::exact: return kernels.noise_exact;
        case NoiseLaw::uniform: return kernels.noise_uniform;
        case NoiseLaw::table: break;
    }
    return kernels.noise;
}

}  // namespace

Stepper::Stepper(const Setting& setting, const Wiring& wiring, Delivery delivery, std::uint32_t window,
                 std::size_t workers)
    : plan_(setting.plan), blocks_(setting.blocks), parts_(setting.parts), columns_(setting.columns),
      live_(setting.live), sources_(setting.sources), stimuli_(plan_, blocks_, setting.kernels),
      spikes_({setting.plan, setting.ranks, setting.blocks, setting.parts, setting.synapses, stimuli_, setting.kernels,
               setting.log},
              wiring, delivery, window, workers),
      noise_(noise_kernel(setting.kernels, plan_.description.spec.noise)),
      update_(update_kernels(setting.kernels, plan_.description.spec.numerics)),
      resets_in_kernel_(plan_.description.spec.numerics == Numerics::accurate),
      sums_in_kernel_(spikes_.is_one_sum() && !resets_in_kernel_), substeps_(substeps(plan_)),
      lookout_(plan_, columns_, parts_.size()), probes_(plan_, blocks_),
      dt_(static_cast<float>(plan_.description.spec.dt_ms)), log_(setting.log), profiler_(setting.profiler) {
    floors_ = std::any_of(plan_.description.populations.begin(), plan_.description.populations.end(),
                          [](const PopulationSpec& p) { return p.v_min_mv.has_value(); });
}

}  // namespace izhi::detail
