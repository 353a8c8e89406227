// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "held_rates.hpp"
#include "izhi/closed_loop.hpp"
#include "izhi/simulation.hpp"
#include "izhi/wire/protocol.hpp"

/// The connection between the thread that steps the network and the thread that serves clients: one ring in each
/// direction and a few atomic numbers. The stepping thread never waits here, except in lockstep.
namespace izhi::wire {

/// The largest current, positive or negative [mV/ms]; as in network files.
inline constexpr float kLargestCurrent = 1e5F;
/// The most currents that one client may have at a time, each for another range. It also limits the work in a step.
inline constexpr std::size_t kCurrentsPerSession = 64;
/// The most rates for more than one neuron that one client may send for a step, which limits the work in it.
inline constexpr std::size_t kRateRangesPerStep = 64;
/// The most commands taken from the ring in one step. The rest wait for the next step, so that many commands do not
/// make a step long.
inline constexpr std::size_t kCommandsPerStep = 2048;
/// The most commands for later steps that are kept.
inline constexpr std::size_t kMostPending = 16384;
/// How many steps ahead commands may be.
inline constexpr std::uint64_t kHorizonSteps = 100'000;

/// One command of a client for the engine.
struct Command {
    enum class Kind : std::uint8_t { open, current, rate, spike, close };
    Kind kind = Kind::current;
    std::uint8_t slot = 0;                               ///< of the session
    std::uint32_t serial = 0;                            ///< of the session, because slots are reused
    std::uint64_t step = 0;                              ///< kNextStep: the next step that begins
    std::uint32_t population = 0, first = 0, count = 0;  ///< of a spike, `first` is the neuron over the network
    float amplitude = 0.0F;                              ///< of a rate, the rate [Hz]
    std::uint32_t hold = 0;
};

/// A file descriptor that wakes a thread out of poll().
class WakeUp {
public:
    WakeUp();
    ~WakeUp();
    WakeUp(const WakeUp&) = delete;
    WakeUp& operator=(const WakeUp&) = delete;
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    void wake() noexcept;  ///< from any thread; never blocks
    void clear() noexcept;

private:
    int descriptor_;
};

class Link {
public:
    /// Neurons whose current differs from that of the previous step.
    struct CurrentChange {
        std::uint32_t population = 0, first = 0;  ///< the first neuron, within the population
        std::span<const float> currents;  ///< [mV/ms], the sum over all clients; it applies until it changes again
    };
    /// A population whose current for all of its neurons differs from that of the previous step.
    struct PopulationChange {
        std::uint32_t population = 0;
        float current = 0.0F;
    };
    /// The input of a step. Views are valid until the next begin_step().
    struct StepInput {
        std::span<const PopulationChange> populations;
        std::span<const CurrentChange> currents;  ///< in addition to those of whole populations
        std::span<const HeldRates::Change> rates;
        std::span<const std::uint32_t> spikes;  ///< neurons, numbered over the network, ascending, each once
    };
    /// The output of one step for the server.
    struct StepOutput {
        std::uint64_t step = 0;
        std::span<const std::uint32_t> spikes;  ///< neurons, ascending, of the populations that any client wants
        std::span<const std::uint32_t> counts;  ///< pairs of population and number of spikes, if a client wants counts
    };

    explicit Link(const Network& network);

    // --- for the stepping thread; these do not allocate
    /// Called before step `step` (from 0; it goes from step dt to (step + 1) dt). @return the input of the step. If the
    /// step was done before, another run begins, without currents and with rates as described.
    [[nodiscard]] StepInput begin_step(std::uint64_t step) noexcept;
    /// Called after a step with its spikes, sorted by neuron.
    void end_step(std::uint64_t steps_done, std::span<const Spike> spikes) noexcept;
    /// Another run is about to begin: the number of steps done is 0 until its first step is done.
    void begin_run() noexcept { steps_done_.store(0); }
    /// Waits until each lockstep client has sent go for `step`; without such a client, until one comes.
    /// @param ended called from time to time; may be empty @return false if it returned true, or interrupt() was called
    bool wait_for_clients(std::uint64_t step, std::chrono::nanoseconds timeout,
                          const std::function<bool()>& ended = {});

