// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "izhi/io/network_file.hpp"
#include "izhi/network.hpp"

namespace izhi::apps {

struct ConvertOptions {
    std::string network;                ///< a built-in name or a file
    std::optional<std::uint64_t> seed;  ///< by default that of the network
    std::optional<Storage> storage;     ///< by default that of the network
    std::vector<io::Setting> settings;
    // One of these: the new or empty folder.
    std::optional<std::filesystem::path> sonata;  ///< SONATA goes there
    std::optional<std::filesystem::path> out;     ///< a network file with its tables goes there
    double duration_ms = 1000.0;                  ///< of a run of the SONATA network
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int convert_network(const ConvertOptions& options);

}  // namespace izhi::apps
