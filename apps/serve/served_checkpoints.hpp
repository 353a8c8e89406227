// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "apps/networks/networks.hpp"
#include "apps/run/checkpoints.hpp"
#include "apps/run/checkpoints_beside.hpp"
#include "izhi/simulation.hpp"
#include "serve_command.hpp"

namespace izhi::apps {

/// Before anything is opened: could `izhi serve` write its checkpoints? @throws Error
void require_checkpoints(const Network& network, const CheckpointOptions& options);

/// All that `izhi serve` keeps for the checkpoints of one run.
class ServedCheckpoints {
public:
    /// @param run counts from 1; one that began again has DIR-2, DIR-3... the next of them that has no checkpoints yet
    ServedCheckpoints(const ServeOptions& options, const NetworkSource& source, const Simulation& simulation,
                      StepClient* inner, CheckpointsBeside::Interventions interventions, int run = 1);
    [[nodiscard]] CheckpointsBeside& client() noexcept { return beside_; }

private:
    CheckpointOptions options_;  ///< the folder that of this run
    std::unique_ptr<FolderLock> lock_;
    Checkpoints checkpoints_;
    CheckpointsBeside beside_;
};

}  // namespace izhi::apps
