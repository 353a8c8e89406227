// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace izhi::perf {

/// Operations on floating-point numbers for one neuron and one ms of its time, without input.
struct OperationCounts {
    double hodgkin_huxley;  ///< steps of 0.01 ms, an exponential counts as the operations that it consists of
    double izhikevich;      ///< the published step of 1 ms: two half-steps of v, one of u, the threshold
};
[[nodiscard]] OperationCounts count_operations();

/// The counts of the 2003 and 2004 papers.
inline constexpr double kPapersHodgkinHuxley = 1200.0, kPapersIzhikevich = 13.0;

}  // namespace izhi::perf
