// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "izhi/error.hpp"
#include "izhi/network.hpp"
#include "izhi/simulation.hpp"

/// Reads values from the texts of arguments, and has the options that several commands share.
namespace izhi::apps {

/// One of these words. @throws Error that lists all of them
template <class Enum>
Enum choice(const std::string& option, const std::string& text, std::initializer_list<Enum> values) {
    std::string allowed;
    for (const Enum value : values) {
        if (to_string(value) == text) return value;
        allowed += (allowed.empty() ? "" : ", ") + std::string(to_string(value));
    }
    throw Error("", option, "is '" + text + "'", allowed);
}

/// The parts of "1,2,4".
[[nodiscard]] std::vector<std::string> split_list(const std::string& text, char separator = ',');

// Help texts of options that several commands have.
constexpr const char* kIsaHelp = "auto, scalar, sse4.2, avx2, avx512, neon [auto]";
constexpr const char* kStorageHelp =
    "Synapses in memory or drawn while running: stored, procedural [that of the network]";
constexpr const char* kNetworkHelp = "A built-in network (see 'izhi list'), a network file or a SONATA config";
constexpr const char* kSeedHelp = "Seed of all random draws [that of the network]";
constexpr const char* kJsonHelp = "Print the results as one JSON object and nothing else";
constexpr const char* kNoProgressHelp = "No progress on stderr";

constexpr const char* kPlotHelp = "Draw spikes, rates and the weights of plastic synapses: a .png, .svg or .pdf";
constexpr const char* kWeightsHelp = "Write the plastic synapses at the end of the run, as CSV for synapses_file";
constexpr const char* kQuietHelp = "No forecast and no progress on stderr";
constexpr const char* kCheckpointHelp =
    "Save the state at this interval and at the end, for izhi resume; ,keep=N keeps the last N [3]";

/// The argument NETWORK of commands that require it.
[[nodiscard]] const std::string& network_of(const Arguments& arguments);

// The value of an option, or nothing if it is not given. @throws Error
[[nodiscard]] std::optional<double> duration_ms_of(const Arguments& arguments, const char* name);
[[nodiscard]] std::optional<std::uint64_t> whole_of(const Arguments& arguments, const char* name, std::uint64_t low,
                                                    std::uint64_t high);
[[nodiscard]] std::optional<std::uint64_t> seed_of(const Arguments& arguments);
[[nodiscard]] std::optional<Storage> storage_of(const Arguments& arguments);
/// A file with the ending of a kind of picture.
[[nodiscard]] std::optional<std::filesystem::path> picture_of(const Arguments& arguments, const char* name = "--plot");

// The value of an option, or the value with which the engine chooses. @throws Error
[[nodiscard]] int threads_of(const Arguments& arguments);
[[nodiscard]] Isa isa_of(const Arguments& arguments);
[[nodiscard]] std::uint64_t memory_limit_of(const Arguments& arguments);

/// The speed of --realtime=SPEED or --speed SPEED, for a RealtimeRunner. @throws Error
[[nodiscard]] double parse_speed(const std::string& option, const std::string& text);

/// Reads --duration into `duration_ms` and, for errors, `duration_text`.
template <class Options>
void read_duration(const Arguments& arguments, Options& options) {
    if (const auto duration = duration_ms_of(arguments, "--duration")) {
        options.duration_text = arguments.text("--duration");
        options.duration_ms = *duration;
    }
}

}  // namespace izhi::apps
