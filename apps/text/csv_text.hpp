// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace izhi::apps {

/// A text as a cell of a .csv: in quotes where it needs them.
[[nodiscard]] std::string csv_cell(std::string_view text);
/// A number that reads back as the same; nothing where there is none.
[[nodiscard]] std::string csv_cell(double value);

}  // namespace izhi::apps
