// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/crew.hpp"

#include <thread>

#include "izhi/executor.hpp"

namespace izhi::detail {
namespace {

void pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace

Crew::Crew(std::size_t parts, std::size_t workers) : claims_(parts) {
    // A pause is some 20 ns: about 20 us of spinning where every worker has a core, next to none where they share.
    const auto cores = static_cast<std::size_t>(available_processors());
    spins_ = workers <= cores ? 1000 : 20;
}

void Crew::open(std::uint64_t phase) noexcept {
    done_.store(0, std::memory_order_relaxed);
    for (Claim& claim : claims_) claim.next.store(phase, std::memory_order_relaxed);
    open_.store(phase, std::memory_order_release);
}

void Crew::work(std::size_t worker, PhaseWork& work) noexcept {
    const std::size_t parts = claims_.size();
    for (;;) {
        const std::uint64_t phase = open_.load(std::memory_order_acquire);
        if (phase & kOver) return;
        for (std::size_t i = 0; i < parts; ++i) {
            const std::size_t part = (worker + i) % parts;
            std::uint64_t expected = phase;
            std::atomic<std::uint64_t>& next = claims_[part].next;
            if (next.load(std::memory_order_relaxed) != phase ||
                !next.compare_exchange_strong(expected, phase + 1, std::memory_order_acq_rel))
                continue;
            work.run_part(part, worker, phase);
            if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 < parts) continue;
            const bool more = work.close_phase(phase);
            done_.store(0, std::memory_order_relaxed);
            open_.store(more ? phase + 1 : kOver | phase, std::memory_order_seq_cst);
            if (sleepers_.load(std::memory_order_seq_cst) > 0) open_.notify_all();
            work.after_phase(phase, worker);
        }
        if (open_.load(std::memory_order_acquire) != phase) continue;
        work.before_wait(worker);
        wait_beyond(phase);
        work.after_wait(worker, phase);
    }
}

void Crew::wait_beyond(std::uint64_t phase) noexcept {
    for (int i = 0; i < spins_; ++i) {
        if (open_.load(std::memory_order_acquire) != phase) return;
        pause();
    }
    constexpr int yields = 20;
    for (int i = 0; i < yields; ++i) {
        if (open_.load(std::memory_order_acquire) != phase) return;
        std::this_thread::yield();
    }
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    while (open_.load(std::memory_order_seq_cst) == phase) open_.wait(phase, std::memory_order_seq_cst);
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace izhi::detail
