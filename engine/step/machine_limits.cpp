// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "engine/base/memory.hpp"
#include "engine/step/isa.hpp"
#include "izhi/profile.hpp"

namespace izhi {
namespace {

using Clock = std::chrono::steady_clock;

/// Runs work(thread) on all threads at once and returns the seconds until the last is done; the best of a few tries.
template <class Work>
double best_seconds(int threads, int tries, const Work& work) {
    double best = 1e300;
    for (int t = 0; t < tries; ++t) {
        const auto start = Clock::now();
        std::vector<std::thread> helpers;
        for (int i = 1; i < threads; ++i) helpers.emplace_back([&work, i] { work(i); });
        work(0);
        for (std::thread& helper : helpers) helper.join();
        best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
}

}  // namespace

MachineLimits measure_machine_limits(int threads, Isa isa) {
    const simd::Kernels& kernels = detail::select_kernels(isa);
    MachineLimits limits;
    constexpr std::uint64_t rounds = 400'000;
    std::vector<float> results(static_cast<std::size_t>(threads));
    const double arithmetic_s = best_seconds(threads, 3, [&](int thread) {
        results[static_cast<std::size_t>(thread)] = kernels.arithmetic(rounds, 0.999f, 0.001f);
    });
    limits.arithmetic_flops_per_s =
        2.0 * simd::kArithmeticChains * kernels.lanes * static_cast<double>(rounds) * threads / arithmetic_s;

    // 128 MiB in all: beyond the last-level cache of most machines that run this
    const std::size_t floats = (std::size_t{16} << 20) / static_cast<std::size_t>(threads);
    std::vector<detail::AlignedArray<float>> to, from;
    for (int i = 0; i < threads; ++i) {
        to.emplace_back(floats);
        from.emplace_back(floats);
    }
    const double memory_s = best_seconds(threads, 4, [&](int thread) {
        float* const __restrict a = to[static_cast<std::size_t>(thread)].data();
        const float* const __restrict b = from[static_cast<std::size_t>(thread)].data();
        for (std::size_t i = 0; i < floats; ++i) a[i] += 0.5f * b[i];
    });
    limits.memory_bytes_per_s = 12.0 * static_cast<double>(floats) * threads / memory_s;
    return limits;
}

}  // namespace izhi
