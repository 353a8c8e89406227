// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "server_impl.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "izhi/error.hpp"

namespace izhi::wire {
namespace {

constexpr std::size_t kShortestToken = 16;
/// The most connections of the Unix socket, including those that have not sent HELLO yet.
constexpr std::size_t kMostConnections = kMostSessions + 4;
/// The most messages taken from one socket before the others have their turn.
constexpr int kMessagesPerTurn = 64;
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
    std::uint32_t most_sources = 0;
    for (std::uint32_t index = 0; index < populations.size(); ++index)
        if (has_rates(network, index)) most_sources = std::max(most_sources, populations[index].size);
    std::get<izhi::SourceRates>(rates).rates_hz.reserve(most_sources);
    std::get<izhi::ForcedSpikes>(spikes).neurons.reserve(kCommandsPerStep + kMostPending);
    thread = std::thread([this] { run(); });
}

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
    // Clients receive every step before the message that it was the last.
    publish_rest();
    // A run may fail just before the server ends. Its clients hear of the failure, which tells them more.
    send_all_away(failed.load() ? Reason::failed : Reason::ending);
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

/// Called by the thread that steps.
void Server::Impl::begin_another_run(std::uint64_t new_seed) {
    seed.store(new_seed);
    failed.store(false);
    link.begin_run();
    const std::uint32_t over = runs_over.load() + 1;
    runs_over.store(over);
    link.wake_server();
    // In lockstep a go for the old run must not count for the new one.
    while (options.lockstep && runs_ended.load() != over && !ending.load()) std::this_thread::yield();
}

void Server::Impl::wait_for_work() {
    polled.clear();
    polled.push_back({link.server_wake_up().descriptor(), POLLIN, 0});
    if (udp.open()) polled.push_back({udp.get(), POLLIN, 0});
    if (listener) {
        // At the limit, new connections wait in the queue of the system.
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
    auto& rates = std::get<izhi::SourceRates>(impl_->rates);
    for (const HeldRates::Change& change : input.rates) {
        rates.population = PopulationId{change.population};
        rates.first = change.first;
        rates.rates_hz.assign(change.rates_hz.begin(), change.rates_hz.end());
        simulation.apply(impl_->rates);
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
