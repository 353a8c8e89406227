// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/state/columns.hpp"
#include "engine/step/layout.hpp"
#include "izhi/live.hpp"

namespace izhi::detail {

/// Whether an intervention fits the network. @throws Error
void check_intervention(const Plan& plan, const Intervention& intervention);

/// What interventions add to the input of neurons, and whom they make fire. Changed between steps only.
///
/// The currents of a neuron are added in this order: population current plus its own; pulses in the order they were made;
/// spikes from outside. Memory is taken by prepare(), so that nothing is allocated afterwards.
class LiveInput {
public:
    /// @param own the slots that this rank has; what is for others is left out
    LiveInput(const Plan& plan, const std::vector<Block>& blocks, const Range& own);

    void prepare();

    // What has been checked, and only after prepare().
    void set(const PopulationCurrent& intervention);
    void set(const NeuronCurrents& intervention);
    /// @param step the first that it acts in
    /// @throws Error if too many are under way
    void add(const CurrentPulse& intervention, std::uint64_t step);
    void add(const InputSpikes& intervention);
    void add(const ForcedSpikes& intervention);

    /// Whether add_to() has anything for a block.
    [[nodiscard]] bool reaches(std::uint32_t block) const noexcept {
        return !blocks_live_.empty() && blocks_live_[block].currents;
    }
    /// Adds what reaches block `index` in a step. Spikes from outside are taken: they are of one step.
    void add_to(std::uint32_t index, const Block& block, std::uint64_t step, float* current) noexcept;

    /// Whether neurons of a block are to fire in the next step.
    [[nodiscard]] bool forces(std::uint32_t block) const noexcept {
        return !blocks_live_.empty() && blocks_live_[block].forced;
    }
    /// Adds them to the bitmap of those that fired, once. @param reset reset those that were added, as kernels that reset do
    void force(std::uint32_t index, const Block& block, std::uint64_t* fired, Columns& columns, bool reset) noexcept;

    /// @param now number of steps done. When writing, pulses that are over are taken out
    void transfer(Archive& a, std::uint64_t now);

private:
    struct Pulse {
        Range neurons;
        float amplitude = 0.0f;
        std::uint64_t end_step = 0;
    };
    /// What a block has to look at; written by the worker that has the block.
    struct BlockLive {
        bool currents = false, own = false, once = false, forced = false;
    };
    void transfer_forced(Archive& a);
    /// Whether anything is added to the input, or made to fire, from here on.
    [[nodiscard]] bool acts() const noexcept;
    template <class Use>
    void for_blocks_of(const Range& neurons, const Use& use);
    [[nodiscard]] std::uint32_t block_of(std::uint32_t neuron) const noexcept;

    const Plan& plan_;
    const std::vector<Block>& blocks_;
    Range our_slots_;
    std::vector<BlockLive> blocks_live_;      ///< empty until prepared
    std::vector<float> population_currents_;  ///< by population
    AlignedArray<float> own_, once_;          ///< by slot
    AlignedArray<std::uint64_t> forced_;      ///< bitmap of slots
    std::vector<Pulse> pulses_;               ///< in order; those that are over are taken out when room is needed
};

}  // namespace izhi::detail
