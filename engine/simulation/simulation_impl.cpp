// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/simulation/simulation_impl.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "engine/base/float_environment.hpp"
#include "engine/base/text.hpp"
#include "engine/simulation/forecast.hpp"
#include "engine/step/executors.hpp"
#include "engine/step/isa.hpp"
#include "izhi/error.hpp"

namespace izhi {

using namespace detail;

namespace {

using Clock = std::chrono::steady_clock;

int resolve_threads(const Plan& plan, const SimulationOptions& options) {
    constexpr int most = kMostThreads;
    if (options.threads < 0 || options.threads > most)
        throw Error("option", "threads", "is " + std::to_string(options.threads), "1 to 1024, or 0 for all");
    if (options.executor) (void)checked_threads("executor", "concurrency()", options.executor->concurrency());
    // Two threads that meet very often are slower than one. With their own executor, users get the number that they ask
    // for.
    if (options.executor && options.threads > 0) return options.threads;
    const int offered = options.threads > 0 ? options.threads
                        : options.executor  ? options.executor->concurrency()
                        : options.exchange  ? options.exchange->processors()
                                            : available_processors();
    return useful_threads(plan, std::clamp(offered, 1, most), options.exchange ? options.exchange->ranks() : 1);
}

void check_memory(const Plan& plan, const SimulationOptions& options, int threads) {
    const int ranks = options.exchange ? options.exchange->ranks() : 1;
    const MemoryForecast f = forecast(plan, threads, options.delivery, options.delivery_window, ranks);
    const std::uint64_t neighbours = options.exchange ? options.exchange->neighbours() : 1;
    const std::uint64_t limit =
        options.memory_limit_bytes != 0 ? options.memory_limit_bytes : available_memory() / neighbours;
    const std::uint64_t snapshot = options.snapshots ? f.snapshot_bytes : 0;
    if (f.total() + snapshot <= limit) return;
    throw Error("network", "",
                "needs " + bytes_text(f.total() + snapshot) + " of memory " + (ranks > 1 ? "on each rank " : "") + "(" +
                    bytes_text(f.synapse_bytes) + " for " + std::to_string(f.synapses) + " synapses, " +
                    bytes_text(f.buffer_bytes) + " for delays, " + bytes_text(f.neuron_bytes) + " for neurons, " +
                    bytes_text(f.building_bytes) + " to build" +
                    (snapshot > 0 ? ", " + bytes_text(snapshot) + " for snapshots)" : ")"),
                "up to " + bytes_text(limit));
}

std::vector<Range> connectome_parts(const Ranks& ranks, const std::vector<PartBlocks>& parts, Delivery delivery) {
    if (delivery == Delivery::reduce) return {ranks.own_slots()};
    std::vector<Range> ranges;
    for (const PartBlocks& p : parts) ranges.push_back(p.slots);
    return ranges;
}

}  // namespace

void Simulation::Impl::check(const Network& network, const SimulationOptions& options) {
    (void)select_kernels(options.isa);
    check_memory(network.plan(), options, resolve_threads(network.plan(), options));
}

Simulation::Impl::Impl(Network network_in, SimulationOptions options)
    : network(std::move(network_in)), plan(network.plan()), kernels(select_kernels(options.isa)),
      threads(resolve_threads(plan, options)), blocks((check_memory(plan, options, threads), make_blocks(plan))),
      ranks(make_ranks(blocks, options.exchange)), parts(make_parts(blocks, ranks.own_blocks(), threads)),
      delivery(options.delivery == Delivery::automatic ? choose_delivery(plan, parts.size() * ranks.count())
                                                       : options.delivery),
      window(options.delivery_window), executor(options.executor ? options.executor : default_executor(threads)),
      sources(plan, blocks, kernels), wiring((start = Clock::now(), wire(plan, *executor, options.build_progress))),
      columns(plan, ranks.own_slots()),
      synapses(plan, connectome_parts(ranks, parts, Delivery::partition), ranks, *executor, kernels),
      live(plan, blocks, ranks.own_slots()), log(plan, ranks, parts),
      phase_exchange(ranks.alone() ? nullptr : std::make_unique<PhaseExchange>(plan, ranks, log, parts.size())),
      profiler(options.profile ? std::make_unique<Profiler>(workers(), options.trace_first_step, options.trace_steps)
                               : nullptr),
      crew(parts.size(), workers()), recording(plan, ranks, log), on_intervention(std::move(options.on_intervention)),
      task([this](std::size_t worker) { work(worker); }) {}

void Simulation::Impl::complete() {
    if (!ranks.alone()) wiring->count_others(*ranks.exchange);
    synapses.complete(plan);
    for (const PopulationPlan& p : plan.populations) {
        std::uint64_t sum = 0;
        for (const PlasticProjection* projection : synapses.all_plastic)
            sum += projection->synapses_from({p.first_neuron, p.first_neuron + p.size});
        plastic_from.push_back(sum);
    }
    if (!ranks.alone()) add_all(*ranks.exchange, plastic_from);
    together([this] { stepper = make_stepper(plan, *wiring); });
    passes = stepper->pushes_apart() ? 2 : 1;
    recording.choose_weights(plan, synapses);
    build_s = std::chrono::duration<double>(Clock::now() - start).count();
    completed = true;
}

Simulation::Impl::~Impl() {
    if (completed && ranks.first()) tell(Order::end);
}

std::unique_ptr<Wiring> Simulation::Impl::wire(const Plan& wired, Executor& by,
                                               const std::function<void(double)>& progress) const {
    return std::make_unique<Wiring>(wired, connectome_parts(ranks, parts, delivery), ranks.own_neurons(), by, kernels,
                                    progress);
}

std::unique_ptr<Stepper> Simulation::Impl::make_stepper(const Plan& wired, const Wiring& rows) {
    const Stepper::Setting setting{wired, ranks,   blocks,  parts, columns,       synapses,
                                   live,  sources, kernels, log,   profiler.get()};
    return std::make_unique<Stepper>(setting, rows, delivery, window, workers());
}

void Simulation::Impl::work(std::size_t worker) noexcept {
    const FloatEnvironment usual;
    if (pacing) pacing->enter(worker);
    crew.work(worker, *this);
    if (pacing) pacing->leave(worker);
}

void Simulation::Impl::run_part(std::size_t part, std::size_t worker, std::uint64_t pass) noexcept {
    const std::uint64_t phase = pass / passes;
    pass % passes + 1 == passes ? stepper->run_part(part, worker, phase) : stepper->push_part(part, worker, phase);
}

bool Simulation::Impl::close_phase(std::uint64_t pass) noexcept {
    const std::uint64_t phase = pass / passes;
    if (pass % passes + 1 < passes) return true;
    now = log.phase(phase).first_step + log.phase(phase).steps;
    phase_flags = {.left_range = stepper->lookout().left_range(), .unreadable = false, .stop = false};
    if (phase_exchange) exchange_phase(phase);
    if (phase_flags.left_range)
        log.clear(phase);  // its spikes are meaningless and are not passed on; see check_finite()
    if (phase_exchange) stepper->hear(phase);
    if (profiler) profiler->close_phase(now, log.phase(phase).steps, [&] { return spikes_in(phase); });
    close_plastic(phase);
    recording.close(phase);
    (void)recording.sample_weights(now, synapses);  // if the observer throws, the run stops, see below
    if (is_paced()) recording.take_alone();
    if (pacing) pacing->after_step(now, recording.latest());
    if (now == end || phase_flags.left_range) return false;
    // Among ranks rank 0 decides for all: in paced runs when the next step is due, else with the spikes of the phase.
    if (ranks.alone() ? recording.stop_requested() : phase_flags.stop) return false;
    if (is_paced() && !await_step()) return false;
    return !phase_flags.unreadable && prepare_phase(phase + 1);
}

void Simulation::Impl::close_plastic(std::uint64_t phase) noexcept {
    if (synapses.all_plastic.empty()) return;
    synapses.modulator.close_step(now - 1, [&](std::uint32_t neuron) {
        for (std::size_t list = 0; list < log.list_count(); ++list) {
            const auto fired = log.listed(phase, list, 0);
            if (std::binary_search(fired.begin(), fired.end(), neuron)) return true;
        }
        return false;
    });
    synapses.modulator.decay();
}

void Simulation::Impl::after_phase(std::uint64_t pass, std::size_t worker) noexcept {
    const std::uint64_t phase = pass / passes;
    if (is_paced() || pass % passes + 1 < passes) return;  // recorded before the next step was due
    // The next phase waits for the worker that closed this one; a worker without work will do it, see before_wait().
    constexpr std::uint64_t patience = 2;
    if (workers() > 1 && recording.behind() < patience) return;
    take_recording(phase, worker);
}

void Simulation::Impl::take_recording(std::uint64_t phase, std::size_t worker) noexcept {
    const std::uint64_t begin = profiler ? ticks() : 0;
    if (!recording.try_take() || !profiler) return;
    const std::uint64_t end_tick = ticks();
    profiler->add(worker, Activity::record, end_tick - begin);
    profiler->trace(worker, Activity::record, log.phase(phase).first_step, begin, end_tick);
}

void Simulation::Impl::before_wait(std::size_t worker) noexcept {
    if (!is_paced() && recording.behind() > 0) take_recording(recording.closed() - 1, worker);
    if (profiler) wait_begin[worker].tick = ticks();
    if (pacing) pacing->rest(worker);
}

void Simulation::Impl::after_wait(std::size_t worker, std::uint64_t pass) noexcept {
    if (!profiler) return;
    const std::uint64_t phase = pass / passes;
    const std::uint64_t end_tick = ticks();
    profiler->add(worker, Activity::wait, end_tick - wait_begin[worker].tick);
    profiler->trace(worker, Activity::wait, log.phase(phase).first_step, wait_begin[worker].tick, end_tick);
}

std::uint64_t Simulation::Impl::spikes_in(std::uint64_t phase) const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t list = 0; list < log.list_count(); ++list)
        for (std::uint32_t s = 0; s < log.phase(phase).steps; ++s) sum += log.listed(phase, list, s).size();
    return sum;
}

