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

#include "engine/exchange/collective.hpp"
#include "engine/network/connectome.hpp"
#include "engine/network/plan.hpp"
#include "engine/simulation/orders.hpp"
#include "engine/state/archive.hpp"
#include "engine/state/checkpoint.hpp"
#include "engine/state/columns.hpp"
#include "engine/state/ranks.hpp"
#include "engine/step/crew.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/live_input.hpp"
#include "engine/step/pacing.hpp"
#include "engine/step/phase_exchange.hpp"
#include "engine/step/phase_log.hpp"
#include "engine/step/profiler.hpp"
#include "engine/step/recording.hpp"
#include "engine/step/sources.hpp"
#include "engine/step/stepper.hpp"
#include "engine/step/synapse_state.hpp"
#include "izhi/simulation.hpp"

namespace izhi {

/// All data of a simulation, and the work of a run. `simulation_impl.cpp` makes and runs it, `simulation_changes.cpp`
/// changes, saves and restores it, `simulation_ranks.cpp` has what ranks do together, `simulation.cpp` has the public
/// functions.
///
/// Among ranks, rank 0 says what is to be done (tell()), the others do their part of it (obey()). A function that all
/// ranks go through is called by rank 0 after it has told the others.
struct Simulation::Impl final : detail::PhaseWork {
    using Plan = detail::Plan;
    using Wiring = detail::Wiring;
    using Stepper = detail::Stepper;

    /// Checks options and memory, as the constructor does. @throws Error
    static void check(const Network& network, const SimulationOptions& options);
    Impl(Network network_in, SimulationOptions options);
    /// The rest of making it, which needs all ranks. To be called once, before anything below.
    void complete();
    ~Impl() override;

    [[nodiscard]] std::size_t workers() const { return parts.size(); }
    /// The plan with the current weights.
    [[nodiscard]] const Plan& plan_now() const noexcept { return scaled_plan ? *scaled_plan : plan; }
    [[nodiscard]] std::uint64_t synapses_from(std::size_t population) const noexcept;

    // Running
    /// Runs to step `last`, or until stopped. The last closed phase must still be taken.
    void advance(std::uint64_t last, bool on_this_thread);
    /// The same for a run that rank 0 has told the others of.
    void advance_as_first(std::uint64_t last);
    void work(std::size_t worker) noexcept;
    /// Makes room for a phase and determines its steps.
    /// @return false if spikes that are to be read in its steps cannot be read, see Sources::check()
    [[nodiscard]] bool prepare_phase(std::uint64_t phase) noexcept;
    /// The steps of the next phase.
    [[nodiscard]] std::uint32_t next_steps() const noexcept;
    /// Records the weights before the first step. @return whether the run begins
    [[nodiscard]] bool first_weights() noexcept;
    /// Updates dopamine. Networks with dopamine have one step per phase.
    void close_plastic(std::uint64_t phase) noexcept;
    [[nodiscard]] std::uint64_t spikes_in(std::uint64_t phase) const noexcept;
    /// Checks that no neuron has left single precision, because it would compute meaningless values without notice.
    /// @throws RunError
    void check_finite() const;

