// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "izhi/isa.hpp"

/// Where the time of a run goes. Switched on by SimulationOptions::profile, read by Simulation::profile().
namespace izhi {

/// What a worker does in the course of a step.
enum class Activity {
    noise,       ///< bias, noise and stimuli
    reduce,      ///< adding and clearing the current buffers
    update,      ///< the neuron equations
    scan,        ///< resets, and listing who fired
    deliver,     ///< pushing the synapses of spikes, plastic ones aside
    arrive,      ///< pushing and depressing plastic synapses; weights taking up what was summed up for them
    potentiate,  ///< changing the plastic synapses of neurons that fired
    record,      ///< handing spikes and samples to the observer, hash and counts included
    wait,        ///< for other workers
};
inline constexpr std::size_t kActivityCount = 9;
[[nodiscard]] std::string_view to_string(Activity activity) noexcept;

/// Where the time of a simulation went, over all of its runs so far.
struct Profile {
    double wall_s = 0.0;  ///< duration of all runs since the profile began
    std::uint64_t steps = 0;
    std::uint64_t neuron_steps = 0;
    std::uint64_t spikes = 0;
    /// At synapses that do not learn: spikes times the mean out-degree of their population.
    std::uint64_t synaptic_events = 0;
    /// At plastic synapses, counted one by one: spikes of their sources that arrived, and spikes of their targets that acted.
    std::uint64_t plastic_arrivals = 0, potentiations = 0;

    /// Thread-seconds of each activity, over all workers. record and wait are timed in every phase, the others in one of
    /// sixteen, picked by a hash, and scaled up.
    std::array<double, kActivityCount> seconds{};
    [[nodiscard]] double seconds_of(Activity a) const noexcept { return seconds[static_cast<std::size_t>(a)]; }
    /// Bytes read and written by each activity, counted from the sizes of what it touches (caches may serve them).
    std::array<double, kActivityCount> bytes{};
    /// Single-precision operations (+ - * compare) of the update, counted from its equations.
    double update_flops = 0.0;

    /// Of each worker: seconds at work and seconds waiting.
    struct Worker {
        double busy_s = 0.0, wait_s = 0.0;
    };
    std::vector<Worker> workers;

    /// Wall time of a step [us]; the quantiles are right to 2 %.
    double step_p50_us = 0.0, step_p99_us = 0.0, step_max_us = 0.0;
    /// A step that took long.
    struct SlowStep {
        std::uint64_t step = 0;    ///< the last step of the phase
        double us = 0.0;           ///< per step of the phase
        std::uint64_t spikes = 0;  ///< per step of the phase, rounded down
    };
    std::vector<SlowStep> slowest;  ///< the ten slowest, slowest first

    /// What workers did in the window of SimulationOptions::trace_first_step and trace_steps.
    /// A stretch of work of one worker.
    struct Event {
        Activity activity = Activity::wait;  ///< update stands for the whole of noise, reduce, update and scan
        std::uint32_t worker = 0;
        std::uint64_t step = 0;
        double begin_us = 0.0, end_us = 0.0;  ///< since the profile began
    };
    std::vector<Event> events;
    std::uint64_t events_lost = 0;  ///< that found the list full
};

/// What this machine can do, measured anew: about a tenth of a second.
struct MachineLimits {
    double memory_bytes_per_s = 0.0;      ///< reading and writing arrays too large for caches, all threads
    double arithmetic_flops_per_s = 0.0;  ///< multiplies and adds of the chosen ISA, not fused, all threads
};
[[nodiscard]] MachineLimits measure_machine_limits(int threads, Isa isa);

/// What `threads` workers lose at the barrier between two phases of steps [s]: the time of a phase in which each has the same
/// 2 us of work, less that work. Measured anew, best of some tries, a tenth of a second on two threads. Too much where
/// other programs hold the processors or there are fewer than threads. 0 for one thread. @throws Error unless 1 to 1024
[[nodiscard]] double measure_barrier_s(int threads);

}  // namespace izhi
