// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Quantities as people write and read them. Parsers throw an izhi::Error that names the option, the text and what is
/// allowed. They do not accept a number without a unit where the unit makes a difference of a factor of a thousand.
#include "engine/base/text.hpp"

namespace izhi::apps {

/// Reads "10s", "250 ms", "1.5min" in ms; more than 0 and finite.
[[nodiscard]] double parse_duration_ms(std::string_view option, std::string_view text);
/// Reads "4GB", "512 MiB" in bytes; kB, MB, GB, TB are powers of 1000, KiB, MiB, GiB, TiB of 1024.
[[nodiscard]] std::uint64_t parse_bytes(std::string_view option, std::string_view text);
/// Reads a decimal whole number in [low, high].
[[nodiscard]] std::uint64_t parse_whole(std::string_view option, std::string_view text, std::uint64_t low,
                                        std::uint64_t high);
/// Reads a decimal number in [low, high].
[[nodiscard]] double parse_number(std::string_view option, std::string_view text, double low, double high);

/// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::uint64_t value);
/// "1 neuron", "1,000 neurons".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);
/// A number with `digits` significant digits, without exponent or trailing zeros: 0.5, 12.3, 1200.
[[nodiscard]] std::string plain(double value, int digits = 3);
/// A speed as a multiple of real time: "0.85", "52.3", "8,674".
[[nodiscard]] std::string times_text(double times);
/// A number with this many decimals: "6.90".
[[nodiscard]] std::string fixed(double value, int decimals);
/// "812 B", "45.3 MB", "1.2 GB".
using izhi::detail::bytes_text;
/// "35 us", "12 ms", "2.4 s", "3 min 20 s", "20 min", "2 h 5 min".
[[nodiscard]] std::string seconds_text(double seconds);
/// A hash as 16 hex digits, the form in which hashes are shown everywhere.
[[nodiscard]] std::string hash_text(std::uint64_t hash);

}  // namespace izhi::apps
