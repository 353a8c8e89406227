// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "izhi/simulation.hpp"

/// Spikes, traces and weights in files.
namespace izhi::io {

/// In which files a run is recorded.
enum class Format {
    sonata,  ///< HDF5: spikes.h5 with /spikes/<population>/{timestamps,node_ids}, one report file per trace and variable
    gdf,     ///< text lines "neuron<TAB>time_ms", neuron numbered over the whole network; traces as csv
    csv,     ///< text with a header line
};
[[nodiscard]] std::string_view to_string(Format format) noexcept;
[[nodiscard]] Format format_from_string(std::string_view name);  ///< throws Error naming the known ones

/// The names of the files that a recorder of this network leaves in its folder.
[[nodiscard]] std::vector<std::string> recording_names(const Network& network, Format format);

/// Streams a run to files of one folder with bounded memory, by a thread of its own, of low priority. An Observer: its calls are
/// for one thread at a time. Files carry a temporary name until finish() renames them,
/// so a final name always holds a complete, readable file; finish() is also right after an interrupted run. Destroying a
/// recorder without finish() removes its temporary files.
class Recorder final : public Observer {
public:
    /// Opens the files. `folder` is made if missing. @throws Error if it cannot be written
    Recorder(const Network& network, const std::filesystem::path& folder, Format format);
    ~Recorder() override;

    void spikes(std::span<const Spike> spikes) override;
    void sample(const Sample& sample) override;
    void weights(const WeightSample& sample) override;

    /// Writes what is buffered, closes and renames. @param steps_done the steps that were run, for the time axis of reports
    /// @param spike_hash of the run, kept with the seed and the version of izhi in what files can hold it (SONATA)
    /// @param earlier files of an earlier recording in the folder: removed when all of this one are complete
    /// @returns the files. @throws RunError if the disk refuses
    std::vector<std::filesystem::path> finish(std::uint64_t steps_done, std::optional<std::uint64_t> spike_hash = {},
                                              const std::vector<std::filesystem::path>& earlier = {});

    /// Files it will leave, by their final names.
    [[nodiscard]] std::vector<std::filesystem::path> files() const;
    /// Bytes of its files on the disk so far. What is on its way there, a few MB, does not count.
    [[nodiscard]] std::uint64_t bytes_so_far() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Writes the synapses of a plastic projection, as they are now, in the form that a network file reads with
/// `synapses_file`: source, target (each within its selection), weight, delay_ms. @throws Error if the file cannot be made,
/// RunError if the disk refuses
void write_synapses(const Simulation& simulation, ProjectionId projection, const std::filesystem::path& file);
/// The same of any projection, as it is drawn, without a simulation: an explicit projection that reads the file has the
/// same synapses. Takes the memory of Network::draw_synapses().
void write_synapses(const Network& network, ProjectionId projection, const std::filesystem::path& file);

/// What a file of spikes may leave open.
struct SpikeFileOptions {
    /// Of each column of a text: "time", "neuron", "population" or "-", which is not used. Empty: as the file names them,
    /// or, where it names none, as their numbers tell.
    std::vector<std::string> columns{};
    std::optional<double> time_unit_ms{};  ///< of the times, where the file does not say; 1 unless given
};

/// Spikes read back from a file, any format, recognised by content and not by name.
struct SpikeTable {
    /// The spikes of one.
    struct Population {
        std::string name;                        ///< empty where the format has none (.gdf)
        std::optional<std::uint64_t> neurons{};  ///< how many it has, where the file says so (our SONATA files)
        std::vector<double> times_ms;            ///< in the order of the file
        std::vector<std::uint64_t> node_ids;     ///< as stored: within the population for SONATA and our csv
    };
    std::vector<Population> populations;
    std::optional<double> duration_ms{};  ///< of the recording, where the file says so (our SONATA files)
    std::vector<std::string> notes{};     ///< "FILE: ...": what was read in one way and may have been meant in another
};
/// SONATA, also of old, and texts of one spike a line: neuron, time and population in any order, named or not, between
/// commas, semicolons, tabs or spaces. README.md of engine/io has the forms.
/// @throws Error "FILE: ..." (text formats: "FILE:LINE: ...") if it is no spike file or damaged
[[nodiscard]] SpikeTable read_spikes(const std::filesystem::path& file, const SpikeFileOptions& options = {});

/// One recorded variable of one trace.
struct TraceTable {
    std::string population, variable, units;
    std::vector<std::uint64_t> node_ids;  ///< within the population
    double start_ms = 0.0,
           interval_ms = 0.0;   ///< of the first sample; between samples (0 of a .csv with fewer than two)
    std::vector<float> values;  ///< [time][neuron]
};
/// Reads the traces of a file: one entry per variable. @throws Error as read_spikes
[[nodiscard]] std::vector<TraceTable> read_traces(const std::filesystem::path& file);

}  // namespace izhi::io
