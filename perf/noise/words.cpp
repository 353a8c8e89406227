// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
// Writes the random words of the noise to standard output without end, as raw 32-bit integers, for test batteries:
//   izhi_words step    SEED   neuron after neuron of one step, then the next step
//   izhi_words neuron  SEED   step after step of one neuron (65,536 of them), then the next neuron
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "engine/network/random.hpp"

int main(int argc, char** argv) {
    using namespace izhi::detail;
    if (argc != 3 || (std::strcmp(argv[1], "step") != 0 && std::strcmp(argv[1], "neuron") != 0)) {
        std::fputs("usage: izhi_words step|neuron SEED\n", stderr);
        return 2;
    }
    const bool by_step = std::strcmp(argv[1], "step") == 0;
    const std::uint64_t seed = std::strtoull(argv[2], nullptr, 10);
    constexpr std::uint32_t kNeurons = 1'000'000, kSteps = 65536;
    std::vector<std::uint32_t> words;
    if (by_step) {
        words.resize(kNeurons);
        for (std::uint64_t step = 0;; ++step) {
            const auto key = draw_key(seed, Stream::noise, 0, step);
            for (std::uint32_t n = 0; n < kNeurons; ++n) words[n] = izhi::simd::keyed_hash(n, key);
            if (std::fwrite(words.data(), sizeof words[0], words.size(), stdout) != words.size()) return 0;
        }
    }
    std::vector<izhi::simd::HashKey> keys(kSteps);
    for (std::uint32_t step = 0; step < kSteps; ++step) keys[step] = draw_key(seed, Stream::noise, 0, step);
    words.resize(kSteps);
    for (std::uint32_t n = 0;; ++n) {
        for (std::uint32_t step = 0; step < kSteps; ++step) words[step] = izhi::simd::keyed_hash(n, keys[step]);
        if (std::fwrite(words.data(), sizeof words[0], words.size(), stdout) != words.size()) return 0;
    }
}
