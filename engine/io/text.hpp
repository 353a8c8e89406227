// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Text functions: numbers that read back exactly, and foreign text that is made fit for a message.
namespace izhi::io::detail {

/// Appends the shortest decimal that reads back as the same value. It does not depend on the locale.
void append_number(std::string& text, double value);
void append_number(std::string& text, float value);
void append_number(std::string& text, std::uint64_t value);

/// Appends a field of a table, in quotes if it has a separator or a mark.
void append_field(std::string& text, std::string_view field);

/// The same as a text of its own.
[[nodiscard]] std::string exact_text(double value);

/// 16 hex digits, as the command line shows hashes.
[[nodiscard]] std::string hash_text(std::uint64_t hash);

/// The text, or its first `longest` bytes (whole UTF-8 characters) and "...".
[[nodiscard]] std::string shortened(std::string_view text, std::size_t longest);

/// A short text of a file in quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// The text with control characters replaced by '?', so that text from a file can neither break a line nor control a
/// terminal.
[[nodiscard]] std::string printable(std::string text);

}  // namespace izhi::io::detail
