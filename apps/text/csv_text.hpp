// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace izhi::apps {

/// A text as a cell of a .csv, in quotes if necessary.
[[nodiscard]] std::string csv_cell(std::string_view text);
/// A number with enough digits to read back the same value; empty if there is none.
[[nodiscard]] std::string csv_cell(double value);

}  // namespace izhi::apps
