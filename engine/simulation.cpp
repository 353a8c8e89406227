// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/simulation.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "engine/network/connectome.hpp"
#include "engine/network/forecast.hpp"
#include "engine/network/plan.hpp"
#include "engine/network/text.hpp"
#include "engine/state/columns.hpp"
#include "engine/step/crew.hpp"
#include "engine/step/isa.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/phase_log.hpp"
#include "engine/step/profiler.hpp"
#include "engine/step/stepper.hpp"
#include "izhi/error.hpp"

namespace izhi {

using namespace detail;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// One multiply and a shift per value: quick enough for every spike, and every bit of every value reaches the result.
void absorb(std::uint64_t& hash, std::uint64_t value) noexcept {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
}
constexpr std::uint64_t kHashStart = 0x6a09e667f3bcc908u;

int resolve_threads(const Plan& plan, const SimulationOptions& options) {
    constexpr int most = 1024;
    if (options.threads < 0 || options.threads > most)
        throw Error("option", "threads", "is " + std::to_string(options.threads),
                    "1 to 1024, or 0 for as many as are useful");
    if (options.threads > 0) return options.threads;
    const int cores =
        options.executor ? options.executor->concurrency() : static_cast<int>(std::thread::hardware_concurrency());
    return useful_threads(plan, std::clamp(cores, 1, most));
}

void check_memory(const Network& network, const SimulationOptions& options, int threads) {
    const MemoryForecast f = network.memory(threads);
    const std::uint64_t limit = options.memory_limit_bytes != 0 ? options.memory_limit_bytes : available_memory();
    if (f.total() <= limit) return;
    throw Error("network", "",
                "needs " + bytes_text(f.total()) + " of memory (" + bytes_text(f.synapse_bytes) + " for " +
                    std::to_string(f.synapses) + " synapses, " + bytes_text(f.buffer_bytes) + " for delays, " +
                    bytes_text(f.neuron_bytes) + " for neurons, " + bytes_text(f.building_bytes) + " to build)",
                "up to " + bytes_text(limit));
}

/// Additions, multiplications, divisions and comparisons of the update kernels per neuron, counted in simd/body.hpp.
double flops_per_step(const Plan& plan) {
    switch (plan.description.spec.numerics) {
        case Numerics::published: return 2.0 + 2.0 * 6.0 + 5.0 + 1.0;
        case Numerics::euler: return 2.0 + 6.0 + 5.0 + 1.0;
        case Numerics::accurate: return 1.0 + std::ceil(plan.description.spec.dt_ms / kLongestSubstepMs - 1e-9) * 60.0;
    }
    return 0.0;
}

std::vector<Range> connectome_parts(const Plan& plan, const std::vector<PartBlocks>& parts, Delivery delivery) {
    if (delivery == Delivery::reduce) return {{0, plan.slots}};
    std::vector<Range> ranges;
    for (const PartBlocks& p : parts) ranges.push_back(p.slots);
    return ranges;
}

}  // namespace

struct Simulation::Impl final : PhaseWork {
    Impl(Network network_in, SimulationOptions options)
        : network(std::move(network_in)), plan(network.plan()), kernels(select_kernels(options.isa)),
          threads(resolve_threads(plan, options)), blocks((check_memory(network, options, threads), make_blocks(plan))),
          parts(make_parts(blocks, threads)),
          delivery(options.delivery == Delivery::automatic ? choose_delivery(plan, parts.size()) : options.delivery),
          executor(options.executor ? options.executor : default_executor(threads)),
          connectome((start = Clock::now(), plan), connectome_parts(plan, parts, delivery), *executor,
                     options.build_progress),
          columns(plan), log(plan, parts),
          profiler(options.profile
                       ? std::make_unique<Profiler>(workers(), options.trace_first_step, options.trace_steps)
                       : nullptr),
          stepper(plan, blocks, parts, connectome, columns, kernels, delivery, workers(), log, profiler.get()),
          crew(parts.size(), workers()), spikes(plan.neurons), population_spikes(plan.populations.size()),
          task([this](std::size_t worker) { crew.work(worker, *this); }) {
        build_s = seconds_since(start);
        for (const TraceSpec& trace : plan.description.traces) {
            trace_intervals.push_back(to_steps(trace.interval_ms, plan.description.spec.dt_ms, 1));
            trace_sizes.push_back(trace.neurons.size() * trace.variables.size());
        }
    }

