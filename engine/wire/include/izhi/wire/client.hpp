// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "izhi/export.hpp"
#include "izhi/wire/protocol.hpp"

/// A client of `izhi serve --io` or of a wire::Server, see engine/wire/PROTOCOL.md. It needs the standard library and
/// the sockets of Linux, but not the engine. Each client is for one thread at a time.
///
///     auto client = izhi::wire::Client::udp("127.0.0.1", 7700);
///     client.subscribe({.spikes = {"left", "right"}});
///     while (auto event = client.receive(100ms))
///         if (auto* spikes = std::get_if<izhi::wire::StepSpikes>(&*event))
///             client.input(spikes->step + 1).current("sense", 5.0F, {.hold = 1}).send();
namespace izhi::wire {

/// The server cannot be reached, rejected something, or has ended.
class IZHI_API ClientError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Options of a client.
struct ClientOptions {
    std::string token{};
    std::size_t largest_message = 0;  ///< largest message to receive; 0: 1472 bytes over UDP, 32768 over a Unix socket
    std::chrono::milliseconds timeout{2000};  ///< for each question to the server
};

/// A population of the server's network; its neurons are [first_neuron, first_neuron + size).
struct Population {
    std::string name;
    std::uint32_t first_neuron = 0, size = 0;
};

/// The network of the server.
struct NetworkInfo {
    std::string name;
    double dt_ms = 1.0;
    std::uint64_t seed = 0;
    std::uint32_t neurons = 0;
    bool lockstep = false;  ///< whether the server waits for clients that ask for it
    std::vector<Population> populations;
};

/// The spikes of one step; they happened at time step * dt.
struct StepSpikes {
    std::uint64_t step = 0;
    std::vector<std::uint32_t> neurons;  ///< numbered over the network, ascending
    bool complete = true;                ///< false if a part was lost
};
/// Numbers of spikes by population, over some steps.
struct StepRates {
    std::uint64_t step = 0;      ///< the last of the interval
    std::uint32_t interval = 0;  ///< length of the interval [steps]
    std::uint32_t counted = 0;   ///< how many of these steps the server saw
    std::uint32_t first = 0;     ///< the first population of this message; many populations come in several messages
    std::vector<std::uint32_t> spikes;  ///< one number for each population from `first` on
};
/// A message that a server sends without being asked.
using Event = std::variant<StepSpikes, StepRates>;

/// The events that a client wants to receive.
struct Subscription {
    std::vector<std::string> spikes{};  ///< populations whose spikes are sent
    bool everyone = false;              ///< the spikes of all populations instead
    std::uint32_t rates_interval = 0;   ///< interval of rates [steps]; 0: no rates
    bool lockstep = false;              ///< whether the server waits for go() in each step
};

/// The range of neurons within a population, and how long a current lasts.
struct CurrentOptions {
    std::uint32_t first = 0;
    std::uint32_t count = kToTheEnd;
    std::uint32_t hold = 0;  ///< steps; 0: until another current for the same range, or the end of the session
};

/// The range of neurons within a population, and how long their rates last.
struct RateOptions {
    std::uint32_t first = 0;
    std::uint32_t count = kToTheEnd;  ///< for a list of rates, the length of the list if it is given
    std::uint32_t hold = 0;           ///< steps; 0: until other rates, or the end of the session
};

class Client;

/// Input for one step. It is collected, and then sent as one message (or more, if it is long).
class IZHI_API InputMessage {
public:
    /// A current [mV/ms; nine-parameter: pA] in [-1e5, 1e5]. @throws ClientError if there is no such population
    InputMessage& current(std::string_view population, float amplitude, CurrentOptions options = {});
    InputMessage& current(std::uint32_t population, float amplitude, CurrentOptions options = {});
    /// The rate [Hz] in [0, 1000 / dt_ms] of Poisson sources: one for all of them, or a list with one for each from
    /// `first` on. @throws ClientError if there is no such population, or the list has another length than `count`
    InputMessage& rates(std::string_view population, float rate_hz, RateOptions options = {});
    InputMessage& rates(std::uint32_t population, float rate_hz, RateOptions options = {});
    InputMessage& rates(std::string_view population, std::span<const float> rates_hz, RateOptions options = {});
    InputMessage& rates(std::uint32_t population, std::span<const float> rates_hz, RateOptions options = {});
    /// Neurons that fire in the step, numbered over the network.
    InputMessage& spikes(std::span<const std::uint32_t> neurons);
    void send();
    /// Sends the input and tells the server that this client is ready for the step (lockstep).
    void go();

private:
    friend class Client;
    InputMessage(Client& client, std::uint64_t step) : client_(client), step_(step) {}
    void finish(bool go);
    Client& client_;
    std::uint64_t step_;
    struct RateList {
        RateRange range;
        std::vector<float> rates_hz;
    };
    std::vector<Current> currents_;
    std::vector<RateList> rates_;
    std::vector<std::uint32_t> spikes_;
};

/// A session with a server, see the top of this header. All calls except those that are noexcept may throw ClientError.
class IZHI_API Client {
public:
    /// Opens a session. @throws ClientError
    [[nodiscard]] static Client udp(const std::string& address, std::uint16_t port, ClientOptions options = {});
    [[nodiscard]] static Client unix_socket(const std::string& path, ClientOptions options = {});
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();  ///< ends the session

    [[nodiscard]] const NetworkInfo& network() const noexcept;
    /// The number of a population. @throws ClientError if there is no such population
    [[nodiscard]] std::uint32_t population(std::string_view name) const;

    /// Replaces the subscription. @return the number of steps done when it took effect
    std::uint64_t subscribe(const Subscription& subscription);
    /// The next spikes or rates; nothing if none came in time. It keeps the session alive, so call it about once per
    /// second or more often.
    [[nodiscard]] std::optional<Event> receive(std::chrono::nanoseconds timeout);
    /// Input for the step from step dt to (step + 1) dt, or for the next one that begins (kNextStep).
    [[nodiscard]] InputMessage input(std::uint64_t step = kNextStep) { return {*this, step}; }

    /// The time that a message takes to the server's thread and back.
    [[nodiscard]] std::chrono::nanoseconds ping();
    [[nodiscard]] StatisticsReply statistics();
    /// The number of messages of the server that did not arrive, according to their sequence numbers.
    [[nodiscard]] std::uint64_t lost() const noexcept;

private:
    friend class InputMessage;
    struct IZHI_LOCAL Impl;
    explicit Client(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace izhi::wire
