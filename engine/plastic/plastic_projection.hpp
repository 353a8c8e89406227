// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/memory.hpp"
#include "engine/network/plan.hpp"
#include "engine/network/rows.hpp"
#include "engine/plastic/rule.hpp"
#include "engine/plastic/work.hpp"
#include "engine/state/archive.hpp"
#include "izhi/executor.hpp"
#include "izhi/simulation.hpp"
#include "simd/kernels.hpp"

/// A projection whose weights change.
///
/// Weights must be those of the moment of arrival, so its spikes are delivered when they arrive and not when they are fired:
/// a *flight* waits at the row of its source until the next group of equal delays is due. Synapses lie by source, so that an
/// arrival goes through memory in order; columns point to them. Arrivals leave a trace at their group (all its
/// synapses see the same), spikes of the target one at the target. Group traces are brought up to date when they are looked at,
/// target traces decay with every step.
///
/// A dendritic delay of d steps is a shift: arrivals are handled when they reach the soma, where their weight is wanted,
/// d steps after they were at the synapse, so the target's spikes are handled 2 d steps late; pairs come in the same order.
///
/// In step s, for each part: arrive(s), apply(s) if it is due, the neurons' update, post(s) with who fired. Every synapse
/// belongs to one part, nothing here depends on the order within a step, and so on no number of threads.
namespace izhi::detail {

class PlasticProjection {
public:
    PlasticProjection(const Plan& plan, std::size_t projection, const std::vector<Range>& parts, Executor& executor,
                      const simd::Kernels& kernels);

    [[nodiscard]] std::uint32_t channel() const noexcept { return channel_; }

    /// Spikes of step `step` set out. @param factors see ShortTerm; null: none
    void depart(std::size_t part, std::uint64_t step, std::span<const std::uint32_t> neurons,
                const std::int32_t* factors) noexcept;
    /// What is due in a step arrives. @param sums of the part's slots in that step; @param scale quanta per unit of weight
    void arrive(std::size_t part, std::uint64_t step, std::int32_t* sums, float scale) noexcept;
    /// Weights take up what was summed up for them, if a step ends an interval.
    void apply(std::size_t part, std::uint64_t step, float dopamine) noexcept;
    /// Neurons of the part, ascending, fired at the end of a step.
    void post(std::size_t part, std::uint64_t step, std::span<const std::uint32_t> neurons) noexcept;

    [[nodiscard]] std::size_t synapse_count() const noexcept;
    [[nodiscard]] std::uint64_t synapses_from(const Range& neurons) const noexcept;
    [[nodiscard]] std::uint64_t bytes() const noexcept;
    /// Done since it was wired.
    [[nodiscard]] PlasticWork work() const noexcept;

    /// Where a synapse is.
    struct Handle {
        std::uint32_t part, synapse;
    };
    /// Of all synapses, in order of source, delay, target.
    [[nodiscard]] std::vector<Handle> handles() const;
    [[nodiscard]] float weight_at(const Handle& synapse) const noexcept {
        return parts_[synapse.part].weight[synapse.synapse];
    }

    /// All that changes while the network runs, copied: to be written later, while it runs on.
    class State;
    /// @param into whose memory is used again
    void copy_state(State& into) const;

    /// @param now steps done. Writing, the spikes of the last step have departed already
    void transfer(Archive& a, std::uint64_t now);
    /// Writes a copy, as transfer() would have written it then. Touches nothing that changes while the network runs.
    void write(Archive& a, std::uint64_t now, State& state) const;

