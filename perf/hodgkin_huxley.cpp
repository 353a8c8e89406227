// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Hodgkin-Huxley populations, for comparison with the kernels of kernels.cpp and in their units: per_neuron_step is the
// time of one neuron and one ms, a hundred steps of 0.01 ms.
#include "perf/hodgkin_huxley/hodgkin_huxley.hpp"

#include <benchmark/benchmark.h>

#include <string>

#include "engine/base/memory.hpp"
#include "perf/cost/operations.hpp"

namespace {

using izhi::detail::AlignedArray;
using namespace izhi::perf;

void hodgkin_huxley(benchmark::State& state, const HodgkinHuxleyKernel* kernel) {
    const auto neurons = static_cast<std::size_t>(state.range(0));
    AlignedArray<float> v(neurons), m(neurons), h(neurons), n(neurons), current(neurons), spikes(neurons);
    for (std::size_t i = 0; i < neurons; ++i) {
        v[i] = -65.0f;
        m[i] = 0.0529f;
        h[i] = 0.5961f;
        n[i] = 0.3177f;
        current[i] = 10.0f;
        spikes[i] = 0.0f;
    }
    for (auto _ : state) {
        kernel->run({v.data(), m.data(), h.data(), n.data(), current.data(), spikes.data(), neurons, 100,
                     static_cast<float>(kHodgkinHuxleyStepMs)});
        benchmark::ClobberMemory();
    }
    state.counters["per_neuron_step"] = benchmark::Counter(
        static_cast<double>(neurons), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    state.counters["neurons_in_real_time"] =
        benchmark::Counter(static_cast<double>(neurons) * 1e-3, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["operations_per_ms"] = count_operations().hodgkin_huxley;
}

const bool registered = [] {
    for (const bool scalar : {true, false}) {
        const HodgkinHuxleyKernel& kernel = hodgkin_huxley_kernel(scalar);
        benchmark::RegisterBenchmark((std::string("hodgkin_huxley/") + kernel.isa).c_str(), hodgkin_huxley, &kernel)
            ->Arg(512)
            ->Arg(16384);
    }
    return true;
}();

}  // namespace
