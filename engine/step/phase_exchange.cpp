// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/step/phase_exchange.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace izhi::detail {
namespace {

using Length = std::uint32_t;  ///< of a message, before it in its piece

enum : std::uint8_t { kLeftRange = 1, kUnreadable = 2, kStop = 4 };

void put(std::vector<std::byte>& message, std::uint32_t number) {
    for (; number >= 0x80u; number >>= 7) message.push_back(static_cast<std::byte>(number | 0x80u));
    message.push_back(static_cast<std::byte>(number));
}

/// @param from moves on; past the end it stays there and gives 0
std::uint32_t get(const std::byte*& from, const std::byte* end) {
    std::uint32_t number = 0;
    for (unsigned shift = 0; from != end && shift < 32; shift += 7) {
        const auto byte = static_cast<std::uint32_t>(*from++);
        number |= (byte & 0x7fu) << shift;
        if (byte < 0x80u) break;
    }
    return number;
}

}  // namespace

PhaseExchange::PhaseExchange(const Plan& plan, const Ranks& ranks, PhaseLog& log, std::size_t parts)
    : ranks_(ranks), log_(log), parts_(parts) {
    std::uint32_t place = 0;
    for (const TraceSpec& spec : plan.description.traces) {
        Trace trace{steps_of(spec, plan.description.spec.dt_ms),
                    std::vector<std::vector<std::uint32_t>>(ranks.count())};
        for (std::size_t variable = 0; variable < spec.variables.size(); ++variable)
            for (const std::uint32_t neuron : spec.neurons) {
                const std::uint32_t number = plan.populations[spec.population.index].first_neuron + neuron;
                const auto owner = std::find_if(ranks.neurons.begin(), ranks.neurons.end(),
                                                [&](const Range& range) { return range.contains(number); });
                trace.places[static_cast<std::size_t>(owner - ranks.neurons.begin())].push_back(place++);
            }
        traces_.push_back(std::move(trace));
    }
}

void PhaseExchange::write(std::uint64_t phase, const Flags& own) {
    message_.clear();
    message_.push_back(static_cast<std::byte>((own.left_range ? kLeftRange : 0) | (own.unreadable ? kUnreadable : 0) |
                                              (own.stop ? kStop : 0)));
    const Phase& when = log_.phase(phase);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        std::size_t count = 0;
        for (std::size_t part = 0; part < parts_; ++part) count += log_.fired(phase, part, s).size();
        put(message_, static_cast<std::uint32_t>(count));
        std::uint32_t before = ranks_.own_neurons().begin;
        for (std::size_t part = 0; part < parts_; ++part)
            for (const std::uint32_t neuron : log_.fired(phase, part, s)) {
                put(message_, neuron - before);
                before = neuron;
            }
    }
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        const float* const samples = log_.samples(phase, s);
        for (const Trace& trace : traces_) {
            if (!trace.steps.has(when.first_step + s + 1)) continue;
            for (const std::uint32_t place : trace.places[ranks_.own()]) {
                const auto bytes = std::as_bytes(std::span(samples + place, 1));
                message_.insert(message_.end(), bytes.begin(), bytes.end());
            }
        }
    }
}

void PhaseExchange::read(std::uint64_t phase, std::size_t rank, const std::byte* from, const std::byte* end,
                         Flags& all) {
    const auto flags = from != end ? static_cast<std::uint8_t>(*from++) : std::uint8_t{0};
    all.left_range |= (flags & kLeftRange) != 0;
    all.unreadable |= (flags & kUnreadable) != 0;
    all.stop |= (flags & kStop) != 0;
    if (rank == ranks_.own()) return;
    const Phase& when = log_.phase(phase);
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        PhaseLog::List& list = log_.list_from(phase, rank, s);
        std::uint32_t neuron = ranks_.neurons[rank].begin;
        list.count = std::min(get(from, end), ranks_.neurons[rank].size());
        for (std::uint32_t i = 0; i < list.count; ++i) list.neurons[i] = neuron += get(from, end);
    }
    for (std::uint32_t s = 0; s < when.steps; ++s) {
        float* const samples = log_.samples(phase, s);
        for (const Trace& trace : traces_) {
            if (!trace.steps.has(when.first_step + s + 1)) continue;
            for (const std::uint32_t place : trace.places[rank]) {
                if (static_cast<std::size_t>(end - from) < sizeof(float)) break;
                std::memcpy(samples + place, from, sizeof(float));
                from += sizeof(float);
            }
        }
    }
}

void PhaseExchange::gather() {
    const std::size_t room = piece_bytes_ - sizeof(Length), count = ranks_.count();
    const auto length = static_cast<Length>(message_.size());
    piece_.resize(piece_bytes_);
    std::memcpy(piece_.data(), &length, sizeof length);
    std::memcpy(piece_.data() + sizeof length, message_.data(), std::min(room, message_.size()));
    pieces_.resize(piece_bytes_ * count);
    ranks_.exchange->all_gather(piece_, pieces_);
    Length longest = 0;
    for (std::size_t rank = 0; rank < count; ++rank) {
        Length of_rank = 0;
        std::memcpy(&of_rank, pieces_.data() + rank * piece_bytes_, sizeof of_rank);
        longest = std::max(longest, of_rank);
    }
    rest_.clear();
    if (longest <= room) return;
    ++second_rounds_;
    if (message_.size() > room) rest_.assign(message_.begin() + static_cast<std::ptrdiff_t>(room), message_.end());
    rest_.resize(longest - room);
    rests_.resize(rest_.size() * count);
    ranks_.exchange->all_gather(rest_, rests_);
}

PhaseExchange::Flags PhaseExchange::exchange(std::uint64_t phase, const Flags& own) noexcept {
    write(phase, own);
    bytes_ += message_.size();
    gather();
    const std::size_t room = piece_bytes_ - sizeof(Length);
    Flags all;
    std::size_t longest = 0;
    for (std::size_t rank = 0; rank < ranks_.count(); ++rank) {
        const std::byte* const piece = pieces_.data() + rank * piece_bytes_;
        Length length = 0;
        std::memcpy(&length, piece, sizeof length);
        longest = std::max<std::size_t>(longest, length);
        const std::byte* const begin = piece + sizeof length;
        if (length <= room) {
            read(phase, rank, begin, begin + length, all);
            continue;
        }
        whole_.assign(begin, begin + room);
        const std::byte* const rest = rests_.data() + rank * rest_.size();
        whole_.insert(whole_.end(), rest, rest + (length - room));
        read(phase, rank, whole_.data(), whole_.data() + length, all);
    }
    piece_bytes_ = std::max(piece_bytes_, std::bit_ceil(longest + sizeof(Length)));
    return all;
}

}  // namespace izhi::detail
