// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// What makes up a neuron's input: hash, noise and the reduction of current buffers, on every instruction set against the
// laws written out here in plain C++.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/guarded.hpp"
#include "tests/support/inputs.hpp"
#include "tests/support/isas.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

simd::HashKey random_key(Inputs& inputs) { return {inputs.word(), inputs.word(), inputs.word()}; }

/// Counts of neurons, and first numbers that make the index wrap around and cross the sign bit.
constexpr std::size_t kCounts[] = {64, 128, 192, 512, 1024, 4096};
constexpr std::uint32_t kFirst[] = {0, 1, 8000, 0x7fffffe0u, 0xffffffe0u};

std::int32_t buffer_value(Inputs& inputs, std::size_t buffers) {
    // Any sum of this many stays within 32 bits and may reach the bounds: the engine chooses the quantum so.
    const auto most =
        static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max()) / static_cast<std::uint32_t>(buffers);
    switch (inputs.below(6)) {
        case 0: return 0;
        case 1: return static_cast<std::int32_t>(most);
        case 2: return -static_cast<std::int32_t>(most);
        case 3: return static_cast<std::int32_t>(inputs.below(2 * most + 1) - most);
        case 4: return (1 << 24) + 1;  // not a float: rounds to even
        default: return static_cast<std::int32_t>(inputs.below(65536)) - 32768;
    }
}

}  // namespace