std::uint32_t Simulation::Impl::next_steps() const noexcept {
    const std::uint64_t most = is_paced() ? 1 : steps_per_phase(plan);
    return static_cast<std::uint32_t>(std::min(most, end - now));
}

bool Simulation::Impl::prepare_phase(std::uint64_t phase) noexcept {
    const std::uint32_t steps = next_steps();
    if (ranks.alone() && !sources.prepare(now, steps)) return false;  // among ranks, see exchange_phase()
    recording.make_room(phase);
    log.phase(phase) = {now, steps};
    return true;
}

void Simulation::Impl::advance(std::uint64_t last, bool on_this_thread) {
    const FloatEnvironment usual;
    end = last;
    if (now == end) return;
    if (is_paced() && !await_step()) return;
    // Only if a step follows, so that notes are reported once, also after runs of 0 steps.
    if (now == 0 && !first_weights()) return;
    const std::uint64_t phase = recording.closed();
    if (sources.reads() && !ranks.alone() && any_of_all(*ranks.exchange, !sources.prepare(now, next_steps()))) return;
    if (!prepare_phase(phase)) return;
    crew.open(phase * passes);
    const std::uint64_t first = now;
    if (profiler) profiler->begin_run();
    if (on_this_thread) work(0);
    else executor->parallel_for(workers(), task);
    if (profiler) profiler->end_run(now - first);
    if (!crew.over()) throw RunError("the executor returned from parallel_for without having called its tasks");
}

std::uint64_t Simulation::Impl::synapses_from(std::size_t population) const noexcept {
    return wiring->synapses_from(population) + plastic_from[population];
}

void Simulation::Impl::check_finite() const {
    for (std::size_t p = 0; p < plan.populations.size(); ++p) {
        const PopulationPlan& population = plan.populations[p];
        for (std::uint32_t i = 0; i < population.size; ++i) {
            const std::uint32_t slot = population.first_slot + i;
            if (!ranks.own_slots().contains(slot)) continue;
            if (std::isfinite(columns.v[slot]) && std::isfinite(columns.u[slot])) continue;
            throw RunError("neuron " + std::to_string(i) + " of population." + plan.description.populations[p].name +
                           " left the range of single precision by step " + std::to_string(now) +
                           " (v = " + number_text(columns.v[slot]) + ", u = " + number_text(columns.u[slot]) +
                           "); its input is too strong or dt_ms too long");
        }
    }
}

}  // namespace izhi
