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

#include "izhi/neuron.hpp"
#include "izhi/note.hpp"
#include "izhi/synapse.hpp"

/// Describing a network. A NetworkBuilder collects populations, projections, stimuli and recorders; build() checks all
/// of it and returns an immutable Network, which a Simulation wires and runs. Times are in ms here and are rounded to
/// whole steps of dt; inside the engine time is an integer number of steps.
///
/// Units are those of the four-parameter neuron: currents in mV/ms, u in mV. Into populations of the nine-parameter form the
/// same numbers are pA, and what is a jump of v [mV] elsewhere is a charge [pA ms], a jump of v by the number over C.
///
/// Neurons are numbered from 0 over the whole network, population after population in the order they were added.
namespace izhi {

/// The law of the noise currents. Both are pure functions of (seed, neuron, step).
enum class NoiseLaw {
    /// A sum of eight table draws: within 6.7e-5 of the normal distribution function everywhere, excess kurtosis -0.0039,
    /// 0.88 of the normal mass beyond 4 standard deviations, nothing beyond 6.1. The fast one.
    table,
    /// The normal quantile of a 32-bit word: correct tails, out to 6.3 standard deviations.
    exact,
    /// Even between plus and minus sqrt(3) standard deviations: 13 (U(0,1) - 0.5) of the 2007 network is 3.7528 of it.
    uniform,
};
[[nodiscard]] std::string_view to_string(NoiseLaw law) noexcept;

/// What belongs to the network as a whole.
struct NetworkSpec {
    std::string name = "network";  ///< shown in results; not empty
    std::uint64_t seed = 1;        ///< of every random draw: parameters, wiring, noise, stimuli
    double dt_ms = 1.0;            ///< the step [ms], in [0.001, 10]
    Numerics numerics = Numerics::published;
    NoiseLaw noise = NoiseLaw::table;
    double dopamine_tau_ms = 200.0;  ///< how fast the level of dopamine falls [ms], in [dt_ms / 2, 1e9]
};

/// A place in up to three dimensions [mm]; dimensions that a network does not use are 0.
using Point = std::array<double, 3>;
/// Neurons in a grid, x fastest: neuron n = (z ny + y) nx + x is at ((x + 1/2) sx, (y + 1/2) sy, (z + 1/2) sz), but at 0 in
/// a dimension of spacing 0. The product of the counts is the size of the population.
struct GridPositions {
    std::array<std::uint32_t, 3> counts{1, 1, 1};
    Point spacing_mm{};  ///< above 0 where the count is above 1
};
/// Each coordinate even in [0, extent), a pure function of the seed and the neuron's number.
struct UniformPositions {
    Point extent_mm{};
};
/// Neuron n is at point n.
struct ListedPositions {
    std::vector<Point> points;
};
/// Where the neurons of a population are. Coordinates within 1e6 mm of 0.
struct Positions {
    std::variant<GridPositions, UniformPositions, ListedPositions> where = UniformPositions{};
    Point origin_mm{};  ///< is added to each place
    /// The length after which space repeats, in each dimension; 0 where it does not. Populations that a projection looks at
    /// the distances of have the same.
    Point period_mm{};
};

/// Neurons of one form, with parameters of their own each. Their number, and that of the network, is at most kMaxNeurons.
struct PopulationSpec {
    std::string name;        ///< letters, digits, '_' and '-'; unique in the network
    std::uint32_t size = 0;  ///< number of neurons; 0 turns it off: its projections have no synapse, a note tells so
    CellType cell = regular_spiking();
    /// v at the start [mV], in [-200, 29]; nine-parameter: below vpeak by 1. Unless given, -65 for neurons that stay below
    /// their threshold from there, and where they rest for others (RZ among the named ones).
    Distribution v0_mv = rest_or(-65.0);
    std::optional<double> v_min_mv{};  ///< v never goes below it [mV], in [-1000, -50]: NEST's V_min; none unless given
    /// u at the start [mV; pA in the nine-parameter form]; unless given, b * v0 of each neuron, in the nine-parameter form
    /// b (v0 - vr), which is 0 for v0 = vr, and -16 in `acc`
    std::optional<Distribution> u0_mv{};
    Distribution bias_current = 0.0;  ///< constant input [mV/ms; nine-parameter: pA], in [-1e5, 1e5]
    /// Of a fresh normal current every step of 1 ms [mV/ms; nine-parameter: pA], in [0, 1e4]; in a step of dt larger by sqrt(1 ms / dt): white noise
    double noise_stddev = 0.0;
    std::optional<Positions> position{};  ///< for distances between neurons; nothing else depends on it
};

/// Names a population of one builder and of the networks that it builds. One that was never assigned, or that another builder
/// gave, is refused with Error wherever it is used.
struct PopulationId {
    static constexpr std::uint32_t kUnassigned = 0xffffffffu, kAnyBuilder = 0;
    std::uint32_t index = kUnassigned;    ///< in the order of add_population()
    std::uint32_t builder = kAnyBuilder;  ///< that gave it; any for an id made from a number: PopulationId{2}
    friend constexpr bool operator==(PopulationId x, PopulationId y) {
        return x.index == y.index && (x.builder == y.builder || x.builder == kAnyBuilder || y.builder == kAnyBuilder);
    }
};
/// Names a projection, as a PopulationId does a population: of one builder and of the networks that it builds; refused with
/// Error where it was never assigned or is of another builder.
struct ProjectionId {
    static constexpr std::size_t kUnassigned = ~std::size_t{0};
    std::size_t index = kUnassigned;                    ///< in the order of connect()
    std::uint32_t builder = PopulationId::kAnyBuilder;  ///< that gave it
    constexpr ProjectionId() = default;
    /// From a number, of any builder: for code that goes through NetworkDescription::projections. Never by itself, so that
    /// {0, 7, 3} is no SynapseChoice.
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
/// Every neuron of the network, those of populations added later included.
inline constexpr Selection everyone{};

// Rules: which source connects to which target.
/// Every source to every target
struct AllToAll {};
/// Source i to target i; both sides of the same size
struct OneToOne {};
/// Each ordered pair alone, with this probability in [0, 1]
struct FixedProbability {
    double probability = 0.0;
};
/// Each target draws this many sources, uniformly
struct FixedIndegree {
    std::uint32_t count = 0;
};
/// Each source draws this many targets, uniformly.
///
/// With strata, the targets are cut into that many ranges of neighbours, and a source draws an equal share of its targets
/// from each (where shares or ranges cannot be equal, they are as nearly so as whole numbers allow, and every target
/// stays as likely as any other). In-degrees are as random as before; what is fixed is how many of a source's synapses
/// go to a range. A stratum of more than 49,152 targets is cut again, into windows of equal size: sources are dealt to
/// classes, and synapse number j of a source goes to a window that its class and j alone determine, each window as often as
/// any other over all sources, then evenly to a target of it. So two synapses of a source in one stratum always, or never,
/// share a window for all sources of a group of classes, and neighbouring sources are of different classes as a rule. One 32-bit word gives a synapse its target and its weight:
/// weights of a projection are resolved to a part in 2^32 / targets of a window (87,381 or more), finer than the quanta
/// that they are rounded to. Procedural projections of four synapses to a stratum (count = 4 strata) run about twice as
/// fast where the buffer of inputs exceeds the caches: windows are worked on one after the other. Needs multapses.
struct FixedOutdegree {
    std::uint32_t count = 0;
    std::uint32_t strata = 1;  ///< 1 to count, and at most half the targets
};
/// One synapse of an explicit list. Indices count from 0 within the source and within the target selection.
struct ExplicitSynapse {
    std::uint32_t source = 0, target = 0;
    double weight = 0.0;    ///< as ProjectionSpec::weight
    double delay_ms = 1.0;  ///< 1 to 65,000 steps
};
/// Each carries its own weight and delay
struct ExplicitList {
    std::vector<ExplicitSynapse> synapses;
};
/// A number of synapses in all: each draws its source and its target anew, evenly, so that pairs repeat and both degrees are
/// random (Potjans and Diesmann 2014). Without autapses, pairs of a neuron with itself are left out of the draw. Needs multapses.
struct FixedTotal {
    std::uint64_t count = 0;  ///< at most 1e11, and 1e9 times the number of sources
    /// In place of a count: the probability C in [0, 1) that a pair has at least one synapse, which gives
    /// round(log(1 - C) / log(1 - 1 / pairs)) synapses.
    std::optional<double> probability{};
};
/// Each ordered pair gets a Poisson number of synapses of this mean, in [0, 100]. Needs multapses.
struct PairwisePoisson {
    double mean = 0.0;
};
/// How something falls with the distance d, 1 at d = 0.
enum class DistanceKernel {
    gaussian,     ///< exp(-d^2 / (2 scale^2))
    exponential,  ///< exp(-d / scale)
    disc,         ///< 1 for d <= scale, 0 beyond
};
[[nodiscard]] std::string_view to_string(DistanceKernel kernel) noexcept;
/// A kernel with its scale; 0 beyond the cutoff.
struct DistanceProfile {
    DistanceKernel kernel = DistanceKernel::gaussian;
    double scale_mm = 1.0;                                       ///< above 0, at most 1e6
    double cutoff_mm = std::numeric_limits<double>::infinity();  ///< above 0
    friend constexpr bool operator==(const DistanceProfile&, const DistanceProfile&) = default;
};
/// Each ordered pair alone, with a probability that falls with the distance of the two: `probability` times the profile.
/// Both sides have positions. Values below 1e-12 count as 0.
struct DistanceProbability {
    double probability = 1.0;  ///< at distance 0, in [0, 1]
    DistanceProfile profile{};
};
/// One of them; functions make it: fixed_outdegree(100).
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
[[nodiscard]] inline Rule explicit_list(std::vector<ExplicitSynapse> synapses) {
    return ExplicitList{std::move(synapses)};
}

/// Where the synapses of a projection are while the network runs. Both give the same network, bit for bit.
enum class Storage {
    stored,  ///< in memory
    procedural,  ///< drawn anew whenever a source fires: no memory, more arithmetic. Rules whose rows can be drawn alone only
};
[[nodiscard]] std::string_view to_string(Storage storage) noexcept;
/// Whether a rule's rows can be drawn alone: all but one-to-one, the fixed in-degree and the list.
[[nodiscard]] bool can_be_procedural(const Rule& rule) noexcept;

/// Synapses from one selection of neurons onto another: who to whom, how strong, how late, and how they change.
struct ProjectionSpec {
    std::string name{};  ///< unique; "source-target" unless given
    Rule rule = AllToAll{};
    /// Jump of the target's v [mV; nine-parameter: pA ms], in [-1e5, 1e5], or what `dynamics` makes of it.
    /// Rounded to quanta: see Network::weight_quantum. A uniform weight is drawn evenly from the quanta in [low, high], both included.
    Distribution weight = 0.0;
    /// Rounded to steps, 1 to 65,000 of them; a uniform delay is even over whole steps. `spread` goes with fixed degrees.
    Distribution delay_ms = 1.0;
    bool autapses = true;   ///< may a neuron connect to itself?
    bool multapses = true;  ///< may the degree rules connect a pair more than once?
    Storage storage = Storage::stored;
    SynapseDynamics dynamics{};                       ///< weights are currents for one step unless given
    std::optional<ShortTermPlasticity> short_term{};  ///< stored only
    /// Stored only. Weights are kept in single precision, the first ones to 30 bits of the largest, and rounded to quanta when they are delivered.
    std::optional<Plasticity> plasticity{};
    /// i connects to j exactly if j connects to i, with the same weight and delay, in as many synapses. Of a projection from
    /// a population (or a part of it) onto itself, with the rules all-to-all, fixed-probability, pairwise-poisson and
    /// distance-probability, which then draw unordered pairs. Stored only.
    bool symmetric = false;
    /// Half-open ranges of neurons within the source and target selections; all of them unless given. Everything that
    /// counts sources or targets of a projection (rules, lists, SynapseChoice) counts within these.
    std::uint32_t source_first = 0, target_first = 0;
    std::optional<std::uint32_t> source_count{}, target_count{};
    /// Both sides have positions: d / velocity is added to delay_ms, which may then be 0; the sum is rounded to steps, at least
    /// one. In [1e-6, 1e6] mm/ms, which is m/s.
    std::optional<double> velocity_mm_per_ms{};
    /// Both sides have positions: the weight is multiplied by this, and rounded to quanta once more.
    std::optional<DistanceProfile> weight_profile{};
};

// Stimuli: currents and spikes from outside the network. Windows are half-open, [start_ms, stop_ms). Amplitudes are in
// [mV/ms; nine-parameter: pA], weights are jumps of v [mV; nine-parameter: pA ms], both in [-1e5, 1e5].
/// For stop_ms: to the end of the run.
inline constexpr double kForever = 1e300;
/// Constant; a step when start_ms > 0
struct DirectCurrent {
    double amplitude = 0.0, start_ms = 0.0, stop_ms = kForever;
};
/// Linear from `from` at start to `to` at stop, then nothing
struct Ramp {
    double from = 0.0, to = 0.0, start_ms = 0.0, stop_ms = 0.0;
};
/// `count` pulses, of a width of at least a step, one every period, which is no shorter than the width
struct Pulses {
    double amplitude = 0.0, start_ms = 0.0, width_ms = 1.0, period_ms = 10.0;
    std::uint32_t count = 1;  ///< at least 1
};
/// Independent Poisson trains, one per target neuron; each arrival is a jump of v by `weight`, as of DeltaCurrent. The rate is
/// at most 50 arrivals a step.
struct PoissonTrains {
    double rate_hz = 0.0, weight = 0.0, start_ms = 0.0, stop_ms = kForever;
};
/// Spikes at given times: each is a jump of v of every target neuron by `weight`, in the step that contains it.
struct SpikeTimes {
    double weight = 0.0;
    std::vector<double> times_ms;
};
/// In every millisecond, `count` neurons of the target, drawn evenly and anew, get `amplitude` for that millisecond; one that
/// is drawn twice gets it twice. (The input of the 2006 polychronization network: one neuron a millisecond.)
struct RandomNeurons {
    double amplitude = 0.0;
    std::uint32_t count = 1;  ///< 1 to 100,000
    double start_ms = 0.0, stop_ms = kForever;
};
/// One of them.
using Stimulus = std::variant<DirectCurrent, Ramp, Pulses, PoissonTrains, SpikeTimes, RandomNeurons>;

/// A stimulus, and which neurons of its target it is for.
struct StimulusSpec {
    std::string name{};  ///< unique; "stimulus-N" unless given
    Stimulus stimulus = DirectCurrent{};
    /// Half-open range of neurons within the target selection; all of it unless given.
    std::uint32_t first = 0;
    std::optional<std::uint32_t> count{};
};

/// What can be recorded of a neuron. `current` is the whole input of the step.
enum class Variable { v, u, current };  ///< [mV], [mV], [mV/ms]; u and current of the nine-parameter form: [pA]
[[nodiscard]] std::string_view to_string(Variable variable) noexcept;

/// Records v, u or the input current of chosen neurons. Samples are of the end of a step; a step with a spike shows v at
/// its threshold, 30 mV, and u after its jump.
struct TraceSpec {
    std::string name{};  ///< unique; "trace-N" unless given
    PopulationId population{};
    std::vector<std::uint32_t> neurons;  ///< indices within the population, in the order they are to be recorded
    std::vector<Variable> variables{Variable::v};
    double interval_ms = 1.0;  ///< rounded to whole steps, at least one
};

/// Synapse `number` of a source neuron in a projection: its synapses in order of delay, then target.
struct SynapseChoice {
    ProjectionId projection{};
    std::uint32_t source = 0;  ///< within the source selection
    std::uint32_t number = 0;
    friend constexpr bool operator==(const SynapseChoice&, const SynapseChoice&) = default;
};

// Rewards: what raises the level of dopamine by itself. (Simulation::apply with a Dopamine does it from outside.)
/// At given times.
struct RewardTimes {
    std::vector<double> times_ms;
};
/// Whenever the target of a synapse fires after its source, by less than the window: after a delay that is drawn evenly. The
/// distal reward of Izhikevich (2007): 20 ms, and 1 to 3 s later.
struct RewardCoincidence {
    SynapseChoice synapse{};                                       ///< of a plastic projection
    double window_ms = 20.0;                                       ///< at least two steps, at most 1e6
    double shortest_delay_ms = 1000.0, longest_delay_ms = 3000.0;  ///< in [0, 1e6]
    std::optional<double> start_weight{};                          ///< of the synapse; as drawn unless given
};
/// A source of dopamine, for a network that learns.
struct RewardSpec {
    std::string name{};  ///< unique; "reward-N" unless given
    std::variant<RewardTimes, RewardCoincidence> when = RewardTimes{};
    double amount = 0.5;  ///< added to the level, in [-1e3, 1e3]
};

/// Records weights of a plastic projection: at the start, and after every interval.
struct WeightRecordSpec {
    std::string name{};         ///< unique; "weights-N" unless given
    ProjectionId projection{};  ///< a plastic one
    /// Those of this source neuron alone, counted within the source selection, and of these the one of this number, in order
    /// of delay, then target: one synapse. All of the projection unless given; `number` needs `source`.
    std::optional<std::uint32_t> source{}, number{};
    /// So many of them, drawn without preference by the seed; all of them unless given. In order of source, delay, target.
    std::optional<std::uint32_t> sample{};
    double interval_ms = 1000.0;  ///< rounded to whole steps, at least one
};

/// What was said of a network, after defaults were filled in.
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
    /// Populations whose spikes are recorded to files; all of them unless restrict_spike_recording() was called.
    std::optional<std::vector<PopulationId>> recorded_populations;
};

/// Of a network, and so of each of its populations.
inline constexpr std::uint32_t kMaxNeurons = 2'000'000'000;

/// Bytes that a network takes once wired, predicted from its description alone. Rules that draw the number of synapses
/// are given at their mean plus six standard deviations.
struct MemoryForecast {
    std::uint64_t neuron_bytes = 0;    ///< state, parameters, spike lists
    std::uint64_t synapse_bytes = 0;   ///< synapses and the index of rows, traces of plastic ones
    std::uint64_t buffer_bytes = 0;    ///< current buffers for all delays
    std::uint64_t building_bytes = 0;  ///< extra at the peak of building
    std::uint64_t synapses = 0;        ///< their expected number
    std::uint64_t snapshot_bytes = 0;  ///< of a Snapshot and the checkpoint that is made of it; not in the total
    [[nodiscard]] std::uint64_t total() const noexcept {
        return neuron_bytes + synapse_bytes + buffer_bytes + building_bytes;
    }
};

/// Bytes that this process could still take: the system's estimate, or less where a container sets a limit. The largest
/// number where neither is known.
[[nodiscard]] std::uint64_t available_memory();

namespace detail {
struct Plan;
}

/// Consecutive neurons over the network: [first, first + size).
struct NeuronRange {
    std::uint32_t first = 0, size = 0;
    [[nodiscard]] constexpr std::uint32_t end() const noexcept { return first + size; }  ///< the first behind them
    [[nodiscard]] constexpr bool contains(std::uint32_t neuron) const noexcept { return neuron - first < size; }
    friend constexpr bool operator==(const NeuronRange&, const NeuronRange&) = default;
};

/// A validated, immutable network. Cheap to copy (shared); all threads may read one at once. Wiring happens in the Simulation, which knows the threads.
class Network {
public:
    [[nodiscard]] const NetworkDescription& description() const noexcept;
    [[nodiscard]] std::uint32_t neuron_count() const noexcept;
    [[nodiscard]] std::size_t population_count() const noexcept;
    /// The neurons of a population.
    [[nodiscard]] NeuronRange neurons(PopulationId id) const;
    /// The same of a selection: for `everyone` all of the network.
    [[nodiscard]] NeuronRange neurons(const Selection& selection) const;
    /// The first of them.
    [[nodiscard]] std::uint32_t first_neuron(PopulationId id) const { return neurons(id).first; }
    /// The population of a neuron, counted over the network. Takes a search among the populations: some nanoseconds. For the
    /// spikes of a step see by_population() in simulation.hpp. @throws Error if there is no such neuron
    [[nodiscard]] PopulationId population_of(std::uint32_t neuron) const;
    /// The population of that name. Throws Error naming the nearest known one.
    [[nodiscard]] PopulationId find_population(std::string_view name) const;
    /// The same of a projection.
    [[nodiscard]] ProjectionId find_projection(std::string_view name) const;
    [[nodiscard]] double dt_ms() const noexcept;
    /// Steps in a time span, rounded to the nearest. Throws Error unless 0 <= ms and the result fits 2^62.
    [[nodiscard]] std::uint64_t steps(double ms) const;
    [[nodiscard]] MemoryForecast memory(int threads = 1) const;
    /// Blocks of neurons that are updated together: what threads share among them. See engine/README.md.
    [[nodiscard]] std::size_t block_count() const;
    /// Steps between two barriers of the threads, at most: the shortest delay, or fewer.
    [[nodiscard]] std::uint32_t steps_per_phase() const;
    /// What one unit of the sums stands for that a projection adds to [units of its weight]; a power of two. A delivered
    /// weight differs from what was asked by at most half of it. Projections onto one population with the same dynamics
    /// share it, and so do all populations that a projection onto `everyone` reaches.
    [[nodiscard]] double weight_quantum(ProjectionId projection) const;
    /// Bytes of a synapse in a stored row: 4, or 8 where weights of 16 bits would not do, see engine/README.md. Runs of
    /// consecutive targets (all-to-all) take 2. Plastic projections have no such rows: 0.
    /// Simulation::connectome_bytes() has what it all comes to.
    [[nodiscard]] int bytes_per_synapse(ProjectionId projection) const;
    /// The most of any projection: 4 or 8.
    [[nodiscard]] int bytes_per_synapse() const noexcept;
    /// Where a neuron is, counted over the network; nothing if its population has no positions. @throws Error if there is no
    /// such neuron
    [[nodiscard]] std::optional<Point> position(std::uint32_t neuron) const;
    /// The most synapses that a projection may have: exactly as many for rules of fixed numbers.
    [[nodiscard]] double synapse_bound(ProjectionId projection) const;
    /// Draws a projection and hands it over row by row, sources in order, as a list that rule = explicit_list() of the same
    /// source and target takes; a row is sorted by delay, target and weight, and is valid during the call. Weights are
    /// those that spikes deliver, of plastic projections the first ones. On one thread; needs memory for a row, and 12 bytes for each synapse where rows
    /// cannot be drawn alone.
    void draw_synapses(ProjectionId projection, const std::function<void(std::span<const ExplicitSynapse>)>& use) const;
    /// What is no fault but should be known, in the order of the description. See Note.
    [[nodiscard]] const std::vector<Note>& notes() const noexcept;
    /// What is described for times after the end of a run of so many steps, and never acts in it.
    [[nodiscard]] std::vector<Note> notes_beyond(std::uint64_t steps) const;

