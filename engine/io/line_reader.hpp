// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace izhi::io::detail {

/// Reads a text file line by line in bounded memory, with messages that name file and line.
class LineReader {
public:
    /// @throws Error "FILE: ..." if it cannot be read
    explicit LineReader(const std::filesystem::path& file);

    /// Goes to the next line, without its end (LF or CRLF). False at the end of the file.
    bool next();
    [[nodiscard]] std::string_view line() const noexcept { return line_; }
    [[nodiscard]] std::size_t number() const noexcept { return number_; }

    /// @throws Error "FILE:LINE: WHAT"
    [[noreturn]] void fail(std::string_view what) const;

private:
    bool fill();

    std::string name_;
    std::ifstream stream_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;
    std::string line_;
    std::size_t number_ = 0;
};

/// Splits a line at a separator and removes spaces around the parts.
[[nodiscard]] std::vector<std::string_view> split(std::string_view line, char separator);

/// The whole text as a number of single precision, inf or nan; nothing if it is not a number or is too large.
[[nodiscard]] std::optional<float> to_single(std::string_view text);
/// The whole text as a finite number, or nothing.
[[nodiscard]] std::optional<double> to_number(std::string_view text);
/// The whole text as an unsigned whole number, or nothing.
[[nodiscard]] std::optional<std::uint64_t> to_whole(std::string_view text);

}  // namespace izhi::io::detail
