// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "token.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "izhi/error.hpp"

namespace izhi::apps::serve {
namespace {

constexpr std::size_t kShortest = 16, kLongest = 128;

bool is_token_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

std::string make_token() {
    std::array<unsigned char, 16> bits{};
    if (::getrandom(bits.data(), bits.size(), 0) != static_cast<ssize_t>(bits.size()))
        throw RunError("cannot make a token: the system gives no random bits");
    std::string token;
    for (const unsigned byte : bits) {
        token += "0123456789abcdef"[byte >> 4U];
        token += "0123456789abcdef"[byte & 15U];
    }
    return token;
}

void require_valid_token(std::string_view option, std::string_view token) {
    if (token.size() >= kShortest && token.size() <= kLongest &&
        std::all_of(token.begin(), token.end(), is_token_letter))
        return;
    throw Error("", std::string(option), "has " + std::to_string(token.size()) + " characters or others than allowed",
                "16 to 128 letters, digits, '-' and '_'; or new, which makes one");
}

}  // namespace izhi::apps::serve
