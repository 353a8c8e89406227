// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/lookout.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace izhi::detail {

Lookout::Lookout(const Plan& plan, const Columns& columns, std::size_t parts)
    : plan_(plan), columns_(columns), accurate_(plan.description.spec.numerics == Numerics::accurate),
      sightings_(parts, std::vector<Sightings>(plan.populations.size())) {
    if (accurate_) fired_before_ = AlignedArray<std::uint64_t>(plan.slots / 64);
}

void Lookout::look(const Block& block, std::size_t part, const float* current, const std::uint64_t* fired) noexcept {
    const float* const v = columns_.v.data() + block.first_slot;
    const float* const u = columns_.u.data() + block.first_slot;
    const auto& model = plan_.description.populations[block.populations.begin].cell.model;
    const bool stable = model.form == ModelForm::lif;  // exact, or exponential Euler: large input leads nowhere
    const float strong =
        kStrongInhibition * static_cast<float>(model.form == ModelForm::nine_parameter ? model.capacitance : 1.0);
    for (std::uint32_t p = block.populations.begin; p < block.populations.end; ++p) {
        const Range lanes = neurons_in(block, plan_.populations[p]);
        std::uint32_t low = 0, in_range = 0;
        for (std::uint32_t i = lanes.begin; i < lanes.end; ++i) {
            low += v[i] < kLowestUsual ? 1 : 0;
            in_range += std::abs(v[i]) + std::abs(u[i]) <= std::numeric_limits<float>::max() ? 1 : 0;
        }
        if (in_range < lanes.size()) found_out_of_range();
        Sightings& seen = sightings_[part][p];
        seen.looked += lanes.size();
        seen.low += stable ? 0 : low;
        for (std::uint32_t word = lanes.begin / 64; word * 64 < lanes.end; ++word)
            for (std::uint64_t bits = fired[word]; bits != 0; bits &= bits - 1) {
                const std::uint32_t lane = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
                if (!lanes.contains(lane)) continue;
                if (stable) continue;
                if (!accurate_) seen.inhibited += current[lane] < strong ? 1 : 0;
                else seen.repeated += fired_before_[block.first_slot / 64 + word] >> (lane % 64) & 1;
            }
    }
}

std::vector<Lookout::Sightings> Lookout::sightings() const {
    std::vector<Sightings> all(plan_.populations.size());
    for (const auto& part : sightings_)
        for (std::size_t p = 0; p < all.size(); ++p) all[p].add(part[p]);
    return all;
}

}  // namespace izhi::detail
