// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/simulation.hpp"

/// Spikes, traces and weights in files.
namespace izhi::io {

/// The file format of a recording.
enum class Format {
    sonata,  ///< HDF5: spikes.h5 with /spikes/<population>/{timestamps,node_ids}, one report file per trace and variable
    gdf,     ///< text lines "neuron<TAB>time_ms", with neurons numbered over the whole network; traces as csv
    csv,     ///< text with a header line
};
[[nodiscard]] IZHI_API std::string_view to_string(Format format) noexcept;
[[nodiscard]] IZHI_API Format format_from_string(std::string_view name);  ///< throws Error that lists the formats

/// The order of the spikes of a population in a file.
enum class SpikeOrder {
    none,     ///< no promise
    by_time,  ///< by time; spikes of one step in any order
    by_id,    ///< by the number of the neuron, then time
};
/// "none", "by_time", "by_id"
[[nodiscard]] IZHI_API std::string_view to_string(SpikeOrder order) noexcept;
[[nodiscard]] IZHI_API SpikeOrder spike_order_from_string(std::string_view name);  ///< throws Error that lists them

/// What a Recorder writes. All but the format is for SONATA.
struct RecorderOptions {
    Format format = Format::sonata;
    std::string spikes_file = "spikes.h5";
    /// A file beside it with the same spikes as text, in the form of SONATA's tools: a heading "timestamps population
    /// node_ids", and fields between spaces.
    std::optional<std::string> spikes_csv_file{};
    /// Of both. by_id sorts when the run has ended, with bounded memory and a temporary file of 16 bytes for each spike.
    SpikeOrder order = SpikeOrder::by_time;
};

/// The names of the files that a recorder of this network writes into its folder. @throws Error if a name cannot be one,
/// or if two files would have the same
[[nodiscard]] IZHI_API std::vector<std::string> recording_names(const Network& network, const RecorderOptions& options);
[[nodiscard]] inline std::vector<std::string> recording_names(const Network& network, Format format) {
    return recording_names(network, RecorderOptions{.format = format});
}

/// Writes a run to files in one folder while it runs, with bounded memory and on its own thread of low priority. It is
/// an Observer: its calls are for one thread at a time. Files have temporary names until finish() renames them, so a
/// final name always belongs to a complete, readable file. Call finish() after an interrupted run too. If a recorder is
/// destroyed without finish(), it removes its temporary files.
///
/// Populations and neurons have the names and numbers of PopulationSpec::recorded_as, except in .gdf. Weights are those of
/// projections, whose sides count their own neurons.
class IZHI_API Recorder final : public Observer {
public:
    /// Opens the files, and makes `folder` if it is missing. @throws Error if the folder cannot be written, or like
    /// recording_names()
    Recorder(const Network& network, const std::filesystem::path& folder, const RecorderOptions& options);
    Recorder(const Network& network, const std::filesystem::path& folder, Format format)
        : Recorder(network, folder, RecorderOptions{.format = format}) {}
    ~Recorder() override;

    void spikes(std::span<const Spike> spikes) override;
    void sample(const Sample& sample) override;
    void weights(const WeightSample& sample) override;

    /// Writes the buffered data, closes the files and renames them. @param steps_done the steps that were run, for the
    /// time axis of reports
    /// @param spike_hash of the run; stored with the seed and the version of izhi in SONATA files
    /// @param earlier files of an earlier recording in the folder: removed when all files of this one are complete
    /// @return the files. @throws RunError if the disk fails
    std::vector<std::filesystem::path> finish(std::uint64_t steps_done, std::optional<std::uint64_t> spike_hash = {},
                                              const std::vector<std::filesystem::path>& earlier = {});

    /// After a call has thrown RunError, because the disk is full or fails: closes the files with what was written, and gives
    /// them their names. Text ends with a whole line. HDF5 has room for its last part set aside where the file system can do so. What
    /// cannot be closed is removed. Recordings say that they end at the last step, and have no spike hash.
    /// @param last_step becomes the last step that all files have
    /// @param earlier as in finish()
    /// @return the files that were kept; none, and an earlier recording stays, if not even one step was recorded
    std::vector<std::filesystem::path> keep_written(std::uint64_t& last_step,
                                                    const std::vector<std::filesystem::path>& earlier = {});

