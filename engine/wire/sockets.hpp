// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "engine/base/file_descriptor.hpp"
#include "izhi/wire/server.hpp"
#include "sessions.hpp"

/// The server's sockets. None of them blocks.
namespace izhi::wire {

using izhi::detail::Descriptor;

/// @throws Error if the address is not numeric or cannot be used (such as a port that is in use), RunError if the
/// system has no socket
[[nodiscard]] Descriptor open_udp(const UdpEndpoint& endpoint);
[[nodiscard]] std::uint16_t port_of(const Descriptor& udp);
/// Whether only this machine can reach an address. @throws Error if it is not numeric
[[nodiscard]] bool is_loopback(const std::string& address);

/// A socket file that is removed at the end.
class UnixListener {
public:
    /// @throws Error if the path is too long, cannot be used, or belongs to something other than a socket that was left
    /// behind; RunError if the system has no socket
    explicit UnixListener(std::filesystem::path path);
    UnixListener(UnixListener&&) = delete;
    ~UnixListener();
    [[nodiscard]] int get() const noexcept { return socket_.get(); }
    /// The next waiting connection; closed if there is none.
    [[nodiscard]] Descriptor accept() const noexcept;

private:
    std::filesystem::path path_;
    Descriptor socket_;
};

struct Received {
    enum class What { message, oversized, nothing, closed } what = What::nothing;
    std::span<const std::byte> bytes{};
};
/// The next waiting datagram, and its sender.
[[nodiscard]] Received receive_udp(int socket, std::span<std::byte> buffer, Peer& from) noexcept;
[[nodiscard]] Received receive_connection(int socket, std::span<std::byte> buffer) noexcept;
/// Empties the queue of a connection before it is closed. If it were closed with messages in it, the client would get
/// the error of a reset connection instead of the last messages to it.
void end_connection(int socket, std::span<std::byte> buffer) noexcept;
/// Sends a datagram. @return false if the system does not accept it at once
[[nodiscard]] bool send_to(int udp, const Peer& peer, std::span<const std::byte> datagram) noexcept;

}  // namespace izhi::wire