TEST_SUITE("kernels") {
    TEST_CASE("hash is keyed_hash of consecutive numbers") {
        // Values computed by another program from the definition: its constants are part of every result.
        static_assert(simd::keyed_hash(0, {0, 0, 0}) == 0);
        static_assert(simd::keyed_hash(1, {0, 0, 0}) == 0x042741d6u);
        static_assert(simd::keyed_hash(12345, {0x243f6a88u, 0x85a308d3u, 0x13198a2eu}) == 0x899a95f6u);
        Inputs inputs(1);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const std::size_t count : kCounts)
                for (const std::uint32_t first : kFirst) {
                    CAPTURE(std::string(kernels->name));
                    CAPTURE(count);
                    CAPTURE(first);
                    const simd::HashKey key = random_key(inputs);
                    Guarded<std::uint32_t> expected(count), found(count);
                    for (std::size_t i = 0; i < count; ++i)
                        expected[i] = simd::keyed_hash(first + static_cast<std::uint32_t>(i), key);
                    kernels->hash(found.data(), count, first, key);
                    CHECK(first_difference(expected, found) == count);
                    CHECK(found.intact());
                }
    }

    TEST_CASE("noise is the same wherever a block begins and its words carry") {
        // Kernels take words in groups of 16, and the hash's first shift changes at multiples of 2^17.
        Inputs inputs(4);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const std::uint32_t multiple : {0u, 1u, 5u, 0x3fffu, 0x7fffu})
                for (const std::uint32_t before : {0u, 1u, 2u, 7u, 8u, 15u, 16u, 17u, 31u, 33u, 100u, 500u, 511u, 600u})
                    for (const float bias : {0.0f, -0.0f, 1.5f}) {
                        CAPTURE(std::string(kernels->name));
                        CAPTURE(multiple);
                        CAPTURE(before);
                        CAPTURE(bias);
                        constexpr std::size_t count = 704;
                        simd::HashKey key = random_key(inputs);
                        const std::uint32_t first = inputs.below(1u << 20);
                        key.k0 = (multiple << 17) - before - first;
                        Guarded<float> expected(count), found(count);
                        constexpr float scale = 3.7e-4f;
                        for (std::size_t i = 0; i < count; ++i)
                            expected[i] = bias + scale * static_cast<float>(simd::table_normal(simd::keyed_hash(
                                                             first + static_cast<std::uint32_t>(i), key)));
                        kernels->noise({found.data(), count, first, key, scale, nullptr, bias});
                        CHECK(first_difference(expected, found) == count);
                        CHECK(found.intact());
                    }
    }

    TEST_CASE("noise is bias + scale * table_normal(keyed_hash(neuron))") {
        // From another program, as above.
        static_assert(simd::table_normal(0) == 3824);
        static_assert(simd::table_normal(0x77777777u) == 54492);
        static_assert(simd::table_normal(0xffffffffu) == -54492);
        static_assert(simd::table_normal(0x01234567u) == 21173);
        static_assert(simd::table_normal(0xdeadbeefu) == -26964);
        Inputs inputs(2);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const std::size_t count : kCounts)
                for (const std::uint32_t first : kFirst)
                    for (const bool bias_column : {false, true})
                        for (const float scale : {0.0f, 1e-4f, 3.7e-4f, -2.5f, 1e-42f, 1e34f}) {
                            CAPTURE(std::string(kernels->name));
                            CAPTURE(count);
                            CAPTURE(first);
                            CAPTURE(bias_column);
                            CAPTURE(scale);
                            Guarded<float> bias(count), expected(count), found(count);
                            simd::NoiseArgs args{};
                            args.count = count;
                            args.first = first;
                            args.key = random_key(inputs);
                            args.scale = scale;
                            args.uniform_bias =
                                inputs.below(4) == 0 ? -0.0f : static_cast<float>(inputs.between(-1e5, 1e5));
                            for (std::size_t i = 0; i < count; ++i) {
                                bias[i] = i % 7 == 0   ? -0.0f
                                          : i % 7 == 1 ? 1e-40f
                                                       : static_cast<float>(inputs.between(-100.0, 100.0));
                                const float base = bias_column ? bias[i] : args.uniform_bias;
                                const std::uint32_t word =
                                    simd::keyed_hash(first + static_cast<std::uint32_t>(i), args.key);
                                expected[i] =
                                    scale == 0.0f ? base : base + scale * static_cast<float>(simd::table_normal(word));
                            }
                            if (bias_column) args.bias = bias.data();
                            args.current = found.data();
                            kernels->noise(args);
                            CHECK(first_difference(expected, found) == count);
                            CHECK(found.intact());
                        }
    }

    TEST_CASE("Poisson trains add their weight for every threshold that the neuron's word reaches") {
        Inputs inputs(4);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const std::size_t count : kCounts)
                for (const std::uint32_t first : kFirst)
                    for (const std::size_t threshold_count : {0u, 1u, 2u, 5u, 17u})
                        for (const double lowest : {0.0, 0.5, 0.999, 1.0}) {
                            CAPTURE(std::string(kernels->name));
                            CAPTURE(count);
                            CAPTURE(first);
                            CAPTURE(threshold_count);
                            CAPTURE(lowest);
                            const simd::HashKey key = random_key(inputs);
                            std::vector<std::uint32_t> thresholds;
                            for (std::size_t k = 0; k < threshold_count; ++k)
                                thresholds.push_back(
                                    lowest == 1.0 ? 0xffffffffu
                                                  : static_cast<std::uint32_t>(inputs.between(lowest, 1.0) * 0x1p32));
                            // One is reached exactly, one is 1 above a word, one is reached by all, one by hardly any.
                            if (threshold_count == 5) {
                                const std::uint32_t some = first + static_cast<std::uint32_t>(count) - 1;
                                thresholds[0] = simd::keyed_hash(some, key);
                                thresholds[1] = std::min(simd::keyed_hash(some - 1, key), 0xfffffffeu) + 1;
                                thresholds[2] = 0;
                                thresholds[3] = 0xffffffffu;
                            }
                            std::sort(thresholds.begin(), thresholds.end());
                            Guarded<float> before(count), expected(count);
                            const float weight = static_cast<float>(inputs.between(-20.0, 20.0));
                            for (std::size_t i = 0; i < count; ++i) {
                                before[i] = i % 5 == 0 ? -0.0f : static_cast<float>(inputs.between(-50.0, 50.0));
                                const std::uint32_t word = simd::keyed_hash(first + static_cast<std::uint32_t>(i), key);
                                int reached = 0;
                                for (const std::uint32_t threshold : thresholds) reached += word >= threshold ? 1 : 0;
                                expected[i] = before[i] + weight * static_cast<float>(reached);
                            }
                            // However many are always looked at.
                            for (std::size_t usual = 0; usual <= threshold_count; ++usual) {
                                CAPTURE(usual);
                                Guarded<float> found = before;
                                kernels->poisson({found.data(), count, first, key, thresholds.data(), threshold_count,
                                                  usual, weight});
                                CHECK(first_difference(expected, found) == count);
                                CHECK(found.intact());
                            }
                        }
    }

    TEST_CASE("reduce adds the sum of the buffers and clears them") {
        Inputs inputs(3);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const std::size_t count : kCounts)
                for (std::size_t buffer_count = 1; buffer_count <= 7; ++buffer_count)
                    for (const float quantum : {0x1p-13f, 1.0f, 0x1p-30f, 0x1p30f, 0x1p-140f}) {
                        CAPTURE(std::string(kernels->name));
                        CAPTURE(count);
                        CAPTURE(buffer_count);
                        CAPTURE(quantum);
                        Guarded<float> expected(count), found(count);
                        std::vector<Guarded<std::int32_t>> buffers;
                        std::vector<std::int32_t*> pointers;
                        buffers.reserve(buffer_count);
                        for (std::size_t b = 0; b < buffer_count; ++b)
                            pointers.push_back(buffers.emplace_back(count).data());
                        for (std::size_t i = 0; i < count; ++i) {
                            std::int32_t sum = 0;
                            for (std::size_t b = 0; b < buffer_count; ++b)
                                sum += buffers[b][i] = buffer_value(inputs, buffer_count);
                            found[i] = i % 5 == 0 ? -0.0f : static_cast<float>(inputs.between(-50.0, 50.0));
                            expected[i] = found[i] + quantum * static_cast<float>(sum);
                        }
                        simd::ReduceArgs args{};
                        args.current = found.data();
                        args.count = count;
                        args.buffers = pointers.data();
                        args.buffer_count = buffer_count;
                        args.quantum = quantum;
                        kernels->reduce(args);
                        CHECK(first_difference(expected, found) == count);
                        CHECK(found.intact());
                        const Guarded<std::int32_t> zeros = [&] {
                            Guarded<std::int32_t> column(count);
                            for (std::size_t i = 0; i < count; ++i) column[i] = 0;
                            return column;
                        }();
                        for (const Guarded<std::int32_t>& buffer : buffers) {
                            CHECK(first_difference(zeros, buffer) == count);
                            CHECK(buffer.intact());
                        }
                    }
    }
}
