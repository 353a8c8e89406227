// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "izhi/izhi.hpp"

/// Networks and observers that several tests share.
namespace izhi::test {

/// The network of the 2003 paper at any size: four fifths excitatory. @param outdegree 0 for all-to-all
inline NetworkBuilder cortex(std::uint32_t neurons, std::uint32_t outdegree, double weight_factor, std::uint64_t seed) {
    NetworkBuilder net{{.name = "cortex", .seed = seed}};
    const std::uint32_t inhibitory = neurons / 5;
    const auto exc = net.add_population(
        {.name = "exc", .size = neurons - inhibitory, .cell = excitatory_2003(), .noise_stddev = 5.0});
    const auto inh =
        net.add_population({.name = "inh", .size = inhibitory, .cell = inhibitory_2003(), .noise_stddev = 2.0});
    const Rule rule = outdegree == 0 ? all_to_all() : fixed_outdegree(outdegree);
    net.connect(exc, everyone, {.rule = rule, .weight = uniform(0.0, 0.5 * weight_factor)});
    net.connect(inh, everyone, {.rule = rule, .weight = uniform(-weight_factor, 0.0)});
    return net;
}
inline NetworkBuilder cortex_1k(std::uint64_t seed) { return cortex(1000, 0, 1.0, seed); }
inline NetworkBuilder cortex_10k(std::uint64_t seed) { return cortex(10000, 100, 6.5, seed); }
inline NetworkBuilder storm_10k(std::uint64_t seed) { return cortex(10000, 100, 10.0, seed); }

/// Runs without end while another thread waits for the run to be under way and asks it to stop.
/// @param Base an observer that is to watch meanwhile
template <class Base = Observer>
struct StoppedRun : Base {
    std::atomic<bool> running{false};
    bool proceed(std::uint64_t step) override {
        running.store(true);
        return Base::proceed(step);
    }
    RunReport run(Simulation& simulation) {
        std::thread stopper([&] {
            while (!running.load()) std::this_thread::yield();
            simulation.request_stop();
        });
        const RunReport report = simulation.run(std::uint64_t{1} << 40, this);
        stopper.join();
        return report;
    }
};

/// Keeps all spikes.
struct Raster : Observer {
    std::vector<Spike> all;
    void spikes(std::span<const Spike> spikes) override { all.insert(all.end(), spikes.begin(), spikes.end()); }
};

/// Calls tasks on the caller's thread, each time beginning with another one. The engine's worker that comes first does
/// all the work, so every run() is done by another worker: what one of them left in its buffers, another must find.
class RotatingExecutor final : public Executor {
public:
    explicit RotatingExecutor(std::size_t stride) : stride_(stride) {}
    [[nodiscard]] int concurrency() const noexcept override { return 1; }
    void parallel_for(std::size_t count, const std::function<void(std::size_t)>& task) override {
        for (std::size_t i = 0; i < count; ++i) task((first_ + i) % count);
        first_ += stride_;
    }

private:
    std::size_t stride_, first_ = 0;
};

inline std::vector<float> read(const Simulation& simulation, Variable variable, std::uint32_t population) {
    std::vector<float> values(simulation.network().description().populations[population].size);
    simulation.read(variable, {population}, values);
    return values;
}

/// All synapses of a network: by source, each list sorted by delay, target, weight.
inline std::vector<std::vector<Simulation::Synapse>> all_synapses(const Simulation& simulation) {
    std::vector<std::vector<Simulation::Synapse>> rows;
    for (std::uint32_t n = 0; n < simulation.network().neuron_count(); ++n) rows.push_back(simulation.synapses_of(n));
    return rows;
}

}  // namespace izhi::test
