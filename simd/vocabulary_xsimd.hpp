// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The part of the vector vocabulary that xsimd has for every ISA. What it lacks (movemask, byte shuffles) an ISA's own
// vocabulary adds. Guards for changes of xsimd's interface go here and nowhere else; 8.1 and later are known to work.
#pragma once

#include <cstddef>
#include <cstdint>

#include <xsimd/xsimd.hpp>

namespace {

template <class Arch>
struct XsimdVocabulary {
    using F = xsimd::batch<float, Arch>;
    using I = xsimd::batch<std::int32_t, Arch>;
    using U = xsimd::batch<std::uint32_t, Arch>;
    using B = typename F::batch_bool_type;
    using UB = typename U::batch_bool_type;
    static constexpr std::size_t lanes = F::size;

    static F load(const float* p) { return F::load_aligned(p); }
    static I load(const std::int32_t* p) { return I::load_aligned(p); }
    static U load(const std::uint32_t* p) { return U::load_aligned(p); }
    static U load_any(const std::uint32_t* p) { return U::load_unaligned(p); }
    static I load_unaligned(const std::int32_t* p) { return I::load_unaligned(p); }
    static void store_unaligned(std::int32_t* p, I x) { x.store_unaligned(p); }
    static void store_any(std::uint32_t* p, U x) { x.store_unaligned(p); }
    static void store(float* p, F x) { x.store_aligned(p); }
    static void store(std::int32_t* p, I x) { x.store_aligned(p); }
    static void store(std::uint32_t* p, U x) { x.store_aligned(p); }
    static F to_float(I x) { return xsimd::to_float(x); }
    static I truncate(F x) { return xsimd::to_int(x); }
    template <int Bits>
    static U shift_right(U x) {
        return x >> Bits;
    }
    template <int Bits>
    static U shift_left(U x) {
        return x << Bits;
    }
    static U bits(F x) { return cast<U>(x); }
    static F from_bits(U x) { return cast<F>(x); }
    static I as_signed(U x) { return cast<I>(x); }
    /// The same vector, of which the compiler no longer knows how it came about: it stays in a register or in memory, where
    /// GCC would build a constant anew in every turn of a loop.
    template <class Batch>
    static Batch keep(Batch x) {
#if defined(__x86_64__)
        asm("" : "+x"(x.data));
#elif defined(__aarch64__)
        asm("" : "+w"(x.data));
#endif
        return x;
    }
    static F divide(F x, F y) { return x / y; }
    static F square_root(F x) { return xsimd::sqrt(x); }
    static F select(B condition, F yes, F no) { return xsimd::select(condition, yes, no); }
    static U select(UB condition, U yes, U no) { return xsimd::select(condition, yes, no); }
    static B bit_or(B x, B y) { return x | y; }
    static B and_not(B x, B y) { return x & !y; }
    /// Appends the wanted lanes of two vectors, in order. Both arrays have room for a whole vector more.
    static std::size_t append(std::uint32_t* first, std::uint32_t* second, std::size_t count, U x, U y,
                              std::uint32_t wanted) {
        alignas(64) std::uint32_t xs[lanes], ys[lanes];
        x.store_aligned(xs);
        y.store_aligned(ys);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            first[count] = xs[lane];
            second[count] = ys[lane];
            count += wanted >> lane & 1u;
        }
        return count;
    }
    /// first, first + 1, ...: through memory, so not for inner loops
    static U iota(std::uint32_t first) {
        alignas(64) std::uint32_t lane[lanes];
        for (std::size_t i = 0; i < lanes; ++i) lane[i] = first + static_cast<std::uint32_t>(i);
        return U::load_aligned(lane);
    }

private:
    template <class To, class From>
    static To cast(From x) {
#if XSIMD_VERSION_MAJOR >= 10
        return xsimd::bitwise_cast<typename To::value_type>(x);
#else
        return xsimd::bitwise_cast<To>(x);
#endif
    }
};

}  // namespace
