// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace izhi::detail {

/// Gives the calling thread a low priority, for threads that write while others compute: the others come first, and the
/// thread does not interrupt them when it gets work. If the system refuses, the thread keeps the usual priority.
void lower_priority_of_this_thread() noexcept;

}  // namespace izhi::detail
