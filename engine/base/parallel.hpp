// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>

#include "engine/base/float_environment.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"

namespace izhi::detail {

/// Distributes `tasks` numbers to the executor's workers. `worker(next_task)` runs once per worker and calls
/// next_task(task) as long as it returns true. After the first exception the workers get no more tasks, and it is
/// thrown again here.
template <class Worker>
void parallel_tasks(Executor& executor, std::size_t tasks, const Worker& worker) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    const auto next_task = [&](std::size_t& task) {
        task = next.fetch_add(1, std::memory_order_relaxed);
        return task < tasks;
    };
    executor.parallel_for(static_cast<std::size_t>(executor.concurrency()), [&](std::size_t) {
        const FloatEnvironment usual;
        try {
            worker(next_task);
        } catch (...) {
            next.store(tasks, std::memory_order_relaxed);
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
        }
    });
    if (failure) std::rethrow_exception(failure);
    if (next.load(std::memory_order_relaxed) < tasks)
        throw RunError("the executor returned from parallel_for without having called its tasks");
}

}  // namespace izhi::detail
