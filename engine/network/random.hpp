// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "engine/network/philox.hpp"
#include "simd/kernels.hpp"

/// Every random draw is a pure function of (seed, stream, what, index). Philox gives single draws, and the round keys of
/// the keyed hash where draws come by the thousand: one key per step for noise, one per row for wiring. The hash there
/// rather than Philox is a matter of speed only (a third of the cost); tests hold it to the same statistics.
namespace izhi::detail {

/// What a draw is for. Numbers are part of every result: never reuse or renumber one.
enum class Stream : std::uint32_t {
    noise = 1,
    shared_r = 2,
    parameter_a = 3,
    parameter_b = 4,
    parameter_c = 5,
    parameter_d = 6,
    start_v = 7,
    start_u = 8,
    bias = 9,
    rows = 10,     ///< wiring drawn by source
    columns = 11,  ///< wiring drawn by target
    poisson = 12,
    random_neurons = 13,
    reward = 14,
    strata = 15,  ///< wiring drawn by source, with strata: one key per synapse number, one word per source
    weight_sample = 16,
    row_lengths = 17,  ///< wiring of a fixed total: how a number of synapses is cut between two halves of the sources
    row_length = 18,   ///< wiring by numbers of synapses of pairs: how many a row has
    positions = 19,    ///< `what` counts dimensions
    symmetric = 20,    ///< wiring of unordered pairs, drawn by the neuron of the smaller number
    ornstein_uhlenbeck = 30,
    pulse_packet = 31,
    source_spikes = 32,
    source_rate = 33,
    noise_stddev = 34,
};

[[nodiscard]] constexpr std::array<std::uint32_t, 4> draw_words(std::uint64_t seed, Stream stream, std::uint32_t what,
                                                                std::uint64_t index) noexcept {
    return philox4x32<10>({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), what,
                           static_cast<std::uint32_t>(stream)},
                          {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

[[nodiscard]] constexpr simd::HashKey draw_key(std::uint64_t seed, Stream stream, std::uint32_t what,
                                               std::uint64_t index) noexcept {
    const auto words = draw_words(seed, stream, what, index);
    return {words[0], words[1], words[2]};
}

/// An even draw from [0, range) of a 32-bit word: the high half of their product. No value's probability is off by more
/// than a share range / 2^32 of it.
[[nodiscard]] constexpr std::uint32_t scale_word(std::uint32_t word, std::uint32_t range) noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{word} * range) >> 32);
}

/// 53 bits in the open interval (0, 1).
[[nodiscard]] constexpr double unit_interval(std::uint32_t high, std::uint32_t low) noexcept {
    const std::uint64_t bits = (std::uint64_t{high} << 32 | low) >> 12;
    return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

// Elementary functions from + - * / only: libm's differ between machines and versions, and a draw must not.

/// Natural logarithm of x > 0, relative error below 1e-15.
[[nodiscard]] double portable_log(double x) noexcept;
/// log(1 - p) for 0 <= p < 1, accurate for small p too.
[[nodiscard]] double portable_log1m(double p) noexcept;
/// exp(-x) for 0 <= x <= 700, relative error below 1e-14 up to x = 4, 2e-12 beyond.
[[nodiscard]] double portable_exp_minus(double x) noexcept;
/// exp(x), relative error as above; 0 below -700, exp(700) above 700.
[[nodiscard]] double portable_exp(double x) noexcept;
/// The standard normal quantile of 0 < p < 1 (Wichura 1988, algorithm AS 241, relative error about 1e-16).
[[nodiscard]] double normal_quantile(double p) noexcept;
/// sin(2 pi x) for finite x, absolute error below 1e-14 for |x| up to 1e3.
[[nodiscard]] double portable_sine(double x) noexcept;
/// No draw is further from the mean, in standard deviations: the smallest p that is drawn has a quantile of -8.3.
inline constexpr double kNormalReach = 9.0;

}  // namespace izhi::detail
