// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "izhi/export.hpp"
#include "izhi/realtime.hpp"
#include "izhi/wire/protocol.hpp"

/// Serves a running network to clients over UDP and a Unix socket, see engine/wire/PROTOCOL.md. The server handles all
/// messages on its own thread. Bounded rings connect it to the thread that steps; messages that do not fit are dropped
/// and counted. For Linux.
///
///     izhi::wire::Server server(network, {.udp = izhi::wire::UdpEndpoint{.port = 7700}});
///     izhi::RealtimeRunner(simulation).run(60'000, &server);
namespace izhi::wire {

/// Where datagrams are received.
struct UdpEndpoint {
    std::string address = "127.0.0.1";  ///< numeric, IPv4 or IPv6
    std::uint16_t port = 0;             ///< 0: any free port
};

/// Where a server listens, and which clients it accepts.
struct ServerOptions {
    std::optional<UdpEndpoint> udp{};
    /// A socket file, made with access for its owner only and removed at the end. If another program listens on it,
    /// this is an error; a file that was left behind is replaced.
    std::optional<std::filesystem::path> unix_path{};
    /// The token that UDP clients must send, 16 to 64 characters; empty: no token, which is allowed on loopback
    /// addresses only.
    std::string token{};
    /// In each step, the stepping thread waits for go from the clients that subscribe with kLockstep; while there is
    /// no such client, it waits for one.
    bool lockstep = false;
    std::chrono::nanoseconds lockstep_timeout = std::chrono::seconds(1);
    /// Called about every 50 ms while the stepping thread waits; if it returns true, the waiting ends. May be empty.
    std::function<bool()> ended{};
    std::chrono::milliseconds lease{
        5000};  ///< the session of a UDP client that is silent for longer ends; 100 ms to 60 s
};

class Link;

/// A StepClient: a RealtimeRunner, or any other loop over steps, calls it before and after each step. If the number of
/// a step is not larger than that of the step before, another run of the same populations begins, and the clients of
/// the last run receive GOODBYE.
class IZHI_API Server final : public StepClient {
public:
    /// Opens the sockets and starts the thread.
    /// @throws Error if an option is out of range or names a port or path that cannot be used, RunError if the system
    /// fails
    Server(const Network& network, const ServerOptions& options);
    ~Server() override;  ///< sends GOODBYE to the clients
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t udp_port() const noexcept;  ///< 0 without UDP
    /// The counters over all clients since the start, by Counter. May be called at any time.
    [[nodiscard]] std::array<std::uint64_t, kCounters> counters() const;
    [[nodiscard]] std::size_t clients() const noexcept;
    /// Applies the input that is due in the step; in lockstep, waits for the clients first.
    void before_step(std::uint64_t step, Simulation& simulation) override;
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override;
    /// Sends all clients GOODBYE with Reason::failed, including those in lockstep, and also new clients until another
    /// run begins.
    void run_failed(const RunError& why) noexcept override;

    [[nodiscard]] Link& link() noexcept;  ///< for tests

private:
    struct IZHI_LOCAL Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi::wire
