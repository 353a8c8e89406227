// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/short_term.hpp"

#include <algorithm>

#include "simd/kernels.hpp"

namespace izhi::detail {

ShortTerm::ShortTerm(const Plan& plan, std::size_t projection, std::uint32_t phase_steps)
    : range_(plan.projections[projection].source), neurons_(plan.neurons), phase_steps_(phase_steps),
      factors_(2 * std::size_t{phase_steps} * plan.neurons) {
    const ShortTermPlasticity& spec = *plan.description.projections[projection].spec.short_term;
    const double dt = plan.description.spec.dt_ms;
    utilisation_ = static_cast<float>(spec.utilisation);
    u_decay_ = Decay(dt, spec.tau_u_ms);
    x_decay_ = Decay(dt, spec.tau_x_ms);
    sources.resize(range_.size());
}

ShortTerm::Level ShortTerm::level(std::uint32_t neuron, std::uint64_t step) const noexcept {
    const Source& source = sources[neuron - range_.begin];
    const std::uint64_t since = step - source.last_step;
    return {source.u * u_decay_.after(since), 1.0f - (1.0f - source.x) * x_decay_.after(since)};
}

void ShortTerm::fire(std::uint64_t phase, std::uint32_t index, std::uint64_t step,
                     std::span<const std::uint32_t> neurons) noexcept {
    const auto first = std::lower_bound(neurons.begin(), neurons.end(), range_.begin);
    const auto last = std::lower_bound(first, neurons.end(), range_.end);
    std::int32_t* const factors = factors_.data() + place(phase, index) * neurons_;
    for (auto neuron = first; neuron != last; ++neuron) {
        Source& source = sources[*neuron - range_.begin];
        const std::uint64_t since = step - source.last_step;
        source.last_step = step;
        const float u = source.u * u_decay_.after(since);
        source.x = 1.0f - (1.0f - source.x) * x_decay_.after(since);
        source.u = u + utilisation_ * (1.0f - u);
        const float released = source.u * source.x;
        source.x -= released;
        factors[*neuron] = static_cast<std::int32_t>(released * static_cast<float>(simd::kFactorOne) + 0.5f);
    }
}

}  // namespace izhi::detail
