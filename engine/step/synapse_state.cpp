// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/synapse_state.hpp"

#include "engine/step/layout.hpp"

namespace izhi::detail {

SynapseState::SynapseState(const Plan& plan, const std::vector<Range>& parts, const Ranks& ranks, Executor& executor,
                           const simd::Kernels& kernels)
    : channels(make_channel_states(plan, ranks.own_slots())), short_term(plan.projections.size()),
      plastic(plan.projections.size()), modulator(plan) {
    for (std::size_t p = 0; p < plan.projections.size(); ++p) {
        if (plan.description.projections[p].spec.short_term)
            short_term[p] = std::make_unique<ShortTerm>(plan, p, steps_per_phase(plan));
        if (!plan.projections[p].plastic) continue;
        plastic[p] = std::make_unique<PlasticProjection>(plan, p, parts, ranks, executor, kernels);
        all_plastic.push_back(plastic[p].get());
    }
}

void SynapseState::complete(const Plan& plan) {
    for (PlasticProjection* projection : all_plastic) projection->count_others();
    for (std::size_t r = 0; r < plan.description.rewards.size(); ++r) {
        const auto* coincidence = std::get_if<RewardCoincidence>(&plan.description.rewards[r].when);
        if (!coincidence) continue;
        const SynapseChoice& synapse = coincidence->synapse;
        PlasticProjection& projection = *plastic[synapse.projection.index];
        modulator.watch(r, plan.projections[synapse.projection.index].source.begin + synapse.source,
                        projection.target_of(synapse, "reward." + plan.description.rewards[r].name));
        if (coincidence->start_weight) projection.set_weight(synapse, static_cast<float>(*coincidence->start_weight));
    }
}

void SynapseState::transfer(Archive& a, const Plan& plan) {
    a.section("channels");
    const auto transfer_state = [&](ChannelState& channel) {
        if (!channel.state.empty()) a.by_neuron(plan, channel.state);
        if (!channel.rise.empty()) a.by_neuron(plan, channel.rise);
    };
    a.agree("a number of kinds of synapse dynamics", static_cast<std::uint64_t>(plan.channels.size()));
    for (std::size_t c = 1; c < plan.channels.size(); ++c) {
        a.agree("synapse dynamics " + std::to_string(c + 1), std::string(kind_of(plan.channels[c])));
        transfer_state(channels[c]);
    }
    for (std::size_t b = plan.channels.size(); b < channels.size(); ++b) transfer_state(channels[b]);
    a.section("short-term plasticity");
    for (const auto& projection : short_term) {
        if (!projection) continue;
        for (ShortTerm::Source& source : projection->sources) {
            a.value(source.u, "a utilisation", 0.0f, 1.0f);
            a.value(source.x, "a share of resources", 0.0f, 1.0f);
            a.value(source.last_step);
        }
    }
}

namespace {

/// @param each transfers what the projections have
template <class Each>
void transfer_learnt_of(Archive& a, std::uint64_t now, Modulator& modulator, const Each& each) {
    a.section("plasticity");
    each();
    a.section("dopamine");
    modulator.transfer(a, now);
}

}  // namespace

void SynapseState::transfer_learnt(Archive& a, std::uint64_t now) {
    transfer_learnt_of(a, now, modulator, [&] {
        for (PlasticProjection* projection : all_plastic) projection->transfer(a, now);
    });
}

void SynapseState::copy_learnt(Learnt& into) const {
    into.plastic.resize(all_plastic.size());
    for (std::size_t i = 0; i < all_plastic.size(); ++i) all_plastic[i]->copy_state(into.plastic[i]);
    into.modulator = modulator;
}

void SynapseState::write_learnt(Archive& a, std::uint64_t now, Learnt& learnt) const {
    transfer_learnt_of(a, now, *learnt.modulator, [&] {
        for (std::size_t i = 0; i < all_plastic.size(); ++i) all_plastic[i]->write(a, now, learnt.plastic[i]);
    });
}

std::uint64_t SynapseState::plastic_synapses() const noexcept {
    std::uint64_t sum = 0;
    for (const PlasticProjection* p : all_plastic) sum += p->synapse_count();
    return sum;
}

std::uint64_t SynapseState::plastic_bytes() const noexcept {
    std::uint64_t sum = 0;
    for (const PlasticProjection* p : all_plastic) sum += p->bytes();
    return sum;
}

}  // namespace izhi::detail
