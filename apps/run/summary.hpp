// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "izhi/simulation.hpp"

namespace izhi::apps {

/// The results of `izhi run`, for people and as JSON.
struct RunSummary {
    struct Population {
        std::string name;
        std::uint32_t neurons = 0;
        double rate_hz = 0.0;
    };
    std::string network;
    std::uint64_t neurons = 0, synapses = 0, steps = 0, steps_asked = 0;
    std::uint64_t steps_before = 0;  ///< of `steps`: those before the checkpoint from which the run continued
    double dt_ms = 1.0, build_s = 0.0, run_s = 0.0;
    std::uint64_t spikes = 0, spike_hash = 0;
    std::vector<Population> populations;
    int threads = 1;  ///< of a rank
    int ranks = 1;
    int bytes_per_synapse = 0;  ///< in a stored row, see Network; 0 if all synapses are drawn while running
    std::vector<std::pair<std::string, double>> quanta;  ///< quanta of weights, by projection
    std::vector<Note> notes;                             ///< those of the network, then those of the run
    std::uint64_t connectome_bytes = 0;                  ///< size of all stored rows and their index
    std::string isa, delivery, numerics, storage;
    std::uint64_t seed = 0;
    double peak_rss_mb = 0.0;             ///< [10^6 bytes]
    std::optional<double> huge_pages_mb;  ///< the part in pages of 2 MiB after the run; nothing if Linux does not say
    bool stopped = false;                 ///< whether it ended early
    bool stopped_late = false;            ///< whether --late stop ended it
    std::vector<std::filesystem::path> files;
    std::string checkpoint;  ///< a text on the last checkpoint; empty without checkpoints

    [[nodiscard]] double biological_s() const noexcept { return static_cast<double>(steps) * dt_ms / 1e3; }
    /// 0 if nothing ran.
    [[nodiscard]] double times_real_time() const noexcept {
        return run_s > 0.0 ? static_cast<double>(steps - steps_before) * dt_ms / 1e3 / run_s : 0.0;
    }
};

/// Summarises a run; the caller fills in `files`. @param steps_asked 0 for a run without an end. @param wall_s duration
/// of the run
[[nodiscard]] RunSummary summarise(const Simulation& simulation, std::uint64_t steps_asked, double wall_s);

/// Several lines, each with its line end.
[[nodiscard]] std::string text_of(const RunSummary& summary);
/// The object that `izhi run --json` prints.
[[nodiscard]] nlohmann::ordered_json json_of(const RunSummary& summary);

}  // namespace izhi::apps
