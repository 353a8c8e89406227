// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "izhi/io/network_file.hpp"
#include "sonata/export_files.hpp"
#include "toml_document.hpp"

/// Networks that are moved with all that they refer to.
namespace izhi::io::detail {

/// A network, and its text with the seed, the storage and the settings of the options in it, and with whole paths of files.
struct NetworkAndDocument {
    Network network;
    TomlValue document;
};
/// @throws Error like parse_network
[[nodiscard]] NetworkAndDocument read_network_and_document(std::string_view text, std::string_view origin,
                                                           const NetworkFileOptions& options);

/// A key of a table, which is added if it is not there.
void put_entry(TomlValue& table, const std::string& key, TomlValue value);
void erase_entry(TomlValue& table, std::string_view key);
/// The sections [GROUP.NAME] of a document, in its order; none if it has none.
[[nodiscard]] TomlValue::Table* sections_of(TomlValue& document, std::string_view group);

/// Whether the synapses of explicit projections become tables, or are left to the caller.
enum class SynapseTables { written, left };

/// Writes what a document refers to as files of the folder: values of neurons, places, rates, spikes, samples of stimuli, synapses.
/// The document then names these files, relative to the folder. @throws RunError
void write_data_of_network(TomlValue& document, const Network& network, const ExportFolder& to, SynapseTables synapses);

}  // namespace izhi::io::detail
