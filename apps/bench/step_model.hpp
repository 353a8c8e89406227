// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "izhi/profile.hpp"

/// What a step of a network would take on more cores than were measured:
///
///     step(1) = work + rest,  work = neuron_ns * neurons + event_ns * events
///     step(T) = max(work * longest(T) + rest / T + barrier(T) / steps_per_phase, rest)
///
/// longest(T) is the share of the worker that has most: blocks are dealt out whole. The barrier is a tree of pairs,
/// barrier(T) = ceil(log2 T) * that of two workers. Recording and closing a step (rest) is done by whoever waits, so it is
/// shared out, but by one worker at a time.
namespace izhi::apps {

/// The constants of a network on a machine.
struct StepCosts {
    double neurons = 0.0, events = 0.0;  ///< neurons, and synaptic events of a mean step
    double neuron_ns = 0.0;              ///< update and noise of a neuron, on one thread
    double event_ns = 0.0;               ///< delivery of a synaptic event, on one thread
    double rest_ns = 0.0;                ///< of a step: what is neither
    std::uint64_t blocks = 1;            ///< pieces in which neurons are dealt to workers, at least 1
    double steps_per_phase = 1.0;        ///< steps between two barriers, at least 1
    double barrier_ns = 0.0;             ///< of two workers

    [[nodiscard]] double work_ns() const noexcept { return neuron_ns * neurons + event_ns * events; }
};

/// From a profile of one thread, stretched so that step_ns(costs, 1) is `step_ns`, what a step took without one.
/// @param blocks, steps_per_phase, barrier_ns see StepCosts
[[nodiscard]] StepCosts costs_of(const Profile& profile, double step_ns, std::uint64_t blocks, double steps_per_phase,
                                 double barrier_ns);

/// How a barrier grows with its workers.
enum class BarrierShape {
    tree,     ///< with ceil(log2 T): what a tree of pairs takes
    counter,  ///< with T - 1: what one counter takes that every worker must fetch, as the crew has it; an upper bound
};
/// Of one worker 0. @param threads at least 1
[[nodiscard]] double barrier_ns(const StepCosts& costs, int threads, BarrierShape shape = BarrierShape::tree);
/// The share of all neurons that the worker has who has most, in [1 / threads, 1].
[[nodiscard]] double longest_share(std::uint64_t blocks, int threads);
[[nodiscard]] double step_ns(const StepCosts& costs, int threads, BarrierShape shape = BarrierShape::tree);
/// Speed over that of one thread, and that over the number of threads: in (0, 1].
[[nodiscard]] double efficiency(const StepCosts& costs, int threads);
/// What the barrier takes of a step, in [0, 1].
[[nodiscard]] double barrier_share(const StepCosts& costs, int threads, BarrierShape shape = BarrierShape::tree);
inline constexpr int kMostModelThreads = 1024;
/// The fewest threads at which the barrier takes more than `share` of a step; none up to kMostModelThreads.
[[nodiscard]] std::optional<int> threads_of_barrier(const StepCosts& costs, double share,
                                                    BarrierShape shape = BarrierShape::tree);

/// What the model takes for granted, a sentence each.
[[nodiscard]] std::span<const std::string_view> model_assumptions() noexcept;

}  // namespace izhi::apps
