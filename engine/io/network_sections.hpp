// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "faults.hpp"
#include "izhi/network.hpp"
#include "section.hpp"
#include "toml_document.hpp"

/// The sections of a network file, each read into the builder. They find what is wrong with the text: kinds of values,
/// unknown keys, unknown names. Ranges are the business of NetworkBuilder::build(), so that they are said once.
namespace izhi::io::detail {

/// What the sections of one file share.
struct NetworkReading {
    Faults& faults;
    SourceMap& map;
    std::filesystem::path folder;  ///< that paths in the file are relative to
    NetworkBuilder builder;
    std::optional<Storage> storage{};  ///< what the caller sets over the file

    /// Names of all populations, for suggestions.
    [[nodiscard]] std::vector<std::string> population_names() const;
    [[nodiscard]] std::optional<PopulationId> find_population(const std::string& name) const;
    /// Neurons of a selection.
    [[nodiscard]] std::uint64_t size_of(const Selection& selection) const;
};

/// The members of [GROUP.NAME] that are tables with a sound name, in the order of the text; a fault for any other.
[[nodiscard]] std::vector<const TomlEntry*> named_tables(Section& root, const std::string& group, Faults& faults);

/// A key that names a population, or "everyone". Required.
[[nodiscard]] Selection read_selection(Section& section, const std::string& key, const NetworkReading& reading);
/// The population of that name, or a fault of `key` at `line`.
[[nodiscard]] std::optional<PopulationId> read_population_name(Section& section, const std::string& key,
                                                               const TomlValue& value, const NetworkReading& reading);

/// Where the neurons of a population are.
[[nodiscard]] std::optional<Positions> read_positions(Section& population, NetworkReading& reading);
void read_population(const TomlEntry& entry, NetworkReading& reading);
void read_projection(const TomlEntry& entry, NetworkReading& reading);
/// What the synapses of a projection do when spikes arrive, and how they change.
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