    [[nodiscard]] const detail::Plan& plan() const noexcept { return *plan_; }  ///< for the engine

private:
    friend class NetworkBuilder;
    explicit Network(std::shared_ptr<const detail::Plan> plan) : plan_(std::move(plan)) {}
    std::shared_ptr<const detail::Plan> plan_;
};

/// Collects a network. Nothing is checked before build(), so that a description may be completed in any order. A copy is
/// another builder of the same ids. For one thread at a time.
class NetworkBuilder {
public:
    explicit NetworkBuilder(NetworkSpec spec = {});

    PopulationId add_population(PopulationSpec spec);
    ProjectionId connect(Selection source, Selection target, ProjectionSpec spec);
    void stimulate(Selection target, StimulusSpec spec);
    void record_trace(TraceSpec spec);
    void reward(RewardSpec spec);
    void record_weights(WeightRecordSpec spec);
    /// Writes spikes of these populations only. May be called with none.
    void restrict_spike_recording(std::vector<PopulationId> populations);

    [[nodiscard]] const NetworkDescription& description() const noexcept { return description_; }

    /// Checks everything and plans the network. Allocates nothing in proportion to the synapses.
    /// @throws Error for the first fault, in the order populations, projections, stimuli, traces
    [[nodiscard]] Network build() const&;
    /// The same without a copy of the description, whose lists of synapses may be large: std::move(net).build(). The builder is
    /// empty afterwards, also where it throws.
    [[nodiscard]] Network build() &&;

private:
    NetworkDescription description_;
    std::uint32_t number_;  ///< of the builder, or of that which it is a copy of
};

}  // namespace izhi
