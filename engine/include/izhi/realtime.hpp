// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "izhi/error.hpp"
#include "izhi/simulation.hpp"

/// Running a network in step with the clock on the wall, with somebody in the loop.
namespace izhi {

/// What happens after a step that missed its deadline. No spike is ever dropped.
enum class LatePolicy {
    catch_up,  ///< the next steps follow at once until the run is back on its schedule
    skip,  ///< the schedule moves by what was lost: biological time falls behind the clock, steps keep their distance
    stop,  ///< the run ends
};
[[nodiscard]] std::string_view to_string(LatePolicy policy) noexcept;  ///< "catch-up", "skip", "stop"

/// How a run is paced, and what is asked of the system for it.
struct RealtimeOptions {
    double speed = 1.0;  ///< biological over wall time, in [0.001, 1000]
    LatePolicy late = LatePolicy::catch_up;
    /// A step misses its deadline when it is done later than this many steps after it was due to start; 1 to 1e6.
    std::uint32_t slack_steps = 1;
    std::vector<int> cpus{};  ///< processors for the run's threads, in turn; empty: left to the system
    /// SCHED_FIFO, 1 to 99; 0: the usual scheduling, under which the run's threads ask for slices of 0.1 ms (Linux 6.12
    /// and later heed that) and so come first when a step is due.
    int fifo_priority = 0;
    bool lock_memory = false;  ///< keep all memory of the process from being paged out
    double spin_us = 50.0;     ///< waits end in a busy loop this long, for waking up takes as much; 0 to 10,000
};

/// Threads that a paced run of a network has use for, at most `available`: one unless its steps would fill a fair part of
/// their time. Each thread more is one more that the system may hold up.
[[nodiscard]] int realtime_threads(const Network& network, double speed, int available);

/// Somebody in the loop. Calls come one at a time, between steps, though perhaps from different threads. They are part
/// of the step's time. What they throw ends the run and comes out of run().
class StepClient {
public:
    virtual ~StepClient() = default;
    /// Step number `step`, counted from 0, is about to be done: the place for Simulation::apply().
    virtual void before_step(std::uint64_t /*step*/, Simulation& /*simulation*/) {}
    /// `step` steps are done. The spikes of the last, sorted by neuron; valid during the call.
    virtual void after_step(std::uint64_t /*step*/, std::span<const Spike> /*spikes*/) {}
    /// Called about every millisecond while the run is paused; Simulation::apply() is allowed.
    virtual void while_paused(Simulation& /*simulation*/) {}
    /// A neuron left the range of single precision: no step follows. RealtimeRunner::run() throws `why` after this call.
    virtual void run_failed(const RunError& /*why*/) noexcept {}
};

namespace detail {
template <class Before, class After>
class StepFunctions final : public StepClient {
public:
    StepFunctions(Before before, After after) : before_(std::move(before)), after_(std::move(after)) {}
    void before_step(std::uint64_t step, Simulation& simulation) override { before_(step, simulation); }
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override { after_(step, spikes); }

private:
    Before before_;
    After after_;
};
}  // namespace detail

/// A client of two functions, for who needs no class of its own: before(step, simulation) and after(step, spikes), as in
/// StepClient. One that is not needed is [](auto&&...) {}.
///
///     auto client = izhi::step_client([&](std::uint64_t, izhi::Simulation& s) { s.apply(input); },
///                                     [&](std::uint64_t, std::span<const izhi::Spike> fired) { count += fired.size(); });
///     izhi::RealtimeRunner(simulation).run(1000, &client);
template <class Before, class After>
[[nodiscard]] auto step_client(Before before, After after) {
    return detail::StepFunctions<Before, After>(std::move(before), std::move(after));
}

/// How a run kept its times. A step's *lateness* is the time from when it was due to when it began; its *step time* from
/// when it began until it was done, clients included.
struct RealtimeReport {
    /// [us]. Percentiles are those of a histogram with 32 bins per octave: the bin's upper end, at most 3 % too high.
    struct Distribution {
        double p50_us = 0.0, p99_us = 0.0, p999_us = 0.0, max_us = 0.0, mean_us = 0.0;
    };
    /// A bin of a histogram, [low_us, high_us).
    struct Bin {
        double low_us = 0.0, high_us = 0.0;
        std::uint64_t steps = 0;
    };
    /// One of the longest steps or of those that began latest.
    struct WorstStep {
        std::uint64_t step = 0;  ///< counted from 0
        double step_us = 0.0, late_us = 0.0;
        std::uint64_t spikes = 0;  ///< found in it
        double events =
            0.0;  ///< synapses that the spikes of the step before reach: their number times the mean out-degree
    };

    std::uint64_t steps = 0, spikes = 0;
    double wall_s = 0.0;
    std::uint64_t missed = 0;   ///< deadlines
    double skipped_ms = 0.0;    ///< wall time by which LatePolicy::skip moved the schedule
    bool stopped = false;       ///< ended early
    bool stopped_late = false;  ///< by LatePolicy::stop
    Distribution step_time, lateness;
    std::vector<Bin> step_time_histogram, lateness_histogram;  ///< bins in use, in order
    std::vector<WorstStep> longest, latest;                    ///< up to 10 each, the worst first
};

/// How a run is doing just now.
struct RealtimeStatus {
    std::uint64_t steps_done = 0;
    double speed = 1.0;
    bool running = false, paused = false;
    std::uint64_t missed = 0;             ///< deadlines since the run began
    double step_us = 0.0, late_us = 0.0;  ///< of the last step
};

/// Paces a simulation: step k starts k * dt / speed after the run began, on the monotonic clock, with absolute deadlines,
/// so errors do not add up. Between steps the thread sleeps, then spins. In its loop nothing is allocated, no lock is
/// taken, and no system call is made but for the clock and the sleep; what clients and observers do is theirs. run() is for one
/// thread at a time; what other threads may call says so.
class RealtimeRunner {
public:
    /// @param simulation outlives the runner
    /// @throws Error for options out of range, and for those that this machine or this user's rights refuse
    explicit RealtimeRunner(Simulation& simulation, RealtimeOptions options = {});
    ~RealtimeRunner();
    RealtimeRunner(const RealtimeRunner&) = delete;
    RealtimeRunner& operator=(const RealtimeRunner&) = delete;

    /// Runs this many steps, or until stopped. @param client and @param observer may be null
    /// @throws RunError if a neuron left the range of single precision, and whatever client or observer threw
    RealtimeReport run(std::uint64_t steps, StepClient* client = nullptr, Observer* observer = nullptr);

    // From any thread, and from clients; they act between two steps.
    void pause() noexcept;
    void resume() noexcept;
    /// While paused: does this many more steps at the run's speed, then is paused again.
    void step(std::uint64_t steps = 1) noexcept;
    /// @throws Error if out of range
    void set_speed(double speed);
    /// Ends the run; safe from signal handlers.
    void stop() noexcept;
    [[nodiscard]] RealtimeStatus status() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi
