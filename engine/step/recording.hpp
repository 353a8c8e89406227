// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <span>
#include <vector>

#include "engine/base/hash.hpp"
#include "engine/network/plan.hpp"
#include "engine/state/archive.hpp"
#include "engine/step/phase_log.hpp"
#include "engine/step/synapse_state.hpp"
#include "izhi/simulation.hpp"

namespace izhi::detail {

/// What closed phases produced, counted, hashed and handed to the observer: in order of steps, one phase at a time, by a
/// worker that waits for the others, or, if none does for a while, by the one that has just closed a phase.
class Recording {
public:
    /// @param ranks outlives this
    Recording(const Plan& plan, const Ranks& ranks, PhaseLog& log);
    /// Chooses the synapses of weight records. To be called once, by all ranks, before any run.
    /// @throws Error if a record names one that does not exist
    void choose_weights(const Plan& plan, const SynapseState& synapses);

    /// Begins a run. @param observer may be null. Only rank 0 has one
    void begin(Observer* observer) noexcept;
    /// For other ranks, after begin(): whether rank 0 has an observer.
    void observed_by_first(bool observed) noexcept { observed_ = observed; }
    /// Ends it: takes all that is left, and throws again what the observer threw. With no worker at work.
    void end();

    /// A phase is complete and may be taken.
    void close(std::uint64_t phase) noexcept { closed_.store(phase + 1, std::memory_order_release); }
    /// The number of phases closed since the start: the number of the next one.
    [[nodiscard]] std::uint64_t closed() const noexcept { return closed_.load(std::memory_order_relaxed); }
    /// Takes what is closed, unless another worker is at it. Returns whether it did.
    bool try_take() noexcept;
    /// Phases closed and not yet taken.
    [[nodiscard]] std::uint64_t behind() const noexcept {
        return closed_.load(std::memory_order_acquire) - taken_.load(std::memory_order_acquire);
    }
    /// The same, where no worker ever calls try_take().
    void take_alone() noexcept { take(); }
    /// Sees to it that a phase may overwrite its place in the log.
    void make_room(std::uint64_t phase) noexcept;

    /// Hands weights that are to be recorded at time `step` to the observer, after everything of the steps before. With no
    /// other worker at a part; one that closed an earlier phase may still be taking it, and is waited for. Allocates
    /// nothing on one rank. All ranks call it together. Returns whether the observer has taken it.
    bool sample_weights(std::uint64_t step, const SynapseState& synapses) noexcept;

    /// Whether the observer wants the run to end, or failed, or somebody asked for it.
    [[nodiscard]] bool stop_requested() const noexcept { return stop_.load(std::memory_order_relaxed); }
    void request_stop() noexcept { stop_.store(true, std::memory_order_relaxed); }
    void forget_stop() noexcept { stop_.store(false, std::memory_order_relaxed); }

    /// The spikes of the step that was taken last.
    [[nodiscard]] std::span<const Spike> latest() const noexcept { return latest_; }
    void clear_latest() noexcept { latest_ = {}; }
    [[nodiscard]] std::uint64_t spikes() const noexcept { return total_; }
    [[nodiscard]] const std::vector<std::uint64_t>& spikes_by_population() const noexcept { return by_population_; }
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

    /// The totals. Between runs.
    void transfer(Archive& a);

private:
    /// Takes every closed phase. Holds mutex_, or is alone.
    void take() noexcept;
    void take_step(std::uint64_t phase, std::uint32_t index, std::uint64_t step) noexcept;
    /// Adds the latest spikes to those of their populations.
    void count_by_population() noexcept;
    template <class Call>
    void notify(const Call& call) noexcept;

    struct Trace {
        TraceSteps steps;
        std::size_t values;  ///< of a sample
    };
    const Ranks& ranks_;
    PhaseLog& log_;
    std::vector<Trace> traces_;
    std::atomic<std::uint64_t> closed_{0}, taken_{0};  ///< phases
    std::atomic<bool> stop_{false};
    std::mutex mutex_;
    Observer* observer_ = nullptr;
    std::exception_ptr failure_;
    struct WeightRecord {
        std::size_t projection;
        std::uint64_t interval;                         ///< steps
        std::vector<PlasticProjection::Handle> places;  ///< of the synapses of this rank
        std::vector<PlasticSynapse> synapses;           ///< of all ranks, on rank 0
        /// Among ranks, on rank 0: which of `synapses` are whose, in order.
        std::vector<std::vector<std::uint32_t>> of_rank;
    };
    /// Fills in the weights and eligibilities of a record.
    void read_weights(WeightRecord& record, const PlasticProjection& projection);
    std::vector<WeightRecord> weight_records_;
    LazyArray<Spike> spikes_;  ///< of the step being taken; room for all neurons
    bool observed_ = false;    ///< whether rank 0 has an observer
    std::span<const Spike> latest_;
    std::vector<std::uint64_t> by_population_;
    std::vector<std::uint32_t> end_neurons_;  ///< of populations
    std::uint64_t total_ = 0, hash_ = kHashStart;
};

}  // namespace izhi::detail
