// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/model.hpp"
#include "izhi/neuron.hpp"

/// One neuron with a given current over time: for figures, for exploring parameters, and for checking networks. It runs
/// in double or single precision. For many neurons at once see simulation.hpp, which computes in single precision.
namespace izhi {

/// The parameters of one neuron.
struct NeuronParameters {
    double a = 0.02;   ///< rate of recovery [1/ms], in [-10, 10]
    double b = 0.2;    ///< how strongly u follows v [1; nS in the nine-parameter form], in [-100, 100]
    double c = -65.0;  ///< v after a spike [mV], in [-200, 200] and below the threshold
    double d = 8.0;    ///< jump of u at a spike [mV; pA in the nine-parameter form], in [-1000, 1000]
    Model model{};

    friend constexpr bool operator==(const NeuronParameters&, const NeuronParameters&) = default;
};

/// Checks the constants of a model. @param subject what they belong to, for the message. @throws Error that names the
/// constant and its range
IZHI_API void check_model(const Model& model, const std::string& subject);
/// Checks all parameters of a neuron in the same way.
IZHI_API void check_parameters(const NeuronParameters& neuron, const std::string& subject);

/// dv/dt and du/dt at a point, which are also used to draw nullclines.
[[nodiscard]] IZHI_API double slope_v(const NeuronParameters& neuron, double v, double u, double input) noexcept;
[[nodiscard]] IZHI_API double slope_u(const NeuronParameters& neuron, double v, double u) noexcept;

/// The resting potential of a neuron without input: v of the stable one of the two points at which dv/dt and du/dt are
/// 0. There is none if b is too large (above 0.267 in the simple form; in `alt` unless b is below -0.057).
[[nodiscard]] IZHI_API std::optional<double> resting_v(const NeuronParameters& neuron) noexcept;
/// Whether a neuron that starts at v0 and u0 comes to rest without firing: v0 is below the threshold for this u0.
[[nodiscard]] IZHI_API bool starts_quiet(const NeuronParameters& neuron, double v0, double u0) noexcept;

/// The initial v and u of a neuron: v = -65 and u = b v (in `acc`, whose u has no resting value, u = -16); in the
/// nine-parameter form v = vr and u = 0. A neuron that would fire from there, such as RZ, starts at its resting
/// potential.
struct RestingState {
    double v, u;
};
[[nodiscard]] IZHI_API RestingState resting_state(const NeuronParameters& neuron) noexcept;

/// One neuron that is run step by step. `Real` is float or double; every operation has this type, in the order in which
/// the equations are written.
template <class Real>
class IZHI_API SingleNeuron {
public:
    /// The numerics are those of networks (neuron.hpp). `accurate` takes sub-steps of at most 0.01 ms and fires at most
    /// once per step.
    SingleNeuron(const NeuronParameters& neuron, Numerics numerics, double dt_ms, double v0, double u0) noexcept;

    /// Runs one step with a constant input. @return whether the neuron fired; then v and u have been reset
    bool step(Real input) noexcept;
    [[nodiscard]] Real v() const noexcept { return v_; }
    [[nodiscard]] Real u() const noexcept { return u_; }
    /// After a step that fired: the time within the step at which v reached the threshold [ms]; dt unless the numerics
    /// is `accurate`.
    [[nodiscard]] double crossing_ms() const noexcept { return crossing_ms_; }

private:
    struct Slope {
        Real v, u;
    };
    [[nodiscard]] Real slope_v(Real v, Real u, Real input) const noexcept;
    [[nodiscard]] Real slope_u(Real v, Real u) const noexcept;
    void runge_kutta(Real h, Real input) noexcept;
    [[nodiscard]] Real reach_threshold(Real input) noexcept;
    bool step_accurate(Real input) noexcept;

    Real a_, b_, c_, d_, capacitance_, k_, vr_, vt_, threshold_, dt_, v_, u_;
    ModelForm form_;
    Numerics numerics_;
    double dt_ms_, crossing_ms_;
};
extern template class SingleNeuron<float>;
extern template class SingleNeuron<double>;

/// One piece of a current over time, a constant or a ramp.
struct CurrentPiece {
    double start_ms = 0.0;                                     ///< first moment of the piece
    double stop_ms = std::numeric_limits<double>::infinity();  ///< first moment after the piece
    double value = 0.0;                                        ///< current at the start
    double rise = 0.0;                                         ///< the current rises by this...
    double rise_ms = 1.0;                                      ///< ...in this time

