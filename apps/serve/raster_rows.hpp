// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "izhi/network.hpp"

namespace izhi::apps::serve {

/// Which neurons a live view shows: all of them, or every 2nd, 4th, 8th... of each population, so that a row number fits into 16
/// bits. Rates are always those of all neurons.
struct RasterRows {
    /// The rows of a population, numbered over the view.
    struct Population {
        std::uint32_t first_row = 0, rows = 0;
    };
    std::vector<Population> populations;
    std::uint32_t every = 1;  ///< a power of two: neurons of a population whose number is a multiple of it have a row
    std::uint32_t rows = 0;   ///< at most kMostRows + one for each population
};
inline constexpr std::uint32_t kMostRows = 60'000;

[[nodiscard]] inline RasterRows raster_rows(const Network& network) {
    RasterRows view;
    while (network.neuron_count() / view.every > kMostRows) view.every *= 2;
    for (const PopulationSpec& population : network.description().populations) {
        const std::uint32_t rows = (population.size + view.every - 1) / view.every;
        view.populations.push_back({view.rows, rows});
        view.rows += rows;
    }
    return view;
}

}  // namespace izhi::apps::serve
