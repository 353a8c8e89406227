// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace izhi {

/// Instruction sets of the kernels, slowest first. Results are the same with each; which of them this build and CPU have:
/// available_isas() in izhi/simulation.hpp.
enum class Isa {
    automatic,  ///< IZHI_ISA from the environment, else the widest of this CPU
    scalar,
    sse42,
    avx2,
    avx512,
    neon,
};

}  // namespace izhi
