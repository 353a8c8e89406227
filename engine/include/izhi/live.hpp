// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "izhi/network.hpp"

/// Changes to a network that runs. Simulation::apply() takes one between two steps; it acts from the next step on. The
/// same interventions after the same numbers of steps give the same spikes and the same bits of state, as everything else
/// here does; so a live run is repeated by applying its interventions at their steps again.
///
/// Currents are in [mV/ms], into populations of the nine-parameter form in [pA]; see network.hpp.
///
/// Neurons are counted from 0 within the target selection: within a population, or over the network for `everyone`.
namespace izhi {

/// Multiplies the noise_stddev of a population, as described, by a factor in [0, 100]; no more than 1e4 results.
/// Factors do not add up: 1 is the network as described.
struct NoiseScale {
    PopulationId population{};
    double factor = 1.0;
};
/// A constant current into every neuron of a population, in [-1e5, 1e5], until it is set again.
struct PopulationCurrent {
    PopulationId population{};
    double current = 0.0;
};
/// A current of its own for each of some consecutive neurons, in [-1e5, 1e5], until it is set again.
struct NeuronCurrents {
    Selection target{};
    std::uint32_t first = 0;      ///< of the target
    std::vector<float> currents;  ///< at least one
};
/// A current in [-1e5, 1e5] into a range of neurons for the next `steps` steps. Pulses add up; at most
/// kMostPulses of them may be under way.
struct CurrentPulse {
    Selection target{};
    double amplitude = 0.0;
    std::uint64_t steps = 1;               ///< 1 to 1e9
    std::uint32_t first = 0;               ///< of the target
    std::optional<std::uint32_t> count{};  ///< to the end of the target unless given
};
/// That may be under way at once, over all populations.
inline constexpr std::size_t kMostPulses = 1024;
/// Spikes that arrive from outside: each is a jump of its neuron's v by `weight` in the next step, as of DeltaCurrent, [mV; nine-parameter:
/// pA ms] in [-1e5, 1e5]. A neuron named n times gets n of them.
struct InputSpikes {
    Selection target{};
    double weight = 0.0;
    std::vector<std::uint32_t> neurons;  ///< any order, repeats allowed; may be empty
};
/// Neurons that fire at the end of the next step whatever their v: they are reset, and their spikes are recorded and
/// delivered, as if they had crossed the threshold. One that crosses it in that step anyway fires once.
struct ForcedSpikes {
    Selection target{};
    std::vector<std::uint32_t> neurons;  ///< any order; may be empty
};
/// Multiplies the weights of a projection, as described, by a factor in [0, 100]; none may leave [-1e5, 1e5]. Factors do
/// not add up: 1 is the network as described. Not for plastic projections, whose weights follow their rule.
///
/// The projection is wired again with the same draws: every synapse keeps its partners, its delay and its place in the
/// law of weights, and all weights of the network are quantised as if it had been described that way (a sum of inputs may
/// get one bit less than then). Spikes already fired keep the weights they were fired with, rounded to the new quantum where
/// that is coarser; input of more than 2^30 quanta in flight is cut to that. Takes as long as wiring the network, and
/// twice its memory meanwhile; allocates.
struct WeightScale {
    ProjectionId projection{};
    double factor = 1.0;
};

/// Rates of consecutive Poisson sources of a population, instead of those that were described, until they are set again.
struct SourceRates {
    PopulationId population{};
    std::uint32_t first = 0;      ///< of the population
    std::vector<float> rates_hz;  ///< at least one, in [0, 1000 / dt_ms]
};

/// Raises (or lowers) the network's level of dopamine, in [-1e3, 1e3]. It falls with NetworkSpec::dopamine_tau_ms.
struct Dopamine {
    double amount = 0.0;
};
/// Sets the weight of one synapse of a plastic projection, within its bounds.
struct SynapseWeight {
    SynapseChoice synapse{};
    double weight = 0.0;
};

/// One of them. Plain data: it may be made on any thread.
using Intervention = std::variant<NoiseScale, PopulationCurrent, NeuronCurrents, CurrentPulse, InputSpikes,
                                  ForcedSpikes, WeightScale, Dopamine, SynapseWeight, SourceRates>;
/// "noise-scale", "population-current", "neuron-currents", "current-pulse", "input-spikes", "forced-spikes", "weight-scale",
/// "dopamine", "synapse-weight", "source-rates"
[[nodiscard]] std::string_view kind_of(const Intervention& intervention) noexcept;

/// What Simulation::apply() would throw for its values: names something that does not exist, or is out of range. For any
/// thread, before it is sent to the one that runs the network. @throws Error
void check_intervention(const Network& network, const Intervention& intervention);

/// An intervention and when it was made: after `step` steps, so that step number `step`, counted from 0, is the first
/// that it acts in.
struct LoggedIntervention {
    std::uint64_t step = 0;
    Intervention what;
};

}  // namespace izhi