    [[nodiscard]] std::size_t workers() const { return parts.size(); }

    // PhaseWork
    void run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept override {
        stepper.run_part(part, worker, phase);
    }

    bool close_phase(std::uint64_t phase) noexcept override {
        now = log.phase(phase).first_step + log.phase(phase).steps;
        if (profiler) profiler->close_phase(now, log.phase(phase).steps, [&] { return spikes_in(phase); });
        closed_phases.store(phase + 1, std::memory_order_release);
        if (now == end || stop.load(std::memory_order_relaxed)) return false;
        prepare_phase(phase + 1);
        return true;
    }

    void after_phase(std::uint64_t phase, std::size_t worker) noexcept override {
        const std::unique_lock lock(drain_mutex, std::try_to_lock);
        if (!lock) return;
        const std::uint64_t begin = profiler ? ticks() : 0;
        drain();
        if (!profiler) return;
        const std::uint64_t end_tick = ticks();
        profiler->add(worker, Activity::record, end_tick - begin);
        profiler->trace(worker, Activity::record, log.phase(phase).first_step, begin, end_tick);
    }

    void before_wait(std::size_t worker) noexcept override {
        if (profiler) wait_begin[worker].tick = ticks();
    }
    void after_wait(std::size_t worker, std::uint64_t phase) noexcept override {
        if (!profiler) return;
        const std::uint64_t end_tick = ticks();
        profiler->add(worker, Activity::wait, end_tick - wait_begin[worker].tick);
        profiler->trace(worker, Activity::wait, log.phase(phase).first_step, wait_begin[worker].tick, end_tick);
    }

    [[nodiscard]] std::uint64_t spikes_in(std::uint64_t phase) const noexcept {
        std::uint64_t sum = 0;
        for (std::size_t part = 0; part < parts.size(); ++part)
            for (std::uint32_t s = 0; s < log.phase(phase).steps; ++s) sum += log.fired(phase, part, s).size();
        return sum;
    }

    /// Makes room for a phase and says which steps it has.
    void prepare_phase(std::uint64_t phase) noexcept {
        if (phase >= drained_phases.load(std::memory_order_acquire) + kPhaseRing) {
            const std::lock_guard lock(drain_mutex);
            drain();
        }
        log.phase(phase) = {now, static_cast<std::uint32_t>(std::min<std::uint64_t>(steps_per_phase(plan), end - now))};
    }

    /// Hands over what closed phases recorded. Holds drain_mutex, or is alone.
    void drain() noexcept {
        for (std::uint64_t phase = drained_phases.load(std::memory_order_relaxed);
             phase < closed_phases.load(std::memory_order_acquire); ++phase) {
            const Phase when = log.phase(phase);
            for (std::uint32_t s = 0; s < when.steps; ++s) drain_step(phase, s, when.first_step + s + 1);
            drained_phases.store(phase + 1, std::memory_order_release);
            notify([&] {
                if (!observer->proceed(when.first_step + when.steps)) stop.store(true, std::memory_order_relaxed);
            });
        }
    }

    void drain_step(std::uint64_t phase, std::uint32_t index, std::uint64_t step) noexcept {
        std::size_t count = 0;
        for (std::size_t part = 0; part < parts.size(); ++part)
            for (const std::uint32_t neuron : log.fired(phase, part, index)) spikes[count++] = {step, neuron};
        latest = {spikes.data(), count};
        auto next = latest.begin();
        for (std::size_t p = 0; p < population_spikes.size(); ++p) {
            const std::uint32_t end_neuron = plan.populations[p].first_neuron + plan.populations[p].size;
            const auto last =
                std::partition_point(next, latest.end(), [&](const Spike& s) { return s.neuron < end_neuron; });
            population_spikes[p] += static_cast<std::uint64_t>(last - next);
            next = last;
        }
        spike_total += count;
        for (const Spike& s : latest) absorb(hash, s.step << 32 ^ s.neuron);
        if (count > 0) notify([&] { observer->spikes(latest); });
        const float* values = log.samples(phase, index);
        for (std::size_t t = 0; t < trace_sizes.size(); ++t) {
            if (step % trace_intervals[t] == 0) notify([&] { observer->sample({t, step, {values, trace_sizes[t]}}); });
            values += trace_sizes[t];
        }
    }

