// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/plastic/plastic_projection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "engine/base/parallel.hpp"
#include "engine/base/text.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {
namespace {

/// The nearest whole number of quanta, with halves away from zero. It is exact, see weight_scale.cpp for the bound.
std::int32_t rounded(float quanta) noexcept {
    return static_cast<std::int32_t>(quanta + __builtin_copysignf(0.5f, quanta));
}

/// The distance of a weight to a bound, as a share of the range.
float share_left(const PlasticRule& rule, float weight, float bound) noexcept {
    return (bound - weight) * rule.inverse_range;
}

float bounded(const PlasticRule& rule, float weight) noexcept {
    return std::min(std::max(weight, rule.lowest), rule.highest);
}

}  // namespace

PlasticProjection::PlasticProjection(const Plan& plan, std::size_t projection, const std::vector<Range>& parts,
                                     const Ranks& ranks, Executor& executor, const simd::Kernels& kernels)
    : plan_(plan), ranks_(ranks), projection_(projection),
      rule_(*plan.description.projections[projection].spec.plasticity, plan.description.spec.dt_ms), kernels_(kernels),
      sources_(plan.projections[projection].source), buffer_(plan.projections[projection].buffer),
      dendritic_steps_(plan.projections[projection].dendritic_steps),
      min_delay_(static_cast<std::uint32_t>(plan.projections[projection].delay.low)),
      max_delay_(static_cast<std::uint32_t>(plan.projections[projection].delay.high)), parts_(parts.size()) {
    for (std::size_t p = 0; p < parts.size(); ++p) parts_[p].slots = parts[p];
    GatheredProjection gathered;
    if (needs_gathering(plan, projection)) gathered = gather(plan, projection, ranks.own_neurons(), executor, kernels);
    parallel_tasks(executor, parts.size(), [&](auto next_task) {
        for (std::size_t p; next_task(p);) wire(plan, projection, gathered, parts_[p]);
    });
    for (const Part& part : parts_) synapse_count_ += part.target.size();
}

void PlasticProjection::wire(const Plan& plan, std::size_t projection, const GatheredProjection& gathered, Part& part) {
    struct Synapse {
        std::uint32_t delay, slot;
        std::int32_t weight;
        auto operator<=>(const Synapse&) const = default;
    };
    RowDrawer drawer(plan, kernels_);
    DrawnRow row;
    std::vector<Synapse> synapses;
    std::vector<float> start_weights;  // in row order
    const double quantum = std::ldexp(1.0, -plan.projections[projection].weight_exponent);
    part.column_begin.assign(std::size_t{part.slots.size()} + 1, 0);
    for (std::uint32_t source = sources_.begin; source < sources_.end; ++source) {
        part.row_begin.push_back(static_cast<std::uint32_t>(part.groups.size()));
        row.clear();
        if (gathered.offsets.empty()) {
            drawer.draw_row(projection, source, row);
        } else {
            const std::size_t r = source - sources_.begin;
            for (std::uint64_t i = gathered.offsets[r]; i < gathered.offsets[r + 1]; ++i) row.add(gathered.synapses[i]);
        }
        synapses.clear();
        for (std::size_t i = 0; i < row.size(); ++i)
            if (const std::uint32_t slot = plan.slot_of(row[i].target); part.slots.contains(slot))
                synapses.push_back({row[i].delay, slot - part.slots.begin, row[i].weight});
        std::sort(synapses.begin(), synapses.end());
        for (std::size_t i = 0; i < synapses.size(); ++i) {
            if (i == 0 || synapses[i].delay != synapses[i - 1].delay)
                part.groups.push_back({static_cast<std::uint32_t>(part.target.size()), synapses[i].delay});
            part.target.push_back(synapses[i].slot);
            // Rounding can move a weight at a bound beyond it.
            const auto start = static_cast<float>(synapses[i].weight * quantum);
            start_weights.push_back(std::clamp(start, rule_.lowest, rule_.highest));
            ++part.column_begin[synapses[i].slot + 1];
        }
        if (part.target.size() > std::numeric_limits<std::uint32_t>::max() - 65536u)
            throw Error("projection." + plan.description.projections[projection].spec.name, "",
                        "has too many plastic synapses", "fewer than 4e9 for each thread");
    }
    part.row_begin.push_back(static_cast<std::uint32_t>(part.groups.size()));
    const auto count = static_cast<std::uint32_t>(part.target.size());
    part.groups.push_back({count, 0});
    const std::size_t padded = (std::size_t{count} + simd::kPad - 1) / simd::kPad * simd::kPad;
    part.weight = AlignedArray<float>(padded);
    std::copy(start_weights.begin(), start_weights.end(), part.weight.data());
    if (!rule_.immediate) part.change = AlignedArray<float>(padded);

    for (std::size_t t = 1; t < part.column_begin.size(); ++t) part.column_begin[t] += part.column_begin[t - 1];
    std::vector<std::uint32_t> next(part.column_begin.begin(), part.column_begin.end() - 1);
    part.incoming.resize(count);
    for (std::uint32_t g = 0; g + 1 < part.groups.size(); ++g)
        for (std::uint32_t k = part.groups[g].first; k < part.groups[g + 1].first; ++k)
            part.incoming[next[part.target[k]]++] = {k, g};

    part.traces.resize(part.groups.size());
    const auto slots_of = [&](std::uint32_t slot) {
        return std::clamp(slot, part.slots.begin, part.slots.end) - part.slots.begin;
    };
    if (const Range targets = plan.projections[projection].target; !targets.empty()) {
        const PopulationPlan& last = plan.populations[plan.population_of(targets.end - 1)];
        part.targets = {slots_of(plan.slot_of(targets.begin)), slots_of(last.first_slot + last.slots)};
    }
    part.o1 = AlignedArray<float>(part.slots.size());
    if (rule_.slow) {
        part.r2.resize(part.groups.size());
        part.o2 = AlignedArray<float>(part.slots.size());
    }
    part.due.reserve(part.groups.size());
    part.flights.resize(max_delay_ + 1);
    for (auto& list : part.flights) list.reserve(sources_.size());
    part.fired.resize(2 * dendritic_steps_ + 1);
    for (auto& list : part.fired) list.reserve(part.targets.size());
}

