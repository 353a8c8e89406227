// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "apps/cli/progress.hpp"
#include "disk_forecast.hpp"
#include "izhi/simulation.hpp"
#include "recordings.hpp"

namespace izhi::apps {

/// Passes what a run produces to those who asked for it, shows how far the run is, and looks ahead at the space on the disk.
class RunObserver final : public Observer {
public:
    /// @param recordings null: none
    /// @param first, steps the steps done at the start, and at the end
    /// @param tell whether the forecast of the disk is shown
    RunObserver(Recordings* recordings, Progress& progress, std::uint64_t first, std::uint64_t steps, double dt_ms,
                bool tell);
    /// The run begins: its first second counts from here.
    void begin() { began_ = Clock::now(); }

    void spikes(std::span<const Spike> spikes) override;
    void sample(const Sample& sample) override;
    void weights(const WeightSample& sample) override;
    bool proceed(std::uint64_t step) override;

private:
    using Clock = std::chrono::steady_clock;

    void look_at_disk(std::uint64_t step);

    Recordings* recordings_;
    Progress& progress_;
    double dt_ms_, from_ms_, total_ms_;
    bool tell_;
    std::optional<DiskForecast> forecast_;
    Clock::time_point began_ = Clock::now();
};

}  // namespace izhi::apps
