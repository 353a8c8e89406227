// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "izhi/realtime.hpp"

namespace izhi::detail {

/// What the options ask of the operating system for the threads of a run.
class Scheduling {
public:
    /// Tries everything on the caller's thread and takes it back. @throws Error naming what is refused, and why
    explicit Scheduling(const RealtimeOptions& options);

    /// What a thread was before, to be put back.
    struct Before {
        cpu_set_t cpus;
        int policy = 0, priority = 0, timer_slack_ns = 0;
        std::uint64_t slice_ns = 0;  ///< 0: the system has none, or not of this policy
    };
    /// Makes the calling thread the worker of this number.
    [[nodiscard]] Before take(std::size_t worker) const noexcept;
    void put_back(const Before& before) const noexcept;

private:
    std::vector<int> cpus_;
    int fifo_priority_;
};

/// Keeps the memory of the process where it is, while alive. @throws Error if the system refuses
class MemoryLock {
public:
    explicit MemoryLock(bool wanted);
    ~MemoryLock();
    MemoryLock(const MemoryLock&) = delete;
    MemoryLock& operator=(const MemoryLock&) = delete;

private:
    bool locked_ = false;
};

}  // namespace izhi::detail