    // Ranks
    /// Does something that may fail on one rank alone. @throws what it throws, on all ranks if it fails on any
    void together(const std::function<void()>& work) const;
    /// Rank 0: says what is to be done. Without other ranks it does nothing.
    void tell(detail::Order order, std::uint64_t number = 0, std::uint32_t flags = 0,
              std::span<const std::byte> message = {}) const;
    /// Other ranks: wait for orders and do them until one of those that end it, which is returned: end, go or halt.
    [[nodiscard]] detail::Order obey();
    void obey_one(const detail::OrderHead& head, std::span<const std::byte> message);
    /// After a run: checks the state of all ranks, and that all had the same spikes. @throws RunError on all ranks
    void check_run() const;
    /// Exchanges what a phase came to. @return whether the run may go on; `unreadable` and `left_range` are set
    void exchange_phase(std::uint64_t phase) noexcept;
    /// Whether paced runs go on, which rank 0 decides. Waits until the step is due.
    [[nodiscard]] bool await_step() noexcept;
    [[nodiscard]] bool is_paced() const noexcept { return pacing != nullptr || follows_pacing; }
    /// Rank 0 gets a column of a population. @param column indexed by slots of the network
    void collect(const detail::PopulationPlan& population, const float* column, std::span<float> into) const;
    /// Rank 0 gets one value of a column of all slots.
    [[nodiscard]] float collect_one(std::uint32_t column, std::uint32_t slot) const;
    /// A column by its number in Order::read; null if all neurons of the population have the same value.
    [[nodiscard]] const float* column_of(std::uint32_t column, std::size_t population) const;
    [[nodiscard]] std::vector<detail::Connectome::StoredSynapse> stored_synapses(std::uint32_t neuron) const;
    [[nodiscard]] std::vector<PlasticSynapse> plastic_synapses(std::size_t projection, std::uint32_t neuron) const;
    [[nodiscard]] std::vector<PlasticSynapse> all_plastic_synapses(std::size_t projection) const;
    [[nodiscard]] std::vector<detail::Lookout::Sightings> sightings() const;
    // PhaseWork
    void run_part(std::size_t part, std::size_t worker, std::uint64_t pass) noexcept override;
    bool close_phase(std::uint64_t pass) noexcept override;
    void after_phase(std::uint64_t pass, std::size_t worker) noexcept override;
    void take_recording(std::uint64_t phase, std::size_t worker) noexcept;
    void before_wait(std::size_t worker) noexcept override;
    void after_wait(std::size_t worker, std::uint64_t pass) noexcept override;

    // Wiring
    [[nodiscard]] std::unique_ptr<Wiring> wire(const Plan& wired, Executor& by,
                                               const std::function<void(double)>& progress) const;
    [[nodiscard]] std::unique_ptr<Stepper> make_stepper(const Plan& wired, const Wiring& rows);

    // Changing
    void apply(const Intervention& intervention);
    /// What every rank does.
    void apply_here(const Intervention& intervention);
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
    /// Among ranks: the share of each goes to rank 0 at once.
    void copy_of_all(Snapshot::Impl& into);
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
    std::vector<detail::Block> blocks;  ///< of the network
    detail::Ranks ranks;
    std::vector<detail::PartBlocks> parts;  ///< of this rank
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
    std::unique_ptr<detail::PhaseExchange> phase_exchange;  ///< null: one rank
    std::unique_ptr<detail::Profiler> profiler;             ///< null: no profile
    struct alignas(64) WaitBegin {
        std::uint64_t tick = 0;
    };
    std::vector<WaitBegin> wait_begin{workers()};
    std::unique_ptr<Stepper> stepper;
    detail::Crew crew;
    detail::Recording recording;
    detail::Pacing* pacing = nullptr;  ///< pacing of the current run; null: as fast as possible

    std::vector<std::uint64_t> plastic_from;  ///< by population of the source: plastic synapses of all ranks
    bool completed = false;
    /// Of the crew for each phase: two where spikes are pushed in a pass of their own. Fixed, because a worker may ask while
    /// another replaces the stepper.
    std::uint64_t passes = 1;
    bool follows_pacing = false;               ///< in a paced run of rank 0, of which this is another
    detail::PhaseExchange::Flags phase_flags;  ///< in the last phase, by any rank

    std::uint64_t now = 0, end = 0;  ///< steps done; where the current run ends
    double build_s = 0.0;
    std::function<void(std::uint64_t, const Intervention&)> on_intervention;
    std::function<void(std::size_t)> task;
};

/// See Simulation::Impl::together(). @param exchange null: one rank
void do_together(Exchange* exchange, const std::function<void()>& work);

struct Snapshot::Impl {
    const Simulation::Impl* of = nullptr;  ///< null: no snapshot was taken yet
    detail::CheckpointHead head;
    std::vector<std::byte> brief;  ///< as written by an archive; among ranks with what has been learnt
    bool whole = false;            ///< whether it has that
    detail::SynapseState::Learnt learnt;
};

}  // namespace izhi
