// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "izhi/executor.hpp"

namespace izhi::detail {

inline constexpr int kMostThreads = 1024;

/// Threads that somebody asked for, or that an executor says it has.
/// @throws Error naming subject and field unless they are 1 to kMostThreads
int checked_threads(const char* subject, const char* field, int threads);

}  // namespace izhi::detail
