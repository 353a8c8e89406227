// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The integrate-and-fire neuron and the synapses onto it: on every instruction set against their definition in plain C++, bit
// for bit (without conductances), and the same bits on all of them (with the kernels' exponential).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "tests/support/guarded.hpp"
#include "tests/support/inputs.hpp"
#include "tests/support/isas.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

constexpr std::size_t kCount = 320;

struct Neurons {
    Guarded<float> v{kCount}, u{kCount}, current{kCount}, c{kCount}, d{kCount}, conductance{kCount};
    Guarded<std::int32_t> sums{kCount};
    Guarded<std::uint64_t> fired{kCount / 64};
    explicit Neurons(Inputs& inputs) {
        for (std::size_t i = 0; i < kCount; ++i) {
            v[i] = static_cast<float>(inputs.between(-90.0, -50.0));
            u[i] = static_cast<float>(inputs.below(4) == 0 ? inputs.below(30) : 0);
            current[i] = static_cast<float>(inputs.between(-2000.0, 6000.0));
            c[i] = static_cast<float>(inputs.between(-80.0, -60.0));
            d[i] = 20.0f;
            conductance[i] = inputs.below(5) == 0 ? 0.0f : static_cast<float>(std::exp(inputs.between(-10.0, 14.0)));
            sums[i] = static_cast<std::int32_t>(inputs.below(2001)) - 1000;
        }
    }
    simd::UpdateArgs args(bool conducts, bool with_sums) {
        simd::UpdateArgs a{};
        a.v = v.data();
        a.u = u.data();
        a.current = current.data();
        a.count = kCount;
        a.c = c.data();
        a.d = d.data();
        a.dt = 0.1f;
        a.fired = fired.data();
        a.vr = -65.0f;
        a.threshold = -50.0f;
        a.leak = {0.99004984f, 3.98e-3f, 25.0f, 4e-4f, conducts ? conductance.data() : nullptr};
        a.sums = with_sums ? sums.data() : nullptr;
        a.quantum = 0.125f;
        return a;
    }
    bool differs(const Neurons& other) const {
        return first_difference(v, other.v) < kCount || first_difference(u, other.u) < kCount ||
               first_difference(sums, other.sums) < kCount || first_difference(fired, other.fired) < kCount / 64;
    }
    bool intact() const { return v.intact() && u.intact() && fired.intact() && sums.intact(); }
};

/// A step without conductances.
void expect_step(const simd::UpdateArgs& a, bool resets) {
    for (std::size_t i = 0; i < a.count; ++i) {
        float current = a.current[i];
        if (a.sums) current = current + a.quantum * static_cast<float>(std::exchange(a.sums[i], 0));
        const bool refractory = a.u[i] > 0.5f;
        if (refractory) a.u[i] = a.u[i] - 1.0f;
        else {
            a.v[i] = a.vr + (a.leak.decay * (a.v[i] - a.vr) + a.leak.gain * current);
            a.u[i] = 0.0f;
        }
        const bool fired = !refractory && a.v[i] >= a.threshold;
        if (fired && resets) {
            a.v[i] = a.c[i];
            a.u[i] = a.d[i];
        }
        if (i % 64 == 0) a.fired[i / 64] = 0;
        a.fired[i / 64] |= std::uint64_t{fired} << (i % 64);
    }
}

}  // namespace

