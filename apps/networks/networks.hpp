// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "izhi/network.hpp"

/// From the NETWORK of the command line to the text that describes it.
namespace izhi::apps {

/// A network as text, and where it came from.
struct NetworkSource {
    std::string text;
    std::string origin;  ///< what errors call it: the file as given, or "cortex-10k.toml" of a built-in network
    bool built_in = false;
    /// None of a built-in network.
    [[nodiscard]] std::optional<std::filesystem::path> file() const {
        if (built_in) return std::nullopt;
        return origin;
    }
};

/// A built-in name, else a file.
/// @throws Error if it is neither, naming the nearest built-in network, or if the file cannot be read
[[nodiscard]] NetworkSource find_network(const std::string& name);

/// Where a network's synapses are while it runs: "stored", "procedural", or "mixed" if projections differ. A network
/// without projections stores them all.
[[nodiscard]] std::string storage_of(const NetworkDescription& description);

/// The first sentence of a network file's leading comment, for `izhi list`; empty if it has none.
[[nodiscard]] std::string title_of(std::string_view text);

}  // namespace izhi::apps
