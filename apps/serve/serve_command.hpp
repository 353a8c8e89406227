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

/// A network in real time, for who watches it on a page, for programs in its loop, or for both.
struct ServeOptions {
    struct Page {
        std::string host = "127.0.0.1";
        std::uint16_t port = 8765;         ///< 0: any that is free
        std::optional<std::string> token;  ///< "new": made; unless given: made, on loopback addresses only
    };
    struct Io {
        std::vector<std::string> endpoints;  ///< PORT, ADDRESS:PORT or unix:PATH, as given; at least one
        std::string token;                   ///< of UDP clients; may be empty on loopback addresses
        bool lockstep = false;               ///< each step waits for the clients
        std::optional<double> timeout_ms;    ///< of that; a second unless given
    };
    std::string network;                ///< a built-in name or a file
    double speed = 1.0;                 ///< biological over wall time
    std::optional<double> duration_ms;  ///< of each run; until it is stopped unless given
    std::optional<std::uint64_t> seed;  ///< the network's own unless given
    int threads = 0;                    ///< 0: the engine's choice
    Isa isa = Isa::automatic;
    std::optional<Storage> storage;            ///< the network's own unless given
    std::optional<std::filesystem::path> log;  ///< of interventions, for izhi run --replay
    std::optional<CheckpointOptions> checkpoints;
    std::optional<Page> page;
    std::optional<Io> io;  ///< this or the page
    bool json = false;     ///< without the page
};

/// Takes options that have been read and checked, writes results on stdout. @return the exit code
[[nodiscard]] int serve_page(const ServeOptions& options);  ///< which has one; for programs too if it says so
[[nodiscard]] int serve_io(const ServeOptions& options);    ///< without a page

}  // namespace izhi::apps
