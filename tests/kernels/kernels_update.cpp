// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The update kernels of every instruction set against the scalar ones, and published and Euler ones against their equations,
// bit for bit.
#include <algorithm>
#include <array>
#include <cmath>
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

simd::UpdateArgs args_of(Neurons& n, bool columns, float dt, std::uint32_t substeps) {
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
    return args;
}

void run(Update update, Neurons& n, bool columns, float dt, std::uint32_t substeps, int steps) {
    const simd::UpdateArgs args = args_of(n, columns, dt, substeps);
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
    Update simd::FormKernels::*update;
    bool resets;
};
constexpr Numeric kNumerics[] = {{"published", &simd::FormKernels::published, false},
                                 {"euler", &simd::FormKernels::euler, false},
                                 {"forward euler", &simd::FormKernels::forward_euler, false},
                                 {"accurate", &simd::FormKernels::accurate, true}};

/// All kernels of a table: the simple form, then the others.
std::array<Update, 16> updates(const simd::Kernels& k) {
    return {k.simple.published,
            k.simple.euler,
            k.simple.forward_euler,
            k.simple.accurate,
            k.alt.published,
            k.alt.euler,
            k.alt.forward_euler,
            k.alt.accurate,
            k.acc.published,
            k.acc.euler,
            k.acc.forward_euler,
            k.acc.accurate,
            k.nine_parameter.published,
            k.nine_parameter.euler,
            k.nine_parameter.forward_euler,
            k.nine_parameter.accurate};
}

enum class Form { simple, alt, acc, nine_parameter };
constexpr Form kForms[] = {Form::simple, Form::alt, Form::acc, Form::nine_parameter};

/// v after a step of length h with u held, in the factored form: v (q v + l) + h (rest), the quadratic term and v itself
/// taken together; and of the nine-parameter form as it is written.
float advanced(Form form, const simd::UpdateArgs& n, float v, float u, float current, float h) {
    switch (form) {
        case Form::alt: return v * ((0.04f * h) * v + (4.1f * h + 1.0f)) + h * ((108.0f - u) + current);
        case Form::nine_parameter: {
            const float k = n.k * n.inverse_capacitance * h;
            return v + (k * (v - n.vr) * (v - n.vt) + (n.inverse_capacitance * h) * (current - u));
        }
        default: return v * ((0.04f * h) * v + (5.0f * h + 1.0f)) + h * ((140.0f - u) + current);
    }
}

float recovered(Form form, const simd::UpdateArgs& n, float v, float u, float a, float b) {
    const float slope = form == Form::acc              ? a * (b * (v + 65.0f))
                        : form == Form::nine_parameter ? a * (b * (v - n.vr) - u)
                                                       : a * (b * v - u);
    return n.dt == 1.0f ? u + slope : u + n.dt * slope;
}

/// A step of published (two halves of v) or Euler numerics, neuron by neuron.
void reference_step(Form form, bool halves, const simd::UpdateArgs& n) {
    for (std::size_t i = 0; i < n.count; ++i) {
        float current = n.current[i];
        if (n.sums) {
            current = current + n.quantum * static_cast<float>(n.sums[i]);
            n.sums[i] = 0;
        }
        const float h = halves ? 0.5f * n.dt : n.dt;
        float v = advanced(form, n, n.v[i], n.u[i], current, h);
        if (halves) v = advanced(form, n, v, n.u[i], current, h);
        n.u[i] = recovered(form, n, v, n.u[i], n.a ? n.a[i] : n.uniform_a, n.b ? n.b[i] : n.uniform_b);
        n.v[i] = v;
        const bool fired = v >= (form == Form::nine_parameter ? n.threshold : 30.0f);
        if (i % 64 == 0) n.fired[i / 64] = 0;
        n.fired[i / 64] |= std::uint64_t{fired} << (i % 64);
    }
}

/// The same equations as they were published, in double precision; and how large their terms were, for bounds.
struct Exact {
    double v = 0.0, size = 0.0;
};
Exact exact_step(Form form, bool halves, const simd::UpdateArgs& n, std::size_t i) {
    Exact exact{static_cast<double>(n.v[i]), 0.0};
    const double u = n.u[i], current = n.current[i], h = (halves ? 0.5 : 1.0) * static_cast<double>(n.dt);
    for (int half = 0; half < (halves ? 2 : 1); ++half) {
        const double v = exact.v;
        const double quadratic = form == Form::nine_parameter
                                     ? static_cast<double>(n.k) * (v - static_cast<double>(n.vr)) *
                                           (v - static_cast<double>(n.vt)) * static_cast<double>(n.inverse_capacitance)
                                     : 0.04 * v * v;
        const double linear = form == Form::nine_parameter ? 0.0 : form == Form::alt ? 4.1 * v : 5.0 * v;
        const double rest = form == Form::nine_parameter ? (current - u) * static_cast<double>(n.inverse_capacitance)
                            : form == Form::alt          ? 108.0 - u + current
                                                         : 140.0 - u + current;
        exact.v = v + h * (quadratic + linear + rest);
        exact.size =
            std::max({exact.size, std::abs(v), std::abs(h * quadratic), std::abs(h * linear), std::abs(h * rest)});
    }
    return exact;
}

}  // namespace

