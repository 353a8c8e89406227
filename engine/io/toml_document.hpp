// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// TOML text as a small tree of plain values that know their line. Only this file uses the TOML library. The library
/// sorts tables by key, but in a network file the order matters (it numbers the neurons), so tables are lists here, in
/// the order of the text.
namespace izhi::io::detail {

struct TomlEntry;

/// One value of the document.
struct TomlValue {
    using Array = std::vector<TomlValue>;
    using Table = std::vector<TomlEntry>;  ///< in the order of the text
    struct DateOrTime {};                  ///< valid TOML, but no field of ours accepts it

    std::variant<Table, Array, std::string, bool, std::int64_t, double, DateOrTime> data;
    int line = 1;

    [[nodiscard]] const Table* table() const noexcept { return std::get_if<Table>(&data); }
    [[nodiscard]] const Array* array() const noexcept { return std::get_if<Array>(&data); }
    [[nodiscard]] const std::string* text() const noexcept { return std::get_if<std::string>(&data); }
    [[nodiscard]] const bool* flag() const noexcept { return std::get_if<bool>(&data); }
    [[nodiscard]] const std::int64_t* integer() const noexcept { return std::get_if<std::int64_t>(&data); }
    [[nodiscard]] const double* real() const noexcept { return std::get_if<double>(&data); }
};

/// A key and its value.
struct TomlEntry {
    std::string key;
    int line = 1;  ///< of the key
    TomlValue value;
};

/// The value in the form of messages: 12, "RS" (shortened if long), a list, a table.
[[nodiscard]] std::string describe(const TomlValue& value);

/// Parses a document. @throws Error "ORIGIN:LINE:COLUMN: ..." for an error of syntax, a duplicate key, text that is not
/// UTF-8, or nesting that is deeper than in any network file
[[nodiscard]] TomlValue parse_toml(std::string_view text, std::string_view origin);

}  // namespace izhi::io::detail
