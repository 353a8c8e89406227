// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "izhi/profile.hpp"

/// A model of the time of a step on more cores than were measured:
///
///     step(1) = work + rest,  work = neuron_ns * neurons + event_ns * events
///     step(T) = max(work * longest(T) + rest / T + barrier(T) / steps_per_phase, rest)
///
/// longest(T) is the share of the worker with the most work, because blocks are not divided. The barrier is a tree of
/// pairs: barrier(T) = ceil(log2 T) * that of two workers. Waiting workers do the rest (recording and closing a step),
/// so it is divided among them, but one worker at a time does it.
namespace izhi::apps {

/// The constants of the model for a network on a machine.
struct StepCosts {
    double neurons = 0.0, events = 0.0;  ///< neurons, and synaptic events of a mean step
    double neuron_ns = 0.0;              ///< update and noise of a neuron, on one thread
    double event_ns = 0.0;               ///< delivery of a synaptic event, on one thread
    double rest_ns = 0.0;                ///< the rest of a step
    std::uint64_t blocks = 1;            ///< blocks of neurons that are distributed to workers, at least 1
    double steps_per_phase = 1.0;        ///< steps between two barriers, at least 1
    double barrier_ns = 0.0;             ///< barrier of two workers

    [[nodiscard]] double work_ns() const noexcept { return neuron_ns * neurons + event_ns * events; }
};

/// Computes the constants from a profile of one thread, scaled so that step_ns(costs, 1) is `step_ns`, the time of a
/// step without profile.
/// @param blocks, steps_per_phase, barrier_ns see StepCosts
[[nodiscard]] StepCosts costs_of(const Profile& profile, double step_ns, std::uint64_t blocks, double steps_per_phase,
                                 double barrier_ns);

/// How the barrier grows with the number of workers.
enum class BarrierShape {
    tree,     ///< with ceil(log2 T), as for a tree of pairs
    counter,  ///< with T - 1, as for one counter that every worker must fetch, as in the crew; an upper bound
};
/// The time of the barrier; 0 for one worker. @param threads at least 1
[[nodiscard]] double barrier_ns(const StepCosts& costs, int threads, BarrierShape shape = BarrierShape::tree);
/// The share of all neurons of the worker with the most neurons, in [1 / threads, 1].
[[nodiscard]] double longest_share(std::uint64_t blocks, int threads);
[[nodiscard]] double step_ns(const StepCosts& costs, int threads, BarrierShape shape = BarrierShape::tree);
/// The speed relative to one thread, divided by the number of threads, in (0, 1].
[[nodiscard]] double efficiency(const StepCosts& costs, int threads);
/// The share of a step that the barrier takes, in [0, 1].
[[nodiscard]] double barrier_share(const StepCosts& costs, int threads, BarrierShape shape = BarrierShape::tree);
inline constexpr int kMostModelThreads = 1024;
/// The smallest number of threads at which the barrier takes more than `share` of a step; nothing if there is none up
/// to kMostModelThreads.
[[nodiscard]] std::optional<int> threads_of_barrier(const StepCosts& costs, double share,
                                                    BarrierShape shape = BarrierShape::tree);

/// The assumptions of the model, one phrase each.
[[nodiscard]] std::span<const std::string_view> model_assumptions() noexcept;

}  // namespace izhi::apps
