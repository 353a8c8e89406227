// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "engine/base/duration_histogram.hpp"
#include "izhi/realtime.hpp"

namespace izhi::detail {

/// The percentiles and bins of durations in nanoseconds.
[[nodiscard]] RealtimeReport::Distribution distribution_of(const DurationHistogram& ns);
[[nodiscard]] std::vector<RealtimeReport::Bin> bins_of(const DurationHistogram& ns);

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
