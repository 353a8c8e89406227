// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

/// Exit codes, fixed: scripts rely on them.
namespace izhi::apps {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;         ///< while running: a full disk, no gnuplot
inline constexpr int kUserInput = 2;      ///< options, network files, paths
inline constexpr int kInterrupted = 130;  ///< 128 + SIGINT, what shells report of an interrupted program

}  // namespace izhi::apps
