// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "calls.hpp"
#include "izhi/checkpoint.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/live.hpp"
#include "izhi/simulation.hpp"

/// What is behind the handles of izhi.h.
namespace izhi::c {

struct Draft {
    std::mutex mutex;
    std::string text, origin;
    io::NetworkFileOptions options;
};

struct BuiltNetwork {
    Network network;
    std::string json;  ///< made when it is asked for first
    std::mutex mutex;
};

/// Rows of numbers, each with its step.
struct Rows {
    std::vector<std::uint64_t> steps;
    std::vector<float> values;
    std::size_t columns = 0;
    void add(std::uint64_t step, std::span<const float> row) {
        columns = row.size();
        steps.push_back(step);
        values.insert(values.end(), row.begin(), row.end());
    }
};

/// A simulation with what it recorded.
class Running : public Observer {
public:
    Running(const Network& network, const SimulationOptions& options, bool record);

    void spikes(std::span<const Spike> spikes) override;
    void sample(const Sample& sample) override { samples.at(sample.trace).add(sample.step, sample.values); }
    void weights(const WeightSample& sample) override;
    void clear();

    Simulation simulation;
    const bool record;
    std::mutex busy;
    // Recorded. While it runs, a spike is its neuron's number; a step that has spikes says where they end. A step for each spike is
    // only made when it is asked for.
    struct StepEnd {
        std::uint64_t step;
        std::size_t end;  ///< in spike_neurons
    };
    std::vector<std::uint32_t> spike_neurons;
    std::vector<StepEnd> step_ends;
    std::vector<Rows> samples, weight_rows;
    /// The step of every recorded spike, valid until the next call that runs or clears.
    const std::vector<std::uint64_t>& spike_steps();
    // Until the next call.
    std::vector<std::uint32_t> fired;
    std::vector<std::byte> checkpoint;
    /// The thread that is in a callback of a run in real time. What it asks for is done before the next step.
    std::atomic<std::thread::id> callback_thread{};
    std::vector<Intervention> asked;

private:
    std::vector<float> row_;
    std::vector<std::uint64_t> spike_steps_;  ///< as far as they were asked for
    std::size_t steps_made_ = 0;              ///< of step_ends
};

/// What was read from a file of spikes or traces.
struct Table {
    std::variant<io::SpikeTable, std::vector<io::TraceTable>> data;
    std::string json;
};

// They live as long as the process: a handle that was not freed must not be destroyed after what it uses.
extern Handles<Draft>& drafts;
extern Handles<BuiltNetwork>& networks;
extern Handles<Running>& simulations;
extern Handles<Table>& tables;

/// Calls act(object) if a handle is valid. A draft and a network are used by one call at a time, others wait.
template <class Act>
izhi_status with_draft(std::uint64_t handle, const Act& act) noexcept {
    return guarded([&] {
        const auto draft = found(drafts, "draft", handle);
        const std::lock_guard lock(draft->mutex);
        act(*draft);
        return IZHI_OK;
    });
}
template <class Act>
izhi_status with_network(std::uint64_t handle, const Act& act) noexcept {
    return guarded([&] {
        act(*found(networks, "network", handle));
        return IZHI_OK;
    });
}
/// The same for a simulation, whose status `act` returns; busy if another call uses it.
template <class Act>
izhi_status with_simulation(std::uint64_t handle, const Act& act) noexcept {
    return guarded([&]() -> izhi_status {
        const auto running = found(simulations, "simulation", handle);
        if (running->callback_thread.load() == std::this_thread::get_id()) throw Busy{};
        const std::unique_lock lock(running->busy, std::try_to_lock);
        if (!lock.owns_lock()) throw Busy{};
        return act(*running);
    });
}
/// Applies an intervention: make(network) returns it. Allowed in a callback.
template <class Make>
izhi_status apply(std::uint64_t handle, const Make& make) noexcept {
    return guarded([&] {
        const auto running = found(simulations, "simulation", handle);
        if (running->callback_thread.load() == std::this_thread::get_id()) {
            Intervention intervention = make(running->simulation.network());
            check_intervention(running->simulation.network(), intervention);
            running->asked.push_back(std::move(intervention));
            return IZHI_OK;
        }
        const std::unique_lock lock(running->busy, std::try_to_lock);
        if (!lock.owns_lock()) throw Busy{};
        running->simulation.apply(make(running->simulation.network()));
        return IZHI_OK;
    });
}

/// A population by name, or "everyone".
[[nodiscard]] Selection selection_of(const Network& network, const char* population);
/// One population. @throws Error also for "everyone"
[[nodiscard]] PopulationId population_of(const Network& network, const char* population);
[[nodiscard]] ProjectionId projection_of(const Network& network, const char* projection);

}  // namespace izhi::c
