// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/network.hpp"

/// Interventions: changes to a running network. Simulation::apply() takes one between two steps, and it acts from the
/// next step on. The same interventions after the same numbers of steps give the same spikes and the same bits of
/// state. So a live run can be repeated by applying its interventions at the same steps again.
///
/// Currents are in [mV/ms]; for populations of the nine-parameter form in [pA], see network.hpp.
///
/// Neurons are numbered from 0 within the target selection: within a population, or over the network for `everyone`.
namespace izhi {

/// Multiplies the noise_stddev that the network gives a population by a factor in [0, 100]; the result must be at most
/// 1e4. Factors do not accumulate: 1 restores the value of the network.
struct NoiseScale {
    PopulationId population{};
    double factor = 1.0;
};
/// A constant current to every neuron of a population, in [-1e5, 1e5], until it is set again.
struct PopulationCurrent {
    PopulationId population{};
    double current = 0.0;
};
/// One current for each of several consecutive neurons, in [-1e5, 1e5], until it is set again.
struct NeuronCurrents {
    Selection target{};
    std::uint32_t first = 0;      ///< first neuron, within the target
    std::vector<float> currents;  ///< at least one
};
/// A current in [-1e5, 1e5] to a range of neurons for the next `steps` steps. Pulses add up; at most
/// kMostPulses of them may act at the same time.
struct CurrentPulse {
    Selection target{};
    double amplitude = 0.0;
    std::uint64_t steps = 1;               ///< 1 to 1e9
    std::uint32_t first = 0;               ///< first neuron, within the target
    std::optional<std::uint32_t> count{};  ///< by default to the end of the target
};
/// The most pulses that may act at the same time, over all populations.
inline constexpr std::size_t kMostPulses = 1024;
/// Spikes that arrive from outside. Each makes v of its neuron jump by `weight` in the next step, as with DeltaCurrent
/// [mV; nine-parameter: pA ms], in [-1e5, 1e5]. A neuron that is listed n times gets n of them.
struct InputSpikes {
    Selection target{};
    double weight = 0.0;
    std::vector<std::uint32_t> neurons;  ///< any order, repeats allowed; may be empty
};
/// Neurons that fire at the end of the next step, whatever their v is. They are reset, and their spikes are recorded
/// and delivered, as if they had crossed the threshold. A neuron that also crosses it in that step fires once.
struct ForcedSpikes {
    Selection target{};
    std::vector<std::uint32_t> neurons;  ///< any order; may be empty
};
/// Multiplies the weights that the network gives a projection by a factor in [0, 100]; all must stay in [-1e5, 1e5].
/// Factors do not accumulate: 1 restores the weights of the network. Not for plastic projections, whose weights follow
/// their rule.
///
/// The projection is wired again with the same draws: every synapse keeps its partners, its delay and its place in the
/// distribution of weights, and all weights of the network are rounded as if it had been described in this way (a sum
/// of inputs may have one bit less). Spikes that have been fired keep their weights, rounded to the new quantum if it
/// is coarser; input of more than 2^30 quanta in flight is limited to that. This takes as long as wiring the network,
/// and twice its memory while it lasts; it allocates.
struct WeightScale {
    ProjectionId projection{};
    double factor = 1.0;
};

/// Rates of consecutive Poisson sources of a population, instead of those that were described, until they are set again.
struct SourceRates {
    PopulationId population{};
    std::uint32_t first = 0;      ///< of the population
    std::vector<float> rates_hz;  ///< at least one; each in [0, 1000 / dt_ms], or kRateAsDescribed
};
/// In SourceRates: the rate that the network describes applies again, also if it changes over time. The spikes are then
/// those of a source whose rate was never set.
inline constexpr float kRateAsDescribed = -1.0f;

/// Raises (or lowers) the dopamine level of the network, by [-1e3, 1e3]. The level decays with
/// NetworkSpec::dopamine_tau_ms.
struct Dopamine {
    double amount = 0.0;
};
/// Sets the weight of one synapse of a plastic projection, within its bounds.
struct SynapseWeight {
    SynapseChoice synapse{};
    double weight = 0.0;
};

/// One of the interventions. They are plain data and may be made on any thread.
using Intervention = std::variant<NoiseScale, PopulationCurrent, NeuronCurrents, CurrentPulse, InputSpikes,
                                  ForcedSpikes, WeightScale, Dopamine, SynapseWeight, SourceRates>;
/// "noise-scale", "population-current", "neuron-currents", "current-pulse", "input-spikes", "forced-spikes", "weight-scale",
/// "dopamine", "synapse-weight", "source-rates"
[[nodiscard]] IZHI_API std::string_view kind_of(const Intervention& intervention) noexcept;

/// Checks an intervention on any thread, before it is sent to the thread that runs the network.
/// @throws Error that Simulation::apply() would throw for its values: something does not exist, or is out of range
IZHI_API void check_intervention(const Network& network, const Intervention& intervention);

/// An intervention and its time: it was made after `step` steps, so the first step in which it acts is number `step`,
/// counted from 0.
struct LoggedIntervention {
    std::uint64_t step = 0;
    Intervention what;
};

}  // namespace izhi
