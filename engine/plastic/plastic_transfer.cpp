// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The state of a plastic projection as bytes, in the order of the network, for any number of parts.
#include <algorithm>
#include <span>

#include "engine/plastic/plastic_projection.hpp"

namespace izhi::detail {

void PlasticProjection::copy_state(State& into) const {
    into.parts_.resize(parts_.size());
    for (std::size_t p = 0; p < parts_.size(); ++p) {
        const PartState& from = parts_[p];
        PartState& to = into.parts_[p];
        to.weight.assign(from.weight);
        to.change.assign(from.change);
        to.traces = from.traces;
        to.r2 = from.r2;
        to.o1.assign(from.o1);
        to.o2.assign(from.o2);
        if (p == 0) to.flights = from.flights;  // the lists of all parts are equal, see below
        to.fired = from.fired;
    }
}

void PlasticProjection::transfer(Archive& a, std::uint64_t now) {
    PartStates own;
    for (Part& part : parts_) own.push_back(&part);
    transfer(a, now, own);
}

void PlasticProjection::write(Archive& a, std::uint64_t now, State& state) const {
    PartStates copied;
    for (PartState& part : state.parts_) copied.push_back(&part);
    transfer(a, now, copied);
}

void PlasticProjection::transfer(Archive& a, std::uint64_t now, const PartStates& states) const {
    a.agree("plastic synapses", static_cast<std::uint64_t>(synapse_count()));
    transfer_weights(a, states);
    transfer_traces(a, states);
    transfer_flights(a, now, states);
    transfer_fired(a, now, states);
}

void PlasticProjection::transfer_weights(Archive& a, const PartStates& states) const {
    const std::vector<Handle> synapses = handles();
    const Order order = ranks_.alone() ? Order{} : order_of_all();
    std::vector<std::uint64_t> number;  // of each synapse of this rank; empty: in order
    if (!ranks_.alone()) number = numbers_in(order, ranks_.own());
    const auto number_of = [&](std::size_t i) { return number.empty() ? i : number[i]; };
    std::vector<float> values(ranks_.first() || !a.writing() ? synapse_count() : 0), own(synapses.size());
    for (AlignedArray<float> PartState::*column : {&PartState::weight, &PartState::change}) {
        if (column == &PartState::change && rule_.immediate) continue;
        if (a.writing()) {
            for (std::size_t i = 0; i < own.size(); ++i)
                own[i] = (states[synapses[i].part]->*column)[synapses[i].synapse];
            if (ranks_.alone()) values = own;
            else collect(order, own, values);
        }
        a.array(std::span(values));
        if (a.reading())
            for (std::size_t i = 0; i < own.size(); ++i)
                (states[synapses[i].part]->*column)[synapses[i].synapse] = values[number_of(i)];
    }
    if (!a.reading()) return;
    // The bounds may be narrower than where the state was saved, and sums have room for weights within them only.
    for (PartState* const state : states)
        for (float& weight : std::span(state->weight.data(), state->weight.size()))
            weight = weight >= rule_.lowest ? std::min(weight, rule_.highest) : rule_.lowest;
}

std::vector<std::uint64_t> PlasticProjection::numbers_in(const Order& order, std::size_t rank) {
    std::vector<std::uint64_t> numbers;
    for (std::size_t r = 0; r < order.runs[rank].size(); ++r)
        for (std::uint32_t i = 0; i < order.runs[rank][r].count; ++i) numbers.push_back(order.first[rank][r] + i);
    return numbers;
}

void PlasticProjection::collect(const Order& order, const std::vector<float>& own, std::vector<float>& all) const {
    const auto lists = lists_at_first(*ranks_.exchange, std::span<const float>(own));
    for (std::size_t rank = 0; rank < lists.size(); ++rank) {
        const float* next = lists[rank].data();
        for (std::size_t r = 0; r < order.runs[rank].size(); ++r) {
            const std::uint32_t count = order.runs[rank][r].count;
            std::copy_n(next, count, all.begin() + static_cast<std::ptrdiff_t>(order.first[rank][r]));
            next += count;
        }
    }
}

/// Groups of a source with the same delay see the same arrivals in every part, so one trace is stored for all.
void PlasticProjection::transfer_traces(Archive& a, const PartStates& states) const {
    if (!ranks_.alone()) {
        transfer_traces_among(a, states);
        transfer_traces_of_targets(a, states);
        return;
    }
    struct Member {
        std::uint32_t delay, part, group;
    };
    std::vector<Member> members;
    for (std::uint32_t source = 0; source < sources_.size(); ++source) {
        members.clear();
        for (std::uint32_t p = 0; p < parts_.size(); ++p)
            for (std::uint32_t g = parts_[p].row_begin[source]; g < parts_[p].row_begin[source + 1]; ++g)
                members.push_back({parts_[p].groups[g].delay, p, g});
        std::stable_sort(members.begin(), members.end(), [](auto& x, auto& y) { return x.delay < y.delay; });
        for (auto first = members.begin(); first != members.end();) {
            const auto last =
                std::find_if(first, members.end(), [&](const Member& m) { return m.delay != first->delay; });
            Trace trace = states[first->part]->traces[first->group];
            a.value(trace.r1);
            a.value(trace.last);
            float r2 = rule_.slow ? states[first->part]->r2[first->group] : 0.0f;
            if (rule_.slow) a.value(r2);
            for (; first != last; ++first) {
                if (!a.reading()) continue;
                states[first->part]->traces[first->group] = trace;
                if (rule_.slow) states[first->part]->r2[first->group] = r2;
            }
        }
    }
    transfer_traces_of_targets(a, states);
}

void PlasticProjection::transfer_traces_among(Archive& a, const PartStates& states) const {
    struct Both {
        float r1, r2;
        std::uint32_t last;
    };
    const Order order = order_of_all();
    const std::vector<Run>& own = order.runs[ranks_.own()];
    /// @param use called with the part and the group, for each group of a run of this rank
    const auto for_groups = [&](const Run& run, const auto& use) {
        for (std::size_t p = 0; p < parts_.size(); ++p)
            for (std::uint32_t g = parts_[p].row_begin[run.source]; g < parts_[p].row_begin[run.source + 1]; ++g)
                if (parts_[p].groups[g].delay == run.delay) use(p, g);
    };
    std::vector<Both> all(order.groups);
    if (a.writing()) {
        std::vector<Both> ours;
        for (const Run& run : own) {
            Both both{};
            for_groups(run, [&](std::size_t p, std::uint32_t g) {
                both = {states[p]->traces[g].r1, rule_.slow ? states[p]->r2[g] : 0.0f, states[p]->traces[g].last};
            });
            ours.push_back(both);
        }
        const auto lists = lists_at_first(*ranks_.exchange, std::span<const Both>(ours));
        for (std::size_t rank = 0; rank < lists.size(); ++rank)
            for (std::size_t r = 0; r < lists[rank].size(); ++r) all[order.group[rank][r]] = lists[rank][r];
    }
    for (Both& both : all) {
        a.value(both.r1);
        a.value(both.last);
        if (rule_.slow) a.value(both.r2);
    }
    if (!a.reading()) return;
    for (std::size_t r = 0; r < own.size(); ++r) {
        const Both& both = all[order.group[ranks_.own()][r]];
        for_groups(own[r], [&](std::size_t p, std::uint32_t g) {
            states[p]->traces[g] = {both.r1, both.last};
            if (rule_.slow) states[p]->r2[g] = both.r2;
        });
    }
}

void PlasticProjection::transfer_traces_of_targets(Archive& a, const PartStates& states) const {
    const Range& slots = ranks_.own_slots();
    AlignedArray<float> values(plan_.slots, slots.begin, slots.end);
    for (AlignedArray<float> PartState::*column : {&PartState::o1, &PartState::o2}) {
        if (column == &PartState::o2 && !rule_.slow) continue;
        if (a.writing())
            for (std::size_t p = 0; p < parts_.size(); ++p)
                std::copy_n((states[p]->*column).data(), parts_[p].slots.size(), values.data() + parts_[p].slots.begin);
        a.by_neuron(plan_, values);
        if (a.reading())
            for (std::size_t p = 0; p < parts_.size(); ++p)
                std::copy_n(values.data() + parts_[p].slots.begin, parts_[p].slots.size(), (states[p]->*column).data());
    }
}

// The number of past steps comes from the file, because the network in which a file is checked may have done fewer
// steps.

/// Every part lists all flights, so the list of any part can be used.
void PlasticProjection::transfer_flights(Archive& a, std::uint64_t now, const PartStates& states) const {
    const std::uint64_t places = max_delay_ + std::uint64_t{1};
    std::vector<std::vector<Flight>> ages(std::min<std::uint64_t>(max_delay_, now));
    if (a.writing())
        for (std::uint64_t age = 1; age <= ages.size(); ++age) ages[age - 1] = states[0]->flights[(now - age) % places];
    a.sequence(ages, max_delay_, [&](Archive& of_age, std::vector<Flight>& flights) {
        of_age.sequence(flights, sources_.size(), [&](Archive& at, Flight& flight) {
            at.value(flight.source, "a source", 0u, sources_.size() - 1);
            at.value(flight.factor, "a factor", 0.0f, 1.0f);
        });
    });
    if (!a.reading()) return;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
        const Part& part = parts_[p];
        for (std::vector<Flight>& list : states[p]->flights) list.clear();
        for (std::uint64_t age = 1; age <= std::min<std::uint64_t>(ages.size(), now); ++age)
            for (Flight flight : ages[age - 1]) {
                const std::uint32_t end = part.row_begin[flight.source + 1];
                flight.group = part.row_begin[flight.source];
                while (flight.group < end && part.groups[flight.group].delay < age)
                    ++flight.group;  // these have arrived
                flight.delay = flight.group < end ? part.groups[flight.group].delay : 0;
                if (flight.group == end) flight.group = kArrived;
                states[p]->flights[(now - age) % places].push_back(flight);
            }
    }
}