void PlasticProjection::depart(std::size_t part_index, std::uint64_t step, std::span<const std::uint32_t> neurons,
                               const std::int32_t* factors) noexcept {
    Part& part = parts_[part_index];
    const auto first = std::lower_bound(neurons.begin(), neurons.end(), sources_.begin);
    const auto last = std::lower_bound(first, neurons.end(), sources_.end);
    std::vector<Flight>& list = part.flights[step % part.flights.size()];
    for (auto neuron = first; neuron != last; ++neuron) {
        const std::uint32_t source = *neuron - sources_.begin, group = part.row_begin[source];
        const float factor =
            factors ? static_cast<float>(factors[*neuron]) * (1.0f / static_cast<float>(simd::kFactorOne)) : 1.0f;
        const bool any = group < part.row_begin[source + 1];
        list.push_back({source, any ? group : kArrived, any ? part.groups[group].delay : 0, factor});
    }
}

template <bool Immediate, WeightDependence Dependence>
void PlasticProjection::arrive_group(Part& part, std::uint32_t group, std::uint64_t step, float scale,
                                     std::int32_t* sums) noexcept {
    Trace& trace = part.traces[group];
    const std::uint32_t since = static_cast<std::uint32_t>(step) - trace.last;
    float amount = rule_.minus;
    if (rule_.slow) {
        const float r2 = part.r2[group] * rule_.r2.after(since);
        amount += rule_.minus_slow * r2;
        part.r2[group] = rule_.renewed(r2);
    }
    trace.r1 = rule_.renewed(trace.r1 * rule_.r1.after(since));
    trace.last = static_cast<std::uint32_t>(step);

    constexpr std::uint32_t enough_for_vectors = 24;
    const std::uint32_t begin = part.groups[group].first, size = part.groups[group + 1].first - begin;
    part.arrivals += size;
    if (Immediate && Dependence != WeightDependence::power && size >= enough_for_vectors) {
        simd::DepressArgs args{};
        args.targets = part.target.data() + begin;
        args.weights = part.weight.data() + begin;
        args.count = size;
        args.traces = part.o1.data();
        args.sums = sums;
        args.scale = scale;
        args.amount = amount;
        args.loss = rule_.loss;
        args.lowest = rule_.lowest;
        args.highest = rule_.highest;
        args.inverse_range = rule_.inverse_range;
        (Dependence == WeightDependence::multiplicative ? kernels_.depress_multiplicative : kernels_.depress)(args);
        return;
    }
    float* const __restrict weights = part.weight.data();
    float* const __restrict changes = part.change.data();
    const float* const __restrict o1 = part.o1.data();
    const std::uint32_t* const __restrict targets = part.target.data();
    const std::uint32_t end = part.groups[group + 1].first;
    for (std::uint32_t k = part.groups[group].first; k < end; ++k) {
        const std::uint32_t target = targets[k];
        const float weight = weights[k];
        sums[target] += rounded(weight * scale);
        float change = o1[target] * amount + rule_.loss;
        if constexpr (Dependence != WeightDependence::additive) {
            const float share = -share_left(rule_, weight, rule_.lowest);
            change *= Dependence == WeightDependence::power ? rule_.down->of(share) : share;
        }
        if constexpr (Immediate) weights[k] = bounded(rule_, weight - change);
        else changes[k] -= change;
    }
}

