// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/network/geometry.hpp"
#include "engine/network/law.hpp"
#include "izhi/network.hpp"
#include "simd/kernels.hpp"

/// What a validated description comes to, before a synapse is drawn. Depends on the network alone, never on threads or
/// on the machine.
///
/// Neurons have numbers, dense over the network, that users see. Inside, each population is padded to whole vectors, so
/// a neuron lives in a *slot*: number plus the padding of the populations before it. Small populations of one form that
/// follow one another lie side by side instead, padded together.
///
/// A population without neurons has no slots either: it shifts no number and divides no block, and a projection from or to it
/// has no say in anything. So spikes, delays and scales are those of the network without it.
namespace izhi::detail {

class RowLengths;  // engine/network/counts.hpp

/// Neurons updated together: their columns and input stay in the first-level cache between the passes of a step.
inline constexpr std::uint32_t kBlockSlots = 512;
static_assert(kBlockSlots % simd::kPad == 0);

/// Populations of fewer neurons share blocks with small neighbours of the same form: padded alone they would cost up to 64
/// times as much as their neurons.
inline constexpr std::uint32_t kSmallPopulation = 128;

inline constexpr std::uint32_t kMaxDelaySteps = 65000;  // 16 bits in a row's group header
/// Of the scales of weights, see Plan::sum_exponents.
inline constexpr int kMostExponent = 60;

/// Half-open ranges.
struct Range {
    std::uint32_t begin = 0, end = 0;
    [[nodiscard]] std::uint32_t size() const noexcept { return end - begin; }
    [[nodiscard]] bool empty() const noexcept { return begin == end; }
    [[nodiscard]] bool contains(std::uint32_t x) const noexcept { return x >= begin && x < end; }
};

struct PopulationPlan {
    std::uint32_t first_neuron = 0, size = 0;
    std::uint32_t first_slot = 0, slots = 0;  ///< slots with padding: that of `sharing` belongs to its last population
    bool source = false;                      ///< of spikes, without a membrane
    /// The populations that lie side by side with this one, itself among them; those with neurons have one Model.
    Range sharing;
};

/// A whole number drawn for a synapse: its weight in quanta, or its delay in steps.
struct IntegerLaw {
    Distribution::Kind kind = Distribution::Kind::constant;
    std::int64_t low = 0, high = 0;   ///< both included; equal for a constant
    double mean = 0.0, stddev = 0.0;  ///< of a clipped normal
    std::optional<Law> law{};  ///< of redrawn normal, lognormal, exponential and gamma: what is drawn, times `scale`
    double scale = 1.0;
};

/// A described weight in units of 2^-exponent, not yet rounded to a whole number of them.
[[nodiscard]] inline double quanta_of(double weight, double factor, int exponent) noexcept {
    return std::ldexp(weight * factor, exponent);
}

struct ProjectionPlan {
    Range source, target;                 ///< neuron numbers
    std::uint32_t target_population = 0;  ///< the first that it ends in
    /// Without neurons on one side there are no synapses, whatever the rule.
    [[nodiscard]] bool empty() const noexcept { return source.empty() || target.empty(); }
    IntegerLaw weight, delay;
    double weight_factor = 1.0;         ///< on the described weights, see WeightScale
    double largest_weight = 0.0;        ///< [mV/ms], magnitude, without the factor
    int weight_exponent = 0;            ///< a weight w is drawn as the integer round(w * 2^exponent)
    double indegree_bound = 0.0;        ///< no target has more synapses of this projection
    bool procedural = false;            ///< drawn while running, not stored
    bool plastic = false;               ///< weights change, see engine/plastic
    std::uint32_t channel = 0;          ///< index into Plan::channels
    std::uint32_t buffer = 0;           ///< where its weights are summed: the channel's, or one of Plan::apart
    std::uint32_t dendritic_steps = 0;  ///< of the delay, if plastic
    /// Of a fixed total: synapses of each source.
    std::shared_ptr<const RowLengths> row_lengths{};
    std::uint32_t longest_row = 0;               ///< no row of a rule that can be procedural is longer
    std::shared_ptr<const Geometry> geometry{};  ///< if distances decide anything
    /// With a velocity: what is drawn before the distance is added; `delay` has the range of the sum.
    std::optional<IntegerLaw> delay_offset{};
    double constant_offset = 0.0, steps_per_mm = 0.0;     ///< [steps], of an offset that is not drawn
    double expected_synapses = 0.0, synapse_bound = 0.0;  ///< mean, and mean plus six standard deviations
    /// A described weight in quanta, before it is rounded.
    [[nodiscard]] double quanta(double w) const noexcept { return quanta_of(w, weight_factor, weight_exponent); }
    /// The number of quanta that it is drawn as. A bound may lie far beyond all that is drawn, and is cut.
    [[nodiscard]] std::int64_t whole_quanta(double w) const noexcept {
        return std::llround(std::clamp(quanta(w), -4e9, 4e9));
    }
};

/// Projections whose rows lie together: they share a channel, a buffer and, with short-term plasticity, the factor on each spike (so
/// such a projection is alone in its route). Plastic projections are in none.
struct RoutePlan {
    std::uint32_t channel = 0;
    std::uint32_t buffer = 0;  ///< theirs
    std::optional<ShortTermPlasticity> short_term{};
    std::vector<std::size_t> projections;
    bool wide = false;  ///< 8-byte synapses
    [[nodiscard]] bool has(std::size_t projection) const noexcept {
        return std::find(projections.begin(), projections.end(), projection) != projections.end();
    }
};

/// A stimulus whose neurons are known, and the channel that its arrivals go through.
struct StimulusPlan {
    Range neurons;
    std::uint32_t channel = 0;
    std::optional<std::uint32_t> shown{};  ///< the buffer, one of Plan::apart, with which traces show it
};

/// A part of what goes through a channel, summed in a buffer of its own, because traces show it: one projection, or all that
/// excites or inhibits. The channel gets the sum of its buffers, which are integers of one quantum, so nothing else in the
/// network depends on what is shown.
struct ApartPlan {
    std::uint32_t channel = 0;
    bool excites = true;
    std::optional<std::size_t> projection{};
};

struct Plan {
    NetworkDescription description;
    std::uint32_t builder = PopulationId::kAnyBuilder;  ///< whose ids name its populations
    std::uint32_t neurons = 0, slots = 0;
    std::vector<PopulationPlan> populations;
    std::vector<std::shared_ptr<const PlacedNeurons>> places;  ///< by population; null without positions
    std::vector<ProjectionPlan> projections;
    std::vector<StimulusPlan> stimuli;
    /// The dynamics there are, each once; the first is DeltaCurrent. Each has buffers and state of its own.
    std::vector<SynapseDynamics> channels;
    std::vector<ApartPlan> apart;                ///< buffers beyond those of the channels
    std::vector<RoutePlan> routes;               ///< in order of their first projection; at least one
    std::uint32_t min_delay = 1, max_delay = 1;  ///< steps; both 1 without synapses
    /// Of the sums that a population receives through a channel: one unit is 2^-exponent. By channel, then by population.
    std::vector<int> sum_exponents;
    std::vector<Note> notes;  ///< see Network::notes()
    bool live = false;  ///< weights were scaled while running: what was in flight then needs room beside new input

