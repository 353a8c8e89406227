// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "live_run.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <limits>
#include <thread>
#include <utility>

#include "apps/cli/signals.hpp"
#include "izhi/error.hpp"

namespace izhi::apps::serve {
namespace {

// Holds a quarter of a second of a network in which a fourth of 60,000 neurons fires in every step, and seconds of others.
constexpr std::size_t kStepRingWords = std::size_t{1} << 22U;
constexpr std::size_t kOrders = 1024;
// Applying one takes well under a microsecond, so this many do not delay a step.
constexpr int kOrdersPerStep = 16;

}  // namespace

/// The client of the run: it serves the run's end of the rings.
class LiveRun::Client final : public StepClient {
public:
    /// @param also a client that is called first; may be null
    Client(LiveRun& live, Simulation& simulation, RealtimeRunner& runner, StepClient* also)
        : live_(live), simulation_(simulation), runner_(runner), also_(also) {
        record_.resize(step_record::kHead + live.rows_.populations.size() + 3 * kWatchSlots + live.rows_.rows);
    }

    void before_step(std::uint64_t step, Simulation& simulation) override {
        if (also_ != nullptr) also_->before_step(step, simulation);
        take_orders(simulation);
    }
    void while_paused(Simulation& simulation) override {
        if (also_ != nullptr) also_->while_paused(simulation);
        take_orders(simulation);
    }
    void run_failed(const RunError& why) noexcept override {
        if (also_ != nullptr) also_->run_failed(why);
    }
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override {
        if (also_ != nullptr) also_->after_step(step, spikes);
        const std::size_t words = tell(step, spikes);
        if (!live_.steps_.push(std::span(record_).first(words)))
            live_.steps_unseen_.fetch_add(1, std::memory_order_relaxed);
    }

private:
    void take_orders(Simulation& simulation) {
        if (interrupted()) runner_.stop();
        Order order;
        for (int taken = 0; taken < kOrdersPerStep && live_.orders_.pop(order); ++taken)
            if (order.run == live_.run_) obey(order, simulation);
    }

    void obey(const Order& order, Simulation& simulation) {
        if (order.kind == Order::Kind::watch) {
            if (order.neuron == Order::kNone) live_.watched_[order.index].reset();
            else live_.watched_[order.index] = order.neuron;
            return;
        }
        try {
            simulation.apply(intervention_of(order));
        } catch (const Error&) { live_.refused_.fetch_add(1, std::memory_order_relaxed); }
    }

    static Intervention intervention_of(const Order& order) {
        if (order.kind == Order::Kind::noise) return NoiseScale{{order.index}, order.value};
        if (order.kind == Order::Kind::weights) return WeightScale{ProjectionId(order.index), order.value};
        return CurrentPulse{.target = order.index == Order::kNone ? everyone : Selection(PopulationId{order.index}),
                            .amplitude = order.value,
                            .steps = order.steps};
    }

    /// Writes the step into record_, in the layout of frames.hpp. Returns the number of words.
    std::size_t tell(std::uint64_t step, std::span<const Spike> spikes) {
        using namespace step_record;
        const std::size_t populations = live_.rows_.populations.size();
        const RealtimeStatus status = runner_.status();
        record_[kStep] = static_cast<std::uint32_t>(step);
        record_[kStep + 1] = static_cast<std::uint32_t>(step >> 32U);
        record_[kRun] = live_.run_;
        record_[kStepTime] = std::bit_cast<std::uint32_t>(static_cast<float>(status.step_us));
        record_[kLateness] = std::bit_cast<std::uint32_t>(static_cast<float>(status.late_us));
        record_[kWatched] = 0;
        std::size_t at = kHead + populations;
        for (const auto& neuron : live_.watched_) {
            if (!neuron) continue;
            ++record_[kWatched];
            const bool fired = std::binary_search(spikes.begin(), spikes.end(), Spike{step, *neuron},
                                                  [](const Spike& a, const Spike& b) { return a.neuron < b.neuron; });
            // A step with a spike shows v at its threshold, as in recorded traces.
            const float v = fired ? peak_of(*neuron) : simulation_.read(Variable::v, *neuron);
            record_[at++] = *neuron;
            record_[at++] = std::bit_cast<std::uint32_t>(v);
            record_[at++] = std::bit_cast<std::uint32_t>(simulation_.read(Variable::u, *neuron));
        }
        std::fill_n(record_.begin() + kHead, populations, 0U);
        by_population(live_.network_, spikes, [&](PopulationId population, std::span<const Spike> own) {
            record_[kHead + population.index] = static_cast<std::uint32_t>(own.size());
            const std::uint32_t first = live_.network_.first_neuron(population);
            const std::uint32_t first_row = live_.rows_.populations[population.index].first_row;
            for (const Spike& spike : own) {
                const std::uint32_t neuron = spike.neuron - first;
                if (neuron % live_.rows_.every == 0) record_[at++] = first_row + neuron / live_.rows_.every;
            }
        });
        record_[0] = static_cast<std::uint32_t>(at);
        return at;
    }

