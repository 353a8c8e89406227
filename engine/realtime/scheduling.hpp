// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "izhi/realtime.hpp"

namespace izhi::detail {

/// Applies the options of a run to the scheduling of its threads.
class Scheduling {
public:
    /// Tries everything on the caller's thread and undoes it. @throws Error that names what is refused, and why
    explicit Scheduling(const RealtimeOptions& options);

    /// The state of a thread before, to be restored.
    struct Before {
        cpu_set_t cpus;
        int policy = 0, priority = 0, timer_slack_ns = 0;
        std::uint64_t slice_ns = 0;  ///< 0: the system or the policy has no slices
    };
    /// Makes the calling thread the worker with this number.
    [[nodiscard]] Before take(std::size_t worker) const noexcept;
    void put_back(const Before& before) const noexcept;

private:
    std::vector<int> cpus_;
    int fifo_priority_;
};

/// Locks the memory of the process while the object exists. @throws Error if the system refuses
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
