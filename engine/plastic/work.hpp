// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace izhi::detail {

/// The work at plastic synapses, for profiles.
struct PlasticWork {
    std::uint64_t arrivals = 0, potentiations = 0;            ///< synapses
    std::uint64_t arrival_bytes = 0, potentiation_bytes = 0;  ///< read and written
    void add(const PlasticWork& more) noexcept {
        arrivals += more.arrivals;
        potentiations += more.potentiations;
        arrival_bytes += more.arrival_bytes;
        potentiation_bytes += more.potentiation_bytes;
    }
};

}  // namespace izhi::detail
