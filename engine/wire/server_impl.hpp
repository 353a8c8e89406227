// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/token.hpp"
#include "izhi/wire/server.hpp"
#include "link.hpp"
#include "sessions.hpp"
#include "sockets.hpp"

namespace izhi::wire {

/// The work of the server's thread: `server` waits and receives, `server_messages` reads messages, `server_sessions`
/// opens and closes sessions, `server_publish` sends them the results of steps.
struct Server::Impl {
    struct Connection {
        Descriptor socket;
        Clock::time_point since;
    };

    Impl(Network of, const ServerOptions& given);

    // Messages in
    void run();
    void send_all_away(Reason reason);
    void end_of_run();
    void begin_another_run(std::uint64_t new_seed);
    void wait_for_work();
    void receive_datagrams();
    void receive_packets();
    void on_message(const Peer& peer, const Received& received);
    void on_hello(const Peer& peer, Session* session, const Header& header, const Hello& hello);
    void on_session_message(Session& session, const Message& message);
    void on_describe(Session& session, const Describe& describe);
    void on_subscribe(Session& session, const Header& header, const Subscribe& subscribe);
    void on_input(Session& session, const Header& header, const Input& input);
    void add_current(Session& session, std::uint64_t step, const Current& current);
    void add_rates(Session& session, std::uint64_t step, const SourceRates& given);
    void add_spikes(Session& session, std::uint64_t step, const ForcedSpikes& forced);
    /// How many neurons an entry of INPUT is for: 0 if it is for all of a population without neurons, nothing if one of
    /// them does not exist.
    [[nodiscard]] std::optional<std::uint32_t> neurons_meant(std::uint32_t population, std::uint32_t first,
                                                             std::uint32_t count) const;
    void send_statistics(Session& session);

    // Sessions
    Session* open_session(const Peer& peer, const Hello& hello);
    void close_session(std::size_t index, Reason reason);
    void forget_silent(Clock::time_point now);
    void update_wanted();
    Session* session_at(const Peer& peer);
    void welcome(Session& session);

    // Messages out
    void publish_steps();
    void publish_rest();
    void publish(const Link::StepOutput& output);
    void publish_spikes(Session& session, const Link::StepOutput& output);
    void publish_rates(Session& session, const Link::StepOutput& output);
    void send_rates(Session& session, std::uint64_t end);
    Header header_for(Session& session, Type type, std::uint16_t flags = 0);
    void send(Session& session, Encoder::Datagram datagram);
    void answer_stranger(const Peer& peer, Encoder::Datagram datagram);

    void count(Counter counter, Session* session, std::uint64_t times = 1) {
        totals[static_cast<std::size_t>(counter)].fetch_add(times, std::memory_order_relaxed);
        if (session != nullptr) session->counters[static_cast<std::size_t>(counter)] += times;
    }

    ServerOptions options;
    Network network;
    Link link;
    std::atomic<std::uint64_t> seed;  ///< of the current run, which may have another seed after a restart

    Descriptor udp;
    std::optional<UnixListener> listener;
    std::uint16_t port = 0;
    std::vector<Connection> connections;
    std::vector<Session> sessions;
    std::array<bool, kMostSessions> slot_taken{};
    std::uint32_t last_serial = 0;
    Cookies cookies;
    izhi::detail::WrongTokens wrong_tokens;
    Encoder encoder;
    std::vector<std::byte> buffer = std::vector<std::byte>(kLargestMessage);
    Message message;
    std::vector<Command> commands;
    std::vector<std::uint32_t> chosen;
    std::vector<pollfd> polled;
    Clock::time_point lease_checked{};
    bool backlog = false;              ///< a turn ended before a queue was empty
    std::uint64_t published_step = 0;  ///< the last step of this run that was sent to the sessions

    // For the thread that steps; members only to keep their memory.
    Intervention currents = NeuronCurrents{}, rates = izhi::SourceRates{}, spikes = izhi::ForcedSpikes{};
    std::uint64_t next_step = 0;

    std::atomic<bool> failed{false};  ///< the run has failed; set by the thread that steps, until it begins another
    std::atomic<std::uint32_t> runs_over{0};   ///< number of runs that ended; set by the thread that steps
    std::atomic<std::uint32_t> runs_ended{0};  ///< number of runs whose clients have been sent GOODBYE

    std::array<std::atomic<std::uint64_t>, kCounters> totals{};
    std::atomic<std::size_t> client_count{0};
    std::atomic<bool> ending{false};
    std::thread thread;
};

}  // namespace izhi::wire
