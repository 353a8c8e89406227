// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "engine/exchange/collective.hpp"

#include <algorithm>

namespace izhi::detail {

bool any_of_all(Exchange& exchange, bool mine) {
    const std::vector<std::uint8_t> all = values_of_all(exchange, static_cast<std::uint8_t>(mine ? 1 : 0));
    return std::find(all.begin(), all.end(), 1) != all.end();
}

void add_all(Exchange& exchange, std::span<std::uint64_t> numbers) {
    std::vector<std::uint64_t> all(numbers.size() * static_cast<std::size_t>(exchange.ranks()));
    exchange.all_gather(std::as_bytes(numbers), std::as_writable_bytes(std::span(all)));
    std::fill(numbers.begin(), numbers.end(), 0);
    for (std::size_t i = 0; i < all.size(); ++i) numbers[i % numbers.size()] += all[i];
}

std::vector<Bytes> messages_of_all(Exchange& exchange, std::span<const std::byte> mine) {
    const std::vector<std::uint64_t> sizes = values_of_all(exchange, std::uint64_t{mine.size()});
    const std::size_t longest = *std::max_element(sizes.begin(), sizes.end());
    Bytes padded(mine.begin(), mine.end()), all(longest * sizes.size());
    padded.resize(longest);
    exchange.all_gather(padded, all);
    std::vector<Bytes> messages;
    for (std::size_t rank = 0; rank < sizes.size(); ++rank) {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(rank * longest);
        messages.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(sizes[rank]));
    }
    return messages;
}

void broadcast(Exchange& exchange, Bytes& message) {
    std::uint64_t size = message.size();
    exchange.broadcast(std::as_writable_bytes(std::span(&size, 1)));
    message.resize(size);
    if (size > 0) exchange.broadcast(message);
}

Verdict verdict_of_all(Exchange& exchange, const std::string& fault) {
    const std::vector<Bytes> faults = messages_of_all(exchange, std::as_bytes(std::span(fault)));
    for (std::size_t rank = 0; rank < faults.size(); ++rank)
        if (!faults[rank].empty())
            return {static_cast<int>(rank), {reinterpret_cast<const char*>(faults[rank].data()), faults[rank].size()}};
    return {};
}

}  // namespace izhi::detail
