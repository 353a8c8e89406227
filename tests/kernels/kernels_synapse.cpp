// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Synapses with a course in time, traces and weights that change: on every instruction set against the laws of
// izhi/synapse.hpp, written out here in plain C++, bit for bit.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/guarded.hpp"
#include "tests/support/inputs.hpp"
#include "tests/support/isas.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

constexpr std::size_t kCount = 320;

float settled(float x) { return std::abs(x) > simd::kNegligible ? x : 0.0f; }

/// Values of all sizes, zero, and those at the border of what is negligible.
float any_value(Inputs& inputs, float scale) {
    switch (inputs.below(8)) {
        case 0: return 0.0f;
        case 1: return simd::kNegligible;
        case 2: return -simd::kNegligible;
        case 3: return simd::kNegligible * 1.2f;
        default: return scale * (static_cast<float>(inputs.below(20001)) - 10000.0f) / 10000.0f;
    }
}

struct Columns {
    Guarded<float> current{kCount}, arrived{kCount}, state{kCount}, rise{kCount}, v{kCount};
    explicit Columns(Inputs& inputs) {
        for (std::size_t i = 0; i < kCount; ++i) {
            current[i] = any_value(inputs, 20.0f);
            arrived[i] = any_value(inputs, 5.0f);
            state[i] = any_value(inputs, 5.0f);
            rise[i] = any_value(inputs, 5.0f);
            v[i] = -60.0f + any_value(inputs, 60.0f);
        }
    }
    simd::ChannelArgs args() {
        simd::ChannelArgs a{};
        a.current = current.data();
        a.arrived = arrived.data();
        a.count = kCount;
        a.state = state.data();
        a.rise = rise.data();
        a.v = v.data();
        a.decay = 0.81873f;
        a.gain = 0.54366f;
        a.dt = 0.5f;
        a.reversal = -70.0f;
        return a;
    }
};

/// @param expect changes one neuron's columns as documented
template <class Kernel, class Expect>
void check_channel(Kernel kernel, const Expect& expect) {
    Inputs inputs(5);
    const Columns before(inputs);
    Columns expected = before;
    const simd::ChannelArgs args = expected.args();
    for (std::size_t i = 0; i < kCount; ++i) expect(args, i);
    for (const simd::Kernels* kernels : runnable_kernels()) {
        CAPTURE(std::string(kernels->name));
        Columns found = before;
        (kernels->*kernel)(found.args());
        CHECK(first_difference(expected.current, found.current) == kCount);
        CHECK(first_difference(expected.state, found.state) == kCount);
        CHECK(first_difference(expected.rise, found.rise) == kCount);
        CHECK(first_difference(before.arrived, found.arrived) == kCount);
        CHECK(first_difference(before.v, found.v) == kCount);
        CHECK((found.current.intact() && found.state.intact() && found.rise.intact()));
    }
}

float clipped(float x, float lowest, float highest) { return x < lowest ? lowest : x > highest ? highest : x; }

/// The nearest whole number, halves away from zero.
std::int32_t nearest(float x) { return static_cast<std::int32_t>(x < 0.0f ? x - 0.5f : x + 0.5f); }

/// An arrival at some synapses, those before and behind them being others'.
struct Arrival {
    Arrival(std::size_t count, std::size_t before, Inputs& inputs)
        : weights(before + count + 7), traces(90), sums(90), first(before) {
        for (std::size_t i = 0; i < traces.size(); ++i) {
            traces[i] = std::abs(any_value(inputs, 2.0f));
            sums[i] = static_cast<std::int32_t>(inputs.below(2001)) - 1000;
        }
        for (std::size_t i = 0; i < weights.size(); ++i) {
            switch (inputs.below(5)) {
                case 0: weights[i] = kLowest; break;
                case 1: weights[i] = kHighest; break;
                case 2: weights[i] = (static_cast<float>(inputs.below(30)) + 0.5f) / kScale; break;  // half a quantum
                default: weights[i] = static_cast<float>(inputs.between(kLowest, kHighest));
            }
        }
        // Slots are ascending within a group, and one may have several synapses.
        std::uint32_t slot = 0;
        for (std::size_t i = 0; i < count; ++i) {
            targets.push_back(slot);
            slot = std::min(slot + inputs.below(2), 89u);
        }
    }
    simd::DepressArgs args() {
        return {targets.data(), weights.data() + first,
                targets.size(), traces.data(),
                sums.data(),    kScale,
                kAmount,        kLoss,
                kLowest,        kHighest,
                kInverseRange};
    }
    static constexpr float kLowest = -0.75f, kHighest = 2.25f, kInverseRange = 1.0f / 3.0f, kScale = 64.0f,
                           kAmount = 0.3f, kLoss = 0.011f;
    Guarded<float> weights, traces;
    Guarded<std::int32_t> sums;
    std::vector<std::uint32_t> targets;
    std::size_t first;
};

}  // namespace

