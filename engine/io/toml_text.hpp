// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "toml_document.hpp"

namespace izhi::io::detail {

/// The tree of a network as TOML: a section for each [network], [record], [population.NAME], ..., in the order of the
/// tree, with everything below on one line. Numbers read back to the same bits.
[[nodiscard]] std::string toml_text(const TomlValue& document);

/// Appends a text with its quotes.
void append_toml_text(std::string& to, std::string_view text);

}  // namespace izhi::io::detail
