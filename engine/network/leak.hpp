// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/network/plan.hpp"

/// What a step of the integrate-and-fire neuron is made of. With u = v - E_L, tau the membrane's time constant, C its
/// capacitance, s that of a synapse and h the step (Rotter and Diesmann 1999):
///
///     u <- decay u + gain I                       decay = exp(-h / tau), gain = tau / C (1 - exp(-h / tau))
///
/// for input I that is held. A current that decays in the step, and one that rises, act by another gain each. They are given
/// as multiples of `gain`, since all input of a neuron is summed up before it is multiplied.
namespace izhi::detail {

class Leak {
public:
    Leak(const Model& model, double dt_ms);

    double decay, gain;
    double leak;         ///< C / tau [nS]
    double step_over_c;  ///< h / C [ms / pF]

    /// What a current that decays with this time constant is multiplied by, in the step that it begins in at full strength.
    [[nodiscard]] double of_exponential(double tau_syn_ms) const noexcept;
    /// The same of the rise of an alpha current [ms]: of what its slope would be without its own decay.
    [[nodiscard]] double of_rise(double tau_syn_ms) const noexcept;
    /// The current that makes v jump by 1 mV in one step.
    [[nodiscard]] double of_jump() const noexcept { return 1.0 / gain; }

private:
    double tau_ms_, dt_ms_;
};

/// What a unit of weight that arrives adds to the input of a population of this model, or to the state of a channel that acts on it:
/// see SynapseDynamics. It makes what a spike brings independent of the length of a step: a delta current acts for one
/// step, and the sum over steps of what decays is more than its integral.
[[nodiscard]] double input_of_arrival(const SynapseDynamics& dynamics, const Model& model, double dt_ms);
/// The same of an arrival with this weight.
[[nodiscard]] double arrival(const SynapseDynamics& dynamics, const Model& model, double dt_ms, double weight);
/// The steps that a neuron stays at its reset value.
[[nodiscard]] std::uint64_t refractory_steps(const Model& model, double dt_ms);

}  // namespace izhi::detail
