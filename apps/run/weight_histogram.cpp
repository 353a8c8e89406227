// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "weight_histogram.hpp"

#include <algorithm>

namespace izhi::apps {
namespace {

constexpr std::size_t kBins = 50;

std::vector<std::uint64_t> counts_of(const WeightHistogram& histogram, const Simulation& simulation) {
    std::vector<float> weights(simulation.plastic_synapse_count(histogram.id));
    simulation.read_weights(histogram.id, weights);
    std::vector<std::uint64_t> counts(kBins);
    for (const float weight : weights) {
        const double share = (static_cast<double>(weight) - histogram.lowest) / (histogram.highest - histogram.lowest);
        ++counts[static_cast<std::size_t>(std::clamp(share * kBins, 0.0, kBins - 1.0))];
    }
    return counts;
}

}  // namespace

std::vector<WeightHistogram> weight_histograms(const Simulation& simulation) {
    const auto& projections = simulation.network().description().projections;
    std::vector<WeightHistogram> all;
    for (std::size_t p = 0; p < projections.size(); ++p) {
        const ProjectionSpec& spec = projections[p].spec;
        if (!spec.plasticity) continue;
        WeightHistogram histogram{ProjectionId(p),          spec.name, spec.plasticity->lowest,
                                  spec.plasticity->highest, {},        {}};
        histogram.before = counts_of(histogram, simulation);
        all.push_back(std::move(histogram));
    }
    return all;
}

void finish(std::vector<WeightHistogram>& histograms, const Simulation& simulation) {
    for (WeightHistogram& histogram : histograms) histogram.after = counts_of(histogram, simulation);
}

}  // namespace izhi::apps
