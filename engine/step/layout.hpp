// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network/plan.hpp"
#include "engine/state/ranks.hpp"
#include "izhi/simulation.hpp"

/// How a plan is laid over workers. Nothing here changes a result.
namespace izhi::detail {

/// A run of neurons of one population, or of populations that share blocks, updated together. Blocks depend on the plan only.
struct Block {
    Range populations;  ///< those that have neurons here, and empty ones between them
    std::uint32_t first_slot = 0, slots = 0;
    std::uint32_t first_neuron = 0, neurons = 0;
    bool source = false;  ///< spike sources, which have no membrane
};
[[nodiscard]] std::vector<Block> make_blocks(const Plan& plan);

/// A population's neurons in a block, counted from its first.
[[nodiscard]] inline Range neurons_in(const Block& block, const PopulationPlan& population) {
    return {
        std::max(population.first_neuron, block.first_neuron) - block.first_neuron,
        std::min(population.first_neuron + population.size, block.first_neuron + block.neurons) - block.first_neuron};
}

/// Consecutive blocks that one worker updates.
struct PartBlocks {
    Range blocks, slots;
};
/// Cuts the blocks into at most `count` parts of about equal numbers of slots; fewer where there are fewer blocks.
[[nodiscard]] std::vector<PartBlocks> make_parts(const std::vector<Block>& blocks, int count);
/// The same for a range of the blocks. The parts depend on this range only.
[[nodiscard]] std::vector<PartBlocks> make_parts(const std::vector<Block>& blocks, const Range& range, int count);

/// Gives each rank a share of the blocks with about as many slots as that of any other. @param exchange null: one rank
/// @throws Error if there are more ranks than blocks
[[nodiscard]] Ranks make_ranks(const std::vector<Block>& blocks, std::shared_ptr<Exchange> exchange);

/// Slots of the ring of a buffer of sums, where it holds all delays: a power of two.
[[nodiscard]] std::uint32_t ring_slots(const Plan& plan, Delivery delivery, std::size_t buffer);

/// The arguments of late_window(). A window is a number of steps, a power of two.
struct LateRows {
    std::uint32_t whole = 1;              ///< slots of the ring that holds all delays
    std::uint32_t least = 1;              ///< the shortest window
    std::uint32_t longest = 1;            ///< delay in steps
    double stride = 0.0;                  ///< neurons between two slots
    double synapses = 0.0, groups = 0.0;  ///< of an average row in a part
};
/// Slots of the ring of a buffer of sums if rows are pushed late: groups are pushed within this many steps
/// before they are due. With a longer window each row is visited less often; a shorter one stays in nearer caches.
/// @param cache_bytes of the second level
/// @return `whole` if there is no gain: rows are then pushed at once
[[nodiscard]] std::uint32_t late_window(const LateRows& rows, double cache_bytes);
/// This machine's second-level cache [bytes]; a megabyte if the system does not say.
[[nodiscard]] double second_level_cache_bytes();

/// Slots of the rings of a buffer: ring_slots(), or fewer where its rows are pushed late.
/// @param wanted SimulationOptions::delivery_window
[[nodiscard]] std::uint32_t window_slots(const Plan& plan, Delivery delivery, std::size_t parts, std::size_t buffer,
                                         std::uint32_t wanted);
/// Rows that a queue of late delivery has room for: a spike of every neuron, and 50 per second of each for as long as the
/// longest delay. What is more is pushed at once, see SpikeDelivery::push_beyond().
[[nodiscard]] std::uint64_t underway_rows(const Plan& plan, std::uint32_t longest);

/// Steps between two barriers: no spike may act within them, so at most the shortest delay; and no more than lets the
/// spike lists of large networks stay small.
[[nodiscard]] std::uint32_t steps_per_phase(const Plan& plan);
inline constexpr std::uint32_t kMostPhaseSteps = 16;

/// The longest sub-step of the accurate numerics [ms]: halving it moves no spike of the seven cell types by 0.01 ms.
inline constexpr double kLongestSubstepMs = 0.05;
/// Sub-steps of an accurate step.
[[nodiscard]] std::uint32_t substeps(const Plan& plan);

/// Phases whose spike lists are kept, so that recording may fall behind the workers.
inline constexpr std::uint32_t kPhaseRing = 4;

/// About what a step takes on one thread [ns], at 8 spikes per second and neuron.
[[nodiscard]] double expected_step_ns(const Plan& plan);

/// Threads that a step of this network can feed, at most `available`: a step of a few microseconds is over before a
/// second thread has seen it begin.
/// @param ranks that share the step
[[nodiscard]] int useful_threads(const Plan& plan, int available, std::size_t ranks = 1);

/// partition unless that cuts rows into pieces shorter than a cache line, 16 synapses. @param parts of all ranks
[[nodiscard]] Delivery choose_delivery(const Plan& plan, std::size_t parts);

}  // namespace izhi::detail
