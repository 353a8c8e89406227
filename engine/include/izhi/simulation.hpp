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
#include "izhi/executor.hpp"
#include "izhi/isa.hpp"
#include "izhi/live.hpp"
#include "izhi/network.hpp"
#include "izhi/profile.hpp"

/// Running a network. The spike raster and every bit of state are the same for any number of threads, any executor, any
/// instruction set and any way of slicing a run into calls.
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
/// by_population() of anything in the order of neurons.
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

/// Cuts spikes that are sorted by neuron, as those of a step are, into those of each population: calls
/// visit(PopulationId, std::span<const Spike>) for each population that has some, in order. Allocates nothing; takes a few
/// searches for each population that fired, none for the others.
template <class Visit>
void by_population(const Network& network, std::span<const Spike> spikes, const Visit& visit) {
    detail::cut_by_population(
        network, spikes, [](const Spike& spike) { return spike.neuron; }, visit);
}
/// The same of neurons, counted over the network, in rising order: visit(PopulationId, std::span<const std::uint32_t>).
template <class Visit>
void by_population(const Network& network, std::span<const std::uint32_t> neurons, const Visit& visit) {
    detail::cut_by_population(
        network, neurons, [](std::uint32_t neuron) { return neuron; }, visit);
}

/// One row of samples of a trace recorder.
struct Sample {
    std::size_t trace = 0;   ///< index into NetworkDescription::traces
    std::uint64_t step = 0;  ///< the sample is of time step * dt
    /// values[variable * neurons + neuron], in the order of the TraceSpec.
    std::span<const float> values;
};

/// A synapse of a plastic projection. Its weight is as the rule left it, not quantised.
struct PlasticSynapse {
    std::uint32_t source = 0, target = 0;  ///< over the whole network
    std::uint32_t delay_steps = 1;
    float weight = 0.0f;
};

/// Weights of a plastic projection.
struct WeightSample {
    std::size_t record = 0;                    ///< index into NetworkDescription::weight_records
    std::uint64_t step = 0;                    ///< they are of time step * dt
    std::span<const PlasticSynapse> synapses;  ///< in order of source, delay, target; the same ones in every sample
};

/// Receives what a run produces, in order, one call at a time, though perhaps from different threads. What it throws
/// ends the run at the next step and comes out of run().
class Observer {
public:
    virtual ~Observer() = default;
    /// The spikes of one step, sorted by neuron; not called for steps without spikes. Valid during the call.
    virtual void spikes(std::span<const Spike> /*spikes*/) {}
    virtual void sample(const Sample& /*sample*/) {}         ///< of one trace; valid during the call
    virtual void weights(const WeightSample& /*sample*/) {}  ///< of one record; valid during the call
    /// Called after every few steps; return false to end the run at the next step.
    virtual bool proceed(std::uint64_t /*step*/) { return true; }
};

[[nodiscard]] std::string_view to_string(Isa isa) noexcept;  ///< "auto", "scalar", "sse4.2", "avx2", "avx512", "neon"
[[nodiscard]] Isa isa_from_string(std::string_view name);    ///< throws Error naming what this CPU has
[[nodiscard]] std::vector<Isa> available_isas();             ///< built in and supported by this CPU, slowest first

/// How spikes reach their targets; a matter of speed only.
enum class Delivery {
    automatic,  ///< partition unless rows would be cut shorter than a cache line
    reduce,  ///< each worker pushes its own spikes into a buffer over all neurons; buffers are summed at the next step
    partition,  ///< each worker reads all spikes and pushes what lies in its own part
};
[[nodiscard]] std::string_view to_string(Delivery delivery) noexcept;

