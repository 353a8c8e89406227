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

/// A network that runs in real time and can be watched and changed from one other thread, the watcher's. The run hands
/// over what happened, and takes orders, through rings: it never waits for the watcher. When the watcher is late, steps
/// are missing from what it sees, and only there.
class LiveRun {
public:
    struct Options {
        SimulationOptions simulation;
        RealtimeOptions realtime;
        std::uint64_t steps = 0;  ///< of a run; 0: until it is stopped
        // On the thread of run(); each may be empty.
        /// Before a run, first or again. Returns who is called at each of its steps before the watcher's part is done, or null.
        std::function<StepClient*(const Simulation&)> begins;
        std::function<void(std::uint64_t step, const Intervention&)> intervened;  ///< by whomever
        std::function<void(const Simulation&, const RealtimeReport&)> ended;      ///< after it
        std::function<void(const Simulation&, const RunError&)> failed;           ///< instead of `ended`
        std::function<void()> over;  ///< however it ended: its simulation is about to go
    };
    /// The network with another seed. @throws Error as reading it did
    using Reseed = std::function<Network(std::uint64_t seed)>;

    LiveRun(Network network, Reseed reseed, Options options);

    /// Runs, and again after each restart, until the steps are done or stop() was called. A run that fails, because a neuron
    /// left the range of single precision, waits for a restart or for the end; one of a given number of steps does not wait.
    /// @return false if the last run failed
    [[nodiscard]] bool run();

    // By the watcher. What is refused because the run is just being built, or has too much to do, returns false.
    [[nodiscard]] const Network& network() const noexcept {
        return network_;
    }  ///< names and sizes: the same for all seeds
    [[nodiscard]] const RasterRows& rows() const noexcept { return rows_; }
    /// The next step that is to be shown, as frames.hpp lays it out; false if there is none yet.
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
        std::string fault;  ///< why the run failed; empty: it did not
        std::uint32_t run = 0;
        std::uint64_t seed = 0;
        RealtimeStatus realtime;
        std::uint64_t steps_unseen = 0;  ///< not handed over since the start of the program
        std::uint64_t interventions = 0, refused = 0;
        std::uint64_t synapses = 0;
    };
    [[nodiscard]] Status status() const;
    /// a, b, c and d of a neuron; zeros while building.
    [[nodiscard]] std::array<float, 4> parameters_of(std::uint32_t neuron) const;

    /// Ends all; from any thread but signal handlers.
    void stop();
    /// Whether the run is to end, for a restart or for good: what holds up a step must let go. From any thread.
    [[nodiscard]] bool ending() const noexcept { return ending_.load(std::memory_order_relaxed); }

private:
    class Client;
    /// What the watcher wants done between two steps.
    struct Order {
        enum class Kind : std::uint32_t { noise, weights, pulse, watch };
        static constexpr std::uint32_t kNone = 0xffffffffU;
        Kind kind = Kind::noise;
        std::uint32_t run = 0;    ///< an order for a run that is over is void
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

    // Held by the run's thread between runs only, never in a step.
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
