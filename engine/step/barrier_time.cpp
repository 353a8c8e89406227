// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/profile.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "engine/step/crew.hpp"
#include "engine/step/executors.hpp"
#include "izhi/executor.hpp"

namespace izhi::detail {
namespace {

using Clock = std::chrono::steady_clock;

/// Phases of equal work for every part: a chain of multiplications, about 2 us.
class EqualWork final : public PhaseWork {
public:
    explicit EqualWork(std::size_t parts) : results_(parts) { phases_.reserve(kPhases); }

    void run_part(std::size_t part, std::size_t, std::uint64_t phase) noexcept override {
        std::uint64_t x = phase;
        for (int i = 0; i < 1500; ++i) x = x * 6364136223846793005ULL + 1442695040888963407ULL;
        results_[part].value = x;
    }
    bool close_phase(std::uint64_t phase) noexcept override {
        const Clock::time_point now = Clock::now();
        if (phase > 0) phases_.push_back(std::chrono::duration<double>(now - last_).count());
        else begin_ = now;
        last_ = now;
        // Where other programs hold the processors a phase takes milliseconds.
        return phases_.empty() || (phases_.size() < kPhases && now - begin_ < std::chrono::milliseconds(10));
    }
    void after_phase(std::uint64_t, std::size_t) noexcept override {}

    /// Of the phases after the first ones, in which not every worker is there yet.
    [[nodiscard]] double median_s() {
        const auto begin = phases_.begin() + static_cast<std::ptrdiff_t>(phases_.size() / 8),
                   middle = begin + (phases_.end() - begin) / 2;
        std::nth_element(begin, middle, phases_.end());
        return *middle;
    }

private:
    static constexpr std::size_t kPhases = 800;
    struct alignas(64) Result {
        std::uint64_t value = 0;
    };
    std::vector<Result> results_;
    std::vector<double> phases_;
    Clock::time_point begin_{}, last_{};
};

double phase_s(Executor& executor, std::size_t workers) {
    EqualWork work(workers);
    Crew crew(workers, workers);
    crew.open(0);
    executor.parallel_for(workers, [&](std::size_t worker) { crew.work(worker, work); });
    return work.median_s();
}

}  // namespace
}  // namespace izhi::detail

namespace izhi {

double measure_barrier_s(int threads) {
    if (detail::checked_threads("option", "threads", threads) == 1) return 0.0;
    const std::shared_ptr<Executor> alone = serial_executor(), together = thread_executor(threads);
    double one = 1e300, all = 1e300;
    for (int t = 0; t < 15; ++t) {
        one = std::min(one, detail::phase_s(*alone, 1));
        all = std::min(all, detail::phase_s(*together, static_cast<std::size_t>(threads)));
    }
    return std::max(0.0, all - one);
}

}  // namespace izhi
