// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/base/memory.hpp"
#include "simd/kernels.hpp"

namespace izhi::test {

/// A column as kernels expect it, with a vector's width of canaries on either side that a kernel must leave alone.
template <class T>
class Guarded {
public:
    explicit Guarded(std::size_t size) : size_(size), memory_(size + 2 * simd::kPad) {
        std::memset(static_cast<void*>(memory_.data()), kCanary, memory_.size() * sizeof(T));
    }
    Guarded(const Guarded& other) : Guarded(other.size_) {
        std::memcpy(static_cast<void*>(memory_.data()), other.memory_.data(), memory_.size() * sizeof(T));
    }
    Guarded& operator=(const Guarded&) = delete;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] T* data() { return memory_.data() + simd::kPad; }
    [[nodiscard]] const T* data() const { return memory_.data() + simd::kPad; }
    T& operator[](std::size_t i) { return data()[i]; }
    const T& operator[](std::size_t i) const { return data()[i]; }

    [[nodiscard]] bool intact() const {
        const auto* bytes = reinterpret_cast<const unsigned char*>(memory_.data());
        const std::size_t guard = simd::kPad * sizeof(T), end = memory_.size() * sizeof(T);
        for (std::size_t i = 0; i < guard; ++i)
            if (bytes[i] != kCanary || bytes[end - 1 - i] != kCanary) return false;
        return true;
    }

private:
    static constexpr unsigned char kCanary = 0xa5;
    std::size_t size_;
    detail::AlignedArray<T> memory_;
};

/// The same bits; or both not a number, whose sign and payload IEEE leaves to the processor (a run that comes to one
/// ends with an error).
inline bool same(float x, float y) {
    return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y) || (std::isnan(x) && std::isnan(y));
}
inline bool same(std::int32_t x, std::int32_t y) { return x == y; }
inline bool same(std::uint32_t x, std::uint32_t y) { return x == y; }
inline bool same(std::uint64_t x, std::uint64_t y) { return x == y; }

/// The first place where two columns differ; their size if nowhere.
template <class T>
std::size_t first_difference(const Guarded<T>& x, const Guarded<T>& y) {
    std::size_t i = 0;
    while (i < x.size() && same(x[i], y[i])) ++i;
    return i;
}

}  // namespace izhi::test
