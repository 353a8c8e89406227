// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace izhi::detail {

/// A histogram of durations in ticks of any clock, with 32 bins per octave; below 32 ticks one bin per tick. For nanoseconds it
/// reaches to about five hours; longer durations are counted in the last bin. Adding does not allocate.
class DurationHistogram {
public:
    /// Durations in [low, high) [ticks].
    struct Bin {
        double low = 0.0, high = 0.0;
        std::uint64_t count = 0;
    };
    DurationHistogram() : counts_(kOctaves * kPerOctave) {}
    /// Adds `times` durations of this many ticks.
    void add(std::uint64_t ticks, std::uint64_t times = 1) noexcept;

    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
    [[nodiscard]] std::uint64_t longest() const noexcept { return longest_; }  ///< [ticks]
    [[nodiscard]] double mean() const noexcept;                                ///< [ticks]; 0 without any
    /// The first bin such that it and the bins before it have at least `parts` of 1000 of all durations; all zero without durations.
    [[nodiscard]] Bin quantile(std::uint64_t parts) const noexcept;
    /// The bins with a count, in order.
    [[nodiscard]] std::vector<Bin> bins() const;

private:
    static constexpr std::size_t kPerOctave = 32, kOctaves = 40;
    [[nodiscard]] static std::size_t bin_of(std::uint64_t ticks) noexcept;
    [[nodiscard]] static double low_end(std::size_t bin) noexcept;
    [[nodiscard]] Bin bin(std::size_t index) const noexcept {
        return {low_end(index), low_end(index + 1), counts_[index]};
    }
    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0, longest_ = 0;
    double sum_ = 0.0;
};

}  // namespace izhi::detail
