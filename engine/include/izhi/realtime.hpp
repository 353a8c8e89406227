// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "izhi/error.hpp"
#include "izhi/export.hpp"
#include "izhi/simulation.hpp"

/// Running a network in real time, with clients in the loop.
namespace izhi {

/// What happens after a step that missed its deadline. No policy drops spikes.
enum class LatePolicy {
    catch_up,  ///< the next steps follow at once until the run is back on schedule
    skip,  ///< the schedule moves by the lost time: biological time falls behind the clock, steps keep their distance
    stop,  ///< the run ends
};
[[nodiscard]] IZHI_API std::string_view to_string(LatePolicy policy) noexcept;  ///< "catch-up", "skip", "stop"

/// How a run is paced, and what it asks of the system.
struct RealtimeOptions {
    double speed = 1.0;  ///< biological time over wall time, in [0.001, 1000]
    LatePolicy late = LatePolicy::catch_up;
    /// A step misses its deadline if it is done later than this many steps after it was due to start; 1 to 1e6.
    std::uint32_t slack_steps = 1;
    std::vector<int> cpus{};  ///< processors for the run's threads, in turn; empty: the system chooses
    /// The priority of SCHED_FIFO, 1 to 99. 0: normal scheduling, under which the run's threads ask for time slices of
    /// 0.1 ms, so that they come first when a step is due (Linux 6.12 and later).
    int fifo_priority = 0;
    bool lock_memory = false;  ///< keep the system from paging out memory of the process
    double spin_us = 50.0;  ///< every wait ends with a busy loop this long, because waking up takes time; 0 to 10,000
};

/// The number of threads that a paced run of a network should use, at most `available`: one, unless its steps would
/// fill a large part of their time. Every further thread is one more that the system may delay.
[[nodiscard]] IZHI_API int realtime_threads(const Network& network, double speed, int available);

/// A client in the loop. Calls come one at a time, between steps, but possibly from different threads. They are part
/// of the step's time. If a call throws, the run ends, and run() throws the same.
class IZHI_API StepClient {
public:
    virtual ~StepClient() = default;
    /// Called before step number `step`, counted from 0: the place for Simulation::apply().
    virtual void before_step(std::uint64_t /*step*/, Simulation& /*simulation*/) {}
    /// Called when `step` steps are done, with the spikes of the last step, sorted by neuron; valid during the call.
    virtual void after_step(std::uint64_t /*step*/, std::span<const Spike> /*spikes*/) {}
    /// Called about every millisecond while the run is paused; Simulation::apply() is allowed.
    virtual void while_paused(Simulation& /*simulation*/) {}
    /// Called if a neuron left the range of single precision: no step follows. RealtimeRunner::run() throws `why` after
    /// this call.
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

/// Makes a client from two functions, without a class: before(step, simulation) and after(step, spikes), as in
/// StepClient. For a function that is not needed, pass [](auto&&...) {}.
///
///     auto client = izhi::step_client([&](std::uint64_t, izhi::Simulation& s) { s.apply(input); },
///                                     [&](std::uint64_t, std::span<const izhi::Spike> fired) { count += fired.size(); });
///     izhi::RealtimeRunner(simulation).run(1000, &client);
template <class Before, class After>
[[nodiscard]] auto step_client(Before before, After after) {
    return detail::StepFunctions<Before, After>(std::move(before), std::move(after));
}

/// The timing of a run. The *lateness* of a step is the time from when it was due to when it began; its *step time* is
/// the time from then until it was done, including clients.
struct RealtimeReport {
    /// Figures in [us]. Percentiles come from a histogram with 32 bins per octave: they are the upper end of a bin, at
    /// most 3 % too high.
    struct Distribution {
        double p50_us = 0.0, p99_us = 0.0, p999_us = 0.0, max_us = 0.0, mean_us = 0.0;
    };
    /// A bin of a histogram, [low_us, high_us).
    struct Bin {
        double low_us = 0.0, high_us = 0.0;
        std::uint64_t steps = 0;
    };
    /// One of the longest steps, or of the steps that began latest.
    struct WorstStep {
        std::uint64_t step = 0;  ///< counted from 0
        double step_us = 0.0, late_us = 0.0;
        std::uint64_t spikes = 0;  ///< spikes of the step
        /// Synapses that the spikes of the previous step reach: their number times the mean out-degree.
        double events = 0.0;
    };

    std::uint64_t steps = 0, spikes = 0;
    double wall_s = 0.0;
    std::uint64_t missed = 0;   ///< missed deadlines
    double skipped_ms = 0.0;    ///< wall time by which LatePolicy::skip moved the schedule
    bool stopped = false;       ///< whether it ended early
    bool stopped_late = false;  ///< whether LatePolicy::stop ended it
    Distribution step_time, lateness;
    std::vector<Bin> step_time_histogram, lateness_histogram;  ///< bins in use, in order
    std::vector<WorstStep> longest, latest;                    ///< up to 10 each, the worst first
};

/// The current state of a run.
struct RealtimeStatus {
    std::uint64_t steps_done = 0;
    double speed = 1.0;
    bool running = false, paused = false;
    std::uint64_t missed = 0;             ///< missed deadlines since the run began
    double step_us = 0.0, late_us = 0.0;  ///< of the last step
};

/// Paces a simulation: step k starts k * dt / speed after the run began, on the monotonic clock, with absolute
/// deadlines, so errors do not add up. Between steps the thread sleeps, then spins. The loop does not allocate, takes
/// no locks, and makes no system calls except for the clock and the sleep; clients and observers may. run() is for one
/// thread at a time; the calls that other threads may make say so.
class IZHI_API RealtimeRunner {
public:
    /// @param simulation outlives the runner
    /// @throws Error for options out of range, and for those that this machine or the rights of this user do not allow
    explicit RealtimeRunner(Simulation& simulation, RealtimeOptions options = {});
    ~RealtimeRunner();
    RealtimeRunner(const RealtimeRunner&) = delete;
    RealtimeRunner& operator=(const RealtimeRunner&) = delete;

    /// Runs this many steps, or until stopped. @param client and @param observer may be null
    /// @throws RunError if a neuron left the range of single precision, and what the client or observer threw
    RealtimeReport run(std::uint64_t steps, StepClient* client = nullptr, Observer* observer = nullptr);

    // May be called from any thread and from clients; they act between two steps.
    void pause() noexcept;
    void resume() noexcept;
    /// While paused: runs this many steps at the run's speed, then pauses again.
    void step(std::uint64_t steps = 1) noexcept;
    /// @throws Error if out of range
    void set_speed(double speed);
    /// Ends the run. May be called from signal handlers.
    void stop() noexcept;
    [[nodiscard]] RealtimeStatus status() const noexcept;

private:
    struct IZHI_LOCAL Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi
