// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Samples of the noise as the engine draws it, through the kernels of the widest instruction set. Seeds are fixed, so
// these tests pass or fail for good. Bounds are in standard errors of what is estimated: some hundred figures are tested,
// and good noise keeps within 4.5 of them. The hash without its first or second multiply, or with keys only in front,
// does not; without its third it does, so these tests cannot say whether that one is needed.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include "engine/base/memory.hpp"
#include "engine/network/random.hpp"
#include "izhi/izhi.hpp"
#include "simd/kernels.hpp"

using namespace izhi;
using namespace izhi::detail;

namespace {

constexpr double kBound = 4.5;
constexpr std::size_t kNeurons = 16384;
constexpr std::uint64_t kSteps = 2048;  // 33.6 million samples
constexpr double kSamples = static_cast<double>(kNeurons) * kSteps;

/// The noise of all neurons in one step, of standard deviation 1.
struct NoiseStep {
    AlignedArray<float> x = AlignedArray<float>(kNeurons);

    void draw(std::uint64_t seed, std::uint64_t step) {
        simd::NoiseArgs args{};
        args.current = x.data();
        args.count = kNeurons;
        args.key = draw_key(seed, Stream::noise, 0, step);
        args.scale = static_cast<float>(1.0 / std::sqrt(simd::table_normal_variance()));
        simd::kernels(simd::widest())->noise(args);
    }
};

/// Correlations of pairs of samples, and of their squares, in standard errors: over all steps, and how widely those of
/// single steps are spread, since a flaw of the hash may have another sign under every key. Samples have mean 0 and
/// variance 1; their squares mean 1 and variance 2 (1.9961, to be exact, which these bounds do not feel).
struct Correlation {
    struct Sum {
        double total = 0.0, spread = 0.0;
        void add(double x) {
            total += x;
            spread += x * x;
        }
    };
    Sum products, squares;  ///< of steps, each in its own standard errors
    double steps = 0.0;

    void add(const float* x, const float* y, std::size_t size) {
        float step_products[8] = {}, step_squares[8] = {};
        for (std::size_t i = 0; i + 8 <= size; i += 8)  // eight sums at a time, for speed
            for (std::size_t lane = 0; lane < 8; ++lane) {
                const float a = x[i + lane], b = y[i + lane];
                step_products[lane] += a * b;
                step_squares[lane] += (a * a - 1.0f) * (b * b - 1.0f);
            }
        double product = 0.0, square = 0.0;
        for (std::size_t lane = 0; lane < 8; ++lane) {
            product += step_products[lane];
            square += step_squares[lane];
        }
        const double error = std::sqrt(static_cast<double>(size / 8 * 8));
        products.add(product / error);
        squares.add(square / 2.0 / error);
        ++steps;
    }
};

void check(const Correlation& correlation) {
    const double steps = correlation.steps;
    CHECK(std::abs(correlation.products.total) < kBound * std::sqrt(steps));
    CHECK(std::abs(correlation.squares.total) < kBound * std::sqrt(steps));
    CHECK(std::abs(correlation.products.spread - steps) < kBound * std::sqrt(2.0 * steps));
    CHECK(std::abs(correlation.squares.spread - steps) < kBound * std::sqrt(2.0 * steps));
}

/// Chi-square of counts that should be even, in standard deviations from its mean.
double chi_square(const std::vector<std::uint64_t>& counts) {
    double total = 0.0, sum = 0.0;
    for (const std::uint64_t n : counts) total += static_cast<double>(n);
    const double expected = total / static_cast<double>(counts.size()),
                 freedom = static_cast<double>(counts.size() - 1);
    for (const std::uint64_t n : counts)
        sum += (static_cast<double>(n) - expected) * (static_cast<double>(n) - expected) / expected;
    return (sum - freedom) / std::sqrt(2.0 * freedom);
}

}  // namespace

TEST_SUITE("noise") {
    TEST_CASE("mean, variance, skewness, kurtosis and tails of 33 million samples") {
        NoiseStep noise;
        std::array<double, 5> moments{};
        std::array<double, 4> beyond{};  // 1, 2, 3, 4 standard deviations
        std::array<double, 4> above{};
        for (std::uint64_t step = 0; step < kSteps; ++step) {
            noise.draw(1, step);
            std::array<double, 5> sums{};
            for (std::size_t i = 0; i < kNeurons; ++i) {
                const double x = noise.x[i], square = x * x;
                sums[1] += x;
                sums[2] += square;
                sums[3] += square * x;
                sums[4] += square * square;
                for (std::size_t k = 0; k < 4; ++k) {
                    const auto bound = static_cast<double>(k + 1);
                    beyond[k] += square > bound * bound ? 1.0 : 0.0;
                    above[k] += x > bound ? 1.0 : 0.0;
                }
            }
            for (std::size_t k = 1; k < 5; ++k) moments[k] += sums[k] / kSamples;
        }
        const double root = std::sqrt(kSamples);
        CHECK(std::abs(moments[1]) * root < kBound);
        CHECK(std::abs(moments[2] - 1.0) * root / std::sqrt(2.0) < kBound);
        CHECK(std::abs(moments[3]) * root / std::sqrt(15.0) < kBound);
        CHECK(std::abs(moments[4] - (3.0 - 0.0039)) * root / std::sqrt(96.0) < kBound);
        // The normal law's mass times what the law of the noise has of it (noise_law.cpp).
        constexpr std::array kShare{1.0, 1.0, 0.99, 0.88};
        for (std::size_t k = 0; k < 4; ++k) {
            CAPTURE(k + 1);
            const double normal = kSamples * std::erfc(static_cast<double>(k + 1) / std::numbers::sqrt2);
            CHECK(beyond[k] / normal == doctest::Approx(kShare[k]).epsilon(k == 3 ? 0.08 : 0.01));
            // Both sides alike: the difference of the two has a standard error of the root of their sum.
            CHECK(std::abs(2.0 * above[k] - beyond[k]) < kBound * std::sqrt(beyond[k]));
        }
    }

    TEST_CASE("no correlation between neurons, between steps, between seeds, nor between their squares") {
        constexpr std::array kNeuronLags{1u, 2u, 3u, 4u, 5u, 8u, 16u, 32u, 64u, 100u, 1024u, 8192u};
        constexpr std::array kStepLags{1u, 2u, 3u, 4u};
        std::array<Correlation, kNeuronLags.size()> neurons;
        std::array<Correlation, kStepLags.size()> steps, steps_and_neurons;
        std::array<Correlation, 3> seeds;
        std::array<NoiseStep, 5> ring;
        NoiseStep other;
        for (std::uint64_t step = 0; step < kSteps; ++step) {
            const float* const now = ring[step % 5].x.data();
            ring[step % 5].draw(1, step);
            for (std::size_t k = 0; k < kNeuronLags.size(); ++k)
                neurons[k].add(now, now + kNeuronLags[k], kNeurons - kNeuronLags[k]);
            for (std::size_t k = 0; k < kStepLags.size() && kStepLags[k] <= step; ++k) {
                const float* const before = ring[(step - kStepLags[k]) % 5].x.data();
                steps[k].add(now, before, kNeurons);
                steps_and_neurons[k].add(now, before + 1, kNeurons - 1);
            }
            std::size_t k = 0;
            for (const std::uint64_t seed : {std::uint64_t{2}, std::uint64_t{1} << 32 | 1, std::uint64_t{0}}) {
                other.draw(seed, step);
                seeds[k++].add(now, other.x.data(), kNeurons);
            }
        }
        for (std::size_t k = 0; k < kNeuronLags.size(); ++k) {
            CAPTURE(kNeuronLags[k]);
            check(neurons[k]);
        }
        for (std::size_t k = 0; k < kStepLags.size(); ++k) {
            CAPTURE(kStepLags[k]);
            check(steps[k]);
            check(steps_and_neurons[k]);
        }
        for (const Correlation& c : seeds) check(c);
    }

    TEST_CASE("words of the hash are even: every byte, the highest and lowest bits, and pairs of neighbours") {
        std::array<std::vector<std::uint64_t>, 4> bytes;
        for (auto& counts : bytes) counts.resize(256);
        std::vector<std::uint64_t> high(1 << 14), low(1 << 14), neighbours(1 << 14), successors(1 << 14);
        AlignedArray<std::uint32_t> words(kNeurons), before(kNeurons);
        for (std::uint64_t step = 0; step < 512; ++step) {
            simd::kernels(simd::widest())->hash(words.data(), kNeurons, 0, draw_key(1, Stream::noise, 0, step));
            for (std::size_t i = 0; i < kNeurons; ++i) {
                const std::uint32_t word = words[i];
                for (unsigned b = 0; b < 4; ++b) ++bytes[b][word >> (8 * b) & 0xff];
                ++high[word >> 18];
                ++low[word & 0x3fff];
                if (i % 2 == 1) ++neighbours[(word >> 25) << 7 | words[i - 1] >> 25];
                if (step % 2 == 1) ++successors[(word >> 25) << 7 | before[i] >> 25];
            }
            std::swap(words, before);
        }
        for (const auto& counts : bytes) CHECK(std::abs(chi_square(counts)) < kBound);
        CHECK(std::abs(chi_square(high)) < kBound);
        CHECK(std::abs(chi_square(low)) < kBound);
        CHECK(std::abs(chi_square(neighbours)) < kBound);
        CHECK(std::abs(chi_square(successors)) < kBound);
    }

    TEST_CASE("words of different steps coincide as often as random ones") {
        // With one key, words of different neurons never coincide. If keys only moved or permuted the numbers of neurons,
        // words of different steps would coincide hardly ever, or all at once.
        constexpr std::uint64_t steps = 256;
        std::vector<std::uint32_t> all;
        AlignedArray<std::uint32_t> words(kNeurons);
        for (std::uint64_t step = 0; step < steps; ++step) {
            simd::kernels(simd::widest())->hash(words.data(), kNeurons, 0, draw_key(1, Stream::noise, 0, step));
            all.insert(all.end(), words.data(), words.data() + kNeurons);
        }
        std::sort(all.begin(), all.end());
        double pairs = 0.0;
        for (std::size_t i = 0, same = 0; i + 1 < all.size(); ++i) {
            same = all[i] == all[i + 1] ? same + 1 : 0;
            pairs += static_cast<double>(same);
        }
        const double expected = static_cast<double>(steps * (steps - 1) / 2) * kNeurons * kNeurons * 0x1p-32;
        CHECK(std::abs(pairs - expected) < kBound * std::sqrt(expected));
    }

    TEST_CASE("the input of neurons has the standard deviation that was asked for, around its bias") {
        constexpr std::uint32_t size = 1000;
        struct Currents : Observer {
            std::vector<float> values;
            void sample(const Sample& s) override { values.insert(values.end(), s.values.begin(), s.values.end()); }
        } currents;
        NetworkBuilder net;
        const auto pop = net.add_population({.name = "p", .size = size, .bias_current = -3.0, .noise_stddev = 2.5});
        TraceSpec trace{.population = pop, .neurons = {}, .variables = {Variable::current}};
        for (std::uint32_t i = 0; i < size; ++i) trace.neurons.push_back(i);
        net.record_trace(trace);
        Simulation simulation{net.build(), {.threads = 1}};
        simulation.run(1000, &currents);
        const auto count = static_cast<double>(currents.values.size());
        REQUIRE(count == 1000.0 * size);
        double sum = 0.0, squares = 0.0;
        for (const float x : currents.values) {
            sum += x + 3.0;
            squares += (x + 3.0) * (x + 3.0);
        }
        CHECK(std::abs(sum / count) < kBound * 2.5 / std::sqrt(count));
        CHECK(std::abs(squares / count / 6.25 - 1.0) < kBound * std::sqrt(2.0 / count));
    }
}
