// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace izhi::apps {

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int show_info(bool json);

}  // namespace izhi::apps
