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
                                            : available_processors();
    return useful_threads(plan, std::clamp(offered, 1, most));
}

void check_memory(const Plan& plan, const SimulationOptions& options, int threads) {
    const MemoryForecast f = forecast(plan, threads, options.delivery, options.delivery_window);
    const std::uint64_t limit = options.memory_limit_bytes != 0 ? options.memory_limit_bytes : available_memory();
    const std::uint64_t snapshot = options.snapshots ? f.snapshot_bytes : 0;
    if (f.total() + snapshot <= limit) return;
    throw Error("network", "",
                "needs " + bytes_text(f.total() + snapshot) + " of memory (" + bytes_text(f.synapse_bytes) + " for " +
                    std::to_string(f.synapses) + " synapses, " + bytes_text(f.buffer_bytes) + " for delays, " +
                    bytes_text(f.neuron_bytes) + " for neurons, " + bytes_text(f.building_bytes) + " to build" +
                    (snapshot > 0 ? ", " + bytes_text(snapshot) + " for snapshots)" : ")"),
                "up to " + bytes_text(limit));
}

std::vector<Range> connectome_parts(const Plan& plan, const std::vector<PartBlocks>& parts, Delivery delivery) {
    if (delivery == Delivery::reduce) return {{0, plan.slots}};
    std::vector<Range> ranges;
    for (const PartBlocks& p : parts) ranges.push_back(p.slots);
    return ranges;
}

}  // namespace

Simulation::Impl::Impl(Network network_in, SimulationOptions options)
    : network(std::move(network_in)), plan(network.plan()), kernels(select_kernels(options.isa)),
      threads(resolve_threads(plan, options)), blocks((check_memory(plan, options, threads), make_blocks(plan))),
      parts(make_parts(blocks, threads)),
      delivery(options.delivery == Delivery::automatic ? choose_delivery(plan, parts.size()) : options.delivery),
      window(options.delivery_window), executor(options.executor ? options.executor : default_executor(threads)),
      sources(plan, blocks, kernels), wiring((start = Clock::now(), wire(plan, *executor, options.build_progress))),
      columns(plan), synapses(plan, connectome_parts(plan, parts, Delivery::partition), *executor, kernels),
      live(plan, blocks), log(plan, parts),
      profiler(options.profile ? std::make_unique<Profiler>(workers(), options.trace_first_step, options.trace_steps)
                               : nullptr),
      stepper(make_stepper(plan, *wiring)), crew(parts.size(), workers()), recording(plan, parts.size(), log, synapses),
      on_intervention(std::move(options.on_intervention)), task([this](std::size_t worker) { work(worker); }) {
    build_s = std::chrono::duration<double>(Clock::now() - start).count();
}

std::unique_ptr<Wiring> Simulation::Impl::wire(const Plan& wired, Executor& by,
                                               const std::function<void(double)>& progress) const {
    return std::make_unique<Wiring>(wired, connectome_parts(wired, parts, delivery), by, kernels, progress);
}

std::unique_ptr<Stepper> Simulation::Impl::make_stepper(const Plan& wired, const Wiring& rows) {
    const Stepper::Setting setting{wired, blocks,  parts,   columns, synapses,
                                   live,  sources, kernels, log,     profiler.get()};
    return std::make_unique<Stepper>(setting, rows, delivery, window, workers());
}

void Simulation::Impl::work(std::size_t worker) noexcept {
    const FloatEnvironment usual;
    if (pacing) pacing->enter(worker);
    crew.work(worker, *this);
    if (pacing) pacing->leave(worker);
}

void Simulation::Impl::run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept {
    stepper->run_part(part, worker, phase);
}

bool Simulation::Impl::close_phase(std::uint64_t phase) noexcept {
    now = log.phase(phase).first_step + log.phase(phase).steps;
    if (stepper->lookout().left_range())  // its spikes are meaningless and are not passed on; see check_finite()
        for (std::size_t part = 0; part < parts.size(); ++part)
            for (std::uint32_t s = 0; s < log.phase(phase).steps; ++s) log.list(phase, part, s).count = 0;
    if (profiler) profiler->close_phase(now, log.phase(phase).steps, [&] { return spikes_in(phase); });
    close_plastic(phase);
    recording.close(phase);
    (void)recording.sample_weights(now, synapses);  // if the observer throws, the run stops, see below
    if (pacing) {
        recording.take_alone();
        pacing->after_step(now, recording.latest());
    }
    if (now == end || recording.stop_requested() || stepper->lookout().left_range()) return false;
    if (pacing && !pacing->await_step(now)) return false;
    return prepare_phase(phase + 1);
}

