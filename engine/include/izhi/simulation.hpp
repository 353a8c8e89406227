// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "izhi/checkpoint.hpp"
#include "izhi/exchange.hpp"
#include "izhi/executor.hpp"
#include "izhi/export.hpp"
#include "izhi/isa.hpp"
#include "izhi/live.hpp"
#include "izhi/network.hpp"
#include "izhi/profile.hpp"

/// Running a network. The spike raster and every bit of state are the same for any number of threads, any executor, any
/// instruction set, and however a run is divided into calls.
namespace izhi {

namespace detail {
class Pacing;
}

/// A neuron crossed the threshold in the step that ended at time step * dt. Its synapses of delay d steps act on their
/// targets in the step that ends at (step + d) * dt.
struct Spike {
    std::uint64_t step = 0;
    std::uint32_t neuron = 0;  ///< over the whole network
    friend constexpr bool operator==(const Spike&, const Spike&) = default;
};

namespace detail {
/// by_population() for any list in the order of neurons.
template <class T, class Neuron, class Visit>
void cut_by_population(const Network& network, std::span<const T> list, const Neuron& neuron_of, const Visit& visit) {
    while (!list.empty()) {
        const PopulationId population = network.population_of(neuron_of(list.front()));
        const std::uint32_t end = network.neurons(population).end();
        const auto behind =
            std::partition_point(list.begin(), list.end(), [&](const T& each) { return neuron_of(each) < end; });
        const auto count = static_cast<std::size_t>(behind - list.begin());
        visit(population, list.first(count));
        list = list.subspan(count);
    }
}
}  // namespace detail

/// Cuts spikes that are sorted by neuron, like those of a step, into those of each population. Calls
/// visit(PopulationId, std::span<const Spike>) for each population that has spikes, in order. Allocates nothing; takes
/// a few searches for each population that fired, and none for the others.
template <class Visit>
void by_population(const Network& network, std::span<const Spike> spikes, const Visit& visit) {
    detail::cut_by_population(
        network, spikes, [](const Spike& spike) { return spike.neuron; }, visit);
}
/// The same for neurons, numbered over the network, in rising order: visit(PopulationId, std::span<const
/// std::uint32_t>).
template <class Visit>
void by_population(const Network& network, std::span<const std::uint32_t> neurons, const Visit& visit) {
    detail::cut_by_population(
        network, neurons, [](std::uint32_t neuron) { return neuron; }, visit);
}

/// One row of samples of a trace recorder.
struct Sample {
    std::size_t trace = 0;   ///< index into NetworkDescription::traces
    std::uint64_t step = 0;  ///< the sample was taken at time step * dt
    /// values[variable * neurons + neuron], in the order of the TraceSpec.
    std::span<const float> values;
};

/// A synapse of a plastic projection. Its weight is that of the plasticity rule, not rounded to a quantum.
struct PlasticSynapse {
    std::uint32_t source = 0, target = 0;  ///< over the whole network
    std::uint32_t delay_steps = 1;
    float weight = 0.0f;
    /// What has been summed up for the weight: the s of AccumulatedChange or RewardedChange [units of the weight]. At the end
    /// of an interval it has been applied and has decayed. 0 where weights change at once.
    float eligibility = 0.0f;
};

/// Weights of a plastic projection.
struct WeightSample {
    std::size_t record = 0;                    ///< index into NetworkDescription::weight_records
    std::uint64_t step = 0;                    ///< the weights are those at time step * dt
    std::span<const PlasticSynapse> synapses;  ///< in order of source, delay, target; the same ones in every sample
    double dopamine = 0.0;                     ///< the level that the next step will use
};

/// Receives the results of a run, in order and one call at a time, but possibly from different threads. If it throws,
/// the run ends at the next step, and run() throws the same.
class IZHI_API Observer {
public:
    virtual ~Observer() = default;
    /// The spikes of one step, sorted by neuron; not called for steps without spikes. Valid during the call.
    virtual void spikes(std::span<const Spike> /*spikes*/) {}
    virtual void sample(const Sample& /*sample*/) {}         ///< a sample of one trace; valid during the call
    virtual void weights(const WeightSample& /*sample*/) {}  ///< weights of one record; valid during the call
    /// Called every few steps; return false to end the run at the next step.
    virtual bool proceed(std::uint64_t /*step*/) { return true; }
};

/// "auto", "scalar", "sse4.2", "avx2", "avx512", "neon".
[[nodiscard]] IZHI_API std::string_view to_string(Isa isa) noexcept;
/// @throws Error that lists those of this CPU
[[nodiscard]] IZHI_API Isa isa_from_string(std::string_view name);
/// Those built in and supported by this CPU, slowest first.
[[nodiscard]] IZHI_API std::vector<Isa> available_isas();

/// How spikes reach their targets. This affects speed only.
enum class Delivery {
    automatic,  ///< partition, unless rows would be cut shorter than a cache line
    reduce,  ///< each worker pushes its own spikes into a buffer over all neurons; buffers are summed at the next step
    partition,  ///< each worker reads all spikes and pushes the synapses onto its own part of the neurons
};
[[nodiscard]] IZHI_API std::string_view to_string(Delivery delivery) noexcept;

/// How a network is run. These options affect speed, memory and reporting; they do not change results.
struct SimulationOptions {
    /// The most threads, 1 to 1024; 0: as many as the executor or the process has. Fewer are used if a step is too
    /// small to be shared, because threads that meet every few microseconds are slower than one. With your own executor
    /// and a number, exactly this many are used.
    int threads = 0;
    Isa isa = Isa::automatic;  ///< automatic: IZHI_ISA from the environment, otherwise the fastest of this CPU
    Delivery delivery = Delivery::automatic;
    /// With Delivery::partition: the most steps between pushing a synapse into the buffer of its step and its effect,
    /// rounded up to a power of two and to the shortest delay. If this is longer than all delays, a synapse is pushed
    /// as soon as its source has fired. Affects speed only. 0: chosen by the rows and the caches of this machine.
    std::uint32_t delivery_window = 0;
    std::shared_ptr<Executor> executor{};  ///< by default default_executor(threads)
    /// This rank's end of the connection to other ranks that share the network, see exchange.hpp; null: one rank. All
    /// options below and above may differ between ranks, except this and `profile`.
    std::shared_ptr<Exchange> exchange{};
    std::uint64_t memory_limit_bytes = 0;  ///< reject networks that need more; 0: the available memory of the machine
    bool snapshots = false;                ///< whether the limit must also have room for a Snapshot
    /// Called during wiring with the share done in [0, 1], from one thread at a time; may be empty.
    std::function<void(double)> build_progress{};
    /// Called by apply() with the number of steps done and the intervention, for a log. May be empty.
    std::function<void(std::uint64_t, const Intervention&)> on_intervention{};
    bool profile = false;                ///< collect a Profile, which costs under 3 % of the time of a run
    std::uint64_t trace_first_step = 0;  ///< with profile: steps [first, first + trace_steps) are recorded in detail
    std::uint64_t trace_steps = 0;
};

/// The result of a run().
struct RunReport {
    std::uint64_t steps = 0;   ///< steps of this call
    std::uint64_t spikes = 0;  ///< spikes of this call
    double wall_s = 0.0;       ///< duration of this call [s]
    bool stopped = false;      ///< whether an observer or request_stop() ended it early
};

/// A wired network and its state. A simulation keeps its network and has its own workers. Several simulations can run
/// at once on different threads. All calls on one simulation are for one thread at a time, and none is allowed during
/// step() or run() except request_stop() and the calls that a StepClient may make. A simulation that was moved from may
/// only be assigned to or destroyed.
class IZHI_API Simulation {
public:
    /// Wires the network. @throws Error if an option is out of range, or if the network does not fit in memory (with
    /// the size needed)
    explicit Simulation(Network network, SimulationOptions options = {});
    ~Simulation();
    Simulation(Simulation&&) noexcept;
    Simulation& operator=(Simulation&&) noexcept;

