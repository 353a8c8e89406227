// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "izhi/analysis/measures.hpp"
#include "sweep_plan.hpp"

/// The results of a sweep: one row per point, as a JSON object from which the columns of the table are made.
namespace izhi::apps {

struct SweepResult {
    std::size_t point = 0;
    std::uint64_t seed = 0;
    std::optional<analysis::NetworkMeasures> measures{};  ///< none if the run failed
    std::uint64_t spike_hash = 0;
    std::string fault{};  ///< why it failed: a neuron left the range of single precision
};

/// The row of a point: `point`, `parameters` (by key), `seed`, `regime`, `network`, `populations`, `spike_hash` and
/// `fault`. A failed run has the regime pathological and null instead of measures.
[[nodiscard]] nlohmann::ordered_json row_of(const SweepPlan& plan, const SweepResult& result);

/// Writes a header and the rows: point, keys, seed, regime, measures of the network, measures of each population as
/// POPULATION.MEASURE, spike_hash, fault. A value that does not exist is an empty cell.
void write_csv(std::ostream& stream, const SweepPlan& plan, const std::vector<std::string>& populations,
               const std::vector<std::string>& rows);
/// Writes the rows, one per line.
void write_json_lines(std::ostream& stream, const std::vector<std::string>& rows);

/// The most important columns, for people.
[[nodiscard]] std::string text_of(const SweepPlan& plan, const std::vector<std::string>& rows);

}  // namespace izhi::apps
