// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "apps/realtime/intervention_log.hpp"
#include "izhi/network.hpp"
#include "run_command.hpp"

namespace izhi::apps {

/// What a run will do: its options, together with the files that they name, read and checked before anything is built.
struct RunPlan {
    Network network;
    InterventionLogContents log;  ///< that is repeated; empty without --replay
    std::uint64_t steps;          ///< of the whole run, also where it is resumed
    std::uint64_t made;           ///< interventions of the log that the checkpoint already has
    RunOptions::TraceWindow window;
    std::optional<std::filesystem::path> latency_plot;
    std::uint64_t checkpoint_steps;  ///< between two checkpoints; 0 without any
    std::vector<SynapseWeight> weights;
};
/// @throws Error where the options do not fit the network, each other, or the files that are there
[[nodiscard]] RunPlan plan_run(const RunOptions& options);

/// The network as it is run, as the text of a file.
[[nodiscard]] std::string network_text_of(const RunOptions& options);

[[nodiscard]] bool is_plastic(const NetworkDescription::Projection& projection);

}  // namespace izhi::apps
