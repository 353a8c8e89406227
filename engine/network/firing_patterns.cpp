// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "izhi/single_neuron.hpp"

namespace izhi {
namespace {

constexpr double kEver = std::numeric_limits<double>::infinity();

/// The program of 2004 switches its currents by t > start. Our pieces hold from their start on, so such a piece starts
/// with the next number: some patterns have a step at the very moment.
double after(double t_ms) { return std::nextafter(t_ms, kEver); }

Current step(double value, double t_ms) { return {{.start_ms = after(t_ms), .value = value}}; }

struct Window {
    double start_ms, stop_ms;
};
Current pulses(double value, std::initializer_list<Window> windows) {
    Current pieces;
    for (const Window& w : windows) pieces.push_back({after(w.start_ms), w.stop_ms, value});
    return pieces;
}

/// `high`, but `low` from 50 to 250 ms, both ends included.
Current dip(double high, double low) {
    return {{0.0, 50.0, high}, {50.0, after(250.0), low}, {after(250.0), kEver, high}};
}

NeuronParameters simple(double a, double b, double c, double d) { return {a, b, c, d, {}}; }
NeuronParameters of_form(ModelForm form, double a, double b, double c, double d) {
    return {a, b, c, d, {.form = form}};
}

std::array<FiringPattern, 20> make_patterns() {
    constexpr double eleventh = 100.0 / 11.0;
    return {{
        {'A', "tonic spiking", "tonic spiking", simple(0.02, 0.2, -65, 6), -70, -14, 0.25, 100, step(14, 10)},
        {'B', "phasic spiking", "phasic spiking", simple(0.02, 0.25, -65, 6), -64, -16, 0.25, 200, step(0.5, 20)},
        {'C', "tonic bursting", "tonic bursting", simple(0.02, 0.2, -50, 2), -70, -14, 0.25, 220, step(15, 22)},
        {'D', "phasic bursting", "phasic bursting", simple(0.02, 0.25, -55, 0.05), -64, -16, 0.2, 200, step(0.6, 20)},
        {'E', "mixed mode", "mixed mode", simple(0.02, 0.2, -55, 4), -70, -14, 0.25, 160, step(10, 16)},
        {'F', "spike frequency adaptation", "spike freq. adapt.", simple(0.01, 0.2, -65, 8), -70, -14, 0.25, 85,
         step(30, 8.5)},
        {'G',
         "class 1 excitable",
         "class 1 excitable",
         of_form(ModelForm::alt, 0.02, -0.1, -55, 6),
         -60,
         6,
         0.25,
         300,
         {{.start_ms = 30.0, .rise = 0.075}}},
        {'H',
         "class 2 excitable",
         "class 2 excitable",
         simple(0.2, 0.26, -65, 0),
         -64,
         -64 * 0.26,
         0.25,
         300,
         {{.stop_ms = 30.0, .value = -0.5}, {.start_ms = 30.0, .value = -0.5, .rise = 0.015}}},
        {'I', "spike latency", "spike latency", simple(0.02, 0.2, -65, 6), -70, -14, 0.2, 100,
         pulses(7.04, {{10, 13}})},
        {'J', "subthreshold oscillations", "subthreshold osc.", simple(0.05, 0.26, -60, 0), -62, -62 * 0.26, 0.25, 200,
         pulses(2, {{20, 25}})},
        {'K', "resonator", "resonator", simple(0.1, 0.26, -60, -1), -62, -62 * 0.26, 0.25, 400,
         pulses(0.65, {{40, 44}, {60, 64}, {280, 284}, {320, 324}})},
        {'L', "integrator", "integrator", of_form(ModelForm::alt, 0.02, -0.1, -55, 6), -60, 6, 0.25, 100,
         pulses(9, {{eleventh, eleventh + 2}, {eleventh + 5, eleventh + 7}, {70, 72}, {80, 82}})},
        {'M', "rebound spike", "rebound spike", simple(0.03, 0.25, -60, 4), -64, -16, 0.2, 200,
         pulses(-15, {{20, 25}})},
        {'N', "rebound burst", "rebound burst", simple(0.03, 0.25, -52, 0), -64, -16, 0.2, 200,
         pulses(-15, {{20, 25}})},
        {'O',
         "threshold variability",
         "threshold variab.",
         simple(0.03, 0.25, -60, 4),
         -64,
         -16,
         0.25,
         100,
         {{after(10), 15, 1}, {after(70), 75, -6}, {after(80), 85, 1}}},
        {'P',
         "bistability",
         "bistability",
         simple(0.1, 0.26, -60, 0),
         -61,
         -61 * 0.26,
         0.25,
         300,
         {{0, after(37.5), 0.24},
          {after(37.5), 42.5, 1.24},
          {42.5, after(216), 0.24},
          {after(216), 221, 1.24},
          {221, kEver, 0.24}}},
        {'Q', "depolarizing after-potential", "DAP", simple(1, 0.2, -60, -21), -70, -14, 0.1, 50,
         pulses(20, {{9, 11}})},
        {'R',
         "accommodation",
         "accommodation",
         of_form(ModelForm::acc, 0.02, 1, -55, 4),
         -65,
         -16,
         0.5,
         400,
         {{0, 200, 0, 1, 25}, {300, 312.5, 0, 4, 12.5}}},
        {'S', "inhibition-induced spiking", "inh.-ind. spiking", simple(-0.02, -1, -60, 8), -63.8, 63.8, 0.5, 350,
         dip(80, 75)},
        {'T', "inhibition-induced bursting", "inh.-ind. bursting", simple(-0.026, -1, -45, -2), -63.8, 63.8, 0.5, 350,
         dip(80, 75)},
    }};
}

}  // namespace

NeuronRun FiringPattern::run() const {
    return {.neuron = neuron,
            .v0 = v0,
            .u0 = u0,
            .numerics = Numerics::euler,
            .dt_ms = dt_ms,
            .steps = static_cast<std::uint64_t>(std::llround(duration_ms / dt_ms)) + 1,
            .current = current,
            .stamps = TimeStamps::step_start};
}

std::span<const FiringPattern> firing_patterns() {
    static const std::array<FiringPattern, 20> patterns = make_patterns();
    return patterns;
}

}  // namespace izhi
