// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "izhi/io/recording.hpp"

/// Readers for each format. All throw Error that names the file and, for text, the line.
namespace izhi::io::detail {

[[nodiscard]] SpikeTable read_sonata_spikes(const std::filesystem::path& file, const SpikeFileOptions& options);
[[nodiscard]] std::vector<TraceTable> read_sonata_report(const std::filesystem::path& file);

[[nodiscard]] SpikeTable read_text_spikes(const std::filesystem::path& file, const SpikeFileOptions& options);
[[nodiscard]] std::vector<TraceTable> read_csv_traces(const std::filesystem::path& file);

/// Whether the file is HDF5. @throws Error if it cannot be read
[[nodiscard]] bool is_hdf5(const std::filesystem::path& file);

}  // namespace izhi::io::detail