    // Outside of a run. Synapses in order of source, delay, target, whatever the parts are.
    void read(std::span<float> weights) const;
    [[nodiscard]] std::vector<PlasticSynapse> synapses() const;
    /// Those of one source neuron (over the network), if it is one.
    void synapses_of(std::uint32_t source, std::vector<PlasticSynapse>& into) const;
    /// The weight of a chosen synapse and its target. @throws Error if the source has no such synapse
    [[nodiscard]] std::uint32_t target_of(const SynapseChoice& synapse, const std::string& who) const;
    void set_weight(const SynapseChoice& synapse, float weight);

private:
    static constexpr std::uint32_t kArrived = 0xffffffffu;
    struct Group {
        std::uint32_t first = 0;  ///< of its synapses; they end where the next group's begin
        std::uint32_t delay = 0;
    };
    struct Trace {
        float r1 = 0.0f;
        std::uint32_t last = 0;  ///< step of the last arrival, its low 32 bits
    };
    struct Flight {
        std::uint32_t source;  ///< within the projection
        std::uint32_t group;   ///< the next to be reached; kArrived: none
        std::uint32_t delay;   ///< of that group
        float factor;
    };
    struct Due {
        std::uint32_t group;
        float factor;
    };
    struct Incoming {
        std::uint32_t synapse, group;
    };
    /// What of a part changes while the network runs, and is saved.
    struct PartState {
        AlignedArray<float> weight, change;  ///< [synapses, padded]; change only if it is summed up
        std::vector<Trace> traces;           ///< of each group
        std::vector<float> r2;               ///< of each group, with slow traces
        AlignedArray<float> o1, o2;          ///< [slots]; o2 with slow traces
        /// [step % size] by the step in which they set out
        std::vector<std::vector<Flight>> flights;
        /// [step % size] targets, within the part, whose spikes are on their way back through the dendrites
        std::vector<std::vector<std::uint32_t>> fired;
    };
    struct Part : PartState {
        Range slots;
        std::vector<std::uint32_t> row_begin;           ///< [sources + 1] groups
        std::vector<Group> groups;                      ///< one more at the end
        std::vector<std::uint32_t> target;              ///< [synapses] slot within the part
        std::vector<std::uint32_t> column_begin;        ///< [slots + 1] places in `incoming`
        std::vector<Incoming> incoming;                 ///< [synapses] by target
        std::vector<Due> due;                           ///< groups that are reached in the step at hand
        Range targets;                                  ///< slots of the projection's targets, within the part
        std::uint64_t arrivals = 0, potentiations = 0;  ///< synapses so far
    };
    struct Place {
        std::uint32_t part, synapse, delay, slot;  ///< the slot is the network's
    };

    void wire(const Plan& plan, std::size_t projection, const GatheredProjection& gathered, Part& part);
    template <bool Immediate, bool Multiplicative>
    void arrive_group(Part& part, std::uint32_t group, std::uint64_t step, float scale, std::int32_t* sums) noexcept;
    void prefetch_column(const Part& part, std::uint32_t target) const noexcept;
    void prefetch_places(const Part& part, std::uint32_t target) const noexcept;
    void prefetch_row(const Part& part, std::uint32_t group) const noexcept;
    /// Fills part.due, and sets what is due on its way from memory.
    void find_due(Part& part, std::uint64_t step) noexcept;
    /// @param next column to fetch meanwhile
    template <bool Immediate, bool Multiplicative>
    void potentiate(Part& part, std::uint32_t target, std::uint64_t step, std::span<const Incoming> next) noexcept;
    [[nodiscard]] std::span<const Incoming> column(const Part& part, std::uint32_t target) const noexcept {
        return {part.incoming.data() + part.column_begin[target], part.incoming.data() + part.column_begin[target + 1]};
    }
    /// By part, of this projection or of a copy.
    using PartStates = std::vector<PartState*>;
    void transfer(Archive& a, std::uint64_t now, const PartStates& states) const;
    void transfer_weights(Archive& a, const PartStates& states) const;
    void transfer_traces(Archive& a, const PartStates& states) const;
    void transfer_flights(Archive& a, std::uint64_t now, const PartStates& states) const;
    void transfer_fired(Archive& a, std::uint64_t now, const PartStates& states) const;
    /// Synapses of a source (within the projection) in order.
    void places_of(std::uint32_t source, std::vector<Place>& places) const;
    /// @param who begins the message if there is no such synapse; empty: the projection
    [[nodiscard]] Place place_of(const SynapseChoice& synapse, const std::string& who) const;
    [[nodiscard]] PlasticSynapse synapse_at(std::uint32_t source, const Place& place) const;

    const Plan& plan_;
    std::size_t projection_;
    PlasticRule rule_;
    const simd::Kernels& kernels_;
    Range sources_;
    std::uint32_t channel_, dendritic_steps_, min_delay_, max_delay_;
    std::vector<Part> parts_;
};

class PlasticProjection::State {
    friend class PlasticProjection;
    std::vector<PartState> parts_;
};

}  // namespace izhi::detail
