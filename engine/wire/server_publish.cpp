// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "server_impl.hpp"

#include <algorithm>

namespace izhi::wire {
namespace {

constexpr int kStepsPerTurn = 256;

}  // namespace

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

/// Publishes the remaining steps of a run that is over.
void Server::Impl::publish_rest() {
    Link::StepOutput output;
    while (link.take(output)) publish(output);
}

void Server::Impl::publish(const Link::StepOutput& output) {
    // A step of a restarted run, to which the sessions do not belong: they will receive GOODBYE.
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
    // Steps were lost, including the last step of an interval.
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

}  // namespace izhi::wire
