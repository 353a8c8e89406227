// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace izhi::apps {

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int show_info(bool json);

}  // namespace izhi::apps
