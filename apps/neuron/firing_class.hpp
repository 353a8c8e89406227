// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace izhi::apps {

/// Figures of a spike train. Intervals are those between successive spikes.
struct SpikeTrain {
    std::size_t spikes = 0;
    double first_ms = 0.0;          ///< 0 without a spike
    double interval_mean_ms = 0.0;  ///< 0 with fewer than two spikes
    double interval_cv = 0.0;  ///< standard deviation (of the sample, n - 1) over mean; 0 with fewer than three spikes
    std::string_view firing_class;
};

/// @param times_ms ascending
/// @param end_ms when the run ended
[[nodiscard]] SpikeTrain describe_spikes(std::span<const double> times_ms, double end_ms);

/// Classifies a train by the first of these rules that applies. `Short` and `long` intervals: in the sorted intervals,
/// there is a step where an interval is at least twice the one before; the largest such step separates short from long
/// ones. *Monotone*: no interval is below 0.95 of the one before. *It ended*: after the last spike there was no spike
/// for a third of the run and for twice the longest interval.
///
///     silent                        no spike
///     single spike                  one spike
///     phasic bursting               it ended, and no interval is long
///     adapting                      intervals are monotone, the last is at least 1.5 times the first, CV 0.1 or more
///     accelerating                  the same for the intervals in reverse
///     tonic bursting                short and long intervals; there is a burst, of two spikes or more, before and after
///                                   some long interval
///     initial burst, then tonic     short intervals come first, and then long ones only, which vary by less than a half
///     phasic spiking                it ended
///     fast tonic spiking            CV under 0.3 and a mean interval under 10 ms
///     tonic spiking                 CV under 0.3
///     irregular                     otherwise
[[nodiscard]] std::string_view firing_class(std::span<const double> times_ms, double end_ms);

}  // namespace izhi::apps