    // --- for the server's thread
    /// Pushes all of these or none; false if the ring has no room.
    bool push(std::span<const Command> commands) noexcept { return commands_.push(commands); }
    /// Takes the output of the next step, if there is one; valid until the next call.
    bool take(StepOutput& output) noexcept;
    void want_spikes(std::size_t population, bool wanted) noexcept { wanted_[population].store(wanted); }
    void want_counts(bool wanted) noexcept { counts_wanted_.store(wanted); }
    void set_lockstep(std::size_t slot, bool lockstep) noexcept;
    /// This client has sent go for all steps before `steps`.
    void give_word(std::size_t slot, std::uint64_t steps) noexcept;
    /// The counters of the stepping thread for a session: late, early, no_room, applied, go_timeouts.
    [[nodiscard]] std::uint64_t counted(std::size_t slot, std::uint32_t serial, Counter counter) const noexcept;
    /// The same over all sessions since the start, and steps_lost.
    [[nodiscard]] std::uint64_t counted(Counter counter) const noexcept;
    /// Announces that the server's thread goes to sleep; false if there is output to take first.
    [[nodiscard]] bool fall_asleep() noexcept;
    void woken() noexcept;
    [[nodiscard]] const WakeUp& server_wake_up() const noexcept { return server_wake_up_; }
    void wake_server() noexcept { server_wake_up_.wake(); }

    // --- for any thread
    [[nodiscard]] std::uint64_t steps_done() const noexcept { return steps_done_.load(); }
    /// Ends the waiting of wait_for_clients(), now and later. May be called from signal handlers.
    void interrupt() noexcept;

private:
    using Counts = std::array<std::atomic<std::uint64_t>, kCounters>;
    struct Range {
        Command command;
        std::uint64_t until = 0;  ///< the first step without this current
    };
    struct SlotState {
        std::uint32_t serial = 0;
        std::size_t ranges_used = 0;
        std::array<Range, kCurrentsPerSession> ranges;
        std::size_t rate_ranges = 0;  ///< rates of this step for more than one neuron, of all sessions of the slot
    };
    /// Counters of the session that has the slot; written by the stepping thread.
    struct SlotCounts {
        std::atomic<std::uint32_t> serial{0};
        Counts counts{};
    };
    struct Pending {
        Command command;
        std::uint64_t order = 0;
        /// The order for a heap with the earliest on top: later commands are less.
        friend bool operator<(const Pending& a, const Pending& b) noexcept {
            return a.command.step != b.command.step ? a.command.step > b.command.step : a.order > b.order;
        }
    };

    void place(Command command, std::uint64_t step) noexcept;
    void act(const Command& command) noexcept;
    void act_current(SlotState& slot, const Command& command) noexcept;
    void act_rate(SlotState& slot, const Command& command) noexcept;
    void own(SlotState& slot, const Command& command) noexcept;
    void count(const Command& command, Counter counter) noexcept;
    void drop_expired(std::uint64_t step) noexcept;
    void forget_ranges(SlotState& slot) noexcept;
    void mark(const Command& range) noexcept;
    void sum_currents() noexcept;
    [[nodiscard]] float sum_of_whole(std::uint32_t population) const noexcept;
    void sum_parts(std::uint32_t population) noexcept;
    [[nodiscard]] bool is_whole(const Command& range) const noexcept {
        return range.count == network_.neurons({range.population}).size;
    }
    void begin_anew() noexcept;
    void count_timeouts() noexcept;
    template <class Use>
    void for_ranges_of(std::uint32_t population, bool whole, const Use& use) const;
    [[nodiscard]] bool all_words_given(std::uint64_t step) const noexcept;

    Network network_;
    Ring<Command> commands_;
    Ring<std::uint32_t> output_;
    std::vector<std::atomic<bool>> wanted_;
    std::atomic<bool> counts_wanted_{false};
    std::atomic<std::uint64_t> steps_done_{0};
    std::array<SlotCounts, kMostSessions> slot_counts_;
    Counts totals_{};

    // For the stepping thread only; sized once.
    std::vector<Command> batch_;
    std::vector<Pending> pending_;
    std::uint64_t pending_order_ = 0;
    std::vector<SlotState> slots_;
    HeldRates rates_;
    std::vector<float> currents_;  ///< by neuron
    /// By population: the neurons [begin, end) whose currents must be summed again.
    struct Marked {
        std::uint32_t begin = 0, end = 0;
        bool whole = false, listed = false;
    };
    std::vector<Marked> marked_;
    std::vector<std::uint32_t> marked_populations_;
    std::vector<CurrentChange> changes_;
    std::vector<PopulationChange> population_changes_;
    std::uint64_t next_step_ = 0;
    std::vector<std::uint32_t> forced_;
    std::vector<std::uint32_t> record_;

    std::array<bool, kMostSessions> timed_out_{};  ///< in the last wait_for_clients()

    std::vector<std::uint32_t> taken_;  ///< for the server's thread

    std::atomic<bool> server_asleep_{false};
    WakeUp server_wake_up_;
    std::array<std::atomic<bool>, kMostSessions> lockstep_{};
    std::array<std::atomic<std::uint64_t>, kMostSessions> words_{};
    std::atomic<bool> engine_waits_{false};
    std::atomic<bool> interrupted_{false};
    WakeUp engine_wake_up_;
};

}  // namespace izhi::wire
