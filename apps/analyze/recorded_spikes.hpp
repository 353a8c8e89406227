// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "izhi/io/recording.hpp"

/// Turns files of spikes, from izhi or another simulator, into populations of known size.
namespace izhi::apps {

/// Facts that a file may not give.
struct SpikeFileFacts {
    std::optional<std::string> network;    ///< gives the populations, their sizes and their order
    std::vector<std::string> populations;  ///< "exc=800", or "exc=1-800": numbers as in the file
    io::SpikeFileOptions reading;          ///< how to read its columns and times
};

struct RecordedSpikes {
    struct Spike {
        double time_ms = 0.0;
        std::uint64_t neuron = 0;  ///< within its population
    };
    struct Population {
        std::string name;
        std::uint64_t neurons = 0;
        std::vector<Spike> spikes;  ///< sorted by time
    };
    std::vector<Population> populations;  ///< at least one neuron in all of them
    std::optional<double> duration_ms;    ///< length of the recording, if the files give it
    std::string sizes_from;          ///< the source of the sizes: "the file", "--network", "--population", or kGuessed
    bool sizes_guessed = false;      ///< no source: neurons are counted from the smallest number that occurs
    std::vector<std::string> notes;  ///< doubts about the data, one line each
    double last_ms = 0.0;            ///< the time of the last spike; 0 if there is none
};
inline constexpr const char* kGuessed = "the numbers that occur";

/// Reads the files of one run, such as one per thread or rank.
/// @throws Error if a file is not a spike file, or has neurons that do not fit the given facts
[[nodiscard]] RecordedSpikes read_recorded_spikes(const std::vector<std::filesystem::path>& files,
                                                  const SpikeFileFacts& facts);

}  // namespace izhi::apps
