// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "izhi/analysis/spectrum.hpp"

/// What the literature tells of the learning networks, measured the same of the reference and of the engine. A test that
/// includes this also includes izhi/analysis/spectrum.hpp itself, which leaves it out of builds without izhi::analysis.
namespace izhi::test {

/// Takes the spikes of each ms of a network whose first `exc` neurons are excitatory, and tells of the time since the
/// last clear().
class LearningMeter {
public:
    LearningMeter(double exc, double inh) : exc_neurons_(exc), inh_neurons_(inh) {}

    void add(const std::vector<std::uint32_t>& fired) {
        double exc = 0.0;
        for (const std::uint32_t n : fired) exc += n < exc_neurons_ ? 1.0 : 0.0;
        all_.push_back(static_cast<double>(fired.size()));
        exc_.push_back(exc);
    }
    void clear() {
        all_.clear();
        exc_.clear();
    }

    [[nodiscard]] double exc_hz() const { return sum(exc_) / exc_neurons_ / seconds(); }
    [[nodiscard]] double inh_hz() const { return (sum(all_) - sum(exc_)) / inh_neurons_ / seconds(); }
    /// Where the rate of all neurons has its largest power within [low, high).
    [[nodiscard]] double peak_hz(double low_hz, double high_hz) const { return peak(all_, low_hz, high_hz); }
    /// The same of excitatory neurons: slow fluctuations of inhibition, of ten times the rate, hide their gamma.
    [[nodiscard]] double exc_peak_hz(double low_hz, double high_hz) const { return peak(exc_, low_hz, high_hz); }

private:
    [[nodiscard]] double seconds() const { return static_cast<double>(all_.size()) / 1000.0; }
    static double sum(const std::vector<double>& counts) {
        double total = 0.0;
        for (const double c : counts) total += c;
        return total;
    }
    static double peak(const std::vector<double>& counts, double low_hz, double high_hz) {
        const analysis::Spectrum spectrum = analysis::spectrum_of(counts, 1.0);
        double power = 0.0, frequency = 0.0;
        for (std::size_t k = 0; k < spectrum.power.size(); ++k) {
            const double hz = static_cast<double>(k) * spectrum.resolution_hz;
            if (hz < low_hz || hz >= high_hz || spectrum.power[k] <= power) continue;
            power = spectrum.power[k];
            frequency = hz;
        }
        return frequency;
    }

    double exc_neurons_, inh_neurons_;
    std::vector<double> all_, exc_;  // spikes in each ms
};

[[nodiscard]] inline double mean(std::span<const double> values) {
    double sum = 0.0;
    for (const double v : values) sum += v;
    return sum / static_cast<double>(values.size());
}
[[nodiscard]] inline double share_above(std::span<const double> weights, double bound) {
    const auto strong = std::count_if(weights.begin(), weights.end(), [&](double w) { return w > bound; });
    return static_cast<double>(strong) / static_cast<double>(weights.size());
}

}  // namespace izhi::test
