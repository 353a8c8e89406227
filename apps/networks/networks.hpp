// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "izhi/network.hpp"

/// Finds the text of a network from the argument NETWORK of the command line.
namespace izhi::apps {

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

/// Finds a built-in network by name, or else a file.
/// @throws Error if it is neither (with the nearest built-in name), or if the file cannot be read
[[nodiscard]] NetworkSource find_network(const std::string& name);

/// Where the synapses of a network are while it runs: "stored", "procedural", or "mixed" if projections differ. It is
/// "stored" for a network without projections.
[[nodiscard]] std::string storage_of(const NetworkDescription& description);

/// The first sentence of the comment at the start of a network file, for `izhi list`; empty if there is none.
[[nodiscard]] std::string title_of(std::string_view text);

}  // namespace izhi::apps
