// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/isa.hpp"

/// Profiles: where the time of a run goes. SimulationOptions::profile turns them on, Simulation::profile() returns one.
namespace izhi {

/// What a worker does during a step.
enum class Activity {
    noise,       ///< bias, noise and stimuli
    reduce,      ///< adding and clearing the current buffers
    update,      ///< the neuron equations
    scan,        ///< resets, and listing the neurons that fired
    deliver,     ///< pushing the synapses of spikes, except plastic ones
    arrive,      ///< pushing and depressing plastic synapses; adding the summed changes to weights
    potentiate,  ///< changing the plastic synapses of neurons that fired
    record,      ///< passing spikes and samples to the observer, including hash and counts
    wait,        ///< waiting for other workers
    exchange,    ///< giving spikes to other ranks and waiting for theirs, see exchange.hpp; one worker for all
};
inline constexpr std::size_t kActivityCount = 10;
[[nodiscard]] IZHI_API std::string_view to_string(Activity activity) noexcept;

/// The profile of a simulation, over all of its runs so far. Among ranks it is that of rank 0: its times, and the work of
/// its neurons.
struct Profile {
    double wall_s = 0.0;  ///< duration of all runs since the profile began
    std::uint64_t steps = 0;
    std::uint64_t neuron_steps = 0;
    std::uint64_t spikes = 0;
    /// Events at synapses without plasticity: spikes times the mean out-degree of their population.
    std::uint64_t synaptic_events = 0;
    /// Events at plastic synapses, counted one by one: arrivals of spikes of their sources, and spikes of their
    /// targets.
    std::uint64_t plastic_arrivals = 0, potentiations = 0;

    /// Thread-seconds of each activity, over all workers. record, wait and exchange are timed in every phase, the others in one
    /// phase in sixteen, selected by a hash, and scaled up.
    std::array<double, kActivityCount> seconds{};
    [[nodiscard]] double seconds_of(Activity a) const noexcept { return seconds[static_cast<std::size_t>(a)]; }
    /// Bytes that each activity reads and writes, counted from the sizes of its data (which may come from caches).
    std::array<double, kActivityCount> bytes{};
    /// Single-precision operations (+ - * compare) of the update, counted from the equations.
    double update_flops = 0.0;

    /// Seconds at work and seconds waiting of one worker.
    struct Worker {
        double busy_s = 0.0, wait_s = 0.0;
    };
    std::vector<Worker> workers;

    /// Wall time of a step [us]; the quantiles are accurate to 2 %.
    double step_p50_us = 0.0, step_p99_us = 0.0, step_max_us = 0.0;
    /// A slow step.
    struct SlowStep {
        std::uint64_t step = 0;    ///< the last step of the phase
        double us = 0.0;           ///< per step of the phase
        std::uint64_t spikes = 0;  ///< per step of the phase, rounded down
    };
    std::vector<SlowStep> slowest;  ///< the ten slowest, slowest first

    /// One activity of one worker, in the window of SimulationOptions::trace_first_step and trace_steps.
    struct Event {
        Activity activity = Activity::wait;  ///< update means noise, reduce, update and scan together
        std::uint32_t worker = 0;
        std::uint64_t step = 0;
        double begin_us = 0.0, end_us = 0.0;  ///< since the profile began
    };
    std::vector<Event> events;
    std::uint64_t events_lost = 0;  ///< events that were lost because the list was full
};

/// The limits of this machine.
struct MachineLimits {
    double memory_bytes_per_s = 0.0;      ///< reading and writing arrays too large for caches, all threads
    double arithmetic_flops_per_s = 0.0;  ///< multiplies and adds of the chosen ISA, not fused, all threads
};
/// Measures them, which takes about a tenth of a second.
[[nodiscard]] IZHI_API MachineLimits measure_machine_limits(int threads, Isa isa);

/// Measures the time that `threads` workers lose at the barrier between two phases of steps [s]: the time of a phase in
/// which each has the same 2 us of work, minus that work. It is the best of several tries and takes a tenth of a second
/// on two threads. The result is too large if other programs use the processors, or if there are fewer processors than
/// threads. It is 0 for one thread.
/// @throws Error unless threads is 1 to 1024
[[nodiscard]] IZHI_API double measure_barrier_s(int threads);

}  // namespace izhi
