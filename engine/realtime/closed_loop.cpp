// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/closed_loop.hpp"

#include <algorithm>
#include <utility>

#include "izhi/error.hpp"

namespace izhi {

struct ClosedLoop::Impl {
    enum class Kind : std::uint32_t { current, pulse, neuron_current, input_spike, forced_spike };
    static constexpr std::uint32_t kEveryone = 0xffffffffu;
    struct Message {
        Kind kind = Kind::current;
        std::uint32_t population = kEveryone;
        std::uint32_t number = 0;  ///< of a neuron, or number of steps
        double value = 0.0;
    };

    Impl(const Network& of, const Options& options)
        : network(of), incoming(options.messages), spikes(options.spikes),
          counts(options.steps * (network.population_count() + 2)), sends_spikes(options.spikes > 0),
          sends_counts(options.steps > 0), count_record(network.population_count() + 2) {
        std::get<InputSpikes>(input).neurons.reserve(incoming.capacity());
        std::get<ForcedSpikes>(forced).neurons.reserve(incoming.capacity());
        std::get<NeuronCurrents>(own).currents.resize(1);
    }

    static Selection selection(std::uint32_t population) {
        return population == kEveryone ? Selection{} : Selection{PopulationId{population}};
    }

    void apply(Simulation& simulation, const Intervention& intervention) {
        try {
            simulation.apply(intervention);
        } catch (const Error&) { refused.fetch_add(1, std::memory_order_relaxed); }
    }
    /// Spikes to the same target with the same weight become one intervention.
    template <class Spikes>
    void flush(Simulation& simulation, Intervention& gathered) {
        std::vector<std::uint32_t>& neurons = std::get<Spikes>(gathered).neurons;
        if (neurons.empty()) return;
        apply(simulation, gathered);
        neurons.clear();
    }
    void take(Simulation& simulation, const Message& message);

    Network network;
    Ring<Message> incoming;
    Ring<Spike> spikes;
    Ring<std::uint32_t> counts;
    bool sends_spikes, sends_counts;
    std::vector<std::uint32_t> count_record;  ///< the step in two halves, then counts
    // Members only to keep their memory.
    Intervention input = InputSpikes{}, forced = ForcedSpikes{}, own = NeuronCurrents{};
    std::atomic<std::uint64_t> lost{0}, refused{0};
};

void ClosedLoop::Impl::take(Simulation& simulation, const Message& message) {
    const Selection target = selection(message.population);
    switch (message.kind) {
        case Kind::current: apply(simulation, PopulationCurrent{*target.population, message.value}); break;
        case Kind::pulse:
            apply(simulation, CurrentPulse{.target = target, .amplitude = message.value, .steps = message.number});
            break;
        case Kind::neuron_current: {
            NeuronCurrents& one = std::get<NeuronCurrents>(own);
            one.target = target;
            one.first = message.number;
            one.currents[0] = static_cast<float>(message.value);
            apply(simulation, own);
            break;
        }
        case Kind::input_spike: {
            InputSpikes& gathered = std::get<InputSpikes>(input);
            if (!(gathered.target == target && gathered.weight == message.value)) flush<InputSpikes>(simulation, input);
            gathered.target = target;
            gathered.weight = message.value;
            gathered.neurons.push_back(message.number);
            break;
        }
        case Kind::forced_spike: {
            ForcedSpikes& gathered = std::get<ForcedSpikes>(forced);
            if (!(gathered.target == target)) flush<ForcedSpikes>(simulation, forced);
            gathered.target = target;
            gathered.neurons.push_back(message.number);
            break;
        }
    }
}

ClosedLoop::ClosedLoop(const Network& network, Options options) : impl_(std::make_unique<Impl>(network, options)) {}
ClosedLoop::~ClosedLoop() = default;

namespace {
/// An unassigned id must not become everyone: it becomes a population that does not exist.
constexpr std::uint32_t number_of(Selection target) noexcept {
    constexpr std::uint32_t everyone = 0xffffffffu;
    return target.population ? std::min(target.population->index, everyone - 1) : everyone;
}
}  // namespace

bool ClosedLoop::set_current(PopulationId population, double current) noexcept {
    return impl_->incoming.push({Impl::Kind::current, number_of(population), 0, current});
}
bool ClosedLoop::pulse(Selection target, double amplitude, std::uint32_t steps) noexcept {
    return impl_->incoming.push({Impl::Kind::pulse, number_of(target), steps, amplitude});
}
bool ClosedLoop::set_neuron_current(Selection target, std::uint32_t neuron, double current) noexcept {
    return impl_->incoming.push({Impl::Kind::neuron_current, number_of(target), neuron, current});
}
bool ClosedLoop::input_spike(Selection target, std::uint32_t neuron, double weight) noexcept {
    return impl_->incoming.push({Impl::Kind::input_spike, number_of(target), neuron, weight});
}
bool ClosedLoop::force_spike(Selection target, std::uint32_t neuron) noexcept {
    return impl_->incoming.push({Impl::Kind::forced_spike, number_of(target), neuron, 0.0});
}

std::size_t ClosedLoop::receive_spikes(std::span<Spike> into) noexcept { return impl_->spikes.pop(into); }

bool ClosedLoop::receive_counts(std::uint64_t& step, std::span<std::uint32_t> counts) noexcept {
    const std::size_t populations = impl_->network.population_count();
    if (counts.size() != populations || impl_->counts.size() < populations + 2) return false;
    std::uint32_t halves[2];
    (void)impl_->counts.pop(halves);
    (void)impl_->counts.pop(counts);
    step = std::uint64_t{halves[1]} << 32 | halves[0];
    return true;
}

std::uint64_t ClosedLoop::lost() const noexcept { return impl_->lost.load(std::memory_order_relaxed); }
std::uint64_t ClosedLoop::refused() const noexcept { return impl_->refused.load(std::memory_order_relaxed); }

void ClosedLoop::before_step(std::uint64_t, Simulation& simulation) {
    // Only the messages that are there now, because a fast sender must not delay the step.
    for (std::size_t left = impl_->incoming.size(); left > 0; --left) {
        Impl::Message message;
        (void)impl_->incoming.pop(message);
        impl_->take(simulation, message);
    }
    impl_->flush<InputSpikes>(simulation, impl_->input);
    impl_->flush<ForcedSpikes>(simulation, impl_->forced);
}

void ClosedLoop::after_step(std::uint64_t step, std::span<const Spike> spikes) {
    std::uint64_t lost = 0;
    if (impl_->sends_spikes && !spikes.empty() && !impl_->spikes.push(spikes)) lost += spikes.size();
    if (impl_->sends_counts) {
        std::vector<std::uint32_t>& record = impl_->count_record;
        record[0] = static_cast<std::uint32_t>(step);
        record[1] = static_cast<std::uint32_t>(step >> 32);
        std::fill(record.begin() + 2, record.end(), 0U);
        by_population(impl_->network, spikes, [&](PopulationId population, std::span<const Spike> own) {
            record[population.index + 2] = static_cast<std::uint32_t>(own.size());
        });
        if (!impl_->counts.push(std::span<const std::uint32_t>(record))) ++lost;
    }
    if (lost > 0) impl_->lost.fetch_add(lost, std::memory_order_relaxed);
}

}  // namespace izhi
