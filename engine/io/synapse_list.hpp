// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "izhi/network.hpp"
#include "section.hpp"

/// Explicit synapses, from the network file or from a file of their own. Indices are measured against the populations
/// here, where the line is known; weights and delays by NetworkBuilder::build().
namespace izhi::io::detail {

/// How many neurons the indices may name, and from where they count.
struct SynapseBounds {
    std::uint64_t sources = 0, targets = 0;
    std::uint64_t base = 0;  ///< the index of the first neuron: 0 or 1
};

/// What the section of the network file says of all synapses of a list.
struct SynapseDefaults {
    std::optional<double> weight{}, delay_ms{};
};

/// Reads synapses = [[source, target, weight, delay_ms], ...]; faults are collected, a few at most.
[[nodiscard]] std::vector<ExplicitSynapse> read_inline_synapses(Section& section, const TomlValue& value,
                                                                const SynapseBounds& bounds);

/// Reads a text of one synapse a line whose first line names the columns: source, target, weight, delay_ms, in any order.
/// What `defaults` gives must not be there, and what it does not give must be.
/// @throws Error "FILE:LINE: ..." for the first fault
[[nodiscard]] std::vector<ExplicitSynapse> read_synapse_file(const std::filesystem::path& file,
                                                             const SynapseBounds& bounds,
                                                             const SynapseDefaults& defaults);

/// The line in which synapse `index` of such a file stands; 0 if it has none, or cannot be read any more.
[[nodiscard]] std::size_t line_of_synapse(const std::filesystem::path& file, std::uint64_t index);

}  // namespace izhi::io::detail
