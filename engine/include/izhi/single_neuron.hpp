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

#include "izhi/model.hpp"
#include "izhi/neuron.hpp"

/// One neuron under a current that is given in time: for figures, for exploring parameters, for checking networks. In
/// double or in single precision; a network computes in single precision and many neurons at once (simulation.hpp).
namespace izhi {

/// One neuron's numbers.
struct NeuronParameters {
    double a = 0.02;   ///< rate of recovery [1/ms], in [-10, 10]
    double b = 0.2;    ///< how strongly u follows v [1; nS in the nine-parameter form], in [-100, 100]
    double c = -65.0;  ///< v after a spike [mV], in [-200, 200] and below the threshold
    double d = 8.0;    ///< jump of u at a spike [mV; pA in the nine-parameter form], in [-1000, 1000]
    Model model{};

    friend constexpr bool operator==(const NeuronParameters&, const NeuronParameters&) = default;
};

/// @param subject what they belong to, for the message. @throws Error naming the constant and its range
void check_model(const Model& model, const std::string& subject);
/// The same of all of a neuron's numbers.
void check_parameters(const NeuronParameters& neuron, const std::string& subject);

/// dv/dt and du/dt at a point: also what nullclines are drawn from.
[[nodiscard]] double slope_v(const NeuronParameters& neuron, double v, double u, double input) noexcept;
[[nodiscard]] double slope_u(const NeuronParameters& neuron, double v, double u) noexcept;

/// Where a neuron without input stays: the stable of the two points in which dv/dt and du/dt are 0. None where b is too
/// large for there to be one (above 0.267 in the simple form; always in `alt` unless b is below -0.057).
[[nodiscard]] std::optional<double> resting_v(const NeuronParameters& neuron) noexcept;
/// Whether a neuron that starts so comes to rest rather than firing by itself: v0 is below the threshold that u0 leaves it.
[[nodiscard]] bool starts_quiet(const NeuronParameters& neuron, double v0, double u0) noexcept;

/// v and u of a neuron that nothing has happened to yet: v = -65 and u = b v (u = -16 in `acc`, whose u rests nowhere);
/// in the nine-parameter form v = vr and u = 0. A neuron that would fire from there, as RZ does, begins where it rests.
struct RestingState {
    double v, u;
};
[[nodiscard]] RestingState resting_state(const NeuronParameters& neuron) noexcept;

/// One neuron, stepped. `Real` is float or double; every operation is done in it, in the order in which the equations
/// are written.
template <class Real>
class SingleNeuron {
public:
    /// Numerics as in networks (neuron.hpp). `accurate` takes sub-steps of at most 0.01 ms and fires once per step at most.
    SingleNeuron(const NeuronParameters& neuron, Numerics numerics, double dt_ms, double v0, double u0) noexcept;

    /// A step under an input that is held. Whether the neuron fired; then v and u have been reset.
    bool step(Real input) noexcept;
    [[nodiscard]] Real v() const noexcept { return v_; }
    [[nodiscard]] Real u() const noexcept { return u_; }
    /// After a step that fired: when in the step v reached the threshold [ms]; dt unless the numerics is `accurate`.
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

/// A current over time: the sum of pieces, each of which is a constant or a ramp.
struct CurrentPiece {
    double start_ms = 0.0;                                     ///< the first moment
    double stop_ms = std::numeric_limits<double>::infinity();  ///< the first moment after it
    double value = 0.0;                                        ///< at the start
    double rise = 0.0;                                         ///< by this much...
    double rise_ms = 1.0;                                      ///< ...in this time

    [[nodiscard]] double at(double t_ms) const noexcept { return value + (t_ms - start_ms) / rise_ms * rise; }
    friend constexpr bool operator==(const CurrentPiece&, const CurrentPiece&) = default;
};
/// In [mV/ms; nine-parameter: pA]; 0 where no piece is.
using Current = std::vector<CurrentPiece>;

/// Values at many ascending times. Takes the pieces in the order of their starts; of n pieces that do not overlap a value
/// costs no more than of one.
class CurrentReader {
public:
    explicit CurrentReader(Current pieces);
    /// @param t_ms not before the last one asked for
    [[nodiscard]] double at(double t_ms);

private:
    Current pieces_;
    std::vector<std::size_t> active_;
    std::size_t next_ = 0;
};

/// What the numbers of a single neuron are. Networks compute in single precision.
enum class Precision { double_precision, single_precision };
/// "double", "single"
[[nodiscard]] std::string_view to_string(Precision precision) noexcept;

/// How time is written down.
enum class TimeStamps {
    step_end,    ///< as in networks: what the step from t to t + dt comes to is of the time t + dt
    step_start,  ///< as in the program of the 2004 figures: it is filed under t, the time of the input that led there
};

/// What to run.
struct NeuronRun {
    NeuronParameters neuron{};
    double v0 = -65.0, u0 = -13.0;
    Numerics numerics = Numerics::published;
    double dt_ms = 1.0;
    std::uint64_t steps = 1000;
    Current current{};  ///< each step takes the value at its start
    Precision precision = Precision::double_precision;
    TimeStamps stamps = TimeStamps::step_end;
};

/// What came of it: one sample per step, and with stamps of step ends the initial state before them. Of a step that fired,
/// v is the threshold and u is after its jump, as the figures of 2004 are drawn.
struct NeuronTrace {
    std::vector<double> t_ms, v, u, input;
    std::vector<std::size_t> spike_samples;  ///< which of them fired
    std::vector<double> spike_times_ms;      ///< the sample's time; with `accurate` the moment of the crossing
    double final_v = 0.0, final_u = 0.0;     ///< after the last step and its reset
};

/// @throws RunError if the neuron leaves the range of the precision
[[nodiscard]] NeuronTrace run_neuron(const NeuronRun& run);

/// A neuron and the current that shows what it can do: the twenty patterns of Izhikevich (2004), IEEE Trans. Neural
/// Networks 15:1063, figure 1, as its program computes them.
struct FiringPattern {
    char letter;                    ///< 'A' to 'T'
    std::string_view name;          ///< "tonic spiking"
    std::string_view abbreviation;  ///< in the title of a small panel; often the name itself
    NeuronParameters neuron;
    double v0, u0;
    double dt_ms;
    double duration_ms;
    Current current;

    /// The run of the figure: euler at dt_ms in double precision, with a step for each of 0, dt, ... duration.
    [[nodiscard]] NeuronRun run() const;
};
/// In the order of the figure. Valid for the life of the process.
[[nodiscard]] std::span<const FiringPattern> firing_patterns();

/// The nine-parameter neurons of Izhikevich (2007), ch. 8, by the names of the cell types.
struct NamedNeuron {
    std::string_view name;   ///< "RS-2007"
    std::string_view title;  ///< "regular spiking, nine parameters"
    NeuronParameters neuron;

    /// For a population of a network.
    [[nodiscard]] CellType cell() const { return {neuron.a, neuron.b, neuron.c, neuron.d, neuron.model}; }
};
/// In the order of the book. Valid for the life of the process.
[[nodiscard]] std::span<const NamedNeuron> nine_parameter_neurons() noexcept;

}  // namespace izhi
