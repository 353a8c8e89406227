// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/sonata/json_node.hpp"

namespace izhi::io::detail {

/// A file of nodes or of edges, and the table of their types.
struct SonataTables {
    std::filesystem::path data;
    std::optional<std::filesystem::path> types;
};

/// A SONATA config: of a simulation together with that of its circuit, or of a circuit alone. Paths are complete.
struct SonataConfig {
    std::string file;  ///< for messages
    std::vector<SonataTables> nodes, edges;
    /// Where the JSON files of dynamics_params lie: of cells, of synapses.
    std::optional<std::filesystem::path> cell_folder, synapse_folder;
    std::optional<JsonNode> step;                                   ///< run.dt
    std::optional<JsonNode> duration;                               ///< run.tstop
    std::vector<std::pair<std::string, JsonNode>> inputs, reports;  ///< those that are enabled
    JsonNode node_sets;
    JsonNode output;  ///< empty if there is none
    JsonNode extra;   ///< our own section, "izhi"
    std::string target_simulator;
    /// Whole sections that say something that izhi does not use.
    std::vector<std::string> ignored;

    /// Replaces variables of the manifest, and makes a path complete. @throws Error for unknown variables
    [[nodiscard]] std::filesystem::path path(const JsonNode& value) const;

    /// The variables of the manifests, replaced already.
    std::vector<std::pair<std::string, std::string>> variables;
    std::filesystem::path folder;  ///< of the config
};

/// Whether a text is JSON and not TOML: its first character that is not a space is a brace.
[[nodiscard]] bool is_json(std::string_view text) noexcept;

/// Reads a config and the files that it names, except for those of nodes, edges, inputs.
/// @param text of the config @param origin its file: relative paths begin in its folder
/// @throws Error "FILE: KEY what; allowed: ..."
[[nodiscard]] SonataConfig read_sonata_config(std::string_view text, std::string_view origin);

}  // namespace izhi::io::detail
