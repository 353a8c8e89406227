// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "izhi/live.hpp"

namespace izhi::apps {

/// --set-weight PROJECTION:SOURCE:NUMBER=VALUE: one synapse of a plastic projection.
struct WeightSetting {
    std::string projection;
    std::uint32_t source = 0;  ///< within the projection's source
    std::uint32_t number = 0;  ///< number among the source's synapses, in order of delay, then target
    double weight = 0.0;
};
/// @throws Error
[[nodiscard]] WeightSetting parse_weight_setting(const std::string& text);
/// @throws Error if the network has no such projection, or it is not plastic, or its bounds forbid the weight
[[nodiscard]] SynapseWeight intervention_of(const WeightSetting& setting, const Network& network);

}  // namespace izhi::apps
