// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <cerrno>
#include <cstdint>

namespace izhi::detail {

/// The monotonic clock [ns].
[[nodiscard]] inline std::int64_t now_ns() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

/// Sleeps until a time of this clock, plus the time that waking up takes.
inline void sleep_until_ns(std::int64_t until) noexcept {
    const timespec t{static_cast<time_t>(until / 1'000'000'000), static_cast<long>(until % 1'000'000'000)};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr) == EINTR) {}
}

/// Tells the processor that this is a busy loop.
inline void spin_pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace izhi::detail
