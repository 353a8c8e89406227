// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace izhi::detail {

/// Whether a text is the token; never if the token is empty. It takes as long for a wrong text as for the right one, so
/// that the time does not show how much of the text is right.
[[nodiscard]] inline bool same_token(std::string_view given, std::string_view expected) noexcept {
    unsigned difference = given.size() == expected.size() ? 0 : 1;
    for (std::size_t index = 0; index < expected.size(); ++index) {
        const char there = index < given.size() ? given[index] : '\0';
        difference |= static_cast<unsigned char>(there ^ expected[index]);
    }
    return difference == 0 && !expected.empty();
}

/// Slows down whoever tries wrong tokens, by address: after ten of them, each further one costs a second in which none is
/// looked at. Addresses that were silent for ten minutes are forgotten.
class WrongTokens {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Whether a token from this address is not to be looked at yet.
    [[nodiscard]] bool must_wait(std::string_view address, Time now) const {
        const auto found = find(address);
        return found != tries_.end() && found->wrong > kFree && now - found->last < kPause;
    }
    void add(std::string_view address, Time now) {
        std::erase_if(tries_, [&](const Tries& tries) { return now - tries.last > kMemory; });
        auto found = find(address);
        if (found == tries_.end()) {
            if (tries_.size() == kMost)
                tries_.erase(std::min_element(tries_.begin(), tries_.end(),
                                              [](const Tries& x, const Tries& y) { return x.last < y.last; }));
            found = tries_.insert(tries_.end(), {std::string(address), 0, now});
        }
        Tries& tries = tries_[static_cast<std::size_t>(found - tries_.begin())];
        ++tries.wrong;
        tries.last = now;
    }

private:
    struct Tries {
        std::string address;
        std::uint64_t wrong = 0;
        Time last;
    };
    static constexpr std::uint64_t kFree = 10;
    static constexpr std::size_t kMost = 256;  ///< addresses
    static constexpr std::chrono::seconds kPause{1}, kMemory{600};

    [[nodiscard]] std::vector<Tries>::const_iterator find(std::string_view address) const {
        return std::find_if(tries_.begin(), tries_.end(), [&](const Tries& tries) { return tries.address == address; });
    }
    std::vector<Tries> tries_;
};

}  // namespace izhi::detail
