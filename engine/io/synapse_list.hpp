// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "izhi/network.hpp"
#include "section.hpp"

/// Explicit synapses, from the network file or from a file of their own. Indices are measured against the populations
/// here, where the line is known; weights and delays by NetworkBuilder::build().
namespace izhi::io::detail {

/// How many neurons the indices may name.
struct SynapseBounds {
    std::uint64_t sources = 0, targets = 0;
};

/// Reads synapses = [[source, target, weight, delay_ms], ...]; faults are collected, a few at most.
[[nodiscard]] std::vector<ExplicitSynapse> read_inline_synapses(Section& section, const TomlValue& value,
                                                                const SynapseBounds& bounds);

/// Reads text with the header line source,target,weight,delay_ms and one synapse a line, so that synapse i stands in
/// line i + 2. @throws Error "FILE:LINE: ..." for the first fault
[[nodiscard]] std::vector<ExplicitSynapse> read_synapse_file(const std::filesystem::path& file,
                                                             const SynapseBounds& bounds);

}  // namespace izhi::io::detail
