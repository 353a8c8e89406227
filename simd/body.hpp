// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The kernels, written once over a vocabulary V of vector operations (simd/vocabulary_*.hpp). Included by ISA units
// only. Everything is in an unnamed namespace: a template with external linkage would let the linker pick one unit's
// code, compiled for that unit's ISA, for the whole program. For the same reason nothing of std is called here.
#pragma once

#include "simd/kernels.hpp"

namespace {

using izhi::simd::DeliverArgs;
using izhi::simd::HashKey;
using izhi::simd::Kernels;
using izhi::simd::NoiseArgs;
using izhi::simd::ReduceArgs;
using izhi::simd::UpdateArgs;

template <class V>
inline typename V::U hash_lanes(typename V::U x, typename V::U k0, typename V::U k1, typename V::U k2) {
    using U = typename V::U;
    x = x + k0;
    x = x ^ V::template shift_right<17>(x);
    x = x * U(0xed5ad4bbu);
    x = x + k1;
    x = x ^ V::template shift_right<11>(x);
    x = x * U(0xac4c1b51u);
    x = x + k2;
    x = x ^ V::template shift_right<15>(x);
    x = x * U(0x31848babu);
    return x ^ V::template shift_right<14>(x);
}

template <class V>
void hash_words(std::uint32_t* words, std::size_t count, std::uint32_t first, const HashKey& key) {
    using U = typename V::U;
    const U k0(key.k0), k1(key.k1), k2(key.k2);
    for (std::size_t i = 0; i < count; i += V::lanes)
        V::store(words + i, hash_lanes<V>(V::iota(first + static_cast<std::uint32_t>(i)), k0, k1, k2));
}

/// current = bias + scale * normal(neuron, step)
template <class V>
void noise(const NoiseArgs& args) {
    using F = typename V::F;
    using U = typename V::U;
    float* const __restrict current = args.current;
    const float* const __restrict bias = args.bias;
    const std::size_t count = args.count;
    const F uniform_bias(args.uniform_bias);
    if (args.scale == 0.0f) {
        for (std::size_t i = 0; i < count; i += V::lanes) V::store(current + i, bias ? V::load(bias + i) : uniform_bias);
        return;
    }
    const U k0(args.key.k0), k1(args.key.k1), k2(args.key.k2);
    const F scale(args.scale);
    const auto table = V::normal_table();
    U index = V::iota(args.first);
    const U stride(static_cast<std::uint32_t>(V::lanes));
    if (bias) {
        for (std::size_t i = 0; i < count; i += V::lanes) {
            const F normal = V::to_float(V::table_normal(hash_lanes<V>(index, k0, k1, k2), table));
            V::store(current + i, V::load(bias + i) + scale * normal);
            index = index + stride;
        }
    } else {
        for (std::size_t i = 0; i < count; i += V::lanes) {
            const F normal = V::to_float(V::table_normal(hash_lanes<V>(index, k0, k1, k2), table));
            V::store(current + i, uniform_bias + scale * normal);
            index = index + stride;
        }
    }
}

/// current += quantum * sum of the buffers; buffers = 0
template <class V>
void reduce(const ReduceArgs& args) {
    using F = typename V::F;
    using I = typename V::I;
    float* const __restrict current = args.current;
    const std::size_t count = args.count;
    const F quantum(args.quantum);
    const I zero(0);
    if (args.buffer_count == 1) {
        std::int32_t* const __restrict buffer = args.buffers[0];
        for (std::size_t i = 0; i < count; i += V::lanes) {
            V::store(current + i, V::load(current + i) + quantum * V::to_float(V::load(buffer + i)));
            V::store(buffer + i, zero);
        }
        return;
    }
    for (std::size_t i = 0; i < count; i += V::lanes) {
        I sum = zero;
        for (std::size_t b = 0; b < args.buffer_count; ++b) {
            std::int32_t* const buffer = args.buffers[b] + i;
            sum = sum + V::load(buffer);
            V::store(buffer, zero);
        }
        V::store(current + i, V::load(current + i) + quantum * V::to_float(sum));
    }
}

/// a and b of the lanes at i: from columns, or the same for all.
template <class V, bool Columns>
struct Recovery {
    using F = typename V::F;
    const float* a;
    const float* b;
    F uniform_a, uniform_b;
    explicit Recovery(const UpdateArgs& args) : a(args.a), b(args.b), uniform_a(args.uniform_a), uniform_b(args.uniform_b) {}
    F a_at(std::size_t i) const {
        if constexpr (Columns) return V::load(a + i);
        else return uniform_a;
    }
    F b_at(std::size_t i) const {
        if constexpr (Columns) return V::load(b + i);
        else return uniform_b;
    }
};

/// dv/dt = 0.04 v^2 + 5 v + (140 - u + I), the bracket passed as k.
template <class V>
inline typename V::F slope_v(typename V::F v, typename V::F k) {
    using F = typename V::F;
    return v * (F(0.04f) * v + F(5.0f)) + k;
}

template <class V, bool Columns, bool HalfSteps>
void update_euler_like(const UpdateArgs& args) {
    using F = typename V::F;
    float* const __restrict v_column = args.v;
    float* const __restrict u_column = args.u;
    const float* const __restrict current = args.current;
    const Recovery<V, Columns> recovery(args);
    const F dt(args.dt), v_step(HalfSteps ? 0.5f * args.dt : args.dt), threshold(izhi::simd::kThreshold);
    for (std::size_t word = 0; word < args.count / 64; ++word) {
        std::uint64_t bits = 0;
        for (std::size_t lane = 0; lane < 64; lane += V::lanes) {
            const std::size_t i = word * 64 + lane;
            F v = V::load(v_column + i);
            F u = V::load(u_column + i);
            const F k = (F(140.0f) - u) + V::load(current + i);
            v = v + v_step * slope_v<V>(v, k);
            if constexpr (HalfSteps) v = v + v_step * slope_v<V>(v, k);
            u = u + dt * (recovery.a_at(i) * (recovery.b_at(i) * v - u));
            V::store(v_column + i, v);
            V::store(u_column + i, u);
            bits |= static_cast<std::uint64_t>(V::mask(v >= threshold)) << lane;
        }
        args.fired[word] = bits;
    }
}

template <class V>
void update_published(const UpdateArgs& args) {
    args.a ? update_euler_like<V, true, true>(args) : update_euler_like<V, false, true>(args);
}

template <class V>
void update_euler(const UpdateArgs& args) {
    args.a ? update_euler_like<V, true, false>(args) : update_euler_like<V, false, false>(args);
}

/// One classical Runge-Kutta step of length h, in time.
template <class V>
inline void runge_kutta(typename V::F& v, typename V::F& u, typename V::F drive, typename V::F a, typename V::F b,
                        typename V::F h) {
    using F = typename V::F;
    const F half = F(0.5f) * h;
    const F v1 = slope_v<V>(v, drive - u), u1 = a * (b * v - u);
    const F va = v + half * v1, ua = u + half * u1;
    const F v2 = slope_v<V>(va, drive - ua), u2 = a * (b * va - ua);
    const F vb = v + half * v2, ub = u + half * u2;
    const F v3 = slope_v<V>(vb, drive - ub), u3 = a * (b * vb - ub);
    const F vc = v + h * v3, uc = u + h * u3;
    const F v4 = slope_v<V>(vc, drive - uc), u4 = a * (b * vc - uc);
    const F sixth = h * F(1.0f / 6.0f);
    v = v + sixth * (v1 + F(2.0f) * (v2 + v3) + v4);
    u = u + sixth * (u1 + F(2.0f) * (u2 + u3) + u4);
}

/// From (v, u) to the moment when v reaches the threshold: one Runge-Kutta step with v as the independent variable
/// (Henon's trick), which lands on the threshold exactly. Returns the time that took; u becomes its value there.
template <class V>
inline typename V::F reach_threshold(typename V::F v, typename V::F& u, typename V::F drive, typename V::F a, typename V::F b) {
    using F = typename V::F;
    const F one(1.0f), span = F(izhi::simd::kThreshold) - v, half = F(0.5f) * span;
    const F vm = v + half, ve = v + span;
    const F t1 = one / slope_v<V>(v, drive - u), u1 = a * (b * v - u) * t1;
    const F ua = u + half * u1;
    const F t2 = one / slope_v<V>(vm, drive - ua), u2 = a * (b * vm - ua) * t2;
    const F ub = u + half * u2;
    const F t3 = one / slope_v<V>(vm, drive - ub), u3 = a * (b * vm - ub) * t3;
    const F uc = u + span * u3;
    const F t4 = one / slope_v<V>(ve, drive - uc), u4 = a * (b * ve - uc) * t4;
    const F sixth = span * F(1.0f / 6.0f);
    u = u + sixth * (u1 + F(2.0f) * (u2 + u3) + u4);
    return sixth * (t1 + F(2.0f) * (t2 + t3) + t4);
}

template <class V, bool Columns>
void update_accurate_like(const UpdateArgs& args) {
    using F = typename V::F;
    const Recovery<V, Columns> recovery(args);
    const F threshold(izhi::simd::kThreshold), zero(0.0f);
    const F h(args.dt / static_cast<float>(args.substeps));
    for (std::size_t word = 0; word < args.count / 64; ++word) {
        std::uint64_t bits = 0;
        for (std::size_t lane = 0; lane < 64; lane += V::lanes) {
            const std::size_t i = word * 64 + lane;
            F v = V::load(args.v + i);
            F u = V::load(args.u + i);
            const F a = recovery.a_at(i), b = recovery.b_at(i);
            const F drive = F(140.0f) + V::load(args.current + i);
            auto fired = zero > zero;
            for (std::uint32_t s = 0; s < args.substeps; ++s) {
                const F v_before = v, u_before = u;
                runge_kutta<V>(v, u, drive, a, b, h);
                const auto above = v >= threshold;
                if (V::mask(above) == 0) continue;
                // A lane crosses once per step; one that already did is held at the threshold and crosses in the next.
                const auto crossing = V::and_not(above, fired);
                F v_after = v_before, u_after = u_before;
                F used = reach_threshold<V>(v_before, u_after, drive, a, b);
                used = V::select(used < zero, zero, V::select(used > h, h, used));
                v_after = V::load(args.c + i);
                u_after = u_after + V::load(args.d + i);
                runge_kutta<V>(v_after, u_after, drive, a, b, h - used);
                v = V::select(crossing, v_after, v);
                u = V::select(crossing, u_after, u);
                fired = V::bit_or(fired, crossing);
                v = V::select(v > threshold, threshold, v);
            }
            V::store(args.v + i, v);
            V::store(args.u + i, u);
            bits |= static_cast<std::uint64_t>(V::mask(fired)) << lane;
        }
        args.fired[word] = bits;
    }
}

template <class V>
void update_accurate(const UpdateArgs& args) {
    args.a ? update_accurate_like<V, true>(args) : update_accurate_like<V, false>(args);
}

/// How many spikes ahead a row is fetched: far enough to hide memory, near enough to stay in the first-level cache.
constexpr std::size_t kPrefetchSpikes = 8;
/// Cache lines of a row that are fetched ahead; the processor's own prefetcher follows longer rows.
constexpr std::size_t kPrefetchLines = 8;

struct Row {
    const std::uint32_t* begin;
    const std::uint32_t* end;
};

inline Row row_of(const izhi::simd::RowIndex& rows, std::uint32_t source) {
    const std::uint32_t chunk = source >> izhi::simd::kRowChunkShift;
    const std::uint32_t* const offsets = rows.offsets + source + chunk;
    const std::uint32_t* const base = rows.chunks[chunk];
    return {base + offsets[0], base + offsets[1]};
}

inline void prefetch(const Row& row) {
    constexpr std::size_t words_per_line = 16;
    const std::uint32_t* const last = row.begin + kPrefetchLines * words_per_line;
    for (const std::uint32_t* word = row.begin; word < row.end && word < last; word += words_per_line) __builtin_prefetch(word);
}

/// @param push_group adds a group's synapses to the sums of their step and returns where the next group begins
template <class PushGroup>
inline void deliver(const DeliverArgs& args, PushGroup push_group) {
    const std::size_t ahead = args.spike_count < kPrefetchSpikes ? args.spike_count : kPrefetchSpikes;
    for (std::size_t s = 0; s < ahead; ++s) prefetch(row_of(args.rows, args.spikes[s]));
    for (std::size_t s = 0; s < args.spike_count; ++s) {
        if (s + kPrefetchSpikes < args.spike_count) prefetch(row_of(args.rows, args.spikes[s + kPrefetchSpikes]));
        const Row row = row_of(args.rows, args.spikes[s]);
        const std::uint32_t* word = row.begin;
        while (word < row.end) {
            const std::uint32_t header = *word++, delay = header & 0xffffu;
            word = push_group(header, word, args.ring + args.stride * ((args.slot + delay) & args.slot_mask));
        }
    }
}

inline std::uint32_t group_size(std::uint32_t header) { return header >> 16 & izhi::simd::kLargestGroup; }

/// Scalar on every ISA: targets are scattered, and no instruction set adds to scattered words faster than one by one.
inline const std::uint32_t* push_packed(std::uint32_t header, const std::uint32_t* __restrict word, std::int32_t* __restrict sums) {
    const std::uint32_t count = group_size(header);
    std::size_t target = 0;
#pragma GCC unroll 8
    for (std::uint32_t j = 0; j < count; ++j) {
        const std::uint32_t synapse = word[j];
        target += synapse & 0xffffu;
        sums[target] += static_cast<std::int32_t>(synapse) >> 16;
    }
    return word + count;
}

template <class V>
inline const std::uint32_t* push_dense(std::uint32_t header, const std::uint32_t* __restrict word, std::int32_t* __restrict sums) {
    const std::uint32_t count = group_size(header);
    sums += *word++;
    std::uint32_t j = 0;
    for (; j + V::lanes <= count; j += static_cast<std::uint32_t>(V::lanes)) V::add_weights(sums + j, word, j);
    for (; j < count; ++j) sums[j] += static_cast<std::int32_t>(word[j / 2] << (j % 2 ? 0 : 16)) >> 16;
    return word + (count + 1) / 2;
}

template <class V>
void deliver_packed(const DeliverArgs& args) {
    deliver(args, [](std::uint32_t header, const std::uint32_t* word, std::int32_t* sums) {
        return header & izhi::simd::kDenseGroup ? push_dense<V>(header, word, sums) : push_packed(header, word, sums);
    });
}

template <class V>
void deliver_wide(const DeliverArgs& args) {
    deliver(args, [](std::uint32_t header, const std::uint32_t* __restrict word, std::int32_t* __restrict sums) {
        const std::uint32_t count = group_size(header);
#pragma GCC unroll 8
        for (std::uint32_t j = 0; j < count; ++j) sums[word[2 * j]] += static_cast<std::int32_t>(word[2 * j + 1]);
        return word + 2 * static_cast<std::size_t>(count);
    });
}

template <class V>
constexpr Kernels make_kernels(izhi::simd::IsaId id, const char* name) {
    return {id,
            name,
            static_cast<int>(V::lanes),
            noise<V>,
            reduce<V>,
            update_published<V>,
            update_euler<V>,
            update_accurate<V>,
            deliver_packed<V>,
            deliver_wide<V>,
            hash_words<V>};
}

}  // namespace
