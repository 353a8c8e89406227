// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace izhi::detail {

/// What a crew works on.
class PhaseWork {
public:
    virtual ~PhaseWork() = default;
    /// The work of one part in a phase.
    virtual void run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept = 0;
    /// All parts of a phase are done; nobody works now. Returns whether to open the next one.
    virtual bool close_phase(std::uint64_t phase) noexcept = 0;
    /// Called by the worker that closed a phase, while the others may be at work on the next.
    virtual void after_phase(std::uint64_t phase, std::size_t worker) noexcept = 0;
    /// Around a worker's wait for the phase after `phase`.
    virtual void before_wait(std::size_t /*worker*/) noexcept {}
    virtual void after_wait(std::size_t /*worker*/, std::uint64_t /*phase*/) noexcept {}
};

/// Workers that go through phases together and stay hot between them.
///
/// Waking a sleeping thread costs more than a phase of a small network, so the executor is entered once per run and its
/// tasks loop over phases. An executor does not promise that all tasks run at once, or before others end; so parts are
/// *claimed*, each worker's own first, and a phase is complete when its parts are, not when its workers are. A worker
/// that comes late, or never, costs nothing but its help. One that waits spins for some microseconds, then yields,
/// then sleeps until the next phase opens.
class Crew {
public:
    Crew(std::size_t parts, std::size_t workers);

    /// Opens phase `phase`, the first of a run. Call with no worker inside.
    void open(std::uint64_t phase) noexcept;
    /// Whether the run is over. With no worker inside.
    [[nodiscard]] bool over() const noexcept { return (open_.load(std::memory_order_acquire) & kOver) != 0; }
    /// Worker number `worker` of the run: returns when the run is over, whoever did the work.
    void work(std::size_t worker, PhaseWork& work) noexcept;

private:
    static constexpr std::uint64_t kOver = std::uint64_t{1} << 63;
    /// Waits until the open phase is another than `phase`.
    void wait_beyond(std::uint64_t phase) noexcept;

    struct alignas(64) Claim {
        std::atomic<std::uint64_t> next{0};  ///< the phase in which the part is to be claimed next
    };
    std::vector<Claim> claims_;
    int spins_;
    alignas(64) std::atomic<std::uint64_t> open_{kOver};  ///< number of the open phase; kOver set when a run is over
    alignas(64) std::atomic<std::size_t> done_{0};        ///< parts done in the open phase
    alignas(64) std::atomic<int> sleepers_{0};
};

}  // namespace izhi::detail