void PlasticProjection::find_due(Part& part, std::uint64_t step) noexcept {
    part.due.clear();
    for (std::uint32_t delay = min_delay_; delay <= std::min<std::uint64_t>(max_delay_, step); ++delay) {
        for (Flight& flight : part.flights[(step - delay) % part.flights.size()]) {
            if (flight.delay != delay) continue;
            const std::uint32_t group = flight.group, first = part.groups[group].first;
            __builtin_prefetch(&part.traces[group]);
            __builtin_prefetch(&part.target[first]);
            __builtin_prefetch(&part.weight[first]);
            if (!rule_.immediate) __builtin_prefetch(&part.change[first]);
            part.due.push_back({group, flight.factor});
            const bool more = group + 1 < part.row_begin[flight.source + 1];
            flight.group = more ? group + 1 : kArrived;
            flight.delay = more ? part.groups[group + 1].delay : 0;
        }
    }
    if (step >= max_delay_)
        part.flights[(step - max_delay_) % part.flights.size()].clear();  // all of these have arrived
}

void PlasticProjection::arrive(std::size_t part_index, std::uint64_t step, std::int32_t* sums, float scale) noexcept {
    Part& part = parts_[part_index];
    const auto decay = [&](AlignedArray<float>& traces, const Decay& law) {
        // Whole vectors: the first and last vector may include neurons of other populations, whose traces are 0.
        const std::size_t begin = part.targets.begin / simd::kPad * simd::kPad;
        const std::size_t end = (part.targets.end + simd::kPad - 1) / simd::kPad * simd::kPad;
        kernels_.decay({traces.data() + begin, end - begin, law.one_step()});
    };
    decay(part.o1, rule_.o1);
    if (rule_.slow) decay(part.o2, rule_.o2);
    using enum WeightDependence;
    static constexpr decltype(&PlasticProjection::arrive_group<true, additive>) kinds[2][3] = {
        {&PlasticProjection::arrive_group<false, additive>, &PlasticProjection::arrive_group<false, multiplicative>,
         &PlasticProjection::arrive_group<false, power>},
        {&PlasticProjection::arrive_group<true, additive>, &PlasticProjection::arrive_group<true, multiplicative>,
         &PlasticProjection::arrive_group<true, power>}};
    const auto arrive_one = kinds[rule_.immediate ? 1 : 0][static_cast<int>(rule_.dependence)];
    find_due(part, step);
    for (std::size_t i = 0; i < part.due.size(); ++i) {
        if (i + 1 < part.due.size()) prefetch_row(part, part.due[i + 1].group);
        (this->*arrive_one)(part, part.due[i].group, step, scale * part.due[i].factor, sums);
    }
}

void PlasticProjection::prefetch_row(const Part& part, std::uint32_t group) const noexcept {
    constexpr std::uint32_t words_per_line = 16, most = 256;
    const std::uint32_t first = part.groups[group].first, end = std::min(part.groups[group + 1].first, first + most);
    // The first line of a row has been fetched already.
    for (std::uint32_t k = first + words_per_line; k < end; k += words_per_line) {
        __builtin_prefetch(part.target.data() + k);
        __builtin_prefetch(part.weight.data() + k, 1);
        if (!rule_.immediate) __builtin_prefetch(part.change.data() + k, 1);
    }
}

