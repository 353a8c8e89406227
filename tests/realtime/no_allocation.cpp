// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
//
// The loop of a paced run allocates nothing, with interventions and a closed loop in it. A program of its own, for it
// counts every allocation of the process: these functions take the C library's place.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "izhi/izhi.hpp"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

extern "C" {
void* __libc_malloc(std::size_t);                 // NOLINT
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT
void* __libc_realloc(void*, std::size_t);         // NOLINT
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT

void* malloc(std::size_t size) {
    ++allocations;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    ++allocations;
    return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
    ++allocations;
    return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    ++allocations;
    return __libc_memalign(alignment, size);
}
}

namespace {

using namespace izhi;

/// Intervenes before every step, and counts what was allocated from step 20 to step 180.
struct Busy final : StepClient {
    explicit Busy(const Network& network) : loop(network) {
        std::get<NeuronCurrents>(own).currents = {1.0f, 2.0f};
        std::get<InputSpikes>(input).neurons = {1, 2, 3};
        std::get<ForcedSpikes>(forced).neurons = {7};
    }
    void before_step(std::uint64_t step, Simulation& simulation) override {
        if (step == 20) before = allocations.load();
        const double value = static_cast<double>(step % 5);
        simulation.apply(NoiseScale{{0}, value});
        simulation.apply(PopulationCurrent{{1}, value});
        simulation.apply(CurrentPulse{.amplitude = value, .steps = 3});
        simulation.apply(own);
        simulation.apply(input);
        simulation.apply(forced);
        loop.force_spike(everyone, static_cast<std::uint32_t>(step));
        loop.input_spike(everyone, 3, value);
        loop.set_current({0}, value);
        loop.before_step(step, simulation);
    }
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override {
        loop.after_step(step, spikes);
        seen += spikes.size();
        if (step == 180) counted = allocations.load() - before;
    }
    ClosedLoop loop;
    Intervention own = NeuronCurrents{}, input = InputSpikes{}, forced = ForcedSpikes{};
    std::uint64_t before = 0, counted = ~std::uint64_t{0}, seen = 0;
};

/// Sets rates of sources before every step, and lets them return.
struct Sensor final : StepClient {
    void before_step(std::uint64_t step, Simulation& simulation) override {
        if (step == 20) before = allocations.load();
        auto& set = std::get<SourceRates>(rates);
        set.first = static_cast<std::uint32_t>(step % 10);
        for (float& rate : set.rates_hz) rate = step % 3 == 0 ? kRateAsDescribed : static_cast<float>(step);
        simulation.apply(rates);
    }
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override {
        seen += spikes.size();
        if (step == 180) counted = allocations.load() - before;
    }
    Intervention rates = SourceRates{PopulationId{0}, 0, std::vector<float>(500)};
    std::uint64_t before = 0, counted = ~std::uint64_t{0}, seen = 0;
};

/// @param storage of the inhibitory rows: those that are drawn while running keep a network from delivering late
Network busy_network(Storage storage) {
    NetworkBuilder net{{.seed = 8}};
    const auto a = net.add_population({.name = "a", .size = 1600, .cell = excitatory_2003(), .noise_stddev = 6.0});
    const auto b = net.add_population({.name = "b", .size = 600, .cell = inhibitory_2003(), .noise_stddev = 4.0});
    net.connect(a, everyone, {.rule = fixed_outdegree(50), .weight = uniform(0.0, 4.0), .delay_ms = uniform(1.0, 9.0)});
    net.connect(b, a, {.rule = fixed_probability(0.05), .weight = uniform(-4.0, 0.0), .storage = storage});
    net.stimulate(a, {.stimulus = PoissonTrains{.rate_hz = 20.0, .weight = 10.0}});
    net.record_trace({.population = a, .neurons = {0, 7}});
    return net.build();
}

}  // namespace

int main() {
    int failed = 0;
    const auto run = [&](const Network& network, bool flood, const SimulationOptions& options) {
        Simulation simulation(network, options);
        RealtimeRunner runner(simulation, {.speed = 100.0});
        Busy client(network);
        if (flood)
            for (std::uint32_t n = 0; n < network.neuron_count(); ++n)
                std::get<ForcedSpikes>(client.forced).neurons.push_back(n);
        (void)runner.run(200, &client);
        std::printf("%d threads, %s, window %u%s: %llu allocations in 160 steps, %llu spikes\n", options.threads,
                    std::string(to_string(options.delivery)).c_str(), options.delivery_window,
                    flood ? ", everyone firing" : "", static_cast<unsigned long long>(client.counted),
                    static_cast<unsigned long long>(client.seen));
        failed += client.counted == 0 && client.seen > 200 && client.loop.refused() == 0 ? 0 : 1;
    };
    const Network mixed = busy_network(Storage::procedural), stored = busy_network(Storage::stored);
    for (const int threads : {1, 2, 4}) {
        for (const Delivery delivery : {Delivery::partition, Delivery::reduce})
            run(mixed, false, {.threads = threads, .delivery = delivery});
        // Rows wait in queues, which everyone's spikes overfill. A window of 16 holds all delays, and none waits.
        for (const std::uint32_t window : {1u, 4u, 16u})
            for (const bool flood : {false, true})
                run(stored, flood, {.threads = threads, .delivery = Delivery::partition, .delivery_window = window});
    }
    NetworkBuilder seeing{{.seed = 9}};
    seeing.add_population({.name = "eye", .size = 600, .source = PoissonSource{.rate_hz = uniform(0.0, 20.0)}});
    Simulation simulation(seeing.build());
    Sensor sensor;
    (void)RealtimeRunner(simulation, {.speed = 100.0}).run(200, &sensor);
    std::printf("rates of sources: %llu allocations in 160 steps, %llu spikes\n",
                static_cast<unsigned long long>(sensor.counted), static_cast<unsigned long long>(sensor.seen));
    failed += sensor.counted == 0 && sensor.seen > 200 ? 0 : 1;
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
