// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "izhi/izhi.hpp"

/// Random networks over every feature, and what is done to them while they run.
namespace izhi::test {

/// Draws that are the same on every machine (those of the standard library are not).
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    /// 64 random bits: splitmix64.
    std::uint64_t bits() {
        std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }
    /// A whole number in [low, high].
    std::uint64_t whole(std::uint64_t low, std::uint64_t high) { return low + bits() % (high - low + 1); }
    std::uint32_t number(std::uint32_t low, std::uint32_t high) { return static_cast<std::uint32_t>(whole(low, high)); }
    /// A number in [low, high), of few digits.
    double real(double low, double high) { return low + (high - low) * static_cast<double>(whole(0, 999)) / 1000.0; }
    bool chance(double share) { return real(0.0, 1.0) < share; }
    template <class T>
    const T& one_of(const std::vector<T>& all) {
        return all[static_cast<std::size_t>(whole(0, all.size() - 1))];
    }

private:
    std::uint64_t state_;
};

/// A network, the same one with other storage, and what is done to it.
struct RandomScene {
    Network network;
    Network
        stored_otherwise;  ///< projections that can be are drawn while running, and not stored, or the other way round
    std::uint64_t steps = 0;
    std::vector<std::pair<std::uint64_t, Intervention>> interventions;  ///< by the number of steps done before them
};

/// The same scene for the same seed. What the library refuses is left out, so every scene can be built.
[[nodiscard]] RandomScene random_scene(std::uint64_t seed);

}  // namespace izhi::test
