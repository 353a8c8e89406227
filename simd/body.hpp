// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The kernels, written once over a vocabulary V of vector operations (simd/vocabulary_*.hpp). Included by ISA units
// only. Everything is in an unnamed namespace: a template with external linkage would let the linker pick one unit's
// code, compiled for that unit's ISA, for the whole program. For the same reason nothing of std is called here.
#pragma once

#include "simd/kernels.hpp"

namespace {

using izhi::simd::DeliverArgs;
using izhi::simd::DrawArgs;
using izhi::simd::HashKey;
using izhi::simd::Kernels;
using izhi::simd::NoiseArgs;
using izhi::simd::ReduceArgs;
using izhi::simd::RowKeyArgs;
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

/// current = bias + scale * normal(word of the neuron in this step)
template <class V, class Normal>
inline void add_noise(const NoiseArgs& args, const Normal& normal) {
    using F = typename V::F;
    using U = typename V::U;
    float* const __restrict current = args.current;
    const float* const __restrict bias = args.bias;
    const std::size_t count = args.count;
    const F uniform_bias(args.uniform_bias);
    if (args.scale == 0.0f) {
        for (std::size_t i = 0; i < count; i += V::lanes)
            V::store(current + i, bias ? V::load(bias + i) : uniform_bias);
        return;
    }
    const U k0(args.key.k0), k1(args.key.k1), k2(args.key.k2);
    const F scale(args.scale);
    U index = V::iota(args.first);
    const U stride(static_cast<std::uint32_t>(V::lanes));
    if (bias) {
        for (std::size_t i = 0; i < count; i += V::lanes) {
            V::store(current + i, V::load(bias + i) + scale * normal(hash_lanes<V>(index, k0, k1, k2)));
            index = index + stride;
        }
    } else {
        for (std::size_t i = 0; i < count; i += V::lanes) {
            V::store(current + i, uniform_bias + scale * normal(hash_lanes<V>(index, k0, k1, k2)));
            index = index + stride;
        }
    }
}

template <class V>
void noise(const NoiseArgs& args) {
    const auto table = V::normal_table();
    add_noise<V>(args, [&](typename V::U word) { return V::to_float(V::table_normal(word, table)); });
}

template <class V, std::size_t N>
inline typename V::F polynomial(const float (&coefficients)[N], typename V::F x) {
    typename V::F sum(coefficients[N - 1]);
    for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + typename V::F(coefficients[i]);
    return sum;
}

/// Natural logarithm of a normal float in (0, 1), relative error below 2e-7: exponent, and 2 atanh((m - 1) / (m + 1)) of
/// the rest, |(m - 1) / (m + 1)| < 0.172.
template <class V>
inline typename V::F log_of(typename V::F x) {
    using F = typename V::F;
    using U = typename V::U;
    using I = typename V::I;
    // shifted so that the mantissa lands in [sqrt(1/2), sqrt(2))
    const U shifted = V::bits(x) - U(0x3f3504f3u);
    const I exponent = V::as_signed(shifted) >> 23;
    const F m = V::from_bits((shifted & U(0x007fffffu)) + U(0x3f3504f3u));
    const F s = (m - F(1.0f)) / (m + F(1.0f)), z = s * s;
    constexpr float series[] = {2.0f, 2.0f / 3.0f, 2.0f / 5.0f, 2.0f / 7.0f, 2.0f / 9.0f};
    return V::to_float(exponent) * F(0.693147180559945f) + s * polynomial<V>(series, z);
}

/// The standard normal quantile of (word + 1/2) / 2^32, by Wichura's algorithm AS 241 in its form for single precision
/// (PPND7): error about
/// 1e-6 of the value, out to 6.3 standard deviations. The top bit is the side; the other 31 bits the distance from the end, so that both tails are equally fine.
template <class V>
inline typename V::F quantile_of(typename V::U word) {
    using F = typename V::F;
    using U = typename V::U;
    const U low = word & U(0x7fffffffu);
    const auto upper = word >= U(0x80000000u);
    // distance from the end of its side, in (0, 1/2): for the upper half the word counts down
    const U from_end = V::select(upper, U(0x7fffffffu) - low, low);
    const F tail = (V::to_float(V::as_signed(from_end)) + F(0.5f)) * F(0x1p-32f);
    const F q = (V::to_float(V::as_signed(U(0x7fffffffu) - from_end)) + F(0.5f)) * F(0x1p-32f);  // 1/2 - tail, finely
    constexpr float a[] = {3.3871327179f, 50.434271938f, 159.29113202f, 59.109374720f};
    constexpr float b[] = {1.0f, 17.895169469f, 78.757757664f, 67.187563600f};
    const F r_center = F(0.180625f) - q * q;
    const F center = q * polynomial<V>(a, r_center) / polynomial<V>(b, r_center);
    constexpr float c[] = {1.4234372777f, 2.7568153900f, 1.3067284816f, 0.17023821103f};
    constexpr float d[] = {1.0f, 0.73700164250f, 0.12021132975f};
    const F r_tail = V::square_root(F(0.0f) - log_of<V>(tail)) - F(1.6f);
    const F outer = polynomial<V>(c, r_tail) / polynomial<V>(d, r_tail);
    const F size = V::select(q > F(0.425f), outer, center);
    return V::select(V::float_mask(upper), size, F(0.0f) - size);
}

template <class V>
void noise_exact(const NoiseArgs& args) {
    add_noise<V>(args, [](typename V::U word) { return quantile_of<V>(word); });
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
    explicit Recovery(const UpdateArgs& args)
        : a(args.a), b(args.b), uniform_a(args.uniform_a), uniform_b(args.uniform_b) {}
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
inline typename V::F reach_threshold(typename V::F v, typename V::F& u, typename V::F drive, typename V::F a,
                                     typename V::F b) {
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
    for (const std::uint32_t* word = row.begin; word < row.end && word < last; word += words_per_line)
        __builtin_prefetch(word);
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
inline const std::uint32_t* push_packed(std::uint32_t header, const std::uint32_t* __restrict word,
                                        std::int32_t* __restrict sums) {
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
inline const std::uint32_t* push_dense(std::uint32_t header, const std::uint32_t* __restrict word,
                                       std::int32_t* __restrict sums) {
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

/// Philox4x32-10, a lane per source.
template <class V>
void row_keys(const RowKeyArgs& args) {
    using U = typename V::U;
    for (std::size_t i = 0; i < args.count; i += V::lanes) {
        alignas(64) std::uint32_t sources[V::lanes];
        for (std::size_t lane = 0; lane < V::lanes; ++lane)
            sources[lane] = i + lane < args.count ? args.sources[i + lane] : 0;
        U x0 = V::load(sources), x1(0u), x2(args.projection), x3(args.stream);
        std::uint32_t key0 = args.seed_low, key1 = args.seed_high;
        for (int round = 0; round < 10; ++round) {
            const U high0 = V::mul_high(x0, U(0xD2511F53u)), low0 = x0 * U(0xD2511F53u);
            const U high1 = V::mul_high(x2, U(0xCD9E8D57u)), low1 = x2 * U(0xCD9E8D57u);
            x0 = high1 ^ x1 ^ U(key0);
            x1 = low1;
            x2 = high0 ^ x3 ^ U(key1);
            x3 = low0;
            key0 += 0x9E3779B9u;
            key1 += 0xBB67AE85u;
        }
        V::store(args.k0 + i, x0);
        V::store(args.k1 + i, x1);
        V::store(args.k2 + i, x2);
    }
}

/// Synapses of a row drawn at a time: their targets and weights stay in the first-level cache.
constexpr std::uint32_t kDrawnTogether = 1024;

template <class V>
void draw_outdegree(const DrawArgs& args) {
    using U = typename V::U;
    // room for a vector beyond the end: lanes past it are written and then overwritten or ignored
    alignas(64) std::uint32_t targets[kDrawnTogether + 16];
    alignas(64) std::uint32_t numbers[kDrawnTogether + 16];
    alignas(64) std::uint32_t weights[kDrawnTogether + 16];
    const U lanes_up = V::iota(0u);
    const izhi::simd::TargetSegment& last = args.segments[args.segment_count - 1];
    const bool filter = args.part_begin > args.segments[0].first_slot ||
                        args.part_begin + args.part_slots < last.first_slot + (last.end_index - last.first_index);
    const U part_begin(args.part_begin), part_slots(args.part_slots);
    for (std::size_t s = 0; s < args.spike_count; ++s) {
        const U k0(args.k0[s]), k1(args.k1[s]), k2(args.k2[s]);
        const std::uint32_t excluded = args.excluded ? args.excluded[s] : 0xffffffffu;
        const bool excludes = excluded < args.target_count;
        const U choices(args.target_count - (excludes ? 1u : 0u));
        for (std::uint32_t begin = 0; begin < args.row_synapses; begin += kDrawnTogether) {
            const std::uint32_t end =
                args.row_synapses - begin < kDrawnTogether ? args.row_synapses : begin + kDrawnTogether;
            std::size_t count = 0;
            for (std::uint32_t j = begin; j < end; j += static_cast<std::uint32_t>(V::lanes)) {
                const U word_index = V::template shift_left<2>(lanes_up + U(j));
                U index = V::mul_high(hash_lanes<V>(word_index, k0, k1, k2), choices);
                if (excludes) index = index + V::select(index >= U(excluded), U(1u), U(0u));
                U slot = index + U(args.segments[0].first_slot);
                for (std::size_t g = 1; g < args.segment_count; ++g) {
                    const izhi::simd::TargetSegment& from = args.segments[g - 1];
                    const izhi::simd::TargetSegment& to = args.segments[g];
                    const std::uint32_t padding =
                        (to.first_slot - to.first_index) - (from.first_slot - from.first_index);
                    slot = slot + V::select(index >= U(to.first_index), U(padding), U(0u));
                }
                const U place = slot - part_begin;
                const std::uint32_t left = end - j;
                std::uint32_t wanted = left >= V::lanes ? static_cast<std::uint32_t>((std::uint64_t{1} << V::lanes) - 1)
                                                        : (1u << left) - 1u;
                if (filter) wanted &= V::mask(V::float_mask(place < part_slots));
                count = V::append(targets, numbers, count, place, word_index + U(1u), wanted);
            }
            if (args.weight_choices == 1) {
                for (std::size_t i = 0; i < count; ++i) args.sums[targets[i]] += args.lowest_weight;
                continue;
            }
            const U weight_choices(args.weight_choices), lowest(static_cast<std::uint32_t>(args.lowest_weight));
            for (std::size_t i = 0; i < count; i += V::lanes)
                V::store(weights + i,
                         lowest + V::mul_high(hash_lanes<V>(V::load(numbers + i), k0, k1, k2), weight_choices));
            std::int32_t* const __restrict sums = args.sums;
#pragma GCC unroll 8
            for (std::size_t i = 0; i < count; ++i) sums[targets[i]] += static_cast<std::int32_t>(weights[i]);
        }
    }
}

template <class V>
void draw_all(const DrawArgs& args) {
    using U = typename V::U;
    const U weight_choices(args.weight_choices), lowest(static_cast<std::uint32_t>(args.lowest_weight));
    const auto weight_of = [&](std::uint32_t index, const HashKey& key) {
        const std::uint64_t product = std::uint64_t{izhi::simd::keyed_hash(4 * index + 1, key)} * args.weight_choices;
        return args.lowest_weight + static_cast<std::int32_t>(product >> 32);
    };
    for (std::size_t s = 0; s < args.spike_count; ++s) {
        const HashKey key{args.k0[s], args.k1[s], args.k2[s]};
        const U k0(key.k0), k1(key.k1), k2(key.k2);
        for (std::size_t g = 0; g < args.segment_count; ++g) {
            const izhi::simd::TargetSegment& segment = args.segments[g];
            // the part's share of the segment
            const std::uint32_t segment_end = segment.first_slot + (segment.end_index - segment.first_index);
            const std::uint32_t part_end = args.part_begin + args.part_slots;
            const std::uint32_t begin = segment.first_slot > args.part_begin ? segment.first_slot : args.part_begin;
            const std::uint32_t end = segment_end < part_end ? segment_end : part_end;
            if (begin >= end) continue;
            std::int32_t* const sums = args.sums + (begin - args.part_begin);
            const std::uint32_t first_index = begin - segment.first_slot + segment.first_index;
            std::uint32_t i = 0;
            const U words_from = V::template shift_left<2>(V::iota(first_index)) + U(1u);
            for (; i + V::lanes <= end - begin; i += static_cast<std::uint32_t>(V::lanes)) {
                const U word_index = words_from + U(4 * i);
                const U weight = lowest + V::mul_high(hash_lanes<V>(word_index, k0, k1, k2), weight_choices);
                V::store_unaligned(sums + i, V::load_unaligned(sums + i) + V::as_signed(weight));
            }
            for (; i < end - begin; ++i) sums[i] += weight_of(first_index + i, key);
            const std::uint32_t excluded = args.excluded ? args.excluded[s] : 0xffffffffu;
            if (excluded >= first_index && excluded < first_index + (end - begin))
                sums[excluded - first_index] -= weight_of(excluded, key);
        }
    }
}

/// Enough independent chains to hide the latency of a multiply and an add.
template <class V>
float arithmetic(std::uint64_t rounds, float x_value, float y_value) {
    using F = typename V::F;
    const F x(x_value), y(y_value);
    F chains[izhi::simd::kArithmeticChains];
    for (F& chain : chains) chain = y;
    for (std::uint64_t round = 0; round < rounds; ++round)
        for (F& chain : chains) chain = chain * x + y;
    F sum = y;
    for (const F& chain : chains) sum = sum + chain;
    alignas(64) float lanes[V::lanes];
    V::store(lanes, sum);
    return lanes[0];
}

template <class V>
constexpr Kernels make_kernels(izhi::simd::IsaId id, const char* name) {
    return {id,
            name,
            static_cast<int>(V::lanes),
            noise<V>,
            noise_exact<V>,
            reduce<V>,
            update_published<V>,
            update_euler<V>,
            update_accurate<V>,
            deliver_packed<V>,
            deliver_wide<V>,
            row_keys<V>,
            draw_outdegree<V>,
            draw_all<V>,
            arithmetic<V>,
            hash_words<V>};
}

}  // namespace
