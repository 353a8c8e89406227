// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "server_impl.hpp"

#include <algorithm>
#include <utility>

namespace izhi::wire {

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
    // The ring is full of commands of other clients: the client must try again.
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
    // If the ring is full, the currents remain until the next session in this slot, which begins without currents.
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
        // For a connection, the system reports when the other side has ended.
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

}  // namespace izhi::wire
