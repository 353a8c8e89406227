// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "izhi/single_neuron.hpp"
#include "neuron_command.hpp"

namespace izhi::apps {

/// The runs that result from the options of `izhi neuron`.
struct NeuronChoice {
    std::string title;            ///< "tonic spiking", "RS, regular spiking"
    std::string name;             ///< "A", "RS", or empty for parameters of the user
    std::vector<NeuronRun> runs;  ///< the run itself, then those to compare with
    double duration_ms = 1000.0;
};

/// @throws Error that names the option
[[nodiscard]] NeuronChoice choose_neuron(const NeuronOptions& options);

/// "euler, 0.25 ms" and, if it is not double, the precision.
[[nodiscard]] std::string scheme_text(const NeuronRun& run);
/// "a 0.02, b 0.2, c -65, d 6", followed by the other parameters of the form.
[[nodiscard]] std::string parameters_text(const NeuronParameters& neuron);
/// The units of I and u in this form.
[[nodiscard]] std::string current_unit(const NeuronParameters& neuron);
[[nodiscard]] std::string recovery_unit(const NeuronParameters& neuron);

}  // namespace izhi::apps
