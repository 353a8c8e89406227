// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Whatever a caller's thread rounds to, and whatever it does with denormal numbers: the same bits, and it finds its settings
// again.
#include <doctest/doctest.h>

#include <bit>
#include <cfenv>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/float_environment.hpp"
#include "izhi/executor.hpp"
#include "izhi/izhi.hpp"

using namespace izhi;

namespace {

Network everything() {
    NetworkBuilder net{{.name = "everything", .seed = 11}};
    CellType spread = excitatory_2003();
    const auto exc = net.add_population({.name = "exc", .size = 150, .cell = spread, .noise_stddev = 5.0});
    const auto inh = net.add_population({.name = "inh", .size = 50, .cell = inhibitory_2003(), .noise_stddev = 2.0});
    net.connect(
        exc, everyone,
        {.rule = fixed_indegree(20), .weight = redrawn_normal(2.0, 0.7, 0.0, 6.0), .delay_ms = uniform(1.0, 7.0)});
    net.connect(exc, inh,
                {.rule = fixed_probability(0.1), .weight = 0.4, .delay_ms = 2.0, .dynamics = ExponentialCurrent{3.0}});
    net.connect(inh, exc, {.rule = fixed_probability(0.2), .weight = 0.1, .dynamics = gaba_a()});
    net.connect(exc, exc,
                {.rule = fixed_outdegree(12),
                 .weight = uniform(0.0, 2.0),
                 .plasticity = Plasticity{.rule = TripletStdp{.a2_plus = 0.01, .a2_minus = 0.02, .a3_plus = 0.05},
                                          .change = ImmediateChange{},
                                          .highest = 4.0}});
    net.stimulate(exc, {.stimulus = Sine{.amplitude = 3.0, .frequency_hz = 7.0}});
    return net.build();
}

struct Outcome {
    std::uint64_t spikes, state;
    std::vector<std::byte> checkpoint;
    bool operator==(const Outcome&) const = default;
};

Outcome outcome(int threads) {
    const std::shared_ptr<Executor> executor = threads > 1 ? thread_executor(threads) : serial_executor();
    Simulation simulation(everything(), {.threads = threads, .executor = executor});
    simulation.run(150);
    simulation.apply(CurrentPulse{.target = everyone, .amplitude = 0.1, .steps = 20});
    for (int i = 0; i < 30; ++i) (void)simulation.step();
    simulation.apply(WeightScale{ProjectionId(0), 1.3});
    const std::vector<std::byte> checkpoint = simulation.checkpoint();
    Simulation resumed(everything(), {.threads = threads, .executor = executor});
    resumed.restore(checkpoint);
    resumed.run(70);
    return {resumed.spike_hash(), resumed.state_hash(), resumed.checkpoint()};
}

/// Sets the rounding of this thread, and of those that it starts, until the end of the block.
struct Rounding {
    explicit Rounding(int mode) { REQUIRE(std::fesetround(mode) == 0); }
    ~Rounding() { (void)std::fesetround(FE_TONEAREST); }
};

}  // namespace

TEST_SUITE_BEGIN("determinism");

TEST_CASE("float environment: spikes and state do not depend on how the caller rounds") {
    const Outcome usual = outcome(1);
    for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO})
        for (const int threads : {1, 2}) {
            CAPTURE(mode);
            CAPTURE(threads);
            bool kept = false, same = false;
            {
                const Rounding rounding(mode);
                same = outcome(threads) == usual;
                kept = std::fegetround() == mode;
            }
            CHECK(same);
            CHECK(kept);
        }
}

TEST_CASE("float environment: nor does a single neuron") {
    const NeuronRun run{.steps = 500, .current = {{.value = 10.0}}};
    const NeuronTrace usual = run_neuron(run);
    const Rounding rounding(FE_UPWARD);
    const NeuronTrace other = run_neuron(run);
    CHECK(other.final_v == usual.final_v);
    CHECK(other.spike_times_ms == usual.spike_times_ms);
}

TEST_CASE("float environment: denormal numbers are kept, and the caller's setting returns") {
    const auto half = [](float x) {
        volatile float seen = x, halved = seen * 0.5f;  // computed when this runs
        return (std::bit_cast<std::uint32_t>(static_cast<float>(halved)) & 0x7FFFFFFFu) != 0;
    };
    constexpr float smallest = 1.2e-38f;
    CHECK(half(smallest));
#if defined(__x86_64__)
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u);
    CHECK_FALSE(half(smallest));
    {
        const izhi::detail::FloatEnvironment usual;
        CHECK(half(smallest));
    }
    CHECK_FALSE(half(smallest));
    _mm_setcsr(before);
#endif
}

TEST_SUITE_END();