/// How a network is run: what of it is a matter of speed, memory and reporting, and changes no result.
struct SimulationOptions {
    /// At most so many, 1 to 1024; 0: as many as the executor or the process has. Fewer where a step is too small to be
    /// shared, since threads that meet every few microseconds are slower than one; but with an executor of your own and a
    /// number, exactly so many.
    int threads = 0;
    Isa isa = Isa::automatic;  ///< automatic: IZHI_ISA from the environment, else the widest of this CPU
    Delivery delivery = Delivery::automatic;
    /// With Delivery::partition: a synapse is pushed into the buffer of its step at most so many steps before it acts,
    /// rounded up to a power of two and to the shortest delay; where that is longer than all delays, as soon as its source
    /// has fired. A matter of speed only. 0: by what rows and this machine's caches promise.
    std::uint32_t delivery_window = 0;
    std::shared_ptr<Executor> executor{};  ///< default_executor(threads) unless given
    std::uint64_t memory_limit_bytes = 0;  ///< refuse networks that need more; 0: what the machine has available
    bool snapshots = false;                ///< whether a Snapshot is to find room within that
    /// Called while wiring with the share done in [0, 1], from one thread at a time; may be empty.
    std::function<void(double)> build_progress{};
    /// Called by apply() with what it applied and the number of steps done then: the place to keep a log. May be empty.
    std::function<void(std::uint64_t, const Intervention&)> on_intervention{};
    bool profile = false;                ///< collect a Profile: under 3 % of the time of a run
    std::uint64_t trace_first_step = 0;  ///< with profile: steps [first, first + trace_steps) are traced event by event
    std::uint64_t trace_steps = 0;
};

/// What a run() did.
struct RunReport {
    std::uint64_t steps = 0;   ///< steps of this call
    std::uint64_t spikes = 0;  ///< spikes of this call
    double wall_s = 0.0;       ///< its duration [s]
    bool stopped = false;      ///< ended early by an observer or request_stop()
};

/// A network, wired and running. It keeps its network and has its own workers; any number of simulations may be at work
/// on as many threads. Of one, all calls are for one thread at a time, and none during step() or run() but request_stop() and
/// what a StepClient may call. A simulation that was moved from may only be assigned to or destroyed.
class Simulation {
public:
    /// Wires the network. @throws Error if an option is out of range or the network does not fit in memory (with the figure)
    explicit Simulation(Network network, SimulationOptions options = {});
    ~Simulation();
    Simulation(Simulation&&) noexcept;
    Simulation& operator=(Simulation&&) noexcept;

    /// One step. The spikes are sorted by neuron and stay valid until the next call. Allocates nothing.
    std::span<const Spike> step() noexcept;
    /// Many steps at full speed. @throws RunError if a neuron left the range of single precision, and whatever the observer threw
    RunReport run(std::uint64_t steps, Observer* observer = nullptr);
    RunReport run_ms(double ms, Observer* observer = nullptr);  ///< the same of a time, see Network::steps()
    /// Ends a run() at the next step; safe from any thread and from signal handlers.
    void request_stop() noexcept;

    /// Changes the running network from the next step on, see live.hpp. Not during step() or run(), but for a StepClient's
    /// calls. @throws Error for what does not exist or is out of range; nothing is changed then
    void apply(const Intervention& intervention);
    /// Takes the memory that apply() needs: afterwards only WeightScale allocates. The first apply() does it otherwise.
    void prepare_interventions();
    /// The factor that a WeightScale gave a projection; 1 as described.
    [[nodiscard]] double weight_factor(ProjectionId projection) const;
    /// What neurons did so far that should be known, see Note::Kind::state. Those of the network are Network::notes().
    [[nodiscard]] std::vector<Note> notes() const;
    /// The quantum of a projection's weights as they are now: Network::weight_quantum() until one is scaled.
    [[nodiscard]] double weight_quantum(ProjectionId projection) const;

