// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/realtime.hpp"

/// Communication with a paced run from another thread, without locks: rings between one writer and one reader, and a
/// StepClient that uses them.
namespace izhi {

/// A queue of fixed size between two threads: one that pushes and one that pops. Neither ever waits, and nothing is
/// allocated after construction.
template <class T>
class Ring {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    /// @param capacity rounded up to a power of two, at least 2
    explicit Ring(std::size_t capacity)
        : items_(std::bit_ceil(std::max<std::size_t>(capacity, 2))), mask_(items_.size() - 1) {}
    [[nodiscard]] std::size_t capacity() const noexcept { return items_.size(); }

    // For the writer.
    /// Pushes all items, or none if there is no room. @return false if there is no room
    bool push(std::span<const T> items) noexcept {
        const std::uint64_t end = end_.load(std::memory_order_relaxed);
        if (items.size() > items_.size() - (end - begin_seen_)) {
            begin_seen_ = begin_.load(std::memory_order_acquire);
            if (items.size() > items_.size() - (end - begin_seen_)) return false;
        }
        for (std::size_t i = 0; i < items.size(); ++i) items_[(end + i) & mask_] = items[i];
        end_.store(end + items.size(), std::memory_order_release);
        return true;
    }
    bool push(const T& item) noexcept { return push(std::span<const T>(&item, 1)); }

    // For the reader.
    /// The number of items that can be popped at least.
    [[nodiscard]] std::size_t size() const noexcept {
        return end_.load(std::memory_order_acquire) - begin_.load(std::memory_order_relaxed);
    }
    /// Pops the oldest items, as many as there are and as `into` has room for. @return their number
    std::size_t pop(std::span<T> into) noexcept {
        const std::uint64_t begin = begin_.load(std::memory_order_relaxed);
        const std::size_t count = std::min(into.size(), size());
        for (std::size_t i = 0; i < count; ++i) into[i] = items_[(begin + i) & mask_];
        begin_.store(begin + count, std::memory_order_release);
        return count;
    }
    bool pop(T& into) noexcept { return pop(std::span<T>(&into, 1)) == 1; }

private:
    std::vector<T> items_;
    std::size_t mask_;
    alignas(64) std::atomic<std::uint64_t> end_{0};
    std::uint64_t begin_seen_ = 0;  ///< by the writer
    alignas(64) std::atomic<std::uint64_t> begin_{0};
};

/// The client for a controller in another thread of the same program: it sends currents and spikes, which act in the next
/// step that begins, and receives the spikes of each step and their number by population. Exactly one thread may send,
/// and one (perhaps the same) may receive. If a ring is full, messages are lost and counted; the run never waits.
class IZHI_API ClosedLoop final : public StepClient {
public:
    /// Sizes of the rings, each rounded up to a power of two.
    struct Options {
        std::size_t messages = 1 << 16;  ///< messages that may wait for the next step
        std::size_t spikes = 1 << 16;    ///< spikes that may wait to be received; 0: spikes are not sent
        std::size_t steps = 1 << 10;     ///< steps whose counts may wait to be received; 0: counts are not sent
    };
    explicit ClosedLoop(const Network& network, Options options);
    explicit ClosedLoop(const Network& network) : ClosedLoop(network, Options{}) {}
    ~ClosedLoop() override;

    // To the network; see live.hpp for units and ranges. All return false if the ring is full; then nothing was sent.
    bool set_current(PopulationId population, double current) noexcept;
    bool pulse(Selection target, double amplitude, std::uint32_t steps = 1) noexcept;
    /// A current for one neuron, numbered within the target, until it is set again.
    bool set_neuron_current(Selection target, std::uint32_t neuron, double current) noexcept;
    bool input_spike(Selection target, std::uint32_t neuron, double weight) noexcept;
    bool force_spike(Selection target, std::uint32_t neuron) noexcept;

    // From the network.
    /// The oldest spikes that have not been received, in order. @return their number
    std::size_t receive_spikes(std::span<Spike> into) noexcept;
    /// The numbers of spikes by population of the oldest step that has not been received. `counts` has a place for each
    /// population.
    /// @return false if there is no such step
    bool receive_counts(std::uint64_t& step, std::span<std::uint32_t> counts) noexcept;

    /// The number of spikes and steps that were lost because their ring was full.
    [[nodiscard]] std::uint64_t lost() const noexcept;
    /// The number of messages that named something that does not exist, or were out of range.
    [[nodiscard]] std::uint64_t refused() const noexcept;

    void before_step(std::uint64_t step, Simulation& simulation) override;
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override;

private:
    struct IZHI_LOCAL Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi
