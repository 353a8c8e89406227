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

/// Text tables of many programs: the only reader of spikes, synapses and traces in text.
namespace izhi::io::detail {

/// Rows of fields, separated by commas, semicolons, or tabs and spaces; the first row of data decides which. Fields may
/// be in quotes and between spaces. The reader skips empty lines, lines that begin with # or %, everything after a #
/// that follows a space, byte order marks, and the empty field that some writers leave at the end of every line.
class TableReader {
public:
    explicit TableReader(const std::filesystem::path& file) : reader_(file) {}

    /// Goes to the next row. False at the end of the file.
    bool next();
    [[nodiscard]] const std::vector<std::string_view>& fields() const noexcept { return fields_; }
    /// Whether this is a row of names and not of data: no field of it is a number.
    [[nodiscard]] bool is_heading() const;
    /// The fields of a row of names, which may have other separators than the data.
    [[nodiscard]] std::vector<std::string> heading() const;
    /// The last comment before the first row, as a row of names, because some writers put them there.
    [[nodiscard]] std::vector<std::string> comment_heading() const;
    /// Whether the row has this many fields; an empty field after them is removed.
    [[nodiscard]] bool has_fields(std::size_t count);
    /// Whether commas or semicolons separate the fields of this row.
    [[nodiscard]] bool is_csv() const;

    [[nodiscard]] std::string_view line() const noexcept { return text_; }
    [[nodiscard]] std::size_t number() const noexcept { return reader_.number(); }
    /// @throws Error "FILE:LINE: WHAT"
    [[noreturn]] void fail(std::string_view what) const { reader_.fail(what); }

private:
    LineReader reader_;
    std::string_view text_;  // the line without comments and marks
    std::string comment_;
    std::optional<char> separator_;  // of the data: ' ' means any run of tabs and spaces
    std::vector<std::string_view> fields_;
};

/// A kind of column. Names are in lower case, with words joined by '_'.
struct ColumnKind {
    std::string_view name;                     ///< its name in messages
    std::span<const std::string_view> names;   ///< its names in files
    std::span<const std::string_view> weak{};  ///< names that are used if no other column has the kind
    bool is_time = false;                      ///< its name may end with a unit: time_ms, "Time [s]"
};

/// The places of the kinds in the rows of a table.
struct TableColumns {
    struct Column {
        std::size_t at = 0;
        std::optional<double> unit_ms;  ///< unit of a time, if the name gives it
    };
    std::vector<std::optional<Column>> kinds;  ///< [kind]
    std::vector<std::string> others;           ///< names of no known kind
    std::size_t count = 0;                     ///< number of columns of a row

    [[nodiscard]] bool has(std::size_t kind) const noexcept { return kinds[kind].has_value(); }
    [[nodiscard]] bool any() const noexcept;
};

/// Finds the columns of names. If a kind occurs twice, `twice` becomes its name.
[[nodiscard]] TableColumns columns_of(const std::vector<std::string>& names, std::span<const ColumnKind> kinds,
                                      std::string* twice = nullptr);

/// The value of "ms", "milliseconds", "s", ... in milliseconds, or nothing.
[[nodiscard]] std::optional<double> time_unit_ms(std::string_view unit);
/// The units that time_unit_ms() knows, for messages.
inline constexpr std::string_view kTimeUnits = "ms, s, us and their names";

/// Reads a number of 0 or more without a fraction, in any notation: 7, 7.0, 7e0; up to 2^53 if it has a point.
[[nodiscard]] std::optional<std::uint64_t> to_count(std::string_view text);

}  // namespace izhi::io::detail
