// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#include "siphash.hpp"

#include <bit>

namespace izhi::wire {
namespace {

struct State {
    std::uint64_t v0, v1, v2, v3;
    void round() noexcept {
        v0 += v1, v2 += v3;
        v1 = std::rotl(v1, 13) ^ v0, v3 = std::rotl(v3, 16) ^ v2;
        v0 = std::rotl(v0, 32);
        v2 += v1, v0 += v3;
        v1 = std::rotl(v1, 17) ^ v2, v3 = std::rotl(v3, 21) ^ v0;
        v2 = std::rotl(v2, 32);
    }
    void absorb(std::uint64_t word) noexcept {
        v3 ^= word;
        round(), round();
        v0 ^= word;
    }
};

}  // namespace

std::uint64_t siphash(const SipKey& key, std::span<const std::byte> bytes) noexcept {
    // "somepseudorandomlygeneratedbytes", as in the paper
    State state{key[0] ^ 0x736F6D6570736575, key[1] ^ 0x646F72616E646F6D, key[0] ^ 0x6C7967656E657261,
                key[1] ^ 0x7465646279746573};
    std::uint64_t word = 0;
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        word |= std::to_integer<std::uint64_t>(bytes[index]) << (8 * (index % 8));
        if (index % 8 == 7) {
            state.absorb(word);
            word = 0;
        }
    }
    state.absorb(word | std::uint64_t{bytes.size()} << 56U);
    state.v2 ^= 0xFF;
    for (int turn = 0; turn < 4; ++turn) state.round();
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace izhi::wire
