// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace izhi::test {

/// Random inputs for tests: the same numbers on every machine and standard library, and nothing of the code under test.
/// (SplitMix64: Steele, Lea and Flood 2014.)
class Inputs {
public:
    explicit Inputs(std::uint64_t seed) : state_(seed) {}

    std::uint64_t bits() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::uint32_t word() { return static_cast<std::uint32_t>(bits() >> 32); }
    /// In [0, range).
    std::uint32_t below(std::uint32_t range) {
        return static_cast<std::uint32_t>((std::uint64_t{word()} * range) >> 32);
    }
    /// In [low, high).
    double between(double low, double high) {
        return low + (high - low) * (static_cast<double>(bits() >> 11) * 0x1p-53);
    }

private:
    std::uint64_t state_;
};

}  // namespace izhi::test
