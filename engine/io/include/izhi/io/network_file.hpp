// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "izhi/network.hpp"

/// Networks as TOML text. The format is documented in engine/io/NETWORK_FILE.md.
namespace izhi::io {

/// A number for a key of the text, in the place of what it says or in addition: "population.inh.size",
/// "projection.*.weight.scale", "population.exc.a.uniform.1". See NETWORK_FILE.md, "Setting keys from outside".
struct Setting {
    std::string key;
    double value = 0.0;
};

/// What the caller sets over the file.
struct NetworkFileOptions {
    std::optional<std::uint64_t> seed{};
    /// Of all projections. procedural: of those whose rule allows it; the others keep their synapses in memory.
    std::optional<Storage> storage{};
    /// In their order. A key that leads nowhere is an Error without a place: it does not stand in the text.
    std::vector<Setting> settings{};
};

/// Reads a network from a file. @throws Error "FILE:LINE: ..." for the first fault
[[nodiscard]] Network load_network(const std::filesystem::path& file, const NetworkFileOptions& options = {});

/// Reads a network from text; `origin` stands for the file name in errors. @throws Error as load_network
[[nodiscard]] Network parse_network(std::string_view text, std::string_view origin,
                                    const NetworkFileOptions& options = {});

/// Every fault of a network text that can be told apart, each "ORIGIN:LINE: what; the mend", in the order of lines.
/// Empty if the network is sound.
[[nodiscard]] std::vector<std::string> check_network(std::string_view text, std::string_view origin,
                                                     const NetworkFileOptions& options = {});

/// The network as TOML with all that the options set put into it: a text that gives the same network without options, from
/// whatever folder (a synapses_file becomes an absolute path). Comments are not in it. @throws Error as parse_network
[[nodiscard]] std::string network_text(std::string_view text, std::string_view origin,
                                       const NetworkFileOptions& options = {});

}  // namespace izhi::io
