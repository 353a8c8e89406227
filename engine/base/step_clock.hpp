// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace izhi::detail {

/// Converts step numbers to times as people write them. Step 101 of 0.1 ms is at 10.1 ms, although the product of
/// doubles is 10.100000000000001. A time is the double nearest to the decimal number, so its shortest text has no more
/// decimals than dt. If dt has more than nine decimals (1/3), a time is the product.
class StepClock {
public:
    /// @param dt_ms more than 0
    explicit constexpr StepClock(double dt_ms) noexcept : unit_(dt_ms) {
        double scale = 1.0;
        for (int decimals = 0; decimals <= 9; ++decimals, scale *= 10.0) {
            const double scaled = dt_ms * scale;
            if (scaled > 1e9) return;
            const auto whole = static_cast<std::uint64_t>(scaled + 0.5);
            if (whole == 0 || static_cast<double>(whole) / scale != dt_ms) continue;
            unit_ = static_cast<double>(whole);
            scale_ = scale;
            return;
        }
    }
    /// @param steps below 2^53 / 10^9 to get exactly the nearest double
    [[nodiscard]] constexpr double ms(std::uint64_t steps) const noexcept {
        // Both are whole numbers, so the quotient is rounded only once.
        return static_cast<double>(steps) * unit_ / scale_;
    }

private:
    double unit_, scale_ = 1.0;
};

}  // namespace izhi::detail
