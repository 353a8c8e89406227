// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/single_neuron.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/base/float_environment.hpp"
#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "izhi/error.hpp"

namespace izhi {
namespace {

/// Of `accurate` [ms]: counts of the seven types of 2003 no longer change below 0.05.
constexpr double kLongestSubstep = 0.01;

constexpr std::array kForms{ModelForm::simple, ModelForm::alt, ModelForm::acc, ModelForm::nine_parameter,
                            ModelForm::lif};

constexpr std::array kNineParameterNeurons{
    NamedNeuron{"RS-2007",
                "regular spiking, nine parameters",
                {0.03, -2.0, -50.0, 100.0, {ModelForm::nine_parameter, 100.0, 0.7, -60.0, -40.0, 35.0}}},
    NamedNeuron{"IB-2007",
                "intrinsically bursting, nine parameters",
                {0.01, 5.0, -56.0, 130.0, {ModelForm::nine_parameter, 150.0, 1.2, -75.0, -45.0, 50.0}}},
    NamedNeuron{"CH-2007",
                "chattering, nine parameters",
                {0.03, 1.0, -40.0, 150.0, {ModelForm::nine_parameter, 50.0, 1.5, -60.0, -40.0, 25.0}}},
    NamedNeuron{"FS-2007",
                "fast spiking, nine parameters (a linear u, not the book's)",
                {0.15, 8.0, -55.0, 200.0, {ModelForm::nine_parameter, 20.0, 1.0, -55.0, -40.0, 25.0}}},
};

/// The equations, once for all precisions. Terms are in the order of the published programs, because the spike
/// times of the 2004 figures depend on it.
template <class Real>
Real membrane(ModelForm form, Real capacitance, Real k, Real vr, Real vt, Real v, Real u, Real input) {
    switch (form) {
        case ModelForm::alt: return Real(0.04) * v * v + Real(4.1) * v + Real(108) - u + input;
        case ModelForm::nine_parameter: return (k * (v - vr) * (v - vt) - u + input) / capacitance;
        case ModelForm::simple:
        case ModelForm::acc:
        case ModelForm::lif: break;
    }
    return Real(0.04) * v * v + Real(5) * v + Real(140) - u + input;
}

template <class Real>
Real recovery(ModelForm form, Real a, Real b, Real vr, Real v, Real u) {
    switch (form) {
        case ModelForm::acc: return a * (b * (v + Real(65)));
        case ModelForm::nine_parameter: return a * (b * (v - vr) - u);
        case ModelForm::simple:
        case ModelForm::alt:
        case ModelForm::lif: break;
    }
    return a * (b * v - u);
}

}  // namespace

std::string_view to_string(ModelForm form) noexcept {
    switch (form) {
        case ModelForm::simple: return "simple";
        case ModelForm::alt: return "alt";
        case ModelForm::acc: return "acc";
        case ModelForm::nine_parameter: return "nine-parameter";
        case ModelForm::lif: return "lif";
    }
    return "?";
}

std::optional<ModelForm> model_form_from_string(std::string_view text) noexcept {
    for (const ModelForm form : kForms)
        if (to_string(form) == text) return form;
    return std::nullopt;
}

std::string_view to_string(Precision precision) noexcept {
    return precision == Precision::double_precision ? "double" : "single";
}

void check_model(const Model& model, const std::string& subject) {
    const detail::Check check{subject};
    if (model.form < ModelForm::simple || model.form > ModelForm::lif)
        check.fail("model", "is unknown", "simple, alt, acc, nine-parameter, lif");
    if (!model.in_picoamperes()) return;
    const bool leaky = model.form == ModelForm::lif;
    check.number("capacitance", model.capacitance, 1e-3, 1e6);
    check.number(leaky ? "e_l_mv" : "vr", model.vr, -200.0, 200.0);
    check.number(leaky ? "v_th_mv" : "vt", model.vt, -200.0, 200.0);
    if (leaky) {
        check.number("tau_m_ms", model.tau_m_ms, 0.01, 1e5);
        check.number("refractory_ms", model.refractory_ms, 0.0, 1e4);
        return;
    }
    check.number("k", model.k, 1e-6, 1e4);
    check.number("vpeak", model.vpeak, -198.0, 200.0);
}

void check_parameters(const NeuronParameters& neuron, const std::string& subject) {
    const detail::Check check{subject};
    check.number("a", neuron.a, -10.0, 10.0);
    check.number("b", neuron.b, -100.0, 100.0);
    check.number("d", neuron.d, -1000.0, 1000.0);
    if (neuron.model.form == ModelForm::lif)
        check.fail("model", "is lif, which is for the populations of networks", "simple, alt, acc, nine-parameter");
    check_model(neuron.model, subject);
    check.number("c", neuron.c, -200.0, neuron.model.threshold() - 1.0);
}

double slope_v(const NeuronParameters& n, double v, double u, double input) noexcept {
    return membrane(n.model.form, n.model.capacitance, n.model.k, n.model.vr, n.model.vt, v, u, input);
}

double slope_u(const NeuronParameters& n, double v, double u) noexcept {
    return recovery(n.model.form, n.a, n.b, n.model.vr, v, u);
}

namespace {

/// dv/dt = quadratic v^2 + linear v + constant - u, up to a positive factor.
struct Parabola {
    double quadratic, linear, constant;
    /// The lower and the upper v at which it is 0, with u = slope v + offset.
    [[nodiscard]] std::optional<std::pair<double, double>> zeros(double slope, double offset) const noexcept {
        const double l = linear - slope, discriminant = l * l - 4.0 * quadratic * (constant - offset);
        constexpr double touching = 1e-9;  // LTS and TC at v = -65: one point, up to rounding
        if (discriminant < -touching) return std::nullopt;
        const double root = std::sqrt(std::max(discriminant, 0.0));
        return std::pair((-l - root) / (2.0 * quadratic), (-l + root) / (2.0 * quadratic));
    }
};

Parabola parabola_of(const Model& model) noexcept {
    switch (model.form) {
        case ModelForm::alt: return {0.04, 4.1, 108.0};
        case ModelForm::nine_parameter:
            return {model.k, -model.k * (model.vr + model.vt), model.k * model.vr * model.vt};
        case ModelForm::simple:
        case ModelForm::acc:
        case ModelForm::lif: break;
    }
    return {0.04, 5.0, 140.0};
}

double u_on_nullcline(const NeuronParameters& neuron, double v) noexcept {
    if (neuron.model.form == ModelForm::acc) return -16.0;
    return neuron.b * (neuron.model.form == ModelForm::nine_parameter ? v - neuron.model.vr : v);
}

}  // namespace

std::optional<double> resting_v(const NeuronParameters& neuron) noexcept {
    if (neuron.model.form == ModelForm::lif)
        return neuron.model.vr < neuron.model.vt ? std::optional(neuron.model.vr) : std::nullopt;
    const Parabola slope = parabola_of(neuron.model);
    if (neuron.model.form == ModelForm::acc) return -65.0;
    const double shift = neuron.model.form == ModelForm::nine_parameter ? neuron.model.vr : 0.0;
    const auto zeros = slope.zeros(neuron.b, -neuron.b * shift);
    return zeros ? std::optional(zeros->first) : std::nullopt;
}

bool starts_quiet(const NeuronParameters& neuron, double v0, double u0) noexcept {
    if (neuron.model.form == ModelForm::lif) return v0 < neuron.model.vt && neuron.model.vr < neuron.model.vt;
    const auto zeros = parabola_of(neuron.model).zeros(0.0, u0);
    constexpr double rounding = 1e-6;
    return zeros && v0 <= zeros->second + rounding;
}

RestingState resting_state(const NeuronParameters& neuron) noexcept {
    if (neuron.model.form == ModelForm::nine_parameter) return {neuron.model.vr, 0.0};
    const double usual = -65.0, u = u_on_nullcline(neuron, usual);
    if (const auto rest = resting_v(neuron); rest && !starts_quiet(neuron, usual, u))
        return {*rest, u_on_nullcline(neuron, *rest)};
    return {usual, u};
}

std::span<const NamedNeuron> nine_parameter_neurons() noexcept { return kNineParameterNeurons; }

template <class Real>
SingleNeuron<Real>::SingleNeuron(const NeuronParameters& n, Numerics numerics, double dt_ms, double v0,
                                 double u0) noexcept
    : a_(Real(n.a)), b_(Real(n.b)), c_(Real(n.c)), d_(Real(n.d)), capacitance_(Real(n.model.capacitance)),
      k_(Real(n.model.k)), vr_(Real(n.model.vr)), vt_(Real(n.model.vt)), threshold_(Real(n.model.threshold())),
      dt_(Real(dt_ms)), v_(Real(v0)), u_(Real(u0)), form_(n.model.form), numerics_(numerics), dt_ms_(dt_ms),
      crossing_ms_(dt_ms) {}

template <class Real>
Real SingleNeuron<Real>::slope_v(Real v, Real u, Real input) const noexcept {
    return membrane(form_, capacitance_, k_, vr_, vt_, v, u, input);
}

template <class Real>
Real SingleNeuron<Real>::slope_u(Real v, Real u) const noexcept {
    return recovery(form_, a_, b_, vr_, v, u);
}

template <class Real>
bool SingleNeuron<Real>::step(Real input) noexcept {
    if (numerics_ == Numerics::accurate) return step_accurate(input);
    const Real slope_before = slope_u(v_, u_);
    if (numerics_ == Numerics::published) {
        const Real half = Real(0.5) * dt_;
        v_ = v_ + half * slope_v(v_, u_, input);
        v_ = v_ + half * slope_v(v_, u_, input);
    } else {
        v_ = v_ + dt_ * slope_v(v_, u_, input);
    }
    u_ = u_ + dt_ * (numerics_ == Numerics::forward_euler ? slope_before : slope_u(v_, u_));
    if (!(v_ >= threshold_)) return false;
    v_ = c_;
    u_ = u_ + d_;
    return true;
}

template <class Real>
void SingleNeuron<Real>::runge_kutta(Real h, Real input) noexcept {
    const auto slope = [&](Real v, Real u) { return Slope{slope_v(v, u, input), slope_u(v, u)}; };
    const Real half = h / 2;
    const Slope s1 = slope(v_, u_);
    const Slope s2 = slope(v_ + half * s1.v, u_ + half * s1.u);
    const Slope s3 = slope(v_ + half * s2.v, u_ + half * s2.u);
    const Slope s4 = slope(v_ + h * s3.v, u_ + h * s3.u);
    v_ += h / 6 * (s1.v + 2 * (s2.v + s3.v) + s4.v);
    u_ += h / 6 * (s1.u + 2 * (s2.u + s3.u) + s4.u);
}

/// Moves u to the moment when v reaches the threshold. @return the time until then. It is a Runge-Kutta step with v as
/// the independent variable (Henon's trick), which ends exactly on the threshold.
template <class Real>
Real SingleNeuron<Real>::reach_threshold(Real input) noexcept {
    struct Rate {
        Real t, u;
    };
    const auto rate = [&](Real v, Real u) {
        const Real t = 1 / slope_v(v, u, input);
        return Rate{t, slope_u(v, u) * t};
    };
    const Real span = threshold_ - v_, half = span / 2;
    const Rate r1 = rate(v_, u_);
    const Rate r2 = rate(v_ + half, u_ + half * r1.u);
    const Rate r3 = rate(v_ + half, u_ + half * r2.u);
    const Rate r4 = rate(v_ + span, u_ + span * r3.u);
    u_ += span / 6 * (r1.u + 2 * (r2.u + r3.u) + r4.u);
    return span / 6 * (r1.t + 2 * (r2.t + r3.t) + r4.t);
}

template <class Real>
bool SingleNeuron<Real>::step_accurate(Real input) noexcept {
    const auto substeps = static_cast<int>(std::ceil(dt_ms_ / kLongestSubstep - 1e-9));
    const Real h = dt_ / static_cast<Real>(substeps);
    bool fired = false;
    for (int s = 0; s < substeps; ++s) {
        const Real v_before = v_, u_before = u_;
        runge_kutta(h, input);
        if (!(v_ >= threshold_)) continue;
        if (fired) {
            // Once per step at most: held at the threshold, it crosses in the next one.
            v_ = threshold_;
            continue;
        }
        fired = true;
        v_ = v_before;
        u_ = u_before;
        const Real used = std::clamp(reach_threshold(input), Real(0), h);
        crossing_ms_ = static_cast<double>(s) * static_cast<double>(h) + static_cast<double>(used);
        v_ = c_;
        u_ = u_ + d_;
        runge_kutta(h - used, input);
    }
    return fired;
}

template class SingleNeuron<float>;
template class SingleNeuron<double>;

CurrentReader::CurrentReader(Current pieces) : pieces_(std::move(pieces)) {
    std::stable_sort(pieces_.begin(), pieces_.end(),
                     [](const auto& a, const auto& b) { return a.start_ms < b.start_ms; });
}

double CurrentReader::at(double t_ms) {
    while (next_ < pieces_.size() && pieces_[next_].start_ms <= t_ms) active_.push_back(next_++);
    std::erase_if(active_, [&](std::size_t i) { return pieces_[i].stop_ms <= t_ms; });
    double sum = 0.0;
    for (const std::size_t i : active_) sum += pieces_[i].at(t_ms);
    return sum;
}

namespace {

/// 42.8 and not 214 * 0.2 = 42.800000000000004.
double tidy(double t_ms) { return std::round(t_ms * 1e9) / 1e9; }

template <class Real>
NeuronTrace run_in(const NeuronRun& run) {
    SingleNeuron<Real> neuron(run.neuron, run.numerics, run.dt_ms, run.v0, run.u0);
    CurrentReader current(run.current);
    NeuronTrace trace;
    const bool at_end = run.stamps == TimeStamps::step_end;
    const std::size_t samples = run.steps + (at_end ? 1 : 0);
    for (auto* column : {&trace.t_ms, &trace.v, &trace.u, &trace.input}) column->reserve(samples);
    const auto sample = [&](double t, double v, double input) {
        trace.t_ms.push_back(t);
        trace.v.push_back(v);
        trace.u.push_back(static_cast<double>(neuron.u()));
        trace.input.push_back(input);
    };
    if (at_end) sample(0.0, static_cast<double>(neuron.v()), CurrentReader(run.current).at(0.0));
    for (std::uint64_t k = 0; k < run.steps; ++k) {
        const double start = static_cast<double>(k) * run.dt_ms;
        const double stamp = tidy(at_end ? static_cast<double>(k + 1) * run.dt_ms : start);
        const double input = current.at(start);
        const bool fired = neuron.step(static_cast<Real>(input));
        if (!std::isfinite(neuron.v()) || !std::isfinite(neuron.u()))
            throw RunError("the neuron left the range of " + std::string(to_string(run.precision)) + " precision at " +
                           detail::number_text(stamp) + " ms; a shorter step may help");
        if (fired) {
            trace.spike_samples.push_back(trace.t_ms.size());
            trace.spike_times_ms.push_back(run.numerics == Numerics::accurate ? start + neuron.crossing_ms() : stamp);
        }
        sample(stamp, fired ? run.neuron.model.threshold() : static_cast<double>(neuron.v()), input);
    }
    trace.final_v = static_cast<double>(neuron.v());
    trace.final_u = static_cast<double>(neuron.u());
    return trace;
}

}  // namespace

NeuronTrace run_neuron(const NeuronRun& run) {
    const detail::FloatEnvironment usual;
    return run.precision == Precision::double_precision ? run_in<double>(run) : run_in<float>(run);
}

}  // namespace izhi
