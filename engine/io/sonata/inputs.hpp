// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/io/sonata/cells.hpp"
#include "izhi/input.hpp"

/// Node sets, inputs and reports of a SONATA simulation.
namespace izhi::io::detail {

/// Some nodes: for each population of nodes the numbers of its nodes, ascending.
using SonataSelection = std::vector<std::vector<std::uint32_t>>;

/// A current into neurons of a population of izhi from `first` on.
struct SonataClamp {
    std::string name;
    std::uint32_t neurons = 0, first = 0, count = 0;
    double amplitude = 0.0, start_ms = 0.0, stop_ms = 0.0;
};
struct SonataInputs {
    std::vector<std::vector<SpikeTrains::Event>> spikes;  ///< for each population of izhi; of virtual nodes only
    std::vector<SonataClamp> clamps;                      ///< times as in the config
};
[[nodiscard]] SonataInputs read_inputs(const SonataConfig& config, const SonataCircuitNodes& nodes,
                                       std::vector<std::string>& notes);

/// A report of v: a trace for each population of izhi, in one file.
struct ReportRequest {
    std::string name;  ///< of the file, without its ending
    double interval_ms = 0.0;
    std::optional<double> start_ms{}, stop_ms{};
    std::vector<std::pair<std::uint32_t, std::vector<std::uint32_t>>>
        neurons;  ///< population of izhi, numbers within it
};
[[nodiscard]] std::vector<ReportRequest> read_reports(const SonataConfig& config, const SonataCircuitNodes& nodes,
                                                      double dt_ms, std::vector<std::string>& ignored);

}  // namespace izhi::io::detail
