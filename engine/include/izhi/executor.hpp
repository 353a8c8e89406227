// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace izhi {

/// Where the engine's work runs: one function that an embedder can answer with threads of their own.
///
/// The engine enters parallel_for once per run() or build and shares the work out by itself: tasks claim blocks, so a
/// task that starts late, in another order, or on the caller's own thread costs time but changes no bit of the results.
class Executor {
public:
    virtual ~Executor() = default;
    /// How many tasks can run at once: 1 to 1024. A Simulation refuses another number with Error.
    [[nodiscard]] virtual int concurrency() const noexcept = 0;
    /// Calls task(0) ... task(count - 1), each once, on any threads and in any order, and returns when all returned.
    /// Tasks do not throw. It may throw itself, but only while no task runs, before the first or after the last: what it throws
    /// leaves the Simulation's constructor or run() (step() is noexcept and ends the program), and the simulation can be
    /// run again. If it returns without having called a task, RunError is thrown there.
    virtual void parallel_for(std::size_t count, const std::function<void(std::size_t)>& task) = 0;
};

/// A private pool of the library's own, apart from other users in the process. threads: 1 to 1024,
/// or Error: hardware_concurrency() may say 0, available_processors() does not.
[[nodiscard]] std::shared_ptr<Executor> default_executor(int threads);
/// Plain std::thread, started anew for every call: simple, and what ThreadSanitizer understands. threads: 1 to 1024,
/// or Error: hardware_concurrency() may say 0, available_processors() does not.
[[nodiscard]] std::shared_ptr<Executor> thread_executor(int threads);
/// Everything on the caller's thread, first task to last, or last to first.
[[nodiscard]] std::shared_ptr<Executor> serial_executor(bool reversed = false);

/// How many processors this process may run on: what `taskset` or a container left of the machine's. At least 1.
[[nodiscard]] int available_processors() noexcept;

}  // namespace izhi
