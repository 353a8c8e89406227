// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/realtime/latency.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace izhi::detail {

std::size_t DurationHistogram::bin_of(std::uint64_t ns) noexcept {
    if (ns < kPerOctave) return ns;
    const int shift = static_cast<int>(std::bit_width(ns)) - 6;  // leaves 32 to 63
    const std::size_t bin = static_cast<std::size_t>(shift + 1) * kPerOctave + ((ns >> shift) - kPerOctave);
    return std::min(bin, kOctaves * kPerOctave - 1);
}

double DurationHistogram::low_end_us(std::size_t bin) noexcept {
    if (bin < kPerOctave) return static_cast<double>(bin) * 1e-3;
    return std::ldexp(static_cast<double>(bin % kPerOctave + kPerOctave), static_cast<int>(bin / kPerOctave) - 1) *
           1e-3;
}

void DurationHistogram::add(std::int64_t ns) noexcept {
    const std::int64_t duration = std::max<std::int64_t>(ns, 0);
    ++counts_[bin_of(static_cast<std::uint64_t>(duration))];
    ++total_;
    longest_ = std::max(longest_, duration);
    sum_ += static_cast<double>(duration);
}

RealtimeReport::Distribution DurationHistogram::distribution() const {
    RealtimeReport::Distribution d;
    if (total_ == 0) return d;
    d.max_us = static_cast<double>(longest_) * 1e-3;
    d.mean_us = sum_ / static_cast<double>(total_) * 1e-3;
    // The share `parts` of 1000: at least so many are not above it.
    const auto quantile = [&](std::uint64_t parts) {
        const std::uint64_t wanted = total_ / 1000 * parts + (total_ % 1000 * parts + 999) / 1000;
        std::uint64_t passed = 0;
        for (std::size_t bin = 0; bin < counts_.size(); ++bin) {
            passed += counts_[bin];
            if (passed >= wanted) return std::min(low_end_us(bin + 1), d.max_us);
        }
        return d.max_us;
    };
    d.p50_us = quantile(500);
    d.p99_us = quantile(990);
    d.p999_us = quantile(999);
    return d;
}

std::vector<RealtimeReport::Bin> DurationHistogram::bins() const {
    std::vector<RealtimeReport::Bin> used;
    for (std::size_t bin = 0; bin < counts_.size(); ++bin)
        if (counts_[bin] > 0) used.push_back({low_end_us(bin), low_end_us(bin + 1), counts_[bin]});
    return used;
}

void WorstSteps::offer(const Step& step) noexcept {
    std::size_t place = count_;
    while (place > 0 && steps_[place - 1].*key_ < step.*key_) --place;
    if (place == steps_.size()) return;
    if (count_ < steps_.size()) ++count_;
    for (std::size_t i = count_ - 1; i > place; --i) steps_[i] = steps_[i - 1];
    steps_[place] = step;
}

}  // namespace izhi::detail
