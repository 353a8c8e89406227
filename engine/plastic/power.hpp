// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "engine/network/random.hpp"

namespace izhi::detail {

/// x^mu for 0 <= x <= 1 and mu >= 0, in single precision and the same on every machine: a power of the exponent of x times
/// a power of its fraction, which is interpolated. The relative error of the interpolation is at most mu |mu - 1| / 2^23;
/// for mu = 0 and mu = 1 the result is exact. 0^0 is 1.
class PowerTable {
public:
    explicit PowerTable(double mu = 1.0) : at_zero_(mu == 0.0 ? 1.0f : 0.0f) {
        for (std::size_t i = 0; i < fractions_.size(); ++i)
            fractions_[i] = power(1.0 + static_cast<double>(i) / static_cast<double>(kIntervals), mu);
        for (std::size_t i = 0; i < halvings_.size(); ++i)
            halvings_[i] = power(std::ldexp(1.0, -static_cast<int>(i)), mu);
    }

    /// @param x beyond [0, 1] it is taken as the bound, so that a rounding error cannot lead out of the tables
    [[nodiscard]] float of(float x) const noexcept {
        if (!(x >= 0x1p-126f)) return at_zero_;
        if (x >= 1.0f) return 1.0f;
        const auto bits = std::bit_cast<std::uint32_t>(x);
        const std::uint32_t halvings = 127 - (bits >> 23), fraction = bits & 0x7fffff;
        const std::uint32_t place = fraction >> kShift;
        const float rest = static_cast<float>(fraction & ((1u << kShift) - 1)) * (1.0f / (1u << kShift));
        const float below = fractions_[place];
        return (below + (fractions_[place + 1] - below) * rest) * halvings_[halvings];
    }

private:
    static constexpr std::uint32_t kIntervals = 1024, kShift = 13;  // 2^23 places of a fraction
    static float power(double x, double mu) {
        if (mu == 1.0) return static_cast<float>(x);  // the logarithm would round it
        return static_cast<float>(portable_exp(mu * portable_log(x)));
    }
    std::array<float, kIntervals + 1> fractions_{};  ///< (1 + i / 1024)^mu
    std::array<float, 127> halvings_{};              ///< (2^-i)^mu
    float at_zero_;
};

}  // namespace izhi::detail
