// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Philox against its authors' implementation and published answers, and how the engine addresses it.
#include <array>
#include <cstdint>

#include <doctest/doctest.h>

#include "engine/network/random.hpp"
#include "tests/support/inputs.hpp"
#include "tests/support/random123.hpp"

using namespace izhi::detail;
using izhi::test::Inputs;
using izhi::test::random123_philox;

namespace {

using Counter = std::array<std::uint32_t, 4>;
using Key = std::array<std::uint32_t, 2>;

constexpr std::uint32_t kOnes = 0xffffffffu;
constexpr Counter kOnesCounter{kOnes, kOnes, kOnes, kOnes};
constexpr Counter kPiCounter{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u};
constexpr Key kPiKey{0xa4093822u, 0x299f31d0u};

}  // namespace

TEST_SUITE("random") {
    TEST_CASE("philox4x32: the known answers that its authors publish") {
        CHECK(philox4x32<7>({}, {}) == Counter{0x5f6fb709u, 0x0d893f64u, 0x4f121f81u, 0x4f730a48u});
        CHECK(philox4x32<7>(kOnesCounter, {kOnes, kOnes}) ==
              Counter{0x5207ddc2u, 0x45165e59u, 0x4d8ee751u, 0x8c52f662u});
        CHECK(philox4x32<7>(kPiCounter, kPiKey) == Counter{0x4dfccabau, 0x190a87f0u, 0xc47362bau, 0xb6b5242au});
        CHECK(philox4x32<10>({}, {}) == Counter{0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u});
        CHECK(philox4x32<10>(kOnesCounter, {kOnes, kOnes}) ==
              Counter{0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu});
        CHECK(philox4x32<10>(kPiCounter, kPiKey) == Counter{0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u});
    }

    TEST_CASE("philox4x32 equals Random123's") {
        Inputs inputs(1);
        int different = 0;
        for (int i = 0; i < 20000; ++i) {
            const Counter counter{inputs.word(), inputs.word(), inputs.word(), inputs.word()};
            const Key key{inputs.word(), inputs.word()};
            different += philox4x32<10>(counter, key) != random123_philox<10>(counter, key);
            different += philox4x32<7>(counter, key) != random123_philox<7>(counter, key);
        }
        CHECK(different == 0);
    }

    TEST_CASE("a draw is addressed by seed, stream, what and index, all 64 bits of seed and index") {
        const std::uint64_t seed = 0x0123456789abcdefu, index = 0xfedcba9876543210u;
        const Counter expected = random123_philox<10>({0x76543210u, 0xfedcba98u, 77, 10}, {0x89abcdefu, 0x01234567u});
        CHECK(draw_words(seed, Stream::rows, 77, index) == expected);
        const izhi::simd::HashKey key = draw_key(seed, Stream::rows, 77, index);
        CHECK(key.k0 == expected[0]);
        CHECK(key.k1 == expected[1]);
        CHECK(key.k2 == expected[2]);
    }

    TEST_CASE("streams keep their numbers, for they are part of every result") {
        CHECK(static_cast<int>(Stream::noise) == 1);
        CHECK(static_cast<int>(Stream::shared_r) == 2);
        CHECK(static_cast<int>(Stream::parameter_a) == 3);
        CHECK(static_cast<int>(Stream::parameter_b) == 4);
        CHECK(static_cast<int>(Stream::parameter_c) == 5);
        CHECK(static_cast<int>(Stream::parameter_d) == 6);
        CHECK(static_cast<int>(Stream::start_v) == 7);
        CHECK(static_cast<int>(Stream::start_u) == 8);
        CHECK(static_cast<int>(Stream::bias) == 9);
        CHECK(static_cast<int>(Stream::rows) == 10);
        CHECK(static_cast<int>(Stream::columns) == 11);
        CHECK(static_cast<int>(Stream::poisson) == 12);
    }
}
