// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/plot/picture_style.hpp"
#include "checkpoints.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/realtime.hpp"
#include "izhi/simulation.hpp"
#include "weight_setting.hpp"

namespace izhi::apps {

struct RunOptions {
    std::string network;  ///< a built-in name or a file
    double duration_ms = 1000.0;
    std::string duration_text = "1s";   ///< as given, for errors
    std::optional<std::uint64_t> seed;  ///< the network's own unless given
    std::vector<io::Setting> settings;  ///< numbers over those of the network
    int threads = 0;                    ///< 0: the engine's choice
    Isa isa = Isa::automatic;
    Delivery delivery = Delivery::automatic;
    std::optional<Storage> storage;        ///< the network's own unless given
    std::uint64_t memory_limit_bytes = 0;  ///< 0: what the machine has available
    std::optional<std::filesystem::path> out;
    io::Format format = io::Format::sonata;
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};                         ///< of it, and of that of step times
    std::optional<std::filesystem::path> weights_out;  ///< a folder: the synapses of plastic projections at the end
    bool profile = false;
    std::optional<std::filesystem::path> trace;
    /// Steps [first, first + steps) are traced; 200 in the middle of the run unless given.
    struct TraceWindow {
        std::uint64_t first = 0, steps = 0;
    };
    std::optional<TraceWindow> trace_window;
    std::string trace_window_text;  ///< as given, for errors
    /// Paced by the clock; as fast as it can unless given.
    struct Realtime {
        RealtimeOptions options;
        std::optional<std::filesystem::path> plot;  ///< of step times and lateness
    };
    std::optional<Realtime> realtime;
    std::optional<std::filesystem::path> replay;  ///< a log of interventions
    bool duration_given = false;                  ///< else a replay lasts as long as what it repeats
    std::optional<CheckpointOptions> checkpoints;
    std::vector<WeightSetting> weights;  ///< set before the first step
    std::optional<Resumption> resumed;   ///< goes on from there: `network` and `seed` are its
    bool json = false;
    bool quiet = false;
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int run_network(const RunOptions& options);

}  // namespace izhi::apps
