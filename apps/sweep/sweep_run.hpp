// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "apps/cli/progress.hpp"
#include "apps/networks/networks.hpp"
#include "izhi/network.hpp"
#include "izhi/simulation.hpp"
#include "sweep_plan.hpp"
#include "sweep_table.hpp"

namespace izhi::apps {

/// Everything on which the results of a sweep depend, except for the kernels.
struct Sweep {
    NetworkSource source;
    SweepPlan plan;
    std::uint64_t first_seed = 0;  ///< first seed of every point, unless a key of the sweep sets it
    bool seed_is_swept = false;
    double duration_ms = 0.0, from_ms = 0.0;

    /// The network of a point. @throws Error that gives the values
    [[nodiscard]] Network network(std::size_t point) const;
};

struct SweepPoint {
    std::uint64_t steps = 0;
    std::uint64_t bytes = 0;  ///< memory of its run, according to the forecast
};

struct SweepMachine {
    int workers = 1;  ///< threads; with several ranks on each
    Isa isa = Isa::automatic;
    std::uint64_t memory_bytes = 0;  ///< for all runs at once
};

/// Gets the row of a point, see row_of(), as one line of JSON.
using RowDone = std::function<void(std::size_t point, const std::string& row)>;

/// Runs these points, many at once and each on one thread, in any order, as far as memory allows; with several ranks each
/// has its share. `done` gets each row when it is ready, one call at a time. If a signal arrives, it gives up the current
/// runs and returns. @throws what `done` throws
void run_sweep(const Sweep& sweep, const std::vector<SweepPoint>& all, const std::vector<std::size_t>& points,
               const SweepMachine& machine, Progress& progress, const RowDone& done);

}  // namespace izhi::apps
