// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/run/checkpoints.hpp"
#include "izhi/network.hpp"
#include "izhi/simulation.hpp"

namespace izhi::apps {

/// `izhi serve`: a network in real time, for viewers of its page, for programs in its loop, or for both.
struct ServeOptions {
    struct Page {
        std::string host = "127.0.0.1";
        std::uint16_t port = 8765;         ///< 0: any free port
        std::optional<std::string> token;  ///< "new": a random one, which is the default on loopback addresses
    };
    struct Io {
        std::vector<std::string> endpoints;  ///< PORT, ADDRESS:PORT or unix:PATH, as given; at least one
        std::string token;                   ///< for UDP clients; may be empty on loopback addresses
        bool lockstep = false;               ///< each step waits for the clients
        std::optional<double> timeout_ms;    ///< how long a step waits; by default one second
    };
    std::string network;                ///< a built-in name or a file
    double speed = 1.0;                 ///< biological time over wall time
    std::optional<double> duration_ms;  ///< length of each run; without it until it is stopped
    std::optional<std::uint64_t> seed;  ///< by default that of the network
    int threads = 0;                    ///< 0: the engine chooses
    Isa isa = Isa::automatic;
    std::optional<Storage> storage;            ///< by default that of the network
    std::optional<std::filesystem::path> log;  ///< log of interventions, for izhi run --replay
    std::optional<CheckpointOptions> checkpoints;
    std::optional<Page> page;
    std::optional<Io> io;  ///< at least one of this and the page
    bool json = false;     ///< for programs without the page only
};

/// The options have been read and checked; results go to stdout. @return the exit code
[[nodiscard]] int serve_page(
    const ServeOptions& options);                         ///< with a page, and also for programs if the options say so
[[nodiscard]] int serve_io(const ServeOptions& options);  ///< without a page

}  // namespace izhi::apps
