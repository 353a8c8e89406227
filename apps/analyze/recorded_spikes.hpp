// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "izhi/io/recording.hpp"

/// From files of spikes, ours or another simulator's, to populations of known size.
namespace izhi::apps {

/// What a file may leave open.
struct SpikeFileFacts {
    std::optional<std::string> network;    ///< has the populations, their sizes and their order
    std::vector<std::string> populations;  ///< "exc=800", or "exc=1-800": numbers as in the file
    io::SpikeFileOptions reading;          ///< how its columns and times are to be read
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
    std::optional<double> duration_ms;    ///< as the files say
    std::string sizes_from;               ///< who told: "the file", "--network", "--population", or kGuessed
    bool sizes_guessed = false;           ///< nobody did: neurons are counted from the smallest number that occurs
    std::vector<std::string> notes;       ///< what is doubtful, each of one line
    double last_ms = 0.0;                 ///< the time of the last spike; 0 if there is none
};
inline constexpr const char* kGuessed = "the numbers that occur";

/// Several files are those of one run, one per thread or rank.
/// @throws Error if a file is no spike file, or holds neurons that the facts have no place for
[[nodiscard]] RecordedSpikes read_recorded_spikes(const std::vector<std::filesystem::path>& files,
                                                  const SpikeFileFacts& facts);

}  // namespace izhi::apps
