// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "run_observer.hpp"

#include <iostream>

#include "apps/cli/signals.hpp"

namespace izhi::apps {

RunObserver::RunObserver(Recordings* recordings, Progress& progress, std::uint64_t first, std::uint64_t steps,
                         double dt_ms, bool tell)
    : recordings_(recordings), progress_(progress), dt_ms_(dt_ms), from_ms_(static_cast<double>(first) * dt_ms),
      total_ms_(static_cast<double>(steps) * dt_ms), tell_(tell) {
    if (recordings == nullptr) return;
    // Beside a spool the files of the recordings are made of it at the end: about as much again.
    forecast_.emplace(recordings->spooled() ? "--checkpoint dir" : "--out", recordings->growing_folder(), steps,
                      recordings->spooled() ? 2.0 : 1.0);
}

void RunObserver::spikes(std::span<const Spike> spikes) {
    if (recordings_ != nullptr) recordings_->spikes(spikes);
}

void RunObserver::sample(const Sample& sample) {
    if (recordings_ != nullptr) recordings_->sample(sample);
}

void RunObserver::weights(const WeightSample& sample) {
    if (recordings_ != nullptr) recordings_->weights(sample);
}

bool RunObserver::proceed(std::uint64_t step) {
    progress_.running(static_cast<double>(step) * dt_ms_, total_ms_, from_ms_);
    if (forecast_) look_at_disk(step);
    // A signal that came between the opening of files and the start of run() has asked nobody to stop.
    return !interrupted();
}

void RunObserver::look_at_disk(std::uint64_t step) {
    const double elapsed_s = std::chrono::duration<double>(Clock::now() - began_).count();
    if (!forecast_->due(elapsed_s)) return;
    const auto line = forecast_->look(elapsed_s, step, recordings_->bytes_so_far());
    if (!line || !tell_) return;
    progress_.clear();
    std::cerr << *line << '\n';
}

}  // namespace izhi::apps
