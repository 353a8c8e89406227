// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "reference_learning.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace izhi::test {

LearningReference::LearningReference(LearningNetwork network)
    : network_(std::move(network)), out_(network_.neurons.size()), plastic_in_(network_.neurons.size()),
      sd_(network_.synapses.size()), depression_(network_.neurons.size()) {
    for (const LearningSynapse& s : network_.synapses) {
        if (s.delay_ms == 0 || std::max(s.source, s.target) >= network_.neurons.size())
            throw std::logic_error("a synapse without a delay, or between neurons that do not exist");
        longest_ = std::max(longest_, s.delay_ms);
    }
    for (auto& by_delay : out_) by_delay.resize(longest_);
    for (std::size_t i = 0; i < network_.synapses.size(); ++i) {
        const LearningSynapse& s = network_.synapses[i];
        out_[s.source][s.delay_ms - 1].push_back(i);
        if (s.plastic) plastic_in_[s.target].push_back(i);
    }
    potentiation_.assign(longest_ + 1, std::vector<double>(network_.neurons.size()));
    fired_.resize(longest_);
}

const std::vector<std::uint32_t>& LearningReference::step(std::span<const double> input) {
    if (input.size() != network_.neurons.size()) throw std::logic_error("an input for every neuron");
    input_.assign(input.begin(), input.end());
    arrive(input_);
    ++step_;
    std::vector<std::uint32_t>& fired = fired_[step_ % longest_];
    fired.clear();
    for (std::uint32_t n = 0; n < network_.neurons.size(); ++n)
        if (network_.neurons[n].step(Numerics::published, input_[n], 1.0)) fired.push_back(n);
    learn();
    return fired;
}

void LearningReference::replay(const std::vector<std::uint32_t>& fired) {
    input_.assign(network_.neurons.size(), 0.0);
    arrive(input_);
    ++step_;
    fired_[step_ % longest_] = fired;
    learn();
}

void LearningReference::learn() {
    decay_traces();
    change_weights();
    note_spikes();
}

/// The last spikes first, as published: the order is part of the result.
void LearningReference::arrive(std::vector<double>& input) {
    for (std::uint32_t age = 0; age < longest_ && age <= step_; ++age) {
        const std::vector<std::uint32_t>& fired = fired_[(step_ - age) % longest_];
        for (auto source = fired.rbegin(); source != fired.rend(); ++source) {
            for (const std::size_t i : out_[*source][age]) {
                const LearningSynapse& s = network_.synapses[i];
                input[s.target] += s.weight;
                if (s.plastic) sd_[i] -= depression_[s.target];
            }
        }
    }
}

void LearningReference::decay_traces() {
    const double decay = network_.rule.trace_decay;
    const std::vector<double>& before = potentiation_at(step_ - 1);
    std::vector<double>& now = potentiation_at(step_);
    for (std::size_t n = 0; n < now.size(); ++n) now[n] = decay * before[n];
    for (double& d : depression_) d *= decay;
}

void LearningReference::change_weights() {
    const auto change_all = [&](std::uint32_t interval_ms, auto&& change) {
        if (step_ % interval_ms != 0) return;
        for (std::size_t i = 0; i < sd_.size(); ++i) {
            LearningSynapse& s = network_.synapses[i];
            if (s.plastic) s.weight = std::clamp(change(s.weight, sd_[i]), 0.0, network_.rule.highest);
        }
    };
    if (const auto* summed = std::get_if<SummedChange>(&network_.rule.change)) {
        change_all(summed->interval_ms, [&](double weight, double& sd) {
            sd *= summed->decay;
            return weight + (summed->drift + sd);
        });
    } else if (const auto* dopamine = std::get_if<DopamineChange>(&network_.rule.change)) {
        dopamine_ *= dopamine->dopamine_decay;
        change_all(dopamine->interval_ms, [&](double weight, double& sd) {
            const double changed = weight + (dopamine->baseline + dopamine_) * sd;
            sd *= dopamine->decay;
            return changed;
        });
    }
}

