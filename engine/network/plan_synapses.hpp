// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/network/check.hpp"
#include "engine/network/plan.hpp"

/// What synapses do when spikes arrive: dynamics, short-term plasticity, rules of learning; checked and planned.
namespace izhi::detail {

[[nodiscard]] double lowest_value(const Distribution& d);
[[nodiscard]] double highest_value(const Distribution& d);

/// Delays in turn need draws in an order that says nothing of the partner. @param sources, targets that a neuron may have
void check_spread(const Check& check, const ProjectionSpec& spec, double sources, double targets);
/// Fills in the channel and what is plastic of a projection whose rule, delays and storage are planned.
void plan_synapses(const Check& check, const ProjectionSpec& spec, Plan& plan, ProjectionPlan& planned);
/// The number of the channel with these dynamics, which is new if there was none.
[[nodiscard]] std::uint32_t channel_of(const SynapseDynamics& dynamics, std::vector<SynapseDynamics>& channels);
/// Their constants are in range.
void check_dynamics(const Check& check, const SynapseDynamics& dynamics, double dt_ms);
/// What a projection does to its targets.
enum class Sign { excites, inhibits, both };
[[nodiscard]] Sign sign_of(const ProjectionSpec& spec);
/// What traces show of synapses gets buffers of its own. (The traces are checked later.)
void plan_apart(Plan& plan);
/// Which projections share rows.
void plan_routes(Plan& plan);

}  // namespace izhi::detail
