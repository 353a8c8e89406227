// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace izhi::apps {

/// Adds the resolution (chunk pHYs), which gnuplot leaves out, to the bytes of a PNG picture, so that printers and text
/// programs give it the intended size. Anything else, and a PNG that has a resolution, is returned unchanged.
[[nodiscard]] std::string with_resolution(std::string png, double dots_per_inch);

}  // namespace izhi::apps
