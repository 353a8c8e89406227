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

struct ShowOptions {
    std::string network;                ///< a built-in name or a file
    std::optional<std::uint64_t> seed;  ///< by default that of the network
    std::optional<Storage> storage;     ///< by default that of the network
    std::vector<io::Setting> settings;
    std::optional<std::filesystem::path> synapses;  ///< where the synapses go, instead of the text to stdout
    std::optional<std::string> projection;          ///< whose synapses; those of all unless given
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int show_network(const ShowOptions& options);

}  // namespace izhi::apps
