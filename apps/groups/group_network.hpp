// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "izhi/analysis/groups.hpp"
#include "izhi/simulation.hpp"

/// Turns a network and its present weights into what a search of polychronous groups needs.
namespace izhi::apps {

/// A synapse with its weight as it was learnt and as it is delivered.
struct WeighedSynapse {
    std::uint32_t source = 0, target = 0;  ///< over the whole network
    std::uint32_t delay_steps = 1;
    double weight = 0.0, delivered = 0.0;  ///< [mV]; the second is rounded to the quantum of the projection
};
/// The synapses of one projection.
struct WeighedProjection {
    std::vector<WeighedSynapse> synapses{};
    double quantum = 0.0;
    /// The upper bound of its plasticity rule; without one its largest weight.
    double bound = 0.0;
};

/// A weight as a spike delivers it: rounded to a multiple of the quantum, halves away from zero.
[[nodiscard]] double delivered_weight(double weight, double quantum);

/// Refuses networks that a search cannot follow: those of other neurons than the simple form with a resting state, numerics
/// `accurate`, synapses with dynamics or short-term plasticity. @throws Error that names what it is
void require_searchable(const Network& network);

/// The synapses of all projections, in their order, with the present weights of a simulation.
[[nodiscard]] std::vector<WeighedProjection> weighed_projections(const Simulation& simulation);

/// Exchanges the weights of a projection's synapses onto excitatory neurons among each other, by a random permutation that is a
/// pure function of the seed and the number of the projection. @param inhibitory [neuron]
void shuffle_weights(std::vector<WeighedProjection>& projections, const std::vector<bool>& inhibitory,
                     std::uint64_t seed);

/// [neuron]: whether one of its synapses has a negative weight.
[[nodiscard]] std::vector<bool> inhibitory_neurons(const std::vector<WeighedProjection>& projections,
                                                   std::uint32_t neurons);

/// What a search follows, and how much that is.
struct SearchedNetwork {
    analysis::GroupNetwork network;
    std::uint64_t mothers = 0;   ///< neurons with a triplet at least
    std::uint64_t triplets = 0;  ///< over all mothers
    std::uint64_t strong = 0;    ///< strong synapses between excitatory neurons
};
/// @param share the least weight of a strong synapse, as a share of the bound of its projection
[[nodiscard]] SearchedNetwork searched_network(const Simulation& simulation,
                                               const std::vector<WeighedProjection>& projections,
                                               const std::vector<bool>& inhibitory, double share);

}  // namespace izhi::apps
