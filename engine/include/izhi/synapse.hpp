// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <variant>

#include "izhi/export.hpp"

/// Dynamics and plasticity of synapses. A spike with delay d that was found at the end of step s *arrives* in step s +
/// d: its weight acts on the target's input from that step on.
namespace izhi {

// Dynamics: how arriving weights become input of the target. Inputs are computed once per step, from the
// state at its beginning, and are constant during the step, like bias and noise.

/// The weight is a jump of v [mV; divided by C in the nine-parameter form] for any dt: a current of weight x 1 ms / dt
/// during the one step in which the spike arrives.
struct DeltaCurrent {
    friend constexpr bool operator==(const DeltaCurrent&, const DeltaCurrent&) = default;
};
/// The weight [mV/ms; nine-parameter: pA] is added to a current that decays as exp(-t / tau). A spike brings the charge
/// weight x tau for any dt, because the added amount is multiplied by tau (1 - exp(-dt / tau)) / dt.
struct ExponentialCurrent {
    double tau_ms = 5.0;  ///< at least half a step, at most 1e5
    friend constexpr bool operator==(const ExponentialCurrent&, const ExponentialCurrent&) = default;
};
/// A current that rises and falls as (t / tau) exp(1 - t / tau); the weight [mV/ms; nine-parameter: pA] is its peak, at
/// tau after the arrival. A spike brings the charge e x weight x tau for any dt.
struct AlphaCurrent {
    double tau_ms = 5.0;  ///< at least half a step, at most 1e5
    friend constexpr bool operator==(const AlphaCurrent&, const AlphaCurrent&) = default;
};
/// How a conductance depends on v.
enum class VoltageFactor {
    none,
    nmda,  ///< x / (1 + x) with x = ((v + 80) / 60)^2: the magnesium block
};
[[nodiscard]] IZHI_API std::string_view to_string(VoltageFactor factor) noexcept;
/// The weight (not negative; [1/ms], in the nine-parameter form [nS]) is added to a conductance g that decays with tau.
/// The current is g f(v) (reversal - v) with v at the beginning of the step and f the voltage factor. The integral of g
/// for one spike is weight x tau. Stable if the sum of a neuron's conductances stays well below 2 / dt.
struct Conductance {
    double tau_ms = 5.0;       ///< at least half a step, at most 1e5
    double reversal_mv = 0.0;  ///< in [-200, 200]
    VoltageFactor factor = VoltageFactor::none;
    friend constexpr bool operator==(const Conductance&, const Conductance&) = default;
};
using SynapseDynamics = std::variant<DeltaCurrent, ExponentialCurrent, AlphaCurrent, Conductance>;
/// "delta", "exponential", "alpha", "conductance"
[[nodiscard]] IZHI_API std::string_view kind_of(const SynapseDynamics& dynamics) noexcept;

// The receptors that are commonly used with these neurons (as in Izhikevich and Edelman 2008, PNAS 105:3593).
[[nodiscard]] constexpr Conductance ampa() { return {5.0, 0.0, VoltageFactor::none}; }
[[nodiscard]] constexpr Conductance nmda() { return {150.0, 0.0, VoltageFactor::nmda}; }
[[nodiscard]] constexpr Conductance gaba_a() { return {6.0, -70.0, VoltageFactor::none}; }
[[nodiscard]] constexpr Conductance gaba_b() { return {150.0, -90.0, VoltageFactor::none}; }

/// Short-term plasticity: Tsodyks, Pawelzik and Markram (1998), Neural Computation 10:821. Each source has a
/// utilisation u, which relaxes to 0, and resources x, which relax to 1. When it fires, u <- u + U (1 - u); the weights
/// of the spike are multiplied by u x; then x <- x - u x. All of this happens at the time of firing, independently of
/// the delay.
struct ShortTermPlasticity {
    double utilisation = 0.45;  ///< U, in [0.001, 1]
    double tau_u_ms = 50.0;     ///< time constant of facilitation, in [0.001, 1e6]
    double tau_x_ms = 750.0;    ///< time constant of recovery from depression, in [0.001, 1e6]
    friend constexpr bool operator==(const ShortTermPlasticity&, const ShortTermPlasticity&) = default;
};
/// Commonly used values: depressing between excitatory neurons, facilitating from inhibitory ones.
[[nodiscard]] constexpr ShortTermPlasticity excitatory_short_term() { return {0.45, 50.0, 750.0}; }
[[nodiscard]] constexpr ShortTermPlasticity inhibitory_short_term() { return {0.15, 750.0, 50.0}; }

// Spike-timing-dependent plasticity. A synapse sees a spike of its source when it *arrives*, and a spike of its target
// when it is found; a dendritic delay makes the first earlier and the second later. Let dt be the time of the target's
// spike minus that of the arrival. If the target fires in the step in which a weight arrives, dt = 0, which
// potentiates. An arrival in the step after the target's spike has dt = -1 step, the smallest difference that
// depresses.

/// Which pairs of spikes change a weight.
enum class Pairing {
    all_to_all,  ///< every spike with every earlier one of the other side
    nearest,     ///< every spike with the latest one of the other side
};
[[nodiscard]] IZHI_API std::string_view to_string(Pairing pairing) noexcept;

/// How the size of a change depends on the weight w in [lowest, highest].
enum class WeightDependence {
    additive,        ///< it does not; w is clipped
    multiplicative,  ///< up: times (highest - w) / (highest - lowest); down: times (w - lowest) / (highest - lowest)
    power,           ///< up: times the same share to the power mu_plus; down: to the power mu_minus
};
[[nodiscard]] IZHI_API std::string_view to_string(WeightDependence dependence) noexcept;

/// Pair rule: the weight changes by a_plus exp(-dt / tau_plus) for dt >= 0, and by -a_minus exp(dt / tau_minus) for dt
/// < 0. Amplitudes are in units of the weight, in [-1e4, 1e4]; time constants are in [half a step, 1e5 ms]. (Song,
/// Miller and Abbott 2000, Nat. Neurosci. 3:919; Morrison, Diesmann and Gerstner 2008, Biol. Cybern. 98:459.)
///
/// WeightDependence::power has the exponents mu_plus and mu_minus (Guetig, Aharonov, Rotter and Sompolinsky 2003, J.
/// Neurosci. 23:3697): 0 and 0 are additive, 1 and 1 multiplicative, 0 and 1 the rule of van Rossum, Bi and Turrigiano
/// (2000, J. Neurosci. 20:8812). The power is computed from tables; its relative error is below 1e-6 for exponents up to
/// 1 and below 2e-5 for all.
struct PairStdp {
    double a_plus = 0.1, a_minus = 0.12;
    double tau_plus_ms = 20.0, tau_minus_ms = 20.0;
    Pairing pairing = Pairing::all_to_all;
    WeightDependence dependence = WeightDependence::additive;
    double mu_plus = 1.0, mu_minus = 1.0;  ///< exponents of WeightDependence::power, in [0, 10]
    friend constexpr bool operator==(const PairStdp&, const PairStdp&) = default;
};
/// Triplet rule: Pfister and Gerstner (2006), J. Neurosci. 26:9673. There are traces r1, r2 of arrivals (tau_plus,
/// tau_x) and o1, o2 of the target's spikes (tau_minus, tau_y). A spike of the target changes the weight by r1 (a2_plus
/// + a3_plus o2), an arrival by -o1 (a2_minus + a3_minus r2), where the traces do not yet include the spike itself.
struct TripletStdp {
    double a2_plus = 0.0, a2_minus = 0.0, a3_plus = 0.0, a3_minus = 0.0;
    double tau_plus_ms = 16.8, tau_minus_ms = 33.7, tau_x_ms = 101.0, tau_y_ms = 125.0;
    Pairing pairing = Pairing::all_to_all;
    WeightDependence dependence = WeightDependence::additive;
    double mu_plus = 1.0, mu_minus = 1.0;  ///< exponents of WeightDependence::power, in [0, 10]
    friend constexpr bool operator==(const TripletStdp&, const TripletStdp&) = default;
};
/// The data to which Pfister and Gerstner (2006) fitted their triplet rule. The minimal sets have fewer amplitudes than 4.
enum class TripletSet { visual_cortex, visual_cortex_minimal, hippocampus, hippocampus_minimal };
[[nodiscard]] IZHI_API std::string_view to_string(TripletSet set) noexcept;
/// The amplitudes and time constants of tables 3 and 4 of the paper, fitted for a pairing.
/// @param scale the amplitudes are multiplied by it: the weight that counts as 1, because the paper's are changes
/// relative to the initial weight
[[nodiscard]] IZHI_API TripletStdp pfister_gerstner_2006(TripletSet set, Pairing pairing = Pairing::all_to_all,
                                                         double scale = 1.0) noexcept;
/// The rule of inhibitory synapses that keeps the rate of their targets: Vogels, Sprekeler, Zenke, Clopath and Gerstner
/// (2011), Science 334:1569. Pairs of spikes in any order increase the weight, and every arrival decreases it: a spike
/// of the target changes the weight by eta x, an arrival by eta (y - alpha), with the traces x of arrivals and y of the
/// target's spikes, both with tau, and alpha = 2 target rate tau. The weight rests where the target fires at the target
/// rate independently of the source. It does not depend on the weight, which is clipped; every spike is paired with all
/// earlier ones. Weights that are negative currents need a negative eta.
struct SymmetricStdp {
    double eta = 0.01;            ///< in units of the weight, in [-1e4, 1e4]
    double tau_ms = 20.0;         ///< in [half a step, 1e5]
    double target_rate_hz = 3.0;  ///< in [0, 1e5]
    friend constexpr bool operator==(const SymmetricStdp&, const SymmetricStdp&) = default;
};
using StdpRule = std::variant<PairStdp, TripletStdp, SymmetricStdp>;

/// The weight changes at once.
struct ImmediateChange {
    friend constexpr bool operator==(const ImmediateChange&, const ImmediateChange&) = default;
};
/// Changes are summed in a derivative s of each synapse and applied together after every interval: s <- decay s, then
/// w <- clip(w + drift + s). Izhikevich (2006), Neural Computation 18:245: every second, 0.9 and 0.01.
struct AccumulatedChange {
    double interval_ms = 1000.0;  ///< at least one step
    double decay = 0.9;           ///< in [0, 1]
    double drift = 0.01;          ///< in units of the weight
    friend constexpr bool operator==(const AccumulatedChange&, const AccumulatedChange&) = default;
};
/// Changes are summed in an eligibility s of each synapse, and dopamine turns it into weight. After every interval: w
/// <- clip(w + (baseline + D) s), then s <- decay s, with the network's dopamine level D
/// (NetworkSpec::dopamine_tau_ms). Izhikevich (2007), Cerebral Cortex 17:2443: every 10 ms, 0.99 and 0.002.
struct RewardedChange {
    double interval_ms = 10.0;  ///< at least one step
    double decay = 0.99;        ///< in [0, 1]
    double baseline = 0.002;
    friend constexpr bool operator==(const RewardedChange&, const RewardedChange&) = default;
};
using WeightChange = std::variant<ImmediateChange, AccumulatedChange, RewardedChange>;
/// "immediate", "accumulated", "rewarded"
[[nodiscard]] IZHI_API std::string_view kind_of(const WeightChange& change) noexcept;

/// A rule of plasticity, how its changes reach the weights, and the bounds of the weights.
///
/// Delays: the delay_ms of a synapse is axonal except for its dendritic part, which is the same for a whole projection.
/// A spike reaches the synapse after the axonal part, and the target's soma after both; the target's own spike needs
/// the dendritic part to get back to the synapse. So the dendritic part shifts all pairs by twice its value. Example: a
/// spike that fires the target after a delay of 10 ms arrives together with the target's spike if the delay is axonal,
/// and is potentiated most. If the delay is dendritic, it passes the synapse 20 ms before the target's spike gets
/// there. Other simulators silently take the whole delay as one or the other (NEST: dendritic; the programs of 2006 and
/// 2007: axonal).
struct Plasticity {
    StdpRule rule = PairStdp{};
    WeightChange change = ImmediateChange{};
    double lowest = 0.0, highest = 10.0;  ///< bounds of the weight; lowest < highest. Initial weights must lie within
    double dendritic_delay_ms = 0.0;      ///< rounded to steps; at most the shortest delay of the projection
    friend constexpr bool operator==(const Plasticity&, const Plasticity&) = default;
};

/// The rules of the 2006 polychronization network and of the 2007 distal-reward network (traces that lose 5 % each ms).
[[nodiscard]] IZHI_API Plasticity polychronization_2006();
[[nodiscard]] IZHI_API Plasticity distal_reward_2007();

}  // namespace izhi
