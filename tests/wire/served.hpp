// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// A server over real sockets of this machine, and those that speak to it: what the tests of the server share. The test is the
// thread that steps.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "engine/wire/link.hpp"
#include "izhi/wire/client.hpp"
#include "izhi/wire/server.hpp"

namespace izhi::wire::test {

using Neurons = std::vector<std::uint32_t>;

/// Long enough for any machine; nothing here waits for it unless it fails.
inline constexpr auto kPatience = std::chrono::seconds(20);

/// Populations a (4 neurons), b (3) and many (5000).
inline Network small_network(std::uint64_t seed = 77) {
    NetworkBuilder builder{{.name = "small", .seed = seed, .dt_ms = 0.5}};
    builder.add_population({.name = "a", .size = 4});
    builder.add_population({.name = "b", .size = 3});
    builder.add_population({.name = "many", .size = 5000});
    return builder.build();
}

inline std::filesystem::path socket_path() {
    static int count = 0;
    return std::filesystem::temp_directory_path() /
           ("izhi-test-" + std::to_string(::getpid()) + '-' + std::to_string(count++));
}

/// Whether `condition` comes true in time.
template <class Condition>
bool soon(const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}
inline std::uint64_t counted(const Server& server, Counter counter) {
    return server.counters()[static_cast<std::size_t>(counter)];
}
inline std::uint64_t counted(const std::vector<std::uint64_t>& counters, Counter counter) {
    return counters.at(static_cast<std::size_t>(counter));
}
inline bool reaches(const Server& server, Counter counter, std::uint64_t value) {
    return soon([&] { return counted(server, counter) >= value; });
}
/// Every message is counted once as received and once as what became of it.
inline void check_sums(const std::vector<std::uint64_t>& counters) {
    std::uint64_t sum = 0;
    for (const Counter counter : {Counter::accepted, Counter::malformed, Counter::version, Counter::oversized,
                                  Counter::no_session, Counter::bad_cookie, Counter::refused, Counter::repeated})
        sum += counted(counters, counter);
    CHECK(sum == counted(counters, Counter::received));
}

/// A UDP socket that says what it likes.
class Stranger {
public:
    explicit Stranger(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
        sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
        ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~Stranger() { ::close(socket_); }
    void say(std::span<const std::byte> datagram) { (void)::send(socket_, datagram.data(), datagram.size(), 0); }
    /// The next answer; nothing within the time.
    std::optional<Message> hear(std::chrono::milliseconds patience) {
        const timeval wait{patience.count() / 1000, patience.count() % 1000 * 1000};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        const ssize_t length = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
        if (length <= 0) return std::nullopt;
        Message message;
        heard_bytes = static_cast<std::size_t>(length);
        REQUIRE(decode(std::span(buffer_).first(heard_bytes), message) == Fault::none);
        return message;
    }
    std::size_t heard_bytes = 0;

private:
    int socket_;
    std::array<std::byte, 65536> buffer_{};
};

inline StepSpikes next_spikes(Client& client) {
    const auto event = client.receive(kPatience);
    REQUIRE(event.has_value());
    REQUIRE(std::holds_alternative<StepSpikes>(*event));
    return std::get<StepSpikes>(*event);
}
inline std::vector<Spike> fired(std::uint64_t step, const Neurons& neurons) {
    std::vector<Spike> spikes;
    for (const std::uint32_t neuron : neurons) spikes.push_back({step, neuron});
    return spikes;
}

struct Both {
    Both() : path(socket_path()), server(small_network(), {.udp = UdpEndpoint{}, .unix_path = path}) {}
    Client client(bool udp, ClientOptions options = {}) {
        return udp ? Client::udp("127.0.0.1", server.udp_port(), options) : Client::unix_socket(path.string(), options);
    }
    std::filesystem::path path;
    Server server;
};

}  // namespace izhi::wire::test