void PlasticProjection::apply(std::size_t part_index, std::uint64_t step, float dopamine) noexcept {
    if (rule_.immediate || (step + 1) % rule_.interval != 0) return;
    Part& part = parts_[part_index];
    simd::ApplyArgs args{};
    args.weight = part.weight.data();
    args.change = part.change.data();
    args.count = part.weight.size();
    args.decay_before = rule_.decay_before;
    args.drift = rule_.drift;
    args.gain = rule_.rewarded ? rule_.baseline + dopamine : 1.0f;
    args.decay_after = rule_.decay_after;
    args.lowest = rule_.lowest;
    args.highest = rule_.highest;
    kernels_.apply_changes(args);
}

template <bool Immediate, WeightDependence Dependence>
void PlasticProjection::potentiate(Part& part, std::uint32_t target, std::uint64_t step,
                                   std::span<const Incoming> next) noexcept {
    const float amount = rule_.slow ? rule_.plus + rule_.plus_slow * part.o2[target] : rule_.plus;
    float* const __restrict weights = part.weight.data();
    float* const __restrict changes = part.change.data();
    const float* const values = Immediate ? weights : changes;
    const Trace* const __restrict traces = part.traces.data();
    const Decay::Table decay(rule_.r1);
    const float lowest = rule_.lowest, highest = rule_.highest, inverse_range = rule_.inverse_range;
    const auto now = static_cast<std::uint32_t>(step);
    const Incoming* ahead = next.data();
    const Incoming* const ahead_end = ahead + next.size();
    for (const Incoming& in : column(part, target)) {
        if (ahead != ahead_end) __builtin_prefetch(values + (ahead++)->synapse, 1);
        const Trace trace = traces[in.group];
        const std::uint32_t i = in.synapse;
        float change = trace.r1 * decay.after(now - trace.last) * amount;
        if constexpr (Dependence != WeightDependence::additive) {
            const float share = (highest - weights[i]) * inverse_range;
            change *= Dependence == WeightDependence::power ? rule_.up->of(share) : share;
        }
        if constexpr (Immediate) weights[i] = std::min(std::max(weights[i] + change, lowest), highest);
        else changes[i] += change;
    }
    for (; ahead != ahead_end; ++ahead) __builtin_prefetch(values + ahead->synapse, 1);
}

void PlasticProjection::post(std::size_t part_index, std::uint64_t step,
                             std::span<const std::uint32_t> neurons) noexcept {
    Part& part = parts_[part_index];
    std::vector<std::uint32_t>& fired = part.fired[step % part.fired.size()];
    fired.clear();
    std::size_t population = 0;
    for (const std::uint32_t neuron : neurons) {
        while (neuron >= plan_.populations[population].first_neuron + plan_.populations[population].size) ++population;
        const PopulationPlan& p = plan_.populations[population];
        const std::uint32_t target = neuron - p.first_neuron + p.first_slot - part.slots.begin;
        if (part.targets.contains(target)) fired.push_back(target);
    }
    const std::uint64_t lag = 2 * std::uint64_t{dendritic_steps_};
    if (step < lag) return;
    using enum WeightDependence;
    static constexpr decltype(&PlasticProjection::potentiate<true, additive>) kinds[2][3] = {
        {&PlasticProjection::potentiate<false, additive>, &PlasticProjection::potentiate<false, multiplicative>,
         &PlasticProjection::potentiate<false, power>},
        {&PlasticProjection::potentiate<true, additive>, &PlasticProjection::potentiate<true, multiplicative>,
         &PlasticProjection::potentiate<true, power>}};
    const auto potentiate_one = kinds[rule_.immediate ? 1 : 0][static_cast<int>(rule_.dependence)];
    constexpr std::size_t second_level_values = (std::size_t{1} << 20) / sizeof(float);
    const bool far = part.weight.size() > second_level_values;
    const std::vector<std::uint32_t>& acting = part.fired[(step - lag) % part.fired.size()];
    // The synapses of a target are spread over memory. Those of the next target are fetched meanwhile, one for each,
    // unless they are in a near cache anyway; their addresses are fetched two columns ahead.
    if (far && !acting.empty()) prefetch_column(part, acting[0]);
    for (std::size_t i = 0; i < acting.size(); ++i) {
        if (far && i + 2 < acting.size()) prefetch_places(part, acting[i + 2]);
        std::span<const Incoming> next;
        if (far && i + 1 < acting.size()) next = column(part, acting[i + 1]);
        part.potentiations += column(part, acting[i]).size();
        (this->*potentiate_one)(part, acting[i], step, next);
        part.o1[acting[i]] = rule_.renewed(part.o1[acting[i]]);
        if (rule_.slow) part.o2[acting[i]] = rule_.renewed(part.o2[acting[i]]);
    }
}

