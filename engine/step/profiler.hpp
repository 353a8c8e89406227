// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "engine/base/duration_histogram.hpp"
#include "izhi/profile.hpp"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace izhi::detail {

/// The cheapest clock there is, in units of its own.
[[nodiscard]] inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
    return __rdtsc();
#elif defined(__aarch64__)
    std::uint64_t value;
    asm volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

/// Collects a Profile. Reading the clock around every pass of every block would cost a tenth of the run, so passes are
/// timed in one phase of sixteen; picked by a hash, since rhythms in the network may have a period of sixteen too.
class Profiler {
public:
    Profiler(std::size_t workers, std::uint64_t trace_first_step, std::uint64_t trace_steps);

    [[nodiscard]] static bool samples(std::uint64_t phase) noexcept { return (phase * 0x9E3779B97F4A7C15u) >> 60 == 0; }

    /// Time at work in the passes of a sampled phase.
    void add(std::size_t worker, Activity activity, std::uint64_t elapsed) noexcept {
        workers_[worker].ticks[static_cast<std::size_t>(activity)] += elapsed;
    }
    /// A part's phase is done: how long it took, and whether its passes were timed.
    void add_phase(std::size_t worker, std::uint64_t elapsed, bool sampled) noexcept {
        Worker& w = workers_[worker];
        w.busy += elapsed;
        w.sampled_busy += sampled ? elapsed : 0;
    }
    /// An exchange with other ranks. With no worker at work.
    void add_exchange(std::uint64_t elapsed) noexcept { exchange_ += elapsed; }
    /// Something that took from `begin` to `end`, for the trace.
    void trace(std::size_t worker, Activity activity, std::uint64_t step, std::uint64_t begin,
               std::uint64_t end) noexcept;

    void begin_run() noexcept;
    void end_run(std::uint64_t steps) noexcept;
    /// The phase that ended just before step `step` is complete. Called by one thread at a time.
    template <class CountSpikes>
    void close_phase(std::uint64_t step, std::uint32_t steps, const CountSpikes& count_spikes) noexcept {
        const std::uint64_t now = ticks(), elapsed = (now - last_close_) / steps;
        last_close_ = now;
        step_times_.add(elapsed, steps);
        if (elapsed > least_slow()) keep_slow({step, static_cast<double>(elapsed), count_spikes() / steps});
    }

    /// Everything but what the engine knows (neuron-steps, spikes, events, bytes).
    [[nodiscard]] Profile profile() const;

private:
    struct alignas(64) Worker {
        std::uint64_t ticks[kActivityCount] = {};
        std::uint64_t busy = 0, sampled_busy = 0;
    };
    struct Event {
        Activity activity;
        std::uint32_t worker;
        std::uint64_t step, begin, end;
    };
    static constexpr std::size_t kSlowest = 10, kMostEvents = 1 << 20;

    void keep_slow(const Profile::SlowStep& step) noexcept;
    [[nodiscard]] std::uint64_t least_slow() const noexcept {
        return slowest_.size() < kSlowest ? 0 : static_cast<std::uint64_t>(slowest_.back().us);
    }

    std::vector<Worker> workers_;
    std::uint64_t exchange_ = 0;              ///< [ticks]
    DurationHistogram step_times_;            ///< [ticks]
    std::vector<Profile::SlowStep> slowest_;  ///< with .us in ticks; room for all
    std::uint64_t steps_ = 0;
    std::uint64_t first_tick_ = 0, last_close_ = 0, run_begin_tick_ = 0, run_ticks_ = 0;
    std::chrono::steady_clock::time_point run_begin_;
    double wall_s_ = 0.0;
    std::uint64_t trace_first_, trace_end_;
    std::vector<Event> events_;
    std::atomic<std::size_t> next_event_{0};
};

}  // namespace izhi::detail
