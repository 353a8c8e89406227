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
#include "engine/state/ranks.hpp"
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
///
/// Among ranks each has the synapses onto its own neurons, and the flights of all sources. What concerns synapses by
/// their number is done by all ranks together.
namespace izhi::detail {

class PlasticProjection {
public:
    /// @param parts of this rank @param ranks outlives this
    PlasticProjection(const Plan& plan, std::size_t projection, const std::vector<Range>& parts, const Ranks& ranks,
                      Executor& executor, const simd::Kernels& kernels);
    /// Counts the synapses of all ranks. To be called once, by all ranks, before anything below.
    void count_others();

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

    /// Of all ranks.
    [[nodiscard]] std::size_t synapse_count() const noexcept { return synapse_count_; }
    /// Those that this rank has.
    [[nodiscard]] std::uint64_t synapses_from(const Range& neurons) const noexcept;
    [[nodiscard]] std::uint64_t bytes() const noexcept;
    /// The work since the projection was wired.
    [[nodiscard]] PlasticWork work() const noexcept;

    /// The place of a synapse.
    struct Handle {
        std::uint32_t part, synapse;
    };
    /// The synapses of this rank, in order of source, delay, target.
    [[nodiscard]] std::vector<Handle> handles() const;
    /// All synapses are numbered in order of source, delay, target. @return the numbers of those of this rank, in order of
    /// handles(). For all ranks together.
    [[nodiscard]] std::vector<std::uint64_t> numbers() const;
    /// The numbers of the synapses of a source (within the projection). For all ranks together.
    struct Numbers {
        std::uint64_t begin, end;
    };
    [[nodiscard]] Numbers numbers_of(std::uint32_t source) const;
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
    /// Those of this rank.
    [[nodiscard]] std::vector<PlasticSynapse> synapses() const;
    /// The synapses of a neuron (numbered over the network), if it is a source.
    void synapses_of(std::uint32_t source, std::vector<PlasticSynapse>& into) const;
    /// The target of a chosen synapse. For all ranks together. @throws Error if the source has no such synapse
    [[nodiscard]] std::uint32_t target_of(const SynapseChoice& synapse, const std::string& who) const;
    /// For all ranks together.
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
        std::uint32_t rank;
    };
    /// The synapses of this rank that share their source and delay.
    struct Run {
        std::uint32_t source, delay, count;
    };
    [[nodiscard]] std::vector<Run> runs() const;
    /// What all ranks have, in the order of synapses.
    struct Order {
        std::vector<std::vector<Run>> runs;             ///< by rank
        std::vector<std::vector<std::uint64_t>> first;  ///< by rank and run: the number of the first synapse
        std::vector<std::vector<std::uint32_t>>
            group;                 ///< by rank and run: its place among the different (source, delay)
        std::uint32_t groups = 0;  ///< how many of these there are
    };
    [[nodiscard]] Order order_of_all() const;
    /// The numbers of a rank's synapses.
    [[nodiscard]] static std::vector<std::uint64_t> numbers_in(const Order& order, std::size_t rank);
    /// Rank 0 gets the values of all synapses.
    void collect(const Order& order, const std::vector<float>& own, std::vector<float>& all) const;

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
    void transfer_traces_of_targets(Archive& a, const PartStates& states) const;
    void transfer_traces_among(Archive& a, const PartStates& states) const;
    /// Synapses of a source (within the projection) in order, those of this rank.
    void places_of(std::uint32_t source, std::vector<Place>& places) const;
    /// @param who the name with which the message begins if there is no such synapse; empty: that of the projection
    [[nodiscard]] Place place_of(const SynapseChoice& synapse, const std::string& who) const;
    [[nodiscard]] PlasticSynapse synapse_at(std::uint32_t source, const Place& place) const;

    const Plan& plan_;
    const Ranks& ranks_;
    std::size_t projection_;
    PlasticRule rule_;
    const simd::Kernels& kernels_;
    Range sources_;
    std::uint32_t buffer_, dendritic_steps_, min_delay_, max_delay_;
    std::vector<Part> parts_;
    std::size_t synapse_count_ = 0;
};

class PlasticProjection::State {
    friend class PlasticProjection;
    std::vector<PartState> parts_;
};

}  // namespace izhi::detail
