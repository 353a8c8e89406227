// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The exact noise law on every instruction set: the same bits, and the normal quantile within its stated error.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engine/network/random.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/inputs.hpp"
#include "tests/support/isas.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

/// The number whose keyed_hash is `word`: each of its steps can be undone.
std::uint32_t unhash(std::uint32_t word, const simd::HashKey& key) {
    const auto unshift = [](std::uint32_t x, unsigned bits) {
        std::uint32_t y = x;
        for (unsigned done = bits; done < 32; done += bits) y = x ^ y >> bits;
        return y;
    };
    const auto inverse = [](std::uint32_t odd) {
        std::uint32_t x = odd;  // right in 3 bits; Newton doubles them
        for (int i = 0; i < 4; ++i) x *= 2 - odd * x;
        return x;
    };
    word = unshift(word, 14) * inverse(0x31848babu);
    word = (unshift(word, 15) - key.k2) * inverse(0xac4c1b51u);
    word = (unshift(word, 11) - key.k1) * inverse(0xed5ad4bbu);
    return unshift(word, 17) - key.k0;
}

/// What a word becomes.
float exact_normal(const simd::Kernels& kernels, std::uint32_t word) {
    Guarded<float> current(64);
    simd::NoiseArgs args{};
    args.current = current.data();
    args.count = 64;
    args.key = {1, 2, 3};
    args.first = unhash(word, args.key);
    args.scale = 1.0f;
    kernels.noise_exact(args);
    return current[0];
}

}  // namespace

TEST_SUITE("kernels") {
    TEST_CASE("noise_exact equals scalar, bit for bit") {
        const simd::Kernels& scalar = *runnable_kernels().front();
        Inputs inputs(1);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const std::size_t count : {64u, 192u, 1024u, 4096u})
                for (const bool bias_column : {false, true})
                    for (const float scale : {0.0f, 1.0f, -2.5f, 1e-40f, 1e30f})
                        for (int repeat = 0; repeat < 20; ++repeat) {
                            CAPTURE(std::string(kernels->name));
                            CAPTURE(count);
                            CAPTURE(bias_column);
                            CAPTURE(scale);
                            Guarded<float> bias(count), expected(count), found(count);
                            for (std::size_t i = 0; i < count; ++i)
                                bias[i] = static_cast<float>(inputs.between(-10.0, 10.0));
                            simd::NoiseArgs args{};
                            args.count = count;
                            args.first = inputs.word();
                            args.key = {inputs.word(), inputs.word(), inputs.word()};
                            args.scale = scale;
                            args.bias = bias_column ? bias.data() : nullptr;
                            args.uniform_bias = -3.5f;
                            args.current = expected.data();
                            scalar.noise_exact(args);
                            args.current = found.data();
                            kernels->noise_exact(args);
                            CHECK(first_difference(expected, found) == count);
                            CHECK(found.intact());
                        }
    }

    TEST_CASE("noise_exact is the normal quantile of (word + 1/2) / 2^32, and odd") {
        Inputs inputs(2);
        std::vector<std::uint32_t> words;
        for (const std::uint32_t edge : {0u, 0x7fffffffu, 0x13333333u /* 0.075, where the two forms meet */})
            for (std::uint32_t i = 0; i < 200; ++i) words.push_back(edge - 100 + i);
        for (int bits = 1; bits < 32; ++bits)
            for (int i = 0; i < 300; ++i) words.push_back(inputs.word() >> bits);
        const simd::HashKey key{9, 8, 7};
        REQUIRE(simd::keyed_hash(unhash(12345, key), key) == 12345);
        for (const simd::Kernels* kernels : runnable_kernels()) {
            CAPTURE(std::string(kernels->name));
            double worst = 0.0;
            std::uint32_t where = 0, not_odd = 0;
            for (const std::uint32_t word : words) {
                const float x = exact_normal(*kernels, word);
                const double expected = detail::normal_quantile((word + 0.5) * 0x1p-32);
                const double error = std::abs(x - expected) / std::max(std::abs(expected), 1e-9);
                if (error > worst) worst = error, where = word;
                not_odd += exact_normal(*kernels, ~word) != -x ? 1 : 0;
            }
            CAPTURE(where);
            CHECK(worst < 2e-6);
            CHECK(not_odd == 0);
        }
    }
}
