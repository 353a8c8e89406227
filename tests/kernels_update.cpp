// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The update kernels of every instruction set against the scalar ones, bit for bit.
#include <array>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "support/guarded.hpp"
#include "support/inputs.hpp"
#include "support/isas.hpp"

using namespace izhi;
using namespace izhi::test;

namespace {

using Update = void (*)(const simd::UpdateArgs&);

struct Neurons {
    explicit Neurons(std::size_t count)
        : v(count), u(count), current(count), a(count), b(count), c(count), d(count), fired(count / 64) {}
    Guarded<float> v, u, current, a, b, c, d;
    Guarded<std::uint64_t> fired;
};

/// Values that kernels may meet only when a network goes astray, and those at which they decide.
constexpr std::array kExtremes{0.0f,
                               -0.0f,
                               1e-45f,
                               -1e-45f,
                               1e-40f,
                               -1.1754942e-38f,
                               1.17549435e-38f,
                               30.0f,
                               29.999998f,
                               30.000002f,
                               -65.0f,
                               1.0f,
                               -1e5f,
                               1e5f,
                               1e10f,
                               -1e10f,
                               1e19f,
                               -1e19f,
                               3e38f,
                               -3e38f,
                               std::numeric_limits<float>::infinity(),
                               -std::numeric_limits<float>::infinity(),
                               std::numeric_limits<float>::quiet_NaN()};

void fill(Guarded<float>& column, Inputs& inputs, double low, double high, double share_of_extremes) {
    for (std::size_t i = 0; i < column.size(); ++i)
        column[i] = inputs.between(0.0, 1.0) < share_of_extremes ? kExtremes[inputs.below(kExtremes.size())]
                                                                 : static_cast<float>(inputs.between(low, high));
}

Neurons make_neurons(std::size_t count, Inputs& inputs, double share_of_extremes) {
    Neurons n(count);
    fill(n.v, inputs, -90.0, 29.9, share_of_extremes);
    fill(n.u, inputs, -20.0, 20.0, share_of_extremes);
    // from quiet to many spikes in a step
    fill(n.current, inputs, -40.0, 200.0, share_of_extremes);
    fill(n.a, inputs, 0.01, 0.2, share_of_extremes);
    fill(n.b, inputs, -0.1, 0.3, share_of_extremes);
    fill(n.c, inputs, -70.0, -40.0, share_of_extremes);
    fill(n.d, inputs, -2.0, 10.0, share_of_extremes);
    return n;
}

void run(Update update, Neurons& n, bool columns, float dt, std::uint32_t substeps, int steps) {
    simd::UpdateArgs args{};
    args.v = n.v.data();
    args.u = n.u.data();
    args.current = n.current.data();
    args.count = n.v.size();
    args.a = columns ? n.a.data() : nullptr;
    args.b = columns ? n.b.data() : nullptr;
    args.uniform_a = 0.02f;
    args.uniform_b = 0.2f;
    args.c = n.c.data();
    args.d = n.d.data();
    args.dt = dt;
    args.substeps = substeps;
    args.fired = n.fired.data();
    args.k = 0.7f;
    args.vr = -60.0f;
    args.vt = -40.0f;
    args.inverse_capacitance = 0.01f;
    args.threshold = 35.0f;
    for (int s = 0; s < steps; ++s) update(args);
}

void check_equal(const Neurons& expected, const Neurons& found, std::size_t count) {
    CHECK(first_difference(expected.v, found.v) == count);
    CHECK(first_difference(expected.u, found.u) == count);
    CHECK(first_difference(expected.fired, found.fired) == count / 64);
    CHECK((found.v.intact() && found.u.intact() && found.fired.intact()));
}

struct Numeric {
    const char* name;
    Update simd::Kernels::*update;
    bool resets;
};
constexpr Numeric kNumerics[] = {{"published", &simd::Kernels::update_published, false},
                                 {"euler", &simd::Kernels::update_euler, false},
                                 {"accurate", &simd::Kernels::update_accurate, true}};

/// All kernels of a table: the simple form, then the others.
std::array<Update, 12> updates(const simd::Kernels& k) {
    return {k.update_published,
            k.update_euler,
            k.update_accurate,
            k.alt.published,
            k.alt.euler,
            k.alt.accurate,
            k.acc.published,
            k.acc.euler,
            k.acc.accurate,
            k.nine_parameter.published,
            k.nine_parameter.euler,
            k.nine_parameter.accurate};
}

}  // namespace