    [[nodiscard]] double at(double t_ms) const noexcept { return value + (t_ms - start_ms) / rise_ms * rise; }
    friend constexpr bool operator==(const CurrentPiece&, const CurrentPiece&) = default;
};
/// A current over time: the sum of its pieces, in [mV/ms; nine-parameter: pA]; 0 where there is no piece.
using Current = std::vector<CurrentPiece>;

/// Gives the values of a current at many ascending times. Pieces are used in the order of their starts: a value of n
/// pieces that do not overlap costs no more than a value of one piece.
class IZHI_API CurrentReader {
public:
    explicit CurrentReader(Current pieces);
    /// @param t_ms not before that of the last call
    [[nodiscard]] double at(double t_ms);

private:
    Current pieces_;
    std::vector<std::size_t> active_;
    std::size_t next_ = 0;
};

/// The precision in which a single neuron is computed. Networks compute in single precision.
enum class Precision { double_precision, single_precision };
/// "double", "single"
[[nodiscard]] IZHI_API std::string_view to_string(Precision precision) noexcept;

/// Which time a step is given.
enum class TimeStamps {
    step_end,    ///< as in networks: the result of the step from t to t + dt has the time t + dt
    step_start,  ///< as in the program of the 2004 figures: it has the time t, that of its input
};

/// The description of a run of one neuron.
struct NeuronRun {
    NeuronParameters neuron{};
    double v0 = -65.0, u0 = -13.0;
    Numerics numerics = Numerics::published;
    double dt_ms = 1.0;
    std::uint64_t steps = 1000;
    Current current{};  ///< each step uses the value at its start
    Precision precision = Precision::double_precision;
    TimeStamps stamps = TimeStamps::step_end;
};

/// The result of a run: one sample per step; with TimeStamps::step_end also the initial state before them. In a step
/// that fired, v is the threshold and u is the value after the jump, as in the figures of 2004.
struct NeuronTrace {
    std::vector<double> t_ms, v, u, input;
    std::vector<std::size_t> spike_samples;  ///< indices of the samples with a spike
    std::vector<double> spike_times_ms;      ///< the time of the sample; with `accurate` the time of the crossing
    double final_v = 0.0, final_u = 0.0;     ///< after the last step and its reset
};

/// Runs one neuron. @throws RunError if the neuron leaves the range of the precision
[[nodiscard]] IZHI_API NeuronTrace run_neuron(const NeuronRun& run);

/// A neuron and a current that shows its behaviour: one of the twenty patterns of Izhikevich (2004), IEEE Trans. Neural
/// Networks 15:1063, figure 1, as the program of the paper computes them.
struct IZHI_API FiringPattern {
    char letter;                    ///< 'A' to 'T'
    std::string_view name;          ///< "tonic spiking"
    std::string_view abbreviation;  ///< for the title of a small panel; often the name itself
    NeuronParameters neuron;
    double v0, u0;
    double dt_ms;
    double duration_ms;
    Current current;

    /// The run of the figure: numerics euler at dt_ms in double precision, with a step for each of 0, dt, ... duration.
    [[nodiscard]] NeuronRun run() const;
};
/// All patterns, in the order of the figure. Valid for the life of the process.
[[nodiscard]] IZHI_API std::span<const FiringPattern> firing_patterns();

/// A nine-parameter neuron of Izhikevich (2007), ch. 8, with the name of its cell type.
struct NamedNeuron {
    std::string_view name;   ///< "RS-2007"
    std::string_view title;  ///< "regular spiking, nine parameters"
    NeuronParameters neuron;

    /// The cell type for a population of a network.
    [[nodiscard]] CellType cell() const { return {neuron.a, neuron.b, neuron.c, neuron.d, neuron.model}; }
};
/// All of these neurons, in the order of the book. Valid for the life of the process.
[[nodiscard]] IZHI_API std::span<const NamedNeuron> nine_parameter_neurons() noexcept;

}  // namespace izhi