    /// Calls the observer unless there is none or it failed before; what it throws ends the run.
    template <class Call>
    void notify(const Call& call) noexcept {
        if (!observer || failure) return;
        try {
            call();
        } catch (...) {
            failure = std::current_exception();
            stop.store(true, std::memory_order_relaxed);
        }
    }

    /// Runs to step `last`, or until stopped. Everything is drained when it returns.
    void advance(std::uint64_t last, bool on_this_thread) {
        end = last;
        if (now == end) return;
        const std::uint64_t phase = closed_phases.load(std::memory_order_relaxed);
        prepare_phase(phase);
        crew.open(phase);
        const std::uint64_t first = now;
        if (profiler) profiler->begin_run();
        if (on_this_thread) crew.work(0, *this);
        else executor->parallel_for(workers(), task);
        drain();
        if (profiler) profiler->end_run(now - first);
    }

    /// A neuron whose state left single precision computes nonsense ever after, silently: say so.
    void check_finite() const {
        for (std::size_t p = 0; p < plan.populations.size(); ++p) {
            const PopulationPlan& population = plan.populations[p];
            for (std::uint32_t i = 0; i < population.size; ++i) {
                const std::uint32_t slot = population.first_slot + i;
                if (std::isfinite(columns.v[slot]) && std::isfinite(columns.u[slot])) continue;
                throw RunError("neuron " + std::to_string(i) + " of population." +
                               plan.description.populations[p].name + " left the range of single precision by step " +
                               std::to_string(now) + " (v = " + number_text(columns.v[slot]) + ", u = " +
                               number_text(columns.u[slot]) + "); its input is too strong or dt_ms too long");
            }
        }
    }

    Clock::time_point start{};
    Network network;
    const Plan& plan;
    const simd::Kernels& kernels;
    int threads;
    std::vector<Block> blocks;
    std::vector<PartBlocks> parts;
    Delivery delivery;
    std::shared_ptr<Executor> executor;
    Connectome connectome;
    Columns columns;
    PhaseLog log;
    std::unique_ptr<Profiler> profiler;  ///< null: no profile
    struct alignas(64) WaitBegin {
        std::uint64_t tick = 0;
    };
    std::vector<WaitBegin> wait_begin{workers()};
    Stepper stepper;
    Crew crew;

    std::uint64_t now = 0, end = 0;  ///< steps done; where the current run ends
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> closed_phases{0}, drained_phases{0};
    std::mutex drain_mutex;
    Observer* observer = nullptr;
    std::exception_ptr failure;
    std::vector<Spike> spikes;  ///< of the step being drained; room for all neurons
    std::span<const Spike> latest;
    std::vector<std::uint64_t> population_spikes;
    std::uint64_t spike_total = 0, hash = kHashStart;
    std::vector<std::uint64_t> trace_intervals;
    std::vector<std::size_t> trace_sizes;
    double build_s = 0.0;
    std::function<void(std::size_t)> task;
};

Simulation::Simulation(Network network, SimulationOptions options)
    : impl_(std::make_unique<Impl>(std::move(network), std::move(options))) {}
Simulation::~Simulation() = default;
Simulation::Simulation(Simulation&&) noexcept = default;
Simulation& Simulation::operator=(Simulation&&) noexcept = default;

std::span<const Spike> Simulation::step() noexcept {
    // Waking workers for one step pays from some ten thousand neurons on.
    constexpr std::uint32_t worth_waking = 65536;
    impl_->latest = {};
    impl_->advance(impl_->now + 1, impl_->workers() == 1 || impl_->plan.slots < worth_waking);
    return impl_->latest;
}

