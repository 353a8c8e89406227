// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "izhi/io/network_file.hpp"
#include "toml_document.hpp"

namespace izhi::io::detail {

/// Puts a number into a document, as NETWORK_FILE.md ("Setting keys from outside") describes. The readers of sections
/// check later whether the key exists and accepts the number.
/// @throws Error if there is no place for a number at this key
void apply_setting(TomlValue& document, const Setting& setting);

}  // namespace izhi::io::detail
