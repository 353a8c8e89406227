// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/network/leak.hpp"

#include <cmath>

#include "engine/network/random.hpp"

namespace izhi::detail {
namespace {

constexpr double kSmall = 0.25;

double exponential(double x) noexcept { return x < 0.0 ? portable_exp_minus(-x) : 1.0 / portable_exp_minus(x); }

/// sum of x^n / (n + skipped)! over n = 0, 1, ...: (exp(x) - 1) / x for skipped = 1, (exp(x) - 1 - x) / x^2 for 2.
double exponential_series(double x, int skipped) noexcept {
    double factorial = 1.0;
    for (int k = 2; k <= skipped; ++k) factorial *= k;
    double term = 1.0 / factorial, sum = 0.0;
    for (int n = 1; n < 16; ++n) {
        sum += term;
        term *= x / (n + skipped);
    }
    return sum;
}

}  // namespace

Leak::Leak(const Model& model, double dt_ms)
    : decay(portable_exp_minus(dt_ms / model.tau_m_ms)), leak(model.capacitance / model.tau_m_ms),
      step_over_c(dt_ms / model.capacitance), tau_ms_(model.tau_m_ms), dt_ms_(dt_ms) {
    gain = dt_ms / model.capacitance *
           (dt_ms / tau_ms_ < kSmall ? exponential_series(-dt_ms / tau_ms_, 1) : (1.0 - decay) * tau_ms_ / dt_ms);
}

double Leak::of_exponential(double tau_syn_ms) const noexcept {
    const double x = dt_ms_ / tau_syn_ms - dt_ms_ / tau_ms_;
    const double mean = std::abs(x) < kSmall ? exponential_series(x, 1) : (exponential(x) - 1.0) / x;
    return step_over_c * portable_exp_minus(dt_ms_ / tau_syn_ms) * mean / gain;
}

double Leak::of_rise(double tau_syn_ms) const noexcept {
    const double x = dt_ms_ / tau_syn_ms - dt_ms_ / tau_ms_;
    const double mean = std::abs(x) < kSmall ? exponential_series(x, 2) : (exponential(x) - 1.0 - x) / (x * x);
    return step_over_c * dt_ms_ * portable_exp_minus(dt_ms_ / tau_syn_ms) * mean / gain;
}

double input_of_arrival(const SynapseDynamics& dynamics, const Model& model, double dt_ms) {
    const auto share = [&](double tau_ms) { return tau_ms / dt_ms * (1.0 - portable_exp_minus(dt_ms / tau_ms)); };
    const bool leaky = model.form == ModelForm::lif;
    if (const auto* exponential = std::get_if<ExponentialCurrent>(&dynamics))
        return leaky ? Leak(model, dt_ms).of_exponential(exponential->tau_ms) : share(exponential->tau_ms);
    if (const auto* conductance = std::get_if<Conductance>(&dynamics)) return share(conductance->tau_ms);
    if (const auto* alpha = std::get_if<AlphaCurrent>(&dynamics)) {
        if (leaky) return 1.0;  // the gains differ between its two states, see simd::ChannelArgs
        const double once = share(alpha->tau_ms);
        return once * once / portable_exp_minus(dt_ms / alpha->tau_ms);
    }
    return leaky ? Leak(model, dt_ms).of_jump() : 1.0 / dt_ms;
}

double arrival(const SynapseDynamics& dynamics, const Model& model, double dt_ms, double weight) {
    // divided, not multiplied with a reciprocal that is rounded
    if (std::holds_alternative<DeltaCurrent>(dynamics) && model.form != ModelForm::lif) return weight / dt_ms;
    return weight * input_of_arrival(dynamics, model, dt_ms);
}

std::uint64_t refractory_steps(const Model& model, double dt_ms) { return to_steps(model.refractory_ms, dt_ms, 0); }

}  // namespace izhi::detail
