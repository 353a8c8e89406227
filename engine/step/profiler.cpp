// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/profiler.hpp"

#include <algorithm>

namespace izhi {

std::string_view to_string(Activity activity) noexcept {
    static constexpr std::string_view names[kActivityCount] = {"noise",  "reduce",     "update", "scan", "deliver",
                                                               "arrive", "potentiate", "record", "wait", "exchange"};
    return names[static_cast<std::size_t>(activity)];
}

namespace detail {

Profiler::Profiler(std::size_t workers, std::uint64_t trace_first_step, std::uint64_t trace_steps)
    : workers_(workers), trace_first_(trace_first_step), trace_end_(trace_first_step + trace_steps) {
    slowest_.reserve(kSlowest + 1);
    if (trace_steps > 0) events_.resize(std::min<std::uint64_t>(kMostEvents, trace_steps * workers * 7));
}

void Profiler::begin_run() noexcept {
    run_begin_ = std::chrono::steady_clock::now();
    run_begin_tick_ = last_close_ = ticks();
    if (first_tick_ == 0) first_tick_ = run_begin_tick_;
}

void Profiler::end_run(std::uint64_t steps) noexcept {
    run_ticks_ += ticks() - run_begin_tick_;
    wall_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - run_begin_).count();
    steps_ += steps;
}

void Profiler::trace(std::size_t worker, Activity activity, std::uint64_t step, std::uint64_t begin,
                     std::uint64_t end) noexcept {
    if (step < trace_first_ || step >= trace_end_) return;
    const std::size_t place = next_event_.fetch_add(1, std::memory_order_relaxed);
    if (place < events_.size()) events_[place] = {activity, static_cast<std::uint32_t>(worker), step, begin, end};
}

void Profiler::keep_slow(const Profile::SlowStep& step) noexcept {
    const auto place =
        std::find_if(slowest_.begin(), slowest_.end(), [&](const Profile::SlowStep& s) { return s.us < step.us; });
    slowest_.insert(place, step);
    if (slowest_.size() > kSlowest) slowest_.pop_back();
}

Profile Profiler::profile() const {
    Profile p;
    p.wall_s = wall_s_;
    p.steps = steps_;
    const double us_per_tick = run_ticks_ > 0 ? wall_s_ * 1e6 / static_cast<double>(run_ticks_) : 0.0;
    constexpr auto wait = static_cast<std::size_t>(Activity::wait), record = static_cast<std::size_t>(Activity::record);
    for (const Worker& w : workers_) {
        const double scale =
            w.sampled_busy > 0 ? static_cast<double>(w.busy) / static_cast<double>(w.sampled_busy) : 0.0;
        for (std::size_t a = 0; a < kActivityCount; ++a) {
            const bool every_phase = a == wait || a == record;
            p.seconds[a] += static_cast<double>(w.ticks[a]) * (every_phase ? 1.0 : scale) * us_per_tick * 1e-6;
        }
        p.workers.push_back({static_cast<double>(w.busy + w.ticks[record]) * us_per_tick * 1e-6,
                             static_cast<double>(w.ticks[wait]) * us_per_tick * 1e-6});
    }
    p.seconds[static_cast<std::size_t>(Activity::exchange)] = static_cast<double>(exchange_) * us_per_tick * 1e-6;
    const auto quantile_us = [&](std::uint64_t parts) {
        const DurationHistogram::Bin bin = step_times_.quantile(parts);
        return (bin.low + bin.high) / 2.0 * us_per_tick;
    };
    p.step_p50_us = quantile_us(500);
    p.step_p99_us = quantile_us(990);
    p.step_max_us = static_cast<double>(step_times_.longest()) * us_per_tick;
    p.slowest = slowest_;
    for (Profile::SlowStep& s : p.slowest) s.us *= us_per_tick;
    const std::size_t kept = std::min(next_event_.load(), events_.size());
    p.events_lost = next_event_.load() - kept;
    for (std::size_t i = 0; i < kept; ++i) {
        const Event& e = events_[i];
        const auto since = [&](std::uint64_t tick) {
            return (static_cast<double>(tick) - static_cast<double>(first_tick_)) * us_per_tick;
        };
        p.events.push_back({e.activity, e.worker, e.step, since(e.begin), since(e.end)});
    }
    std::sort(p.events.begin(), p.events.end(), [](const auto& x, const auto& y) { return x.begin_us < y.begin_us; });
    return p;
}

}  // namespace detail
}  // namespace izhi
