// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace izhi::apps {

/// A network file of apps/networks that the build compiled into the program.
struct BuiltinNetwork {
    std::string_view name;  ///< the file's name without .toml
    std::string_view text;  ///< the whole file
};

/// All built-in networks, sorted by name. They are valid for the life of the process, and defined in a source file that
/// the build generates.
[[nodiscard]] std::span<const BuiltinNetwork> builtin_networks();

}  // namespace izhi::apps
