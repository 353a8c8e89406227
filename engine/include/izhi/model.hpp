// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

/// The forms of the neuron's equations. In all of them v is the membrane potential [mV], u the recovery variable, I the
/// input current, t in ms, and at a spike v <- c, u <- u + d.
namespace izhi {

/// The form of the equations. A population has one form; the populations of a network may have different forms.
enum class ModelForm {
    /// Izhikevich (2003), the four-parameter neuron; I and u in mV/ms:
    ///     v' = 0.04 v^2 + 5 v + 140 - u + I,  u' = a (b v - u),  a spike where v >= 30
    simple,
    /// For class 1 excitability and the integrator in Izhikevich (2004): v' = 0.04 v^2 + 4.1 v + 108 - u + I, otherwise
    /// like `simple`.
    alt,
    /// For accommodation in Izhikevich (2004): u' = a b (v + 65), in which u does not decay, otherwise like `simple`.
    acc,
    /// Izhikevich (2007), Dynamical Systems in Neuroscience, ch. 8; I and u in pA:
    ///     C v' = k (v - vr) (v - vt) - u + I,  u' = a (b (v - vr) - u),  a spike where v >= vpeak
    nine_parameter,
};
/// "simple", "alt", "acc", "nine-parameter"
[[nodiscard]] std::string_view to_string(ModelForm form) noexcept;
[[nodiscard]] std::optional<ModelForm> model_form_from_string(std::string_view text) noexcept;

/// A form, and the constants of the nine-parameter form, which the other forms do not use. The defaults
/// are those of the regular spiking neuron of 2007.
struct Model {
    ModelForm form = ModelForm::simple;
    double capacitance = 100.0;  ///< C [pF], in [0.001, 1e6]
    double k = 0.7;              ///< [nS/mV], in [1e-6, 1e4]
    double vr = -60.0;           ///< resting potential [mV], in [-200, 200]
    double vt = -40.0;           ///< instantaneous threshold [mV], in [-200, 200]
    double vpeak = 35.0;         ///< v at the peak of a spike [mV], above c, in [-198, 200]

    /// The v at which a neuron fires [mV].
    [[nodiscard]] constexpr double threshold() const noexcept {
        return form == ModelForm::nine_parameter ? vpeak : 30.0;
    }
    friend constexpr bool operator==(const Model&, const Model&) = default;
};

}  // namespace izhi