    /// The files that it will write, with their final names.
    [[nodiscard]] std::vector<std::filesystem::path> files() const;
    /// Bytes of its files on the disk so far, without the few MB that have not been written yet.
    [[nodiscard]] std::uint64_t bytes_so_far() const;

private:
    struct IZHI_LOCAL Impl;
    std::unique_ptr<Impl> impl_;
};

/// Writes the current synapses of a plastic projection in the form that a network file reads with `synapses_file`:
/// source, target (each numbered within its selection), weight, delay_ms. @throws Error if the file cannot be made,
/// RunError if the disk fails
IZHI_API void write_synapses(const Simulation& simulation, ProjectionId projection, const std::filesystem::path& file);
/// Writes the synapses of any projection as they are drawn, without a simulation. An explicit projection that reads the
/// file has the same synapses. Needs the memory of Network::draw_synapses().
IZHI_API void write_synapses(const Network& network, ProjectionId projection, const std::filesystem::path& file);

/// Facts that a file of spikes may leave open.
struct SpikeFileOptions {
    /// The meaning of each column of a text: "time", "neuron", "population" or "-", which is not used. Empty: as the
    /// file names the columns, or, if it does not, as their numbers suggest.
    std::vector<std::string> columns{};
    std::optional<double> time_unit_ms{};  ///< unit of the times, if the file does not say; 1 by default
};

/// Spikes that were read from a file. The format is recognised by the content and not by the name.
struct SpikeTable {
    /// The spikes of one population.
    struct Population {
        std::string name;                        ///< empty if the format has no names (.gdf)
        std::optional<std::uint64_t> neurons{};  ///< its size, if the file says it (our SONATA files)
        std::vector<double> times_ms;            ///< in the order of the file
        std::vector<std::uint64_t> node_ids;     ///< as stored: within the population for SONATA and our csv
    };
    std::vector<Population> populations;
    std::optional<double> duration_ms{};  ///< length of the recording, if the file says it (our SONATA files)
    std::vector<std::string> notes{};     ///< "FILE: ...": data that may have been meant in another way
};
/// Reads spikes from SONATA, also of old versions, and from texts with one spike per line: neuron, time and population
/// in any order, named or not, separated by commas, semicolons, tabs or spaces. README.md of engine/io describes the
/// formats. HDF5 is read in a child process (fork), so that a damaged file can neither crash nor hang the program.
/// @throws Error "FILE: ..." (text formats: "FILE:LINE: ...") if it is not a spike file or is damaged
[[nodiscard]] IZHI_API SpikeTable read_spikes(const std::filesystem::path& file, const SpikeFileOptions& options = {});

/// The spikes of a population of a SONATA file, in order of time, for PopulationSpec::source: they are read piece by piece
/// while a network runs, so that memory does not depend on their number. The file stays as it is until then. Each reader
/// has a child process.
/// @param population may be empty if the file has only one
/// @param first_id the number in the file of the first neuron
/// @throws Error "FILE: ..." if there are no such spikes. What the reader throws while a network runs ends the run
[[nodiscard]] IZHI_API SpikeStream read_stream(const std::filesystem::path& file, const std::string& population = {},
                                               std::uint64_t first_id = 0);

/// One recorded variable of one trace.
struct TraceTable {
    std::string population, variable;
    std::string projection;  ///< of a variable that is of one, otherwise empty
    /// Of a .csv, which does not have them, those of the four-parameter neuron. Empty if unknown.
    std::string units;
    std::vector<std::uint64_t> node_ids;  ///< within the population
    double start_ms = 0.0;                ///< time of the first sample
    double interval_ms = 0.0;             ///< time between samples (0 for a .csv with fewer than two)
    std::vector<float> values;            ///< [time][neuron]
};
/// Reads the traces of a file, one entry per variable. @throws Error like read_spikes
[[nodiscard]] IZHI_API std::vector<TraceTable> read_traces(const std::filesystem::path& file);

}  // namespace izhi::io
