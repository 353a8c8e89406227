// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "server_impl.hpp"

#include <algorithm>
#include <cmath>

#include "engine/base/token.hpp"

namespace izhi::wire {

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
        // No answer, because a sender that does not know its cookie may have forged the address of another machine.
        if (!cookies.good(hello.cookie, peer, now)) return count(Counter::bad_cookie, session);
        if (!options.token.empty()) {
            // Its cookie has shown that the address is not forged. No answer while it must wait.
            const std::string address = host_of(peer);
            if (wrong_tokens.must_wait(address, now)) return count(Counter::refused, session);
            if (!izhi::detail::same_token(hello.token, options.token)) {
                wrong_tokens.add(address, now);
                count(Counter::refused, session);
                return answer_stranger(peer, encoder.goodbye({.type = Type::goodbye}, Reason::token));
            }
        }
    }
    if (failed.load()) {
        count(Counter::refused, session);
        return answer_stranger(peer, encoder.goodbye({.type = Type::goodbye}, Reason::failed));
    }
    // A lost WELCOME is sent again. A client that has sent anything since then has received it, and begins a new
    // session.
    if (session != nullptr && session->spoke) {
        close_session(static_cast<std::size_t>(session - sessions.data()), Reason::none);
        session = nullptr;
    }
    // Counted before there is a new session, so that the counters of the session add up.
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
    // An entry takes at least 9 bytes, so more entries than this cannot fit.
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
        else if (const auto* const some = std::get_if<SourceRates>(&entry)) add_rates(session, header.step, *some);
        else add_spikes(session, header.step, std::get<ForcedSpikes>(entry));
    });
    if (!link.push(commands)) count(Counter::no_room, &session, commands.size());
    if ((header.flags & kGo) == 0 || !session.lockstep) return;
    const std::uint64_t step = header.step == kNextStep ? link.steps_done() : header.step;
    link.give_word(session.slot, step + 1);
}

std::optional<std::uint32_t> Server::Impl::neurons_meant(std::uint32_t population, std::uint32_t first,
                                                         std::uint32_t count) const {
    if (population >= network.population_count()) return std::nullopt;
    const std::uint32_t size = network.neurons({population}).size;
    if (size == 0 && first == 0 && count == kToTheEnd) return 0;
    const std::uint32_t room = first < size ? size - first : 0U;
    const std::uint32_t meant = count == kToTheEnd ? room : count;
    return meant > 0 && meant <= room ? std::optional(meant) : std::nullopt;
}

void Server::Impl::add_current(Session& session, std::uint64_t step, const Current& current) {
    const std::optional<std::uint32_t> neurons = neurons_meant(current.population, current.first, current.count);
    // Sources have no membrane. The last test is written so that NaN fails it too.
    const bool valid = neurons && !network.description().populations[current.population].source &&
                       std::abs(current.amplitude) <= kLargestCurrent;
    if (!valid) return count(Counter::out_of_range, &session);
    if (*neurons == 0) return;
    commands.push_back({.kind = Command::Kind::current,
                        .slot = static_cast<std::uint8_t>(session.slot),
                        .serial = session.serial,
                        .step = step,
                        .population = current.population,
                        .first = current.first,
                        .count = *neurons,
                        .amplitude = current.amplitude,
                        .hold = current.hold});
}

void Server::Impl::add_rates(Session& session, std::uint64_t step, const SourceRates& given) {
    const std::size_t number = given.rates_hz.size();
    const std::optional<std::uint32_t> neurons =
        neurons_meant(given.range.population, given.range.first, given.range.count);
    const bool valid =
        neurons && has_rates(network, given.range.population) && (number == 1 || number == std::size_t{*neurons});
    if (!valid) return count(Counter::out_of_range, &session, number);
    const double most = 1000.0 / network.description().spec.dt_ms;
    for (std::size_t index = 0; index < number; ++index) {
        const float rate = given.rates_hz[index];
        // Written so that NaN fails the test too.
        if (!(rate >= 0.0F && static_cast<double>(rate) <= most)) {
            count(Counter::out_of_range, &session);
            continue;
        }
        if (*neurons == 0) continue;
        commands.push_back({.kind = Command::Kind::rate,
                            .slot = static_cast<std::uint8_t>(session.slot),
                            .serial = session.serial,
                            .step = step,
                            .population = given.range.population,
                            .first = given.range.first + static_cast<std::uint32_t>(index),
                            .count = number == 1 ? *neurons : 1,
                            .amplitude = rate,
                            .hold = given.range.hold});
    }
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
    // It is the same for all.
    constexpr auto lost = static_cast<std::size_t>(Counter::steps_lost);
    own[lost] = all[lost];
    send(session, encoder.statistics(header_for(session, Type::statistics_reply), own, all));
}

}  // namespace izhi::wire