    [[nodiscard]] float peak_of(std::uint32_t neuron) const {
        const std::uint32_t population = live_.network_.population_of(neuron).index;
        return static_cast<float>(live_.network_.description().populations[population].cell.model.threshold());
    }

    LiveRun& live_;
    Simulation& simulation_;
    RealtimeRunner& runner_;
    StepClient* also_;
    std::vector<std::uint32_t> record_;
};

LiveRun::LiveRun(Network network, Reseed reseed, Options options)
    : network_(std::move(network)), reseed_(std::move(reseed)), options_(std::move(options)),
      rows_(raster_rows(network_)), steps_(kStepRingWords), orders_(kOrders), seed_(network_.description().spec.seed) {}

bool LiveRun::run() {
    for (;;) {
        const bool good = run_once();
        if (!good && options_.steps == 0) wait_for_restart();
        const std::lock_guard lock(between_runs_);
        if (stopping_.load() || interrupted() || !next_seed_) return good;
        seed_ = *std::exchange(next_seed_, std::nullopt);
        fault_.clear();
        ++run_;
    }
}

void LiveRun::wait_for_restart() const {
    constexpr std::chrono::milliseconds look{20};  // a signal does not wake a waiting thread
    for (;;) {
        {
            const std::lock_guard lock(between_runs_);
            if (stopping_.load() || interrupted() || next_seed_) return;
        }
        std::this_thread::sleep_for(look);
    }
}

bool LiveRun::run_once() {
    const Network network = seed_ == network_.description().spec.seed ? network_ : reseed_(seed_);
    SimulationOptions simulation_options = options_.simulation;
    simulation_options.on_intervention = [&](std::uint64_t step, const Intervention& what) {
        if (options_.intervened) options_.intervened(step, what);
        interventions_.fetch_add(1, std::memory_order_relaxed);
    };
    interventions_ = 0;
    if (options_.making) options_.making(seed_, simulation_options);
    Simulation simulation(network, simulation_options);
    simulation.prepare_interventions();
    RealtimeRunner runner(simulation, options_.realtime);
    watched_ = {};
    struct Over {
        const std::function<void()>& tell;
        ~Over() {
            if (tell) tell();
        }
    } const when_over{options_.over};
    StepClient* const also = options_.begins ? options_.begins(simulation) : nullptr;
    Client client(*this, simulation, runner, also);
    {
        const std::lock_guard lock(between_runs_);
        read_parameters(simulation);
        synapses_ = simulation.synapse_count();
        runner_ = &runner;
        ending_ = stopping_.load();
        if (ending_) runner.stop();
    }
    const std::uint64_t steps = options_.steps > 0 ? options_.steps : std::uint64_t{1} << 62U;
    RealtimeReport report;
    try {
        const InterruptGuard guard(simulation);
        report = runner.run(steps, &client);
    } catch (const RunError& why) {
        {
            const std::lock_guard lock(between_runs_);
            when_it_failed_ = runner.status();
            runner_ = nullptr;
            fault_ = why.what();
        }
        if (options_.failed) options_.failed(simulation, why);
        return false;
    } catch (...) {
        const std::lock_guard lock(between_runs_);
        runner_ = nullptr;
        throw;
    }
    {
        const std::lock_guard lock(between_runs_);
        runner_ = nullptr;
    }
    if (options_.ended) options_.ended(simulation, report);
    return true;
}

void LiveRun::read_parameters(const Simulation& simulation) {
    for (std::size_t which = 0; which < parameters_.size(); ++which) {
        std::vector<float>& column = parameters_[which];
        column.resize(network_.neuron_count());
        for (std::uint32_t index = 0; index < network_.population_count(); ++index) {
            const NeuronRange range = network_.neurons({index});
            simulation.read_parameter(
                "abcd" [which], PopulationId { index }, std::span(column).subspan(range.first, range.size));
        }
    }
}

bool LiveRun::next_step(std::vector<std::uint32_t>& step) {
    std::uint32_t words = 0;
    if (!steps_.pop(words)) return false;
    step.resize(words);
    step[0] = words;
    (void)steps_.pop(std::span(step).subspan(1));  // a record is pushed as a whole
    return true;
}

bool LiveRun::post(const Order& order) {
    Order addressed = order;
    {
        const std::lock_guard lock(between_runs_);
        if (runner_ == nullptr) return false;
        addressed.run = run_;
    }
    return orders_.push(addressed);
}

template <class Use>
bool LiveRun::with_runner(const Use& use) {
    const std::lock_guard lock(between_runs_);
    if (runner_ != nullptr) use(*runner_);
    return runner_ != nullptr;
}

bool LiveRun::scale_noise(PopulationId population, double factor) {
    return post({.kind = Order::Kind::noise, .index = population.index, .value = factor});
}

bool LiveRun::scale_weights(ProjectionId projection, double factor) {
    return post({.kind = Order::Kind::weights, .index = static_cast<std::uint32_t>(projection.index), .value = factor});
}

bool LiveRun::pulse(Selection target, double amplitude, double duration_ms) {
    return post({.kind = Order::Kind::pulse,
                 .index = target.population ? target.population->index : Order::kNone,
                 .value = amplitude,
                 .steps = std::max<std::uint64_t>(1, network_.steps(duration_ms))});
}

bool LiveRun::watch(std::size_t slot, std::optional<std::uint32_t> neuron) {
    return post({.kind = Order::Kind::watch,
                 .index = static_cast<std::uint32_t>(slot),
                 .neuron = neuron.value_or(Order::kNone)});
}

bool LiveRun::pause() {
    return with_runner([](RealtimeRunner& runner) { runner.pause(); });
}

bool LiveRun::resume() {
    return with_runner([](RealtimeRunner& runner) { runner.resume(); });
}

bool LiveRun::step(std::uint32_t steps) {
    return with_runner([&](RealtimeRunner& runner) { runner.step(steps); });
}

bool LiveRun::set_speed(double times) {
    return with_runner([&](RealtimeRunner& runner) { runner.set_speed(times); });
}

bool LiveRun::restart(std::uint64_t seed) {
    const std::lock_guard lock(between_runs_);
    if (runner_ == nullptr && fault_.empty()) return false;
    next_seed_ = seed;
    ending_ = true;
    if (runner_ != nullptr) runner_->stop();
    return true;
}

void LiveRun::stop() {
    stopping_.store(true);
    ending_.store(true);
    (void)with_runner([](RealtimeRunner& runner) { runner.stop(); });
}

LiveRun::Status LiveRun::status() const {
    Status status;
    status.steps_unseen = steps_unseen_.load(std::memory_order_relaxed);
    status.interventions = interventions_.load(std::memory_order_relaxed);
    status.refused = refused_.load(std::memory_order_relaxed);
    const std::lock_guard lock(between_runs_);
    status.run = run_;
    status.seed = seed_;
    status.synapses = synapses_;
    status.fault = fault_;
    if (!fault_.empty()) status.realtime = when_it_failed_;
    status.building = runner_ == nullptr && fault_.empty();
    if (runner_ == nullptr) return status;
    status.realtime = runner_->status();
    return status;
}

std::array<float, 4> LiveRun::parameters_of(std::uint32_t neuron) const {
    const std::lock_guard lock(between_runs_);
    std::array<float, 4> values{};
    for (std::size_t which = 0; which < values.size(); ++which)
        if (neuron < parameters_[which].size()) values[which] = parameters_[which][neuron];
    return values;
}

}  // namespace izhi::apps::serve
