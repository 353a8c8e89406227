// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "apps/text/machine.hpp"

/// The results of `izhi bench`: as a table, as a file, and compared with an earlier file.
namespace izhi::apps {

/// The results of one network on a number of threads with one instruction set.
struct BenchRow {
    std::string network;  ///< as given: a built-in name or a file
    std::uint64_t neurons = 0, synapses = 0;
    std::string storage;
    int threads = 1;
    std::string isa;
    double biological_s = 0.0;
    std::uint64_t spikes = 0, spike_hash = 0;
    double build_s = 0.0;       ///< shortest time to build the network
    std::vector<double> run_s;  ///< time of each repeat

    [[nodiscard]] double best_s() const;
    [[nodiscard]] double median_s() const;
    /// Of the best run.
    [[nodiscard]] double times_real_time() const { return biological_s / best_s(); }
    /// Mean over all neurons.
    [[nodiscard]] double rate_hz() const;
};

struct BenchReport {
    Machine machine;
    std::uint64_t repeats = 1;
    std::vector<BenchRow> rows;

    /// The row of the same network, threads and instruction set, or null.
    [[nodiscard]] const BenchRow* find(const BenchRow& like) const;
};

/// An earlier report to compare with.
struct EarlierBench {
    std::filesystem::path file;
    BenchReport report;
};

/// Reads a file that `--json` wrote. @throws Error in one line if it cannot be read or is something else
[[nodiscard]] BenchReport read_bench_file(const std::filesystem::path& file);
/// The same from text. @throws Error that names what is missing or wrong
[[nodiscard]] BenchReport parse_bench(std::string_view text);

/// Two lines: izhi, and the machine.
[[nodiscard]] std::string heading_of(const Machine& machine);
[[nodiscard]] nlohmann::ordered_json json_of(const Machine& machine);

/// The differences between two machines, each as "cpu: AMD EPYC there, Intel Xeon here"; empty if they are the same.
[[nodiscard]] std::vector<std::string> machine_differences(const Machine& earlier, const Machine& now);

/// "izhi 0.1.0 runs 10,000 neurons and 1,000,000 synapses at 123 x real time on one thread of AMD EPYC (avx512)."
/// For cortex-10k on one thread if it was measured, otherwise for the first row.
[[nodiscard]] std::string quote_of(const BenchReport& report);

/// Several lines, each with its line end; the last one can be quoted.
[[nodiscard]] std::string text_of(const BenchReport& report, const EarlierBench* earlier);
[[nodiscard]] nlohmann::ordered_json json_of(const BenchReport& report, const EarlierBench* earlier);

}  // namespace izhi::apps
