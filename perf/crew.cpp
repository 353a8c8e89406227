// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The barrier of the crew that steps networks: the time that workers with equal work lose between two phases.
#include <benchmark/benchmark.h>

#include "izhi/executor.hpp"
#include "izhi/profile.hpp"

namespace {

/// One iteration is one measurement, the best of some attempts. Its time is that of the barrier.
void crew_barrier(benchmark::State& state) {
    const int threads = static_cast<int>(state.range(0));
    if (threads > izhi::available_processors()) {
        state.SkipWithError("there are fewer processors");
        return;
    }
    for (auto _ : state) state.SetIterationTime(izhi::measure_barrier_s(threads));
}

BENCHMARK(crew_barrier)->RangeMultiplier(2)->Range(2, 64)->Iterations(5)->UseManualTime()->Unit(benchmark::kNanosecond);

}  // namespace
