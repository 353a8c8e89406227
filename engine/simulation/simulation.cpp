// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/simulation.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <exception>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include "engine/base/float_environment.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/text.hpp"
#include "engine/network/check.hpp"
#include "engine/network/connectome.hpp"
#include "engine/network/plan.hpp"
#include "engine/simulation/simulation_impl.hpp"
#include "engine/state/checkpoint.hpp"
#include "engine/step/isa.hpp"
#include "engine/step/profile_figures.hpp"
#include "izhi/error.hpp"

namespace izhi {

using namespace detail;

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

Simulation::Simulation(Network network, SimulationOptions options) {
    const FloatEnvironment usual;
    const std::shared_ptr<Exchange> exchange =
        options.exchange && options.exchange->ranks() > 1 ? options.exchange : nullptr;
    options.exchange = exchange;
    // Ranks that do not fit are found before any rank wires.
    if (exchange) do_together(exchange.get(), [&] { Impl::check(network, options); });
    do_together(exchange.get(), [&] { impl_ = std::make_unique<Impl>(std::move(network), std::move(options)); });
    impl_->complete();
}
Simulation::~Simulation() = default;
Simulation::Simulation(Simulation&&) noexcept = default;
Simulation& Simulation::operator=(Simulation&&) noexcept = default;

void Simulation::follow() {
    if (impl_->ranks.first()) throw Error("follow", "", "is called on rank 0", "the other ranks of an exchange");
    while (impl_->obey() != Order::end) {}
}

int Simulation::ranks() const noexcept { return static_cast<int>(impl_->ranks.count()); }

std::span<const Spike> Simulation::step() noexcept {
    // A single step must wake its workers, which costs more than they save in networks smaller than this.
    constexpr std::uint32_t worth_waking = 65536;
    Impl& impl = *impl_;
    impl.recording.clear_latest();
    impl.recording.begin(nullptr);
    impl.tell(Order::run, impl.now + 1, OrderFlags::one_step);
    impl.advance(impl.now + 1, impl.workers() == 1 || impl.plan.slots < worth_waking);
    impl.recording.end();  // throws what observers threw; here there is none
    return impl.recording.latest();
}

RunReport Simulation::run(std::uint64_t steps, Observer* observer) { return run_paced(steps, observer, nullptr); }

RunReport Simulation::run_paced(std::uint64_t steps, Observer* observer, Pacing* pacing) {
    Impl& impl = *impl_;
    const auto start = Clock::now();
    const std::uint64_t first = impl.now, spikes = impl.recording.spikes();
    // If an executor throws, nothing that belongs to this call remains.
    struct Leave {
        Impl& impl;
        ~Leave() {
            impl.pacing = nullptr;
            impl.recording.begin(nullptr);
        }
    } const leave{impl};
    impl.recording.begin(observer);
    impl.pacing = pacing;
    const bool runs = !impl.recording.stop_requested();
    if (runs) {
        impl.tell(Order::run, first + steps, (pacing ? OrderFlags::paced : 0) | (observer ? OrderFlags::observed : 0));
        impl.advance_as_first(first + steps);
    }
    impl.recording.take_alone();  // the last closed phase may still ask for the end of a run that is over
    impl.recording.forget_stop();
    // The other ranks wait for this check, whatever the observer throws.
    std::exception_ptr fault;
    if (runs || impl.ranks.alone()) try {
            impl.check_run();
        } catch (const RunError&) { fault = std::current_exception(); }
    impl.recording.end();
    const RunReport report{impl.now - first, impl.recording.spikes() - spikes, seconds_since(start),
                           impl.now < first + steps};
    if (fault) std::rethrow_exception(fault);
    return report;
}

RunReport Simulation::run_ms(double ms, Observer* observer) { return run(impl_->network.steps(ms), observer); }

void Simulation::request_stop() noexcept { impl_->recording.request_stop(); }
bool Simulation::stop_requested() const noexcept { return impl_->recording.stop_requested(); }

void Simulation::apply(const Intervention& intervention) { impl_->apply(intervention); }
void Simulation::prepare_interventions() {
    impl_->tell(Order::prepare);
    impl_->live.prepare();
}

std::vector<std::byte> Simulation::checkpoint(std::string note) const {
    impl_->tell(Order::checkpoint);
    return impl_->checkpoint(std::move(note));
}
void Simulation::save(const std::filesystem::path& file, std::string note) const {
    write_checkpoint_file(file, checkpoint(std::move(note)));
}
void Simulation::snapshot(Snapshot& into) const {
    impl_->tell(Order::snapshot);
    impl_->ranks.alone() ? impl_->copy(*into.impl_) : impl_->copy_of_all(*into.impl_);
}
void Simulation::restore(std::span<const std::byte> checkpoint) {
    impl_->tell(Order::restore, 0, 0, checkpoint);
    impl_->restore(checkpoint, kInMemory);
}
void Simulation::restore(const std::filesystem::path& file) {
    const std::vector<std::byte> bytes = read_checkpoint_file(file);
    impl_->tell(Order::restore, 0, 0, bytes);
    impl_->restore(bytes, file.string());
}

double Simulation::weight_factor(ProjectionId projection) const {
    return projection_of(impl_->plan_now(), projection).weight_factor;
}

std::vector<Note> Simulation::notes() const {
    std::vector<Note> notes;
    const NetworkDescription& description = impl_->plan.description;
    impl_->tell(Order::sightings);
    const std::vector<Lookout::Sightings> seen = impl_->sightings();
    const std::string numerics(to_string(description.spec.numerics)), dt = number_text(description.spec.dt_ms);
    for (std::size_t p = 0; p < seen.size(); ++p) {
        const std::string looked = " of the " + std::to_string(seen[p].looked) + " neuron-steps looked at, one in " +
                                   std::to_string(Lookout::kEvery);
        const auto add = [&](std::uint64_t count, const char* field, const std::string& text) {
            if (count > 0)
                notes.push_back({Note::Kind::state, "population." + description.populations[p].name, field, text});
        };
        const std::string method = "\"" + numerics + "\" at dt_ms = " + dt;
        add(seen[p].low, "v",
            "below -120 mV in " + std::to_string(seen[p].low) + looked + ": inhibition is stronger than " + method +
                " can follow; take a shorter step, or set v_min_mv");
        add(seen[p].inhibited, "spikes",
            std::to_string(seen[p].inhibited) + looked + ", fired under an input below -100 mV/ms: with " + method +
                " inhibition makes neurons fire; take numerics = \"accurate\" or a shorter step");
        add(seen[p].repeated, "spikes",
            "in two steps on end, " + std::to_string(seen[p].repeated) + looked +
                ": \"accurate\" fires once per step at most; take a shorter step");
    }
    return notes;
}

double Simulation::weight_quantum(ProjectionId projection) const {
    return impl_->plan_now().quantum_of(projection_of(impl_->plan_now(), projection));
}

double Simulation::events() const noexcept {
    double sum = 0.0;
    for (std::size_t p = 0; p < impl_->plan.populations.size(); ++p) {
        if (impl_->plan.populations[p].size == 0) continue;
        sum += static_cast<double>(impl_->recording.spikes_by_population()[p]) *
               static_cast<double>(impl_->synapses_from(p)) / impl_->plan.populations[p].size;
    }
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
    const auto absorb_all = [&](std::span<const float> v, std::span<const float> u) {
        for (std::size_t i = 0; i < v.size(); ++i)
            absorb(hash, std::uint64_t{std::bit_cast<std::uint32_t>(v[i])} << 32 | std::bit_cast<std::uint32_t>(u[i]));
    };
    std::vector<float> v, u;
    for (std::uint32_t p = 0; p < impl_->plan.populations.size(); ++p) {
        const PopulationPlan& population = impl_->plan.populations[p];
        const std::uint32_t first = population.first_slot, size = population.size;
        if (impl_->ranks.alone()) {
            absorb_all({impl_->columns.v.data() + first, size}, {impl_->columns.u.data() + first, size});
            continue;
        }
        v.resize(size);
        u.resize(size);
        read(Variable::v, PopulationId{p}, v);
        read(Variable::u, PopulationId{p}, u);
        absorb_all(v, u);
    }
    return hash;
}

namespace {

/// The column of a variable, as in Order::read.
std::uint32_t column_named(Variable variable) {
    if (variable != Variable::v && variable != Variable::u)
        throw Error("read", "variable", "is " + std::string(to_string(variable)) + ", which is not kept", "v, u");
    return variable == Variable::v ? 'v' : 'u';
}

}  // namespace

float Simulation::read(Variable variable, std::uint32_t neuron) const {
    check_neuron(impl_->plan, "read", neuron);
    const std::uint32_t column = column_named(variable), slot = impl_->plan.slot_of(neuron);
    if (impl_->ranks.own_slots().contains(slot)) return impl_->column_of(column, 0)[slot];
    impl_->tell(Order::read_one, slot, column);
    return impl_->collect_one(column, slot);
}

void Simulation::read(Variable variable, PopulationId population, std::span<float> into) const {
    (void)impl_->network.first_neuron(population);
    const PopulationPlan& p = impl_->plan.populations[population.index];
    if (into.size() != p.size)
        throw Error("read", "into", "has " + std::to_string(into.size()) + " places", std::to_string(p.size));
    const std::uint32_t column = column_named(variable);
    impl_->tell(Order::read, population.index, column);
    impl_->collect(p, impl_->column_of(column, population.index), into);
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
                                             : parameter == 'I' ? &all.bias
                                                                : nullptr;
    if (!chosen) throw Error("read_parameter", "parameter", "is '" + std::string(1, parameter) + "'", "a, b, c, d, I");
    if (!chosen->column) {
        std::fill(into.begin(), into.end(), chosen->value);
        return;
    }
    impl_->tell(Order::read, population.index, static_cast<std::uint32_t>(parameter));
    impl_->collect(p, chosen->column, into);
}

std::vector<Simulation::Synapse> Simulation::synapses_of(std::uint32_t neuron) const {
    const Plan& plan = impl_->plan_now();
    check_neuron(plan, "synapses_of", neuron);
    impl_->tell(Order::synapses, neuron);
    std::vector<Synapse> synapses;
    for (const auto& s : impl_->stored_synapses(neuron)) {
        const std::uint32_t target = plan.neuron_at(s.slot);
        synapses.push_back({target, s.weight * plan.quantum(s.channel, plan.population_of(target)), s.delay});
    }
    // Rows that are not stored are drawn, as for a spike.
    RowDrawer drawer(plan, impl_->kernels);
    DrawnRow drawn;
    std::vector<PlasticSynapse> plastic;
    for (std::size_t p = 0; p < plan.projections.size(); ++p) {
        const double quantum = plan.quantum_of(plan.projections[p]);
        drawn.clear();
        plastic.clear();
        if (plan.projections[p].procedural && plan.projections[p].source.contains(neuron))
            drawer.draw_row(p, neuron, drawn);
        if (plan.projections[p].plastic) plastic = impl_->plastic_synapses(p, neuron);
        for (std::size_t i = 0; i < drawn.size(); ++i)
            synapses.push_back({drawn[i].target, drawn[i].weight * quantum, drawn[i].delay});
        for (const PlasticSynapse& s : plastic)
            synapses.push_back({s.target, std::round(s.weight / quantum) * quantum, s.delay_steps});
    }
    std::sort(synapses.begin(), synapses.end(), [](const Synapse& x, const Synapse& y) {
        return std::tie(x.delay_steps, x.target, x.weight) < std::tie(y.delay_steps, y.target, y.weight);
    });
    return synapses;
}

namespace {

const PlasticProjection& plastic_of(const Plan& plan, const SynapseState& synapses, ProjectionId id) {
    Check{}.assigned(plan, id, "projection");
    if (id.index < synapses.plastic.size() && synapses.plastic[id.index]) return *synapses.plastic[id.index];
    throw Error("projection." + plan.description.projections[id.index].spec.name, "", "has no plasticity",
                "a projection with plasticity");
}

}  // namespace

std::vector<PlasticSynapse> Simulation::plastic_synapses(ProjectionId projection) const {
    (void)plastic_of(impl_->plan, impl_->synapses, projection);
    impl_->tell(Order::plastic, projection.index);
    return impl_->all_plastic_synapses(projection.index);
}

std::size_t Simulation::plastic_synapse_count(ProjectionId projection) const {
    return plastic_of(impl_->plan, impl_->synapses, projection).synapse_count();
}

void Simulation::read_weights(ProjectionId projection, std::span<float> into) const {
    const PlasticProjection& plastic = plastic_of(impl_->plan, impl_->synapses, projection);
    if (into.size() != plastic.synapse_count())
        throw Error("read_weights", "into", "has " + std::to_string(into.size()) + " places",
                    std::to_string(plastic.synapse_count()));
    const std::vector<PlasticSynapse> all = plastic_synapses(projection);
    std::transform(all.begin(), all.end(), into.begin(), [](const PlasticSynapse& s) { return s.weight; });
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
Isa Simulation::isa() const noexcept { return impl_->kernels.isa; }
Delivery Simulation::delivery() const noexcept { return impl_->delivery; }

Profile Simulation::profile() const {
    const Impl& impl = *impl_;
    if (!impl.profiler) throw Error("profile", "", "was not collected", "SimulationOptions::profile = true");
    Profile p = impl.profiler->profile();
    std::vector<std::uint64_t> synapses;
    for (std::size_t population = 0; population < impl.plan.populations.size(); ++population)
        synapses.push_back(impl.synapses_from(population));
    PlasticWork plastic;
    for (const PlasticProjection* projection : impl.synapses.all_plastic) plastic.add(projection->work());
    count_work(p, impl.plan, *impl.wiring, impl.columns, impl.recording.spikes_by_population(), synapses, plastic,
               static_cast<double>(impl.ranks.own_slots().size()) / std::max(impl.plan.slots, 1u),
               impl.stepper->sums_in_update()      ? 0
               : impl.delivery == Delivery::reduce ? impl.workers()
                                                   : 1);
    return p;
}

void check_intervention(const Network& network, const Intervention& intervention) {
    detail::check_intervention(network.plan(), intervention);
}

std::string_view kind_of(const Intervention& intervention) noexcept {
    static constexpr std::string_view names[std::variant_size_v<Intervention>] = {
        "noise-scale",   "population-current", "neuron-currents", "current-pulse",  "input-spikes",
        "forced-spikes", "weight-scale",       "dopamine",        "synapse-weight", "source-rates"};
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
