// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <span>
#include <string_view>

#include "izhi/export.hpp"
#include "izhi/model.hpp"

/// The four-parameter neuron of Izhikevich (2003), IEEE Trans. Neural Networks 14:1569-1572:
///
///     dv/dt = 0.04 v^2 + 5 v + 140 - u + I        v: membrane potential [mV]
///     du/dt = a (b v - u)                         u: recovery variable  [mV]
///     v >= 30 mV:  v <- c,  u <- u + d            I: input current [mV/ms], t in ms
namespace izhi {

/// The distribution of a value over the neurons of a population or the synapses of a projection. Every draw is a pure
/// function of (network seed, what is drawn, index), so it does not depend on threads or on order.
struct Distribution {
    enum class Kind {
        constant,  ///< p0
        uniform,   ///< uniform in [p0, p1)
        normal,    ///< normal with mean p0 and standard deviation p1, within [p2, p3]
        shared,    ///< p0 + p1 r + p2 r^2 with one r ~ U(0,1) per neuron, the same in all its fields
        spread,    ///< from p0 to p1 over the synapses of a neuron, in the order in which they are drawn
        rest,  ///< for the initial v: the resting potential; with p1 = 1, p0 unless the neuron would fire from there
        lognormal,    ///< factor exp(x), where x is normal with mean p0 and standard deviation p1; within [p2, p3]
        exponential,  ///< exponential with mean p0; all values are negative if p0 is; within [p2, p3]
        gamma,        ///< gamma with shape p0 and scale p1; all values are negative if p1 is; within [p2, p3]
    };
    /// How draws are kept within [p2, p3].
    enum class Tails {
        clip,    ///< a draw outside becomes the nearer bound
        redraw,  ///< a draw outside is drawn again: the law, given that it lies within
    };
    /// As p2 or p3 of lognormal, exponential and gamma: this side has no bound. Draws beyond the quantile 1 - 2^-32 of
    /// the unbounded law are drawn again nevertheless, so that every law has a largest value.
    static constexpr double kNoBound = std::numeric_limits<double>::infinity();

    Kind kind = Kind::constant;
    double p0 = 0.0, p1 = 0.0, p2 = 0.0, p3 = 0.0;
    Tails tails = Tails::clip;
    double factor = 1.0;  ///< lognormal; negative for inhibition

    constexpr Distribution() = default;
    /// A plain number is a constant.
    constexpr Distribution(double value)
        : p0(value) {}  // NOLINT(google-explicit-constructor): `.weight = 6.0` must read so
    constexpr Distribution(Kind k, double q0, double q1, double q2 = 0.0, double q3 = 0.0)
        : kind(k), p0(q0), p1(q1), p2(q2), p3(q3) {}

    friend constexpr bool operator==(const Distribution&, const Distribution&) = default;
};

/// Uniform in [low, high).
[[nodiscard]] constexpr Distribution uniform(double low, double high) {
    return {Distribution::Kind::uniform, low, high};
}
/// Normal(mean, stddev); draws outside [low, high] are set to the nearer bound.
[[nodiscard]] constexpr Distribution clipped_normal(double mean, double stddev, double low, double high) {
    return {Distribution::Kind::normal, mean, stddev, low, high};
}
/// `distribution` with its draws kept within [low, high], by `tails`. For lognormal, exponential and gamma; a bound may be
/// kNoBound (-kNoBound for low).
[[nodiscard]] constexpr Distribution bounded(Distribution distribution, double low, double high,
                                             Distribution::Tails tails = Distribution::Tails::redraw) {
    distribution.p2 = low;
    distribution.p3 = high;
    distribution.tails = tails;
    return distribution;
}
/// Normal(mean, stddev), where draws outside [low, high] are drawn again. Draws use the quantile function of the
/// truncated law instead of a loop, and are exact. At least a billionth of the unbounded law must lie within the
/// bounds.
[[nodiscard]] constexpr Distribution redrawn_normal(double mean, double stddev, double low, double high) {
    return bounded({Distribution::Kind::normal, mean, stddev}, low, high);
}
/// exp(x) with x ~ Normal(mu, sigma). The parameters are those *of the logarithm*, as in NEST, PyNN and NumPy.
[[nodiscard]] constexpr Distribution lognormal(double mu, double sigma) {
    return bounded({Distribution::Kind::lognormal, mu, sigma}, -Distribution::kNoBound, Distribution::kNoBound);
}
/// The same law, given by the mean and standard deviation of the values: sigma^2 = log(1 + (stddev / mean)^2), mu =
/// log|mean| - sigma^2 / 2. A negative mean makes all values negative.
[[nodiscard]] IZHI_API Distribution lognormal_of_mean(double mean, double stddev);
/// Exponential with this mean. A negative mean makes all values negative.
[[nodiscard]] constexpr Distribution exponential(double mean) {
    return bounded({Distribution::Kind::exponential, mean, 0.0}, -Distribution::kNoBound, Distribution::kNoBound);
}
/// Gamma: mean shape x scale, variance shape x scale^2. A negative scale makes all values negative.
[[nodiscard]] constexpr Distribution gamma(double shape, double scale) {
    return bounded({Distribution::Kind::gamma, shape, scale}, -Distribution::kNoBound, Distribution::kNoBound);
}
/// base + linear * r + square * r^2, where r ~ U(0,1) is drawn once per neuron and shared by all its parameters: the
/// mixes of the 2003 network. For fields of neurons only, not for synapses.
[[nodiscard]] constexpr Distribution shared(double base, double linear, double square = 0.0) {
    return {Distribution::Kind::shared, base, linear, square};
}

/// For delays only: the synapses that a neuron draws get the whole steps from low to high in turn, in equal shares.
/// Synapse j of M gets low + floor(j (high - low + 1) / M) steps: in the 2006 network, 5 of 100 synapses get each delay
/// from 1 to 20 ms.
[[nodiscard]] constexpr Distribution spread(double low, double high) { return {Distribution::Kind::spread, low, high}; }

/// For PopulationSpec::v0_mv: the resting potential of each neuron, see resting_v().
[[nodiscard]] constexpr Distribution rest() { return {Distribution::Kind::rest, -65.0, 0.0}; }
/// For PopulationSpec::v0_mv: v for neurons that come to rest from there, and the resting potential for neurons that
/// would fire.
[[nodiscard]] constexpr Distribution rest_or(double v) { return {Distribution::Kind::rest, v, 1.0}; }

/// The parameters of neurons; each is a number or a distribution over the population.
struct CellType {
    Distribution a = 0.02;   ///< rate of recovery [1/ms], in [-10, 10]
    Distribution b = 0.2;    ///< how strongly u follows v [1; nine-parameter: nS], in [-100, 100]
    Distribution c = -65.0;  ///< v after a spike [mV], in [-200, 29]; nine-parameter: in [-200, vpeak - 1]
    Distribution d = 8.0;    ///< jump of u at a spike [mV; nine-parameter: pA], in [-1000, 1000]
    Model model{};           ///< the form of the equations, the same for the whole population

