// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// What ranks do together: orders, one verdict for all, the exchange after each phase, data that rank 0 collects.
#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <tuple>
#include <utility>

#include "engine/base/text.hpp"
#include "engine/simulation/simulation_impl.hpp"
#include "izhi/error.hpp"

namespace izhi {

using namespace detail;

namespace {

std::string of_rank(const Verdict& verdict) {
    return verdict.rank == 0 ? verdict.fault : "rank " + std::to_string(verdict.rank) + ": " + verdict.fault;
}

}  // namespace

void Simulation::Impl::together(const std::function<void()>& work) const { do_together(ranks.exchange.get(), work); }

void do_together(Exchange* exchange, const std::function<void()>& work) {
    if (exchange == nullptr) return work();
    std::exception_ptr own;
    std::string fault;
    try {
        work();
    } catch (const std::exception& error) {
        own = std::current_exception();
        fault = error.what();
        if (fault.empty()) fault = "failed";
    }
    const Verdict verdict = verdict_of_all(*exchange, fault);
    if (verdict.fault.empty()) return;
    if (own && verdict.rank == exchange->rank()) std::rethrow_exception(own);
    throw Error(of_rank(verdict));
}

void refuse_simulation(Exchange& exchange, std::string_view why) {
    (void)verdict_of_all(exchange, why.empty() ? "failed" : std::string(why));  // as in do_together()
}

// Orders

void Simulation::Impl::tell(Order order, std::uint64_t number, std::uint32_t flags,
                            std::span<const std::byte> message) const {
    if (ranks.alone()) return;
    OrderHead head{order, flags, number, message.size()};
    ranks.exchange->broadcast(std::as_writable_bytes(std::span(&head, 1)));
    if (message.empty()) return;
    Bytes copy(message.begin(), message.end());
    ranks.exchange->broadcast(copy);
}

Order Simulation::Impl::obey() {
    for (;;) {
        OrderHead head;
        ranks.exchange->broadcast(std::as_writable_bytes(std::span(&head, 1)));
        Bytes message(head.bytes);
        if (head.bytes > 0) ranks.exchange->broadcast(message);
        if (head.order == Order::end || head.order == Order::go || head.order == Order::halt) return head.order;
        try {
            obey_one(head, message);
        } catch (const Error&) {  // rank 0 has the same error and reports it
        } catch (const RunError&) {
        } catch (const std::exception& error) { ranks.exchange->abort(error.what()); }
    }
}

void Simulation::Impl::obey_one(const OrderHead& head, std::span<const std::byte> message) {
    switch (head.order) {
        case Order::run: {
            recording.begin(nullptr);
            recording.observed_by_first((head.flags & OrderFlags::observed) != 0);
            follows_pacing = (head.flags & OrderFlags::paced) != 0;
            advance(head.number, workers() == 1);
            follows_pacing = false;
            recording.end();
            if ((head.flags & OrderFlags::one_step) == 0) check_run();
            break;
        }
        case Order::apply: apply_here(intervention_from(message)); break;
        case Order::prepare: live.prepare(); break;
        case Order::checkpoint: (void)checkpoint({}); break;
        case Order::snapshot: {
            Snapshot::Impl ignored;
            copy_of_all(ignored);
            break;
        }
        case Order::restore: restore(message, kInMemory); break;
        case Order::read: {
            std::vector<float> ignored(plan.populations[head.number].size);
            if (const float* const column = column_of(head.flags, head.number))
                collect(plan.populations[head.number], column, ignored);
            break;
        }
        case Order::read_one: (void)collect_one(head.flags, static_cast<std::uint32_t>(head.number)); break;
        case Order::synapses: {
            const auto neuron = static_cast<std::uint32_t>(head.number);
            (void)stored_synapses(neuron);
            for (std::size_t p = 0; p < plan.projections.size(); ++p)
                if (plan.projections[p].plastic) (void)plastic_synapses(p, neuron);
            break;
        }
        case Order::plastic: (void)all_plastic_synapses(head.number); break;
        case Order::sightings: (void)sightings(); break;
        case Order::end:
        case Order::go:
        case Order::halt: break;
    }
}

bool Simulation::Impl::await_step() noexcept {
    if (!ranks.first()) return obey() == Order::go;
    const bool goes = (ranks.alone() || !recording.stop_requested()) && pacing->await_step(now);
    tell(goes ? Order::go : Order::halt);
    return goes;
}

bool Simulation::Impl::first_weights() noexcept {
    bool begins = recording.sample_weights(0, synapses);
    if (!ranks.alone() && !plan.description.weight_records.empty())
        ranks.exchange->broadcast(std::as_writable_bytes(std::span(&begins, 1)));
    return begins;
}

// Running

void Simulation::Impl::advance_as_first(std::uint64_t last) {
    try {
        advance(last, workers() == 1);
    } catch (const std::exception& error) {
        if (ranks.alone()) throw;
        ranks.exchange->abort(error.what());  // the others are in the run, and would wait for ever
    }
}

void Simulation::Impl::exchange_phase(std::uint64_t phase) noexcept {
    const std::uint64_t begin = profiler ? ticks() : 0;
    // Whether the spikes of the next phase can be read must be known to all before any begins it.
    phase_flags.unreadable = now < end && sources.reads() && !sources.prepare(now, next_steps());
    phase_flags.stop = ranks.first() && !is_paced() && recording.stop_requested();
    phase_flags = phase_exchange->exchange(phase, phase_flags);
    if (!profiler) return;
    const std::uint64_t end_tick = ticks();
    profiler->add_exchange(end_tick - begin);
    profiler->trace(0, Activity::exchange, log.phase(phase).first_step, begin, end_tick);
}

void Simulation::Impl::check_run() const {
    if (ranks.alone()) {
        check_finite();
        sources.check();
        return;
    }
    std::string fault;
    try {
        check_finite();
        sources.check();
    } catch (const RunError& error) { fault = error.what(); }
    const std::vector<std::uint64_t> hashes = values_of_all(*ranks.exchange, recording.hash());
    const Verdict verdict = verdict_of_all(*ranks.exchange, fault);
    if (!verdict.fault.empty()) throw RunError(verdict.fault);
    for (std::size_t rank = 1; rank < hashes.size(); ++rank)
        if (hashes[rank] != hashes[0])
            throw RunError("rank " + std::to_string(rank) + " had other spikes than rank 0 by step " +
                           std::to_string(now) + ": the ranks do not run the same network, or memory is faulty");
}

// Collecting

void Simulation::Impl::collect(const PopulationPlan& population, const float* column, std::span<float> into) const {
    const auto part_of = [&](std::size_t rank) {
        const auto within = [&](std::uint32_t slot) {
            return std::clamp(slot, population.first_slot, population.first_slot + population.size) -
                   population.first_slot;
        };
        return Range{within(ranks.slots[rank].begin), within(ranks.slots[rank].end)};
    };
    const Range own = part_of(ranks.own());
    const std::span<const float> values{column + population.first_slot + own.begin, own.size()};
    if (!ranks.first()) return ranks.exchange->send(std::as_bytes(values));
    std::copy(values.begin(), values.end(), into.begin() + own.begin);
    for (std::size_t rank = 1; rank < ranks.count(); ++rank) {
        const Range part = part_of(rank);
        ranks.exchange->receive(static_cast<int>(rank), std::as_writable_bytes(into.subspan(part.begin, part.size())));
    }
}

float Simulation::Impl::collect_one(std::uint32_t column, std::uint32_t slot) const {
    const auto owner = static_cast<std::size_t>(
        std::find_if(ranks.slots.begin(), ranks.slots.end(), [&](const Range& own) { return own.contains(slot); }) -
        ranks.slots.begin());
    float value = 0.0f;
    if (ranks.own() == owner) value = column_of(column, 0)[slot];
    if (owner == 0) return value;
    if (ranks.own() == owner) ranks.exchange->send(std::as_bytes(std::span(&value, 1)));
    if (ranks.first()) ranks.exchange->receive(static_cast<int>(owner), std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

const float* Simulation::Impl::column_of(std::uint32_t column, std::size_t population) const {
    const Columns::PopulationParameters& p = columns.populations[population];
    switch (static_cast<char>(column)) {
        case 'v': return columns.v.data();
        case 'u': return columns.u.data();
        case 'a': return p.a.column;
        case 'b': return p.b.column;
        case 'c': return p.c.column;
        case 'd': return p.d.column;
        case 'I': return p.bias.column;
        default: return nullptr;
    }
}

namespace {

/// Rank 0 gets what all ranks have, in the order of ranks; the others get nothing.
template <class T>
std::vector<T> joined(const Ranks& ranks, std::vector<T> own) {
    if (ranks.alone()) return own;
    const auto lists = lists_at_first(*ranks.exchange, std::span<const T>(own));
    own.clear();
    for (const auto& list : lists) own.insert(own.end(), list.begin(), list.end());
    return own;
}

}  // namespace

std::vector<Connectome::StoredSynapse> Simulation::Impl::stored_synapses(std::uint32_t neuron) const {
    std::vector<Connectome::StoredSynapse> stored;
    wiring->decode(neuron, stored);
    return joined(ranks, std::move(stored));
}

std::vector<PlasticSynapse> Simulation::Impl::plastic_synapses(std::size_t projection, std::uint32_t neuron) const {
    std::vector<PlasticSynapse> own;
    synapses.plastic[projection]->synapses_of(neuron, own);
    return joined(ranks, std::move(own));
}

std::vector<PlasticSynapse> Simulation::Impl::all_plastic_synapses(std::size_t projection) const {
    std::vector<PlasticSynapse> all = joined(ranks, synapses.plastic[projection]->synapses());
    if (ranks.alone()) return all;
    // Equal synapses are on one rank, where they are in order.
    std::stable_sort(all.begin(), all.end(), [](const PlasticSynapse& x, const PlasticSynapse& y) {
        return std::tie(x.source, x.delay_steps, x.target) < std::tie(y.source, y.delay_steps, y.target);
    });
    return all;
}

std::vector<Lookout::Sightings> Simulation::Impl::sightings() const {
    std::vector<Lookout::Sightings> all = stepper->lookout().sightings();
    if (ranks.alone()) return all;
    const auto lists = lists_at_first(*ranks.exchange, std::span<const Lookout::Sightings>(all));
    for (std::size_t rank = 1; rank < lists.size(); ++rank)
        for (std::size_t p = 0; p < all.size(); ++p) all[p].add(lists[rank][p]);
    return all;
}

void Simulation::Impl::copy_of_all(Snapshot::Impl& into) {
    together([this] { check_finite(); });
    Archive brief(std::move(into.brief));
    brief.among(ranks);
    transfer_brief(brief, now, *stepper, {});
    synapses.transfer_learnt(brief, now);
    into.brief = brief.leave_unsealed();
    into.whole = true;
    into.head = CheckpointHead(plan_now(), now, {});
    into.of = this;
}

}  // namespace izhi
