// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/simulation.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <tuple>
#include <utility>

#include "engine/network/connectome.hpp"
#include "engine/network/forecast.hpp"
#include "engine/network/plan.hpp"
#include "engine/network/text.hpp"
#include "engine/state/columns.hpp"
#include "engine/state/hash.hpp"
#include "engine/step/crew.hpp"
#include "engine/step/isa.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/phase_log.hpp"
#include "engine/step/profile_figures.hpp"
#include "engine/step/profiler.hpp"
#include "engine/step/recording.hpp"
#include "engine/step/stepper.hpp"
#include "izhi/error.hpp"

namespace izhi {

using namespace detail;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

int resolve_threads(const Plan& plan, const SimulationOptions& options) {
    constexpr int most = 1024;
    if (options.threads < 0 || options.threads > most)
        throw Error("option", "threads", "is " + std::to_string(options.threads),
                    "1 to 1024, or 0 for as many as are useful");
    if (options.threads > 0) return options.threads;
    const int cores =
        options.executor ? options.executor->concurrency() : available_processors();
    return useful_threads(plan, std::clamp(cores, 1, most));
}

void check_memory(const Plan& plan, const SimulationOptions& options, int threads) {
    const MemoryForecast f = forecast(plan, threads, options.delivery);
    const std::uint64_t limit = options.memory_limit_bytes != 0 ? options.memory_limit_bytes : available_memory();
    if (f.total() <= limit) return;
    throw Error("network", "",
                "needs " + bytes_text(f.total()) + " of memory (" + bytes_text(f.synapse_bytes) + " for " +
                    std::to_string(f.synapses) + " synapses, " + bytes_text(f.buffer_bytes) + " for delays, " +
                    bytes_text(f.neuron_bytes) + " for neurons, " + bytes_text(f.building_bytes) + " to build)",
                "up to " + bytes_text(limit));
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
          threads(resolve_threads(plan, options)), blocks((check_memory(plan, options, threads), make_blocks(plan))),
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
          crew(parts.size(), workers()), recording(plan, parts.size(), log),
          task([this](std::size_t worker) { crew.work(worker, *this); }) {
        build_s = seconds_since(start);
    }

    [[nodiscard]] std::size_t workers() const { return parts.size(); }

    // PhaseWork
    void run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept override {
        stepper.run_part(part, worker, phase);
    }

    bool close_phase(std::uint64_t phase) noexcept override {
        now = log.phase(phase).first_step + log.phase(phase).steps;
        if (profiler) profiler->close_phase(now, log.phase(phase).steps, [&] { return spikes_in(phase); });
        recording.close(phase);
        if (now == end || recording.stop_requested()) return false;
        prepare_phase(phase + 1);
        return true;
    }

    void after_phase(std::uint64_t phase, std::size_t worker) noexcept override {
        const std::uint64_t begin = profiler ? ticks() : 0;
        if (!recording.try_take() || !profiler) return;
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
        recording.make_room(phase);
        log.phase(phase) = {now, static_cast<std::uint32_t>(std::min<std::uint64_t>(steps_per_phase(plan), end - now))};
    }

    /// Runs to step `last`, or until stopped. What is closed then still waits to be taken.
    void advance(std::uint64_t last, bool on_this_thread) {
        end = last;
        if (now == end) return;
        const std::uint64_t phase = recording.closed();
        prepare_phase(phase);
        crew.open(phase);
        const std::uint64_t first = now;
        if (profiler) profiler->begin_run();
        if (on_this_thread) crew.work(0, *this);
        else executor->parallel_for(workers(), task);
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
    Recording recording;

    std::uint64_t now = 0, end = 0;  ///< steps done; where the current run ends
    double build_s = 0.0;
    std::function<void(std::size_t)> task;
};

Simulation::Simulation(Network network, SimulationOptions options)
    : impl_(std::make_unique<Impl>(std::move(network), std::move(options))) {}
Simulation::~Simulation() = default;
Simulation::Simulation(Simulation&&) noexcept = default;
Simulation& Simulation::operator=(Simulation&&) noexcept = default;

std::span<const Spike> Simulation::step() noexcept {
    // A step alone has to wake its workers: that costs more than they save in networks smaller than this.
    constexpr std::uint32_t worth_waking = 65536;
    Impl& impl = *impl_;
    impl.recording.clear_latest();
    impl.recording.begin(nullptr);
    impl.advance(impl.now + 1, impl.workers() == 1 || impl.plan.slots < worth_waking);
    impl.recording.end();  // throws what observers threw: there is none
    return impl.recording.latest();
}

RunReport Simulation::run(std::uint64_t steps, Observer* observer) {
    Impl& impl = *impl_;
    const auto start = Clock::now();
    const std::uint64_t first = impl.now, spikes = impl.recording.spikes();
    impl.recording.begin(observer);
    if (!impl.recording.stop_requested()) impl.advance(first + steps, impl.workers() == 1);
    impl.recording.forget_stop();
    impl.recording.end();
    const RunReport report{impl.now - first, impl.recording.spikes() - spikes, seconds_since(start),
                           impl.now < first + steps};
    impl.check_finite();
    return report;
}

RunReport Simulation::run_ms(double ms, Observer* observer) { return run(impl_->network.steps(ms), observer); }

void Simulation::request_stop() noexcept { impl_->recording.request_stop(); }

const Network& Simulation::network() const noexcept { return impl_->network; }
std::uint64_t Simulation::steps_done() const noexcept { return impl_->now; }
double Simulation::time_ms() const noexcept { return static_cast<double>(impl_->now) * impl_->network.dt_ms(); }
std::uint64_t Simulation::spike_count() const noexcept { return impl_->recording.spikes(); }

std::uint64_t Simulation::spike_count(PopulationId population) const {
    (void)impl_->network.first_neuron(population);  // throws for an unknown one
    return impl_->recording.spikes_by_population()[population.index];
}

std::uint64_t Simulation::spike_hash() const noexcept { return impl_->recording.hash(); }

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
    count_work(p, impl.plan, impl.connectome, impl.columns, impl.recording.spikes_by_population(),
               impl.delivery == Delivery::reduce ? impl.workers() : 1);
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