void PlasticProjection::prefetch_column(const Part& part, std::uint32_t target) const noexcept {
    const float* const values = rule_.immediate ? part.weight.data() : part.change.data();
    for (const Incoming& in : column(part, target)) __builtin_prefetch(values + in.synapse, 1);
}

void PlasticProjection::prefetch_places(const Part& part, std::uint32_t target) const noexcept {
    constexpr std::size_t per_line = 64 / sizeof(Incoming);
    const std::span<const Incoming> places = column(part, target);
    for (std::size_t i = 0; i < places.size(); i += per_line) __builtin_prefetch(&places[i]);
}

void PlasticProjection::count_others() {
    if (ranks_.alone()) return;
    std::uint64_t count = synapse_count_;
    add_all(*ranks_.exchange, std::span(&count, 1));
    synapse_count_ = count;
}

std::uint64_t PlasticProjection::synapses_from(const Range& neurons) const noexcept {
    const std::uint32_t begin = std::clamp(neurons.begin, sources_.begin, sources_.end) - sources_.begin;
    const std::uint32_t end = std::clamp(neurons.end, sources_.begin, sources_.end) - sources_.begin;
    std::uint64_t sum = 0;
    for (const Part& part : parts_)
        sum += part.groups[part.row_begin[end]].first - part.groups[part.row_begin[begin]].first;
    return sum;
}

std::uint64_t PlasticProjection::bytes() const noexcept {
    std::uint64_t sum = 0;
    const auto add = [&](const auto& array) { sum += array.size() * sizeof(array.data()[0]); };
    for (const Part& part : parts_) {
        add(part.row_begin);
        add(part.groups);
        add(part.target);
        add(part.column_begin);
        add(part.incoming);
        add(part.weight);
        add(part.change);
        add(part.traces);
        add(part.r2);
        add(part.o1);
        add(part.o2);
    }
    return sum;
}

PlasticWork PlasticProjection::work() const noexcept {
    // Both read and write the weight or its change; an arrival also the target with its trace and its sum.
    constexpr std::uint64_t value = 8, target = 4 + 4 + 8;
    const std::uint64_t arrival = target + value + (rule_.immediate ? 0 : 4);
    const std::uint64_t potentiation = sizeof(Incoming) + sizeof(Trace) + value +
                                       (rule_.dependence != WeightDependence::additive && !rule_.immediate ? 4 : 0);
    PlasticWork all;
    for (const Part& part : parts_)
        all.add({part.arrivals, part.potentiations, part.arrivals * arrival, part.potentiations * potentiation});
    return all;
}

void PlasticProjection::places_of(std::uint32_t source, std::vector<Place>& places) const {
    places.clear();
    for (std::uint32_t p = 0; p < parts_.size(); ++p) {
        const Part& part = parts_[p];
        for (std::uint32_t g = part.row_begin[source]; g < part.row_begin[source + 1]; ++g)
            for (std::uint32_t k = part.groups[g].first; k < part.groups[g + 1].first; ++k)
                places.push_back({p, k, part.groups[g].delay, part.slots.begin + part.target[k],
                                  static_cast<std::uint32_t>(ranks_.own())});
    }
    // Parts, and the rows in them, are in order of targets already; equal synapses keep the order in which they were
    // wired.
    std::stable_sort(places.begin(), places.end(), [](const Place& x, const Place& y) {
        return std::tie(x.delay, x.slot) < std::tie(y.delay, y.slot);
    });
}

PlasticSynapse PlasticProjection::synapse_at(std::uint32_t source, const Place& place) const {
    const Handle handle{place.part, place.synapse};
    return {sources_.begin + source, plan_.neuron_at(place.slot), place.delay, weight_at(handle),
            eligibility_at(handle)};
}

std::vector<PlasticProjection::Handle> PlasticProjection::handles() const {
    std::vector<Handle> all;
    std::vector<Place> places;
    for (std::uint32_t source = 0; source < sources_.size(); ++source) {
        places_of(source, places);
        for (const Place& place : places) all.push_back({place.part, place.synapse});
    }
    return all;
}

