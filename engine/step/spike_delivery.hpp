// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "engine/base/memory.hpp"
#include "engine/network/connectome.hpp"
#include "engine/state/archive.hpp"
#include "engine/step/layout.hpp"
#include "engine/step/phase_log.hpp"
#include "engine/step/probes.hpp"
#include "engine/step/procedural.hpp"
#include "engine/step/stimulus.hpp"
#include "engine/step/synapse_state.hpp"
#include "engine/step/underway.hpp"
#include "simd/kernels.hpp"

/// What spikes bring to their targets: from the lists of a phase to the current of a block.
///
/// partition: a part begins phase p by pushing everyone's spikes of phase p - 1 into its own buffer, then updates.
/// reduce: a part updates, then pushes its own spikes of phase p into its worker's buffer over all neurons.
///
/// Among ranks, a rank has the buffers and the rows of its own neurons ("all neurons" above are those of the rank), and
/// gets the spikes of the others between two phases. reduce then pushes all spikes of phase p - 1 before any part begins
/// phase p, see push_apart().
///
/// late (of partition, channel by channel, see late_window()): a spike's row waits in a queue of the part, and its groups are
/// pushed when the first of them is due, with all that are due within the window. The ring then has only the slots of the
/// window. What finds no room in the queue is pushed at once into a ring for all delays, which the window takes in as it comes
/// to them. Sums are integers, so results are the same.
///
/// Buffers exist once per channel (Plan::channels), and once for what traces show of it (Plan::apart): what goes into
/// those joins the channel's sum, and is put through its dynamics alone once more where a trace reads it. Plastic synapses are pushed when they arrive, by the part that has their
/// targets, right before the update: see engine/plastic/plastic_projection.hpp. Their networks have one step to a phase.
namespace izhi::detail {

class SpikeDelivery {
public:
    /// What it works on. All of it outlives the delivery.
    struct Setting {
        const Plan& plan;
        const Ranks& ranks;
        const std::vector<Block>& blocks;
        const std::vector<PartBlocks>& parts;
        SynapseState& synapses;
        const Stimuli& stimuli;
        const simd::Kernels& kernels;
        PhaseLog& log;
    };
    /// @param window of late delivery in steps, SimulationOptions::delivery_window
    SpikeDelivery(const Setting& setting, const Wiring& wiring, Delivery delivery, std::uint32_t window,
                  std::size_t workers);

    /// Whether anything is to be reduced: synapses, or stimuli with dynamics.
    [[nodiscard]] bool acts() const noexcept { return has_synapses_ || channels_.size() > 1; }
    [[nodiscard]] bool has_plasticity() const noexcept { return !synapses_.all_plastic.empty(); }
    /// Whether all that arrives at a neuron in a step is one sum, of delta currents: an update can add it by itself.
    [[nodiscard]] bool is_one_sum() const noexcept;

