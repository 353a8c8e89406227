// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/io/json_text.hpp"
#include "izhi/network.hpp"

/// How SONATA says what a network is: which model of NEST a population has, and which synapse a projection. What it cannot
/// say is listed, because other programs will not see it.
namespace izhi::io::detail {

/// A sentence for each thing of a network that the files do not say.
using Unseen = std::vector<std::string>;

/// The nodes of a population.
struct NodeForm {
    std::string model_template;  ///< empty for spike sources, which are virtual
    JsonValue constants;         ///< dynamics_params that all nodes have
    /// dynamics_params of each node.
    std::vector<std::pair<std::string, std::vector<double>>> columns;
    /// izhi's weight is that of the file times this: NEST's izhikevich adds a weight [mV/ms] for one step.
    double weight_factor = 1.0;
    /// izhi's delay is that of the file and so many steps: currents that have dynamics act a step later in NEST.
    std::uint32_t delay_steps = 0;
};

/// Describes the populations. Parameters are those of the neurons as they are drawn.
[[nodiscard]] std::vector<NodeForm> node_forms(const Network& network, Unseen& unseen);

/// The synapses of a projection onto one population.
struct SynapseForm {
    std::string model_template = "static_synapse";
    JsonValue parameters;
};
/// @param nodes of the population that they end in
/// @param steps the shortest and the longest delay of the projection
[[nodiscard]] SynapseForm synapse_form(const ProjectionSpec& projection, const NodeForm& nodes,
                                       std::pair<std::uint32_t, std::uint32_t> steps, double dt_ms, Unseen& unseen);

/// What else of the network SONATA has no word for: rewards, records, noise.
void list_unseen(const Network& network, Unseen& unseen);

}  // namespace izhi::io::detail
