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

#include "izhi/realtime.hpp"
#include "izhi/wire/protocol.hpp"

/// Serves a running network to clients over UDP and a Unix socket: engine/wire/PROTOCOL.md. Everything that comes from outside
/// is handled on a thread of the server's own; between it and the thread that steps lie bounded rings, and what does not
/// fit is dropped and counted. Linux.
///
///     izhi::wire::Server server(network, {.udp = izhi::wire::UdpEndpoint{.port = 7700}});
///     izhi::RealtimeRunner(simulation).run(60'000, &server);
namespace izhi::wire {

/// Where datagrams are received.
struct UdpEndpoint {
    std::string address = "127.0.0.1";  ///< numeric, IPv4 or IPv6
    std::uint16_t port = 0;             ///< 0: one that is free
};

/// Where a server listens, and whom it serves.
struct ServerOptions {
    std::optional<UdpEndpoint> udp{};
    /// A socket file, made with access for its owner only and removed at the end. One that a program listens on is refused,
    /// one that was left behind is replaced.
    std::optional<std::filesystem::path> unix_path{};
    /// What UDP clients must know, 16 to 64 characters; empty: nothing, which only loopback addresses may.
    std::string token{};
    /// The stepping thread waits, in each step, for the word of the clients that subscribe with kLockstep; while there is
    /// none, it waits for one.
    bool lockstep = false;
    std::chrono::nanoseconds lockstep_timeout = std::chrono::seconds(1);
    /// Asked about every 50 ms while the stepping thread waits: true ends the waiting. May be empty.
    std::function<bool()> ended{};
    std::chrono::milliseconds lease{5000};  ///< a UDP client that is silent for longer is forgotten; at most 60 s
};

class Link;

/// A StepClient: a RealtimeRunner calls it before and after each step, and so may any other loop over steps. A step that was
/// done before begins another run, of the same populations: the clients of the last are sent away, for theirs is over.
class Server final : public StepClient {
public:
    /// Opens the sockets and starts the thread.
    /// @throws Error if an option is out of range or names a port or path that cannot be had, RunError if the system fails
    Server(const Network& network, const ServerOptions& options);
    ~Server() override;  ///< says goodbye to the clients
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t udp_port() const noexcept;  ///< 0 without UDP
    /// Over all clients since the start, by Counter; may be read at any time.
    [[nodiscard]] std::array<std::uint64_t, kCounters> counters() const;
    [[nodiscard]] std::size_t clients() const noexcept;
    /// Applies what is due in the step; in lockstep, waits for the clients first.
    void before_step(std::uint64_t step, Simulation& simulation) override;
    void after_step(std::uint64_t step, std::span<const Spike> spikes) override;
    /// Sends the clients away with Reason::failed, those in lockstep too; until another run begins, new ones as well.
    void run_failed(const RunError& why) noexcept override;

    [[nodiscard]] Link& link() noexcept;  ///< for tests

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi::wire
