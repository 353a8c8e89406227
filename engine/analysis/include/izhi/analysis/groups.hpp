// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/neuron.hpp"

/// Polychronous groups of a network with delays: Izhikevich (2006), Neural Computation 18:245. apps/groups/README.md has the
/// definition, and what it shares with the program of the paper. Everything here is a pure function of its arguments; errors in
/// the input are the caller's to find.
namespace izhi::analysis {

/// A neuron of the simple form (izhi/model.hpp) with its state at rest.
struct GroupNeuron {
    float a = 0.02f, b = 0.2f, c = -65.0f, d = 8.0f;
    float rest_v = -70.0f, rest_u = -14.0f;  ///< [mV]
    /// Whether one of its synapses has a negative weight. Such a neuron is neither an anchor nor a mother.
    bool inhibitory = false;
    /// False for a spike source, which has no membrane and stays silent here.
    bool has_membrane = true;
};

/// A synapse that a search follows.
struct GroupSynapse {
    std::uint32_t source = 0, target = 0;
    float weight = 0.0f;            ///< jump of v [mV]
    std::uint32_t delay_steps = 1;  ///< at least 1
    bool strong = false;            ///< whether its source may be an anchor of its target
};

/// A network at rest, without noise, input and learning. Neurons that nothing reaches stay at rest.
class IZHI_API GroupNetwork {
public:
    /// @param synapses in any order; sources and targets are below the number of neurons, and targets have a membrane
    /// @param dt_ms the step [ms] @param numerics any but `accurate`
    GroupNetwork(std::vector<GroupNeuron> neurons, std::vector<GroupSynapse> synapses, double dt_ms, Numerics numerics);

    [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(neurons_.size()); }
    [[nodiscard]] const GroupNeuron& neuron(std::uint32_t number) const noexcept { return neurons_[number]; }
    /// The synapses of a source, in order of delay, then target.
    [[nodiscard]] std::span<const GroupSynapse> synapses_of(std::uint32_t source) const noexcept {
        return std::span(synapses_).subspan(first_[source], first_[source + 1] - first_[source]);
    }
    [[nodiscard]] std::size_t synapse_count() const noexcept { return synapses_.size(); }
    /// A synapse as its target sees it.
    struct Incoming {
        std::uint32_t neuron = 0, delay_steps = 1;
    };
    /// The strong synapses onto a neuron whose sources may be its anchors, in order of source, then delay; none for inhibitory
    /// neurons.
    [[nodiscard]] std::span<const Incoming> candidates_of(std::uint32_t mother) const noexcept {
        return std::span(candidates_)
            .subspan(first_candidate_[mother], first_candidate_[mother + 1] - first_candidate_[mother]);
    }
    /// The synapses of positive weight onto a neuron, in order of source, then delay.
    [[nodiscard]] std::span<const Incoming> excitation_of(std::uint32_t target) const noexcept {
        return std::span(excitation_)
            .subspan(first_excitation_[target], first_excitation_[target + 1] - first_excitation_[target]);
    }
    /// The number of triplets of different candidates of a mother.
    [[nodiscard]] std::uint64_t triplets_of(std::uint32_t mother) const noexcept;
    [[nodiscard]] double dt_ms() const noexcept { return dt_ms_; }
    [[nodiscard]] Numerics numerics() const noexcept { return numerics_; }

private:
    std::vector<GroupNeuron> neurons_;
    std::vector<GroupSynapse> synapses_;  // by source, delay, target
    std::vector<std::size_t> first_;      // [neurons + 1]
    std::vector<Incoming> candidates_;    // by mother, source, delay
    std::vector<std::size_t> first_candidate_;
    std::vector<Incoming> excitation_;  // by target, source, delay
    std::vector<std::size_t> first_excitation_;
    double dt_ms_;
    Numerics numerics_;
};

/// What counts as a group.
struct GroupRules {
    std::uint32_t least_path = 7;        ///< links of the longest path, at least
    std::uint32_t least_size = 1;        ///< spikes, at least
    std::uint32_t duration_steps = 150;  ///< steps that are followed, from the first anchor's spike on; at least 1
    /// A spike is explained by one that arrived before it, and less than this many steps before it.
    std::uint32_t window_steps = 10;
};

/// A spike of a group.
struct GroupSpike {
    std::uint32_t step = 0;    ///< at whose end it was found; 0 is the step of the first anchor's spike
    std::uint32_t neuron = 0;  ///< over the whole network
    std::uint32_t path = 0;    ///< links of the longest path that ends here
    friend bool operator==(const GroupSpike&, const GroupSpike&) = default;
};
/// One spike explains another: there is a synapse of positive weight between their neurons with this arrival.
struct GroupLink {
    std::uint32_t from = 0, to = 0;  ///< indices into Group::spikes
    std::uint32_t arrival_step = 0;  ///< the first step in which the weight acts
    friend bool operator==(const GroupLink&, const GroupLink&) = default;
};
/// A polychronous group.
struct Group {
    std::uint32_t mother = 0;
    std::array<std::uint32_t, 3> anchors{};       ///< neurons, in rising order
    std::array<std::uint32_t, 3> anchor_steps{};  ///< the steps in which they are made to fire; the smallest is 0
    std::vector<GroupSpike> spikes{};             ///< in order of step, then neuron; those of the anchors included
    std::vector<GroupLink> links{};               ///< in order of `to`, then `from`, then arrival
    std::uint32_t longest_path = 0;               ///< links
    /// Steps from the first to the last spike.
    [[nodiscard]] std::uint32_t span_steps() const noexcept { return spikes.empty() ? 0 : spikes.back().step; }
    /// One longest path, as indices of spikes from the first to the last: the one with the earliest spikes, from its end.
    [[nodiscard]] IZHI_API std::vector<std::uint32_t> path() const;
    friend bool operator==(const Group&, const Group&) = default;
};

/// Searches groups. It has memory for one simulation of the network: one finder for each thread.
class IZHI_API GroupFinder {
public:
    /// @param network, rules must outlive the finder
    GroupFinder(const GroupNetwork& network, const GroupRules& rules);

