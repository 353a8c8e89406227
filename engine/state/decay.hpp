// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/network/random.hpp"
#include "simd/kernels.hpp"

namespace izhi::detail {

/// exp(-n dt / tau) for any number of steps n, in single precision: a table for small n, products of powers beyond. It
/// is portable, and does not depend on how a time is divided. Below simd::kNegligible it is 0.
class Decay {
public:
    Decay() : Decay(1.0, 1.0) {}
    Decay(double dt_ms, double tau_ms) {
        double power = portable_exp_minus(dt_ms / tau_ms);
        for (double& p : powers_) {
            p = power;
            power *= power;
        }
        constexpr std::size_t most = 4096;  // 16 KB, for look-ups in hot loops
        do table_.push_back(product(table_.size()));
        while (table_.back() > 0.0f && table_.size() < most);
        complete_ = table_.back() == 0.0f;
    }

    [[nodiscard]] float after(std::uint64_t steps) const noexcept {
        return steps < table_.size() ? table_[steps] : complete_ ? 0.0f : product(steps);
    }
    [[nodiscard]] float one_step() const noexcept { return after(1); }

    /// The same function for a hot loop: a copy whose pointers stay in registers, whatever the loop writes.
    class Table {
    public:
        explicit Table(const Decay& law) noexcept
            : law_(law), values_(law.table_.data()), size_(law.table_.size()), complete_(law.complete_) {}
        [[nodiscard]] float after(std::uint32_t steps) const noexcept {
            if (steps < size_) return values_[steps];
            return complete_ ? 0.0f : law_.product(steps);
        }

    private:
        const Decay& law_;
        const float* values_;
        std::size_t size_;
        bool complete_;
    };

private:
    [[nodiscard]] float product(std::uint64_t steps) const noexcept {
        double product = 1.0;
        for (std::size_t bit = 0; bit < powers_.size() && steps >> bit != 0 && product > simd::kNegligible; ++bit)
            if (steps >> bit & 1u) product *= powers_[bit];
        return product > simd::kNegligible ? static_cast<float>(product) : 0.0f;
    }
    std::array<double, 63> powers_{};  ///< decay over 2^bit steps
    std::vector<float> table_;
    bool complete_ = false;  ///< beyond the table everything is 0
};

}  // namespace izhi::detail
