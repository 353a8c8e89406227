// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace izhi::detail {

/// While it exists, this thread computes as every program begins: rounding to nearest, with denormal numbers, without traps.
/// A caller may have set something else, which would change spikes; it is set again in the end.
class FloatEnvironment {
public:
    FloatEnvironment(const FloatEnvironment&) = delete;
    FloatEnvironment& operator=(const FloatEnvironment&) = delete;

#if defined(__x86_64__)
    // The control register of vectors alone: nothing here computes on the old floating-point unit, which is slow to set.
    FloatEnvironment() noexcept : before_(_mm_getcsr()) {
        if ((before_ & kSettings) != kUsual) _mm_setcsr(kUsual);
    }
    ~FloatEnvironment() {
        if ((before_ & kSettings) != kUsual) _mm_setcsr(before_);
    }

private:
    static constexpr unsigned kSettings = ~0x3Fu;  ///< all bits but the notes of what happened
    static constexpr unsigned kUsual = 0x1F80;
    unsigned before_;
#else
    FloatEnvironment() noexcept {
        (void)std::fegetenv(&before_);
        (void)std::fesetenv(FE_DFL_ENV);
    }
    ~FloatEnvironment() { (void)std::fesetenv(&before_); }

private:
    std::fenv_t before_{};
#endif
};

}  // namespace izhi::detail
