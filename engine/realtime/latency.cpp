// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/realtime/latency.hpp"

#include <algorithm>
#include <cstdint>

namespace izhi::detail {

RealtimeReport::Distribution distribution_of(const DurationHistogram& ns) {
    RealtimeReport::Distribution d;
    d.max_us = static_cast<double>(ns.longest()) * 1e-3;
    d.mean_us = ns.mean() * 1e-3;
    const auto quantile = [&](std::uint64_t parts) { return std::min(ns.quantile(parts).high * 1e-3, d.max_us); };
    d.p50_us = quantile(500);
    d.p99_us = quantile(990);
    d.p999_us = quantile(999);
    return d;
}

std::vector<RealtimeReport::Bin> bins_of(const DurationHistogram& ns) {
    std::vector<RealtimeReport::Bin> bins;
    for (const DurationHistogram::Bin& bin : ns.bins()) bins.push_back({bin.low * 1e-3, bin.high * 1e-3, bin.count});
    return bins;
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
