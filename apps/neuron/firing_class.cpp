// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "firing_class.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace izhi::apps {
namespace {

std::vector<double> intervals_of(std::span<const double> times_ms) {
    std::vector<double> intervals;
    for (std::size_t i = 1; i < times_ms.size(); ++i) intervals.push_back(times_ms[i] - times_ms[i - 1]);
    return intervals;
}

double mean_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double cv_of(std::span<const double> values) {
    if (values.size() < 2) return 0.0;
    const double mean = mean_of(values);
    double squares = 0.0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<double>(values.size() - 1)) / mean;
}

/// The shortest of the long intervals; infinite if none is long.
double least_long(std::vector<double> intervals) {
    std::sort(intervals.begin(), intervals.end());
    double largest = 2.0, least = HUGE_VAL;
    for (std::size_t i = 1; i < intervals.size(); ++i)
        if (intervals[i] >= largest * intervals[i - 1]) {
            largest = intervals[i] / intervals[i - 1];
            least = intervals[i];
        }
    return least;
}

/// Whether no interval is much shorter than the one before, and the last is much longer than the first.
template <class Iterator>
bool lengthen(Iterator first, Iterator end) {
    const auto shrinks = [](double before, double after) { return after < 0.95 * before; };
    return std::adjacent_find(first, end, shrinks) == end && *std::prev(end) >= 1.5 * *first;
}

/// Whether there is a long interval with a short one on either side.
bool bursts_again(std::span<const double> intervals, double least) {
    for (std::size_t i = 1; i + 1 < intervals.size(); ++i)
        if (intervals[i] >= least && intervals[i - 1] < least && intervals[i + 1] < least) return true;
    return false;
}

}  // namespace

std::string_view firing_class(std::span<const double> times_ms, double end_ms) {
    if (times_ms.empty()) return "silent";
    if (times_ms.size() == 1) return "single spike";
    const std::vector<double> intervals = intervals_of(times_ms);
    const double longest = *std::max_element(intervals.begin(), intervals.end());
    const double least = least_long(intervals), cv = cv_of(intervals);
    const double tail = end_ms - times_ms.back();
    const bool ended = tail > end_ms / 3.0 && tail > 2.0 * longest;
    const auto is_long = [&](double interval) { return interval >= least; };

    if (ended && !std::isfinite(least)) return "phasic bursting";
    if (cv >= 0.1 && lengthen(intervals.begin(), intervals.end())) return "adapting";
    if (cv >= 0.1 && lengthen(intervals.rbegin(), intervals.rend())) return "accelerating";
    if (std::isfinite(least)) {
        if (bursts_again(intervals, least)) return "tonic bursting";
        const auto first_long = std::find_if(intervals.begin(), intervals.end(), is_long);
        const std::span<const double> rest{first_long, intervals.end()};
        if (first_long != intervals.begin() && std::all_of(rest.begin(), rest.end(), is_long) && cv_of(rest) < 0.5)
            return "initial burst, then tonic";
    }
    if (ended) return "phasic spiking";
    if (cv < 0.3) return mean_of(intervals) < 10.0 ? "fast tonic spiking" : "tonic spiking";
    return "irregular";
}

SpikeTrain describe_spikes(std::span<const double> times_ms, double end_ms) {
    SpikeTrain train{.spikes = times_ms.size(), .firing_class = firing_class(times_ms, end_ms)};
    if (!times_ms.empty()) train.first_ms = times_ms.front();
    const std::vector<double> intervals = intervals_of(times_ms);
    if (!intervals.empty()) train.interval_mean_ms = mean_of(intervals);
    train.interval_cv = cv_of(intervals);
    return train;
}

}  // namespace izhi::apps