    /// Writes the complete state to a file: neurons, what is in flight, interventions that still act, totals and the
    /// number of steps. The file takes its name once it is whole and on the disk: a kill at any moment leaves it, or the
    /// one that had the name before. Not during step() or run().
    /// @param note anything that is to be found again with read_checkpoint_info()
    /// @throws Error if the file cannot be created, RunError if it cannot be written
    void save(const std::filesystem::path& file, std::string note = {}) const;
    /// The same into memory.
    [[nodiscard]] std::vector<std::byte> checkpoint(std::string note = {}) const;
    /// Copies the complete state into memory, for a checkpoint that another thread is to write. Not during step() or run(), but
    /// in a StepClient's calls. Later calls use the memory of the first, and allocate where more is in flight than ever before.
    /// @throws RunError if a neuron left the range of single precision
    void snapshot(Snapshot& into) const;
    /// Takes up a saved state: what follows is what would have followed there, bit for bit, whatever the threads, delivery
    /// or instruction set here and there. The network must have the same dt, seed, populations (names, sizes, forms of the
    /// equations) and projections (names, partners, delays). Its parameters, noise, weights and stimuli may be others: what
    /// follows then is the past with another future. Spikes in flight keep the weights they were fired with; where weights
    /// differ, rounded to the quantum of now. Not during step() or run().
    /// @throws Error if the file is no checkpoint, is not whole and unaltered, or does not fit; nothing is changed then
    void restore(const std::filesystem::path& file);
    void restore(std::span<const std::byte> checkpoint);

    [[nodiscard]] const Network& network() const noexcept;
    [[nodiscard]] std::uint64_t steps_done() const noexcept;
    [[nodiscard]] double time_ms() const noexcept;
    [[nodiscard]] std::uint64_t spike_count() const noexcept;                ///< since the start
    [[nodiscard]] std::uint64_t spike_count(PopulationId population) const;  ///< its own
    /// A hash over (step, neuron) of every spike since the start, in order.
    [[nodiscard]] std::uint64_t spike_hash() const noexcept;
    /// A hash over every bit of v and u, in the order of neurons. Goes through all of them.
    [[nodiscard]] std::uint64_t state_hash() const noexcept;

    /// Copies a variable of a population. `into` has its size. current: the input of the last step is not kept, so only v and u.
    void read(Variable variable, PopulationId population, std::span<float> into) const;
    /// The same of one neuron, counted over the network, at the cost of one. @throws Error if there is no such neuron
    [[nodiscard]] float read(Variable variable, std::uint32_t neuron) const;
    /// Copies a parameter column ('a', 'b', 'c' or 'd') of a population. `into` has its size.
    void read_parameter(char parameter, PopulationId population, std::span<float> into) const;

    /// A synapse as wired, or as its rule has made it: the weight is the quantised one.
    struct Synapse {
        std::uint32_t target = 0;
        double weight = 0.0;
        std::uint32_t delay_steps = 1;
    };
    /// The outgoing synapses of a neuron, sorted by delay, then target, then weight.
    [[nodiscard]] std::vector<Synapse> synapses_of(std::uint32_t neuron) const;

    /// All synapses of a plastic projection, 16 bytes each, in order of source, delay, target. @throws Error if it is not plastic
    [[nodiscard]] std::vector<PlasticSynapse> plastic_synapses(ProjectionId projection) const;
    [[nodiscard]] std::size_t plastic_synapse_count(ProjectionId projection) const;
    /// Their weights alone, in that order. `into` has plastic_synapse_count() places.
    void read_weights(ProjectionId projection, std::span<float> into) const;
    /// The level of dopamine.
    [[nodiscard]] double dopamine() const noexcept;

    /// Of all projections, procedural and plastic ones included.
    [[nodiscard]] std::uint64_t synapse_count() const noexcept;
    [[nodiscard]] double build_seconds() const noexcept;  ///< what wiring took [s]
    /// What stored rows, plastic synapses and their indices take.
    [[nodiscard]] std::uint64_t connectome_bytes() const noexcept;
    /// As chosen (see SimulationOptions); a network of fewer blocks than that keeps fewer at work.
    [[nodiscard]] int threads() const noexcept;
    [[nodiscard]] Isa isa() const noexcept;
    [[nodiscard]] Delivery delivery() const noexcept;
    /// What was collected since the start. @throws Error unless SimulationOptions::profile was set
    [[nodiscard]] Profile profile() const;

private:
    friend class RealtimeRunner;
    friend class Snapshot;
    RunReport run_paced(std::uint64_t steps, Observer* observer, detail::Pacing* pacing);
    [[nodiscard]] bool stop_requested() const noexcept;
    /// Synapses that all spikes so far reach: their number times the mean out-degree of their population.
    [[nodiscard]] double events() const noexcept;

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi
