// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sweep_run.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "apps/cli/signals.hpp"
#include "apps/ranks/ranks.hpp"
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
           const SweepMachine& machine, const RowDone& done)
        : sweep_(sweep), all_(all), points_(points), machine_(machine), done_(done) {
        for (const std::size_t point : points) steps_ += all[point].steps;
        found_ = all.size() - points.size();
    }

    /// @param progress null: none is shown @param meet what ranks do together from time to time; empty: there is one
    void run(Progress* progress, const std::function<bool()>& meet) {
        const auto count = std::min<std::size_t>(static_cast<std::size_t>(machine_.workers), points_.size());
        std::vector<std::thread> threads;
        try {
            for (std::size_t i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
        } catch (...) { fail(std::current_exception()); }
        watch(threads.size(), progress, meet);
        for (std::thread& thread : threads) thread.join();
        if (fault_) std::rethrow_exception(fault_);
    }

    /// @param found points of earlier runs
    void set_found(std::size_t found) { found_ = found; }

    // For `meet`:
    /// Hands over the row of a point that another rank has run.
    void take(std::size_t point, const std::string& row) {
        const std::lock_guard lock(mutex_);
        if (fault_) return;
        try {
            done_(point, row);
            ++finished_;
        } catch (...) {
            fault_ = std::current_exception();
            stop_ = true;
        }
    }
    [[nodiscard]] bool finished() {
        const std::lock_guard lock(mutex_);
        return ended_ == workers_;
    }
    [[nodiscard]] bool stops() const { return stop_.load(); }
    void stop() { stop_ = true; }
    void fail(std::exception_ptr fault) {
        const std::lock_guard lock(mutex_);
        if (!fault_) fault_ = std::move(fault);
        stop_ = true;
        changed_.notify_all();
    }
    /// Why the share of this rank failed; empty if it did not.
    [[nodiscard]] std::string fault() {
        const std::lock_guard lock(mutex_);
        if (!fault_) return {};
        try {
            std::rethrow_exception(fault_);
        } catch (const std::exception& error) { return error.what(); } catch (...) {
            return "failed";
        }
    }

private:
    /// Waits until all workers have ended, and with several ranks until those of all have. Signal handlers cannot wake a
    /// thread, so this checks for signals from time to time.
    void watch(std::size_t workers, Progress* progress, const std::function<bool()>& meet) {
        std::unique_lock lock(mutex_);
        workers_ = workers;
        for (bool more = true; more;) {
            if (ended_ < workers) changed_.wait_for(lock, std::chrono::milliseconds(50));
            if (progress && interrupted()) stop_ = true;
            const double share =
                static_cast<double>(steps_done_.load()) / static_cast<double>(std::max<std::uint64_t>(1, steps_));
            more = ended_ < workers;
            lock.unlock();
            if (progress) progress->sweeping(found_ + finished_.load(), all_.size(), share);
            if (meet) more = meet();
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
                done_(*point, row_of(sweep_.plan, *result)
                                  .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
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

    const Sweep& sweep_;
    const std::vector<SweepPoint>& all_;
    const std::vector<std::size_t>& points_;
    const SweepMachine& machine_;
    const RowDone& done_;
    std::uint64_t steps_ = 0;
    std::size_t found_ = 0;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> steps_done_{0};
    std::atomic<std::size_t> finished_{0};
    // Guarded by the mutex:
    std::size_t next_ = 0, ended_ = 0, workers_ = 0;
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

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Sweep& sweep, const std::vector<SweepPoint>& all, const std::vector<std::size_t>& points,
             const SweepMachine& machine) {
    Json axes = Json::array(), steps = Json::array(), bytes = Json::array();
    for (const SweepAxis& axis : sweep.plan.axes) axes.push_back({{"key", axis.key}, {"values", axis.values}});
    for (const SweepPoint& point : all) {
        steps.push_back(point.steps);
        bytes.push_back(point.bytes);
    }
    return {{"work", "sweep"},
            {"text", sweep.source.text},
            {"origin", sweep.source.origin},
            {"axes", axes},
            {"repeats", sweep.plan.repeats},
            {"first_seed", sweep.first_seed},
            {"seed_is_swept", sweep.seed_is_swept},
            {"from_ms", sweep.from_ms},
            {"steps", steps},
            {"bytes", bytes},
            {"points", points},
            {"threads", machine.workers},
            {"isa", static_cast<int>(machine.isa)},
            {"memory", machine.memory_bytes}};
}

/// The points of a rank: one in as many as there are ranks.
std::vector<std::size_t> share_of(const std::vector<std::size_t>& points, const Exchange& exchange) {
    std::vector<std::size_t> share;
    for (std::size_t i = static_cast<std::size_t>(exchange.rank()); i < points.size();
         i += static_cast<std::size_t>(exchange.ranks()))
        share.push_back(points[i]);
    return share;
}

/// What ranks tell each other a few times in a second: whether they are done; rank 0 also gets the rows of the others.
class SweepMeeting {
public:
    SweepMeeting(Exchange& exchange, Runner& runner) : exchange_(exchange), runner_(runner) {}
    /// Another rank: a row for rank 0.
    void add(std::size_t point, const std::string& row) {
        const std::lock_guard lock(mutex_);
        rows_.push_back({point, row});
    }
    /// @return whether any rank is still at work
    bool meet() {
        struct Note {
            std::uint64_t bytes = 0, finished = 0, stops = 0;
        } own;
        own.finished = runner_.finished() ? 1 : 0;  // before its rows are taken
        const std::string text = take();
        own.bytes = text.size();
        own.stops = runner_.stops() ? 1 : 0;
        std::vector<Note> all(static_cast<std::size_t>(exchange_.ranks()));
        exchange_.all_gather(std::as_bytes(std::span(&own, 1)), std::as_writable_bytes(std::span(all)));
        if (exchange_.rank() > 0) exchange_.send(std::as_bytes(std::span(text)));
        for (int rank = 1; exchange_.rank() == 0 && rank < exchange_.ranks(); ++rank)
            receive(rank, all[static_cast<std::size_t>(rank)].bytes);
        if (all[0].stops != 0) runner_.stop();
        return std::any_of(all.begin(), all.end(), [](const Note& note) { return note.finished == 0; });
    }

private:
    std::string take() {
        if (exchange_.rank() == 0) return {};
        const std::string fault = runner_.fault();
        const std::lock_guard lock(mutex_);
        if (rows_.empty() && fault.empty()) return {};
        const Json message{{"fault", fault}, {"rows", std::exchange(rows_, Json::array())}};
        return message.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    void receive(int rank, std::uint64_t bytes) {
        std::string text(bytes, ' ');
        exchange_.receive(rank, std::as_writable_bytes(std::span(text)));
        if (text.empty()) return;
        const Json message = Json::parse(text);
        for (const Json& row : message["rows"]) runner_.take(row[0].get<std::size_t>(), row[1].get<std::string>());
        if (const auto fault = message["fault"].get<std::string>(); !fault.empty())
            runner_.fail(std::make_exception_ptr(Error("rank " + std::to_string(rank) + ": " + fault)));
    }

    Exchange& exchange_;
    Runner& runner_;
    std::mutex mutex_;
    Json rows_ = Json::array();
};

}  // namespace

void run_sweep(const Sweep& sweep, const std::vector<SweepPoint>& all, const std::vector<std::size_t>& points,
               const SweepMachine& machine, Progress& progress, const RowDone& done) {
    if (points.empty()) return;
    progress.begin();
    if (rank_count() == 1) {
        Runner(sweep, all, points, machine, done).run(&progress, {});
        return;
    }
    ask_ranks(json_of(sweep, all, points, machine));
    Exchange& exchange = *program_ranks();
    const std::vector<std::size_t> share = share_of(points, exchange);
    Runner runner(sweep, all, share, machine, done);
    runner.set_found(all.size() - points.size());
    SweepMeeting meeting(exchange, runner);
    runner.run(&progress, [&] { return meeting.meet(); });
}

void follow_sweep(const Json& work) {
    Sweep sweep;
    sweep.source = {.text = work["text"].get<std::string>(), .origin = work["origin"].get<std::string>()};
    for (const Json& axis : work["axes"])
        sweep.plan.axes.push_back(
            {.key = axis["key"].get<std::string>(), .values = axis["values"].get<std::vector<double>>()});
    sweep.plan.repeats = work["repeats"].get<std::uint64_t>();
    sweep.first_seed = work["first_seed"].get<std::uint64_t>();
    sweep.seed_is_swept = work["seed_is_swept"].get<bool>();
    sweep.from_ms = work["from_ms"].get<double>();
    std::vector<SweepPoint> all;
    for (std::size_t i = 0; i < work["steps"].size(); ++i)
        all.push_back({work["steps"][i].get<std::uint64_t>(), work["bytes"][i].get<std::uint64_t>()});
    const SweepMachine machine{.workers = work["threads"].get<int>(),
                               .isa = static_cast<Isa>(work["isa"].get<int>()),
                               .memory_bytes = work["memory"].get<std::uint64_t>()};
    Exchange& exchange = *program_ranks();
    const std::vector<std::size_t> share = share_of(work["points"].get<std::vector<std::size_t>>(), exchange);
    SweepMeeting* meeting = nullptr;
    const RowDone done = [&](std::size_t point, const std::string& row) { meeting->add(point, row); };
    Runner runner(sweep, all, share, machine, done);
    SweepMeeting own(exchange, runner);
    meeting = &own;
    try {
        runner.run(nullptr, [&] { return own.meet(); });
    } catch (const std::exception&) {  // rank 0 has it, too, and reports it
    }
}

}  // namespace izhi::apps
