// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/input.hpp"
#include "izhi/neuron.hpp"
#include "izhi/note.hpp"
#include "izhi/synapse.hpp"
#include "izhi/synapse_list.hpp"

/// The description of a network. A NetworkBuilder collects populations, projections, stimuli and recorders; build()
/// checks all of it and returns an immutable Network, which a Simulation wires and runs. Times are in ms here and are
/// rounded to whole steps of dt; inside the engine time is an integer number of steps.
///
/// Units are those of the four-parameter neuron: currents in mV/ms, u in mV. For populations of the nine-parameter form
/// the same numbers are in pA, and a jump of v [mV] becomes a charge [pA ms], which makes v jump by the number divided
/// by C.
///
/// Neurons are numbered from 0 over the whole network, population by population in the order in which they were added.
namespace izhi {

/// The distribution of the noise currents. Each draw is a pure function of (seed, neuron, step).
enum class NoiseLaw {
    /// A sum of eight table draws: within 6.7e-5 of the normal distribution function everywhere, excess kurtosis -0.0039,
    /// 0.88 of the normal mass beyond 4 standard deviations, nothing beyond 6.1. The fastest.
    table,
    /// The normal quantile of a 32-bit word: correct tails, out to 6.3 standard deviations.
    exact,
    /// Uniform between plus and minus sqrt(3) standard deviations: 13 (U(0,1) - 0.5) of the 2007 network has the
    /// standard deviation 3.7528.
    uniform,
};
[[nodiscard]] IZHI_API std::string_view to_string(NoiseLaw law) noexcept;

/// The settings of the network as a whole.
struct NetworkSpec {
    std::string name = "network";  ///< shown in results; not empty
    std::uint64_t seed = 1;        ///< the seed of all random draws: parameters, wiring, noise, stimuli
    double dt_ms = 1.0;            ///< the time step [ms], in [0.001, 10]
    Numerics numerics = Numerics::published;
    NoiseLaw noise = NoiseLaw::table;
    double dopamine_tau_ms = 200.0;  ///< time constant of the decay of the dopamine level [ms], in [dt_ms / 2, 1e9]
};

/// A place in up to three dimensions [mm]; dimensions that a network does not use are 0.
using Point = std::array<double, 3>;
/// Neurons in a grid, x fastest: neuron n = (z ny + y) nx + x is at ((x + 1/2) sx, (y + 1/2) sy, (z + 1/2) sz), but at 0 in
/// a dimension of spacing 0. The product of the counts is the size of the population.
struct GridPositions {
    std::array<std::uint32_t, 3> counts{1, 1, 1};
    Point spacing_mm{};  ///< above 0 where the count is above 1
};
/// Each coordinate is uniform in [0, extent). It is a pure function of the seed and the neuron's number.
struct UniformPositions {
    Point extent_mm{};
};
/// Neuron n is at point n.
struct ListedPositions {
    std::vector<Point> points;
};
/// The places of the neurons of a population. All coordinates are within 1e6 mm of 0.
struct Positions {
    std::variant<GridPositions, UniformPositions, ListedPositions> where = UniformPositions{};
    Point origin_mm{};  ///< is added to each place
    /// The length after which space repeats, in each dimension; 0: it does not repeat. The two populations of a
    /// projection that uses distances must have the same lengths.
    Point period_mm{};
};

/// One parameter of every neuron of a population.
struct NeuronValues {
    /// "a", "b", "c", "d", "v0_mv", "u0_mv", "bias_current", "noise_stddev"; of Poisson sources "rate_hz"
    std::string parameter;
    std::vector<double> values;  ///< [size], in the units and ranges of the parameter
};

/// The largest number of a neuron in recordings: all whole numbers up to it are doubles.
inline constexpr std::uint64_t kMaxNodeId = std::uint64_t{1} << 53U;
/// The name and the numbers under which files of recordings have the neurons of a population: those of a network that came
/// from another program. Several populations may have one name; all their numbers differ.
struct RecordedAs {
    std::string population;                 ///< UTF-8 of 1 to 200 bytes without '/' and control characters, and not "."
    std::vector<std::uint64_t> node_ids{};  ///< [size], each at most kMaxNodeId; empty: counted from 0
};

/// Neurons of one form of the equations; each neuron can have its own parameters. The network has at most kMaxNeurons.
struct PopulationSpec {
    std::string name;  ///< letters, digits, '_' and '-'; unique in the network
    /// Number of neurons; 0 turns the population off: its projections have no synapses, and a note says so.
    std::uint32_t size = 0;
    CellType cell = regular_spiking();
    /// v at the start [mV], in [-200, 29]; nine-parameter: in [-200, vpeak - 1]. By default -65, and the resting
    /// potential for neurons that would fire from -65 without input (RZ among the named cell types).
    Distribution v0_mv = rest_or(-65.0);
    std::optional<double> v_min_mv{};  ///< lower bound of v [mV], in [-1000, -50] (NEST's V_min); none by default
    /// u at the start [mV; pA in the nine-parameter form]. By default b * v0 of each neuron; in the nine-parameter form
    /// b (v0 - vr), which is 0 for v0 = vr; in `acc` -16.
    std::optional<Distribution> u0_mv{};
    Distribution bias_current = 0.0;  ///< constant input [mV/ms; nine-parameter: pA], in [-1e5, 1e5]
    /// Standard deviation of the noise current, which is drawn anew in every step, for a step of 1 ms [mV/ms;
    /// nine-parameter: pA], in [0, 1e4]. For a step of dt it is multiplied by sqrt(1 ms / dt), so that the noise is
    /// white.
    Distribution noise_stddev = 0.0;
    /// A value for each neuron, in place of the distributions above.
    std::vector<NeuronValues> values{};
    /// Makes this a population of spike sources. The parameters of neurons above then have no effect; `values` can have
    /// only "rate_hz".
    std::optional<SpikeSource> source{};
    /// The places of the neurons. Only distances depend on them.
    std::optional<Positions> position{};
    /// In files of recordings except .gdf; by default the population's own name, counted from 0. Nothing else depends on it.
    std::optional<RecordedAs> recorded_as{};

