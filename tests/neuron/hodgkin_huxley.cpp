// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The Hodgkin-Huxley population of perf/, compared with a neuron in double precision with the exponentials of libm.
#include "perf/hodgkin_huxley/hodgkin_huxley.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "engine/base/memory.hpp"
#include "izhi/izhi.hpp"
#include "perf/cost/operations.hpp"

using izhi::detail::AlignedArray;
using namespace izhi::perf;

namespace {

constexpr std::size_t kNeurons = 64;

/// The equations as textbooks write them.
struct Reference {
    double v = -65.0, m = 0.0529324853, h = 0.5961207535, n = 0.3176769141;

    struct Slope {
        double v, m, h, n;
    };
    static double ratio(double x) { return std::abs(x) < 1e-7 ? 1.0 + x / 2 : x / (1.0 - std::exp(-x)); }
    Slope slope(double current) const {
        const double am = ratio((v + 40.0) / 10.0), bm = 4.0 * std::exp(-(v + 65.0) / 18.0);
        const double ah = 0.07 * std::exp(-(v + 65.0) / 20.0), bh = 1.0 / (1.0 + std::exp(-(v + 35.0) / 10.0));
        const double an = 0.1 * ratio((v + 55.0) / 10.0), bn = 0.125 * std::exp(-(v + 65.0) / 80.0);
        return {current - 120.0 * m * m * m * h * (v - 50.0) - 36.0 * n * n * n * n * (v + 77.0) - 0.3 * (v + 54.4),
                am * (1.0 - m) - bm * m, ah * (1.0 - h) - bh * h, an * (1.0 - n) - bn * n};
    }
    Reference moved(const Slope& s, double by) const {
        return {v + by * s.v, m + by * s.m, h + by * s.h, n + by * s.n};
    }
    void euler(double current, double dt) { *this = moved(slope(current), dt); }
    void runge_kutta(double current, double dt) {
        const Slope s1 = slope(current), s2 = moved(s1, dt / 2).slope(current), s3 = moved(s2, dt / 2).slope(current),
                    s4 = moved(s3, dt).slope(current);
        *this = moved(s1, dt / 6).moved(s2, dt / 3).moved(s3, dt / 3).moved(s4, dt / 6);
    }
};

struct Population {
    AlignedArray<float> v{kNeurons}, m{kNeurons}, h{kNeurons}, n{kNeurons}, current{kNeurons}, spikes{kNeurons};
    Population() {
        const Reference rest;
        for (std::size_t i = 0; i < kNeurons; ++i) {
            v[i] = static_cast<float>(rest.v);
            m[i] = static_cast<float>(rest.m);
            h[i] = static_cast<float>(rest.h);
            n[i] = static_cast<float>(rest.n);
            current[i] = 0.5f * static_cast<float>(i);
            spikes[i] = 0.0f;
        }
    }
    void run(const HodgkinHuxleyKernel& kernel, std::size_t steps) {
        kernel.run({v.data(), m.data(), h.data(), n.data(), current.data(), spikes.data(), kNeurons, steps, 0.01f});
    }
};

}  // namespace

TEST_SUITE("hodgkin-huxley") {
    TEST_CASE("a hundredth of a ms, a thousand times: v and gates stay at those of double precision") {
        for (const bool scalar : {true, false}) {
            Population population;
            std::vector<Reference> references(kNeurons);
            double v_error = 0.0, gate_error = 0.0;
            for (int step = 0; step < 1000; ++step) {
                population.run(hodgkin_huxley_kernel(scalar), 1);
                for (std::size_t i = 0; i < kNeurons; ++i) {
                    Reference& r = references[i];
                    r.euler(static_cast<double>(population.current[i]), 0.01);
                    v_error = std::max(v_error, std::abs(r.v - static_cast<double>(population.v[i])));
                    for (const auto& [a, b] :
                         {std::pair{r.m, population.m[i]}, {r.h, population.h[i]}, {r.n, population.n[i]}})
                        gate_error = std::max(gate_error, std::abs(a - static_cast<double>(b)));
                }
            }
            MESSAGE("largest deviation over 10 ms: v " << v_error << " mV, gates " << gate_error);
            CHECK(v_error < 0.05);
            CHECK(gate_error < 5e-4);
        }
    }

    TEST_CASE("it fires as often as the converged equations, over all currents") {
        Population population;
        population.run(hodgkin_huxley_kernel(), 50'000);
        for (std::size_t i = 0; i < kNeurons; ++i) {
            Reference r;
            double spikes = 0.0;
            for (int step = 0; step < 50'000; ++step) {
                const bool below = r.v < 0.0;
                r.runge_kutta(static_cast<double>(population.current[i]), 0.01);
                spikes += below && r.v >= 0.0 ? 1.0 : 0.0;
            }
            CAPTURE(population.current[i]);
            // Forward Euler is first order: a spike in fifty, and one at the edge of firing on and on.
            const bool edge = population.current[i] > 5.0f && population.current[i] < 7.0f;
            if (!edge) CHECK(std::abs(static_cast<double>(population.spikes[i]) - spikes) <= 1.0);
        }
        CHECK(population.spikes[20] > 30.0f);  // 10 uA/cm^2: about 68 Hz
        CHECK(population.spikes[20] < 38.0f);
        CHECK(population.spikes[0] == 0.0f);
    }

    TEST_CASE("the exponential has a relative error below 3e-7 from -87 to 88") {
        AlignedArray<float> x(4096), result(4096);
        for (const bool scalar : {true, false}) {
            double worst = 0.0;
            for (int block = 0; block < 64; ++block) {
                for (std::size_t i = 0; i < x.size(); ++i)
                    x[i] =
                        static_cast<float>(-87.0 + 175.0 * (block * 4096.0 + static_cast<double>(i)) / (64.0 * 4096.0));
                hodgkin_huxley_kernel(scalar).exponential(x.data(), result.data(), x.size());
                for (std::size_t i = 0; i < x.size(); ++i) {
                    const double exact = std::exp(static_cast<double>(x[i]));
                    worst = std::max(worst, std::abs(static_cast<double>(result[i]) / exact - 1.0));
                }
            }
            MESSAGE("largest relative error: " << worst);
            CHECK(worst < 3e-7);
        }
    }

    TEST_CASE("vector and scalar units give the same bits") {
        Population one, other;
        one.run(hodgkin_huxley_kernel(true), 20'000);
        other.run(hodgkin_huxley_kernel(false), 20'000);
        for (std::size_t i = 0; i < kNeurons; ++i) {
            CHECK(one.v[i] == other.v[i]);
            CHECK(one.n[i] == other.n[i]);
            CHECK(one.spikes[i] == other.spikes[i]);
        }
    }

    TEST_CASE("operations: the paper's 13 are ours but for how they are counted") {
        const OperationCounts counts = count_operations();
        // v (q v + l) + k: four, twice; k, which is (140 - u + I) times dt/2: three; u: four, since dt is 1; the threshold one.
        CHECK(counts.izhikevich == 16.0);
        // What profiles tell is what the kernel does.
        izhi::NetworkBuilder net;
        net.add_population({.name = "p", .size = 640, .cell = izhi::regular_spiking()});
        izhi::Simulation alone(net.build(), {.threads = 1, .profile = true});
        alone.run(10);
        CHECK(alone.profile().update_flops == 6400.0 * counts.izhikevich);
        CHECK(counts.hodgkin_huxley > 100.0 * 100.0);
        CHECK(counts.hodgkin_huxley < 100.0 * 250.0);
    }
}