std::vector<PlasticProjection::Run> PlasticProjection::runs() const {
    std::vector<Run> all;
    std::vector<Place> places;
    for (std::uint32_t source = 0; source < sources_.size(); ++source) {
        places_of(source, places);
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (i == 0 || places[i].delay != places[i - 1].delay) all.push_back({source, places[i].delay, 0});
            ++all.back().count;
        }
    }
    return all;
}

PlasticProjection::Order PlasticProjection::order_of_all() const {
    Order order;
    const std::vector<Run> own = runs();
    if (ranks_.alone()) order.runs.push_back(own);
    else order.runs = lists_of_all(*ranks_.exchange, std::span<const Run>(own));
    struct Member {
        std::uint32_t source, delay, rank, run;
    };
    std::vector<Member> members;
    for (std::uint32_t rank = 0; rank < order.runs.size(); ++rank) {
        const std::vector<Run>& of_rank = order.runs[rank];
        order.first.emplace_back(of_rank.size());
        order.group.emplace_back(of_rank.size());
        for (std::uint32_t r = 0; r < of_rank.size(); ++r)
            members.push_back({of_rank[r].source, of_rank[r].delay, rank, r});
    }
    // Of one source and delay, the targets of a rank come before those of the next.
    std::stable_sort(members.begin(), members.end(), [](const Member& x, const Member& y) {
        return std::tie(x.source, x.delay) < std::tie(y.source, y.delay);
    });
    std::uint64_t number = 0;
    for (std::size_t m = 0; m < members.size(); ++m) {
        const Member& member = members[m];
        if (m == 0 || members[m - 1].source != member.source || members[m - 1].delay != member.delay) ++order.groups;
        order.first[member.rank][member.run] = number;
        order.group[member.rank][member.run] = order.groups - 1;
        number += order.runs[member.rank][member.run].count;
    }
    return order;
}

std::vector<std::uint64_t> PlasticProjection::numbers() const { return numbers_in(order_of_all(), ranks_.own()); }

PlasticProjection::Numbers PlasticProjection::numbers_of(std::uint32_t source) const {
    std::uint64_t counts[2] = {0, 0};  // before the source, and of it
    for (const Part& part : parts_) {
        const std::uint64_t begin = part.groups[part.row_begin[source]].first;
        counts[0] += begin;
        counts[1] += part.groups[part.row_begin[source + 1]].first - begin;
    }
    if (!ranks_.alone()) add_all(*ranks_.exchange, counts);
    return {counts[0], counts[0] + counts[1]};
}

std::vector<PlasticSynapse> PlasticProjection::synapses() const {
    std::vector<PlasticSynapse> all;
    for (std::uint32_t source = sources_.begin; source < sources_.end; ++source) synapses_of(source, all);
    return all;
}

void PlasticProjection::synapses_of(std::uint32_t source, std::vector<PlasticSynapse>& into) const {
    if (!sources_.contains(source)) return;
    std::vector<Place> places;
    places_of(source - sources_.begin, places);
    for (const Place& place : places) into.push_back(synapse_at(source - sources_.begin, place));
}

PlasticProjection::Place PlasticProjection::place_of(const SynapseChoice& synapse, const std::string& who) const {
    std::vector<Place> places;
    places_of(synapse.source, places);
    if (!ranks_.alone()) {
        const auto lists = lists_of_all(*ranks_.exchange, std::span<const Place>(places));
        places.clear();
        for (const auto& list : lists) places.insert(places.end(), list.begin(), list.end());
        std::stable_sort(places.begin(), places.end(), [](const Place& x, const Place& y) {
            return std::tie(x.delay, x.slot) < std::tie(y.delay, y.slot);
        });
    }
    if (synapse.number < places.size()) return places[synapse.number];
    throw Error(who.empty() ? "projection." + plan_.description.projections[projection_].spec.name : who, "number",
                "is " + std::to_string(synapse.number) + ", and source " + std::to_string(synapse.source) + " has " +
                    std::to_string(places.size()) + " synapses",
                places.empty() ? "another source" : "0 to " + std::to_string(places.size() - 1));
}

std::uint32_t PlasticProjection::target_of(const SynapseChoice& synapse, const std::string& who) const {
    return plan_.neuron_at(place_of(synapse, who).slot);
}

void PlasticProjection::set_weight(const SynapseChoice& synapse, float weight) {
    const Place place = place_of(synapse, {});
    if (place.rank == ranks_.own()) parts_[place.part].weight[place.synapse] = weight;
}

}  // namespace izhi::detail