void PlasticProjection::transfer_fired(Archive& a, std::uint64_t now, const PartStates& states) const {
    const std::uint64_t lag = 2 * std::uint64_t{dendritic_steps_}, places = lag + 1;
    std::vector<std::vector<std::uint32_t>> ages(std::min(lag, now));  // neurons
    if (a.writing())
        for (std::uint64_t age = 1; age <= ages.size(); ++age)
            for (std::size_t p = 0; p < parts_.size(); ++p)
                for (const std::uint32_t target : states[p]->fired[(now - age) % places])
                    ages[age - 1].push_back(plan_.neuron_at(parts_[p].slots.begin + target));
    for (std::vector<std::uint32_t>& neurons : ages) a.collect(neurons);
    a.sequence(ages, lag, [&](Archive& of_age, std::vector<std::uint32_t>& neurons) {
        of_age.sequence(neurons, plan_.neurons, [&](Archive& at, std::uint32_t& neuron) {
            at.value(neuron, "a neuron that fired", 0u, plan_.neurons - 1);
        });
    });
    if (!a.reading()) return;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
        const Range& slots = parts_[p].slots;
        for (auto& list : states[p]->fired) list.clear();
        for (std::uint64_t age = 1; age <= std::min<std::uint64_t>(ages.size(), now); ++age)
            for (const std::uint32_t neuron : ages[age - 1])
                if (const std::uint32_t slot = plan_.slot_of(neuron); slots.contains(slot))
                    states[p]->fired[(now - age) % places].push_back(slot - slots.begin);
    }
}

}  // namespace izhi::detail