    /// The name of the population in recordings.
    [[nodiscard]] const std::string& recorded_name() const noexcept {
        return recorded_as ? recorded_as->population : name;
    }
    /// The number of a neuron of the population in recordings.
    [[nodiscard]] std::uint64_t recorded_id(std::uint32_t neuron) const noexcept {
        return recorded_as && !recorded_as->node_ids.empty() ? recorded_as->node_ids[neuron] : neuron;
    }
};

/// Names a population of one builder and of the networks that it builds. An id that was never assigned, or that another
/// builder gave, is rejected with Error wherever it is used.
struct PopulationId {
    static constexpr std::uint32_t kUnassigned = 0xffffffffu, kAnyBuilder = 0;
    std::uint32_t index = kUnassigned;  ///< in the order of add_population()
    /// The builder that gave it; any for an id made from a number: PopulationId{2}.
    std::uint32_t builder = kAnyBuilder;
    friend constexpr bool operator==(PopulationId x, PopulationId y) {
        return x.index == y.index && (x.builder == y.builder || x.builder == kAnyBuilder || y.builder == kAnyBuilder);
    }
};
/// Names a projection of one builder and of the networks that it builds. Like a PopulationId, it is rejected with
/// Error if it was never assigned or if another builder gave it.
struct ProjectionId {
    static constexpr std::size_t kUnassigned = ~std::size_t{0};
    std::size_t index = kUnassigned;                    ///< in the order of connect()
    std::uint32_t builder = PopulationId::kAnyBuilder;  ///< the builder that gave it
    constexpr ProjectionId() = default;
    /// Makes an id from a number, for any builder: for code that iterates over NetworkDescription::projections. It is
    /// explicit, so that {0, 7, 3} does not compile as a SynapseChoice.
    constexpr explicit ProjectionId(std::size_t number, std::uint32_t from = PopulationId::kAnyBuilder)
        : index(number), builder(from) {}
    friend constexpr bool operator==(ProjectionId x, ProjectionId y) {
        return x.index == y.index && (x.builder == y.builder || x.builder == PopulationId::kAnyBuilder ||
                                      y.builder == PopulationId::kAnyBuilder);
    }
};
/// A population, or all neurons of the network.
struct Selection {
    std::optional<PopulationId> population{};
    constexpr Selection() = default;
    constexpr Selection(PopulationId id) : population(id) {}  // NOLINT(google-explicit-constructor)
    friend constexpr bool operator==(const Selection&, const Selection&) = default;
};
/// All neurons of the network, including those of populations that are added later. As the target of input these are all
/// neurons with a membrane. As the target of a projection it is an error in networks with spike sources.
inline constexpr Selection everyone{};

// Rules: which source connects to which target.
/// Every source connects to every target.
struct AllToAll {};
/// Source i connects to target i; both sides have the same size.
struct OneToOne {};
/// Each pair is connected independently, with this probability in [0, 1].
struct FixedProbability {
    double probability = 0.0;
};
/// Each target draws this many sources, uniformly.
struct FixedIndegree {
    std::uint32_t count = 0;
};
/// Each source draws this many targets, uniformly.
///
/// With strata, the targets are cut into this many ranges of neighbours, and a source draws an equal share of its
/// targets from each range (if shares or ranges cannot be equal, they differ by at most one, and every target stays as
/// likely as any other). In-degrees are as random as without strata, but how many of a source's synapses go to a range
/// is fixed.
///
/// A stratum of more than 49,152 targets is cut again, into windows of equal size. Sources are divided into classes;
/// the class of a source and the number j of its synapse determine the window, each window as often as any other over
/// all sources, and the target is drawn uniformly from the window. So for all sources of a group of classes, two
/// synapses in one stratum always, or never, share a window; neighbouring sources are usually in different classes. One
/// 32-bit word gives a synapse both its target and its weight: weights of a projection are resolved to a part in 2^32 /
/// targets of a window (87,381 or more), which is finer than the quanta to which they are rounded.
///
/// Procedural projections with four synapses per stratum (count = 4 strata) run about twice as fast if the buffer of
/// inputs is larger than the caches, because windows are processed one after another. Requires multapses.
struct FixedOutdegree {
    std::uint32_t count = 0;
    std::uint32_t strata = 1;  ///< 1 to count, and at most half the targets
};
/// Each synapse of the list has its own weight and delay.
struct ExplicitList {
    SynapseList synapses;
};
/// A total number of synapses. The source and the target of each are drawn uniformly and independently, so that pairs
/// repeat and both degrees are random (Potjans and Diesmann 2014). Without autapses, pairs of a neuron with itself are
/// not drawn. Needs multapses.
struct FixedTotal {
    std::uint64_t count = 0;  ///< at most 1e11, and 1e9 times the number of sources
    /// In place of a count: the probability C in [0, 1) that a pair has at least one synapse, which gives
    /// round(log(1 - C) / log(1 - 1 / pairs)) synapses.
    std::optional<double> probability{};
};
/// Each ordered pair gets a number of synapses with a Poisson distribution of this mean, in [0, 100]. Needs multapses.
struct PairwisePoisson {
    double mean = 0.0;
};
/// How a probability or weight falls with the distance d; 1 at d = 0.
enum class DistanceKernel {
    gaussian,     ///< exp(-d^2 / (2 scale^2))
    exponential,  ///< exp(-d / scale)
    disc,         ///< 1 for d <= scale, 0 beyond
};
[[nodiscard]] IZHI_API std::string_view to_string(DistanceKernel kernel) noexcept;
/// A kernel with its scale; 0 beyond the cutoff.
struct DistanceProfile {
    DistanceKernel kernel = DistanceKernel::gaussian;
    double scale_mm = 1.0;                                       ///< above 0, at most 1e6
    double cutoff_mm = std::numeric_limits<double>::infinity();  ///< above 0
    friend constexpr bool operator==(const DistanceProfile&, const DistanceProfile&) = default;
};
/// Each ordered pair is connected independently, with a probability that falls with its distance: `probability` times
/// the profile. Both populations must have positions. Values below 1e-12 count as 0.
struct DistanceProbability {
    double probability = 1.0;  ///< at distance 0, in [0, 1]
    DistanceProfile profile{};
};
/// One of the rules. The functions below make them: fixed_outdegree(100).
using Rule = std::variant<AllToAll, OneToOne, FixedProbability, FixedIndegree, FixedOutdegree, ExplicitList, FixedTotal,
                          PairwisePoisson, DistanceProbability>;

[[nodiscard]] inline Rule all_to_all() { return AllToAll{}; }
[[nodiscard]] inline Rule one_to_one() { return OneToOne{}; }
[[nodiscard]] inline Rule fixed_probability(double probability) { return FixedProbability{probability}; }
[[nodiscard]] inline Rule fixed_indegree(std::uint32_t count) { return FixedIndegree{count}; }
[[nodiscard]] inline Rule fixed_outdegree(std::uint32_t count, std::uint32_t strata = 1) {
    return FixedOutdegree{count, strata};
}
[[nodiscard]] inline Rule fixed_total(std::uint64_t count) { return FixedTotal{count, {}}; }
[[nodiscard]] inline Rule fixed_total_of(double probability) { return FixedTotal{0, probability}; }
[[nodiscard]] inline Rule pairwise_poisson(double mean) { return PairwisePoisson{mean}; }
[[nodiscard]] inline Rule distance_probability(double probability, DistanceProfile profile) {
    return DistanceProbability{probability, profile};
}
[[nodiscard]] inline Rule explicit_list(SynapseList synapses) { return ExplicitList{std::move(synapses)}; }

/// Where the synapses of a projection are while the network runs. Both choices give the same network, bit for bit.
enum class Storage {
    stored,      ///< in memory
    procedural,  ///< drawn again whenever a source fires: no memory, more arithmetic; see can_be_procedural()
};
[[nodiscard]] IZHI_API std::string_view to_string(Storage storage) noexcept;
/// Whether the synapses of one source can be drawn alone: for all rules but one-to-one, fixed in-degree and the list.
[[nodiscard]] IZHI_API bool can_be_procedural(const Rule& rule) noexcept;

/// The synapses from one selection of neurons onto another: which pairs, weights, delays, and how they change.
struct ProjectionSpec {
    std::string name{};  ///< unique; "source-target" by default
    Rule rule = AllToAll{};
    /// Jump of the target's v [mV; nine-parameter: pA ms], in [-1e5, 1e5]; with `dynamics`, its type defines the
    /// meaning. Rounded to quanta, see Network::weight_quantum. A uniform weight is drawn evenly from the quanta in
    /// [low, high], both included.
    Distribution weight = 0.0;
    /// Rounded to whole steps, 1 to 65,000; a uniform delay is uniform over whole steps. `spread` needs a fixed degree.
    Distribution delay_ms = 1.0;
    bool autapses = true;   ///< may a neuron connect to itself?
    bool multapses = true;  ///< may the degree rules connect a pair more than once?
    Storage storage = Storage::stored;
    SynapseDynamics dynamics{};                       ///< by default weights are currents for one step
    std::optional<ShortTermPlasticity> short_term{};  ///< requires stored synapses
    /// Requires stored synapses. Weights are in single precision, the initial ones to 30 bits of the largest, and are
    /// rounded to quanta when they are delivered.
    std::optional<Plasticity> plasticity{};
    /// i connects to j exactly if j connects to i, with the same weights and delays and as many synapses. This needs a
    /// stored projection from a population (or a part of it) onto itself and one of the rules all-to-all,
    /// fixed-probability, pairwise-poisson and distance-probability, which then draw unordered pairs.
    bool symmetric = false;
    /// Half-open ranges of neurons within the source and target selections; all of them by default. Rules,
    /// lists and SynapseChoice count the sources and targets of the projection within these ranges.
    std::uint32_t source_first = 0, target_first = 0;
    std::optional<std::uint32_t> source_count{}, target_count{};
    /// In [1e-6, 1e6] mm/ms, which is m/s. d / velocity is added to delay_ms, which may then be 0; the sum is rounded
    /// to steps, at least one. Both populations must have positions.
    std::optional<double> velocity_mm_per_ms{};
    /// The weight is multiplied by this profile, and then rounded to quanta again. Both populations must have
    /// positions.
    std::optional<DistanceProfile> weight_profile{};
    /// The unit that the weights are delivered in [units of the weight], a power of two: see Network::weight_quantum(). By
    /// default the finest for which the sums of all inputs have room. Projections that share their unit and ask for one ask for
    /// the same. Lists of the synapses of another network, given its units, deliver the same bits.
    std::optional<double> weight_quantum{};
};

/// A stimulus, and the neurons of its target on which it acts.
struct StimulusSpec {
    std::string name{};  ///< unique; "stimulus-N" by default
    Stimulus stimulus = DirectCurrent{};
    /// The range of neurons within the target selection; all of them by default.
    std::uint32_t first = 0;
    std::optional<std::uint32_t> count{};
};

/// Variables of a neuron that can be recorded. Currents are in mV/ms, in the nine-parameter and the integrate-and-fire form in
/// pA; they are those that acted in the step, from its beginning to its end.
enum class Variable {
    v,        ///< [mV]; in a step with a spike the threshold: 30 mV, nine-parameter vpeak
    u,        ///< [mV; nine-parameter: pA]; in a step with a spike the value after the jump
    current,  ///< the total input: bias, noise, stimuli, synapses; of lif neurons, conductances bring g (reversal - E_L)
    /// What excitatory synapses brought of it: those with positive weights; of conductances those whose reversal potential is
    /// above kExcitatoryReversalMv. Stimuli that bring spikes (PoissonTrains, SpikeTimes, PulsePacket) are among them. A
    /// conductance g brings g f(v) (reversal - v), v at the beginning of the step, and so may bring a current of either
    /// sign.
    excitatory,
    inhibitory,        ///< the same of the others
    synaptic_current,  ///< what the synapses of TraceSpec::projection brought of it
    /// The conductance of the synapses of TraceSpec::projection [1/ms; nine-parameter and integrate-and-fire: nS], without
    /// the voltage factor. What arrived in the step is in it: it is the mean of the decaying conductance over the step.
    conductance,
    short_term_u,  ///< utilisation of the neuron as a source of TraceSpec::projection, at the end of the step
    short_term_x,  ///< its resources, likewise; a spike of the step has changed both
};
/// Conductances that reverse above this are excitatory, the others inhibitory: where a regular spiking neuron begins to
/// fire.
inline constexpr double kExcitatoryReversalMv = -50.0;
/// "v", "u", "current", "excitatory", "inhibitory", "synaptic-current", "conductance", "short-term-u", "short-term-x"
[[nodiscard]] IZHI_API std::string_view to_string(Variable variable) noexcept;
/// Whether it is one of the synapses of a projection, which TraceSpec::projection names.
[[nodiscard]] constexpr bool is_of_projection(Variable variable) noexcept {
    return variable >= Variable::synaptic_current;
}

/// Records variables of some neurons. Samples are taken at the end of a step.
struct TraceSpec {
    std::string name{};  ///< unique; "trace-N" by default
    PopulationId population{};
    std::vector<std::uint32_t> neurons;  ///< indices within the population, in the order of the recording
    std::vector<Variable> variables{Variable::v};
    double interval_ms = 1.0;  ///< rounded to whole steps, at least one
    /// Of the variables that need one: it ends in the population; for short_term_u and short_term_x, the neurons are
    /// sources of it.
    std::optional<ProjectionId> projection{};
    /// Samples are taken in [start, stop), at multiples of the interval: from the start of a run to its end by default.
    double start_ms = 0.0, stop_ms = kForever;
    /// In SONATA recordings, traces of the same report are in one file of this name, REPORT.h5, sorted by population and
    /// number of neurons as recorded. They have one variable, and the same one, interval, window and projection; no two have
    /// the same neuron. 1 to 200 bytes of UTF-8 without '/' and control characters, not beginning with '.'; empty: files of
    /// its own.
    std::string report{};
};

/// Synapse `number` of a source neuron in a projection; the synapses of a source are numbered in order of delay, then
/// target.
struct SynapseChoice {
    ProjectionId projection{};
    std::uint32_t source = 0;  ///< within the source selection
    std::uint32_t number = 0;
    friend constexpr bool operator==(const SynapseChoice&, const SynapseChoice&) = default;
};

// Rewards raise the dopamine level from within the network. (Simulation::apply with a Dopamine does so from outside.)
/// Rewards at given times.
struct RewardTimes {
    std::vector<double> times_ms;
};
/// A reward whenever the target of a synapse fires after its source, within the window. It comes after a delay that is
/// drawn uniformly. This is the distal reward of Izhikevich (2007): a window of 20 ms, and a delay of 1 to 3 s.
struct RewardCoincidence {
    SynapseChoice synapse{};                                       ///< of a plastic projection
    double window_ms = 20.0;                                       ///< at least two steps, at most 1e6
    double shortest_delay_ms = 1000.0, longest_delay_ms = 3000.0;  ///< in [0, 1e6]
    std::optional<double> start_weight{};  ///< initial weight of the synapse; by default as drawn
};
/// A source of dopamine, for a network with plastic projections.
struct RewardSpec {
    std::string name{};  ///< unique; "reward-N" by default
    std::variant<RewardTimes, RewardCoincidence> when = RewardTimes{};
    double amount = 0.5;  ///< added to the level, in [-1e3, 1e3]
};

/// Records weights of a plastic projection: at the start, and after every interval.
struct WeightRecordSpec {
    std::string name{};         ///< unique; "weights-N" by default
    ProjectionId projection{};  ///< a plastic one
    /// With `source`, only the synapses of this source neuron, counted within the source selection; with `number` too,
    /// only its synapse of this number, in order of delay, then target. By default all of the projection; `number`
    /// needs `source`.
    std::optional<std::uint32_t> source{}, number{};
    /// Only this many of them, drawn uniformly with the seed; by default all. In order of source, delay, target.
    std::optional<std::uint32_t> sample{};
    double interval_ms = 1000.0;  ///< rounded to whole steps, at least one
    /// Whether files have the eligibility of each synapse too, and the dopamine level: see WeightSample. Of a projection
    /// whose changes are accumulated or rewarded.
    bool eligibility = false;
};

/// The description of a network, with defaults filled in.
struct NetworkDescription {
    /// A call of connect().
    struct Projection {
        Selection source, target;
        ProjectionSpec spec;
    };
    /// A call of stimulate().
    struct Input {
        Selection target;
        StimulusSpec spec;
    };
    NetworkSpec spec;
    std::vector<PopulationSpec> populations;
    std::vector<Projection> projections;
    std::vector<Input> stimuli;
    std::vector<TraceSpec> traces;
    std::vector<RewardSpec> rewards;
    std::vector<WeightRecordSpec> weight_records;
    /// Populations whose spikes are recorded to files; all of them if restrict_spike_recording() was not called.
    std::optional<std::vector<PopulationId>> recorded_populations;
    std::vector<Note> notes;  ///< of add_note()
};

/// The largest number of neurons of a network.
inline constexpr std::uint32_t kMaxNeurons = 2'000'000'000;
/// The most values of a network that traces may sample: neurons times variables, of all traces.
inline constexpr std::uint64_t kMaxTracedValues = 50'000'000;

/// Bytes that a network takes once it is wired, predicted from its description. If a rule draws the number of synapses,
/// the forecast uses the mean plus six standard deviations.
struct MemoryForecast {
    std::uint64_t neuron_bytes = 0;    ///< state, parameters, spike lists, traces and weight records
    std::uint64_t synapse_bytes = 0;   ///< synapses, the index of rows, and the traces of plastic synapses
    std::uint64_t buffer_bytes = 0;    ///< current buffers for all delays
    std::uint64_t building_bytes = 0;  ///< additional memory at the peak of building
    std::uint64_t synapses = 0;        ///< expected number of synapses
    std::uint64_t snapshot_bytes = 0;  ///< a Snapshot and the checkpoint made from it; not part of total()
    [[nodiscard]] std::uint64_t total() const noexcept {
        return neuron_bytes + synapse_bytes + buffer_bytes + building_bytes;
    }
};

/// Bytes that this process could still take: the system's estimate, or less if a container sets a limit. If neither is
/// known, the largest number.
[[nodiscard]] IZHI_API std::uint64_t available_memory();

namespace detail {
struct Plan;
}

/// Consecutive neurons, numbered over the network: [first, first + size).
struct NeuronRange {
    std::uint32_t first = 0, size = 0;
    /// The first neuron after them.
    [[nodiscard]] constexpr std::uint32_t end() const noexcept { return first + size; }
    [[nodiscard]] constexpr bool contains(std::uint32_t neuron) const noexcept { return neuron - first < size; }
    friend constexpr bool operator==(const NeuronRange&, const NeuronRange&) = default;
};

/// A validated, immutable network. Copies are cheap (shared), and several threads may read one at once. Wiring happens
/// in the Simulation, which knows the threads.
class IZHI_API Network {
public:
    [[nodiscard]] const NetworkDescription& description() const noexcept;
    [[nodiscard]] std::uint32_t neuron_count() const noexcept;
    [[nodiscard]] std::size_t population_count() const noexcept;
    /// The neurons of a population.
    [[nodiscard]] NeuronRange neurons(PopulationId id) const;
    /// The neurons of a selection; for `everyone` all of the network.
    [[nodiscard]] NeuronRange neurons(const Selection& selection) const;
    /// The first neuron of a population.
    [[nodiscard]] std::uint32_t first_neuron(PopulationId id) const { return neurons(id).first; }
    /// The population of a neuron, which is numbered over the network. A search among the populations: some
    /// nanoseconds. For the spikes of a step see by_population() in simulation.hpp. @throws Error if there is no such
    /// neuron
    [[nodiscard]] PopulationId population_of(std::uint32_t neuron) const;
    /// The population of this name. @throws Error that suggests the nearest name
    [[nodiscard]] PopulationId find_population(std::string_view name) const;
    /// The projection of this name. @throws Error that suggests the nearest name
    [[nodiscard]] ProjectionId find_projection(std::string_view name) const;
    [[nodiscard]] double dt_ms() const noexcept;
    /// The number of steps in a time, rounded to the nearest. @throws Error unless ms >= 0 and the result is below 2^62
    [[nodiscard]] std::uint64_t steps(double ms) const;
    /// @param ranks that share the network: the forecast is that of one of them, with this many threads
    [[nodiscard]] MemoryForecast memory(int threads = 1, int ranks = 1) const;
    /// The number of blocks of neurons that are updated together and that threads share out. See engine/README.md.
    [[nodiscard]] std::size_t block_count() const;
    /// The most steps between two barriers of the threads: the shortest delay, or fewer.
    [[nodiscard]] std::uint32_t steps_per_phase() const;
    /// The quantum of a projection's weights [units of its weight], a power of two: inputs are summed in units of it. A
    /// delivered weight differs from the requested one by at most half a quantum. Projections onto one population with
    /// the same dynamics share it, and so do all populations that a projection onto `everyone` reaches.
    [[nodiscard]] double weight_quantum(ProjectionId projection) const;
    /// Bytes of a synapse in a stored row: 4, or 8 if 16 bits are not enough for the weights, see engine/README.md.
    /// Runs of consecutive targets (all-to-all) take 2. It is 0 for plastic projections, which have no such rows.
    /// Simulation::connectome_bytes() is the total.
    [[nodiscard]] int bytes_per_synapse(ProjectionId projection) const;
    /// The maximum over all projections: 4 or 8.
    [[nodiscard]] int bytes_per_synapse() const noexcept;
    /// The place of a neuron, counted over the network; nothing if its population has no positions. @throws Error if
    /// there is no such neuron
    [[nodiscard]] std::optional<Point> position(std::uint32_t neuron) const;
    /// The largest number of synapses that a projection can have. For rules with fixed numbers it is the exact number.
    [[nodiscard]] double synapse_bound(ProjectionId projection) const;
    /// Draws a projection and passes it to `use` row by row, in the order of sources. The rows together are a list for
    /// explicit_list() with the same source and target. A row is sorted by delay, target and weight, and is valid
    /// during the call. Weights are those that spikes deliver; of plastic projections they are the initial ones. Runs
    /// on one thread. Needs memory for one row, and 12 bytes for each synapse if rows cannot be drawn alone.
    void draw_synapses(ProjectionId projection, const std::function<void(std::span<const ExplicitSynapse>)>& use) const;
    /// Notes on what is allowed but may not be intended, in the order of the description. See Note.
    [[nodiscard]] const std::vector<Note>& notes() const noexcept;
    /// Notes on what never acts in a run of this many steps, because it is described for later times.
    [[nodiscard]] std::vector<Note> notes_beyond(std::uint64_t steps) const;

