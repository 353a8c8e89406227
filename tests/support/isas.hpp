// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "simd/kernels.hpp"

namespace izhi::test {

/// The kernel tables that this CPU can run, scalar first.
inline std::vector<const simd::Kernels*> runnable_kernels() {
    std::vector<const simd::Kernels*> tables;
    for (const Isa isa : simd::kIsas)
        if (const simd::Kernels* table = simd::kernels(isa)) tables.push_back(table);
    return tables;
}

}  // namespace izhi::test
