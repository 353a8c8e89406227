// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "served_checkpoints.hpp"

#include <filesystem>
#include <utility>

#include "izhi/error.hpp"

namespace izhi::apps {
namespace {

/// Makes the folder of a restarted run. @param folder becomes its name
std::unique_ptr<FolderLock> make_numbered_folder(std::filesystem::path& folder, int number) {
    if (number == 1) return make_checkpoint_folder(folder, {});
    constexpr int most = 10'000;
    const std::filesystem::path first = folder.has_filename() ? folder : folder.parent_path();
    for (;; ++number) {
        folder = first.string() + '-' + std::to_string(number);
        try {
            return make_checkpoint_folder(folder, {});
        } catch (const Error&) {
            if (number >= most) throw;
        }
    }
}

/// What the checkpoints of a served run contain besides the state.
RunNote note_of(const ServeOptions& options, const NetworkSource& source, const Simulation& simulation) {
    const Network& network = simulation.network();
    return {.source = source,
            .seed = network.description().spec.seed,  // another seed if the page restarted the run
            .storage = options.storage,
            .settings = {},
            .steps = options.duration_ms ? network.steps(*options.duration_ms) : 0,
            .wanted = {},
            .replay = {},
            .spool = {}};
}

}  // namespace

void require_checkpoints(const Network& network, const CheckpointOptions& options) {
    (void)interval_steps(network, options);
    require_checkpoint_folder(options.folder, {});
}

ServedCheckpoints::ServedCheckpoints(const ServeOptions& options, const NetworkSource& source,
                                     const Simulation& simulation, StepClient* inner,
                                     CheckpointsBeside::Interventions interventions, int run)
    : options_(*options.checkpoints), lock_(make_numbered_folder(options_.folder, run)),
      checkpoints_(options_, interval_steps(simulation.network(), options_), note_of(options, source, simulation),
                   nullptr),
      beside_(checkpoints_, simulation, inner, std::move(interventions)) {}

}  // namespace izhi::apps
