// Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "apps/plot/sheet.hpp"

/// The figures of the papers of 2003 and 2004, computed again. A figure is drawn from its tables only, so
/// its CSV files have exactly what the picture shows.
namespace izhi::apps {

/// Rows under named columns, as the text of the file beside the pictures.
struct FigureTable {
    std::string file;  ///< "figure-2.csv"
    std::string csv;   ///< a line of titles, then the rows; lines that begin with '#' give the origin
};

struct Figure {
    const char* name;   ///< name of its files, without the ending
    const char* title;  ///< one line for people
    std::vector<FigureTable> (*compute)();
    void (*draw)(const std::vector<FigureTable>& tables, const std::filesystem::path& file, const PictureStyle& style);
};
[[nodiscard]] std::span<const Figure> paper_figures();

/// A table that is read back: its columns by name, with the text unchanged.
class TableReader {
public:
    explicit TableReader(const FigureTable& table);
    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] const std::vector<std::string>& text(const std::string& column) const;
    [[nodiscard]] std::vector<double> numbers(const std::string& column) const;
    /// (x, y) of the rows in which `key` is `value`; of all rows if `key` is empty.
    [[nodiscard]] Points points(const std::string& x, const std::string& y, const std::string& key = {},
                                const std::string& value = {}) const;

private:
    std::vector<std::string> titles_;
    std::vector<std::vector<std::string>> columns_;
    std::size_t rows_ = 0;
};

}  // namespace izhi::apps
