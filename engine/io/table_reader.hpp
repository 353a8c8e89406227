// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "line_reader.hpp"

/// Text tables as the world writes them: the one reader of spikes, synapses and traces.
namespace izhi::io::detail {

/// Rows of fields between commas, semicolons, or tabs and spaces; which of them, the first row of data tells. Fields may
/// stand in quotes and between spaces. Passed over are empty lines, lines that begin with # or %, what follows a # after
/// a space, byte order marks and the empty field that some writers leave at the end of every line.
class TableReader {
public:
    explicit TableReader(const std::filesystem::path& file) : reader_(file) {}

    /// Steps to the next row. False at the end of the file.
    bool next();
    [[nodiscard]] const std::vector<std::string_view>& fields() const noexcept { return fields_; }
    /// Whether the row is none of data but one of names: no field of it is a number.
    [[nodiscard]] bool is_heading() const;
    /// The fields of a row of names, which may be separated otherwise than the data.
    [[nodiscard]] std::vector<std::string> heading() const;
    /// The last comment before the first row, as a row of names: some writers put them there.
    [[nodiscard]] std::vector<std::string> comment_heading() const;
    /// Whether the row has so many fields; an empty one behind them is dropped.
    [[nodiscard]] bool has_fields(std::size_t count);
    /// Whether commas or semicolons separate the fields of this row.
    [[nodiscard]] bool is_csv() const;

    [[nodiscard]] std::string_view line() const noexcept { return text_; }
    [[nodiscard]] std::size_t number() const noexcept { return reader_.number(); }
    /// @throws Error "FILE:LINE: WHAT"
    [[noreturn]] void fail(std::string_view what) const { reader_.fail(what); }

private:
    LineReader reader_;
    std::string_view text_;  // of the line, without what is not of the row
    std::string comment_;
    std::optional<char> separator_;  // of the data: ' ' stands for any run of tabs and spaces
    std::vector<std::string_view> fields_;
};

/// What a column may be. Names are in lower case, their words joined by '_'.
struct ColumnKind {
    std::string_view name;                     ///< in messages
    std::span<const std::string_view> names;   ///< that stand for it in files
    std::span<const std::string_view> weak{};  ///< that do where no other column does
    bool is_time = false;                      ///< its name may end with a unit: time_ms, "Time [s]"
};

/// Where the kinds stand in the rows of a table.
struct TableColumns {
    struct Column {
        std::size_t at = 0;
        std::optional<double> unit_ms;  ///< of a time, where its name says it
    };
    std::vector<std::optional<Column>> kinds;  ///< [kind]
    std::vector<std::string> others;           ///< names of no kind
    std::size_t count = 0;                     ///< columns of a row

    [[nodiscard]] bool has(std::size_t kind) const noexcept { return kinds[kind].has_value(); }
    [[nodiscard]] bool any() const noexcept;
};

/// Nothing is wrong with the names but that one kind may stand there twice, which is told in `twice`.
[[nodiscard]] TableColumns columns_of(const std::vector<std::string>& names, std::span<const ColumnKind> kinds,
                                      std::string* twice = nullptr);

/// "ms", "milliseconds", "s", ...: how many milliseconds it is, or nothing.
[[nodiscard]] std::optional<double> time_unit_ms(std::string_view unit);
/// The units that time_unit_ms() knows, for messages.
inline constexpr std::string_view kTimeUnits = "ms, s, us and their names";

/// A number of 0 or more without a fraction, however it is written: 7, 7.0, 7e0; up to 2^53 where it has a point.
[[nodiscard]] std::optional<std::uint64_t> to_count(std::string_view text);

}  // namespace izhi::io::detail
