// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// A closed loop: a controller holds the firing rate of a population at 20 Hz by injecting a current. After three seconds a
// constant current pushes the rate down, and the controller makes up for it.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>

#include <izhi/izhi.hpp>

namespace {

constexpr std::uint32_t kNeurons = 800;  // of the population that is controlled
constexpr std::uint64_t kWindow = 20;    // steps of 1 ms between two decisions
constexpr int kWanted = 320;             // spikes in a window: 20 Hz of 800 neurons
constexpr double kGain = 1.0 / 256.0;    // change of the current for each spike too few [mV/ms]

/// Called by the run before and after each step. It counts spikes, and at the end of a window corrects the current.
class RateController final : public izhi::StepClient {
public:
    explicit RateController(izhi::PopulationId population) : population_(population) {}

    void before_step(std::uint64_t step, izhi::Simulation& simulation) override {
        if (step == 0 || step % kWindow != 0) return;
        current_ += kGain * (kWanted - count_);
        count_ = 0;
        simulation.apply(izhi::PopulationCurrent{population_, current_});
    }

    void after_step(std::uint64_t step, std::span<const izhi::Spike> spikes) override {
        for (const izhi::Spike& spike : spikes)
            if (spike.neuron < kNeurons) ++count_, ++second_;  // the population is the first of the network
        if (step % 1000 != 0) return;
        last_hz_ = static_cast<double>(second_) / kNeurons;
        std::printf("%llu s: %5.2f Hz, current %6.2f\n", static_cast<unsigned long long>(step / 1000), last_hz_,
                    current_);
        second_ = 0;
    }

    [[nodiscard]] double last_hz() const { return last_hz_; }  // the mean of the last second

private:
    izhi::PopulationId population_;
    double current_ = 0.0, last_hz_ = 0.0;
    int count_ = 0;
    std::uint64_t second_ = 0;
};

}  // namespace

int main() try {
    izhi::NetworkBuilder net{{.name = "hold-rate", .seed = 7}};
    const auto exc = net.add_population({.name = "exc", .size = kNeurons, .noise_stddev = 5.0});
    const auto inh =
        net.add_population({.name = "inh", .size = 200, .cell = izhi::fast_spiking(), .noise_stddev = 5.0});
    net.connect(exc, izhi::everyone, {.rule = izhi::fixed_outdegree(50), .weight = izhi::uniform(0.0, 3.0)});
    net.connect(inh, izhi::everyone, {.rule = izhi::fixed_outdegree(50), .weight = izhi::uniform(-6.0, 0.0)});
    net.stimulate(exc, {.name = "disturbance", .stimulus = izhi::DirectCurrent{.amplitude = -4.0, .start_ms = 3000.0}});

    izhi::Simulation sim{net.build(), {.threads = 1}};
    RateController controller{exc};
    izhi::RealtimeRunner runner{sim, {.speed = 20.0}};  // 1.0 for the speed of the clock on the wall
    runner.run(6000, &controller);

    std::printf("spike hash %016llx\n", static_cast<unsigned long long>(sim.spike_hash()));
    return controller.last_hz() > 19.0 && controller.last_hz() < 21.0 ? 0 : 1;  // a test looks at the exit code
} catch (const std::exception& error) {
    std::fprintf(stderr, "izhi_hold_rate: %s\n", error.what());
    return 1;
}
