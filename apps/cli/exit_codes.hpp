// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

/// Exit codes. They do not change, because scripts rely on them.
namespace izhi::apps {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;         ///< a failure while running: a full disk, no gnuplot
inline constexpr int kUserInput = 2;      ///< an error in options, network files or paths
inline constexpr int kInterrupted = 130;  ///< 128 + SIGINT, as shells report an interrupted program

}  // namespace izhi::apps
