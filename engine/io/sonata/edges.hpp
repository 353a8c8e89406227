// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/sonata/cells.hpp"
#include "izhi/synapse_list.hpp"

/// The edges of a SONATA network as projections with lists of synapses.
namespace izhi::io::detail {

enum class SonataSynapseModel { fixed, tsodyks2, stdp };

/// What the synapses of a projection have in common.
struct SonataSynapse {
    SonataSynapseModel model = SonataSynapseModel::fixed;
    double u = 0.0, tau_rec = 0.0, tau_fac = 0.0;                                                  ///< tsodyks2
    double tau_plus = 0.0, lambda = 0.0, alpha = 0.0, mu_plus = 0.0, mu_minus = 0.0, w_max = 0.0;  ///< stdp
    friend auto operator<=>(const SonataSynapse&, const SonataSynapse&) = default;
};

struct SonataProjection {
    std::string name;                      ///< in the network text
    std::uint32_t source = 0, target = 0;  ///< numbers of SonataNeurons
    SonataSynapse synapse;
    bool inhibitory = false;            ///< negative weights, which have a current of their own in some cells
    std::uint32_t dendritic_steps = 0;  ///< stdp: the whole delay
    SynapseList synapses;
};

/// Reads all edges. @param dt_ms the step: delays must be whole steps
/// @param default_delay_ms of edges that have none, if the config gives one
/// @throws Error with file and row
[[nodiscard]] std::vector<SonataProjection> read_circuit_edges(const SonataConfig& config,
                                                               const SonataCircuitNodes& nodes,
                                                               SonataParameterFiles& files, double dt_ms,
                                                               std::optional<double> default_delay_ms,
                                                               std::vector<std::string>& ignored);

/// Edges as synapses of a network that is described elsewhere: a file of its own beside the config (izhi convert --sonata).
struct ListedEdges {
    std::filesystem::path file;
    std::string population;                             ///< of edges
    std::int64_t source_offset = 0, target_offset = 0;  ///< added to ids of nodes
    double weight_factor = 1.0;                         ///< of syn_weight
    std::uint32_t delay_steps = 0;                      ///< added to the delay
};
[[nodiscard]] SynapseList read_listed_edges(const SonataConfig& config, const std::vector<ListedEdges>& edges,
                                            double dt_ms);

}  // namespace izhi::io::detail
