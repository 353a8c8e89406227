// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace izhi::detail {

/// For a thread that writes beside those that compute: they go first, and it never interrupts another one because it has
/// just got work to do. Where the system refuses, the thread is one like all others.
void lower_priority_of_this_thread() noexcept;

}  // namespace izhi::detail