    /// Passes the groups of a mother to `use`, in the order of triplets: the last anchor changes fastest. The search ends when
    /// `use` returns false. @return whether all triplets were tried
    bool groups_of(std::uint32_t mother, const std::function<bool(Group&&)>& use);
    /// What follows if these neurons fire in these steps, whether it is a group or not; with links and paths. `mother` is 0.
    [[nodiscard]] Group follow(const std::array<std::uint32_t, 3>& anchors, const std::array<std::uint32_t, 3>& steps);

private:
    static constexpr std::uint32_t kNoLane = 0xffffffffu;
    struct Segment {
        std::uint32_t begin = 0, end = 0;  // synapses of one source and delay
    };
    /// The neurons that are computed, side by side.
    struct Lanes {
        std::vector<float> v, u, input, a, b;
        std::vector<std::uint32_t> neuron;
    };
    /// Where a neuron is known to stay silent without further input; by default nowhere.
    struct Quiet {
        float highest_v = -std::numeric_limits<float>::infinity(), lowest_v = 0.0f, lowest_u = 0.0f, u_per_v = 0.0f;
    };
    /// Input that a neuron has got but that cannot make it fire: it is made up for when more comes.
    struct Event {
        std::uint32_t step = 0, next = 0;
        float input = 0.0f;
    };
    struct Dormant {
        float highest = 0.0f;     // v is at most this much above rest [mV]...
        std::uint32_t since = 0;  // ...with the input of this step
        float rebound = 0.0f;     // by how much inhibition brings rest and threshold together [mV]
        std::uint32_t kind = 0xffffffffu;
        std::uint32_t first = 0xffffffffu, last = 0;  // events
    };
    /// Neurons that fall back to rest equally fast.
    struct Kind {
        double decay = 0.0;            // per step, near rest
        double rebound = 0.0;          // per mV of inhibition [mV]
        float unstable = 0.0f;         // above rest, from where v rises by itself [mV]
        std::array<float, 64> left{};  // [steps]: what is left near rest
    };
    [[nodiscard]] std::uint32_t kind_of(double decay, double rebound);
    /// Adds an input to what a dormant neuron has got. @return whether it is known to stay silent
    [[nodiscard]] bool stays_silent(Dormant& dormant, float weight, std::uint32_t step) const;
    void simulate(const std::array<std::uint32_t, 3>& anchors, const std::array<std::uint32_t, 3>& steps);
    std::uint32_t wake(std::uint32_t neuron, std::uint32_t until);
    void deliver(std::uint32_t step);
    [[nodiscard]] bool update();
    void fire(std::uint32_t neuron, std::uint32_t step);
    [[nodiscard]] bool all_quiet();
    void explain(Group& group);
    [[nodiscard]] bool is_group(const Group& group) const;

    const GroupNetwork& network_;
    const GroupRules& rules_;
    const GroupSynapse* synapses_ = nullptr;
    std::vector<Quiet> quiet_;                    // [neuron]
    std::vector<std::uint32_t> lane_;             // [neuron], or kNoLane
    std::vector<std::vector<Segment>> arriving_;  // [step]
    std::vector<std::uint32_t> fired_;            // in this step
    std::vector<GroupSpike> spikes_;
    std::vector<std::uint32_t> last_spike_, earlier_spike_;  // [neuron], [spike]
    Lanes lanes_;
    std::vector<Dormant> dormant_;  // [neuron]
    std::vector<Kind> kinds_;
    std::vector<Event> events_;           // of dormant neurons
    std::vector<std::uint32_t> touched_;  // neurons whose `dormant_` is not as it was
    std::size_t used_ = 0, loud_ = 0;
    std::uint32_t last_arrival_ = 0;
};

}  // namespace izhi::analysis
