// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "izhi/wire/server.hpp"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>
#include <utility>
#include <vector>

#include "izhi/error.hpp"
#include "link.hpp"
#include "sessions.hpp"
#include "sockets.hpp"

namespace izhi::wire {
namespace {

constexpr std::size_t kShortestToken = 16;
/// Connections of the Unix socket, those that have not said HELLO yet included.
constexpr std::size_t kMostConnections = kMostSessions + 4;
/// Messages taken from one socket before the others have their turn.
constexpr int kMessagesPerTurn = 64;
constexpr int kStepsPerTurn = 256;
constexpr std::chrono::milliseconds kLeaseCheck{200};

void check(const ServerOptions& options) {
    if (!options.token.empty() && (options.token.size() < kShortestToken || options.token.size() > kTokenBytes))
        throw Error("option", "io-token", "has " + std::to_string(options.token.size()) + " characters",
                    std::to_string(kShortestToken) + " to " + std::to_string(kTokenBytes));
    if (options.udp && options.token.empty() && !is_loopback(options.udp->address))
        throw Error("option", "io", "is to listen on " + options.udp->address + ", which other machines can reach",
                    "127.0.0.1, ::1, or a token with --io-token");
    if (options.lease < std::chrono::milliseconds(100) || options.lease > std::chrono::milliseconds(60'000))
        throw Error("option", "lease", "is " + std::to_string(options.lease.count()) + " ms", "100 to 60000 ms");
    if (options.lockstep_timeout <= std::chrono::nanoseconds::zero())
        throw Error("option", "io-timeout", "is not more than 0", "more than 0");
}

}  // namespace

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
    void add_spikes(Session& session, std::uint64_t step, const ForcedSpikes& forced);
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
    std::atomic<std::uint64_t> seed;  ///< of the run, which may have begun anew with another

    Descriptor udp;
    std::optional<UnixListener> listener;
    std::uint16_t port = 0;
    std::vector<Connection> connections;
    std::vector<Session> sessions;
    std::array<bool, kMostSessions> slot_taken{};
    std::uint32_t last_serial = 0;
    Cookies cookies;
    Encoder encoder;
    std::vector<std::byte> buffer = std::vector<std::byte>(kLargestMessage);
    Message message;
    std::vector<Command> commands;
    std::vector<std::uint32_t> chosen;
    std::vector<pollfd> polled;
    Clock::time_point lease_checked{};
    bool backlog = false;              ///< a turn ended before its queue was empty
    std::uint64_t published_step = 0;  ///< the last of this run that the sessions were told of

    // Of the thread that steps; kept for their memory.
    Intervention currents = NeuronCurrents{}, spikes = izhi::ForcedSpikes{};
    std::uint64_t next_step = 0;

    std::atomic<bool> failed{false};           ///< the run; said by the thread that steps, until it begins another
    std::atomic<std::uint32_t> runs_over{0};   ///< said by the thread that steps
    std::atomic<std::uint32_t> runs_ended{0};  ///< whose clients were sent away

    std::array<std::atomic<std::uint64_t>, kCounters> totals{};
    std::atomic<std::size_t> client_count{0};
    std::atomic<bool> ending{false};
    std::thread thread;
};

Server::Impl::Impl(Network of, const ServerOptions& given)
    : options(given), network(std::move(of)), link(network), seed(network.description().spec.seed),
      udp(given.udp ? open_udp(*given.udp) : Descriptor()), port(udp.open() ? port_of(udp) : std::uint16_t{0}) {
    if (given.unix_path) listener.emplace(*given.unix_path);
    const std::vector<PopulationSpec>& populations = network.description().populations;
    sessions.reserve(kMostSessions);
    std::get<NeuronCurrents>(currents).currents.reserve(
        std::max_element(populations.begin(), populations.end(), [](const PopulationSpec& a, const PopulationSpec& b) {
            return a.size < b.size;
        })->size);
    std::get<izhi::ForcedSpikes>(spikes).neurons.reserve(kCommandsPerStep + kMostPending);
    thread = std::thread([this] { run(); });
}

// ---------------------------------------------------------------------------------------------------------- messages in

void Server::Impl::run() {
    while (!ending.load()) {
        wait_for_work();
        backlog = false;
        if (runs_ended.load() != runs_over.load()) end_of_run();
        publish_steps();
        if (failed.load() && !sessions.empty()) {
            publish_rest();
            send_all_away(Reason::failed);
        }
        if (udp.open()) receive_datagrams();
        if (listener) receive_packets();
        const auto now = Clock::now();
        if (now - lease_checked >= kLeaseCheck) forget_silent(now);
    }
    // Clients hear of every step before they hear that it was the last.
    publish_rest();
    send_all_away(Reason::ending);
    for (const Connection& connection : connections) end_connection(connection.socket.get(), buffer);
}

void Server::Impl::send_all_away(Reason reason) {
    while (!sessions.empty()) close_session(sessions.size() - 1, reason);
}

void Server::Impl::end_of_run() {
    const std::uint32_t over = runs_over.load();
    publish_rest();
    send_all_away(Reason::another_run);
    published_step = 0;
    runs_ended.store(over);
}

/// By the thread that steps.
void Server::Impl::begin_another_run(std::uint64_t new_seed) {
    seed.store(new_seed);
    failed.store(false);
    link.begin_run();
    const std::uint32_t over = runs_over.load() + 1;
    runs_over.store(over);
    link.wake_server();
    // In lockstep no word for the old run may count for the new one.
    while (options.lockstep && runs_ended.load() != over && !ending.load()) std::this_thread::yield();
}

void Server::Impl::wait_for_work() {
    polled.clear();
    polled.push_back({link.server_wake_up().descriptor(), POLLIN, 0});
    if (udp.open()) polled.push_back({udp.get(), POLLIN, 0});
    if (listener) {
        // At the limit newcomers wait in the system's queue.
        if (connections.size() < kMostConnections) polled.push_back({listener->get(), POLLIN, 0});
        for (const Connection& connection : connections) polled.push_back({connection.socket.get(), POLLIN, 0});
    }
    const bool asleep = !backlog && link.fall_asleep();
    ::poll(polled.data(), polled.size(), asleep ? static_cast<int>(kLeaseCheck.count()) : 0);
    if (asleep) link.woken();
}

void Server::Impl::receive_datagrams() {
    Peer from;
    for (int turn = 0; turn < kMessagesPerTurn; ++turn) {
        const Received received = receive_udp(udp.get(), buffer, from);
        if (received.what == Received::What::nothing) return;
        if (received.what != Received::What::closed) on_message(from, received);
    }
    backlog = true;
}

void Server::Impl::receive_packets() {
    while (connections.size() < kMostConnections) {
        Descriptor connection = listener->accept();
        if (!connection.open()) break;
        connections.push_back({std::move(connection), Clock::now()});
    }
    for (std::size_t index = 0; index < connections.size();) {
        Peer peer;
        peer.connection = connections[index].socket.get();
        Received received;
        int turn = 0;
        for (; turn < kMessagesPerTurn; ++turn) {
            received = receive_connection(peer.connection, buffer);
            if (received.what == Received::What::nothing || received.what == Received::What::closed) break;
            on_message(peer, received);
        }
        if (turn == kMessagesPerTurn) backlog = true;
        const bool silent = session_at(peer) == nullptr && Clock::now() - connections[index].since > options.lease;
        if (received.what != Received::What::closed && !silent) {
            ++index;
            continue;
        }
        if (Session* const session = session_at(peer))
            close_session(static_cast<std::size_t>(session - sessions.data()), Reason::none);
        connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(index));
    }
}

void Server::Impl::on_message(const Peer& peer, const Received& received) {
    Session* session = session_at(peer);
    count(Counter::received, session);
    if (received.what == Received::What::oversized) return count(Counter::oversized, session);
    switch (decode(received.bytes, message)) {
        case Fault::none: break;
        case Fault::malformed: return count(Counter::malformed, session);
        case Fault::version: return count(Counter::version, session);
        case Fault::oversized: return count(Counter::oversized, session);
    }
    const Header& header = message.header;
    if (static_cast<std::uint8_t>(header.type) >= 0x80) return count(Counter::malformed, session);
    if (header.type == Type::hello) return on_hello(peer, session, header, std::get<Hello>(message.payload));
    if (session == nullptr || session->id != header.session) return count(Counter::no_session, session);
    if (!session->window.fresh(header.sequence)) return count(Counter::repeated, session);
    count(Counter::accepted, session);
    session->heard = Clock::now();
    session->spoke = true;
    on_session_message(*session, message);
}

void Server::Impl::on_hello(const Peer& peer, Session* session, const Header& header, const Hello& hello) {
    const auto now = Clock::now();
    if (peer.connection < 0) {
        if (hello.cookie == 0) {
            count(Counter::accepted, session);
            return answer_stranger(peer, encoder.challenge({.type = Type::challenge, .sequence = header.sequence},
                                                           {cookies.make(peer, now)}));
        }
        // No answer: one who does not know his cookie may have given another's address.
        if (!cookies.good(hello.cookie, peer, now)) return count(Counter::bad_cookie, session);
        if (!options.token.empty() && !same_token(hello.token, options.token)) {
            count(Counter::refused, session);
            return answer_stranger(peer, encoder.goodbye({.type = Type::goodbye}, Reason::token));
        }
    }
    if (failed.load()) {
        count(Counter::refused, session);
        return answer_stranger(peer, encoder.goodbye({.type = Type::goodbye}, Reason::failed));
    }
    // A WELCOME that was lost is sent again; who said anything since has heard it, and begins anew.
    if (session != nullptr && session->spoke) {
        close_session(static_cast<std::size_t>(session - sessions.data()), Reason::none);
        session = nullptr;
    }
    // Counted before there is a new session: what it is told of itself adds up.
    const bool room = session != nullptr || std::find(slot_taken.begin(), slot_taken.end(), false) != slot_taken.end();
    count(room ? Counter::accepted : Counter::refused, session);
    if (session == nullptr) session = open_session(peer, hello);
    if (session == nullptr) return answer_stranger(peer, encoder.goodbye({.type = Type::goodbye}, Reason::full));
    session->heard = now;
    welcome(*session);
}

void Server::Impl::on_session_message(Session& session, const Message& received) {
    switch (received.header.type) {
        case Type::describe: return on_describe(session, std::get<Describe>(received.payload));
        case Type::subscribe: return on_subscribe(session, received.header, std::get<Subscribe>(received.payload));
        case Type::input: return on_input(session, received.header, std::get<Input>(received.payload));
        case Type::ping:
            return send(session,
                        encoder.pong(header_for(session, Type::pong), std::get<Ping>(received.payload).payload));
        case Type::statistics: return send_statistics(session);
        case Type::bye: return close_session(static_cast<std::size_t>(&session - sessions.data()), Reason::bye);
        default: return;
    }
}

void Server::Impl::on_describe(Session& session, const Describe& describe) {
    std::vector<PopulationEntry> entries;
    // More than fit are never needed: an entry takes 9 bytes at least.
    const auto end =
        static_cast<std::uint32_t>(std::min(network.population_count(), describe.first + session.limit / 9));
    for (std::uint32_t index = describe.first; index < end; ++index) {
        const NeuronRange neurons = network.neurons({index});
        entries.push_back({neurons.first, neurons.size, network.description().populations[index].name});
    }
    std::size_t taken = 0;
    send(session,
         encoder.populations(header_for(session, Type::populations), describe.first, entries, session.limit, taken));
}

void Server::Impl::on_subscribe(Session& session, const Header& header, const Subscribe& subscribe) {
    Reason reason = Reason::none;
    for (std::size_t index = 0; index < subscribe.populations.size(); ++index)
        if (subscribe.populations[index] >= network.population_count()) reason = Reason::population;
    const bool lockstep = (header.flags & kLockstep) != 0;
    if (lockstep && !options.lockstep) reason = Reason::no_lockstep;
    if (reason == Reason::none) {
        session.wanted.assign(network.population_count(), (header.flags & kEveryone) != 0);
        for (std::size_t index = 0; index < subscribe.populations.size(); ++index)
            session.wanted[subscribe.populations[index]] = true;
        session.rates_interval = subscribe.rates_interval;
        session.rates.assign(subscribe.rates_interval > 0 ? network.population_count() : 0, 0);
        session.rates_counted = 0;
        session.rates_end = 0;
        update_wanted();
        if (lockstep != session.lockstep) link.set_lockstep(session.slot, lockstep);
        session.lockstep = lockstep;
    }
    const std::uint16_t flags = reason == Reason::none ? std::uint16_t{0} : kRefused;
    send(session, encoder.subscribed(header_for(session, Type::subscribed, flags), {header.sequence, reason}));
}

void Server::Impl::on_input(Session& session, const Header& header, const Input& input) {
    commands.clear();
    input.for_each([&](const InputEntry& entry) {
        if (const auto* const current = std::get_if<Current>(&entry)) add_current(session, header.step, *current);
        else add_spikes(session, header.step, std::get<ForcedSpikes>(entry));
    });
    if (!link.push(commands)) count(Counter::no_room, &session, commands.size());
    if ((header.flags & kGo) == 0 || !session.lockstep) return;
    const std::uint64_t step = header.step == kNextStep ? link.steps_done() : header.step;
    link.give_word(session.slot, step + 1);
}

void Server::Impl::add_current(Session& session, std::uint64_t step, const Current& current) {
    const bool known = current.population < network.population_count();
    const auto size = known ? network.neurons({current.population}).size : 0U;
    const std::uint32_t room = current.first < size ? size - current.first : 0U;
    const std::uint32_t neurons_meant = current.count == kToTheEnd ? room : current.count;
    const bool nobody = known && size == 0 && current.first == 0 && current.count == kToTheEnd;
    // Written so that no number passes as well.
    const bool sound =
        (neurons_meant > 0 || nobody) && neurons_meant <= room && std::abs(current.amplitude) <= kLargestCurrent;
    if (!sound) return count(Counter::out_of_range, &session);
    if (nobody) return;
    commands.push_back({.kind = Command::Kind::current,
                        .slot = static_cast<std::uint8_t>(session.slot),
                        .serial = session.serial,
                        .step = step,
                        .population = current.population,
                        .first = current.first,
                        .count = neurons_meant,
                        .amplitude = current.amplitude,
                        .hold = current.hold});
}

void Server::Impl::add_spikes(Session& session, std::uint64_t step, const ForcedSpikes& forced) {
    for (std::size_t index = 0; index < forced.neurons.size(); ++index) {
        const std::uint32_t neuron = forced.neurons[index];
        if (neuron >= network.neuron_count()) {
            count(Counter::out_of_range, &session);
            continue;
        }
        commands.push_back({.kind = Command::Kind::spike,
                            .slot = static_cast<std::uint8_t>(session.slot),
                            .serial = session.serial,
                            .step = step,
                            .first = neuron});
    }
}

void Server::Impl::send_statistics(Session& session) {
    CounterArray own = session.counters, all{};
    for (std::size_t index = 0; index < kCounters; ++index) {
        own[index] += link.counted(session.slot, session.serial, static_cast<Counter>(index));
        all[index] = totals[index].load() + link.counted(static_cast<Counter>(index));
    }
    // It concerns all alike.
    constexpr auto lost = static_cast<std::size_t>(Counter::steps_lost);
    own[lost] = all[lost];
    send(session, encoder.statistics(header_for(session, Type::statistics_reply), own, all));
}

// ------------------------------------------------------------------------------------------------------------- sessions

Session* Server::Impl::session_at(const Peer& peer) {
    const auto at = std::find_if(sessions.begin(), sessions.end(), [&](const Session& s) { return s.peer == peer; });
    return at == sessions.end() ? nullptr : &*at;
}

Session* Server::Impl::open_session(const Peer& peer, const Hello& hello) {
    const auto slot = std::find(slot_taken.begin(), slot_taken.end(), false);
    if (slot == slot_taken.end()) return nullptr;
    Session session;
    session.slot = static_cast<std::size_t>(slot - slot_taken.begin());
    session.serial = last_serial + 1;
    session.id = unforeseeable();
    session.peer = peer;
    session.limit = std::clamp<std::size_t>(hello.largest_message, kSmallestLimit, kLargestMessage);
    session.wanted.assign(network.population_count(), false);
    const Command open{
        .kind = Command::Kind::open, .slot = static_cast<std::uint8_t>(session.slot), .serial = session.serial};
    // A ring that is full of others' commands: come again.
    if (!link.push(std::span(&open, 1))) return nullptr;
    *slot = true;
    last_serial = session.serial;
    sessions.push_back(std::move(session));
    client_count.store(sessions.size());
    return &sessions.back();
}

void Server::Impl::close_session(std::size_t index, Reason reason) {
    Session& session = sessions[index];
    if (reason != Reason::none) send(session, encoder.goodbye(header_for(session, Type::goodbye), reason));
    link.set_lockstep(session.slot, false);
    // If the ring is full, the currents stay until the slot's next session; it begins with none.
    const Command close{
        .kind = Command::Kind::close, .slot = static_cast<std::uint8_t>(session.slot), .serial = session.serial};
    (void)link.push(std::span(&close, 1));
    slot_taken[session.slot] = false;
    sessions.erase(sessions.begin() + static_cast<std::ptrdiff_t>(index));
    client_count.store(sessions.size());
    update_wanted();
}

void Server::Impl::forget_silent(Clock::time_point now) {
    lease_checked = now;
    for (std::size_t index = sessions.size(); index-- > 0;)
        // The system tells when the other side of a connection is gone.
        if (sessions[index].peer.connection < 0 && now - sessions[index].heard > options.lease)
            close_session(index, Reason::lease);
}

void Server::Impl::update_wanted() {
    for (std::size_t population = 0; population < network.population_count(); ++population)
        link.want_spikes(population, std::any_of(sessions.begin(), sessions.end(),
                                                 [population](const Session& s) { return s.wanted[population]; }));
    link.want_counts(
        std::any_of(sessions.begin(), sessions.end(), [](const Session& s) { return s.rates_interval > 0; }));
}

void Server::Impl::welcome(Session& session) {
    send(session, encoder.welcome(header_for(session, Type::welcome),
                                  {.dt_ms = network.dt_ms(),
                                   .seed = seed.load(),
                                   .neurons = network.neuron_count(),
                                   .populations = static_cast<std::uint32_t>(network.population_count()),
                                   .largest_message = static_cast<std::uint16_t>(session.limit),
                                   .lease_ms = static_cast<std::uint16_t>(options.lease.count()),
                                   .lockstep = options.lockstep,
                                   .network = network.description().spec.name}));
}

// --------------------------------------------------------------------------------------------------------- messages out

Header Server::Impl::header_for(Session& session, Type type, std::uint16_t flags) {
    return {
        .type = type, .flags = flags, .session = session.id, .sequence = ++session.sequence, .step = link.steps_done()};
}

void Server::Impl::send(Session& session, Encoder::Datagram datagram) {
    count(send_to(udp.get(), session.peer, datagram) ? Counter::sent : Counter::not_sent, &session);
}

void Server::Impl::answer_stranger(const Peer& peer, Encoder::Datagram datagram) {
    count(send_to(udp.get(), peer, datagram) ? Counter::sent : Counter::not_sent, nullptr);
}

void Server::Impl::publish_steps() {
    Link::StepOutput output;
    for (int turn = 0; turn < kStepsPerTurn; ++turn) {
        if (!link.take(output)) return;
        publish(output);
    }
    backlog = true;
}

/// All that is left of a run that is over.
void Server::Impl::publish_rest() {
    Link::StepOutput output;
    while (link.take(output)) publish(output);
}

void Server::Impl::publish(const Link::StepOutput& output) {
    // Of a run that has begun anew, of which the sessions are not: they are about to be sent away.
    if (output.step <= published_step) return;
    published_step = output.step;
    for (Session& session : sessions) {
        if (std::find(session.wanted.begin(), session.wanted.end(), true) != session.wanted.end() || session.lockstep)
            publish_spikes(session, output);
        if (session.rates_interval > 0) publish_rates(session, output);
    }
}

void Server::Impl::publish_spikes(Session& session, const Link::StepOutput& output) {
    chosen.clear();
    by_population(network, output.spikes, [&](PopulationId population, std::span<const std::uint32_t> own) {
        if (session.wanted[population.index]) chosen.insert(chosen.end(), own.begin(), own.end());
    });
    const std::size_t room = spikes_per_message(session.limit);
    const std::size_t parts = std::max<std::size_t>(1, (chosen.size() + room - 1) / room);
    for (std::size_t part = 0; part < parts; ++part) {
        const std::size_t begin = part * room, end = std::min(chosen.size(), begin + room);
        Header header = header_for(session, Type::spikes);
        header.step = output.step;
        send(session,
             encoder.spikes(header, static_cast<std::uint32_t>(chosen.size()), static_cast<std::uint16_t>(part),
                            static_cast<std::uint16_t>(parts), std::span(chosen).subspan(begin, end - begin)));
    }
}

void Server::Impl::publish_rates(Session& session, const Link::StepOutput& output) {
    const std::uint64_t interval = session.rates_interval;
    const std::uint64_t end = (output.step + interval - 1) / interval * interval;
    if (session.rates_end == 0) session.rates_end = end;
    // Steps were lost, the last of an interval among them.
    if (session.rates_end < output.step) {
        send_rates(session, session.rates_end);
        session.rates_end = end;
    }
    for (std::size_t at = 0; at + 1 < output.counts.size(); at += 2)
        session.rates[output.counts[at]] += output.counts[at + 1];
    ++session.rates_counted;
    if (output.step != session.rates_end) return;
    send_rates(session, session.rates_end);
    session.rates_end += interval;
}

void Server::Impl::send_rates(Session& session, std::uint64_t end) {
    const std::size_t room = rates_per_message(session.limit);
    for (std::size_t first = 0; first < session.rates.size(); first += room) {
        Header header = header_for(session, Type::rates);
        header.step = end;
        send(session,
             encoder.rates(header, session.rates_interval, session.rates_counted, static_cast<std::uint32_t>(first),
                           std::span(session.rates).subspan(first, std::min(room, session.rates.size() - first))));
    }
    std::fill(session.rates.begin(), session.rates.end(), 0U);
    session.rates_counted = 0;
}

// ----------------------------------------------------------------------------------------------------------- the server

Server::Server(const Network& network, const ServerOptions& options) {
    check(options);
    impl_ = std::make_unique<Impl>(network, options);
}

Server::~Server() {
    impl_->ending.store(true);
    impl_->link.interrupt();
    impl_->link.wake_server();
    impl_->thread.join();
}

std::uint16_t Server::udp_port() const noexcept { return impl_->port; }

std::array<std::uint64_t, kCounters> Server::counters() const {
    CounterArray all{};
    for (std::size_t index = 0; index < kCounters; ++index)
        all[index] = impl_->totals[index].load() + impl_->link.counted(static_cast<Counter>(index));
    return all;
}

std::size_t Server::clients() const noexcept { return impl_->client_count.load(); }
void Server::before_step(std::uint64_t step, Simulation& simulation) {
    Link& link = impl_->link;
    if (step < impl_->next_step) impl_->begin_another_run(simulation.network().description().spec.seed);
    impl_->next_step = step + 1;
    if (impl_->options.lockstep)
        (void)link.wait_for_clients(step, impl_->options.lockstep_timeout, impl_->options.ended);
    const Link::StepInput input = link.begin_step(step);
    for (const Link::PopulationChange& change : input.populations)
        simulation.apply(PopulationCurrent{{change.population}, change.current});
    auto& currents = std::get<NeuronCurrents>(impl_->currents);
    for (const Link::CurrentChange& change : input.currents) {
        currents.target = PopulationId{change.population};
        currents.first = change.first;
        currents.currents.assign(change.currents.begin(), change.currents.end());
        simulation.apply(impl_->currents);
    }
    if (input.spikes.empty()) return;
    std::get<izhi::ForcedSpikes>(impl_->spikes).neurons.assign(input.spikes.begin(), input.spikes.end());
    simulation.apply(impl_->spikes);
}

void Server::after_step(std::uint64_t step, std::span<const Spike> spikes) { impl_->link.end_step(step, spikes); }

void Server::run_failed(const RunError& /*why*/) noexcept {
    impl_->failed.store(true);
    impl_->link.wake_server();
}

Link& Server::link() noexcept { return impl_->link; }

}  // namespace izhi::wire
