// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "izhi/exchange.hpp"

/// What all ranks do together, made of the few calls of an Exchange. Every rank makes the same call.
namespace izhi::detail {

using Bytes = std::vector<std::byte>;

/// A value of every rank, in the order of ranks.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::vector<T> values_of_all(Exchange& exchange, const T& mine) {
    std::vector<T> all(static_cast<std::size_t>(exchange.ranks()));
    exchange.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(all)));
    return all;
}
/// Whether it holds on any rank.
[[nodiscard]] bool any_of_all(Exchange& exchange, bool mine);
/// Replaces each number by its sum over all ranks.
void add_all(Exchange& exchange, std::span<std::uint64_t> numbers);

/// Messages of all ranks, of any size, in the order of ranks.
[[nodiscard]] std::vector<Bytes> messages_of_all(Exchange& exchange, std::span<const std::byte> mine);
/// The same for lists of values, one after the other.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::vector<std::vector<T>> lists_of_all(Exchange& exchange, std::span<const T> mine) {
    std::vector<std::vector<T>> lists;
    for (const Bytes& bytes : messages_of_all(exchange, std::as_bytes(mine))) {
        lists.emplace_back(bytes.size() / sizeof(T));
        if (!bytes.empty()) std::memcpy(lists.back().data(), bytes.data(), bytes.size());
    }
    return lists;
}
/// Rank 0 gets the lists of all ranks; the others get nothing.
template <class T>
requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::vector<std::vector<T>> lists_at_first(Exchange& exchange, std::span<const T> mine) {
    std::vector<std::vector<T>> lists;
    const std::vector<std::uint64_t> sizes = values_of_all(exchange, std::uint64_t{mine.size()});
    if (exchange.rank() > 0) {
        exchange.send(std::as_bytes(mine));
        return lists;
    }
    lists.emplace_back(mine.begin(), mine.end());
    for (int rank = 1; rank < exchange.ranks(); ++rank) {
        lists.emplace_back(sizes[static_cast<std::size_t>(rank)]);
        exchange.receive(rank, std::as_writable_bytes(std::span(lists.back())));
    }
    return lists;
}

/// What rank 0 says, of any size.
void broadcast(Exchange& exchange, Bytes& message);

/// One verdict for all ranks: the first fault that any of them has.
/// @param fault of this rank; empty: none
/// @return the fault, empty if there is none, and the rank that has it
struct Verdict {
    int rank = 0;
    std::string fault;
};
[[nodiscard]] Verdict verdict_of_all(Exchange& exchange, const std::string& fault);

}  // namespace izhi::detail
