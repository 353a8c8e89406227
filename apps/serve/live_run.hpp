// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "frames.hpp"
#include "izhi/closed_loop.hpp"
#include "izhi/error.hpp"
#include "izhi/live.hpp"
#include "izhi/realtime.hpp"
#include "izhi/simulation.hpp"
#include "raster_rows.hpp"

namespace izhi::apps::serve {

/// A network that runs in real time and can be watched and changed from one other thread, that of the watcher. The run passes its
/// steps on and takes orders through rings, so it never waits for the watcher. If the watcher is late, it misses steps; nothing
/// else changes.
class LiveRun {
public:
    struct Options {
        SimulationOptions simulation;
        RealtimeOptions realtime;
        std::uint64_t steps = 0;  ///< length of a run; 0: until it is stopped
        /// Called before each simulation is made, with its seed and options. May be empty.
        std::function<void(std::uint64_t seed, SimulationOptions&)> making;
        // All of these are called on the thread of run(); each may be empty.
        /// Called before each run. Returns a client that is called in each step before the watcher's part, or null.
        std::function<StepClient*(const Simulation&)> begins;
        std::function<void(std::uint64_t step, const Intervention&)> intervened;  ///< whoever asked for it
        std::function<void(const Simulation&, const RealtimeReport&)> ended;      ///< after a run
        std::function<void(const Simulation&, const RunError&)> failed;           ///< instead of `ended`
        std::function<void()> over;  ///< after a run, however it ended; its simulation is destroyed next
    };
    /// Gives the network with another seed. @throws Error as reading the network does
    using Reseed = std::function<Network(std::uint64_t seed)>;

    LiveRun(Network network, Reseed reseed, Options options);

    /// Runs the network, again after each restart, until the steps are done or stop() is called. If a run fails because a neuron
    /// left the range of single precision, it waits for a restart or for stop(), unless the number of steps is given.
    /// @return false if the last run failed
    [[nodiscard]] bool run();

    // For the watcher. Orders return false if they are rejected because the network is being built, or because too many wait.
    /// Its names and sizes are the same for all seeds.
    [[nodiscard]] const Network& network() const noexcept { return network_; }
    [[nodiscard]] const RasterRows& rows() const noexcept { return rows_; }
    /// Takes the next step, in the layout of frames.hpp; false if there is none yet.
    bool next_step(std::vector<std::uint32_t>& step);
    bool scale_noise(PopulationId population, double factor);
    bool scale_weights(ProjectionId projection, double factor);
    bool pulse(Selection target, double amplitude, double duration_ms);
    bool watch(std::size_t slot, std::optional<std::uint32_t> neuron);
    bool pause();
    bool resume();
    bool step(std::uint32_t steps);
    bool set_speed(double times);
    bool restart(std::uint64_t seed);

    struct Status {
        bool building = true;
        std::string fault;  ///< why the run failed; empty if it did not
        std::uint32_t run = 0;
        std::uint64_t seed = 0;
        RealtimeStatus realtime;
        std::uint64_t steps_unseen = 0;  ///< steps that the watcher missed since the start of the program
        std::uint64_t interventions = 0, refused = 0;
        std::uint64_t synapses = 0;
    };
    [[nodiscard]] Status status() const;
    /// a, b, c and d of a neuron; zeros while the network is being built.
    [[nodiscard]] std::array<float, 4> parameters_of(std::uint32_t neuron) const;

    /// Ends the run and run(). May be called from any thread, but not from a signal handler.
    void stop();
    /// Whether the run has been asked to end, for a restart or finally; whoever delays a step must then stop waiting. From any
    /// thread.
    [[nodiscard]] bool ending() const noexcept { return ending_.load(std::memory_order_relaxed); }

private:
    class Client;
    /// An order of the watcher, carried out between two steps.
    struct Order {
        enum class Kind : std::uint32_t { noise, weights, pulse, watch };
        static constexpr std::uint32_t kNone = 0xffffffffU;
        Kind kind = Kind::noise;
        std::uint32_t run = 0;    ///< an order for an earlier run is ignored
        std::uint32_t index = 0;  ///< population, projection or slot; kNone: everyone
        std::uint32_t neuron = 0;
        double value = 0.0;
        std::uint64_t steps = 0;
    };
    bool post(const Order& order);
    template <class Use>
    bool with_runner(const Use& use);
    void read_parameters(const Simulation& simulation);
    /// @return false if it failed
    [[nodiscard]] bool run_once();
    void wait_for_restart() const;

    Network network_;
    Reseed reseed_;
    Options options_;
    RasterRows rows_;
    Ring<std::uint32_t> steps_;
    Ring<Order> orders_;
    std::atomic<bool> stopping_{false}, ending_{false};
    std::atomic<std::uint64_t> steps_unseen_{0}, interventions_{0}, refused_{0};
    std::array<std::optional<std::uint32_t>, kWatchSlots> watched_;  ///< by the run's thread

    // The run's thread holds it between runs only, never during a step.
    mutable std::mutex between_runs_;
    RealtimeRunner* runner_ = nullptr;
    std::uint32_t run_ = 0;
    std::uint64_t seed_ = 0, synapses_ = 0;
    std::optional<std::uint64_t> next_seed_;
    std::string fault_;
    RealtimeStatus when_it_failed_;
    std::array<std::vector<float>, 4> parameters_;
};

}  // namespace izhi::apps::serve
