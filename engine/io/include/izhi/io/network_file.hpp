// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/network.hpp"

/// Networks as TOML text. The format is documented in engine/io/NETWORK_FILE.md.
namespace izhi::io {

/// Sets a key of the text to a number, whether the text gives the key or not: "population.inh.size",
/// "projection.*.weight.scale", "population.exc.a.uniform.1". See NETWORK_FILE.md, "Setting keys from outside".
struct Setting {
    std::string key;
    double value = 0.0;
};

/// A value of one parameter for every neuron of a population of the text.
struct PopulationValues {
    std::string population;
    NeuronValues values;
};
/// The synapses of a projection of the text with rule = "explicit", which then gives neither `synapses` nor
/// `synapses_file`. All lists have one value for each synapse. Empty weights or delays: `weight` and `delay_ms` of the
/// text hold for all.
struct ProjectionSynapses {
    std::string projection;
    std::vector<std::uint32_t> sources, targets;  ///< numbered within the source and the target of the projection
    std::vector<double> weights, delays_ms;
    /// In place of the four lists: not copied, and with a weight and a delay for each synapse.
    SynapseList list{};
};
/// The spikes of a population of the text with model = "spikes", which then gives neither `times_ms` nor `spikes_file`.
struct PopulationSpikes {
    std::string population;
    SpikeTrains trains;
};

/// The numbers that recordings have for the neurons of a population of the text, see RecordedAs. They replace `node_ids`
/// of the text.
struct PopulationIds {
    std::string population;
    std::vector<std::uint64_t> ids;  ///< one for each neuron
};

/// Settings and data of the caller that override the file.
struct NetworkFileOptions {
    std::optional<std::uint64_t> seed{};
    /// The storage of all projections. procedural: only where the rule allows it; the others keep their synapses in
    /// memory.
    std::optional<Storage> storage{};
    /// Applied in this order. A key that does not exist is an Error without a line, because it is not in the text.
    std::vector<Setting> settings{};
    /// Data that a program has in memory. A name that does not exist is an Error without a line.
    std::vector<PopulationValues> values{};
    std::vector<ProjectionSynapses> synapses{};
    std::vector<PopulationSpikes> spikes{};
    std::vector<PopulationIds> node_ids{};
};

/// Reads a network from a file. @throws Error "FILE:LINE: ..." for the first fault
[[nodiscard]] IZHI_API Network load_network(const std::filesystem::path& file, const NetworkFileOptions& options = {});

/// Reads a network from text; errors name `origin` instead of a file. @throws Error like load_network
[[nodiscard]] IZHI_API Network parse_network(std::string_view text, std::string_view origin,
                                             const NetworkFileOptions& options = {});

/// Every fault of a network text that can be found separately, each as "ORIGIN:LINE: what is wrong; how to fix it", in
/// the order of lines. Empty if the network is valid.
[[nodiscard]] IZHI_API std::vector<std::string> check_network(std::string_view text, std::string_view origin,
                                                              const NetworkFileOptions& options = {});

/// The network as TOML text that includes the settings of the options. The text gives the same network without options,
/// in any folder (the paths of files become absolute). It has no comments. @throws Error like parse_network
[[nodiscard]] IZHI_API std::string network_text(std::string_view text, std::string_view origin,
                                                const NetworkFileOptions& options = {});

/// Writes a network into a new or empty folder: network.toml, and beside it all data that it refers to, also those that the
/// options have in memory. The folder needs nothing outside of it. Numbers read back as the same bits.
/// @param proceed called from time to time; if it returns false, writing ends with RunError. May be empty
/// @throws Error like parse_network, or if the folder holds anything; RunError if it cannot be written, and then nothing remains
IZHI_API void write_network_files(std::string_view text, std::string_view origin, const NetworkFileOptions& options,
                                  const std::filesystem::path& folder, const std::function<bool()>& proceed = {});

}  // namespace izhi::io
