// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// One lane in plain C++: the reference that every vector ISA equals bit for bit, and the fallback for other processors.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/kernels.hpp"

namespace {

struct ScalarVocabulary {
    using F = float;
    using I = std::int32_t;
    using U = std::uint32_t;
    using B = bool;
    struct Table {};
    static constexpr std::size_t lanes = 1;

    static F load(const float* p) { return *p; }
    static I load(const std::int32_t* p) { return *p; }
    static U load(const std::uint32_t* p) { return *p; }
    /// Lane i gets p[(at + i) / 4]: four lanes for each word. `at` is a multiple of the lanes.
    static U load_fours(const std::uint32_t* p, std::size_t at) { return p[at / 4]; }
    static U load_any(const std::uint32_t* p) { return *p; }
    static I load_unaligned(const std::int32_t* p) { return *p; }
    static void store_unaligned(std::int32_t* p, I x) { *p = x; }
    static void store_any(std::uint32_t* p, U x) { *p = x; }
    template <class T>
    static void store(T* p, T x) {
        *p = x;
    }
    static F to_float(I x) { return static_cast<float>(x); }
    static I truncate(F x) { return static_cast<I>(x); }
    template <int Bits>
    static U shift_right(U x) {
        return x >> Bits;
    }
    template <int Bits>
    static U shift_left(U x) {
        return x << Bits;
    }
    static U bits(F x) { return __builtin_bit_cast(U, x); }
    static F from_bits(U x) { return __builtin_bit_cast(F, x); }
    static I as_signed(U x) { return static_cast<I>(x); }
    static B float_mask(B x) { return x; }
    template <class T>
    static T keep(T x) {
        return x;
    }
    static F divide(F x, F y) { return x / y; }
    static F square_root(F x) { return __builtin_sqrtf(x); }
    static U mul_high(U x, U y) { return static_cast<U>((std::uint64_t{x} * y) >> 32); }
    static std::size_t append(std::uint32_t* first, std::uint32_t* second, std::size_t count, U x, U y,
                              std::uint32_t wanted) {
        first[count] = x;
        second[count] = y;
        return count + (wanted & 1u);
    }
    template <class T>
    static T select(B condition, T yes, T no) {
        return condition ? yes : no;
    }
    static B bit_or(B x, B y) { return x || y; }
    static B and_not(B x, B y) { return x && !y; }
    static U iota(std::uint32_t first) { return first; }
    static std::uint32_t mask(B x) { return x ? 1u : 0u; }
    /// sums[0 ... lanes) += the 16-bit weights number j, j + 1, ... of a dense group
    static void add_weights(std::int32_t* sums, const std::uint32_t* words, std::uint32_t j) {
        *sums += static_cast<std::int32_t>(words[j / 2] << (j % 2 ? 0 : 16)) >> 16;
    }
    static Table normal_table() { return {}; }
    static I table_normal(U word, Table) { return izhi::simd::table_normal(word); }
};

}  // namespace
