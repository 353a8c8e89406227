// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "sessions.hpp"

#include <netinet/in.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "izhi/error.hpp"

namespace izhi::wire {

bool operator==(const Peer& a, const Peer& b) noexcept {
    return a.connection == b.connection && std::ranges::equal(a.bytes(), b.bytes());
}

std::string host_of(const Peer& peer) {
    const auto bytes_of = [](const auto& address) {
        return std::string(reinterpret_cast<const char*>(&address), sizeof address);
    };
    if (peer.address.ss_family == AF_INET6)
        return bytes_of(reinterpret_cast<const sockaddr_in6&>(peer.address).sin6_addr);
    return bytes_of(reinterpret_cast<const sockaddr_in&>(peer.address).sin_addr);
}

bool ReplayWindow::fresh(std::uint32_t sequence) noexcept {
    const std::uint32_t ahead = sequence - highest_;  // modulo 2^32: numbers wrap
    if (ahead != 0 && ahead < 0x80000000U) {
        seen_ = ahead < 64 ? seen_ << ahead | 1 : 1;
        highest_ = sequence;
        return true;
    }
    const std::uint32_t behind = highest_ - sequence;
    if (behind >= 64 || (seen_ >> behind & 1) != 0) return false;
    seen_ |= std::uint64_t{1} << behind;
    return true;
}

Cookies::Cookies() : key_{unforeseeable(), unforeseeable()} {}

std::uint64_t Cookies::of_period(const Peer& peer, std::uint64_t period) const noexcept {
    std::array<std::byte, sizeof(sockaddr_storage) + sizeof period> bytes{};
    const auto address = peer.bytes();
    std::copy(address.begin(), address.end(), bytes.begin());
    std::memcpy(bytes.data() + address.size(), &period, sizeof period);
    return siphash(key_, std::span(bytes).first(address.size() + sizeof period)) | 1;  // 0 means none
}

namespace {
std::uint64_t period_of(Clock::time_point now) {
    constexpr std::chrono::seconds length{30};
    return static_cast<std::uint64_t>(now.time_since_epoch() / length);
}
}  // namespace

std::uint64_t Cookies::make(const Peer& peer, Clock::time_point now) const noexcept {
    return of_period(peer, period_of(now));
}

bool Cookies::good(std::uint64_t cookie, const Peer& peer, Clock::time_point now) const noexcept {
    const std::uint64_t period = period_of(now);
    return cookie == of_period(peer, period) || cookie == of_period(peer, period - 1);
}

std::uint64_t unforeseeable() {
    std::uint64_t value = 0;
    while (value == 0)
        if (::getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value) && errno != EINTR)
            throw RunError(std::string("cannot draw random numbers: ") + std::strerror(errno));
    return value;
}

}  // namespace izhi::wire
