// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/pending_file.hpp"
#include "engine/base/step_clock.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/simulation.hpp"

namespace izhi::io::detail {

using izhi::detail::PendingFile;

/// The data that all files of a run need.
struct RecordingPlan {
    /// The populations that are recorded under one name.
    struct Group {
        std::string name;
        std::uint64_t neurons = 0;  ///< of those whose spikes are recorded
    };
    struct Trace {
        std::string name;
        std::string population;               ///< as recorded
        std::vector<std::uint64_t> node_ids;  ///< as recorded
        std::vector<Variable> variables;
        std::uint64_t interval_steps = 1;
        std::string projection{};            ///< of variables that are of one
        ModelForm form = ModelForm::simple;  ///< of the neurons: decides units
    };
    /// Traces that share a SONATA file.
    struct Report {
        std::string name;
        std::vector<std::size_t> traces;  ///< rising
    };
    struct Weights {
        std::string name;
        std::string projection;
        std::uint32_t first_source = 0, first_target = 0;  ///< first neurons of its selections, over the network
        std::uint64_t interval_steps = 1;
        bool eligibility = false;  ///< WeightRecordSpec
    };
    Network network;
    izhi::detail::StepClock clock{network.dt_ms()};
    std::optional<std::uint64_t> spike_hash{};  ///< known when the run has ended
    std::vector<bool> recorded{};               ///< by population: whether its spikes are recorded
    std::vector<Group> groups{};                ///< that have spikes, in the order of their first populations
    std::vector<std::size_t> group_of{};        ///< by population, if its spikes are recorded
    std::size_t names = 1;                      ///< of all populations, recorded or not
    SpikeOrder order = SpikeOrder::by_time;     ///< in SONATA
    std::vector<Trace> traces{};
    std::vector<Report> reports{};
    std::vector<Weights> weights{};

    /// Divides neurons in rising order into those of each population, and calls visit(population, neurons) for each
    /// population that has some and is recorded.
    template <class Visit>
    void by_recorded_population(std::span<const std::uint32_t> neurons, const Visit& visit) const {
        by_population(network, neurons, [&](PopulationId population, std::span<const std::uint32_t> own) {
            if (recorded[population.index]) visit(population, own);
        });
    }
    [[nodiscard]] const PopulationSpec& population(PopulationId id) const {
        return network.description().populations[id.index];
    }
    /// The numbers that are recorded for the neurons of a population; null if they are counted from 0.
    [[nodiscard]] const std::uint64_t* node_ids(PopulationId id) const {
        const auto& as = population(id).recorded_as;
        return as && !as->node_ids.empty() ? as->node_ids.data() : nullptr;
    }
};

// Names of files.
[[nodiscard]] std::string trace_file_name(const std::string& trace, const char* ending);  ///< of all its variables
[[nodiscard]] std::string report_file_name(const std::string& trace, Variable variable);
[[nodiscard]] std::string weights_file_name(const std::string& record, const char* ending);

/// "mV", "mV/ms", "pA", "1/ms", "nS" or "1". @param form of the neurons
[[nodiscard]] const char* units_of(Variable variable, ModelForm form) noexcept;

/// One file that is being written. Constructors throw Error if it cannot be made, all later calls RunError.
class Sink {
public:
    /// Makes the file, under a temporary name. @throws Error
    explicit Sink(std::filesystem::path final_path) : file_(std::move(final_path)) {}
    virtual ~Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    /// Takes the spikes of a step, of recorded and other populations: neurons, numbered over the network, in rising
    /// order. Steps come in order, unless spikes are sorted by neuron: then each comes alone.
    virtual void spikes(std::uint64_t /*step*/, std::span<const std::uint32_t> /*neurons*/) {}
    /// Takes a sample of this sink's trace, or of its traces in turn.
    virtual void sample(const Sample& /*sample*/) {}
    /// Takes weights of this sink's record.
    virtual void weights(const WeightSample& /*sample*/) {}
    /// Synapses of a projection as it is drawn; indices count within its two sides.
    virtual void synapses(std::span<const ExplicitSynapse> /*row*/) {}
    /// Writes the buffered data and closes the file.
    virtual void close(std::uint64_t steps_done) = 0;
    /// Closes the file after a write has failed, with what was written before, so that it can be read. To be called once,
    /// and not after close() has returned. @throws RunError if that cannot be done
    virtual void close_written(std::uint64_t steps_done) { close(steps_done); }
    /// The last step of which close_written() keeps everything; nothing if that is all that was taken.
    [[nodiscard]] virtual std::optional<std::uint64_t> whole_step() const noexcept { return std::nullopt; }

    /// Gives the closed file its final name.
    void publish() { file_.publish(); }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_.final_path(); }
    /// The temporary name.
    [[nodiscard]] const std::filesystem::path& part_path() const noexcept { return file_.part_path(); }

private:
    PendingFile file_;
};

/// The most memory of all buffers of a recorder together, for any number of populations and traces.
inline constexpr std::size_t kBufferBudgetBytes = std::size_t{64} << 20;

// The formats. `plan` outlives the sink; `trace` and `variable` are indices into it.
[[nodiscard]] std::unique_ptr<Sink> make_sonata_spikes(const RecordingPlan& plan, const std::filesystem::path& file);
/// The spikes as text, see RecorderOptions::spikes_csv_file.
[[nodiscard]] std::unique_ptr<Sink> make_sonata_spikes_csv(const RecordingPlan& plan,
                                                           const std::filesystem::path& file);
[[nodiscard]] std::unique_ptr<Sink> make_sonata_report(const RecordingPlan& plan, const std::filesystem::path& folder,
                                                       std::size_t trace, std::size_t variable);
/// Several traces, with columns in the order of the neurons' numbers. @param report its index in the plan
[[nodiscard]] std::unique_ptr<Sink> make_sonata_joint_report(const RecordingPlan& plan,
                                                             const std::filesystem::path& folder, std::size_t report);
[[nodiscard]] std::unique_ptr<Sink> make_gdf_spikes(const RecordingPlan& plan, const std::filesystem::path& folder);
[[nodiscard]] std::unique_ptr<Sink> make_csv_spikes(const RecordingPlan& plan, const std::filesystem::path& folder);
[[nodiscard]] std::unique_ptr<Sink> make_csv_trace(const RecordingPlan& plan, const std::filesystem::path& folder,
                                                   std::size_t trace);

[[nodiscard]] std::unique_ptr<Sink> make_sonata_weights(const RecordingPlan& plan, const std::filesystem::path& folder,
                                                        std::size_t record);
[[nodiscard]] std::unique_ptr<Sink> make_csv_weights(const RecordingPlan& plan, const std::filesystem::path& folder,
                                                     std::size_t record);
/// The synapses of a projection in one file, see write_synapses().
[[nodiscard]] std::unique_ptr<Sink> make_synapse_file(const RecordingPlan::Weights& record,
                                                      const izhi::detail::StepClock& clock,
                                                      const std::filesystem::path& file);

}  // namespace izhi::io::detail
