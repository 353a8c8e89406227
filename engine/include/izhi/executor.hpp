// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "izhi/export.hpp"

namespace izhi {

/// Where the work of the engine runs: one function, which a program can implement with its own threads.
///
/// The engine calls parallel_for once per run() or build and distributes the work itself: tasks claim blocks. So a
/// task that starts late, in another order, or on the caller's thread costs time but does not change the results.
class IZHI_API Executor {
public:
    virtual ~Executor() = default;
    /// The number of tasks that can run at once: 1 to 1024. A Simulation rejects other numbers with Error.
    [[nodiscard]] virtual int concurrency() const noexcept = 0;
    /// Calls task(0) ... task(count - 1), each once, on any threads and in any order, and returns when all have
    /// returned. Tasks do not throw. parallel_for may throw, but only while no task runs, before the first or after the
    /// last. The Simulation's constructor or run() then throws the same (step() is noexcept and ends the program), and
    /// the simulation can be run again. If parallel_for returns without having called a task, they throw RunError.
    virtual void parallel_for(std::size_t count, const std::function<void(std::size_t)>& task) = 0;
};

/// A private thread pool of the library, separate from other users in the process. @param threads 1 to 1024, such as
/// available_processors(); std::thread::hardware_concurrency() may be 0. @throws Error if out of range
[[nodiscard]] IZHI_API std::shared_ptr<Executor> default_executor(int threads);
/// Starts plain std::threads for every call: simple, and ThreadSanitizer understands it. @param threads as for
/// default_executor()
[[nodiscard]] IZHI_API std::shared_ptr<Executor> thread_executor(int threads);
/// Runs everything on the caller's thread, from the first task to the last, or from the last to the first.
[[nodiscard]] IZHI_API std::shared_ptr<Executor> serial_executor(bool reversed = false);

/// The number of processors on which this process may run, which `taskset` or a container may limit. At least 1.
[[nodiscard]] IZHI_API int available_processors() noexcept;

}  // namespace izhi
