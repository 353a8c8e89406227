// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/network/connectome.hpp"
#include "engine/state/archive.hpp"
#include "engine/state/columns.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/live_input.hpp"
#include "engine/step/lookout.hpp"
#include "engine/step/phase_log.hpp"
#include "engine/step/probes.hpp"
#include "engine/step/profiler.hpp"
#include "engine/step/sources.hpp"
#include "engine/step/spike_delivery.hpp"
#include "engine/step/stimulus.hpp"
#include "engine/step/synapse_state.hpp"
#include "simd/kernels.hpp"

/// The work of a phase, part by part. Precedence, for step s and a synapse of delay d:
///
///     update(s) of a block  <-  all pushes into slot s of its buffers
///     push(spike of s, d) into slot s + d  <-  update(s) of the source's block
///     phase p of any part  <-  phase p - 1 of every part (the barrier)
///
/// Who pushes, and when: engine/step/spike_delivery.hpp.
namespace izhi::detail {

class Stepper {
public:
    /// What a stepper works on. All of it outlives the stepper.
    struct Setting {
        const Plan& plan;
        const Ranks& ranks;
        const std::vector<Block>& blocks;
        const std::vector<PartBlocks>& parts;
        Columns& columns;
        SynapseState& synapses;
        LiveInput& live;
        Sources& sources;
        const simd::Kernels& kernels;
        PhaseLog& log;
        Profiler* profiler;  ///< null: no profile
    };
    /// @param window of late delivery in steps, SimulationOptions::delivery_window
    Stepper(const Setting& setting, const Wiring& wiring, Delivery delivery, std::uint32_t window, std::size_t workers);

    /// Whether the update adds what synapses delivered (but for blocks with traces), rather than a pass of its own.
    [[nodiscard]] bool sums_in_update() const noexcept { return sums_in_kernel_; }

    [[nodiscard]] const Lookout& lookout() const noexcept { return lookout_; }

    /// Whether parts push the spikes of the last phase in a pass of their own, see SpikeDelivery::pushes_apart().
    [[nodiscard]] bool pushes_apart() const noexcept { return spikes_.pushes_apart(); }
    /// This pass, for one part: all parts have to do it before any runs the phase.
    void push_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept;
    /// The spikes of other ranks in a phase are in the log. With no worker at work.
    void hear(std::uint64_t phase) noexcept { spikes_.hear(phase); }

    /// All of one part's work of a phase. @param worker whose buffer spikes go to under Delivery::reduce
    void run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept;

    /// Goes on, from phase `phase`, where another stepper of the same neurons left off, see SpikeDelivery::take_over().
    void take_over(Stepper& other, std::uint64_t phase, std::uint64_t now) noexcept;

    /// What is in flight before a step, see SpikeDelivery::transfer().
    void transfer(Archive& a, std::uint64_t phase, std::uint64_t now, const std::vector<int>& then);

private:
    /// Of each step of a phase: every block of a part needs the same ones.
    using NoiseKeys = std::array<simd::HashKey, kMostPhaseSteps>;
    /// Neurons of a block that fired and are still to be reset: their c and d are on the way from memory while the next
    /// block is updated.
    struct Resets {
        const Columns::PopulationParameters* parameters = nullptr;
        std::uint32_t count = 0;
        bool in_range = true;  ///< u of all that were reset
        std::array<std::uint32_t, kBlockSlots> slots;
    };
    /// @param lap called after each pass with what it was
    template <class Lap>
    void update_blocks(Range blocks, std::size_t part, std::size_t worker, std::uint64_t phase,
                       const NoiseKeys& noise_keys, const Lap& lap) noexcept;
    template <class Lap>
    void update_block(std::uint32_t index, std::size_t part, std::uint64_t phase, const NoiseKeys& noise_keys,
                      Resets& resets, const Lap& lap) noexcept;
    /// A block of spike sources.
    void fire_sources(std::uint32_t index, std::size_t part, std::uint64_t phase) noexcept;
    /// v of populations that have a lowest one.
    void raise_to_floor(const Block& block) noexcept;
    void scan(const Block& block, const std::uint64_t* fired, PhaseLog::List& list, Resets& resets) noexcept;
    void reset(Resets& resets) noexcept;
    /// The parameters of a block's neurons, whichever of the populations that share blocks they belong to.
    [[nodiscard]] const Columns::PopulationParameters& parameters_of(const Block& block) const noexcept {
        return columns_.populations[plan_.populations[block.populations.begin].sharing.begin];
    }

    const Plan& plan_;
    const std::vector<Block>& blocks_;
    const std::vector<PartBlocks>& parts_;
    Columns& columns_;
    LiveInput& live_;
    Sources& sources_;
    Stimuli stimuli_;
    SpikeDelivery spikes_;
    void (*noise_)(const simd::NoiseArgs&);
    std::array<void (*)(const simd::UpdateArgs&), 5> update_;  ///< by ModelForm
    bool resets_in_kernel_, sums_in_kernel_;
    std::uint32_t substeps_;
    Lookout lookout_;
    Probes probes_;
    bool floors_ = false;  ///< any population has a lowest v
    float dt_;
    PhaseLog& log_;
    Profiler* profiler_;  ///< null: no profile
};

}  // namespace izhi::detail