void LearningReference::note_spikes() {
    for (const std::uint32_t n : fired_[step_ % longest_]) {
        potentiation_at(step_)[n] = network_.rule.potentiation;
        depression_[n] = network_.rule.depression;
        for (const std::size_t i : plastic_in_[n]) {
            const LearningSynapse& s = network_.synapses[i];
            if (s.delay_ms <= step_) sd_[i] += potentiation_at(step_ - s.delay_ms)[s.source];
        }
    }
}

std::vector<double> LearningReference::plastic_weights() const {
    std::vector<double> weights;
    for (const LearningSynapse& s : network_.synapses)
        if (s.plastic) weights.push_back(s.weight);
    return weights;
}

namespace {

constexpr std::uint32_t kExc = 800, kInh = 200, kNeurons = kExc + kInh, kOutdegree = 100;

LearningNetwork neurons_without_synapses() {
    LearningNetwork network;
    network.neurons.assign(kExc, {.a = 0.02, .b = 0.2, .c = -65.0, .d = 8.0});
    network.neurons.resize(kNeurons, {.a = 0.1, .b = 0.2, .c = -65.0, .d = 2.0});
    return network;
}

}  // namespace

LearningNetwork polychrony_network(Inputs& random) {
    LearningNetwork network = neurons_without_synapses();
    for (ReferenceNeuron& neuron : network.neurons) {
        neuron.v = random.between(-65.0, -55.0);
        neuron.u = 0.2 * neuron.v;
    }
    for (std::uint32_t source = 0; source < kNeurons; ++source) {
        const bool exc = source < kExc;
        std::vector<char> taken(kNeurons);
        taken[source] = 1;
        for (std::uint32_t j = 0; j < kOutdegree; ++j) {
            std::uint32_t target = source;
            while (taken[target]) target = random.below(exc ? kNeurons : kExc);
            taken[target] = 1;
            network.synapses.push_back({source, target, exc ? j / 5 + 1 : 1, exc ? 6.0 : -5.0, exc});
        }
    }
    return network;
}

void draw_polychrony_input(Inputs& random, std::vector<double>& input) {
    std::fill(input.begin(), input.end(), 0.0);
    input[random.below(static_cast<std::uint32_t>(input.size()))] = 20.0;
}

LearningNetwork distal_reward_network(Inputs& random) {
    LearningNetwork network = neurons_without_synapses();
    network.rule = rule_2007();
    for (ReferenceNeuron& neuron : network.neurons) neuron.u = 0.2 * neuron.v;
    for (std::uint32_t source = 0; source < kNeurons; ++source) {
        const bool exc = source < kExc;
        for (std::uint32_t j = 0; j < kOutdegree; ++j)
            network.synapses.push_back({source, random.below(exc ? kNeurons : kExc), 1, exc ? 1.0 : -1.0, exc});
    }
    network.synapses.front().weight = 0.0;
    return network;
}

void draw_distal_reward_input(Inputs& random, std::vector<double>& input) {
    for (double& i : input) i = random.between(-6.5, 6.5);
}

void DistalReward::step(LearningReference& network, const std::vector<std::uint32_t>& fired, double delay_share) {
    const std::uint64_t now = network.steps();
    const auto has_fired = [&](std::uint32_t n) { return std::binary_search(fired.begin(), fired.end(), n); };
    // Of both at once, neither is the cause.
    if (has_fired(post_) && !has_fired(pre_) && pre_fired_ && now - *pre_fired_ < 20)
        due_.push_back(now + 1000 + static_cast<std::uint64_t>(std::ceil(2000.0 * delay_share)));
    if (has_fired(pre_)) pre_fired_ = now;
    const auto end = std::partition(due_.begin(), due_.end(), [&](std::uint64_t due) { return due > now; });
    rewards_ += static_cast<std::size_t>(due_.end() - end);
    network.add_dopamine(0.5 * static_cast<double>(due_.end() - end));
    due_.erase(end, due_.end());
}

}  // namespace izhi::test
