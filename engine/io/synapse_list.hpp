// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "izhi/network.hpp"
#include "section.hpp"

/// Explicit synapses, from the network file or from another file. Indices are checked against the populations
/// here, where the line is known; NetworkBuilder::build() checks weights and delays.
namespace izhi::io::detail {

/// The allowed indices of neurons.
struct SynapseBounds {
    std::uint64_t sources = 0, targets = 0;
    std::uint64_t base = 0;  ///< the index of the first neuron: 0 or 1
};

/// The values that the section of the network file gives for all synapses of a list.
struct SynapseDefaults {
    std::optional<double> weight{}, delay_ms{};
};

/// Reads synapses = [[source, target, weight, delay_ms], ...]. Collects at most a few faults.
[[nodiscard]] SynapseList read_inline_synapses(Section& section, const TomlValue& value, const SynapseBounds& bounds);

/// Reads a text with one synapse per line whose first line names the columns: source, target, weight, delay_ms, in any
/// order. There must be no column for values in `defaults`, and one for each of the others.
/// @throws Error "FILE:LINE: ..." for the first fault
[[nodiscard]] SynapseList read_synapse_file(const std::filesystem::path& file, const SynapseBounds& bounds,
                                            const SynapseDefaults& defaults);

/// The line of synapse `index` in such a file; 0 if there is none, or if the file cannot be read any more.
[[nodiscard]] std::size_t line_of_synapse(const std::filesystem::path& file, std::uint64_t index);

}  // namespace izhi::io::detail
