// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace izhi::networks {

/// A network as text, and its origin.
struct NetworkSource {
    std::string text;
    std::string origin;  ///< its name in errors: the file as given, or "cortex-10k.toml" for a built-in network
    bool built_in = false;
    /// The file; nothing for a built-in network.
    [[nodiscard]] std::optional<std::filesystem::path> file() const {
        if (built_in) return std::nullopt;
        return origin;
    }
};

/// Finds a built-in network by name, or else a file. `microcircuit:SCALE` is that network at a scale from 0.01 to 1.
/// @throws Error if it is neither (with the nearest built-in name), or if the file cannot be read
[[nodiscard]] NetworkSource find_network(const std::string& name);

}  // namespace izhi::networks
