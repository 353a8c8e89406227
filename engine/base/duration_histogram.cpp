// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "duration_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace izhi::detail {

std::size_t DurationHistogram::bin_of(std::uint64_t ticks) noexcept {
    if (ticks < kPerOctave) return ticks;
    const int shift = static_cast<int>(std::bit_width(ticks)) - 6;  // leaves 32 to 63
    const std::size_t bin = static_cast<std::size_t>(shift + 1) * kPerOctave + ((ticks >> shift) - kPerOctave);
    return std::min(bin, kOctaves * kPerOctave - 1);
}

double DurationHistogram::low_end(std::size_t bin) noexcept {
    if (bin < kPerOctave) return static_cast<double>(bin);
    return std::ldexp(static_cast<double>(bin % kPerOctave + kPerOctave), static_cast<int>(bin / kPerOctave) - 1);
}

void DurationHistogram::add(std::uint64_t ticks, std::uint64_t times) noexcept {
    counts_[bin_of(ticks)] += times;
    total_ += times;
    longest_ = std::max(longest_, ticks);
    sum_ += static_cast<double>(ticks) * static_cast<double>(times);
}

double DurationHistogram::mean() const noexcept { return total_ == 0 ? 0.0 : sum_ / static_cast<double>(total_); }

DurationHistogram::Bin DurationHistogram::quantile(std::uint64_t parts) const noexcept {
    const std::uint64_t wanted = total_ / 1000 * parts + (total_ % 1000 * parts + 999) / 1000;
    std::uint64_t passed = 0;
    for (std::size_t i = 0; i < counts_.size() && total_ > 0; ++i) {
        passed += counts_[i];
        if (passed >= wanted) return bin(i);
    }
    return {};
}

std::vector<DurationHistogram::Bin> DurationHistogram::bins() const {
    std::vector<Bin> used;
    for (std::size_t i = 0; i < counts_.size(); ++i)
        if (counts_[i] > 0) used.push_back(bin(i));
    return used;
}

}  // namespace izhi::detail
