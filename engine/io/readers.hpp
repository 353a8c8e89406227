// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apart.hpp"
#include "izhi/io/recording.hpp"

/// Readers for each format. All throw Error that names the file and, for text, the line.
namespace izhi::io::detail {

// SONATA is read in a child process; tests give it up earlier than others do.
[[nodiscard]] SpikeTable read_sonata_spikes(const std::filesystem::path& file, const SpikeFileOptions& options,
                                            const ApartLimits& limits = {});
/// See read_stream().
[[nodiscard]] SpikeStream stream_sonata_spikes(const std::filesystem::path& file, const std::string& population,
                                               std::uint64_t first_id);
/// Whether the spikes of a population are more than `most` and in order of time. @throws Error like read_stream()
[[nodiscard]] bool is_long_and_sorted(const std::filesystem::path& file, const std::string& population,
                                      std::uint64_t most);
[[nodiscard]] std::vector<TraceTable> read_sonata_report(const std::filesystem::path& file,
                                                         const ApartLimits& limits = {});

[[nodiscard]] SpikeTable read_text_spikes(const std::filesystem::path& file, const SpikeFileOptions& options);
[[nodiscard]] std::vector<TraceTable> read_csv_traces(const std::filesystem::path& file);

/// Whether the file is HDF5. @throws Error if it cannot be read
[[nodiscard]] bool is_hdf5(const std::filesystem::path& file);

}  // namespace izhi::io::detail
