// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/network/connectome.hpp"
#include "engine/network/plan.hpp"
#include "engine/state/archive.hpp"
#include "engine/state/checkpoint.hpp"
#include "engine/state/columns.hpp"
#include "engine/step/crew.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/live_input.hpp"
#include "engine/step/pacing.hpp"
#include "engine/step/phase_log.hpp"
#include "engine/step/profiler.hpp"
#include "engine/step/recording.hpp"
#include "engine/step/sources.hpp"
#include "engine/step/stepper.hpp"
#include "engine/step/synapse_state.hpp"
#include "izhi/simulation.hpp"

namespace izhi {

/// All data of a simulation, and the work of a run. `simulation_impl.cpp` makes and runs it, `simulation_changes.cpp`
/// changes, saves and restores it, `simulation.cpp` has the public functions.
struct Simulation::Impl final : detail::PhaseWork {
    using Plan = detail::Plan;
    using Wiring = detail::Wiring;
    using Stepper = detail::Stepper;

    Impl(Network network_in, SimulationOptions options);

    [[nodiscard]] std::size_t workers() const { return parts.size(); }
    /// The plan with the current weights.
    [[nodiscard]] const Plan& plan_now() const noexcept { return scaled_plan ? *scaled_plan : plan; }
    [[nodiscard]] std::uint64_t synapses_from(std::size_t population) const noexcept;

    // Running
    /// Runs to step `last`, or until stopped. The last closed phase must still be taken.
    void advance(std::uint64_t last, bool on_this_thread);
    void work(std::size_t worker) noexcept;
    /// Makes room for a phase and determines its steps.
    /// @return false if spikes that are to be read in its steps cannot be read, see Sources::check()
    [[nodiscard]] bool prepare_phase(std::uint64_t phase) noexcept;
    /// Updates dopamine. Networks with dopamine have one step per phase.
    void close_plastic(std::uint64_t phase) noexcept;
    [[nodiscard]] std::uint64_t spikes_in(std::uint64_t phase) const noexcept;
    /// Checks that no neuron has left single precision, because it would compute meaningless values without notice.
    /// @throws RunError
    void check_finite() const;
    // PhaseWork
    void run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept override;
    bool close_phase(std::uint64_t phase) noexcept override;
    void after_phase(std::uint64_t phase, std::size_t worker) noexcept override;
    void take_recording(std::uint64_t phase, std::size_t worker) noexcept;
    void before_wait(std::size_t worker) noexcept override;
    void after_wait(std::size_t worker, std::uint64_t phase) noexcept override;

    // Wiring
    [[nodiscard]] std::unique_ptr<Wiring> wire(const Plan& wired, Executor& by,
                                               const std::function<void(double)>& progress) const;
    [[nodiscard]] std::unique_ptr<Stepper> make_stepper(const Plan& wired, const Wiring& rows);

    // Changing
    void apply(const Intervention& intervention);
    void scale_noise(const NoiseScale& intervention);
    /// Wires everything again before anything is changed.
    void scale_weights_of(const WeightScale& intervention);
    /// The network with other weights.
    struct Rewired {
        std::unique_ptr<Plan> plan;
        std::unique_ptr<Wiring> wiring;
        std::unique_ptr<Stepper> stepper;
    };
    /// @param next the plan with its weights in quanta. @param who the name with which messages begin
    [[nodiscard]] Rewired rewire(Plan next, const char* who);
    void adopt(Rewired next) noexcept;

    // Saving and restoring
    [[nodiscard]] std::vector<std::byte> checkpoint(std::string note);
    /// Everything is checked, and everything that can fail is done, before anything is changed.
    void restore(std::span<const std::byte> bytes, const std::string& name);
    /// @param in_flight the stepper that sends the spikes in flight, or will receive them
    /// @param then see Stepper::transfer
    void transfer(detail::Archive& a, detail::CheckpointHead& head, Stepper& in_flight, const std::vector<int>& then);
    /// Everything except the head and the learnt weights: data that are small for each neuron.
    void transfer_brief(detail::Archive& a, std::uint64_t step, Stepper& in_flight, const std::vector<int>& then);
    void copy(Snapshot::Impl& into);
    /// The plan of the saved weights. If the weights of this network differ from those of the spikes in flight, the
    /// sums need room for both.
    /// @param then becomes the exponents of the sums in flight, if they differ from those of this network
    [[nodiscard]] Plan plan_for(const detail::CheckpointHead& head, std::vector<int>& then) const;
    [[nodiscard]] bool has_weights_of(const Plan& other) const;

    std::chrono::steady_clock::time_point start{};
    Network network;
    const Plan& plan;
    const simd::Kernels& kernels;
    int threads;
    std::vector<detail::Block> blocks;
    std::vector<detail::PartBlocks> parts;
    Delivery delivery;
    std::uint32_t window;  ///< SimulationOptions::delivery_window
    std::shared_ptr<Executor> executor;
    detail::Sources sources;  ///< before the wiring: a reader of spikes may be a process, which keeps what is there now
    std::unique_ptr<Plan> scaled_plan;  ///< null until weights are scaled
    std::unique_ptr<Wiring> wiring;
    detail::Columns columns;
    detail::SynapseState synapses;
    detail::LiveInput live;
    detail::PhaseLog log;
    std::unique_ptr<detail::Profiler> profiler;  ///< null: no profile
    struct alignas(64) WaitBegin {
        std::uint64_t tick = 0;
    };
    std::vector<WaitBegin> wait_begin{workers()};
    std::unique_ptr<Stepper> stepper;
    detail::Crew crew;
    detail::Recording recording;
    detail::Pacing* pacing = nullptr;  ///< pacing of the current run; null: as fast as possible

    std::uint64_t now = 0, end = 0;  ///< steps done; where the current run ends
    double build_s = 0.0;
    std::function<void(std::uint64_t, const Intervention&)> on_intervention;
    std::function<void(std::size_t)> task;
};

struct Snapshot::Impl {
    const Simulation::Impl* of = nullptr;  ///< null: no snapshot was taken yet
    detail::CheckpointHead head;
    std::vector<std::byte> brief;  ///< as written by an archive
    detail::SynapseState::Learnt learnt;
};

}  // namespace izhi
