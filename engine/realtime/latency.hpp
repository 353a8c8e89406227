// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "izhi/realtime.hpp"

namespace izhi::detail {

/// A histogram of durations from 1 ns to about five hours, 32 bins to an octave; below 32 ns one bin to a nanosecond.
/// Adding allocates nothing.
class DurationHistogram {
public:
    DurationHistogram() : counts_(kOctaves * kPerOctave) {}
    void add(std::int64_t ns) noexcept;
    [[nodiscard]] RealtimeReport::Distribution distribution() const;
    [[nodiscard]] std::vector<RealtimeReport::Bin> bins() const;

private:
    static constexpr std::size_t kPerOctave = 32, kOctaves = 40;
    [[nodiscard]] static std::size_t bin_of(std::uint64_t ns) noexcept;
    [[nodiscard]] static double low_end_us(std::size_t bin) noexcept;
    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
    std::int64_t longest_ = 0;
    double sum_ = 0.0;
};

/// The few worst of many steps, the worst first.
class WorstSteps {
public:
    using Step = RealtimeReport::WorstStep;
    explicit WorstSteps(double Step::*key) : key_(key) {}
    void offer(const Step& step) noexcept;
    [[nodiscard]] std::vector<Step> steps() const {
        return {steps_.begin(), steps_.begin() + static_cast<long>(count_)};
    }

private:
    double Step::*key_;
    std::array<Step, 10> steps_{};
    std::size_t count_ = 0;
};

}  // namespace izhi::detail