TEST_SUITE("kernels") {
    TEST_CASE("which instruction sets these tests ran on") {
        std::string run, left_out;
        for (int i = 0; i < simd::kIsaCount; ++i) {
            const auto id = static_cast<simd::IsaId>(i);
            if (simd::available(id)) run += std::string(" ") + simd::isa_name(id);
            else
                left_out += std::string(" ") + simd::isa_name(id) +
                            (simd::built_in(id) ? " (not in this CPU)" : " (not in this build)");
        }
        MESSAGE("instruction sets run:", run, "; skipped:", left_out.empty() ? " none" : left_out);
        REQUIRE(simd::available(simd::IsaId::scalar));
        CHECK(simd::kernels(simd::widest()) == runnable_kernels().back());
    }

    TEST_CASE("update equals scalar, bit for bit") {
        const simd::Kernels& scalar = *runnable_kernels().front();
        Inputs inputs(1);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (std::size_t kernel = 0; kernel < 12; ++kernel)
                for (const bool columns : {false, true})
                    for (const float dt : {1.0f, 0.5f, 0.1f, 0.037f})
                        for (const std::size_t count : {64u, 128u, 192u, 512u, 1024u, 4096u})
                            for (const double extremes : {0.0, 0.2, 1.0}) {
                                CAPTURE(std::string(kernels->name));
                                CAPTURE(kernel);
                                CAPTURE(columns);
                                CAPTURE(dt);
                                CAPTURE(count);
                                CAPTURE(extremes);
                                const std::uint32_t substeps = dt == 1.0f ? 20 : dt == 0.5f ? 10 : 2;
                                Neurons expected = make_neurons(count, inputs, extremes);
                                Neurons found = expected;
                                run(updates(scalar)[kernel], expected, columns, dt, substeps, 3);
                                run(updates(*kernels)[kernel], found, columns, dt, substeps, 3);
                                check_equal(expected, found, count);
                            }
    }

    TEST_CASE("the threshold is reached at 30 exactly, and by no number below or unordered") {
        // With dt 0 a step leaves v as it is, so the comparison alone decides.
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const Update update : {kernels->update_published, kernels->update_euler}) {
                CAPTURE(std::string(kernels->name));
                Neurons n(128);
                Inputs inputs(2);
                fill(n.u, inputs, -1.0, 1.0, 0.0);
                fill(n.current, inputs, -1.0, 1.0, 0.0);
                std::uint64_t expected[2] = {0, 0};
                for (std::size_t i = 0; i < 128; ++i) {
                    switch (inputs.below(5)) {
                        case 0: n.v[i] = 30.0f; break;
                        case 1: n.v[i] = 29.999998f; break;
                        case 2: n.v[i] = 30.000002f; break;
                        case 3: n.v[i] = std::numeric_limits<float>::quiet_NaN(); break;
                        default: n.v[i] = -0.0f;
                    }
                    if (n.v[i] >= 30.0f) expected[i / 64] |= std::uint64_t{1} << (i % 64);
                }
                run(update, n, false, 0.0f, 1, 1);
                CHECK(n.fired[0] == expected[0]);
                CHECK(n.fired[1] == expected[1]);
            }
    }

    TEST_CASE("every lane of a bitmap word stands for its own neuron") {
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const Numeric& numeric : kNumerics)
                for (std::size_t neuron = 0; neuron < 192; ++neuron) {
                    CAPTURE(std::string(kernels->name));
                    CAPTURE(std::string(numeric.name));
                    CAPTURE(neuron);
                    Neurons n(192);
                    for (std::size_t i = 0; i < 192; ++i) {
                        n.v[i] = i == neuron ? 10.0f : -65.0f;
                        n.u[i] = -13.0f;
                        n.current[i] = 20.0f;
                        n.a[i] = 0.0f;  // keeps u
                        n.b[i] = 0.2f;
                        n.c[i] = -60.0f;
                        n.d[i] = 5.0f;
                    }
                    run(kernels->*numeric.update, n, true, 1.0f, 20, 1);
                    for (std::size_t word = 0; word < 3; ++word)
                        CHECK(n.fired[word] == (word == neuron / 64 ? std::uint64_t{1} << (neuron % 64) : 0u));
                    // Only the accurate update resets inside the step; for the others the engine does.
                    CHECK((n.v[neuron] >= 30.0f) == !numeric.resets);
                    CHECK(n.u[neuron] == (numeric.resets ? -8.0f : -13.0f));
                }
    }
}
