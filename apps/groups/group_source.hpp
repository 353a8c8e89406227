// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "group_network.hpp"
#include "izhi/analysis/group_watch.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/simulation.hpp"

/// Where the network of `izhi groups` comes from: a checkpoint, or a network with or without a file of weights.
namespace izhi::apps {

struct GroupSourceOptions {
    std::string from;  ///< a checkpoint, a folder of them, or a network
    std::optional<std::uint64_t> seed;
    std::vector<io::Setting> settings;
    std::optional<std::filesystem::path> weights;  ///< synapses-NAME.csv, or a folder of such files
};

/// A wired network with its present weights.
struct GroupSource {
    std::unique_ptr<Simulation> simulation;
    std::vector<WeighedProjection> projections;
    std::string text;         ///< "checkpoint after 18,000 s", "weights of FILE", "weights as described"
    std::uint64_t steps = 0;  ///< steps done
    /// The files that were read, as the user gave them.
    std::vector<std::filesystem::path> files;
};

/// Reads it and checks that it can be searched. @throws Error
[[nodiscard]] GroupSource read_group_source(const GroupSourceOptions& options);

/// Reads a recording of this network: spikes by neuron of the whole network, in steps. Populations are those that the network
/// names in recordings; a file without names (.gdf) counts neurons over the network. @throws Error "FILE: ..."
[[nodiscard]] analysis::SpikeTrains read_spike_trains(const std::filesystem::path& file, const Network& network);

}  // namespace izhi::apps