    [[nodiscard]] int sum_exponent(std::size_t channel, std::size_t population) const noexcept {
        return sum_exponents[channel * populations.size() + population];
    }
    /// Buffers of sums: one for each channel, then those that are apart.
    [[nodiscard]] std::size_t buffers() const noexcept { return channels.size() + apart.size(); }
    [[nodiscard]] std::size_t channel_of_buffer(std::size_t buffer) const noexcept {
        return buffer < channels.size() ? buffer : apart[buffer - channels.size()].channel;
    }
    /// What is shown of synapses that end in a population: whether this buffer, one of those apart, has it.
    [[nodiscard]] bool shows(std::size_t buffer, const TraceSpec& trace, Variable variable) const noexcept;
    /// Whether synapses may sum up in a buffer. Nothing does in that of a channel whose projections are all apart.
    [[nodiscard]] bool is_filled(std::size_t buffer) const noexcept;
    /// What one unit of the sums of a population stands for, and so of delivered weights.
    [[nodiscard]] double quantum(std::size_t channel, std::size_t population) const noexcept;
    /// That of the population or populations that a projection ends in: they have the same.
    [[nodiscard]] double quantum_of(const ProjectionPlan& projection) const noexcept;
    /// That of a projection without plasticity.
    [[nodiscard]] const RoutePlan& route_of(std::size_t projection) const noexcept;
    [[nodiscard]] bool plastic() const noexcept;  ///< whether any projection is
    /// Whether a range holds neurons of a population.
    [[nodiscard]] bool holds(const Range& range, std::size_t population) const noexcept;
    /// Whether a projection or a stimulus of this channel ends in neurons of a population.
    [[nodiscard]] bool channel_reaches(std::size_t channel, std::size_t population) const noexcept;
    /// The same of a buffer, be it of a channel.
    [[nodiscard]] bool buffer_reaches(std::size_t buffer, std::size_t population) const noexcept;
    /// The first population of spike sources in a range that has neurons there, if any.
    [[nodiscard]] std::optional<std::size_t> source_in(const Range& range) const noexcept;
    [[nodiscard]] std::uint32_t population_of(std::uint32_t neuron) const noexcept;
    [[nodiscard]] std::uint32_t slot_of(std::uint32_t neuron) const noexcept;
    /// The reverse, for slots that have a neuron.
    [[nodiscard]] std::uint32_t neuron_at(std::uint32_t slot) const noexcept;
};

/// The slots of a range of neurons, in order; indices count from its beginning.
[[nodiscard]] std::vector<simd::TargetSegment> target_segments(const Plan& plan, const Range& target);

/// Checks a description and plans it. @throws Error
/// @param builder see PopulationId; the ids of the plan's own description are of any
[[nodiscard]] Plan make_plan(NetworkDescription description, std::uint32_t builder);

/// Steps nearest to a time, at least `minimum`.
[[nodiscard]] std::uint64_t to_steps(double ms, double dt_ms, std::uint64_t minimum) noexcept;

/// The steps of which a trace has samples: multiples of the interval in [begin, end).
struct TraceSteps {
    std::uint64_t interval = 1, begin = 0, end = 0;
    [[nodiscard]] bool has(std::uint64_t step) const noexcept {
        return step >= begin && step < end && step % interval == 0;
    }
};
[[nodiscard]] TraceSteps steps_of(const TraceSpec& trace, double dt_ms) noexcept;

}  // namespace izhi::detail
