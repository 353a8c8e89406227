// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/network/check.hpp"
#include "engine/realtime/latency.hpp"
#include "engine/realtime/scheduling.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/pacing.hpp"
#include "izhi/error.hpp"
#include "izhi/realtime.hpp"

namespace izhi {

using namespace detail;

namespace {

/// How often a waiting run checks for requests.
constexpr std::int64_t kLookNs = 1'000'000;

void check_speed(double speed) { Check{"option"}.number("speed", speed, 0.001, 1000.0); }

const RealtimeOptions& checked(const RealtimeOptions& options) {
    const Check check{"option"};
    check_speed(options.speed);
    if (static_cast<int>(options.late) < 0 || static_cast<int>(options.late) > 2)
        check.fail("late", "is unknown", "catch-up, skip, stop");
    check.number("slack_steps", options.slack_steps, 1.0, 1e6);
    check.number("spin_us", options.spin_us, 0.0, 1e4);
    return options;
}

}  // namespace

struct RealtimeRunner::Impl final : Pacing {
    Impl(Simulation& simulation_in, RealtimeOptions options_in)
        : simulation(simulation_in), options(checked(options_in)), scheduling(options),
          memory_lock(options.lock_memory), wanted_speed(options.speed),
          before(static_cast<std::size_t>(simulation.threads())) {
        simulation.prepare_interventions();
    }

    // Pacing
    void enter(std::size_t worker) noexcept override { before[worker] = scheduling.take(worker); }
    void leave(std::size_t worker) noexcept override { scheduling.put_back(before[worker]); }
    bool await_step(std::uint64_t step) noexcept override;
    void after_step(std::uint64_t steps_done, std::span<const Spike> spikes) noexcept override;
    void rest(std::size_t worker) noexcept override;

    [[nodiscard]] std::int64_t due_of(std::uint64_t steps) const noexcept {
        return anchor_ns + std::llround(static_cast<double>(steps) * period_ns);
    }
    /// The next step is due at `when`, and the steps after it follow at this speed.
    void anchor(std::int64_t when, double speed) noexcept;
    [[nodiscard]] bool wait_while_paused() noexcept;
    [[nodiscard]] bool wait_until_due() noexcept;
    void keep_time(std::uint64_t step, std::int64_t end_ns, std::uint64_t spikes) noexcept;
    template <class Call>
    bool call_client(const Call& call) noexcept;
    [[nodiscard]] bool stopping() const noexcept { return simulation.stop_requested(); }

    Simulation& simulation;
    RealtimeOptions options;
    Scheduling scheduling;
    MemoryLock memory_lock;

    // Requests of other threads
    std::atomic<double> wanted_speed;
    std::atomic<bool> wants_pause{false};
    std::atomic<std::uint64_t> wanted_steps{0};  ///< while paused
    static_assert(std::atomic<double>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free);
    // Values that other threads may read
    std::atomic<bool> is_running{false}, is_paused{false};
    std::atomic<std::uint64_t> seen_steps{0}, seen_missed{0};
    std::atomic<double> seen_step_us{0.0}, seen_late_us{0.0};

