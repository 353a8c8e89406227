// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/networks/networks.hpp"
#include "apps/plot/picture_style.hpp"
#include "checkpoints.hpp"
#include "izhi/io/network_file.hpp"
#include "izhi/io/recording.hpp"
#include "izhi/realtime.hpp"
#include "izhi/simulation.hpp"
#include "weight_setting.hpp"

namespace izhi::apps {

struct RunOptions {
    NetworkSource source;
    double duration_ms = 1000.0;
    std::string duration_text = "1s";   ///< as the user gave it, for errors
    std::optional<std::uint64_t> seed;  ///< by default that of the network
    std::vector<io::Setting> settings;  ///< numbers that override those of the network
    int threads = 0;                    ///< 0: the engine chooses
    Isa isa = Isa::automatic;
    Delivery delivery = Delivery::automatic;
    std::optional<Storage> storage;        ///< by default that of the network
    std::uint64_t memory_limit_bytes = 0;  ///< 0: the available memory
    std::optional<std::filesystem::path> out;
    bool out_of_config = false;  ///< whether a SONATA config gave it, and not --out
    io::RecorderOptions recorder;
    bool format_given = false;
    std::optional<std::filesystem::path> plot;
    PictureStyle plot_style{};                         ///< for this picture and that of step times
    std::optional<std::filesystem::path> weights_out;  ///< a folder: the synapses of plastic projections at the end
    bool profile = false;
    std::optional<std::filesystem::path> trace;
    /// The timeline has the steps [first, first + steps); by default 200 in the middle of the run.
    struct TraceWindow {
        std::uint64_t first = 0, steps = 0;
    };
    std::optional<TraceWindow> trace_window;
    std::string trace_window_text;  ///< as the user gave it, for errors
    /// Runs in real time; without it as fast as possible.
    struct Realtime {
        RealtimeOptions options;
        std::optional<std::filesystem::path> plot;  ///< picture of step times and lateness
    };
    std::optional<Realtime> realtime;
    std::optional<std::filesystem::path> replay;  ///< a log of interventions
    bool duration_given = false;                  ///< otherwise a replay has the length of the run that it repeats
    std::optional<CheckpointOptions> checkpoints;
    std::vector<WeightSetting> weights;  ///< set before the first step
    std::optional<Resumption> resumed;   ///< the checkpoint to continue from; `source` and `seed` are those of its run
    bool out_inherited = false,
         plot_inherited = false;  ///< `out` and `plot` are from the checkpoint, not from the user
    bool json = false;
    bool quiet = false;
};

/// Runs the command. The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int run_network(const RunOptions& options);

}  // namespace izhi::apps
