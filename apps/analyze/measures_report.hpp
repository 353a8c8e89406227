// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "izhi/analysis/measures.hpp"

/// Measures, for people and as JSON.
namespace izhi::apps {

/// `neurons`, `spikes`, `rate_hz`, `isi_cv`, `isi_neurons`, `synchrony`, `correlation`, `largest_share`, `volley_share`, `peak_hz`,
/// `peak_ratio` and `band_powers_hz2`.
[[nodiscard]] nlohmann::ordered_json json_of(const analysis::Measures& measures);
/// Two tables, with a row for each population and one for all, and the regime with the rule that applied. If the sizes
/// of populations were guessed, there is no regime, because it depends on them.
[[nodiscard]] std::string text_of(const analysis::NetworkMeasures& measures, bool sizes_guessed);
/// The reason for the regime: "a population fires at 212 Hz".
[[nodiscard]] std::string reason_of(const analysis::NetworkMeasures& measures);

}  // namespace izhi::apps
