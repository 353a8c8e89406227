// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "engine/base/file_descriptor.hpp"
#include "izhi/wire/server.hpp"
#include "sessions.hpp"

/// The server's sockets: none of them ever blocks.
namespace izhi::wire {

using izhi::detail::Descriptor;

/// @throws Error if the address is no numeric one or cannot be had (a port that is taken), RunError if the system has no
/// socket
[[nodiscard]] Descriptor open_udp(const UdpEndpoint& endpoint);
[[nodiscard]] std::uint16_t port_of(const Descriptor& udp);
/// Is this an address that only this machine reaches? @throws Error if it is no numeric one
[[nodiscard]] bool is_loopback(const std::string& address);

/// A socket file that is removed at the end.
class UnixListener {
public:
    /// @throws Error if the path is too long, cannot be had, or is taken by something that is no socket left behind;
    /// RunError if the system has no socket
    explicit UnixListener(std::filesystem::path path);
    UnixListener(UnixListener&&) = delete;
    ~UnixListener();
    [[nodiscard]] int get() const noexcept { return socket_.get(); }
    /// The next connection that waits; closed if there is none.
    [[nodiscard]] Descriptor accept() const noexcept;

private:
    std::filesystem::path path_;
    Descriptor socket_;
};

struct Received {
    enum class What { message, oversized, nothing, closed } what = What::nothing;
    std::span<const std::byte> bytes{};
};
/// The next datagram that waits, and where it is from.
[[nodiscard]] Received receive_udp(int socket, std::span<std::byte> buffer, Peer& from) noexcept;
[[nodiscard]] Received receive_connection(int socket, std::span<std::byte> buffer) noexcept;
/// Before a connection is closed: what the client has sent is taken out of its queue. Closed with something in it, the client would
/// be told of a reset connection instead of what was sent to it last.
void end_connection(int socket, std::span<std::byte> buffer) noexcept;
/// False where the system does not take it at once.
[[nodiscard]] bool send_to(int udp, const Peer& peer, std::span<const std::byte> datagram) noexcept;

}  // namespace izhi::wire
