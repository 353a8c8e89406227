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
/// The weight must be that of the moment of arrival, so spikes are delivered when they arrive and not when they are
/// fired: a *flight* waits at the row of its source until the next group of equal delays is due. Synapses are stored by
/// source, so that an arrival goes through memory in order; columns point to them. Arrivals leave a trace at their
/// group (all synapses of a group see the same arrivals); spikes of a target leave one at the target. Traces of groups
/// are updated when they are read, traces of targets decay in every step.
///
/// A dendritic delay of d steps is a shift. Arrivals are processed when they reach the soma, where the weight is
/// needed, d steps after they were at the synapse. So the target's spikes are processed 2 d steps late, and pairs come
/// in the same order.
///
/// In step s, for each part: arrive(s), apply(s) if it is due, the update of neurons, post(s) with the neurons that
/// fired. Every synapse belongs to one part, and nothing here depends on the order within a step, and so not on the
/// number of threads.
namespace izhi::detail {

class PlasticProjection {
public:
    PlasticProjection(const Plan& plan, std::size_t projection, const std::vector<Range>& parts, Executor& executor,
                      const simd::Kernels& kernels);

    /// Where arrivals are summed, see ProjectionPlan::buffer.
    [[nodiscard]] std::uint32_t buffer() const noexcept { return buffer_; }

    /// Begins the flights of the spikes of step `step`. @param factors see ShortTerm; null: none
    void depart(std::size_t part, std::uint64_t step, std::span<const std::uint32_t> neurons,
                const std::int32_t* factors) noexcept;
    /// Processes the arrivals of a step. @param sums of the part's slots in that step; @param scale quanta per unit of
    /// weight
    void arrive(std::size_t part, std::uint64_t step, std::int32_t* sums, float scale) noexcept;
    /// Adds the summed changes to the weights, if a step ends an interval.
    void apply(std::size_t part, std::uint64_t step, float dopamine) noexcept;
    /// Processes the spikes of neurons of the part, ascending, which fired at the end of a step.
    void post(std::size_t part, std::uint64_t step, std::span<const std::uint32_t> neurons) noexcept;

    [[nodiscard]] std::size_t synapse_count() const noexcept;
    [[nodiscard]] std::uint64_t synapses_from(const Range& neurons) const noexcept;
    [[nodiscard]] std::uint64_t bytes() const noexcept;
    /// The work since the projection was wired.
    [[nodiscard]] PlasticWork work() const noexcept;

    /// The place of a synapse.
    struct Handle {
        std::uint32_t part, synapse;
    };
    /// The weights of all synapses, in order of source, delay, target.
    [[nodiscard]] std::vector<Handle> handles() const;
    [[nodiscard]] float weight_at(const Handle& synapse) const noexcept {
        return parts_[synapse.part].weight[synapse.synapse];
    }
    /// PlasticSynapse::eligibility
    [[nodiscard]] float eligibility_at(const Handle& synapse) const noexcept {
        return rule_.immediate ? 0.0f : parts_[synapse.part].change[synapse.synapse];
    }

    /// A copy of everything that changes while the network runs, which is written later while it continues to run.
    class State;
    /// @param into its memory is reused
    void copy_state(State& into) const;

    /// @param now number of steps done. When writing, the flights of the last step have begun already
    void transfer(Archive& a, std::uint64_t now);
    /// Writes a copy as transfer() would have written it at that time. Uses nothing that changes while the network
    /// runs.
    void write(Archive& a, std::uint64_t now, State& state) const;

    // Not during a run. Synapses are in order of source, delay, target, for any number of parts.
    void read(std::span<float> weights) const;
    [[nodiscard]] std::vector<PlasticSynapse> synapses() const;
    /// The synapses of a neuron (numbered over the network), if it is a source.
    void synapses_of(std::uint32_t source, std::vector<PlasticSynapse>& into) const;
    /// The weight of a chosen synapse and its target. @throws Error if the source has no such synapse
    [[nodiscard]] std::uint32_t target_of(const SynapseChoice& synapse, const std::string& who) const;
    void set_weight(const SynapseChoice& synapse, float weight);

private:
    static constexpr std::uint32_t kArrived = 0xffffffffu;
    struct Group {
        std::uint32_t first = 0;  ///< its first synapse; the synapses end where those of the next group begin
        std::uint32_t delay = 0;
    };
    struct Trace {
        float r1 = 0.0f;
        std::uint32_t last = 0;  ///< step of the last arrival, low 32 bits
    };
    struct Flight {
        std::uint32_t source;  ///< within the projection
        std::uint32_t group;   ///< the next group to be reached; kArrived: none
        std::uint32_t delay;   ///< delay of that group
        float factor;
    };
    struct Due {
        std::uint32_t group;
        float factor;
    };
    struct Incoming {
        std::uint32_t synapse, group;
    };
    /// The data of a part that change while the network runs, and are saved.
    struct PartState {
        AlignedArray<float> weight, change;  ///< [synapses, padded]; change only if changes are summed
        std::vector<Trace> traces;           ///< trace of each group
        std::vector<float> r2;               ///< traces of each group, if there are slow traces
        AlignedArray<float> o1, o2;          ///< [slots]; o2 if there are slow traces
        /// [step % size] flights by the step in which they began
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
        std::vector<Due> due;                           ///< groups that are reached in the current step
        Range targets;                                  ///< slots of the projection's targets, within the part
        std::uint64_t arrivals = 0, potentiations = 0;  ///< numbers of synapses so far
    };
    struct Place {
        std::uint32_t part, synapse, delay, slot;  ///< the slot is the network's
    };

    void wire(const Plan& plan, std::size_t projection, const GatheredProjection& gathered, Part& part);
    template <bool Immediate, WeightDependence Dependence>
    void arrive_group(Part& part, std::uint32_t group, std::uint64_t step, float scale, std::int32_t* sums) noexcept;
    void prefetch_column(const Part& part, std::uint32_t target) const noexcept;
    void prefetch_places(const Part& part, std::uint32_t target) const noexcept;
    void prefetch_row(const Part& part, std::uint32_t group) const noexcept;
    /// Fills part.due, and fetches what is due from memory.
    void find_due(Part& part, std::uint64_t step) noexcept;
    /// @param next the column to fetch meanwhile
    template <bool Immediate, WeightDependence Dependence>
    void potentiate(Part& part, std::uint32_t target, std::uint64_t step, std::span<const Incoming> next) noexcept;
    [[nodiscard]] std::span<const Incoming> column(const Part& part, std::uint32_t target) const noexcept {
        return {part.incoming.data() + part.column_begin[target], part.incoming.data() + part.column_begin[target + 1]};
    }
    /// The data of each part, of this projection or of a copy.
    using PartStates = std::vector<PartState*>;
    void transfer(Archive& a, std::uint64_t now, const PartStates& states) const;
    void transfer_weights(Archive& a, const PartStates& states) const;
    void transfer_traces(Archive& a, const PartStates& states) const;
    void transfer_flights(Archive& a, std::uint64_t now, const PartStates& states) const;
    void transfer_fired(Archive& a, std::uint64_t now, const PartStates& states) const;
    /// Synapses of a source (within the projection) in order.
    void places_of(std::uint32_t source, std::vector<Place>& places) const;
    /// @param who the name with which the message begins if there is no such synapse; empty: that of the projection
    [[nodiscard]] Place place_of(const SynapseChoice& synapse, const std::string& who) const;
    [[nodiscard]] PlasticSynapse synapse_at(std::uint32_t source, const Place& place) const;

    const Plan& plan_;
    std::size_t projection_;
    PlasticRule rule_;
    const simd::Kernels& kernels_;
    Range sources_;
    std::uint32_t buffer_, dendritic_steps_, min_delay_, max_delay_;
    std::vector<Part> parts_;
};

class PlasticProjection::State {
    friend class PlasticProjection;
    std::vector<PartState> parts_;
};

}  // namespace izhi::detail