TEST_SUITE("kernels") {
    TEST_CASE("synapse: an arrival is pushed with the weight it finds, which then falls by the trace of its target") {
        using Depress = void (*simd::Kernels::*)(const simd::DepressArgs&);
        struct Law {
            Depress kernel;
            bool multiplicative;
        };
        for (const Law law : {Law{&simd::Kernels::depress, false}, Law{&simd::Kernels::depress_multiplicative, true}}) {
            Inputs inputs(9);
            for (std::size_t count = 0; count <= 300; count += count < 40 ? 1 : 13)
                for (const std::size_t before : {0u, 1u, 5u, 16u}) {
                    const Arrival begin(count, before, inputs);
                    Arrival expected = begin;
                    for (std::size_t i = 0; i < count; ++i) {
                        float& weight = expected.weights[before + i];
                        const std::uint32_t target = begin.targets[i];
                        expected.sums[target] += nearest(weight * Arrival::kScale);
                        float change = begin.traces[target] * Arrival::kAmount + Arrival::kLoss;
                        if (law.multiplicative)
                            change = change * ((weight - Arrival::kLowest) * Arrival::kInverseRange);
                        weight = clipped(weight - change, Arrival::kLowest, Arrival::kHighest);
                    }
                    for (const simd::Kernels* kernels : runnable_kernels()) {
                        CAPTURE(std::string(kernels->name));
                        CAPTURE(law.multiplicative);
                        CAPTURE(count);
                        CAPTURE(before);
                        Arrival found = begin;
                        (kernels->*law.kernel)(found.args());
                        CHECK(first_difference(expected.weights, found.weights) == expected.weights.size());
                        CHECK(first_difference(expected.sums, found.sums) == expected.sums.size());
                        CHECK(first_difference(begin.traces, found.traces) == begin.traces.size());
                        CHECK((found.weights.intact() && found.sums.intact()));
                    }
                }
        }
    }

    TEST_CASE("synapse: exponential currents add what arrived, act in full, then decay") {
        check_channel(&simd::Kernels::exponential, [](const simd::ChannelArgs& a, std::size_t i) {
            const float g = a.state[i] + a.arrived[i];
            a.current[i] = a.current[i] + g;
            a.state[i] = settled(g * a.decay);
        });
    }

    TEST_CASE("synapse: alpha currents rise first") {
        check_channel(&simd::Kernels::alpha, [](const simd::ChannelArgs& a, std::size_t i) {
            const float rise = a.rise[i] + a.gain * a.arrived[i];
            a.current[i] = a.current[i] + a.state[i];
            a.state[i] = settled(a.decay * (a.state[i] + a.dt * rise));
            a.rise[i] = settled(a.decay * rise);
        });
    }

    TEST_CASE("synapse: conductances pull v towards their reversal potential") {
        check_channel(&simd::Kernels::conductance, [](const simd::ChannelArgs& a, std::size_t i) {
            const float g = a.state[i] + a.arrived[i];
            a.current[i] = a.current[i] + g * (a.reversal - a.v[i]);
            a.state[i] = settled(g * a.decay);
        });
    }

    TEST_CASE("synapse: NMDA conductances open with v") {
        check_channel(&simd::Kernels::nmda, [](const simd::ChannelArgs& a, std::size_t i) {
            const float g = a.state[i] + a.arrived[i];
            const float y = (a.v[i] + 80.0f) * (1.0f / 60.0f), x = y * y;
            a.current[i] = a.current[i] + g * (x / (1.0f + x)) * (a.reversal - a.v[i]);
            a.state[i] = settled(g * a.decay);
        });
    }

    TEST_CASE("synapse: traces decay to nothing, never into denormal numbers") {
        for (const simd::Kernels* kernels : runnable_kernels()) {
            CAPTURE(std::string(kernels->name));
            Inputs inputs(6);
            Guarded<float> expected(kCount), found(kCount);
            for (std::size_t i = 0; i < kCount; ++i) expected[i] = found[i] = std::abs(any_value(inputs, 3.0f));
            for (int step = 0; step < 2000; ++step) {
                for (std::size_t i = 0; i < kCount; ++i) expected[i] = settled(expected[i] * 0.95f);
                kernels->decay({found.data(), kCount, 0.95f});
                REQUIRE(first_difference(expected, found) == kCount);
            }
            for (std::size_t i = 0; i < kCount; ++i) CHECK(found[i] == 0.0f);
            CHECK(found.intact());
        }
    }

    TEST_CASE("synapse: changes reach weights within their bounds") {
        Inputs inputs(7);
        Guarded<float> weight(kCount), change(kCount);
        for (std::size_t i = 0; i < kCount; ++i) {
            weight[i] = std::abs(any_value(inputs, 4.0f));
            change[i] = any_value(inputs, 9.0f);
        }
        simd::ApplyArgs args{nullptr, nullptr, kCount, 0.9f, 0.01f, 0.7f, 0.99f, 0.5f, 3.5f};
        Guarded<float> expected_weight = weight, expected_change = change;
        std::size_t at_bounds = 0;
        for (std::size_t i = 0; i < kCount; ++i) {
            const float s = change[i] * 0.9f, w = weight[i] + (0.01f + 0.7f * s);
            expected_weight[i] = w < 0.5f ? 0.5f : w > 3.5f ? 3.5f : w;
            expected_change[i] = settled(s * 0.99f);
            at_bounds += expected_weight[i] != w ? 1 : 0;
        }
        CHECK(at_bounds > kCount / 8);
        for (const simd::Kernels* kernels : runnable_kernels()) {
            CAPTURE(std::string(kernels->name));
            Guarded<float> found_weight = weight, found_change = change;
            args.weight = found_weight.data();
            args.change = found_change.data();
            kernels->apply_changes(args);
            CHECK(first_difference(expected_weight, found_weight) == kCount);
            CHECK(first_difference(expected_change, found_change) == kCount);
            CHECK((found_weight.intact() && found_change.intact()));
        }
    }

    TEST_CASE("noise_uniform is even in scale times [-1/2, 1/2)") {
        Inputs inputs(8);
        const simd::HashKey key{inputs.word(), inputs.word(), inputs.word()};
        constexpr std::size_t count = 4096;
        for (const simd::Kernels* kernels : runnable_kernels()) {
            CAPTURE(std::string(kernels->name));
            Guarded<float> found(count);
            simd::NoiseArgs args{};
            args.current = found.data();
            args.count = count;
            args.first = 77;
            args.key = key;
            args.scale = 13.0f;
            args.uniform_bias = 0.25f;
            kernels->noise_uniform(args);
            double sum = 0.0;
            for (std::size_t i = 0; i < count; ++i) {
                const auto word = static_cast<std::int32_t>(simd::keyed_hash(77 + static_cast<std::uint32_t>(i), key));
                REQUIRE(found[i] == 0.25f + 13.0f * (static_cast<float>(word) * 0x1p-32f));
                sum += static_cast<double>(found[i]);
            }
            CHECK(std::abs(sum / count - 0.25) < 4.0 * 13.0 / std::sqrt(12.0 * count));
            CHECK(found.intact());
        }
    }
}
