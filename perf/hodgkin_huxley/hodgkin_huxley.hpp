// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// The neuron of Hodgkin and Huxley (1952), J. Physiol. 117:500, as a population in single precision. The paper
/// compares the cost of its model with this one. The code is written to be fast, so that the comparison is fair:
/// vectors of neurons, the state in registers for many steps, its own exponentials.
///
///     C v' = I - gNa m^3 h (v - ENa) - gK n^4 (v - EK) - gL (v - EL)          v [mV], I [uA/cm^2], t [ms]
///     x' = alpha_x(v) (1 - x) - beta_x(v) x   for x = m, h, n
///
/// with C 1 uF/cm^2; gNa 120, gK 36, gL 0.3 mS/cm^2; ENa 50, EK -77, EL -54.4 mV. Forward Euler, gates with the old v.
namespace izhi::perf {

inline constexpr double kHodgkinHuxleyStepMs = 0.01;

/// Columns of `count` neurons, a multiple of 64, aligned to 64 bytes.
struct HodgkinHuxleyArgs {
    float *v, *m, *h, *n;
    const float* current;
    float* spikes;  ///< upward crossings of 0 mV are added to these counts
    std::size_t count;
    std::size_t steps;
    float dt;  ///< [ms]
};

struct HodgkinHuxleyKernel {
    const char* isa;
    void (*run)(const HodgkinHuxleyArgs&);
    /// e^x of `count` values, a multiple of 64, for the test of its error.
    void (*exponential)(const float* x, float* result, std::size_t count);
};
extern const HodgkinHuxleyKernel kScalarHodgkinHuxley;
#if defined(__x86_64__)
extern const HodgkinHuxleyKernel kAvx2HodgkinHuxley, kAvx512HodgkinHuxley;
#elif defined(__aarch64__)
extern const HodgkinHuxleyKernel kNeonHodgkinHuxley;
#endif

/// The kernel for the widest instruction set of this CPU, as for izhi's own kernels. `scalar`: the scalar one instead.
[[nodiscard]] const HodgkinHuxleyKernel& hodgkin_huxley_kernel(bool scalar = false);

}  // namespace izhi::perf
