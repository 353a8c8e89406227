// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "csv_text.hpp"

#include <cmath>

#include "engine/base/text.hpp"

namespace izhi::apps {

std::string csv_cell(std::string_view text) {
    if (text.find_first_of(",\"\n") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

std::string csv_cell(double value) { return std::isnan(value) ? "" : detail::number_text(value); }

}  // namespace izhi::apps