    [[nodiscard]] const detail::Plan& plan() const noexcept { return *plan_; }  ///< for the engine

private:
    friend class NetworkBuilder;
    explicit Network(std::shared_ptr<const detail::Plan> plan) : plan_(std::move(plan)) {}
    std::shared_ptr<const detail::Plan> plan_;
};

/// Collects the description of a network. Nothing is checked before build(), so a description can be completed in any
/// order. Ids of a builder are also valid for its copies. For one thread at a time.
class IZHI_API NetworkBuilder {
public:
    explicit NetworkBuilder(NetworkSpec spec = {});

    PopulationId add_population(PopulationSpec spec);
    ProjectionId connect(Selection source, Selection target, ProjectionSpec spec);
    void stimulate(Selection target, StimulusSpec spec);
    void record_trace(TraceSpec spec);
    void reward(RewardSpec spec);
    void record_weights(WeightRecordSpec spec);
    /// Records the spikes of these populations only. The list may be empty.
    void restrict_spike_recording(std::vector<PopulationId> populations);
    /// A note of whoever describes the network: what a file of another program said that means nothing here. It becomes the
    /// first of Network::notes().
    void add_note(Note note);

    [[nodiscard]] const NetworkDescription& description() const noexcept { return description_; }

    /// Checks everything and plans the network. Its memory does not grow with the number of synapses.
    /// @throws Error for the first fault, in the order populations, projections, stimuli, traces, rewards, recorded
    /// weights
    [[nodiscard]] Network build() const&;
    /// The same without a copy of the description, whose lists of synapses may be large: std::move(net).build().
    /// Afterwards the builder is empty, also if this throws.
    [[nodiscard]] Network build() &&;

private:
    NetworkDescription description_;
    std::uint32_t number_;  ///< of the builder, or of the builder that this is a copy of
};

}  // namespace izhi
