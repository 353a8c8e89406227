// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include <sched.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "engine/step/executors.hpp"
#include "izhi/error.hpp"

namespace izhi {
namespace {

class ThreadExecutor final : public Executor {
public:
    explicit ThreadExecutor(int threads) : threads_(threads) {}
    [[nodiscard]] int concurrency() const noexcept override { return threads_; }
    void parallel_for(std::size_t count, const std::function<void(std::size_t)>& task) override {
        std::vector<std::thread> helpers;
        helpers.reserve(count);
        for (std::size_t i = 1; i < count; ++i) helpers.emplace_back([&task, i] { task(i); });
        if (count > 0) task(0);
        for (std::thread& helper : helpers) helper.join();
    }

private:
    int threads_;
};

class SerialExecutor final : public Executor {
public:
    explicit SerialExecutor(bool reversed) : reversed_(reversed) {}
    [[nodiscard]] int concurrency() const noexcept override { return 1; }
    void parallel_for(std::size_t count, const std::function<void(std::size_t)>& task) override {
        for (std::size_t i = 0; i < count; ++i) task(reversed_ ? count - 1 - i : i);
    }

private:
    bool reversed_;
};

}  // namespace

namespace detail {

int checked_threads(const char* subject, const char* field, int threads) {
    if (threads >= 1 && threads <= kMostThreads) return threads;
    throw Error(subject, field, "is " + std::to_string(threads), "1 to " + std::to_string(kMostThreads));
}

}  // namespace detail

std::shared_ptr<Executor> thread_executor(int threads) {
    return std::make_shared<ThreadExecutor>(detail::checked_threads("thread_executor", "threads", threads));
}
std::shared_ptr<Executor> serial_executor(bool reversed) { return std::make_shared<SerialExecutor>(reversed); }

int available_processors() noexcept {
    // Not hardware_concurrency() by itself: with some C libraries it counts the machine's.
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace izhi