    /// For ranks other than 0: does what rank 0 asks for, until the simulation of rank 0 is destroyed. No other function
    /// of the simulation of such a rank may be called. @throws Error if it is called elsewhere
    void follow();
    /// How many ranks share the network; 1 without an exchange.
    [[nodiscard]] int ranks() const noexcept;

    /// One step. The spikes are sorted by neuron and stay valid until the next call. Allocates nothing, except to read a
    /// SpikeStream. If that cannot be read, no step is made, and run() throws why.
    std::span<const Spike> step() noexcept;
    /// Runs many steps at full speed. @throws RunError if a neuron left the range of single precision, and what the
    /// observer threw
    RunReport run(std::uint64_t steps, Observer* observer = nullptr);
    RunReport run_ms(double ms, Observer* observer = nullptr);  ///< the same for a time, see Network::steps()
    /// Ends a run() at the next step. May be called from any thread and from signal handlers.
    void request_stop() noexcept;

    /// Changes the running network from the next step on, see live.hpp. Not during step() or run(), except in calls of
    /// a StepClient. @throws Error if something does not exist or is out of range; then nothing is changed
    void apply(const Intervention& intervention);
    /// Allocates the memory that apply() needs, so that afterwards only WeightScale allocates. Without this call, the
    /// first apply() does it.
    void prepare_interventions();
    /// The factor of the last WeightScale of a projection; 1 before that.
    [[nodiscard]] double weight_factor(ProjectionId projection) const;
    /// Notes on what neurons did so far, see Note::Kind::state. The notes on the network are Network::notes().
    [[nodiscard]] std::vector<Note> notes() const;
    /// The quantum of the current weights of a projection: Network::weight_quantum() until weights are scaled.
    [[nodiscard]] double weight_quantum(ProjectionId projection) const;