TEST_SUITE("kernels") {
    TEST_CASE("a step of integrate-and-fire neurons, with sums and without, reset in the kernel and not") {
        Inputs inputs(77);
        const Neurons before(inputs);
        for (const bool with_sums : {false, true})
            for (const bool resets : {false, true}) {
                if (with_sums && resets) continue;  // sums are not for kernels that reset
                CAPTURE(with_sums);
                CAPTURE(resets);
                Neurons expected = before;
                expect_step(expected.args(false, with_sums), resets);
                for (const simd::Kernels* kernels : runnable_kernels()) {
                    CAPTURE(std::string(kernels->name));
                    Neurons found = before;
                    const simd::UpdateArgs args = found.args(false, with_sums);
                    resets ? kernels->leaky.accurate(args) : kernels->leaky.published(args);
                    CHECK_FALSE(found.differs(expected));
                    CHECK(found.intact());
                }
            }
    }

    TEST_CASE("with conductances: near the exact law, and the same bits on every instruction set") {
        Inputs inputs(78);
        const Neurons before(inputs);
        for (const bool resets : {false, true}) {
            Neurons first = before;
            const simd::UpdateArgs args = first.args(true, false);
            const auto run = [&](const simd::Kernels& kernels, const simd::UpdateArgs& with) {
                resets ? kernels.leaky.accurate(with) : kernels.leaky.published(with);
            };
            run(*runnable_kernels().front(), args);
            for (std::size_t i = 0; i < kCount && !resets; ++i) {
                if (before.u[i] > 0.5f) continue;
                const double total = 25.0 + static_cast<double>(before.conductance[i]);
                const double end = -65.0 + static_cast<double>(before.current[i]) / total;
                const double exact = end + (static_cast<double>(before.v[i]) - end) *
                                               std::exp(-static_cast<double>(args.leak.step_over_c) * total);
                CHECK(std::abs(static_cast<double>(first.v[i]) - exact) < 1e-4);
            }
            for (const simd::Kernels* kernels : runnable_kernels()) {
                CAPTURE(std::string(kernels->name));
                Neurons found = before;
                run(*kernels, found.args(true, false));
                CHECK_FALSE(found.differs(first));
                CHECK(found.intact());
            }
        }
    }

    TEST_CASE("alpha currents and conductances onto integrate-and-fire neurons") {
        Inputs inputs(79);
        struct Columns {
            Guarded<float> current{kCount}, arrived{kCount}, state{kCount}, rise{kCount}, v{kCount}, total{kCount};
        } before;
        for (auto* column : {&before.current, &before.arrived, &before.state, &before.rise, &before.total})
            for (std::size_t i = 0; i < kCount; ++i)
                (*column)[i] = inputs.below(6) == 0 ? 0.0f : static_cast<float>(inputs.between(0.0, 9.0));
        for (std::size_t i = 0; i < kCount; ++i) before.v[i] = static_cast<float>(inputs.between(-95.0, -40.0));
        const auto args_of = [](Columns& of) {
            simd::ChannelArgs a{};
            a.current = of.current.data();
            a.arrived = of.arrived.data();
            a.count = kCount;
            a.state = of.state.data();
            a.rise = of.rise.data();
            a.v = of.v.data();
            a.decay = 0.81873f;
            a.gain = 0.54366f;
            a.dt = 0.5f;
            a.reversal = -10.0f;
            a.of_state = 0.9f;
            a.of_rise = 0.04f;
            a.rest = -65.0f;
            a.total = of.total.data();
            return a;
        };
        const auto check = [&](auto kernel, const auto& expect) {
            Columns expected = before;
            const simd::ChannelArgs args = args_of(expected);
            for (std::size_t i = 0; i < kCount; ++i) expect(args, i);
            for (const simd::Kernels* kernels : runnable_kernels()) {
                CAPTURE(std::string(kernels->name));
                Columns found = before;
                (kernels->*kernel)(args_of(found));
                CHECK(first_difference(expected.current, found.current) == kCount);
                CHECK(first_difference(expected.state, found.state) == kCount);
                CHECK(first_difference(expected.rise, found.rise) == kCount);
                CHECK(first_difference(expected.total, found.total) == kCount);
                CHECK((found.current.intact() && found.state.intact() && found.total.intact()));
            }
        };
        check(&simd::Kernels::alpha_leaky, [](const simd::ChannelArgs& a, std::size_t i) {
            const float rise = a.rise[i] + a.gain * a.arrived[i], g = a.state[i];
            a.current[i] = a.current[i] + (a.of_state * g + a.of_rise * rise);
            a.state[i] = a.decay * (g + a.dt * rise);
            a.rise[i] = a.decay * rise;
        });
        check(&simd::Kernels::conductance_leaky, [](const simd::ChannelArgs& a, std::size_t i) {
            const float g = a.state[i] + a.arrived[i];
            a.total[i] = a.total[i] + g;
            a.current[i] = a.current[i] + g * (a.reversal - a.rest);
            a.state[i] = g * a.decay;
        });
        check(&simd::Kernels::nmda_leaky, [](const simd::ChannelArgs& a, std::size_t i) {
            const float g = a.state[i] + a.arrived[i], y = (a.v[i] + 80.0f) * (1.0f / 60.0f), x = y * y;
            const float open = g * (x / (1.0f + x));
            a.total[i] = a.total[i] + open;
            a.current[i] = a.current[i] + open * (a.reversal - a.rest);
            a.state[i] = g * a.decay;
        });
    }
}
