// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <span>
#include <tuple>
#include <vector>

#include "engine/base/float_environment.hpp"
#include "engine/network/check.hpp"
#include "engine/network/plan.hpp"
#include "engine/network/rows.hpp"
#include "izhi/executor.hpp"
#include "izhi/network.hpp"
#include "simd/kernels.hpp"

namespace izhi {

double Network::synapse_bound(ProjectionId projection) const {
    return detail::projection_of(*plan_, projection).synapse_bound;
}

void Network::draw_synapses(ProjectionId projection,
                            const std::function<void(std::span<const ExplicitSynapse>)>& use) const {
    const detail::FloatEnvironment usual;
    const detail::ProjectionPlan& planned = detail::projection_of(*plan_, projection);
    if (planned.empty()) return;
    const simd::Kernels& kernels = *simd::kernels(simd::widest());
    detail::GatheredProjection gathered;
    if (detail::needs_gathering(*plan_, projection.index))
        gathered = detail::gather(*plan_, projection.index, {0, plan_->neurons}, *serial_executor(), kernels);
    const double quantum = std::ldexp(1.0, -planned.weight_exponent), dt_ms = this->dt_ms();
    detail::RowDrawer drawer(*plan_, kernels);
    detail::DrawnRow drawn;
    std::vector<ExplicitSynapse> row;
    for (std::uint32_t source = planned.source.begin; source < planned.source.end; ++source) {
        const std::uint32_t own = source - planned.source.begin;
        row.clear();
        drawn.clear();
        const auto add = [&](const detail::DrawnSynapse& s) {
            row.push_back({own, s.target - planned.target.begin, s.weight * quantum, s.delay * dt_ms});
        };
        if (gathered.offsets.empty()) {
            drawer.draw_row(projection.index, source, drawn);
            for (std::size_t i = 0; i < drawn.size(); ++i) add(drawn[i]);
        } else {
            for (std::uint64_t i = gathered.offsets[own]; i < gathered.offsets[own + 1]; ++i) add(gathered.synapses[i]);
        }
        std::sort(row.begin(), row.end(), [](const ExplicitSynapse& x, const ExplicitSynapse& y) {
            return std::tie(x.delay_ms, x.target, x.weight) < std::tie(y.delay_ms, y.target, y.weight);
        });
        if (!row.empty()) use(row);
    }
}

}  // namespace izhi
