// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace izhi::apps {

/// The bytes of a PNG picture with its resolution in it (chunk pHYs), which gnuplot leaves out: printers and text programs then
/// give it the size that it was drawn for. What is no PNG, or has a resolution, is given back as it is.
[[nodiscard]] std::string with_resolution(std::string png, double dots_per_inch);

}  // namespace izhi::apps
