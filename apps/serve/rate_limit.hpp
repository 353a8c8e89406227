// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace izhi::apps::serve {

/// Limits messages to a number per second and `burst` at once: a bucket of `burst` tokens that fills steadily.
class RateLimit {
public:
    using Time = std::chrono::steady_clock::time_point;
    constexpr RateLimit(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

    /// Counts one message at this time. @return whether it is within the limit
    bool allow(Time now) {
        if (last_ != Time{})
            tokens_ = std::min(burst_, tokens_ + per_second_ * std::chrono::duration<double>(now - last_).count());
        last_ = now;
        if (tokens_ < 1.0) return false;
        tokens_ -= 1.0;
        return true;
    }

private:
    double per_second_, burst_, tokens_;
    Time last_{};
};

}  // namespace izhi::apps::serve
