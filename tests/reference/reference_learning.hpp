// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "reference_neuron.hpp"
#include "tests/support/inputs.hpp"

/// The learning networks of Izhikevich (2006), Neural Computation 18:245, and (2007), Cerebral Cortex 17:2443, in double
/// precision and in the order in which the published programs do their sums. It knows nothing of the engine: wiring, start
/// values and input are the caller's, either drawn by the functions below or taken from a network of the engine.
///
/// A step goes from t to t + 1 ms:
///
///     arrivals  spikes found at t + 1 - delay add their weight to the input; each of a plastic synapse: sd -= D_post
///     update    two half-steps of v, one of u; who reaches 30 mV has a spike, found at t + 1, and is reset
///     traces    L and D of every neuron *= 0.95
///     dopamine  *= 0.995 (2007)
///     weights   at the end of an interval (1 s in 2006, 10 ms in 2007), from sd
///     spikes    of those found at t + 1: L = 0.1, D = 0.12 or 0.15; each plastic synapse onto them: sd += L_pre(t + 1 - delay)
///
/// The programs look for spikes first and so begin with what is the last line here. One step of theirs and one of ours
/// hold the same operations, but for the very first spikes and the very last.
namespace izhi::test {

struct LearningSynapse {
    std::uint32_t source = 0, target = 0, delay_ms = 1;
    double weight = 0.0;
    bool plastic = false;
};

/// 2006: sd <- decay sd, then w <- w + drift + sd.
struct SummedChange {
    std::uint32_t interval_ms = 1000;
    double decay = 0.9, drift = 0.01;
};
/// 2007: w <- w + (baseline + dopamine) sd, then sd <- decay sd.
struct DopamineChange {
    std::uint32_t interval_ms = 10;
    double decay = 0.99, baseline = 0.002, dopamine_decay = 0.995;
};

struct LearningRule {
    double potentiation = 0.1, depression = 0.12;  ///< what a spike sets the traces L and D to
    double trace_decay = 0.95;                     ///< per ms
    double highest = 10.0;                         ///< of a plastic weight; the lowest is 0
    std::variant<SummedChange, DopamineChange> change = SummedChange{};
};

[[nodiscard]] inline LearningRule rule_2006() { return {}; }
[[nodiscard]] inline LearningRule rule_2007() {
    return {.depression = 0.15, .highest = 4.0, .change = DopamineChange{}};
}

struct LearningNetwork {
    std::vector<ReferenceNeuron> neurons;
    std::vector<LearningSynapse> synapses;  ///< any order; of one source, they are summed in this order
    LearningRule rule;
};

class LearningReference {
public:
    /// @throws std::logic_error if a synapse leads nowhere or has no delay
    explicit LearningReference(LearningNetwork network);

    /// One step under an input of every neuron [mV/ms]; the neurons that fired, in order. Valid until the next step.
    const std::vector<std::uint32_t>& step(std::span<const double> input);
    /// One step in which these neurons fire, in order: the learning goes on, v and u stay where they are. What is compared
    /// this way does not part by the chaos of the spikes.
    void replay(const std::vector<std::uint32_t>& fired);

    /// Raises the level of dopamine; acts from the next change of weights on.
    void add_dopamine(double amount) { dopamine_ += amount; }
    [[nodiscard]] double dopamine() const { return dopamine_; }

    [[nodiscard]] std::uint64_t steps() const { return step_; }
    [[nodiscard]] const std::vector<ReferenceNeuron>& neurons() const { return network_.neurons; }
    /// As they were given, with the weights of now.
    [[nodiscard]] const std::vector<LearningSynapse>& synapses() const { return network_.synapses; }
    /// Weights of the plastic synapses, in the order given.
    [[nodiscard]] std::vector<double> plastic_weights() const;

private:
    void arrive(std::vector<double>& input);
    /// What follows the update; takes the spikes from fired_.
    void learn();
    void decay_traces();
    void change_weights();
    void note_spikes();
    [[nodiscard]] std::vector<double>& potentiation_at(std::uint64_t t) {
        return potentiation_[t % potentiation_.size()];
    }

    LearningNetwork network_;
    std::uint32_t longest_ = 1;                               // delay [ms]
    std::vector<std::vector<std::vector<std::size_t>>> out_;  // [source][delay - 1]: synapses
    std::vector<std::vector<std::size_t>> plastic_in_;        // [target]: synapses
    std::vector<double> sd_;                                  // [synapse]
    std::vector<std::vector<double>> potentiation_;           // L: [t % (longest delay + 1)][neuron]
    std::vector<double> depression_;                          // D: [neuron]
    std::vector<std::vector<std::uint32_t>> fired_;           // [t % (longest delay)]: who was found to fire at t
    std::vector<double> input_;
    std::uint64_t step_ = 0;
    double dopamine_ = 0.0;
};

/// 800 excitatory and 200 inhibitory neurons with 100 synapses each, delays of 1 to 20 ms from excitatory ones.
[[nodiscard]] LearningNetwork polychrony_network(Inputs& random);
/// Its input: 20 to one neuron, drawn anew every ms.
void draw_polychrony_input(Inputs& random, std::vector<double>& input);

/// The same sizes, all delays 1 ms, partners drawn with replacement. The first synapse is the chosen one, with weight 0.
[[nodiscard]] LearningNetwork distal_reward_network(Inputs& random);
/// Its input: 13 (U(0,1) - 0.5) to every neuron.
void draw_distal_reward_input(Inputs& random, std::vector<double>& input);

/// The reward of the 2007 network: whenever `post` fires within 20 ms after `pre`, 0.5 of dopamine after 1 to 3 s.
class DistalReward {
public:
    DistalReward(std::uint32_t pre, std::uint32_t post) : pre_(pre), post_(post) {}
    /// To be called after each step. @param delay_share in [0, 1): of the 2 s by which the delay varies
    void step(LearningReference& network, const std::vector<std::uint32_t>& fired, double delay_share);
    [[nodiscard]] std::size_t rewards() const { return rewards_; }

private:
    std::uint32_t pre_, post_;
    std::optional<std::uint64_t> pre_fired_;
    std::vector<std::uint64_t> due_;
    std::size_t rewards_ = 0;
};

}  // namespace izhi::test