    // The run. Written by the worker that closed a step, while the others rest.
    StepClient* client = nullptr;
    std::exception_ptr failure;
    RealtimeReport report;
    DurationHistogram step_times, latenesses;
    WorstSteps longest{&RealtimeReport::WorstStep::step_us}, latest{&RealtimeReport::WorstStep::late_us};
    double speed = 1.0, period_ns = 1e6;
    std::int64_t anchor_ns = 0;      ///< when the schedule began
    std::uint64_t since_anchor = 0;  ///< steps of this schedule that have begun
    std::int64_t due_ns = 0, began_ns = 0;
    double events_before = 0.0, events_due = 0.0;
    std::atomic<std::int64_t> next_due_ns{0};  ///< for resting workers
    std::vector<Scheduling::Before> before;    ///< by worker
};

void RealtimeRunner::Impl::anchor(std::int64_t when, double new_speed) noexcept {
    speed = new_speed;
    period_ns = simulation.network().dt_ms() * 1e6 / speed;
    anchor_ns = when;
    since_anchor = 0;
}

/// Returns false if the run is to end.
bool RealtimeRunner::Impl::wait_while_paused() noexcept {
    if (!wants_pause.load(std::memory_order_relaxed)) return true;
    const auto take_step = [&] {
        std::uint64_t left = wanted_steps.load(std::memory_order_relaxed);
        while (left > 0 && !wanted_steps.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) {}
        return left > 0;
    };
    if (take_step()) return true;
    is_paused.store(true, std::memory_order_relaxed);
    bool goes_on = true;
    while (wants_pause.load(std::memory_order_relaxed) && !take_step()) {
        goes_on = !stopping() && call_client([&] { client->while_paused(simulation); });
        if (!goes_on) break;
        sleep_until_ns(now_ns() + kLookNs);
    }
    is_paused.store(false, std::memory_order_relaxed);
    anchor(now_ns(), speed);  // a pause does not count as lateness
    return goes_on;
}

/// Returns false if the run is to end.
bool RealtimeRunner::Impl::wait_until_due() noexcept {
    const auto spin_ns = static_cast<std::int64_t>(options.spin_us * 1e3);
    for (;;) {
        if (stopping()) return false;
        const std::int64_t now = now_ns();
        if (now >= due_ns) return true;
        const std::int64_t sleep_end = due_ns - spin_ns;
        if (now >= sleep_end) {
            spin_pause();
            continue;
        }
        sleep_until_ns(std::min(sleep_end, now + 20 * kLookNs));
    }
}

bool RealtimeRunner::Impl::await_step(std::uint64_t step) noexcept {
    if (failure || report.stopped_late) return false;
    if (!wait_while_paused()) return false;
    if (const double wanted = wanted_speed.load(std::memory_order_relaxed); wanted != speed)
        anchor(std::max(due_of(since_anchor), now_ns()), wanted);
    due_ns = due_of(since_anchor++);
    next_due_ns.store(due_of(since_anchor), std::memory_order_relaxed);
    if (!wait_until_due()) return false;
    began_ns = now_ns();
    return call_client([&] { client->before_step(step, simulation); });
}

void RealtimeRunner::Impl::after_step(std::uint64_t steps_done, std::span<const Spike> spikes) noexcept {
    (void)call_client([&] { client->after_step(steps_done, spikes); });
    keep_time(steps_done - 1, now_ns(), spikes.size());
}

void RealtimeRunner::Impl::keep_time(std::uint64_t step, std::int64_t end_ns, std::uint64_t spikes) noexcept {
    const std::int64_t took = end_ns - began_ns, late = std::max<std::int64_t>(began_ns - due_ns, 0);
    step_times.add(static_cast<std::uint64_t>(std::max<std::int64_t>(took, 0)));
    latenesses.add(static_cast<std::uint64_t>(std::max<std::int64_t>(late, 0)));
    const RealtimeReport::WorstStep this_step{step, static_cast<double>(took) * 1e-3, static_cast<double>(late) * 1e-3,
                                              spikes, events_due};
    longest.offer(this_step);
    latest.offer(this_step);
    const double events = simulation.events();
    events_due = events - events_before;
    events_before = events;
    ++report.steps;
    report.spikes += spikes;

    const double deadline = static_cast<double>(due_ns) + options.slack_steps * period_ns;
    if (static_cast<double>(end_ns) > deadline) {
        ++report.missed;
        if (options.late == LatePolicy::stop) report.stopped_late = true;
        if (const std::int64_t lost = end_ns - due_of(since_anchor); options.late == LatePolicy::skip && lost > 0) {
            report.skipped_ms += static_cast<double>(lost) * 1e-6;
            anchor_ns += lost;
        }
    }
    seen_steps.store(step + 1, std::memory_order_relaxed);
    seen_missed.store(report.missed, std::memory_order_relaxed);
    seen_step_us.store(this_step.step_us, std::memory_order_relaxed);
    seen_late_us.store(this_step.late_us, std::memory_order_relaxed);
}

void RealtimeRunner::Impl::rest(std::size_t) noexcept {
    // Each worker wakes by its own timer: if the worker that opens the step woke it, it would begin later by a wake-up
    // time.
    const std::int64_t due = next_due_ns.load(std::memory_order_relaxed);
    const std::int64_t wake = due - static_cast<std::int64_t>(options.spin_us * 1e3);
    if (now_ns() < wake) sleep_until_ns(std::min(wake, now_ns() + 20 * kLookNs));
    for (const std::int64_t most = now_ns() + 20 * kLookNs; now_ns() < std::min(due, most);) spin_pause();
}

/// Calls the client, if there is one; an exception ends the run.
template <class Call>
bool RealtimeRunner::Impl::call_client(const Call& call) noexcept {
    if (!client || failure) return !failure;
    try {
        call();
    } catch (...) { failure = std::current_exception(); }
    return !failure;
}

RealtimeRunner::RealtimeRunner(Simulation& simulation, RealtimeOptions options)
    : impl_(std::make_unique<Impl>(simulation, std::move(options))) {}
RealtimeRunner::~RealtimeRunner() = default;

RealtimeReport RealtimeRunner::run(std::uint64_t steps, StepClient* client, Observer* observer) {
    Impl& impl = *impl_;
    impl.client = client;
    impl.failure = nullptr;
    impl.report = {};
    impl.step_times = {};
    impl.latenesses = {};
    impl.longest = WorstSteps{&RealtimeReport::WorstStep::step_us};
    impl.latest = WorstSteps{&RealtimeReport::WorstStep::late_us};
    impl.events_before = impl.simulation.events();
    impl.events_due = 0.0;
    impl.seen_steps.store(impl.simulation.steps_done());
    impl.seen_missed.store(0);
    impl.anchor(now_ns(), impl.wanted_speed.load());
    impl.is_running.store(true);
    RunReport run;
    const auto finish = [&] {
        impl.is_running.store(false);
        impl.client = nullptr;
    };
    try {
        run = impl.simulation.run_paced(steps, observer, impl_.get());
    } catch (const RunError& why) {
        finish();
        if (client != nullptr) client->run_failed(why);
        throw;
    } catch (...) {
        finish();
        throw;
    }
    finish();
    if (impl.failure) std::rethrow_exception(std::exchange(impl.failure, nullptr));
    RealtimeReport report = impl.report;
    report.wall_s = run.wall_s;
    report.stopped = run.stopped;
    report.step_time = distribution_of(impl.step_times);
    report.lateness = distribution_of(impl.latenesses);
    report.step_time_histogram = bins_of(impl.step_times);
    report.lateness_histogram = bins_of(impl.latenesses);
    report.longest = impl.longest.steps();
    report.latest = impl.latest.steps();
    return report;
}

void RealtimeRunner::pause() noexcept {
    impl_->wanted_steps.store(0, std::memory_order_relaxed);
    impl_->wants_pause.store(true, std::memory_order_relaxed);
}
void RealtimeRunner::resume() noexcept { impl_->wants_pause.store(false, std::memory_order_relaxed); }
void RealtimeRunner::step(std::uint64_t steps) noexcept {
    impl_->wanted_steps.fetch_add(steps, std::memory_order_relaxed);
}
void RealtimeRunner::set_speed(double speed) {
    check_speed(speed);
    impl_->wanted_speed.store(speed, std::memory_order_relaxed);
}
void RealtimeRunner::stop() noexcept { impl_->simulation.request_stop(); }

RealtimeStatus RealtimeRunner::status() const noexcept {
    RealtimeStatus s;
    s.steps_done = impl_->seen_steps.load(std::memory_order_relaxed);
    s.speed = impl_->wanted_speed.load(std::memory_order_relaxed);
    s.running = impl_->is_running.load(std::memory_order_relaxed);
    s.paused = impl_->is_paused.load(std::memory_order_relaxed);
    s.missed = impl_->seen_missed.load(std::memory_order_relaxed);
    s.step_us = impl_->seen_step_us.load(std::memory_order_relaxed);
    s.late_us = impl_->seen_late_us.load(std::memory_order_relaxed);
    return s;
}

int realtime_threads(const Network& network, double speed, int available) {
    // A step that takes a tenth of its time leaves room for the busiest steps, which take several times as long.
    constexpr double share = 0.1;
    const double wanted = expected_step_ns(network.plan()) / (share * network.dt_ms() * 1e6 / speed);
    return std::clamp(static_cast<int>(std::ceil(std::min(wanted, 1024.0))), 1,
                      useful_threads(network.plan(), available));
}

std::string_view to_string(LatePolicy policy) noexcept {
    switch (policy) {
        case LatePolicy::catch_up: return "catch-up";
        case LatePolicy::skip: return "skip";
        case LatePolicy::stop: return "stop";
    }
    return "?";
}

}  // namespace izhi
