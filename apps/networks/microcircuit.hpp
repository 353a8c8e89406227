// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace izhi::apps {

/// The network file of the cortical microcircuit of Potjans and Diesmann (2014), Cerebral Cortex 24:785, with Poisson drive.
/// @param scale of the numbers of neurons and of synapses per neuron, in (0, 1]. Below 1 weights are divided by its root and the mean
/// input that is lost comes as a constant current, so that rates and irregularity stay, and correlations grow (Albada et al. 2015).
[[nodiscard]] std::string microcircuit_text(double scale);

}  // namespace izhi::apps
