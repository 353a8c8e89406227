// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace izhi::detail {

/// What `threads` workers lose at the barrier between two phases of steps [s]: the time of a phase in which each has the same
/// 2 us of work, less that work. Measured anew, best of some tries, a tenth of a second on two threads. Too much where
/// other programs hold the processors or there are fewer than threads. 0 for one thread. @throws Error unless 1 to 1024
[[nodiscard]] double measure_barrier_s(int threads);

}  // namespace izhi::detail
