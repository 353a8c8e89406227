// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "faults.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/network.hpp"
#include "section.hpp"
#include "toml_document.hpp"

/// Readers of the sections of a network file; each adds to the builder. They find errors in the text: wrong kinds of
/// values, unknown keys, unknown names. NetworkBuilder::build() checks ranges, so that they are defined once.
namespace izhi::io::detail {

/// The data that the sections of one file share.
struct NetworkReading {
    Faults& faults;
    SourceMap& map;
    std::filesystem::path folder;  ///< the folder to which paths in the file are relative
    NetworkBuilder builder;
    const NetworkFileOptions& options;  ///< settings and data of the caller, which override the file
    std::uint64_t traced = 0;           ///< neurons of all traces so far

    /// Names of all populations, for suggestions.
    [[nodiscard]] std::vector<std::string> population_names() const;
    [[nodiscard]] std::optional<PopulationId> find_population(const std::string& name) const;
    /// The number of neurons of a selection.
    [[nodiscard]] std::uint64_t size_of(const Selection& selection) const;

    /// What both look up, kept up to date with the populations that were read; networks may have many thousands of them.
    struct Index {
        std::unordered_map<std::string, std::uint32_t> populations, projections;
        std::uint64_t neurons = 0;
        std::uint32_t populations_seen = 0, projections_seen = 0;
    };
    [[nodiscard]] const Index& index() const;
    mutable Index known{};
};

/// The members of [GROUP.NAME] that are tables with a valid name, in the order of the text; a fault for any other.
[[nodiscard]] std::vector<const TomlEntry*> named_tables(Section& root, const std::string& group, Faults& faults);

/// Reads a required key that names a population, or "everyone".
[[nodiscard]] Selection read_selection(Section& section, const std::string& key, const NetworkReading& reading);
/// The population with this name, or a fault of `key` at `line`.
[[nodiscard]] std::optional<PopulationId> read_population_name(Section& section, const std::string& key,
                                                               const TomlValue& value, const NetworkReading& reading);

/// The projection that a required key `projection` names; one that was never assigned after a fault. After the
/// projections were read. @param allowed what it is to name
[[nodiscard]] ProjectionId read_projection_name(Section& section, const std::string& allowed,
                                                const NetworkReading& reading);
/// Where the neurons of a population are.
[[nodiscard]] std::optional<Positions> read_positions(Section& population, NetworkReading& reading);
void read_population(const TomlEntry& entry, NetworkReading& reading);
/// A parameter of neurons: a distribution; or a value for each, as a list or a column of a file.
/// @param parameter its name in NeuronValues
[[nodiscard]] Distribution read_parameter(Section& section, const char* key, const Distribution& otherwise,
                                          const char* parameter, PopulationSpec& spec, const NetworkReading& reading);
/// What a population of spike sources fires. @param kind "poisson" or "spikes"
[[nodiscard]] SpikeSource read_source(Section& section, const std::string& kind, const NetworkReading& reading,
                                      PopulationSpec& spec);
/// Refuses the keys of spike sources, except for those of a kind.
void refuse_source_keys(Section& section, std::string_view kind);
void read_projection(const TomlEntry& entry, NetworkReading& reading);
/// Reads the dynamics and plasticity of a projection.
void read_synapses(Section& projection, ProjectionSpec& spec);
/// `dynamics = { type = ..., ... }` of a projection or stimulus; delta currents unless given.
[[nodiscard]] SynapseDynamics read_dynamics(Section& section);
void read_stimulus(const TomlEntry& entry, NetworkReading& reading);
void read_trace(const TomlEntry& entry, NetworkReading& reading);
/// After the projections.
void read_reward(const TomlEntry& entry, NetworkReading& reading);
void read_weights(const TomlEntry& entry, NetworkReading& reading);
/// [record]
void read_record(const TomlEntry& entry, NetworkReading& reading);

}  // namespace izhi::io::detail
