// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The built-in networks: the network files of this folder, compiled in.
namespace izhi::networks {

struct BuiltinNetwork {
    std::string_view name;  ///< the file's name without .toml
    std::string_view text;  ///< the whole file
};

/// All built-in networks, sorted by name. They are valid for the life of the process, and defined in a source file that
/// the build generates.
[[nodiscard]] std::span<const BuiltinNetwork> builtin_networks();

/// The text of a built-in network; nothing if there is no such name. `microcircuit:SCALE` is that network at a scale from
/// 0.01 to 1. @throws Error if the scale is no such number
[[nodiscard]] std::optional<std::string> builtin_text(std::string_view name);

}  // namespace izhi::networks