    friend constexpr bool operator==(const CellType&, const CellType&) = default;
};

// The types of the 2003 paper, figure 2.
[[nodiscard]] constexpr CellType regular_spiking() { return {0.02, 0.2, -65.0, 8.0, {}}; }         ///< RS
[[nodiscard]] constexpr CellType intrinsically_bursting() { return {0.02, 0.2, -55.0, 4.0, {}}; }  ///< IB
[[nodiscard]] constexpr CellType chattering() { return {0.02, 0.2, -50.0, 2.0, {}}; }              ///< CH
[[nodiscard]] constexpr CellType fast_spiking() { return {0.1, 0.2, -65.0, 2.0, {}}; }             ///< FS
[[nodiscard]] constexpr CellType low_threshold_spiking() { return {0.02, 0.25, -65.0, 2.0, {}}; }  ///< LTS
[[nodiscard]] constexpr CellType thalamo_cortical() { return {0.02, 0.25, -65.0, 0.05, {}}; }      ///< TC
[[nodiscard]] constexpr CellType resonator() { return {0.1, 0.26, -65.0, 2.0, {}}; }               ///< RZ

/// The integrate-and-fire neuron, see ModelForm::lif; c is V_reset, and a, b and d mean nothing.
[[nodiscard]] constexpr CellType leaky_integrate_and_fire() { return {0.0, 0.0, -70.0, 0.0, leaky()}; }

/// The excitatory mix of the paper's network: from RS (r = 0) to CH (r = 1).
[[nodiscard]] constexpr CellType excitatory_2003() {
    return {0.02, 0.2, shared(-65.0, 0.0, 15.0), shared(8.0, 0.0, -6.0), {}};
}
/// The inhibitory mix of the paper's network: from LTS (r = 0) to FS (r = 1).
[[nodiscard]] constexpr CellType inhibitory_2003() { return {shared(0.02, 0.08), shared(0.25, -0.05), -65.0, 2.0, {}}; }

/// A cell type with its names in network files and on the command line.
struct NamedCellType {
    std::string_view name;   ///< "RS", "excitatory-2003"
    std::string_view title;  ///< "regular spiking"
    CellType cell;
};
/// All named cell types, in the order of the paper. Valid for the life of the process.
[[nodiscard]] IZHI_API std::span<const NamedCellType> named_cell_types() noexcept;

/// How a step is computed. These give different results and are never mixed silently.
enum class Numerics {
    /// v by two half-steps of dt/2 (forward Euler with constant u and I), then u by one step with the new v; the
    /// threshold is tested once per step. The published results of 2003 and 2006 were made in this way, at dt = 1 ms. A
    /// half step of length h is computed as v (0.04 h v + 5 h + 1) + h (140 - u + I), in single precision.
    published,
    /// v by one Euler step of dt, then u with the *new* v (the figures of 2004).
    euler,
    /// Textbook forward Euler: v and u by one step of dt, both from the old v and u. Other simulators compute this by
    /// default: NEST's izhikevich with consistent_integration, Brian2's method "euler".
    forward_euler,
    /// Converges to the differential equation: Runge-Kutta sub-steps of at most 0.05 ms, with the threshold crossing
    /// located inside the sub-step. At most one spike per neuron and step.
    accurate,
};
[[nodiscard]] IZHI_API std::string_view to_string(Numerics numerics) noexcept;

}  // namespace izhi
