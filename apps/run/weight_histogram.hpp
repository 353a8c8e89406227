// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "izhi/simulation.hpp"

namespace izhi::apps {

/// How the weights of a plastic projection were spread between their bounds before a run and after it.
struct WeightHistogram {
    ProjectionId id{};
    std::string projection;  ///< its name
    double lowest = 0.0, highest = 1.0;
    std::vector<std::uint64_t> before, after;  ///< synapses in bins of equal width
};

/// Of every plastic projection, as they are now: `before` is filled.
[[nodiscard]] std::vector<WeightHistogram> weight_histograms(const Simulation& simulation);
/// Fills `after`.
void finish(std::vector<WeightHistogram>& histograms, const Simulation& simulation);

}  // namespace izhi::apps
