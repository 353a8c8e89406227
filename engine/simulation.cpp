// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/simulation.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "engine/network/check.hpp"
#include "engine/network/connectome.hpp"
#include "engine/network/forecast.hpp"
#include "engine/network/plan.hpp"
#include "engine/network/text.hpp"
#include "engine/network/weight_scale.hpp"
#include "engine/state/archive.hpp"
#include "engine/state/checkpoint.hpp"
#include "engine/state/columns.hpp"
#include "engine/state/hash.hpp"
#include "engine/step/crew.hpp"
#include "engine/step/isa.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/live_input.hpp"
#include "engine/step/pacing.hpp"
#include "engine/step/phase_log.hpp"
#include "engine/step/profile_figures.hpp"
#include "engine/step/profiler.hpp"
#include "engine/step/recording.hpp"
#include "engine/step/stepper.hpp"
#include "engine/step/synapse_state.hpp"
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
                    "1 to 1024, or 0 for as many as there are");
    // Two that meet more often than they work are slower than one. With an executor of their own users know what they do.
    if (options.executor && options.threads > 0) return options.threads;
    const int offered = options.threads > 0 ? options.threads
                        : options.executor  ? options.executor->concurrency()
                                            : available_processors();
    return useful_threads(plan, std::clamp(offered, 1, most));
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
          wiring((start = Clock::now(), wire(plan, *executor, options.build_progress))), columns(plan),
          synapses(plan, connectome_parts(plan, parts, Delivery::partition), *executor, kernels), live(plan, blocks),
          log(plan, parts),
          profiler(options.profile
                       ? std::make_unique<Profiler>(workers(), options.trace_first_step, options.trace_steps)
                       : nullptr),
          stepper(make_stepper(plan, *wiring)), crew(parts.size(), workers()),
          recording(plan, parts.size(), log, synapses), on_intervention(std::move(options.on_intervention)),
          task([this](std::size_t worker) { work(worker); }) {
        build_s = seconds_since(start);
    }

    [[nodiscard]] std::size_t workers() const { return parts.size(); }

    [[nodiscard]] std::unique_ptr<Wiring> wire(const Plan& wired, Executor& by,
                                               const std::function<void(double)>& progress) const {
        return std::make_unique<Wiring>(wired, connectome_parts(wired, parts, delivery), by, progress);
    }
    [[nodiscard]] std::unique_ptr<Stepper> make_stepper(const Plan& wired, const Wiring& rows) {
        return std::make_unique<Stepper>(wired, blocks, parts, rows, columns, synapses, live, kernels, delivery,
                                         workers(), log, profiler.get());
    }
    /// The plan with weights as they are now.
    [[nodiscard]] const Plan& plan_now() const noexcept { return scaled_plan ? *scaled_plan : plan; }

    void work(std::size_t worker) noexcept {
        if (pacing) pacing->enter(worker);
        crew.work(worker, *this);
        if (pacing) pacing->leave(worker);
    }

    // PhaseWork
    void run_part(std::size_t part, std::size_t worker, std::uint64_t phase) noexcept override {
        stepper->run_part(part, worker, phase);
    }

    bool close_phase(std::uint64_t phase) noexcept override {
        now = log.phase(phase).first_step + log.phase(phase).steps;
        if (profiler) profiler->close_phase(now, log.phase(phase).steps, [&] { return spikes_in(phase); });
        close_plastic(phase);
        recording.close(phase);
        recording.sample_weights(now, synapses);
        if (pacing) {
            recording.take_alone();
            pacing->after_step(now, recording.latest());
        }
        if (now == end || recording.stop_requested()) return false;
        if (pacing && !pacing->await_step(now)) return false;
        prepare_phase(phase + 1);
        return true;
    }

    /// Dopamine. Networks that it acts on have one step to a phase.
    void close_plastic(std::uint64_t phase) noexcept {
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

    void after_phase(std::uint64_t phase, std::size_t worker) noexcept override {
        if (pacing) return;  // recorded before the next step was due
        const std::uint64_t begin = profiler ? ticks() : 0;
        if (!recording.try_take() || !profiler) return;
        const std::uint64_t end_tick = ticks();
        profiler->add(worker, Activity::record, end_tick - begin);
        profiler->trace(worker, Activity::record, log.phase(phase).first_step, begin, end_tick);
    }

    void before_wait(std::size_t worker) noexcept override {
        if (profiler) wait_begin[worker].tick = ticks();
        if (pacing) pacing->rest(worker);
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
        const std::uint64_t most = pacing ? 1 : steps_per_phase(plan);
        log.phase(phase) = {now, static_cast<std::uint32_t>(std::min(most, end - now))};
    }

    /// Runs to step `last`, or until stopped. What is closed then still waits to be taken.
    void advance(std::uint64_t last, bool on_this_thread) {
        end = last;
        if (now == end) return;
        if (pacing && !pacing->await_step(now)) return;
        const std::uint64_t phase = recording.closed();
        prepare_phase(phase);
        crew.open(phase);
        const std::uint64_t first = now;
        if (profiler) profiler->begin_run();
        if (on_this_thread) work(0);
        else executor->parallel_for(workers(), task);
        if (profiler) profiler->end_run(now - first);
    }

    [[nodiscard]] std::uint64_t synapses_from(std::size_t population) const noexcept {
        const PopulationPlan& p = plan.populations[population];
        std::uint64_t sum = wiring->synapses_from(population);
        for (const PlasticProjection* projection : synapses.all_plastic)
            sum += projection->synapses_from({p.first_neuron, p.first_neuron + p.size});
        return sum;
    }

    void scale_noise(const NoiseScale& intervention) {
        columns.scale_noise(plan, intervention.population.index, intervention.factor);
    }

    /// The network with other weights.
    struct Rewired {
        std::unique_ptr<Plan> plan;
        std::unique_ptr<Wiring> wiring;
        std::unique_ptr<Stepper> stepper;
    };
    /// @param next its weights in quanta. @param who begins messages
    [[nodiscard]] Rewired rewire(Plan next, const char* who) {
        if (const std::uint64_t needed = wiring->bytes(); needed > available_memory())
            Check{who}.fail("", "needs " + bytes_text(needed) + " of memory to wire the network again",
                            "up to " + bytes_text(available_memory()));
        Rewired rewired;
        rewired.plan = std::make_unique<Plan>(std::move(next));
        // A worker that is inside a run must not take up tasks of another: it could be handed one of its own run.
        const std::shared_ptr<Executor> alone = pacing ? serial_executor() : executor;
        rewired.wiring = wire(*rewired.plan, *alone, {});
        rewired.stepper = make_stepper(*rewired.plan, *rewired.wiring);
        return rewired;
    }
    void adopt(Rewired next) noexcept {
        stepper = std::move(next.stepper);
        wiring = std::move(next.wiring);
        scaled_plan = std::move(next.plan);
    }

    /// Wires everything anew before anything is changed.
    void scale_weights_of(const WeightScale& intervention) {
        if (plan_now().projections[intervention.projection].weight_factor == intervention.factor) return;
        Plan next = plan_now();
        next.projections[intervention.projection].weight_factor = intervention.factor;
        next.live = true;
        scale_weights(next);
        Rewired rewired = rewire(std::move(next), "weight-scale");
        rewired.stepper->take_over(*stepper, recording.closed());
        adopt(std::move(rewired));
    }

    /// @param in_flight the stepper that sends it, or is to receive it
    /// @param finer see Stepper::transfer
    void transfer(Archive& a, CheckpointHead& head, Stepper& in_flight, std::optional<int> finer) {
        head.transfer(a, plan);
        if (a.reading()) now = head.info.step;
        recording.transfer(a);
        columns.transfer(a, plan);
        live.transfer(a);
        in_flight.transfer(a, recording.closed(), head.info.step, finer);
        synapses.transfer(a, plan, head.info.step);
    }

    [[nodiscard]] std::vector<std::byte> checkpoint(std::string note) {
        Archive a;
        CheckpointHead head(plan_now(), now, std::move(note));
        transfer(a, head, *stepper, {});
        return a.seal();
    }

    /// The plan of the saved weights. If this network's weights are others than those that sent what is in flight, both
    /// need room in the sums.
    [[nodiscard]] Plan plan_for(const CheckpointHead& head, std::optional<int>& finer) const {
        Plan next = plan_now();
        next.live = head.live;
        bool same = true;
        for (std::size_t p = 0; p < next.projections.size(); ++p) {
            next.projections[p].weight_factor = head.weight_factors[p];
            same = same && next.projections[p].largest_weight == head.largest_weights[p];
        }
        scale_weights(next);
        if (same && next.weight_exponent == head.weight_exponent) return next;
        next.live = true;
        scale_weights(next);
        finer = next.weight_exponent - head.weight_exponent;
        return next;
    }

    [[nodiscard]] bool has_weights_of(const Plan& other) const {
        bool same = plan_now().live == other.live;
        for (std::size_t p = 0; p < other.projections.size(); ++p)
            same = same && plan_now().projections[p].weight_factor == other.projections[p].weight_factor;
        return same;
    }

    /// All of it is checked, and what may fail is done, before anything is changed.
    void restore(std::span<const std::byte> bytes, const std::string& name) {
        Archive a(bytes, name);
        CheckpointHead head(plan, 0, {});
        transfer(a, head, *stepper, {});
        a.finish();
        a.restart();
        head.transfer(a, plan);
        std::optional<int> finer;
        Plan next = plan_for(head, finer);
        std::optional<Rewired> rewired;
        if (!has_weights_of(next)) rewired = rewire(std::move(next), "checkpoint");
        a.restart();
        transfer(a, head, rewired ? *rewired->stepper : *stepper, finer);
        a.finish();
        if (rewired) adopt(std::move(*rewired));
    }

    void apply(const Intervention& intervention) {
        check_intervention(plan, intervention);
        live.prepare();
        std::visit(
            [this](const auto& change) {
                using Change = std::decay_t<decltype(change)>;
                if constexpr (std::is_same_v<Change, NoiseScale>) scale_noise(change);
                else if constexpr (std::is_same_v<Change, WeightScale>) scale_weights_of(change);
                else if constexpr (std::is_same_v<Change, Dopamine>) synapses.modulator.raise(change.amount);
                else if constexpr (std::is_same_v<Change, SynapseWeight>)
                    synapses.plastic[change.synapse.projection]->set_weight(change.synapse,
                                                                            static_cast<float>(change.weight));
                else if constexpr (std::is_same_v<Change, CurrentPulse>) live.add(change, now);
                else if constexpr (requires { live.add(change); }) live.add(change);
                else live.set(change);
            },
            intervention);
        if (on_intervention) on_intervention(now, intervention);
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
    std::unique_ptr<Plan> scaled_plan;  ///< null until weights are scaled
    std::unique_ptr<Wiring> wiring;
    Columns columns;
    SynapseState synapses;
    LiveInput live;
    PhaseLog log;
    std::unique_ptr<Profiler> profiler;  ///< null: no profile
    struct alignas(64) WaitBegin {
        std::uint64_t tick = 0;
    };
    std::vector<WaitBegin> wait_begin{workers()};
    std::unique_ptr<Stepper> stepper;
    Crew crew;
    Recording recording;
    Pacing* pacing = nullptr;  ///< of the run under way; null: as fast as it can

    std::uint64_t now = 0, end = 0;  ///< steps done; where the current run ends
    double build_s = 0.0;
    std::function<void(std::uint64_t, const Intervention&)> on_intervention;
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

RunReport Simulation::run(std::uint64_t steps, Observer* observer) { return run_paced(steps, observer, nullptr); }

RunReport Simulation::run_paced(std::uint64_t steps, Observer* observer, Pacing* pacing) {
    Impl& impl = *impl_;
    const auto start = Clock::now();
    const std::uint64_t first = impl.now, spikes = impl.recording.spikes();
    impl.recording.begin(observer);
    if (first == 0) impl.recording.sample_weights(0, impl.synapses);
    impl.pacing = pacing;
    if (!impl.recording.stop_requested()) impl.advance(first + steps, impl.workers() == 1);
    impl.pacing = nullptr;
    impl.recording.forget_stop();
    impl.recording.end();
    const RunReport report{impl.now - first, impl.recording.spikes() - spikes, seconds_since(start),
                           impl.now < first + steps};
    impl.check_finite();
    return report;
}

RunReport Simulation::run_ms(double ms, Observer* observer) { return run(impl_->network.steps(ms), observer); }

void Simulation::request_stop() noexcept { impl_->recording.request_stop(); }
bool Simulation::stop_requested() const noexcept { return impl_->recording.stop_requested(); }

void Simulation::apply(const Intervention& intervention) { impl_->apply(intervention); }
void Simulation::prepare_interventions() { impl_->live.prepare(); }

std::vector<std::byte> Simulation::checkpoint(std::string note) const { return impl_->checkpoint(std::move(note)); }
void Simulation::save(const std::filesystem::path& file, std::string note) const {
    write_checkpoint_file(file, checkpoint(std::move(note)));
}
void Simulation::restore(std::span<const std::byte> checkpoint) { impl_->restore(checkpoint, kInMemory); }
void Simulation::restore(const std::filesystem::path& file) {
    impl_->restore(read_checkpoint_file(file), file.string());
}

double Simulation::weight_factor(std::size_t projection) const {
    const std::vector<ProjectionPlan>& all = impl_->plan_now().projections;
    if (projection < all.size()) return all[projection].weight_factor;
    throw Error("projection", "", "number " + std::to_string(projection) + " does not exist",
                all.empty() ? "none" : "0 to " + std::to_string(all.size() - 1));
}

double Simulation::weight_quantum() const noexcept { return impl_->plan_now().quantum(); }

double Simulation::events() const noexcept {
    double sum = 0.0;
    for (std::size_t p = 0; p < impl_->plan.populations.size(); ++p)
        sum += static_cast<double>(impl_->recording.spikes_by_population()[p]) *
               static_cast<double>(impl_->synapses_from(p)) / impl_->plan.populations[p].size;
    return sum;
}

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
    const Plan& plan = impl_->plan_now();
    if (neuron >= plan.neurons)
        throw Error("synapses_of", "neuron", "is " + std::to_string(neuron),
                    "0 to " + std::to_string(plan.neurons - 1));
    std::vector<Connectome::StoredSynapse> stored;
    impl_->wiring->decode(neuron, stored);
    std::vector<Synapse> synapses;
    for (const auto& s : stored) synapses.push_back({plan.neuron_at(s.slot), s.weight * plan.quantum(), s.delay});
    // Rows that are not stored are drawn as they are for a spike.
    RowDrawer drawer(plan);
    std::vector<DrawnSynapse> drawn;
    for (std::size_t p = 0; p < plan.projections.size(); ++p)
        if (plan.projections[p].procedural && plan.projections[p].source.contains(neuron))
            drawer.draw_row(p, neuron, drawn);
    for (const DrawnSynapse& s : drawn) synapses.push_back({s.target, s.weight * plan.quantum(), s.delay});
    std::vector<PlasticSynapse> plastic;
    for (const PlasticProjection* projection : impl_->synapses.all_plastic) projection->synapses_of(neuron, plastic);
    for (const PlasticSynapse& s : plastic)
        synapses.push_back({s.target, std::round(s.weight / plan.quantum()) * plan.quantum(), s.delay_steps});
    std::sort(synapses.begin(), synapses.end(), [](const Synapse& x, const Synapse& y) {
        return std::tie(x.delay_steps, x.target, x.weight) < std::tie(y.delay_steps, y.target, y.weight);
    });
    return synapses;
}

namespace {

const PlasticProjection& plastic_of(const SynapseState& synapses, std::size_t projection) {
    if (projection < synapses.plastic.size() && synapses.plastic[projection]) return *synapses.plastic[projection];
    throw Error("projection", "", "number " + std::to_string(projection) + " is no plastic projection",
                "one with plasticity");
}

}  // namespace

std::vector<PlasticSynapse> Simulation::plastic_synapses(std::size_t projection) const {
    return plastic_of(impl_->synapses, projection).synapses();
}

std::size_t Simulation::plastic_synapse_count(std::size_t projection) const {
    return plastic_of(impl_->synapses, projection).synapse_count();
}

void Simulation::read_weights(std::size_t projection, std::span<float> into) const {
    const PlasticProjection& plastic = plastic_of(impl_->synapses, projection);
    if (into.size() != plastic.synapse_count())
        throw Error("read_weights", "into", "has " + std::to_string(into.size()) + " places",
                    std::to_string(plastic.synapse_count()));
    plastic.read(into);
}

double Simulation::dopamine() const noexcept { return impl_->synapses.modulator.level(); }

std::uint64_t Simulation::synapse_count() const noexcept {
    return impl_->wiring->synapse_count() + impl_->synapses.plastic_synapses();
}
double Simulation::build_seconds() const noexcept { return impl_->build_s; }
std::uint64_t Simulation::connectome_bytes() const noexcept {
    return impl_->wiring->bytes() + impl_->synapses.plastic_bytes();
}
int Simulation::threads() const noexcept { return impl_->threads; }
Isa Simulation::isa() const noexcept { return isa_of(impl_->kernels); }
Delivery Simulation::delivery() const noexcept { return impl_->delivery; }

Profile Simulation::profile() const {
    const Impl& impl = *impl_;
    if (!impl.profiler) throw Error("profile", "", "was not collected", "SimulationOptions::profile = true");
    Profile p = impl.profiler->profile();
    std::vector<std::uint64_t> synapses;
    for (std::size_t population = 0; population < impl.plan.populations.size(); ++population)
        synapses.push_back(impl.synapses_from(population));
    count_work(p, impl.plan, *impl.wiring, impl.columns, impl.recording.spikes_by_population(), synapses,
               impl.delivery == Delivery::reduce ? impl.workers() : 1);
    return p;
}

void check_intervention(const Network& network, const Intervention& intervention) {
    detail::check_intervention(network.plan(), intervention);
}

std::string_view kind_of(const Intervention& intervention) noexcept {
    static constexpr std::string_view names[std::variant_size_v<Intervention>] = {
        "noise-scale",   "population-current", "neuron-currents", "current-pulse", "input-spikes",
        "forced-spikes", "weight-scale",       "dopamine",        "synapse-weight"};
    return names[intervention.index()];
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
