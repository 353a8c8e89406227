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

/// What `izhi run` reports of a run, for people and as JSON.
struct RunSummary {
    struct Population {
        std::string name;
        std::uint32_t neurons = 0;
        double rate_hz = 0.0;
    };
    std::string network;
    std::uint64_t neurons = 0, synapses = 0, steps = 0, steps_asked = 0;
    std::uint64_t steps_before = 0;  ///< of `steps`: those that were done when a checkpoint was taken up
    double dt_ms = 1.0, build_s = 0.0, run_s = 0.0;
    std::uint64_t spikes = 0, spike_hash = 0;
    std::vector<Population> populations;
    int threads = 1;
    int bytes_per_synapse = 0;  ///< of a stored row, see Network; 0 if all are drawn while running
    std::vector<std::pair<std::string, double>> quanta;  ///< of weights, by projection
    std::vector<Note> notes;                             ///< of the network, then of the run
    std::uint64_t connectome_bytes = 0;                  ///< all stored rows and their index
    std::string isa, delivery, numerics, storage;
    std::uint64_t seed = 0;
    double peak_rss_mb = 0.0;             ///< [10^6 bytes]
    std::optional<double> huge_pages_mb;  ///< of it, in pages of 2 MiB after the run; nothing where Linux does not tell
    bool stopped = false;                 ///< ended early
    bool stopped_late = false;            ///< by --late stop
    std::vector<std::filesystem::path> files;
    std::string checkpoint;  ///< the last one, told; empty without

    [[nodiscard]] double biological_s() const noexcept { return static_cast<double>(steps) * dt_ms / 1e3; }
    /// 0 when nothing ran.
    [[nodiscard]] double times_real_time() const noexcept {
        return run_s > 0.0 ? static_cast<double>(steps - steps_before) * dt_ms / 1e3 / run_s : 0.0;
    }
};

/// @param steps_asked 0 of a run without an end. @param wall_s the duration of the run. `files` is left for the caller to fill in.
[[nodiscard]] RunSummary summarise(const Simulation& simulation, std::uint64_t steps_asked, double wall_s);

/// Several lines, the last one ended.
[[nodiscard]] std::string text_of(const RunSummary& summary);
/// The object that `izhi run --json` prints.
[[nodiscard]] nlohmann::ordered_json json_of(const RunSummary& summary);

}  // namespace izhi::apps
