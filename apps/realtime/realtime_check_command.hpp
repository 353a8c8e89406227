// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace izhi::apps {

struct RealtimeCheckOptions {
    std::string network;
    double speed = 1.0;
    int threads = 0;  ///< 0: the number that a paced run can use
    bool json = false;
    bool quiet = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int check_realtime(const RealtimeCheckOptions& options);

}  // namespace izhi::apps
