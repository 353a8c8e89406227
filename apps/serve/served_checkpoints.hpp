// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "apps/networks/networks.hpp"
#include "apps/run/checkpoints.hpp"
#include "apps/run/checkpoints_beside.hpp"
#include "izhi/simulation.hpp"
#include "serve_command.hpp"

namespace izhi::apps {

/// Checks before the run that `izhi serve` can write its checkpoints. @throws Error
void require_checkpoints(const Network& network, const CheckpointOptions& options);

/// Writes the checkpoints of one run of `izhi serve`.
class ServedCheckpoints {
public:
    /// @param run counts from 1; a restarted run gets the next of DIR-2, DIR-3... that has no checkpoints yet
    ServedCheckpoints(const ServeOptions& options, const NetworkSource& source, const Simulation& simulation,
                      StepClient* inner, CheckpointsBeside::Interventions interventions, int run = 1);
    [[nodiscard]] CheckpointsBeside& client() noexcept { return beside_; }

private:
    CheckpointOptions options_;  ///< with the folder of this run
    std::unique_ptr<FolderLock> lock_;
    Checkpoints checkpoints_;
    CheckpointsBeside beside_;
};

}  // namespace izhi::apps
