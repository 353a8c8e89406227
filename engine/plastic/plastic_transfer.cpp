// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// The state of a plastic projection as bytes: as the network sees it, whatever its parts are.
#include <algorithm>

#include "engine/plastic/plastic_projection.hpp"

namespace izhi::detail {

void PlasticProjection::transfer(Archive& a, std::uint64_t now) {
    a.agree("plastic synapses", static_cast<std::uint64_t>(synapse_count()));
    transfer_weights(a);
    transfer_traces(a);
    transfer_flights(a, now);
    transfer_fired(a, now);
}

void PlasticProjection::transfer_weights(Archive& a) {
    const std::vector<Handle> synapses = handles();
    std::vector<float> values(synapses.size());
    for (AlignedArray<float> Part::*column : {&Part::weight, &Part::change}) {
        if (column == &Part::change && rule_.immediate) continue;
        if (a.writing())
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] = (parts_[synapses[i].part].*column)[synapses[i].synapse];
        a.array(std::span(values));
        if (a.reading())
            for (std::size_t i = 0; i < values.size(); ++i)
                (parts_[synapses[i].part].*column)[synapses[i].synapse] = values[i];
    }
}

/// Groups of a source that have the same delay see the same arrivals, whatever part they lie in: one trace for all.
void PlasticProjection::transfer_traces(Archive& a) {
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
            Trace trace = parts_[first->part].traces[first->group];
            a.value(trace.r1);
            a.value(trace.last);
            float r2 = rule_.slow ? parts_[first->part].r2[first->group] : 0.0f;
            if (rule_.slow) a.value(r2);
            for (; first != last; ++first) {
                if (!a.reading()) continue;
                parts_[first->part].traces[first->group] = trace;
                if (rule_.slow) parts_[first->part].r2[first->group] = r2;
            }
        }
    }
    AlignedArray<float> values(plan_.slots);
    for (AlignedArray<float> Part::*column : {&Part::o1, &Part::o2}) {
        if (column == &Part::o2 && !rule_.slow) continue;
        if (a.writing())
            for (const Part& part : parts_)
                std::copy_n((part.*column).data(), part.slots.size(), values.data() + part.slots.begin);
        a.by_neuron(plan_, values);
        if (a.reading())
            for (Part& part : parts_)
                std::copy_n(values.data() + part.slots.begin, part.slots.size(), (part.*column).data());
    }
}

// How many steps back there is something is told by the file: a network that is being checked has not gone so far yet.

/// Every part lists every spike that set out, so any part's list will do.
void PlasticProjection::transfer_flights(Archive& a, std::uint64_t now) {
    const std::uint64_t places = max_delay_ + std::uint64_t{1};
    std::vector<std::vector<Flight>> ages(std::min<std::uint64_t>(max_delay_, now));
    if (a.writing())
        for (std::uint64_t age = 1; age <= ages.size(); ++age) ages[age - 1] = parts_[0].flights[(now - age) % places];
    a.sequence(ages, max_delay_, [&](Archive& of_age, std::vector<Flight>& flights) {
        of_age.sequence(flights, sources_.size(), [&](Archive& at, Flight& flight) {
            at.value(flight.source, "a source", 0u, sources_.size() - 1);
            at.value(flight.factor, "a factor", 0.0f, 1.0f);
        });
    });
    if (!a.reading()) return;
    for (Part& part : parts_) {
        for (std::vector<Flight>& list : part.flights) list.clear();
        for (std::uint64_t age = 1; age <= std::min<std::uint64_t>(ages.size(), now); ++age)
            for (Flight flight : ages[age - 1]) {
                const std::uint32_t end = part.row_begin[flight.source + 1];
                flight.group = part.row_begin[flight.source];
                while (flight.group < end && part.groups[flight.group].delay < age) ++flight.group;  // have arrived
                flight.delay = flight.group < end ? part.groups[flight.group].delay : 0;
                if (flight.group == end) flight.group = kArrived;
                part.flights[(now - age) % places].push_back(flight);
            }
    }
}

void PlasticProjection::transfer_fired(Archive& a, std::uint64_t now) {
    const std::uint64_t lag = 2 * std::uint64_t{dendritic_steps_}, places = lag + 1;
    std::vector<std::vector<std::uint32_t>> ages(std::min(lag, now));  // neurons
    if (a.writing())
        for (std::uint64_t age = 1; age <= ages.size(); ++age)
            for (const Part& part : parts_)
                for (const std::uint32_t target : part.fired[(now - age) % places])
                    ages[age - 1].push_back(plan_.neuron_at(part.slots.begin + target));
    a.sequence(ages, lag, [&](Archive& of_age, std::vector<std::uint32_t>& neurons) {
        of_age.sequence(neurons, plan_.neurons, [&](Archive& at, std::uint32_t& neuron) {
            at.value(neuron, "a neuron that fired", 0u, plan_.neurons - 1);
        });
    });
    if (!a.reading()) return;
    for (Part& part : parts_) {
        for (auto& list : part.fired) list.clear();
        for (std::uint64_t age = 1; age <= std::min<std::uint64_t>(ages.size(), now); ++age)
            for (const std::uint32_t neuron : ages[age - 1])
                if (const std::uint32_t slot = plan_.slot_of(neuron); part.slots.contains(slot))
                    part.fired[(now - age) % places].push_back(slot - part.slots.begin);
    }
}

}  // namespace izhi::detail