void Simulation::Impl::close_plastic(std::uint64_t phase) noexcept {
    if (synapses.all_plastic.empty()) return;
    synapses.modulator.close_step(now - 1, [&](std::uint32_t neuron) {
        for (std::size_t part = 0; part < parts.size(); ++part) {
            const auto fired = log.fired(phase, part, 0);
            if (std::binary_search(fired.begin(), fired.end(), neuron)) return true;
        }
        return false;
    });
    synapses.modulator.decay();
}

void Simulation::Impl::after_phase(std::uint64_t phase, std::size_t worker) noexcept {
    if (pacing) return;  // recorded before the next step was due
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
    if (!pacing && recording.behind() > 0) take_recording(recording.closed() - 1, worker);
    if (profiler) wait_begin[worker].tick = ticks();
    if (pacing) pacing->rest(worker);
}

void Simulation::Impl::after_wait(std::size_t worker, std::uint64_t phase) noexcept {
    if (!profiler) return;
    const std::uint64_t end_tick = ticks();
    profiler->add(worker, Activity::wait, end_tick - wait_begin[worker].tick);
    profiler->trace(worker, Activity::wait, log.phase(phase).first_step, wait_begin[worker].tick, end_tick);
}

std::uint64_t Simulation::Impl::spikes_in(std::uint64_t phase) const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t part = 0; part < parts.size(); ++part)
        for (std::uint32_t s = 0; s < log.phase(phase).steps; ++s) sum += log.fired(phase, part, s).size();
    return sum;
}

bool Simulation::Impl::prepare_phase(std::uint64_t phase) noexcept {
    const std::uint64_t most = pacing ? 1 : steps_per_phase(plan);
    const auto steps = static_cast<std::uint32_t>(std::min(most, end - now));
    if (!sources.prepare(now, steps)) return false;
    recording.make_room(phase);
    log.phase(phase) = {now, steps};
    return true;
}

void Simulation::Impl::advance(std::uint64_t last, bool on_this_thread) {
    const FloatEnvironment usual;
    end = last;
    if (now == end) return;
    if (pacing && !pacing->await_step(now)) return;
    // Only if a step follows, so that notes are reported once, also after runs of 0 steps.
    if (now == 0 && !recording.sample_weights(0, synapses)) return;
    const std::uint64_t phase = recording.closed();
    if (!prepare_phase(phase)) return;
    crew.open(phase);
    const std::uint64_t first = now;
    if (profiler) profiler->begin_run();
    if (on_this_thread) work(0);
    else executor->parallel_for(workers(), task);
    if (profiler) profiler->end_run(now - first);
    if (!crew.over()) throw RunError("the executor returned from parallel_for without having called its tasks");
}

std::uint64_t Simulation::Impl::synapses_from(std::size_t population) const noexcept {
    const PopulationPlan& p = plan.populations[population];
    std::uint64_t sum = wiring->synapses_from(population);
    for (const PlasticProjection* projection : synapses.all_plastic)
        sum += projection->synapses_from({p.first_neuron, p.first_neuron + p.size});
    return sum;
}

void Simulation::Impl::check_finite() const {
    for (std::size_t p = 0; p < plan.populations.size(); ++p) {
        const PopulationPlan& population = plan.populations[p];
        for (std::uint32_t i = 0; i < population.size; ++i) {
            const std::uint32_t slot = population.first_slot + i;
            if (std::isfinite(columns.v[slot]) && std::isfinite(columns.u[slot])) continue;
            throw RunError("neuron " + std::to_string(i) + " of population." + plan.description.populations[p].name +
                           " left the range of single precision by step " + std::to_string(now) +
                           " (v = " + number_text(columns.v[slot]) + ", u = " + number_text(columns.u[slot]) +
                           "); its input is too strong or dt_ms too long");
        }
    }
}

}  // namespace izhi
