// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <optional>
#include <vector>

#include "objects.hpp"

using namespace izhi::c;
using izhi::Intervention;
using izhi::Network;

izhi_status izhi_simulation_set_currents(izhi_simulation handle, const char* population, uint32_t first,
                                         const float* currents, size_t count) {
    return apply(handle, [&](const Network& network) -> Intervention {
        return izhi::NeuronCurrents{selection_of(network, population), first, copied(currents, count, "currents")};
    });
}

izhi_status izhi_simulation_set_current(izhi_simulation handle, const char* population, double current) {
    return apply(handle, [&](const Network& network) -> Intervention {
        return izhi::PopulationCurrent{population_of(network, population), current};
    });
}

izhi_status izhi_simulation_pulse(izhi_simulation handle, const char* population, double amplitude, uint64_t steps,
                                  uint32_t first, uint32_t count) {
    return apply(handle, [&](const Network& network) -> Intervention {
        izhi::CurrentPulse pulse{selection_of(network, population), amplitude, steps, first, std::nullopt};
        if (count != std::numeric_limits<uint32_t>::max()) pulse.count = count;
        return pulse;
    });
}

izhi_status izhi_simulation_force_spikes(izhi_simulation handle, const char* population, const uint32_t* neurons,
                                         size_t count) {
    return apply(handle, [&](const Network& network) -> Intervention {
        return izhi::ForcedSpikes{selection_of(network, population), copied(neurons, count, "neurons")};
    });
}

izhi_status izhi_simulation_input_spikes(izhi_simulation handle, const char* population, double weight,
                                         const uint32_t* neurons, size_t count) {
    return apply(handle, [&](const Network& network) -> Intervention {
        return izhi::InputSpikes{selection_of(network, population), weight, copied(neurons, count, "neurons")};
    });
}

izhi_status izhi_simulation_set_rates(izhi_simulation handle, const char* population, uint32_t first,
                                      const float* rates_hz, size_t count) {
    return apply(handle, [&](const Network& network) -> Intervention {
        return izhi::SourceRates{population_of(network, population), first, copied(rates_hz, count, "rates_hz")};
    });
}

izhi_status izhi_simulation_scale_noise(izhi_simulation handle, const char* population, double factor) {
    return apply(handle, [&](const Network& network) -> Intervention {
        return izhi::NoiseScale{population_of(network, population), factor};
    });
}

izhi_status izhi_simulation_scale_weights(izhi_simulation handle, const char* projection, double factor) {
    return apply(handle, [&](const Network& network) -> Intervention {
        return izhi::WeightScale{projection_of(network, projection), factor};
    });
}

izhi_status izhi_simulation_add_dopamine(izhi_simulation handle, double amount) {
    return apply(handle, [&](const Network& /*network*/) -> Intervention { return izhi::Dopamine{amount}; });
}

izhi_status izhi_simulation_set_weight(izhi_simulation handle, const char* projection, uint32_t source, uint32_t number,
                                       double weight) {
    return apply(handle, [&](const Network& network) -> Intervention {
        return izhi::SynapseWeight{{projection_of(network, projection), source, number}, weight};
    });
}
