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
    std::vector<int> threads;           ///< one and all if empty
    std::vector<Isa> isas;              ///< the widest if empty
    std::uint64_t repeats = 3;
    std::optional<double> duration_ms;  ///< what takes about a second unless given
    std::string duration_text;          ///< as given, for errors
    std::optional<std::string> json;    ///< a file, or "-" for stdout
    std::optional<std::filesystem::path> compare;
    bool quiet = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int bench_networks(const BenchOptions& options);

}  // namespace izhi::apps
