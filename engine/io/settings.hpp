// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "izhi/io/network_file.hpp"
#include "toml_document.hpp"

namespace izhi::io::detail {

/// Puts a number into a document, as NETWORK_FILE.md ("Setting keys from outside") says. Whether the key that it names
/// exists, and takes such a number, is for the readers of sections to say.
/// @throws Error if the key leads to no place for a number
void apply_setting(TomlValue& document, const Setting& setting);

}  // namespace izhi::io::detail
