// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "izhi/simulation.hpp"

namespace izhi::apps {

struct BenchOptions {
    std::vector<std::string> networks;  ///< built-in names and files; the usual four if empty
    std::vector<int> threads;           ///< if empty, one and the number of processors
    std::vector<Isa> isas;              ///< if empty, the fastest
    std::uint64_t repeats = 3;
    std::optional<double> duration_ms;  ///< by default what takes about a second
    std::string duration_text;          ///< as the user gave it, for errors
    std::optional<std::string> json;    ///< a file, or "-" for stdout
    std::optional<std::filesystem::path> compare;
    bool quiet = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int bench_networks(const BenchOptions& options);

}  // namespace izhi::apps
