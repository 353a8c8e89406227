// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace izhi::networks {

/// The network file of the cortical microcircuit of Potjans and Diesmann (2014), Cerebral Cortex 24:785, with Poisson
/// drive.
/// @param scale factor of the numbers of neurons and of synapses per neuron, in (0, 1]. Below 1, the weights are
/// divided by its root, and a constant current replaces the mean input that is lost. Rates and irregularity then stay,
/// and correlations grow (Albada et al. 2015).
[[nodiscard]] std::string microcircuit_text(double scale);

}  // namespace izhi::networks
