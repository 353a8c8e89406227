// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The only file that knows oneTBB.
#include <algorithm>

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_arena.h>

#include "engine/step/executors.hpp"

namespace izhi {
namespace {

/// A private arena: the host program's own use of the library, and its limits, stay as they are.
class TbbExecutor final : public Executor {
public:
    /// An arena larger than the process may use would only print a warning; what the limit is, is the host's business.
    explicit TbbExecutor(int threads)
        : threads_(threads), arena_(std::min(threads, static_cast<int>(tbb::global_control::active_value(
                                                          tbb::global_control::max_allowed_parallelism)))) {}
    [[nodiscard]] int concurrency() const noexcept override { return threads_; }
    void parallel_for(std::size_t count, const std::function<void(std::size_t)>& task) override {
        arena_.execute([&] {
            tbb::parallel_for(
                std::size_t{0}, count, [&](std::size_t i) { task(i); }, tbb::simple_partitioner());
        });
    }

private:
    int threads_;
    tbb::task_arena arena_;
};

}  // namespace

std::shared_ptr<Executor> default_executor(int threads) {
    return std::make_shared<TbbExecutor>(detail::checked_threads("default_executor", "threads", threads));
}

}  // namespace izhi
