// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace izhi::apps {

/// Random permutations that are the same on every machine: splitmix64 (Steele, Lea and Flood 2014, OOPSLA) and the shuffle of
/// Fisher and Yates. The numbers have nothing to do with those of networks.
class Shuffler {
public:
    explicit Shuffler(std::uint64_t seed) : state_(seed) {}

    /// Calls exchange(i, j) with j <= i for i from count - 1 down to 1: exchanges that bring `count` things into random order.
    template <class Exchange>
    void shuffle(std::size_t count, const Exchange& exchange) {
        for (std::size_t i = count; i > 1; --i) exchange(i - 1, static_cast<std::size_t>(draw(i)));
    }

private:
    /// Uniform in [0, below), by rejection. @param below at least 1
    std::uint64_t draw(std::uint64_t below) {
        const std::uint64_t unfair = (0 - below) % below;  // 2^64 modulo below
        std::uint64_t value = next();
        while (value < unfair) value = next();
        return value % below;
    }
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31U);
    }
    std::uint64_t state_;
};

}  // namespace izhi::apps
