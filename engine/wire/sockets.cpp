// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "izhi/error.hpp"

namespace izhi::wire {
namespace {

/// Room for several steps with many spikes, so that a client that does not run for a moment loses nothing.
constexpr int kSocketBytes = 4 << 20;

[[noreturn]] void fail(const std::string& what) { throw RunError(what + ": " + std::strerror(errno)); }

/// Reports an address that is in use or does not exist: the user must choose another place to listen.
[[noreturn]] void refuse(const std::string& where, const std::string& allowed) {
    throw Error("option", "io", "cannot be used: " + where + ": " + std::strerror(errno), allowed);
}

void enlarge(int socket) {
    // The system may allow less, which is not an error.
    (void)::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kSocketBytes, sizeof kSocketBytes);
    (void)::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kSocketBytes, sizeof kSocketBytes);
}

Peer address_of(const UdpEndpoint& endpoint) {
    Peer peer;
    sockaddr_in ip4{};
    sockaddr_in6 ip6{};
    if (::inet_pton(AF_INET, endpoint.address.c_str(), &ip4.sin_addr) == 1) {
        ip4.sin_family = AF_INET;
        ip4.sin_port = htons(endpoint.port);
        std::memcpy(&peer.address, &ip4, sizeof ip4);
        peer.address_length = sizeof ip4;
    } else if (::inet_pton(AF_INET6, endpoint.address.c_str(), &ip6.sin6_addr) == 1) {
        ip6.sin6_family = AF_INET6;
        ip6.sin6_port = htons(endpoint.port);
        std::memcpy(&peer.address, &ip6, sizeof ip6);
        peer.address_length = sizeof ip6;
    } else {
        throw Error("option", "io", "has the address '" + endpoint.address + "'",
                    "a numeric IPv4 or IPv6 address, such as 127.0.0.1 or ::1");
    }
    return peer;
}

}  // namespace

Descriptor open_udp(const UdpEndpoint& endpoint) {
    const Peer peer = address_of(endpoint);
    Descriptor udp(::socket(peer.address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const std::string name = "UDP " + endpoint.address + " port " + std::to_string(endpoint.port);
    if (!udp.open()) fail("cannot make a socket for " + name);
    if (::bind(udp.get(), reinterpret_cast<const sockaddr*>(&peer.address), peer.address_length) != 0)
        refuse(name, "an address of this machine and a free port, or port 0 for any");
    enlarge(udp.get());
    return udp;
}

std::uint16_t port_of(const Descriptor& udp) {
    Peer peer;
    peer.address_length = sizeof peer.address;
    if (::getsockname(udp.get(), reinterpret_cast<sockaddr*>(&peer.address), &peer.address_length) != 0)
        fail("cannot read the port of a socket");
    // The port is at the same place in both.
    return ntohs(reinterpret_cast<const sockaddr_in&>(peer.address).sin_port);
}

bool is_loopback(const std::string& address) {
    const Peer peer = address_of({.address = address});
    if (peer.address.ss_family == AF_INET) {
        sockaddr_in ip4{};
        std::memcpy(&ip4, &peer.address, sizeof ip4);
        return ntohl(ip4.sin_addr.s_addr) >> 24U == 127;
    }
    sockaddr_in6 ip6{};
    std::memcpy(&ip6, &peer.address, sizeof ip6);
    return IN6_IS_ADDR_LOOPBACK(&ip6.sin6_addr);
}

UnixListener::UnixListener(std::filesystem::path path) : path_(std::move(path)) {
    const std::string text = path_.string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (text.empty() || text.size() >= sizeof address.sun_path)
        throw Error("option", "io", "has a socket path of " + std::to_string(text.size()) + " characters",
                    "1 to " + std::to_string(sizeof address.sun_path - 1));
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    const auto* const where = reinterpret_cast<const sockaddr*>(&address);

    struct stat there {};
    if (::lstat(text.c_str(), &there) == 0) {
        if (!S_ISSOCK(there.st_mode))
            throw Error("option", "io", "names " + text + ", which is not a socket", "a new path");
        const Descriptor probe(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        // EPROTOTYPE: a socket of another type listens there.
        if (::connect(probe.get(), where, sizeof address) == 0 || errno != ECONNREFUSED)
            throw Error("option", "io", "names " + text + ", where a program listens", "a new path");
        ::unlink(text.c_str());
    }
    socket_ = Descriptor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    // Set before bind(), so that the file never exists with rights for others.
    if (!socket_.open() || ::fchmod(socket_.get(), S_IRUSR | S_IWUSR) != 0) fail("cannot make a socket for " + text);
    if (::bind(socket_.get(), where, sizeof address) != 0 || ::listen(socket_.get(), 16) != 0)
        refuse("unix:" + text, "a new path in a folder that exists and can be written to");
}

UnixListener::~UnixListener() { ::unlink(path_.c_str()); }

Descriptor UnixListener::accept() const noexcept {
    Descriptor connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.open()) enlarge(connection.get());
    return connection;
}

Received receive_udp(int socket, std::span<std::byte> buffer, Peer& from) noexcept {
    from = {};
    from.address_length = sizeof from.address;
    // MSG_TRUNC: the result is the length that was sent, also if the buffer is shorter.
    const ssize_t length = ::recvfrom(socket, buffer.data(), buffer.size(), MSG_TRUNC | MSG_DONTWAIT,
                                      reinterpret_cast<sockaddr*>(&from.address), &from.address_length);
    // Errors of single datagrams, such as a port that a client has closed, are read and forgotten.
    if (length < 0) return {errno == EAGAIN || errno == EWOULDBLOCK ? Received::What::nothing : Received::What::closed};
    if (static_cast<std::size_t>(length) > buffer.size()) return {Received::What::oversized};
    return {Received::What::message, buffer.first(static_cast<std::size_t>(length))};
}

Received receive_connection(int socket, std::span<std::byte> buffer) noexcept {
    const ssize_t length = ::recv(socket, buffer.data(), buffer.size(), MSG_TRUNC | MSG_DONTWAIT);
    if (length < 0) {
        const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        return {later ? Received::What::nothing : Received::What::closed};
    }
    // This is the end of the connection; an empty packet looks the same and ends it too.
    if (length == 0) return {Received::What::closed};
    if (static_cast<std::size_t>(length) > buffer.size()) return {Received::What::oversized};
    return {Received::What::message, buffer.first(static_cast<std::size_t>(length))};
}

void end_connection(int socket, std::span<std::byte> buffer) noexcept {
    ::shutdown(socket, SHUT_RD);
    while (::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {}
}

bool send_to(int udp, const Peer& peer, std::span<const std::byte> datagram) noexcept {
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const ssize_t sent = peer.connection >= 0
                             ? ::send(peer.connection, datagram.data(), datagram.size(), flags)
                             : ::sendto(udp, datagram.data(), datagram.size(), flags,
                                        reinterpret_cast<const sockaddr*>(&peer.address), peer.address_length);
    return sent == static_cast<ssize_t>(datagram.size());
}

}  // namespace izhi::wire
