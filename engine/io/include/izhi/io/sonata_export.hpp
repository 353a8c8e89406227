// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/io/network_file.hpp"

/// Networks as files of the SONATA format, which NEST, bmtk and other programs read.
namespace izhi::io {

/// How a network is written.
struct SonataExportOptions {
    double duration_ms = 1000.0;  ///< run.tstop of the config
    /// Called from time to time; if it returns false, write_sonata() ends with RunError, and nothing remains. May be empty.
    std::function<bool()> proceed{};
};

/// What was written.
struct SonataExport {
    std::filesystem::path config;  ///< simulation_config.json
    std::uint64_t nodes = 0, edges = 0;
    std::size_t node_populations = 0, edge_populations = 0;
    std::uint64_t bytes = 0;  ///< of all files
    /// What SONATA cannot say, a line for each thing: "population.exc.noise_stddev: the noise". Other programs do not see it; izhi
    /// reads it from izhi_network.toml, which the folder then has.
    std::vector<std::string> unseen;
};

/// Writes a network as it is wired into a new or empty folder: circuit_config.json, simulation_config.json, node_sets.json, nodes, edges in
/// order of target with both indices, models, and inputs. Memory does not grow with the number of synapses, except for
/// that of Network::draw_synapses(). While it writes, up to 16 bytes a synapse are on the disk besides.
/// @throws Error like parse_network, or if the folder holds anything or the disk has no room; RunError if it cannot be written,
/// and then nothing remains
IZHI_API SonataExport write_sonata(std::string_view text, std::string_view origin, const NetworkFileOptions& options,
                                   const std::filesystem::path& folder, const SonataExportOptions& how = {});

}  // namespace izhi::io
