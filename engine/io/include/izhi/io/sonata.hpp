// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "izhi/export.hpp"
#include "izhi/io/recording.hpp"

/// Networks in SONATA, the format of the Allen Institute.
namespace izhi::io {

/// Whether a text is a SONATA config, and not a network file: it begins with '{'.
[[nodiscard]] IZHI_API bool is_sonata(std::string_view text) noexcept;

/// What a SONATA config asks of a run.
struct SonataRun {
    std::optional<double> duration_ms;  ///< nothing in a config of a circuit alone
    std::filesystem::path folder;       ///< of the recordings; empty: nothing is recorded
    std::string spikes_file = "spikes.h5";
    std::optional<std::string> spikes_csv_file;
    SpikeOrder order = SpikeOrder::by_time;
    bool overwrite = true;           ///< whether recordings that are there may be replaced
};

/// Reads what a config asks of a run; what the network is, parse_network() reads. @param origin the file, for errors and for
/// paths in it. @throws Error
[[nodiscard]] IZHI_API SonataRun read_sonata_run(std::string_view text, std::string_view origin);

}  // namespace izhi::io
