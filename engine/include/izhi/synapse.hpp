// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <variant>

/// What synapses do and how they change. A spike of delay d that was found at the end of step s *arrives* in step s + d: its
/// weight acts on the target's input from that step on.
namespace izhi {

// Dynamics: how the input of a target follows from the weights that arrive. Inputs are computed once per step, from the
// state at its beginning, and held for the step, as bias and noise are.

/// The weight is a jump of v [mV; divided by C in the nine-parameter form], whatever the step: a current of weight x 1 ms / dt for
/// the one step in which it arrives.
struct DeltaCurrent {
    friend constexpr bool operator==(const DeltaCurrent&, const DeltaCurrent&) = default;
};
/// The weight [mV/ms; nine-parameter: pA] is added to a current that decays: exp(-t / tau). A spike brings the charge
/// weight x tau, whatever the step: what is added is multiplied by tau (1 - exp(-dt / tau)) / dt.
struct ExponentialCurrent {
    double tau_ms = 5.0;  ///< at least half a step, at most 1e5
    friend constexpr bool operator==(const ExponentialCurrent&, const ExponentialCurrent&) = default;
};
/// A current that rises and falls, (t / tau) exp(1 - t / tau): the weight [mV/ms; nine-parameter: pA] is its peak, tau after
/// the arrival. A spike brings the charge e x weight x tau, whatever the step.
struct AlphaCurrent {
    double tau_ms = 5.0;  ///< at least half a step, at most 1e5
    friend constexpr bool operator==(const AlphaCurrent&, const AlphaCurrent&) = default;
};
/// How a conductance hangs on v.
enum class VoltageFactor {
    none,
    nmda,  ///< x / (1 + x) with x = ((v + 80) / 60)^2: the magnesium block
};
[[nodiscard]] std::string_view to_string(VoltageFactor factor) noexcept;
/// The weight (not negative; [1/ms], in the nine-parameter form [nS]) is added to a conductance g that decays with tau; the
/// current is g f(v) (reversal - v) with v at the beginning of the step. The integral of g of a spike is weight x tau. Stable while the sum of a neuron's conductances
/// stays well below 2 / dt.
struct Conductance {
    double tau_ms = 5.0;       ///< at least half a step, at most 1e5
    double reversal_mv = 0.0;  ///< in [-200, 200]
    VoltageFactor factor = VoltageFactor::none;
    friend constexpr bool operator==(const Conductance&, const Conductance&) = default;
};
using SynapseDynamics = std::variant<DeltaCurrent, ExponentialCurrent, AlphaCurrent, Conductance>;  ///< one of them
/// "delta", "exponential", "alpha", "conductance"
[[nodiscard]] std::string_view kind_of(const SynapseDynamics& dynamics) noexcept;

// The receptors that the field uses with these neurons (as in Izhikevich and Edelman 2008, PNAS 105:3593).
[[nodiscard]] constexpr Conductance ampa() { return {5.0, 0.0, VoltageFactor::none}; }
[[nodiscard]] constexpr Conductance nmda() { return {150.0, 0.0, VoltageFactor::nmda}; }
[[nodiscard]] constexpr Conductance gaba_a() { return {6.0, -70.0, VoltageFactor::none}; }
[[nodiscard]] constexpr Conductance gaba_b() { return {150.0, -90.0, VoltageFactor::none}; }

/// Short-term plasticity: Tsodyks, Pawelzik and Markram (1998), Neural Computation 10:821. Each source has a utilisation u,
/// which relaxes to 0, and resources x, which relax to 1. When it fires, u <- u + U (1 - u); the spike goes out with its
/// weights times u x; then x <- x - u x. All of that is at the time of firing, whatever the delay.
struct ShortTermPlasticity {
    double utilisation = 0.45;  ///< U, in [0.001, 1]
    double tau_u_ms = 50.0;     ///< facilitation, in (0, 1e6]
    double tau_x_ms = 750.0;    ///< recovery from depression, in (0, 1e6]
    friend constexpr bool operator==(const ShortTermPlasticity&, const ShortTermPlasticity&) = default;
};
/// Between excitatory neurons, depressing; and from inhibitory ones, facilitating (values as in the field's use).
[[nodiscard]] constexpr ShortTermPlasticity excitatory_short_term() { return {0.45, 50.0, 750.0}; }
[[nodiscard]] constexpr ShortTermPlasticity inhibitory_short_term() { return {0.15, 750.0, 50.0}; }

// Spike-timing-dependent plasticity. A synapse sees a spike of its source when it *arrives* and a spike of its target when
// that is found; a dendritic delay puts the former earlier and the latter later. Let dt be the time of the target's spike
// minus that of the arrival. A spike of the target in the very step in which a weight arrived has dt = 0 and potentiates;
// an arrival in the step after the target's spike has dt = -1 step, the smallest that depresses.

/// Which pairs of spikes count.
enum class Pairing {
    all_to_all,  ///< every spike with every earlier one of the other side
    nearest,     ///< every spike with the latest one of the other side
};
[[nodiscard]] std::string_view to_string(Pairing pairing) noexcept;

/// How the size of a change hangs on the weight w in [lowest, highest].
enum class WeightDependence {
    additive,        ///< not at all; w is clipped
    multiplicative,  ///< up: times (highest - w) / (highest - lowest); down: times (w - lowest) / (highest - lowest)
};
[[nodiscard]] std::string_view to_string(WeightDependence dependence) noexcept;

/// Pairs: a_plus exp(-dt / tau_plus) for dt >= 0, -a_minus exp(dt / tau_minus) for dt < 0. Amplitudes in units of the weight,
/// in [-1e4, 1e4]; time constants in [dt / 2, 1e5] ms. (Song, Miller and Abbott 2000, Nat. Neurosci. 3:919; Morrison,
/// Diesmann and Gerstner 2008, Biol. Cybern. 98:459.)
struct PairStdp {
    double a_plus = 0.1, a_minus = 0.12;
    double tau_plus_ms = 20.0, tau_minus_ms = 20.0;
    Pairing pairing = Pairing::all_to_all;
    WeightDependence dependence = WeightDependence::additive;
    friend constexpr bool operator==(const PairStdp&, const PairStdp&) = default;
};
/// Triplets: Pfister and Gerstner (2006), J. Neurosci. 26:9673. With the traces r1, r2 of arrivals (tau_plus, tau_x) and o1, o2
/// of the target's spikes (tau_minus, tau_y), each taken before the spike at hand is added to it: a spike of the target
/// changes the weight by r1 (a2_plus + a3_plus o2), an arrival by -o1 (a2_minus + a3_minus r2).
struct TripletStdp {
    double a2_plus = 0.0, a2_minus = 0.0, a3_plus = 0.0, a3_minus = 0.0;
    double tau_plus_ms = 16.8, tau_minus_ms = 33.7, tau_x_ms = 101.0, tau_y_ms = 125.0;
    Pairing pairing = Pairing::all_to_all;
    WeightDependence dependence = WeightDependence::additive;
    friend constexpr bool operator==(const TripletStdp&, const TripletStdp&) = default;
};
using StdpRule = std::variant<PairStdp, TripletStdp>;  ///< one of them

/// The weight changes at once.
struct ImmediateChange {
    friend constexpr bool operator==(const ImmediateChange&, const ImmediateChange&) = default;
};
/// Changes are summed up in a derivative s of each synapse and applied together, every interval: s <- decay s, then
/// w <- clip(w + drift + s). Izhikevich (2006), Neural Computation 18:245: each second, 0.9 and 0.01.
struct AccumulatedChange {
    double interval_ms = 1000.0;  ///< at least one step
    double decay = 0.9;           ///< in [0, 1]
    double drift = 0.01;          ///< in units of the weight
    friend constexpr bool operator==(const AccumulatedChange&, const AccumulatedChange&) = default;
};
/// Changes are summed up in an eligibility s of each synapse; dopamine turns it into weight. Every interval:
/// w <- clip(w + (baseline + D) s), then s <- decay s, with the network's level of dopamine D (NetworkSpec::dopamine_tau_ms).
/// Izhikevich (2007), Cerebral Cortex 17:2443: each 10 ms, 0.99 and 0.002.
struct RewardedChange {
    double interval_ms = 10.0;  ///< at least one step
    double decay = 0.99;        ///< in [0, 1]
    double baseline = 0.002;
    friend constexpr bool operator==(const RewardedChange&, const RewardedChange&) = default;
};
using WeightChange = std::variant<ImmediateChange, AccumulatedChange, RewardedChange>;  ///< one of them
/// "immediate", "accumulated", "rewarded"
[[nodiscard]] std::string_view kind_of(const WeightChange& change) noexcept;

/// A rule, how its changes reach the weights, and their bounds.
///
/// Delays: a synapse's delay_ms is axonal but for its dendritic share, the same for a whole projection. A spike reaches the
/// synapse after the axonal part, and the target's soma after both; the target's own spike needs the dendritic part back to
/// the synapse. So the share moves all pairs by twice itself: what fires the target after 10 ms of axon is potentiated most,
/// after 10 ms of dendrite it is seen 10 ms before the target's spike gets there. Other simulators take all of the delay to be
/// one or the other, silently (NEST: dendritic; the programs of 2006 and 2007: axonal).
struct Plasticity {
    StdpRule rule = PairStdp{};
    WeightChange change = ImmediateChange{};
    double lowest = 0.0, highest = 10.0;  ///< of the weight; lowest < highest. Start weights lie within
    double dendritic_delay_ms = 0.0;      ///< rounded to steps; at most the shortest delay of the projection
    friend constexpr bool operator==(const Plasticity&, const Plasticity&) = default;
};

/// The rules of the 2006 polychronization network and of the 2007 distal-reward network (traces that lose 5 % each ms).
[[nodiscard]] Plasticity polychronization_2006();
[[nodiscard]] Plasticity distal_reward_2007();

}  // namespace izhi
