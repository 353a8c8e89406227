// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "izhi/wire/protocol.hpp"
#include "siphash.hpp"

namespace izhi::wire {

using Clock = std::chrono::steady_clock;
using CounterArray = std::array<std::uint64_t, kCounters>;

/// The address of a client: a UDP address, or a connection of the Unix socket.
struct Peer {
    int connection = -1;  ///< a file descriptor; -1: UDP
    sockaddr_storage address{};
    socklen_t address_length = 0;
    friend bool operator==(const Peer& a, const Peer& b) noexcept;
    /// The bytes that identify a UDP peer.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
        return std::as_bytes(std::span(&address, 1)).first(address_length);
    }
};

/// The address of a UDP peer without its port, as bytes.
[[nodiscard]] std::string host_of(const Peer& peer);

/// Which of the last 64 sequence numbers were received, as in RFC 4303.
class ReplayWindow {
public:
    /// False for a number that was received before, or is too far behind to know.
    [[nodiscard]] bool fresh(std::uint32_t sequence) noexcept;

private:
    std::uint32_t highest_ = 0;
    std::uint64_t seen_ = 1;  ///< bit i: highest_ - i; the number 0 is never sent
};

struct Session {
    std::size_t slot = 0;
    std::uint32_t serial = 0;
    std::uint64_t id = 0;
    Peer peer;
    std::size_t limit = kUdpLimit;  ///< most bytes of a message to the client
    std::uint32_t sequence = 0;     ///< number of the last message to the client
    ReplayWindow window;
    Clock::time_point heard;
    bool spoke = false;  ///< whether the client has sent anything since its WELCOME
    bool lockstep = false;
    std::vector<bool> wanted;  ///< by population: whether its spikes are wanted
    std::uint32_t rates_interval = 0;
    std::uint32_t rates_counted = 0;
    std::vector<std::uint32_t> rates;  ///< by population, in this interval
    std::uint64_t rates_end = 0;       ///< step at which the interval ends
    CounterArray counters{};
};

/// Cookies prove that a UDP client receives what is sent to its address. They are a keyed hash of address and time, so
/// the server does not have to store anything about clients that only ask.
class Cookies {
public:
    Cookies();
    [[nodiscard]] std::uint64_t make(const Peer& peer, Clock::time_point now) const noexcept;
    [[nodiscard]] bool good(std::uint64_t cookie, const Peer& peer, Clock::time_point now) const noexcept;

private:
    [[nodiscard]] std::uint64_t of_period(const Peer& peer, std::uint64_t period) const noexcept;
    SipKey key_;
};

/// 64 unpredictable bits from the system; never 0.
[[nodiscard]] std::uint64_t unforeseeable();

}  // namespace izhi::wire
