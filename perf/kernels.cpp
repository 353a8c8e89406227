// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The kernels alone, per ISA and size of the data. 1,024 neurons stay in the first-level cache, 16,384 in the second,
// and 4,194,304 come from memory.
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "engine/base/memory.hpp"
#include "simd/kernels.hpp"

namespace {

using izhi::detail::AlignedArray;
using izhi::simd::FormKernels;
using izhi::simd::Kernels;

constexpr std::int64_t kFirstLevel = 1024, kSecondLevel = 16384, kMemory = 4 << 20;
constexpr std::size_t kBlock = 512;

void count_neurons(benchmark::State& state, std::size_t neurons) {
    state.counters["per_neuron_step"] = benchmark::Counter(
        static_cast<double>(neurons), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void noise(benchmark::State& state, const Kernels* kernels) {
    const auto neurons = static_cast<std::size_t>(state.range(0));
    AlignedArray<float> current(kBlock);
    izhi::simd::NoiseArgs args{current.data(), kBlock, 0, {1, 2, 3}, 0.001f, nullptr, 0.0f};
    for (auto _ : state) {
        ++args.key.k0;
        for (std::size_t first = 0; first < neurons; first += kBlock) {
            args.first = static_cast<std::uint32_t>(first);
            kernels->noise(args);
            benchmark::ClobberMemory();
        }
    }
    count_neurons(state, neurons);
}

void reduce(benchmark::State& state, const Kernels* kernels) {
    const auto neurons = static_cast<std::size_t>(state.range(0));
    const auto buffers = static_cast<std::size_t>(state.range(1));
    std::vector<AlignedArray<std::int32_t>> sums;
    for (std::size_t b = 0; b < buffers; ++b) sums.emplace_back(neurons);
    AlignedArray<float> current(kBlock);
    std::vector<std::int32_t*> places(buffers);
    for (auto _ : state) {
        for (std::size_t first = 0; first < neurons; first += kBlock) {
            for (std::size_t b = 0; b < buffers; ++b) places[b] = sums[b].data() + first;
            kernels->reduce({current.data(), kBlock, places.data(), buffers, 0.5f});
            benchmark::ClobberMemory();
        }
    }
    count_neurons(state, neurons);
}

/// The published step of a population that fires sparsely. `columns`: a and b per neuron instead of uniform.
void update(benchmark::State& state, const Kernels* kernels,
            void (*FormKernels::*kernel)(const izhi::simd::UpdateArgs&), bool columns) {
    const auto neurons = static_cast<std::size_t>(state.range(0));
    AlignedArray<float> v(neurons), u(neurons), a(neurons), b(neurons), c(neurons), d(neurons), current(kBlock);
    AlignedArray<std::uint64_t> fired(kBlock / 64);
    for (std::size_t i = 0; i < neurons; ++i) {
        v[i] = -65.0f;
        u[i] = -13.0f;
        a[i] = 0.02f;
        b[i] = 0.2f;
        c[i] = -65.0f;
        d[i] = 8.0f;
    }
    for (std::size_t i = 0; i < kBlock; ++i) current[i] = static_cast<float>(i % 7);
    for (auto _ : state) {
        for (std::size_t first = 0; first < neurons; first += kBlock) {
            izhi::simd::UpdateArgs args{};
            args.v = v.data() + first;
            args.u = u.data() + first;
            args.current = current.data();
            args.count = kBlock;
            args.a = columns ? a.data() + first : nullptr;
            args.b = columns ? b.data() + first : nullptr;
            args.uniform_a = 0.02f;
            args.uniform_b = 0.2f;
            args.c = c.data() + first;
            args.d = d.data() + first;
            args.dt = 1.0f;
            args.substeps = 20;
            args.fired = fired.data();
            (kernels->simple.*kernel)(args);
            for (std::size_t word = 0; word < kBlock / 64; ++word)
                for (std::uint64_t bits = fired[word]; bits != 0; bits &= bits - 1) {
                    const std::size_t i = first + word * 64 + static_cast<std::size_t>(__builtin_ctzll(bits));
                    v[i] = c[i];
                    u[i] += d[i];
                }
        }
    }
    count_neurons(state, neurons);
}

/// Rows of 100 synapses at random targets; 0.8 % of the neurons fire per step.
void deliver(benchmark::State& state, const Kernels* kernels) {
    using izhi::simd::kRowChunkShift;
    const auto neurons = static_cast<std::uint32_t>(state.range(0));
    constexpr std::uint32_t synapses = 100;
    constexpr std::uint32_t row_words = izhi::simd::packed_words(synapses) + 1;
    const std::uint32_t chunks = (neurons >> kRowChunkShift) + 1;
    AlignedArray<std::uint32_t> words(std::size_t{neurons} * row_words);
    std::vector<const std::uint32_t*> chunk_begin;
    std::vector<std::uint32_t> offsets;
    const izhi::simd::HashKey key{7, 8, 9};
    for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) {
        const std::uint32_t first = chunk << kRowChunkShift;
        chunk_begin.push_back(words.data() + std::size_t{first} * row_words);
        for (std::uint32_t r = 0; r <= 1u << kRowChunkShift; ++r) offsets.push_back(r * row_words);
    }
    for (std::uint32_t n = 0; n < neurons; ++n) {
        std::uint32_t* word = words.data() + std::size_t{n} * row_words;
        *word++ = 1u | synapses << 16;
        const std::uint32_t mean_distance = neurons / (synapses + 1);
        for (std::uint32_t j = 0; j < synapses; ++j) {
            const std::uint64_t hash = izhi::simd::keyed_hash(n * synapses + j, key);
            *word++ = static_cast<std::uint32_t>(hash * (2 * mean_distance) >> 32) % 65535u | (j + 1) << 16;
        }
    }
    AlignedArray<std::int32_t> ring(std::size_t{neurons} * 3 + 65536 * 4);
    std::vector<std::uint32_t> spikes;
    for (std::uint32_t i = 0; i < neurons; ++i)
        if (izhi::simd::keyed_hash(i, {3, 4, 5}) % 1000 < 8) spikes.push_back(i);
    izhi::simd::DeliverArgs args{};
    args.spikes = spikes.data();
    args.spike_count = spikes.size();
    args.rows = {chunk_begin.data(), offsets.data()};
    args.ring = ring.data();
    args.prefetch_lines = 8;
    args.prefetch_spikes = 8;
    args.rows_in_memory = offsets.size() * synapses * sizeof(std::uint32_t) > (std::size_t{8} << 20);
    // each step has other spikes, so that the rows of large networks come from memory
    std::uint32_t shift = 0;
    std::vector<std::uint32_t> moved(spikes.size());
    for (auto _ : state) {
        state.PauseTiming();
        shift += 12345;
        for (std::size_t i = 0; i < spikes.size(); ++i) moved[i] = (spikes[i] + shift) % neurons;
        args.spikes = moved.data();
        state.ResumeTiming();
        kernels->deliver_packed(args);
        benchmark::ClobberMemory();
    }
    state.counters["per_event"] =
        benchmark::Counter(static_cast<double>(spikes.size()) * synapses,
                           benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void register_all() {
    for (const izhi::Isa id : izhi::simd::kIsas) {
        const Kernels* const k = izhi::simd::kernels(id);
        if (!k) continue;
        const std::string isa = std::string("/") + k->name;
        benchmark::RegisterBenchmark(("noise" + isa).c_str(), noise, k)->Arg(kFirstLevel);
        benchmark::RegisterBenchmark(("reduce" + isa).c_str(), reduce, k)
            ->Args({kFirstLevel, 1})
            ->Args({kSecondLevel, 2})
            ->Args({kSecondLevel, 8});
        benchmark::RegisterBenchmark(("update_published/uniform" + isa).c_str(), update, k, &FormKernels::published,
                                     false)
            ->Arg(kFirstLevel)
            ->Arg(kSecondLevel)
            ->Arg(kMemory);
        benchmark::RegisterBenchmark(("update_published/columns" + isa).c_str(), update, k, &FormKernels::published,
                                     true)
            ->Arg(kFirstLevel)
            ->Arg(kSecondLevel)
            ->Arg(kMemory);
        benchmark::RegisterBenchmark(("update_euler/uniform" + isa).c_str(), update, k, &FormKernels::euler, false)
            ->Arg(kFirstLevel);
        benchmark::RegisterBenchmark(("update_accurate/uniform" + isa).c_str(), update, k, &FormKernels::accurate,
                                     false)
            ->Arg(kFirstLevel);
        benchmark::RegisterBenchmark(("deliver_packed" + isa).c_str(), deliver, k)
            ->Arg(10'000)
            ->Arg(100'000)
            ->Arg(1'000'000);
    }
}

[[maybe_unused]] const bool registered = (register_all(), true);

}  // namespace