RunReport Simulation::run(std::uint64_t steps, Observer* observer) {
    Impl& impl = *impl_;
    const auto start = Clock::now();
    const std::uint64_t first = impl.now, spikes = impl.spike_total;
    impl.observer = observer;
    impl.failure = nullptr;
    if (!impl.stop.load()) impl.advance(first + steps, impl.workers() == 1);
    impl.observer = nullptr;
    RunReport report{impl.now - first, impl.spike_total - spikes, seconds_since(start),
                     impl.stop.exchange(false) || impl.now < first + steps};
    if (impl.failure) std::rethrow_exception(std::exchange(impl.failure, nullptr));
    impl.check_finite();
    return report;
}

RunReport Simulation::run_ms(double ms, Observer* observer) { return run(impl_->network.steps(ms), observer); }

void Simulation::request_stop() noexcept { impl_->stop.store(true, std::memory_order_relaxed); }

const Network& Simulation::network() const noexcept { return impl_->network; }
std::uint64_t Simulation::steps_done() const noexcept { return impl_->now; }
double Simulation::time_ms() const noexcept { return static_cast<double>(impl_->now) * impl_->network.dt_ms(); }
std::uint64_t Simulation::spike_count() const noexcept { return impl_->spike_total; }

std::uint64_t Simulation::spike_count(PopulationId population) const {
    (void)impl_->network.first_neuron(population);  // throws for an unknown one
    return impl_->population_spikes[population.index];
}

std::uint64_t Simulation::spike_hash() const noexcept { return impl_->hash; }

std::uint64_t Simulation::state_hash() const noexcept {
    std::uint64_t hash = kHashStart;
    for (const PopulationPlan& p : impl_->plan.populations)
        for (std::uint32_t i = 0; i < p.size; ++i)
            absorb(hash, std::uint64_t{std::bit_cast<std::uint32_t>(impl_->columns.v[p.first_slot + i])} << 32 |
                             std::bit_cast<std::uint32_t>(impl_->columns.u[p.first_slot + i]));
    return hash;
}

void Simulation::read(Variable variable, PopulationId population, std::span<float> into) const {
    (void)impl_->network.first_neuron(population);
    const PopulationPlan& p = impl_->plan.populations[population.index];
    if (into.size() != p.size)
        throw Error("read", "into", "has " + std::to_string(into.size()) + " places", std::to_string(p.size));
    if (variable == Variable::current) throw Error("read", "variable", "is current, which is not kept", "v, u");
    const AlignedArray<float>& column = variable == Variable::v ? impl_->columns.v : impl_->columns.u;
    std::copy_n(column.data() + p.first_slot, p.size, into.begin());
}

void Simulation::read_parameter(char parameter, PopulationId population, std::span<float> into) const {
    (void)impl_->network.first_neuron(population);
    const PopulationPlan& p = impl_->plan.populations[population.index];
    if (into.size() != p.size)
        throw Error("read_parameter", "into", "has " + std::to_string(into.size()) + " places", std::to_string(p.size));
    const Columns::PopulationParameters& all = impl_->columns.populations[population.index];
    const Columns::Parameter* const chosen = parameter == 'a'   ? &all.a
                                             : parameter == 'b' ? &all.b
                                             : parameter == 'c' ? &all.c
                                             : parameter == 'd' ? &all.d
                                                                : nullptr;
    if (!chosen) throw Error("read_parameter", "parameter", "is '" + std::string(1, parameter) + "'", "a, b, c, d");
    for (std::uint32_t i = 0; i < p.size; ++i) into[i] = chosen->at(p.first_slot + i);
}