    /// Whether the spikes of a phase are pushed by push_apart(), between two barriers of their own.
    [[nodiscard]] bool pushes_apart() const noexcept { return pushes_apart_; }
    /// A part's share of the last phase's spikes, pushed into its worker's buffer.
    void push_apart(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept;
    /// The spikes of other ranks in a phase are in the log. With no worker at work.
    void hear(std::uint64_t phase) noexcept;

    /// A part takes in the last phase's spikes before it updates: into its rings, or, with windows, in lists for them.
    void take_in(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept;
    /// Plastic synapses of a part: what is due arrives, and weights are brought up to date.
    void arrive(std::uint64_t step, std::size_t part, std::size_t worker) noexcept;

    /// How far a part is with its windows of strata, while it updates block after block.
    struct WindowPass;
    /// After take_in(), before the part's first block.
    [[nodiscard]] WindowPass begin_windows(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept;
    /// Pushes the windows that reach into a block: before its update.
    /// @return whether there was one
    bool push_windows(WindowPass& pass, const Block& block) noexcept;

    /// The input of a block, and the state that it depends on.
    struct Input {
        const float* v;
        float* current;  ///< added to
        float* total;    ///< of integrate-and-fire neurons: the sum of their conductances, added to; null for others
        const Probes* probes;  ///< null: nothing of the block is shown
        float* samples;        ///< of all traces of the step
    };
    /// Adds what arrived for block `index` in a step, channel by channel.
    void reduce(std::uint32_t index, std::size_t part, std::uint64_t step, const Input& input) noexcept;
    /// Whether conductances act on a block.
    [[nodiscard]] bool has_conductances(std::uint32_t index) const noexcept;
    /// For an update that adds it: where a block's sums of a step lie, if is_one_sum() and they share a quantum.
    [[nodiscard]] std::int32_t* one_sum(const Block& block, std::size_t part, std::uint64_t step) noexcept {
        return sums_of(channels_.front(), block, part, step);
    }
    [[nodiscard]] bool shares_quantum(std::uint32_t index) const noexcept { return !channels_.front().mixed[index]; }
    [[nodiscard]] float quantum(const Block& block) const noexcept {
        return channels_.front().quanta[block.populations.begin];
    }

    /// What a part's own spikes change after its update: resources of short-term plasticity, and buffers (reduce).
    /// @param probes are shown the former
    void send(std::uint64_t phase, std::size_t part, std::size_t worker, const Probes& probes) noexcept;
    /// Targets in a part fired: weights of plastic synapses are potentiated.
    void potentiate(std::uint64_t phase, std::size_t part) noexcept;

    /// Goes on, from phase `phase`, where another delivery to the same neurons left off: what it has in flight arrives with
    /// the weights it was sent with, in this one's quanta. With no worker at work. @param now number of steps done, which phases
    /// do not tell after a restore
    void take_over(SpikeDelivery& other, std::uint64_t phase, std::uint64_t now) noexcept;

    /// What is in flight before step `now`, the first of phase `phase`: sums by step of arrival and neuron, whichever
    /// worker holds them. With no worker at work.
    /// @param finer if other weights than those of now sent it: the exponents of the sums of then, see Plan::sum_exponents
    void transfer(Archive& a, std::uint64_t phase, std::uint64_t now, const std::vector<int>& then);

private:
    struct Ring {
        AlignedArray<std::int32_t> sums;
        std::size_t stride = 0;
    };
    /// Sums of all delays that found no room in the queues of a part, or were in flight when another delivery left off. They are
    /// put into the ring step by step.
    struct alignas(64) Beyond {
        LazyArray<std::int32_t> sums;    ///< [Channel::whole][stride of the ring]
        std::vector<std::uint8_t> used;  ///< [Channel::whole] whether there is anything
        std::uint32_t next = 0;          ///< step that is to be put into the ring next
    };
    using ChannelKernel = void (*)(const simd::ChannelArgs&);
    /// A channel, or a buffer that is apart.
    struct Channel {
        std::size_t number = 0;                ///< of the channel
        std::vector<std::size_t> apart{};      ///< places in channels_ of what is apart from it
        std::vector<Ring> rings;               ///< by part (partition) or by worker (reduce); none without synapses
        ChannelKernel kernel = nullptr;        ///< null: delta currents
        ChannelKernel leaky_kernel = nullptr;  ///< the same onto integrate-and-fire neurons
        simd::ChannelArgs args{};              ///< what does not change from block to block
        struct Leaky {
            float rest = 0.0f, of_state = 1.0f, of_rise = 0.0f;
        };
        std::vector<Leaky> leaky;  ///< by population: what the latter kernel needs
        bool conductance = false;
        float* state = nullptr;  ///< [slots]
        float* rise = nullptr;
        std::vector<bool> reaches;  ///< blocks
        std::vector<float> quanta;  ///< by population: the input that one unit of its sums stands for
        std::vector<bool> mixed;    ///< blocks whose populations have different quanta
        std::uint32_t whole = 1;    ///< slots of rings that hold all delays
        std::uint32_t slots = 1;    ///< slots of its rings: as many, or the window of late delivery
        [[nodiscard]] std::uint32_t mask() const noexcept { return slots - 1; }
        bool late = false;           ///< its rows are pushed when they are due, see Route::underway
        std::vector<Beyond> beyond;  ///< by part, of late channels
    };
    struct Route {
        const Connectome* rows;
        ProceduralRows procedural;
        std::uint32_t buffer;         ///< its place in channels_
        const ShortTerm* short_term;  ///< null: none
        void (*deliver)(const simd::DeliverArgs&);
        std::size_t prefetch_lines;
        bool rows_in_memory;
        std::vector<ProceduralRows::Scratch> scratch{};  ///< by worker
        std::size_t (*push_due)(const simd::UnderwayArgs&) = nullptr;
        std::vector<UnderwayQueue> underway{};  ///< by part, of late channels
    };
    /// The sums of a window and of the blocks that reach into it, if nothing else goes to the ring: they never leave a
    /// cache, where a ring of millions of neurons goes to memory and back.
    struct alignas(64) Near {
        AlignedArray<std::int32_t> sums;
        std::uint32_t first_slot = 0;
        bool used = false;  ///< in this phase
    };
    struct Slots {
        std::size_t first, count;
    };

    void make_channels(std::uint32_t window, std::size_t workers);
    void make_dynamics(std::size_t channel);
    void make_routes(const Wiring& wiring, std::size_t workers);
    void make_late(Route& route, bool wide);
    void make_cuts();

    void take_in_at_once(std::uint64_t phase, std::size_t part, std::size_t worker) noexcept;
    /// A share of a list of spikes: the part number `part` of `parts`.
    struct ListShare {
        std::size_t list, part = 0, parts = 1;
        [[nodiscard]] std::span<const std::uint32_t> of(std::span<const std::uint32_t> neurons) const noexcept {
            const std::size_t begin = neurons.size() * part / parts, end = neurons.size() * (part + 1) / parts;
            return neurons.subspan(begin, end - begin);
        }
    };
    /// Pushes the spikes of a list of the log into the rings: the targets of row part `row_part`.
    void deliver(std::uint64_t phase, const ListShare& from, std::size_t row_part, std::size_t worker) noexcept;
    void deliver_route(Route& route, std::uint64_t phase, const ListShare& from, std::size_t row_part,
                       std::size_t worker) noexcept;
    /// The lists of the log, where a part begins with its own.
    [[nodiscard]] std::size_t list_from(std::size_t part, std::size_t i) const noexcept {
        return (log_.list_of_part(part) + i) % log_.list_count();
    }
    /// Late delivery: a part pushes what is due soon, of new spikes (if any) and of those on their way.
    void deliver_late(Route& route, std::uint64_t phase, std::size_t part, std::uint32_t now, std::uint32_t steps,
                      bool fresh) noexcept;
    /// To push what is due within `window` steps, a power of two, into a ring of as many slots.
    [[nodiscard]] static simd::UnderwayArgs underway_args(const Route& route, std::span<simd::UnderwayRow> rows,
                                                          std::uint32_t now, std::uint32_t window, std::int32_t* sums,
                                                          std::size_t stride);
    void push_late(Route& route, std::size_t part, std::uint32_t now, std::span<simd::UnderwayRow> rows) noexcept;
    void push_beyond(Route& route, std::size_t part, std::uint32_t now, std::span<simd::UnderwayRow> rows) noexcept;
    void add_beyond(Channel& channel, std::size_t part, std::uint32_t now) noexcept;
    void fire_short_term(std::uint64_t phase, std::size_t part, const Probes& probes) noexcept;

    /// Spikes of the phase before, by class, for deliver_strata.
    void sort_spikes(std::uint64_t phase, std::size_t worker) noexcept;
    /// Strata of procedural rows that reach slots [begin, end) of a part.
    /// @param sums of the first of them, or null: the ring
    void deliver_strata(std::uint64_t phase, std::size_t part, Range slots, std::size_t worker,
                        std::int32_t* sums = nullptr) noexcept;
    void push_windows_until(WindowPass& pass, const Block& block) noexcept;

    /// The ring that worker `worker` fills for targets in part `part`.
    [[nodiscard]] Ring& ring_of(Channel& channel, std::size_t part, std::size_t worker) noexcept {
        return channel.rings[delivery_ == Delivery::partition ? part : worker];
    }
    /// Where a block's sums of a step lie, under Delivery::partition.
    [[nodiscard]] std::int32_t* sums_of(Channel& channel, const Block& block, std::size_t part,
                                        std::uint64_t step) noexcept {
        if (!near_.empty() && near_[part].used && &channel == &channels_[routes_.front().buffer])
            return near_[part].sums.data() + (block.first_slot - near_[part].first_slot);
        Ring& ring = channel.rings[part];
        return ring.sums.data() + (static_cast<std::uint32_t>(step) & channel.mask()) * ring.stride +
               (block.first_slot - parts_[part].slots.begin);
    }
    /// @param joined sums of what is apart from the channel, which are cleared; null: nothing is
    void reduce_channel(Channel& channel, std::uint32_t index, std::size_t part, std::uint64_t step, float* into,
                        std::int32_t* joined) noexcept;
    /// Adds a block's sums, of all workers, and clears them.
    void take_sums(Channel& channel, const Block& block, std::size_t part, std::uint64_t step,
                   std::int32_t* into) noexcept;
    /// The sums of what is apart from a channel; traces are shown it.
    void join_apart(const Channel& channel, std::uint32_t index, std::size_t part, std::uint64_t step,
                    const Input& input, std::int32_t* joined) noexcept;
    /// A step of what is apart, as if nothing else went through the channel. @param sums are cleared
    void show_apart(std::size_t buffer, std::uint32_t index, std::uint64_t step, const Input& input,
                    std::int32_t* sums) noexcept;
    /// What the dynamics of a channel need for a block.
    [[nodiscard]] simd::ChannelArgs args_of(const Channel& channel, const Block& block, const float* arrived,
                                            const Input& input) const noexcept;
    [[nodiscard]] bool is_leaky(const Block& block) const noexcept {
        return plan_.description.populations[block.populations.begin].cell.model.form == ModelForm::lif;
    }
    /// The same of a block whose populations have different quanta.
    void reduce_mixed(const Channel& channel, const Block& block, const simd::ReduceArgs& args) const noexcept;

    /// Pushes what a next phase would push first.
    void deliver_pending(std::uint64_t phase) noexcept;
    /// The sums that arrive in a step, by slot of the network.
    void gather(const std::vector<Ring>& rings, std::size_t ring_slot, AlignedArray<std::int32_t>& sums) const noexcept;
    void scatter(std::vector<Ring>& rings, std::size_t ring_slot, const AlignedArray<std::int32_t>& sums) noexcept;
    /// The first slot of the network in ring `r` of any channel.
    [[nodiscard]] std::size_t first_slot_of(std::size_t r) const noexcept {
        return delivery_ == Delivery::partition ? parts_[r].slots.begin : own_.begin;
    }
    /// For each of some slots: by how many bits its sums are finer than with the exponents of `then`.
    /// @param use called with the place among the slots, and the bits
    template <class Use>
    void for_finer(std::size_t channel, const std::vector<int>& then, Slots slots, const Use& use) const;
    /// Rings that hold all delays.
    [[nodiscard]] std::vector<Ring> whole_rings(const Channel& channel) const;
    /// All that is in flight in a late channel before step `now`.
    [[nodiscard]] std::vector<Ring> in_flight(const Channel& channel, std::size_t number, std::uint32_t now) const;
    /// The contrary: nothing else is in flight.
    void carry(Channel& channel, const std::vector<Ring>& sums, std::uint32_t now) noexcept;

    const Plan& plan_;
    const Range own_;  ///< slots of this rank
    const std::size_t ranks_;
    const std::vector<Block>& blocks_;
    const std::vector<PartBlocks>& parts_;
    SynapseState& synapses_;
    const Stimuli& stimuli_;
    const simd::Kernels& kernels_;
    PhaseLog& log_;
    Delivery delivery_;
    bool pushes_apart_;
    std::uint64_t synapse_count_;
    bool has_synapses_;
    std::uint64_t first_phase_ = 0;  ///< another delivery has seen to the spikes of the one before it
    std::vector<Channel> channels_;
    std::deque<Route> routes_;                                              ///< those with synapses
    std::vector<std::vector<std::span<const std::uint32_t>>> spike_lists_;  ///< [worker][list]
    std::vector<Near> near_;                                                ///< by part
    AlignedArray<std::int32_t> gathered_;  ///< [slots] of transfer(), once it was called; those of this rank
    /// Slots at which strata end, if procedural rows are drawn stratum by stratum, right before the blocks that they reach:
    /// their sums are then still in the cache. Empty otherwise.
    std::vector<std::uint32_t> cuts_;
};

struct SpikeDelivery::WindowPass {
    std::uint64_t phase;
    std::size_t part, worker;
    std::uint32_t pushed;                                 ///< slot before which everything has been pushed
    std::vector<std::uint32_t>::const_iterator next_cut;  ///< where the next window ends
    Near* near;                                           ///< null: windows are pushed into the ring
};

inline bool SpikeDelivery::push_windows(WindowPass& pass, const Block& block) noexcept {
    if (pass.pushed >= block.first_slot + block.slots) return false;
    push_windows_until(pass, block);
    return true;
}

}  // namespace izhi::detail
