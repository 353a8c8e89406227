// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Counts the arithmetic of a kernel: a vocabulary (simd/) of one lane whose numbers count the operations on them.
// Additions, subtractions, multiplications, divisions and comparisons count as one each, as in the paper. Loads,
// stores, selections and operations on bits do not count.
#pragma once

#include <cstddef>
#include <cstdint>

namespace izhi::perf {

inline std::uint64_t counted_operations = 0;

struct CountingFloat {
    float value = 0.0f;
    CountingFloat() = default;
    explicit CountingFloat(float v) : value(v) {}
    friend CountingFloat operator+(CountingFloat x, CountingFloat y) { return done(x.value + y.value); }
    friend CountingFloat operator-(CountingFloat x, CountingFloat y) { return done(x.value - y.value); }
    friend CountingFloat operator*(CountingFloat x, CountingFloat y) { return done(x.value * y.value); }
    friend bool operator<(CountingFloat x, CountingFloat y) { return ++counted_operations, x.value < y.value; }
    friend bool operator>=(CountingFloat x, CountingFloat y) { return ++counted_operations, x.value >= y.value; }
    static CountingFloat done(float v) { return ++counted_operations, CountingFloat(v); }
};

struct CountingVocabulary {
    using F = CountingFloat;
    using U = std::uint32_t;
    using I = std::int32_t;
    using B = bool;
    static constexpr std::size_t lanes = 1;
    static F load(const float* p) { return F(*p); }
    static I load(const std::int32_t* p) { return *p; }
    static void store(float* p, F x) { *p = x.value; }
    static void store(std::int32_t* p, I x) { *p = x; }
    static F to_float(I x) { return F(static_cast<float>(x)); }
    static F divide(F x, F y) { return F::done(x.value / y.value); }
    static F select(B condition, F yes, F no) { return condition ? yes : no; }
    static B and_not(B x, B y) { return x && !y; }
    static std::uint32_t mask(B x) { return x ? 1u : 0u; }
    static U bits(F x) { return __builtin_bit_cast(U, x.value); }
    static F from_bits(U x) { return F(__builtin_bit_cast(float, x)); }
    template <int Bits>
    static U shift_left(U x) {
        return x << Bits;
    }
};

}  // namespace izhi::perf
