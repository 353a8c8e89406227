// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "izhi/export.hpp"

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
    /// Leaky integrate-and-fire, for comparison and for company: most published networks have such cells. I in pA:
    ///     tau_m v' = vr - v + (tau_m / C) I,  a spike where v >= vt
    /// After a spike v stays at c for refractory_ms; u counts down the steps that are left of that. The step is exact for
    /// input that is held, and for exponential and alpha currents (Rotter and Diesmann 1999, Biol. Cybern. 81:381), with every
    /// Numerics. It has no a, b and d.
    lif,
};
/// "simple", "alt", "acc", "nine-parameter", "lif"
[[nodiscard]] IZHI_API std::string_view to_string(ModelForm form) noexcept;
[[nodiscard]] IZHI_API std::optional<ModelForm> model_form_from_string(std::string_view text) noexcept;

/// A form, and the constants of the nine-parameter form and of the integrate-and-fire neuron, which the other forms do not
/// use. The defaults are those of the regular spiking neuron of 2007; leaky() has those of an integrate-and-fire neuron.
struct Model {
    ModelForm form = ModelForm::simple;
    double capacitance = 100.0;  ///< C [pF], in [0.001, 1e6]
    double k = 0.7;              ///< [nS/mV], in [1e-6, 1e4]
    double vr = -60.0;           ///< resting potential [mV], in [-200, 200]; lif: E_L, which may lie above vt
    double vt = -40.0;           ///< instantaneous threshold [mV], in [-200, 200]; lif: V_th
    double vpeak = 35.0;         ///< v at the peak of a spike [mV], above c, in [-198, 200]

    double tau_m_ms = 10.0;      ///< lif: the membrane's time constant [ms], in [0.01, 1e5]
    double refractory_ms = 2.0;  ///< lif: in [0, 1e4], rounded to whole steps

    /// The v at which a neuron fires [mV].
    [[nodiscard]] constexpr double threshold() const noexcept {
        return form == ModelForm::nine_parameter ? vpeak : form == ModelForm::lif ? vt : 30.0;
    }
    /// Whether input is in pA, so that its effect on v depends on C; otherwise it is in mV/ms.
    [[nodiscard]] constexpr bool in_picoamperes() const noexcept {
        return form == ModelForm::nine_parameter || form == ModelForm::lif;
    }
    /// The highest v that a neuron may begin at, and be reset to [mV].
    [[nodiscard]] constexpr double highest_start() const noexcept {
        return threshold() - (form == ModelForm::lif ? 0.001 : 1.0);
    }
    friend constexpr bool operator==(const Model&, const Model&) = default;
};

/// The integrate-and-fire neuron with the constants that NEST's iaf_psc models begin with: C 250 pF, tau_m 10 ms, E_L -70 mV,
/// V_th -55 mV, 2 ms refractory.
[[nodiscard]] constexpr Model leaky() {
    Model model;
    model.form = ModelForm::lif;
    model.capacitance = 250.0;
    model.vr = -70.0;
    model.vt = -55.0;
    return model;
}

}  // namespace izhi
