// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "izhi/simulation.hpp"

namespace izhi::apps {

/// The distribution of the weights of a plastic projection between their bounds, before a run and after it.
struct WeightHistogram {
    ProjectionId id{};
    std::string projection;  ///< name of the projection
    double lowest = 0.0, highest = 1.0;
    std::vector<std::uint64_t> before, after;  ///< numbers of synapses in bins of equal width
};

/// Makes the histograms of all plastic projections, with the present weights in `before`.
[[nodiscard]] std::vector<WeightHistogram> weight_histograms(const Simulation& simulation);
/// Puts the present weights into `after`.
void finish(std::vector<WeightHistogram>& histograms, const Simulation& simulation);

}  // namespace izhi::apps
