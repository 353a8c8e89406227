// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace izhi::apps::serve {

/// So many messages a second, and a few more at once: a bucket that fills steadily and holds `burst`.
class RateLimit {
public:
    using Time = std::chrono::steady_clock::time_point;
    constexpr RateLimit(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

    /// One message at this time: is it within the limit?
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
