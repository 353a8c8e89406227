// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace izhi::apps {

struct RealtimeCheckOptions {
    std::string network;
    double speed = 1.0;
    int threads = 0;  ///< 0: what a paced run has use for
    bool json = false;
    bool quiet = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int check_realtime(const RealtimeCheckOptions& options);

}  // namespace izhi::apps
