// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sweep_run.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "apps/cli/signals.hpp"
#include "izhi/analysis/measures.hpp"
#include "izhi/error.hpp"
#include "izhi/executor.hpp"
#include "izhi/io/network_file.hpp"

namespace izhi::apps {
namespace {

/// Measures a run, and ends it on request.
class Gauge final : public Observer {
public:
    Gauge(const Network& network, const analysis::Window& window, const std::atomic<bool>& stop,
          std::atomic<std::uint64_t>& steps_done)
        : network_(network), stop_(stop), steps_done_(steps_done), meter_(populations_of(network), window) {}

    void spikes(std::span<const Spike> spikes) override {
        by_population(network_, spikes, [&](PopulationId population, std::span<const Spike> own) {
            const std::uint32_t first = network_.first_neuron(population);
            for (const Spike& spike : own)
                meter_.add(population.index, spike.neuron - first, static_cast<double>(spike.step) * network_.dt_ms());
        });
    }
    bool proceed(std::uint64_t step) override {
        steps_done_ += step - last_;
        last_ = step;
        return !stop_.load() && !interrupted();
    }
    [[nodiscard]] analysis::NetworkMeasures measures() const { return meter_.measures(); }

private:
    static std::vector<analysis::Meter::Population> populations_of(const Network& network) {
        std::vector<analysis::Meter::Population> populations;
        for (const PopulationSpec& spec : network.description().populations)
            populations.push_back({spec.name, spec.size});
        return populations;
    }

    Network network_;
    const std::atomic<bool>& stop_;
    std::atomic<std::uint64_t>& steps_done_;
    std::uint64_t last_ = 0;
    analysis::Meter meter_;
};

/// Distributes points in order, each to a free worker as soon as there is memory for it.
class Runner {
public:
    Runner(const Sweep& sweep, const std::vector<SweepPoint>& all, const std::vector<std::size_t>& points,
           const SweepMachine& machine, const std::function<void(const SweepResult&)>& done)
        : sweep_(sweep), all_(all), points_(points), machine_(machine), done_(done) {
        for (const std::size_t point : points) steps_ += all[point].steps;
    }

    void run(Progress& progress) {
        const auto count = std::min<std::size_t>(static_cast<std::size_t>(machine_.workers), points_.size());
        std::vector<std::thread> threads;
        try {
            for (std::size_t i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
        } catch (...) { fail(std::current_exception()); }
        watch(threads.size(), progress);
        for (std::thread& thread : threads) thread.join();
        if (fault_) std::rethrow_exception(fault_);
    }

private:
    /// Waits until all workers have ended. Signal handlers cannot wake a thread, so this checks for signals from time
    /// to time.
    void watch(std::size_t workers, Progress& progress) {
        std::unique_lock lock(mutex_);
        while (ended_ < workers) {
            changed_.wait_for(lock, std::chrono::milliseconds(50));
            if (interrupted()) stop_ = true;
            const std::size_t before = all_.size() - points_.size();
            const double share =
                static_cast<double>(steps_done_.load()) / static_cast<double>(std::max<std::uint64_t>(1, steps_));
            lock.unlock();
            progress.sweeping(before + finished_.load(), all_.size(), share);
            lock.lock();
            if (stop_) changed_.notify_all();
        }
    }

    void work() {
        try {
            while (const auto point = claim()) {
                const std::optional<SweepResult> result = run_point(*point);
                const std::lock_guard lock(mutex_);
                used_ -= all_[*point].bytes;
                changed_.notify_all();
                if (!result || fault_) continue;
                done_(*result);
                ++finished_;
            }
        } catch (...) { fail(std::current_exception()); }
        const std::lock_guard lock(mutex_);
        ++ended_;
        changed_.notify_all();
    }

    std::optional<std::size_t> claim() {
        std::unique_lock lock(mutex_);
        const auto fits = [&] { return used_ == 0 || used_ + all_[points_[next_]].bytes <= machine_.memory_bytes; };
        changed_.wait(lock, [&] { return stop_ || next_ == points_.size() || fits(); });
        if (stop_ || next_ == points_.size()) return std::nullopt;
        const std::size_t point = points_[next_++];
        used_ += all_[point].bytes;
        return point;
    }

    /// The result of a point; nothing if its run was given up.
    std::optional<SweepResult> run_point(std::size_t point) {
        const Network network = sweep_.network(point);
        const double end_ms = static_cast<double>(all_[point].steps) * network.dt_ms();
        Gauge gauge(network, analysis::window_of(sweep_.from_ms, end_ms, network.dt_ms()), stop_, steps_done_);
        Simulation simulation(network, {.threads = 1,
                                        .isa = machine_.isa,
                                        .executor = serial_executor(),
                                        .memory_limit_bytes = machine_.memory_bytes});
        SweepResult result{.point = point, .seed = network.description().spec.seed};
        try {
            if (simulation.run(all_[point].steps, &gauge).stopped) return std::nullopt;
        } catch (const RunError& error) {
            result.fault = error.what();
            return result;
        }
        result.measures = gauge.measures();
        result.spike_hash = simulation.spike_hash();
        return result;
    }

    void fail(std::exception_ptr fault) {
        const std::lock_guard lock(mutex_);
        if (!fault_) fault_ = std::move(fault);
        stop_ = true;
        changed_.notify_all();
    }

    const Sweep& sweep_;
    const std::vector<SweepPoint>& all_;
    const std::vector<std::size_t>& points_;
    const SweepMachine& machine_;
    const std::function<void(const SweepResult&)>& done_;
    std::uint64_t steps_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> steps_done_{0};
    std::atomic<std::size_t> finished_{0};
    // Guarded by the mutex:
    std::size_t next_ = 0, ended_ = 0;
    std::uint64_t used_ = 0;
    std::exception_ptr fault_;
};

}  // namespace

Network Sweep::network(std::size_t point) const {
    io::NetworkFileOptions options{.settings = plan.settings(point)};
    if (!seed_is_swept) options.seed = first_seed + plan.repeat(point);
    try {
        return io::parse_network(source.text, source.origin, options);
    } catch (const Error& error) {
        std::string values;
        for (const io::Setting& setting : options.settings) values += (values.empty() ? "" : ", ") + text_of(setting);
        throw Error("with --set " + values + ": " + error.what());
    }
}

void run_sweep(const Sweep& sweep, const std::vector<SweepPoint>& all, const std::vector<std::size_t>& points,
               const SweepMachine& machine, Progress& progress, const std::function<void(const SweepResult&)>& done) {
    if (points.empty()) return;
    progress.begin();
    Runner(sweep, all, points, machine, done).run(progress);
}

}  // namespace izhi::apps