    /// Writes the complete state to a file: neurons, spikes in flight, interventions that still act, totals and the
    /// number of steps. The file gets its name when it is complete and on the disk; if the process is killed before
    /// that, an earlier file of this name remains. Not during step() or run().
    /// @param note any text, which read_checkpoint_info() returns
    /// @throws Error if the file cannot be created, RunError if it cannot be written
    void save(const std::filesystem::path& file, std::string note = {}) const;
    /// The same, in memory.
    [[nodiscard]] std::vector<std::byte> checkpoint(std::string note = {}) const;
    /// Copies the complete state into memory, so that another thread can write a checkpoint. Not during step() or
    /// run(), except in calls of a StepClient. Later calls reuse the memory of the first, and allocate only if more
    /// spikes are in flight than before.
    /// @throws RunError if a neuron left the range of single precision
    void snapshot(Snapshot& into) const;
    /// Continues from a saved state. All later results are those of the saved simulation, bit for bit, for any threads,
    /// delivery and instruction set of the two. The network must have the same dt, seed, populations (names, sizes,
    /// forms of the equations) and projections (names, partners, delays). Its parameters, noise, weights and stimuli
    /// may differ: then the same past has another future. Spikes in flight keep the weights with which they were fired;
    /// if weights differ, they are rounded to the current quantum. Not during step() or run().
    /// @throws Error if the file is not a checkpoint, is incomplete or altered, or does not fit; then nothing is
    /// changed
    void restore(const std::filesystem::path& file);
    void restore(std::span<const std::byte> checkpoint);

    [[nodiscard]] const Network& network() const noexcept;
    [[nodiscard]] std::uint64_t steps_done() const noexcept;
    [[nodiscard]] double time_ms() const noexcept;
    [[nodiscard]] std::uint64_t spike_count() const noexcept;                ///< since the start
    [[nodiscard]] std::uint64_t spike_count(PopulationId population) const;  ///< of one population
    /// A hash over (step, neuron) of every spike since the start, in order.
    [[nodiscard]] std::uint64_t spike_hash() const noexcept;
    /// A hash over every bit of v and u, in the order of neurons. Its time grows with the number of neurons.
    [[nodiscard]] std::uint64_t state_hash() const noexcept;

    /// Copies v or u of a population; `into` has the size of the population. Any other variable is an Error, because the
    /// input of a step is not kept.
    void read(Variable variable, PopulationId population, std::span<float> into) const;
    /// The same for one neuron, numbered over the network; the cost is that of one neuron. @throws Error if there is no
    /// such neuron
    [[nodiscard]] float read(Variable variable, std::uint32_t neuron) const;
    /// Copies a parameter ('a', 'b', 'c', 'd', or 'I' for the constant input) of a population; `into` has the size of the
    /// population. Of an integrate-and-fire neuron 'd' is the number of refractory steps.
    void read_parameter(char parameter, PopulationId population, std::span<float> into) const;

    /// A synapse, with its current weight as it is delivered, rounded to the quantum.
    struct Synapse {
        std::uint32_t target = 0;
        double weight = 0.0;
        std::uint32_t delay_steps = 1;
    };
    /// The outgoing synapses of a neuron, sorted by delay, then target, then weight.
    [[nodiscard]] std::vector<Synapse> synapses_of(std::uint32_t neuron) const;

    /// All synapses of a plastic projection, 16 bytes each, in order of source, delay, target. @throws Error if the
    /// projection is not plastic
    [[nodiscard]] std::vector<PlasticSynapse> plastic_synapses(ProjectionId projection) const;
    [[nodiscard]] std::size_t plastic_synapse_count(ProjectionId projection) const;
    /// The weights alone, in the same order. `into` has plastic_synapse_count() places.
    void read_weights(ProjectionId projection, std::span<float> into) const;
    /// The dopamine level that the next step will use.
    [[nodiscard]] double dopamine() const noexcept;

    /// The synapses of all projections, including procedural and plastic ones.
    [[nodiscard]] std::uint64_t synapse_count() const noexcept;
    [[nodiscard]] double build_seconds() const noexcept;  ///< time that wiring took [s]
    /// Memory of stored rows, plastic synapses and their indices, on this rank.
    [[nodiscard]] std::uint64_t connectome_bytes() const noexcept;
    /// The chosen number of threads (see SimulationOptions). Not all have work if the network has fewer blocks.
    [[nodiscard]] int threads() const noexcept;
    [[nodiscard]] Isa isa() const noexcept;
    [[nodiscard]] Delivery delivery() const noexcept;
    /// The profile since the start. @throws Error unless SimulationOptions::profile was set
    [[nodiscard]] Profile profile() const;

private:
    friend class RealtimeRunner;
    friend class Snapshot;
    IZHI_LOCAL RunReport run_paced(std::uint64_t steps, Observer* observer, detail::Pacing* pacing);
    [[nodiscard]] bool stop_requested() const noexcept;
    /// The synapses that all spikes so far reach: the number of spikes times the mean out-degree of their population.
    [[nodiscard]] double events() const noexcept;

    struct IZHI_LOCAL Impl;
    std::unique_ptr<Impl> impl_;
};

/// For a rank that cannot make the simulation that the others make now, for example because a file is missing there: all
/// of them get an Error with this reason, and no simulation is made. To be called instead of the constructor.
IZHI_API void refuse_simulation(Exchange& exchange, std::string_view why);

}  // namespace izhi
