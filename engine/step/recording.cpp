// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/recording.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "engine/network/random.hpp"
#include "izhi/error.hpp"

namespace izhi::detail {

namespace {

/// Which of a projection's synapses a record has, in rising order. @param number of the record
/// @param synapses the numbers of those that it may have @throws Error if it names one that does not exist
std::vector<std::uint64_t> chosen_synapses(const WeightRecordSpec& spec, PlasticProjection::Numbers synapses,
                                           std::uint64_t seed, std::uint32_t number) {
    const std::uint64_t count = synapses.end - synapses.begin;
    if (spec.source && spec.number) {
        if (*spec.number >= count)
            throw Error("weights." + spec.name, "number",
                        "is " + std::to_string(*spec.number) + ", and source " + std::to_string(*spec.source) +
                            " has " + std::to_string(count) + " synapses",
                        count == 0 ? "another source" : "0 to " + std::to_string(count - 1));
        synapses = {synapses.begin + *spec.number, synapses.begin + *spec.number + 1};
    }
    std::vector<std::uint64_t> chosen(synapses.end - synapses.begin);
    std::iota(chosen.begin(), chosen.end(), synapses.begin);
    if (!spec.sample || *spec.sample >= chosen.size()) return chosen;
    // Each synapse draws a word, and those with the lowest are taken: every set is as likely as any other.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> drawn;
    drawn.reserve(chosen.size());
    for (const std::uint64_t synapse : chosen) {
        const auto words = draw_words(seed, Stream::weight_sample, number, synapse);
        drawn.emplace_back(std::uint64_t{words[0]} << 32U | words[1], synapse);
    }
    std::nth_element(drawn.begin(), drawn.begin() + *spec.sample, drawn.end());
    chosen.resize(*spec.sample);
    std::transform(drawn.begin(), drawn.begin() + *spec.sample, chosen.begin(), [](const auto& d) { return d.second; });
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

}  // namespace

Recording::Recording(const Plan& plan, const Ranks& ranks, PhaseLog& log)
    : ranks_(ranks), log_(log), spikes_(plan.neurons), by_population_(plan.populations.size()) {
    for (const PopulationPlan& p : plan.populations) end_neurons_.push_back(p.first_neuron + p.size);
    for (const TraceSpec& trace : plan.description.traces)
        traces_.push_back(
            {steps_of(trace, plan.description.spec.dt_ms), trace.neurons.size() * trace.variables.size()});
}

void Recording::choose_weights(const Plan& plan, const SynapseState& synapses) {
    for (const WeightRecordSpec& spec : plan.description.weight_records) {
        const PlasticProjection& projection = *synapses.plastic[spec.projection.index];
        WeightRecord record{spec.projection.index,
                            to_steps(spec.interval_ms, plan.description.spec.dt_ms, 1),
                            projection.handles(),
                            {},
                            {}};
        const auto number = static_cast<std::uint32_t>(weight_records_.size());
        const std::vector<std::uint64_t> chosen =
            chosen_synapses(spec,
                            spec.source ? projection.numbers_of(*spec.source)
                                        : PlasticProjection::Numbers{0, projection.synapse_count()},
                            plan.description.spec.seed, number);
        const std::vector<std::uint64_t> numbers = projection.numbers();
        const std::vector<PlasticSynapse> own = projection.synapses();
        std::vector<std::uint32_t> of_record;  // the places in the record of the synapses of this rank
        std::size_t next = 0;
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            while (next < chosen.size() && chosen[next] < numbers[i]) ++next;
            if (next == chosen.size() || chosen[next] != numbers[i]) continue;
            record.places[of_record.size()] = record.places[i];
            record.synapses.push_back(own[i]);
            of_record.push_back(static_cast<std::uint32_t>(next));
        }
        record.places.resize(of_record.size());
        if (!ranks_.alone()) {
            record.of_rank = lists_at_first(*ranks_.exchange, std::span<const std::uint32_t>(of_record));
            const auto lists = lists_at_first(*ranks_.exchange, std::span<const PlasticSynapse>(record.synapses));
            record.synapses.resize(ranks_.first() ? chosen.size() : 0);
            for (std::size_t rank = 0; rank < lists.size(); ++rank)
                for (std::size_t k = 0; k < lists[rank].size(); ++k)
                    record.synapses[record.of_rank[rank][k]] = lists[rank][k];
        }
        weight_records_.push_back(std::move(record));
    }
}

void Recording::begin(Observer* observer) noexcept {
    observer_ = observer;
    observed_ = observer != nullptr;
    failure_ = nullptr;
}

void Recording::end() {
    take();
    observer_ = nullptr;
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

bool Recording::try_take() noexcept {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    take();
    return true;
}

void Recording::make_room(std::uint64_t phase) noexcept {
    if (phase < taken_.load(std::memory_order_acquire) + kPhaseRing) return;
    const std::lock_guard lock(mutex_);
    take();
}

void Recording::take() noexcept {
    for (std::uint64_t phase = taken_.load(std::memory_order_relaxed); phase < closed_.load(std::memory_order_acquire);
         ++phase) {
        const Phase when = log_.phase(phase);
        for (std::uint32_t s = 0; s < when.steps; ++s) take_step(phase, s, when.first_step + s + 1);
        taken_.store(phase + 1, std::memory_order_release);
        notify([&] {
            if (!observer_->proceed(when.first_step + when.steps)) request_stop();
        });
    }
}

void Recording::take_step(std::uint64_t phase, std::uint32_t index, std::uint64_t step) noexcept {
    std::size_t count = 0;
    for (std::size_t list = 0; list < log_.list_count(); ++list)
        for (const std::uint32_t neuron : log_.listed(phase, list, index)) spikes_[count++] = {step, neuron};
    latest_ = {spikes_.data(), count};
    count_by_population();
    total_ += count;
    for (const Spike& s : latest_) absorb(hash_, s.step << 32 ^ s.neuron);
    if (count > 0) notify([&] { observer_->spikes(latest_); });
    const float* values = log_.samples(phase, index);
    for (std::size_t t = 0; t < traces_.size(); ++t) {
        if (traces_[t].steps.has(step)) notify([&] { observer_->sample({t, step, {values, traces_[t].values}}); });
        values += traces_[t].values;
    }
}

void Recording::count_by_population() noexcept {
    std::size_t p = 0;
    for (auto next = latest_.begin(); next != latest_.end();) {
        while (next->neuron >= end_neurons_[p]) ++p;
        const std::uint32_t end_neuron = end_neurons_[p];
        // Of a small population few spikes follow, of a large one most.
        auto last = next + 1;
        constexpr std::ptrdiff_t few = 8;
        if (latest_.end() - last > few && last[few].neuron < end_neuron)
            last = std::partition_point(last, latest_.end(), [&](const Spike& s) { return s.neuron < end_neuron; });
        while (last != latest_.end() && last->neuron < end_neuron) ++last;
        by_population_[p] += static_cast<std::uint64_t>(last - next);
        next = last;
    }
}

bool Recording::sample_weights(std::uint64_t step, const SynapseState& synapses) noexcept {
    bool taken = true;
    for (std::size_t r = 0; r < weight_records_.size(); ++r) {
        WeightRecord& record = weight_records_[r];
        if (step % record.interval != 0 || !observed_) continue;
        // The worker that closed an earlier phase may still be taking it.
        const std::lock_guard lock(mutex_);
        take();
        read_weights(record, *synapses.plastic[record.projection]);
        notify([&] { observer_->weights({r, step, record.synapses, synapses.modulator.level()}); });
        taken = !failure_;
    }
    return taken;
}

void Recording::read_weights(WeightRecord& record, const PlasticProjection& projection) {
    if (ranks_.alone()) {
        for (std::size_t i = 0; i < record.places.size(); ++i) {
            record.synapses[i].weight = projection.weight_at(record.places[i]);
            record.synapses[i].eligibility = projection.eligibility_at(record.places[i]);
        }
        return;
    }
    struct Read {
        float weight, eligibility;
    };
    std::vector<Read> own;
    for (const PlasticProjection::Handle& place : record.places)
        own.push_back({projection.weight_at(place), projection.eligibility_at(place)});
    const auto lists = lists_at_first(*ranks_.exchange, std::span<const Read>(own));
    for (std::size_t rank = 0; rank < lists.size(); ++rank)
        for (std::size_t k = 0; k < lists[rank].size(); ++k) {
            PlasticSynapse& synapse = record.synapses[record.of_rank[rank][k]];
            synapse.weight = lists[rank][k].weight;
            synapse.eligibility = lists[rank][k].eligibility;
        }
}

/// Calls the observer unless there is none or it failed before; what it throws ends the run.
template <class Call>
void Recording::notify(const Call& call) noexcept {
    if (!observer_ || failure_) return;
    try {
        call();
    } catch (...) {
        failure_ = std::current_exception();
        request_stop();
    }
}

void Recording::transfer(Archive& a) {
    a.section("totals");
    a.value(total_);
    a.value(hash_);
    a.array(std::span(by_population_));
    if (a.reading()) clear_latest();
}

}  // namespace izhi::detail