std::vector<Simulation::Synapse> Simulation::synapses_of(std::uint32_t neuron) const {
    const Plan& plan = impl_->plan;
    if (neuron >= plan.neurons)
        throw Error("synapses_of", "neuron", "is " + std::to_string(neuron),
                    "0 to " + std::to_string(plan.neurons - 1));
    std::vector<Connectome::StoredSynapse> stored;
    impl_->connectome.decode(neuron, stored);
    std::vector<Synapse> synapses;
    for (const auto& s : stored) {
        const auto after =
            std::upper_bound(plan.populations.begin(), plan.populations.end(), s.slot,
                             [](std::uint32_t slot, const PopulationPlan& p) { return slot < p.first_slot; });
        const PopulationPlan& p = *(after - 1);
        synapses.push_back({s.slot - p.first_slot + p.first_neuron, s.weight * plan.quantum(), s.delay});
    }
    // Rows that are not stored are drawn as they are for a spike.
    RowDrawer drawer(plan);
    std::vector<DrawnSynapse> drawn;
    for (std::size_t p = 0; p < plan.projections.size(); ++p)
        if (plan.projections[p].procedural && plan.projections[p].source.contains(neuron))
            drawer.draw_row(p, neuron, drawn);
    for (const DrawnSynapse& s : drawn) synapses.push_back({s.target, s.weight * plan.quantum(), s.delay});
    std::sort(synapses.begin(), synapses.end(), [](const Synapse& x, const Synapse& y) {
        return std::tie(x.delay_steps, x.target, x.weight) < std::tie(y.delay_steps, y.target, y.weight);
    });
    return synapses;
}

std::uint64_t Simulation::synapse_count() const noexcept { return impl_->connectome.synapse_count(); }
double Simulation::build_seconds() const noexcept { return impl_->build_s; }
std::uint64_t Simulation::connectome_bytes() const noexcept { return impl_->connectome.bytes(); }
int Simulation::threads() const noexcept { return impl_->threads; }
Isa Simulation::isa() const noexcept { return isa_of(impl_->kernels); }
Delivery Simulation::delivery() const noexcept { return impl_->delivery; }

Profile Simulation::profile() const {
    const Impl& impl = *impl_;
    if (!impl.profiler) throw Error("profile", "", "was not collected", "SimulationOptions::profile = true");
    Profile p = impl.profiler->profile();
    p.neuron_steps = p.steps * impl.plan.neurons;
    p.spikes = impl.spike_total;
    double events = 0.0;
    for (std::size_t i = 0; i < impl.plan.populations.size(); ++i)
        events += static_cast<double>(impl.population_spikes[i]) *
                  static_cast<double>(impl.connectome.synapses_from(i)) / impl.plan.populations[i].size;
    p.synaptic_events = static_cast<std::uint64_t>(events + 0.5);

    const auto bytes_of = [&](Activity a) -> double& { return p.bytes[static_cast<std::size_t>(a)]; };
    const double buffers = impl.delivery == Delivery::reduce ? static_cast<double>(impl.workers()) : 1.0;
    for (std::size_t i = 0; i < impl.plan.populations.size(); ++i) {
        const double neuron_steps = static_cast<double>(p.steps) * impl.plan.populations[i].slots;
        const Columns::PopulationParameters& parameters = impl.columns.populations[i];
        bytes_of(Activity::noise) += neuron_steps * (4.0 + (parameters.bias.column ? 4.0 : 0.0));
        if (impl.connectome.synapse_count() > 0) bytes_of(Activity::reduce) += neuron_steps * (8.0 + 8.0 * buffers);
        bytes_of(Activity::update) += neuron_steps * (20.0 + (parameters.a.column ? 8.0 : 0.0));
        bytes_of(Activity::scan) += neuron_steps / 8.0;
        p.update_flops += neuron_steps * flops_per_step(impl.plan);
    }
    // a sum read and written, and the synapse's share of stored words
    const double stored = impl.connectome.synapse_count() > 0 ? 4.0 * static_cast<double>(impl.connectome.row_words()) /
                                                                    static_cast<double>(impl.connectome.synapse_count())
                                                              : 0.0;
    bytes_of(Activity::deliver) = events * (8.0 + stored);
    bytes_of(Activity::record) = static_cast<double>(p.spikes) * (4.0 + sizeof(Spike));
    return p;
}

std::string_view to_string(Delivery delivery) noexcept {
    switch (delivery) {
        case Delivery::automatic: return "auto";
        case Delivery::reduce: return "reduce";
        case Delivery::partition: return "partition";
    }
    return "?";
}

}  // namespace izhi
