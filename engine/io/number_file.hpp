// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "section.hpp"

namespace izhi::io::detail {

/// A table of numbers, row after row.
struct NumberTable {
    std::vector<double> values;
    std::size_t columns = 0;
    std::vector<std::string> names{};  ///< of the columns; none without a heading
    [[nodiscard]] std::size_t rows() const noexcept { return columns == 0 ? 0 : values.size() / columns; }
};

/// Reads a text file of numbers: equally many in every row, between commas, semicolons, tabs or spaces, with or without a first row of
/// names. @throws Error "FILE:LINE: ..."
[[nodiscard]] NumberTable read_number_file(const std::filesystem::path& file);

/// The same of the file that a key of a network file names; what is wrong becomes a fault of the network file.
[[nodiscard]] std::optional<NumberTable> read_number_file(Section& section, const std::string& key,
                                                          const std::filesystem::path& file);

/// One column by its name, in upper or lower case. @throws Error naming the columns there are
[[nodiscard]] std::vector<double> column_of(const NumberTable& table, const std::string& name,
                                            const std::filesystem::path& file);

}  // namespace izhi::io::detail