TEST_SUITE("kernels") {
    TEST_CASE("which instruction sets these tests ran on") {
        std::string run, left_out;
        for (const Isa isa : simd::kIsas) {
            if (simd::available(isa)) run += std::string(" ") + simd::isa_name(isa);
            else
                left_out += std::string(" ") + simd::isa_name(isa) +
                            (simd::built_in(isa) ? " (not in this CPU)" : " (not in this build)");
        }
        MESSAGE("instruction sets run:", run, "; skipped:", left_out.empty() ? " none" : left_out);
        REQUIRE(simd::available(Isa::scalar));
        CHECK(simd::kernels(simd::widest()) == runnable_kernels().back());
    }

    TEST_CASE("update equals scalar, bit for bit") {
        const simd::Kernels& scalar = *runnable_kernels().front();
        Inputs inputs(1);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (std::size_t kernel = 0; kernel < updates(scalar).size(); ++kernel)
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

    TEST_CASE(
        "published and Euler steps are their equations, term by term, and form the sums of what synapses delivered") {
        Inputs inputs(3);
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const Form form : kForms)
                for (const bool halves : {true, false})
                    for (const bool sums : {false, true})
                        for (const bool columns : {false, true})
                            for (const float dt : {1.0f, 0.5f, 0.1f, 0.037f})
                                for (const std::size_t count : {64u, 128u, 192u, 512u, 1024u}) {
                                    CAPTURE(std::string(kernels->name));
                                    CAPTURE(static_cast<int>(form));
                                    CAPTURE(halves);
                                    CAPTURE(sums);
                                    CAPTURE(columns);
                                    CAPTURE(dt);
                                    CAPTURE(count);
                                    const double extremes = inputs.below(3) == 0 ? 0.3 : 0.0;
                                    const Neurons before = make_neurons(count, inputs, extremes);
                                    Guarded<std::int32_t> arrived(count), zeros(count);
                                    for (std::size_t i = 0; i < count; ++i) {
                                        zeros[i] = 0;
                                        arrived[i] = inputs.below(4) == 0
                                                         ? static_cast<std::int32_t>(inputs.word())  // any
                                                         : static_cast<std::int32_t>(inputs.below(40001)) - 20000;
                                    }
                                    Neurons expected = before, found = before;
                                    Guarded<std::int32_t> expected_sums = arrived, found_sums = arrived;
                                    const auto args = [&](Neurons& n, Guarded<std::int32_t>& of) {
                                        simd::UpdateArgs a = args_of(n, columns, dt, 1);
                                        a.sums = sums ? of.data() : nullptr;
                                        a.quantum = 0x1p-10f;
                                        return a;
                                    };
                                    const std::size_t kernel = static_cast<std::size_t>(form) * 4 + (halves ? 0 : 1);
                                    for (int step = 0; step < 2; ++step) {
                                        reference_step(form, halves, args(expected, expected_sums));
                                        updates(*kernels)[kernel](args(found, found_sums));
                                    }
                                    check_equal(expected, found, count);
                                    CHECK(first_difference(before.current, found.current) == count);
                                    CHECK(first_difference(sums ? zeros : arrived, found_sums) == count);
                                    CHECK(found_sums.intact());
                                }
    }

    TEST_CASE("a step is the published equation up to the rounding of its terms") {
        Inputs inputs(4);
        const simd::Kernels& scalar = *runnable_kernels().front();
        for (const Form form : kForms)
            for (const bool halves : {true, false})
                for (const float dt : {1.0f, 0.5f, 0.1f}) {
                    CAPTURE(static_cast<int>(form));
                    CAPTURE(halves);
                    CAPTURE(dt);
                    constexpr std::size_t count = 1024;
                    Neurons n = make_neurons(count, inputs, 0.0);
                    std::vector<Exact> exact;
                    for (std::size_t i = 0; i < count; ++i)
                        exact.push_back(exact_step(form, halves, args_of(n, false, dt, 1), i));
                    run(updates(scalar)[static_cast<std::size_t>(form) * 4 + (halves ? 0 : 1)], n, false, dt, 1, 1);
                    // Half a dozen roundings of terms of that size in each half, those of the first doubled by the second.
                    constexpr double bound = 16.0 * 0x1p-24;
                    std::size_t beyond = 0;
                    for (std::size_t i = 0; i < count; ++i)
                        beyond += std::abs(static_cast<double>(n.v[i]) - exact[i].v) > bound * exact[i].size ? 1 : 0;
                    CHECK(beyond == 0);
                }
    }

    TEST_CASE("the threshold is reached at 30 exactly, and by no number below or unordered") {
        // With dt 0 a step leaves v as it is, so the comparison alone decides.
        for (const simd::Kernels* kernels : runnable_kernels())
            for (const Update update :
                 {kernels->simple.published, kernels->simple.euler, kernels->simple.forward_euler}) {
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
                    run(kernels->simple.*numeric.update, n, true, 1.0f, 20, 1);
                    for (std::size_t word = 0; word < 3; ++word)
                        CHECK(n.fired[word] == (word == neuron / 64 ? std::uint64_t{1} << (neuron % 64) : 0u));
                    // Only the accurate update resets inside the step; for the others the engine does.
                    CHECK((n.v[neuron] >= 30.0f) == !numeric.resets);
                    CHECK(n.u[neuron] == (numeric.resets ? -8.0f : -13.0f));
                }
    }
}
