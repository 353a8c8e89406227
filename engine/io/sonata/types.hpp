// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace izhi::io::detail {

/// The types of nodes or of edges: a table with one row for each type. Fields are separated by spaces or tabs and may be in double
/// quotes, a doubled quote being one; NULL and an empty field mean that there is no value.
class SonataTypes {
public:
    struct Row {
        std::size_t line = 0;
        std::vector<std::optional<std::string>> fields;
    };

    /// Without a table: it has no types.
    SonataTypes() = default;
    /// @param id_column "node_type_id" or "edge_type_id"
    /// @throws Error "FILE:LINE: ..."
    SonataTypes(const std::filesystem::path& file, const char* id_column);

    /// Whether there is a table at all.
    [[nodiscard]] bool given() const noexcept { return !file_.empty(); }
    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    /// The row of a type; null if there is none. Rows with a population are for this population only.
    [[nodiscard]] const Row* find(std::int64_t id, const std::string& population) const;
    /// The value of a column in a row (may be null), if there is one.
    [[nodiscard]] std::optional<std::string> text(const Row* row, const std::string& column) const;
    /// The same as a number. @throws Error if it is none
    [[nodiscard]] std::optional<double> number(const Row* row, const std::string& column) const;
    /// @throws Error "FILE:LINE: WHAT"
    [[noreturn]] void fail(const Row& row, const std::string& what) const;

private:
    std::string file_;
    std::vector<std::string> names_;
    std::vector<Row> rows_;
    std::map<std::pair<std::int64_t, std::string>, std::size_t> by_id_;  ///< the population may be empty
};

}  // namespace izhi::io::detail
